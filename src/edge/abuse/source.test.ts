import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './source.ts';

test('10.2 a source is an IPv4 address or an IPv6 /64', () => {
  assert.equal(sourceOf('198.51.100.7'), '198.51.100.7');
  assert.equal(sourceOf('::ffff:198.51.100.7'), '198.51.100.7');
  assert.equal(sourceOf('::ffff:c633:6407'), '198.51.100.7');
  assert.equal(sourceOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(sourceOf('2001:db8:1:2::1'), sourceOf('2001:DB8:1:2:ffff::'));
  assert.notEqual(sourceOf('2001:db8:1:2::1'), sourceOf('2001:db8:1:3::1'));
  assert.equal(sourceOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});
