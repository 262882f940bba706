import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMuLaw } from './g711.ts';

/** The inverse by G.711's table, so that the encoder is judged by the standard and not by itself. */
function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

test('silence and the extremes have the octets of G.711', () => {
  assert.equal(encodeMuLaw(0), 0xff);
  assert.equal(encodeMuLaw(32_767), 0x80);
  assert.equal(encodeMuLaw(-32_768), 0x00);
});

test('every octet survives decoding and encoding', () => {
  for (let octet = 0; octet < 256; octet += 1) {
    // 0x7f is "minus zero": it decodes to zero, whose code is 0xff.
    assert.equal(encodeMuLaw(decodeMuLaw(octet)), octet === 0x7f ? 0xff : octet);
  }
});

test('the error of any sample stays within half a step of its segment', () => {
  for (let sample = -32_635; sample <= 32_635; sample += 7) {
    const error = Math.abs(decodeMuLaw(encodeMuLaw(sample)) - sample);
    assert.ok(error <= (Math.abs(sample) + 0x84) / 32 + 4, `sample ${sample}: off by ${error}`);
  }
});
