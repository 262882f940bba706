import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Mac } from './mac.ts';

test('a MAC is that of RFC 2104, whatever the lengths of key and text', () => {
  for (const keyLength of [0, 16, 32, 64, 65, 200])
    for (const length of [0, 1, 55, 64, 300, 1024, 1025, 5000]) {
      const key = randomBytes(keyLength);
      const text = randomBytes(length).toString('latin1');
      const expected = createHmac('sha256', key).update(text, 'latin1').digest('latin1');
      const mac = new Mac(key);
      assert.equal(mac.sign(text), expected);
      assert.equal(mac.sign(text, 10), expected.slice(0, 10));
      assert.ok(mac.verifies(text, expected));
      assert.ok(mac.verifies(text, expected.slice(0, 16)));
    }
});

test('one Mac signs many texts, each for itself', () => {
  const key = Buffer.alloc(32, 7);
  const mac = new Mac(key);
  const sign = (text: string): string => createHmac('sha256', key).update(text, 'latin1').digest('latin1');
  const texts = ['a', 'a longer one', 'a', '', '\xff b'];
  assert.deepEqual(
    texts.map((text) => mac.sign(text)),
    texts.map(sign),
  );
});

test('no other text, key or MAC verifies', () => {
  const mac = new Mac(Buffer.alloc(32, 7));
  const signed = mac.sign('text', 16);
  assert.equal(mac.verifies('text.', signed), false);
  assert.equal(mac.verifies('text', `${signed.slice(0, 15)}${signed.endsWith('x') ? 'y' : 'x'}`), false);
  assert.equal(new Mac(Buffer.alloc(32, 8)).verifies('text', signed), false);
});
