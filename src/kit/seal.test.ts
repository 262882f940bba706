import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createSealer, equalInConstantTime } from './seal.ts';

const key = randomBytes(32);
const sealer = createSealer(key);
const anyText = fc.string({ unit: 'binary' });

describe('sealer', () => {
  test('opens what it sealed, under the same label', () => {
    fc.assert(
      fc.property(anyText, anyText, (plain, label) => {
        assert.equal(sealer.open(sealer.seal(plain, label), label), plain);
      }),
    );
  });

  test('another process with the same key opens it too', () => {
    assert.equal(createSealer(Buffer.from(key)).open(sealer.seal('secret', 'label'), 'label'), 'secret');
  });

  test('a fingerprint is the same each time, and another under another label or key', () => {
    const one = sealer.fingerprint('1234', 'a');
    assert.match(one, /^[0-9a-f]{64}$/);
    assert.equal(createSealer(Buffer.from(key)).fingerprint('1234', 'a'), one);
    const others = [
      sealer.fingerprint('1234', 'b'),
      sealer.fingerprint('1235', 'a'),
      createSealer(randomBytes(32)).fingerprint('1234', 'a'),
      // The border between label and secret counts.
      sealer.fingerprint('234', 'a1'),
    ];
    assert.equal(new Set([one, ...others]).size, 5);
  });

  test('never seals to the same text twice, and shows nothing of the secret', () => {
    const texts = Array.from({ length: 100 }, () => sealer.seal('correct horse', 'label'));
    assert.equal(new Set(texts).size, 100);
    for (const text of texts) assert.doesNotMatch(Buffer.from(text, 'base64').toString('latin1'), /horse/);
  });

  test('refuses another label', () => {
    fc.assert(
      fc.property(anyText, anyText, (label, other) => {
        fc.pre(label !== other);
        assert.throws(() => sealer.open(sealer.seal('secret', label), other));
      }),
    );
  });

  test('refuses another key', () => {
    assert.throws(() => createSealer(randomBytes(32)).open(sealer.seal('secret', 'label'), 'label'));
  });

  test('refuses a key of another size', () => {
    for (const size of [0, 16, 31, 33]) assert.throws(() => createSealer(randomBytes(size)).seal('secret', 'label'));
  });

  test('refuses any altered character, added or cut ones', () => {
    const sealed = sealer.seal('secrets', 'label');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \n';
    for (let at = 0; at < sealed.length; at += 1) {
      for (const character of alphabet) {
        if (character === sealed[at]) continue;
        const altered = sealed.slice(0, at) + character + sealed.slice(at + 1);
        assert.throws(() => sealer.open(altered, 'label'), altered);
      }
      assert.throws(() => sealer.open(sealed.slice(0, at), 'label'), `cut to ${at}`);
    }
    for (const added of ['=', 'A', ' ', '\n', 'AAAA']) assert.throws(() => sealer.open(sealed + added, 'label'));
  });

  test('refuses a tag that was cut short', () => {
    const bytes = Buffer.from(sealer.seal('', 'label'), 'base64');
    for (let length = 0; length < bytes.length; length += 1)
      assert.throws(() => sealer.open(bytes.subarray(0, length).toString('base64'), 'label'), `${length} bytes`);
  });
});

test('equalInConstantTime agrees with equality, whatever the lengths', () => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      assert.equal(equalInConstantTime(left, right), left === right);
      assert.equal(equalInConstantTime(left, left), true);
      assert.equal(equalInConstantTime(left, `${left}\0`), false);
    }),
  );
});
