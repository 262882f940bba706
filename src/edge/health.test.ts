import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import type { Destination } from '../sip/resolve.ts';
import { Health } from './health.ts';

const ONE: Destination = { transport: 'udp', address: '192.0.2.1', port: 5060, name: 'one.example' };

function open() {
  const clock = new ManualClock();
  return { clock, health: new Health(clock) };
}

function fail({ health, clock }: ReturnType<typeof open>, times: number): void {
  for (let time = 0; time < times; time += 1) health.failed(ONE, clock.now());
}

describe('6.7 the health of gateways', () => {
  test('6.7 out after two failures in a row, in after two answers', () => {
    const gateways = open();
    const { health } = gateways;
    fail(gateways, 1);
    assert.equal(health.state(ONE), 'in');
    health.answered(ONE);
    fail(gateways, 1);
    assert.equal(health.state(ONE), 'in', 'an answer in between');
    fail(gateways, 1);
    assert.equal(health.state(ONE), 'out');
    health.answered(ONE);
    assert.equal(health.state(ONE), 'out');
    health.answered(ONE);
    assert.equal(health.state(ONE), 'in');
  });

  test('6.7 failures that are long ago do not add up', () => {
    const gateways = open();
    const { health, clock } = gateways;
    fail(gateways, 1);
    clock.advance(121_000);
    fail(gateways, 1);
    assert.equal(health.state(ONE), 'in');
  });

  test('6.7 what no probe can bring back is tried with a call after a while; one more failure and it is out again', () => {
    const gateways = open();
    const { health, clock } = gateways;
    fail(gateways, 2);
    clock.advance(29_000);
    assert.equal(health.state(ONE), 'out');
    clock.advance(2000);
    assert.equal(health.state(ONE), 'in');
    fail(gateways, 1);
    assert.equal(health.state(ONE), 'out');
  });

  test('6.7 what answers probes is brought back by them', () => {
    const gateways = open();
    const { health, clock } = gateways;
    health.probeAnswered(ONE);
    fail(gateways, 2);
    clock.advance(100_000);
    assert.equal(health.state(ONE), 'out');
    health.probeAnswered(ONE);
    health.probeAnswered(ONE);
    assert.equal(health.state(ONE), 'in');
  });

  test('6.7 a gateway that never cared for OPTIONS is not out for ignoring them, but for refusing them', () => {
    const { health, clock } = open();
    for (let time = 0; time < 5; time += 1) health.probeFailed(ONE, clock.now(), false);
    assert.equal(health.state(ONE), 'in');
    for (let time = 0; time < 2; time += 1) health.probeFailed(ONE, clock.now(), true);
    assert.equal(health.state(ONE), 'out');
  });

  test('6.7 Retry-After is kept to, up to an hour', () => {
    const gateways = open();
    const { health, clock } = gateways;
    health.unavailable(ONE, 120);
    clock.advance(119_000);
    assert.equal(health.state(ONE), 'waiting');
    clock.advance(2000);
    assert.equal(health.state(ONE), 'in');
    health.unavailable(ONE, 999_999_999);
    clock.advance(3_601_000);
    assert.equal(health.state(ONE), 'in');
  });

  test('6.7 silence to one caller does not count while others are answered', () => {
    const gateways = open();
    const { health, clock } = gateways;
    const begunAt = clock.now();
    for (let call = 0; call < 5; call += 1) {
      clock.advance(4000);
      health.answered(ONE);
      health.failed(ONE, begunAt + 4000 * call);
    }
    assert.equal(health.state(ONE), 'in');
  });

  test('6.7 it can be seen, by target and by count', () => {
    const gateways = open();
    const { health, clock } = gateways;
    fail(gateways, 2);
    const report = { target: 'udp:192.0.2.1:5060', name: 'one.example', state: 'out', failures: 2 };
    assert.deepEqual(health.report(), [{ ...report, answeredAt: null, failedAt: clock.now(), retryAt: null }]);
    assert.deepEqual(health.count(), { in: 0, out: 1, waiting: 0 });
  });

  test('6.7 a thousand gateways are remembered', () => {
    const gateways = open();
    const { health } = gateways;
    for (let port = 1; port <= 3000; port += 1) health.used({ ...ONE, port });
    assert.equal(health.report().length, 1000);
  });
});
