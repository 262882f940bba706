import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskNumbers } from './mask-numbers.ts';

test('10.15 the last four digits of telephone numbers are hidden, and nothing else', () => {
  for (const [text, masked] of [
    ['+12065550100', '+1206555****'],
    ['12065550100', '1206555****'],
    ['"A" <sip:+12065550100@192.0.2.77:5060>;tag=9', '"A" <sip:+1206555****@192.0.2.77:5060>;tag=9'],
    ['tel:+1-(206)-555-01.00', 'tel:+1-(206)-555-**.**'],
    ['+44 20 7946 0000 is no number of the account', '+44 20 7946 **** is no number of the account'],
    ['/phone-numbers/%2B12065550100', '/phone-numbers/%2B1206555****'],
    ['sip:+12065550100;ext=1@one.example', 'sip:+1206555****;ext=1@one.example'],
    ['911', '911'],
    ['udp:198.51.100.7:5060', 'udp:198.51.100.7:5060'],
    ['198.51.100.0/24', '198.51.100.0/24'],
    ['2026-11-22T10:00:00.000Z', '2026-11-22T10:00:00.000Z'],
    ['TK0123456789012345678901234567890a', 'TK0123456789012345678901234567890a'],
    ['1234567890123456', '1234567890123456'],
  ] as const)
    assert.equal(maskNumbers(text), masked);
});
