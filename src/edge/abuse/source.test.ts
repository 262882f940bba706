import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceName } from './source.ts';

test('10.2 a source is an IPv4 address or an IPv6 /64', () => {
  assert.equal(sourceName('198.51.100.7'), '198.51.100.7');
  assert.equal(sourceName('::ffff:198.51.100.7'), '198.51.100.7');
  assert.equal(sourceName('::ffff:c633:6407'), '198.51.100.7');
  assert.equal(sourceName('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(sourceName('2001:db8:1:2::1'), sourceName('2001:DB8:1:2:ffff::'));
  assert.notEqual(sourceName('2001:db8:1:2::1'), sourceName('2001:db8:1:3::1'));
  assert.equal(sourceName('fe80::1%eth0'), 'fe80:0:0:0::/64');
});
