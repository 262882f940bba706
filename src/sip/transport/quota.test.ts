import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionQuota } from './quota.ts';

test('places are limited in all and by source, and come back', () => {
  const quota = new ConnectionQuota(3, 2);
  const giveBack = quota.take('192.0.2.1');
  assert.ok(giveBack && quota.take('192.0.2.1'));
  assert.equal(quota.take('192.0.2.1'), undefined);
  assert.ok(quota.take('192.0.2.2'));
  assert.equal(quota.take('192.0.2.3'), undefined);
  giveBack();
  assert.ok(quota.take('192.0.2.1'));
});

test('an IPv6 /64 is one source', () => {
  const quota = new ConnectionQuota(10, 1);
  assert.ok(quota.take('2001:db8::1'));
  assert.equal(quota.take('2001:db8::ffff:2'), undefined);
  assert.ok(quota.take('2001:db8:0:1::1'));
});
