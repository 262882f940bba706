import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decimal, fromWire, isToken, oneLine, quote, quotedEnd, toWire, trimmed, unquote } from './text.ts';

describe('tokens and numbers', () => {
  test('a token is made of the chars of RFC 3261 §25.1 only', () => {
    for (const text of ['INVITE', "!interesting-Method0123456789_*+`.%indeed'~"]) assert.ok(isToken(text), text);
    for (const text of ['', 'a b', 'a:b', 'a"b', 'a@b', 'a/b', '\u00e9', 'a\0']) assert.ok(!isToken(text), text);
  });

  test('only digits are a number, and size survives where precision cannot', () => {
    assert.equal(decimal('0'), 0);
    assert.equal(decimal('00070'), 70);
    for (const text of ['', '-1', '+1', '1.0', '1e3', ' 1', '0x10', '\u0661'])
      assert.equal(decimal(text), undefined, text);
    assert.ok((decimal('36893488147419103232') ?? 0) > 2 ** 64);
    assert.equal(decimal('9'.repeat(400)), Infinity);
  });
});

describe('quoted strings', () => {
  test('end at the first quote that is not escaped', () => {
    assert.equal(quotedEnd('"ab"c', 0), 4);
    assert.equal(quotedEnd('"a\\"b"', 0), 6);
    assert.equal(quotedEnd('"a\\\\"b', 0), 5);
    assert.equal(quotedEnd('"abc', 0), -1);
    assert.equal(quotedEnd('"abc\\', 0), -1);
  });

  test('lose quotes and escapes, and nothing else', () => {
    assert.equal(unquote('"a\\"b\\\\c\\d"'), 'a"b\\cd');
    assert.equal(unquote('plain'), 'plain');
    assert.equal(unquote('"half'), '"half');
    assert.equal(unquote('"half\\"'), '"half\\"');
    assert.equal(unquote('"'), '"');
    assert.equal(unquote('""'), '');
  });

  test('come back as they were', () => {
    for (const text of ['', 'a', '"', '\\', 'a"b\\c']) assert.equal(unquote(quote(text)), text);
  });
});

test('blanks are trimmed within bounds only', () => {
  assert.equal(trimmed(' \t a b\t ', 0, 8), 'a b');
  assert.equal(trimmed('ab  cd', 0, 3), 'ab');
  assert.equal(trimmed('   x', 0, 2), '');
  assert.equal(trimmed('', 0, 0), '');
});

test('text becomes UTF-8 bytes on the wire and back', () => {
  assert.equal(toWire('\u00e9'), '\u00c3\u00a9');
  assert.equal(fromWire('\u00c3\u00a9'), '\u00e9');
  assert.equal(fromWire('\u00ff'), '\ufffd');
});

test('nothing that is put in a line can end it', () => {
  assert.equal(oneLine('a\r\nVia: x'), 'a  Via: x');
  // U+010D and U+010A would shrink to CR and LF as single bytes.
  assert.doesNotMatch(Buffer.from(oneLine('a\u010d\u010ab'), 'latin1').toString('latin1'), /[\r\n]/);
  assert.equal(oneLine('caf\u00e9'), 'caf\u00e9');
});
