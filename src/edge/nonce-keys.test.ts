import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { NonceIssuer } from '../sip/nonce.ts';
import { dailyNonceKeys } from './nonce-keys.ts';

const SECRET = Buffer.alloc(32, 7);
const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 12);
const LONG = 100 * 24 * HOUR;

const issuerOn = (clock: ManualClock, secret = SECRET): NonceIssuer =>
  new NonceIssuer({ keys: dailyNonceKeys(secret, clock), clock, lifetimeMs: LONG });

test('5.9 nonce keys change each day; the day before still verifies, earlier ones do not', () => {
  const clock = new ManualClock(NOON);
  const issuer = issuerOn(clock);
  const nonce = issuer.issue('r', 'MD5');
  clock.advance(24 * HOUR);
  assert.equal(issuer.check(nonce, 'r', 'MD5'), 'fresh');
  clock.advance(24 * HOUR);
  assert.equal(issuer.check(nonce, 'r', 'MD5'), 'foreign');
});

test('5.9 edges that share the secret agree, also across midnight with clocks a little off', () => {
  const late = new ManualClock(NOON + 12 * HOUR - 1);
  const early = new ManualClock(NOON + 12 * HOUR + 1);
  assert.equal(issuerOn(late).check(issuerOn(early).issue('r', 'MD5'), 'r', 'MD5'), 'fresh');
  assert.equal(issuerOn(early).check(issuerOn(late).issue('r', 'MD5'), 'r', 'MD5'), 'fresh');
  assert.equal(issuerOn(early, Buffer.alloc(32, 8)).check(issuerOn(early).issue('r', 'MD5'), 'r', 'MD5'), 'foreign');
});

test('5.9 two days never share a signing key', () => {
  const clock = new ManualClock(NOON);
  const keys = dailyNonceKeys(SECRET, clock);
  const [today] = keys();
  clock.advance(24 * HOUR);
  assert.equal(keys()[0]?.equals(today ?? Buffer.alloc(0)), false);
  assert.equal(keys()[1]?.equals(today ?? Buffer.alloc(0)), true);
});
