import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OfficeGate } from '../support/webex-phones.ts';

const LONDON = '+442079460000';

test('10.9 limits of spending hold however a number is dialled, and for where a permission sends the call', async () => {
  await using net = await OfficeGate.open({ flags: ['--user-limits', 'range=1', '--trunk-limits', 'calls=3'] });
  await net.allow({ NATIONAL: 'ALLOW', INTERNATIONAL: 'ALLOW' });
  assert.equal(await net.dial(LONDON), 200);
  for (const way of [LONDON, '011442079460000', '011-44-20-7946-0001']) assert.equal(await net.dial(way), 403, way);
  assert.equal(await net.dial('2065550177'), 200);
  for (const way of ['+12065550177', '12065550178', '2065550179']) assert.equal(await net.dial(way), 403, way);
  // Nothing is counted for an extension, but for where it leads.
  await net.api(`PUT ${net.place}/autoTransferNumbers`, {
    useCustomTransferNumbers: true,
    autoTransferNumber1: LONDON,
  });
  await net.allow({ INTERNAL_CALL: 'TRANSFER_NUMBER_1' });
  assert.equal(await net.dial('1002'), 403);
  assert.equal(await net.dial('1002', { user: 'lobby' }), 200);
  assert.equal(await net.dial('1002', { user: 'desk' }), 403);
});
