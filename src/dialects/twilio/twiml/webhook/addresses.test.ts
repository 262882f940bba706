import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayAsk } from './addresses.ts';

test('private addresses are asked only when that is allowed, odd ones never', () => {
  const always = ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '64:ff9b::5db8:d822'];
  const allowed = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ];
  const never = [
    '0.0.0.0',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'ff02::1',
    '192.0.2.1',
    'example.com',
    '',
  ];
  for (const address of always)
    assert.deepEqual([mayAsk(address, false), mayAsk(address, true)], [true, true], address);
  for (const address of allowed)
    assert.deepEqual([mayAsk(address, false), mayAsk(address, true)], [false, true], address);
  for (const address of never)
    assert.deepEqual([mayAsk(address, false), mayAsk(address, true)], [false, false], address);
});
