import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeAt, newSecret, stepAt } from './one-time-code.ts';

/** Base32 of `12345678901234567890`. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

test('the vectors of RFC 6238, appendix B', () => {
  for (const [seconds, code] of [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ] as const)
    assert.equal(codeAt(SECRET, stepAt(seconds * 1000, 30), 8), code);
});

test('secrets are 160 bits, each its own', () => {
  assert.match(newSecret(), /^[A-Z2-7]{32}$/);
  assert.notEqual(newSecret(), newSecret());
});
