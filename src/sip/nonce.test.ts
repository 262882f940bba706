import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { NonceCounters, NonceIssuer } from './nonce.ts';

const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);

describe('a nonce', () => {
  test('5.10 is fresh for its lifetime, then stale', () => {
    const clock = new ManualClock();
    const issuer = new NonceIssuer({ keys: () => [KEY], clock, lifetimeMs: 1000 });
    const nonce = issuer.issue('r', 'MD5');
    assert.equal(issuer.check(nonce, 'r', 'MD5'), 'fresh');
    clock.advance(999);
    assert.equal(issuer.check(nonce, 'r', 'MD5'), 'fresh');
    clock.advance(1);
    assert.equal(issuer.check(nonce, 'r', 'MD5'), 'stale');
    assert.equal(issuer.check(nonce, 'r', 'SHA-256'), 'foreign');
  });

  test('lives a minute by default', () => {
    const clock = new ManualClock();
    const issuer = new NonceIssuer({ keys: () => [KEY], clock });
    const nonce = issuer.issue('r', 'MD5');
    clock.advance(59_999);
    assert.equal(issuer.check(nonce, 'r', 'MD5'), 'fresh');
    clock.advance(1);
    assert.equal(issuer.check(nonce, 'r', 'MD5'), 'stale');
  });

  test('5.11 is stale when it was made before the uses were counted, also once the clock was set back', () => {
    const clock = new ManualClock();
    const earlier = new NonceIssuer({ keys: () => [KEY], clock }).issue('r', 'MD5');
    clock.advance(1);
    const issuer = new NonceIssuer({ keys: () => [KEY], clock, since: clock.now() });
    assert.equal(issuer.check(earlier, 'r', 'MD5'), 'stale');
    assert.equal(issuer.check(issuer.issue('r', 'MD5'), 'r', 'MD5'), 'fresh');
    const setBack = new ManualClock(clock.now() - 3_600_000);
    const started = new NonceIssuer({ keys: () => [KEY], clock: setBack, since: clock.now() });
    assert.equal(started.check(started.issue('r', 'MD5'), 'r', 'MD5'), 'fresh');
  });

  test('5.9 is checked by every node that has the key, its clock a little off', () => {
    const clock = new ManualClock();
    const behind = new ManualClock(clock.now() - 5000);
    const nonce = new NonceIssuer({ keys: () => [KEY], clock }).issue('r', 'MD5');
    assert.equal(new NonceIssuer({ keys: () => [KEY], clock: behind }).check(nonce, 'r', 'MD5'), 'fresh');
    assert.equal(new NonceIssuer({ keys: () => [OTHER_KEY], clock }).check(nonce, 'r', 'MD5'), 'foreign');
  });

  test('5.9 outlives the change of keys', () => {
    const clock = new ManualClock();
    const nonce = new NonceIssuer({ keys: () => [OTHER_KEY], clock }).issue('r', 'MD5');
    const rotated = new NonceIssuer({ keys: () => [KEY, OTHER_KEY], clock });
    assert.equal(rotated.check(nonce, 'r', 'MD5'), 'fresh');
    const signed = rotated.issue('r', 'MD5');
    assert.equal(new NonceIssuer({ keys: () => [KEY], clock }).check(signed, 'r', 'MD5'), 'fresh');
  });

  test('5.9 is never the same twice, and shows neither realm nor key', () => {
    const issuer = new NonceIssuer({ keys: () => [KEY], clock: new ManualClock() });
    const nonces = Array.from({ length: 100 }, () => issuer.issue('r', 'MD5'));
    assert.equal(new Set(nonces).size, 100);
    for (const nonce of nonces) assert.match(nonce, /^[\w-]{40}$/);
  });

  test('is known to come from another address than it was sent to', () => {
    const clock = new ManualClock();
    const issuer = new NonceIssuer({ keys: () => [OTHER_KEY, KEY], clock });
    const nonce = issuer.issue('r', 'MD5', '198.51.100.7');
    assert.equal(issuer.check(nonce, 'r', 'MD5', '198.51.100.7'), 'fresh');
    assert.equal(issuer.check(nonce, 'r', 'MD5', '198.51.100.8'), 'elsewhere');
    assert.equal(issuer.check(nonce, 'r', 'SHA-256', '198.51.100.7'), 'foreign');
    clock.advance(60_000);
    assert.equal(issuer.check(nonce, 'r', 'MD5', '198.51.100.7'), 'stale');
  });

  test('has one spelling', () => {
    const issuer = new NonceIssuer({ keys: () => [KEY], clock: new ManualClock() });
    const nonce = issuer.issue('r', 'MD5');
    const others = [
      ` ${nonce}`,
      `${nonce}=`,
      `${nonce}.`,
      `${nonce.slice(0, 9)} ${nonce.slice(9)}`,
      nonce.slice(1),
      `${nonce}AAAA`,
      '',
      'x',
      'é'.repeat(40),
    ];
    for (const other of others) assert.equal(issuer.check(other, 'r', 'MD5'), 'foreign');
    for (let index = 0; index < nonce.length; index += 1) {
      const changed = nonce.slice(0, index) + (nonce[index] === 'A' ? 'B' : 'A') + nonce.slice(index + 1);
      assert.match(issuer.check(changed, 'r', 'MD5'), /^(foreign|elsewhere)$/);
    }
  });
});

describe('nonce counts', () => {
  test('5.11 each count passes once', () => {
    const counters = new NonceCounters({ capacity: 10 });
    assert.equal(counters.accept('n', '00000001'), true);
    assert.equal(counters.accept('n', '00000001'), false);
    assert.equal(counters.accept('n', '00000002'), true);
    assert.equal(counters.accept('m', '00000001'), true);
    assert.equal(counters.accept('n', '00000000'), false);
    assert.equal(counters.accept('n', 'zz'), false);
  });

  test('5.11 those that overtook each other pass within the window of 64', () => {
    const counters = new NonceCounters({ capacity: 10 });
    assert.equal(counters.accept('n', '00000064'), true);
    assert.equal(counters.accept('n', '00000025'), true);
    assert.equal(counters.accept('n', '00000025'), false);
    assert.equal(counters.accept('n', '00000024'), false);
    assert.equal(counters.accept('n', 'FFFFFFFF'), true);
    assert.equal(counters.accept('n', '00000063'), false);
    assert.equal(counters.accept('n', 'ffffffc0'), true);
    assert.equal(counters.accept('n', 'ffffffbf'), false);
  });

  test('a window that slides keeps what it saw', () => {
    const counters = new NonceCounters({ capacity: 10 });
    for (const nc of ['00000001', '00000003', '00000040']) assert.equal(counters.accept('n', nc), true, nc);
    for (const nc of ['00000001', '00000003', '00000040']) assert.equal(counters.accept('n', nc), false, nc);
    assert.equal(counters.accept('n', '00000002'), true);
    assert.equal(counters.accept('n', '00000041'), true);
    assert.equal(counters.accept('n', '00000001'), false);
  });

  test('5.12 no more are remembered than there is room for, and the longest unused goes first', () => {
    const counters = new NonceCounters({ capacity: 2 });
    counters.accept('a', '00000001');
    counters.accept('b', '00000001');
    counters.accept('a', '00000002');
    counters.accept('c', '00000001');
    assert.equal(counters.size, 2);
    assert.equal(counters.accept('a', '00000001'), false);
    assert.equal(counters.accept('c', '00000001'), false);
  });
});
