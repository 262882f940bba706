import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { borderOf, element } from '../../../test/support/border-rules.ts';
import { AgentHealth } from './agent-health.ts';

const PINGED = { 'ping-method': 'OPTIONS', 'ping-interval': '10' };

function agent(values: Record<string, string | string[]> = {}) {
  const found = borderOf(element('session-agent', { hostname: '203.0.113.1', ...values })).borders[0]?.agents[0];
  assert.ok(found);
  return found;
}

/** Whether an agent is in service after it answered a ping with this. */
function well(status: number, values: Record<string, string | string[]> = {}): boolean {
  const health = new AgentHealth();
  health.pinged(agent({ ...PINGED, ...values }), status, 0);
  return health.out(0) === null;
}

describe('AgentHealth', () => {
  test('judges answers to pings by the codes that are provisioned', () => {
    assert.deepEqual(
      [200, 404, 408, 503].map((status) => well(status)),
      [true, true, false, false],
    );
    const healthy = { 'ping-in-service-response-codes': ['404', '500-505'] };
    assert.deepEqual(
      [200, 404, 503, 486].map((status) => well(status, healthy)),
      [true, true, true, false],
    );
    const out = { 'out-service-response-codes': '404' };
    assert.deepEqual(
      [200, 404, 503].map((status) => well(status, out)),
      [true, false, true],
    );
  });

  test('takes 200 for health whatever the codes say', () => {
    assert.equal(well(200, { 'ping-in-service-response-codes': '404' }), true);
  });

  test('waits for the in-service-period before it is back', () => {
    const one = agent({ ...PINGED, 'in-service-period': '20' });
    const health = new AgentHealth();
    health.pingFailed(one, 0);
    health.pinged(one, 200, 10_000);
    assert.match(health.out(10_000) ?? '', /did not answer a ping/);
    health.pinged(one, 200, 20_000);
    assert.notEqual(health.out(20_000), null);
    health.pinged(one, 200, 30_000);
    assert.equal(health.out(30_000), null);
    health.pingFailed(one, 40_000);
    health.pinged(one, 200, 50_000);
    health.pingFailed(one, 60_000);
    health.pinged(one, 200, 70_000);
    assert.notEqual(health.out(70_000), null, 'a failure begins the period anew');
  });

  test('counts unanswered calls in a row: five, ten where it is pinged, as many as an option says', () => {
    const outAfter = (values: Record<string, string>): number => {
      const health = new AgentHealth();
      for (let count = 1; count <= 20; count += 1) {
        health.silent(agent(values), 0);
        if (health.out(0) !== null) return count;
      }
      return Infinity;
    };
    assert.equal(outAfter({}), 5);
    assert.equal(outAfter(PINGED), 10);
    assert.equal(outAfter({ options: 'trans-timeouts=2' }), 2);
    assert.equal(outAfter({ options: 'trans-timeouts=0' }), Infinity);
    const health = new AgentHealth();
    for (let count = 0; count < 4; count += 1) health.silent(agent(), 0);
    health.answered(agent(), 486, 0);
    health.silent(agent(), 0);
    assert.equal(health.out(0), null, 'an answer ends the row');
  });

  test('without pings comes back after ttr-no-response, or when it calls', () => {
    const one = agent({ options: 'trans-timeouts=1', 'ttr-no-response': '30' });
    const health = new AgentHealth();
    health.silent(one, 0);
    assert.notEqual(health.out(29_999), null);
    assert.equal(health.out(30_000), null);
    const never = agent({ options: 'trans-timeouts=1' });
    health.silent(never, 40_000);
    assert.notEqual(health.out(1e9), null);
    health.heard(never, 1e9);
    assert.equal(health.out(1e9), null);
  });

  test('goes out by its own answers to calls', () => {
    const one = agent({ 'out-service-response-codes': '503' });
    const health = new AgentHealth();
    health.answered(one, 500, 0);
    assert.equal(health.out(0), null);
    health.answered(one, 503, 0);
    assert.equal(health.out(0), 'it answered 503');
  });
});
