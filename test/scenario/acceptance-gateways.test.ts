import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureGateways, type Row } from '../acceptance/gateways.ts';

/** What the caller sees with a good gateway behind the failing one; 200 is that one's. */
const EXPECTED: Readonly<Record<string, number>> = {
  '180, then 503': 200,
  '183, then 503': 200,
  '302': 480,
  '404': 404,
  '407': 407,
  '486': 486,
  '488': 488,
  '500': 200,
  '502': 200,
  '503': 200,
  '503 with Retry-After: 60': 200,
  '504': 200,
  '603': 603,
  'closed UDP port': 200,
  'TCP refused': 200,
  'TCP accepts, then closes': 200,
  'TCP accepts, then resets': 200,
  'TCP closes at the INVITE': 200,
  'TCP resets at the INVITE': 200,
  '503 over TCP': 200,
};

test('a gateway that fails in any way at once gives way to the next one, or its answer goes to the caller', async () => {
  const rows: Row[] = [];
  for await (const row of measureGateways(true)) rows.push(row);
  assert.deepEqual(Object.fromEntries(rows.map(({ gateway, withOther }) => [gateway, withOther])), EXPECTED);
  for (const { gateway, withOther, failedOver } of rows) assert.equal(failedOver, withOther === 200, gateway);
});
