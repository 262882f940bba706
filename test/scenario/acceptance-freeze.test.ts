import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callUnderFreeze } from '../acceptance/freeze.ts';

test('3 s of SIGSTOP under 20 calls a second: none fails, none rings twice, no timer gives up who answered', async () => {
  const { failed, doubled, failedOver, mostRepeats } = await callUnderFreeze(20);
  assert.deepEqual({ failed, doubled, failedOver }, { failed: 0, doubled: 0, failedOver: 0 });
  // The callee says nothing for 1.5 s: repeats after 0.5 and 1.5 s are due.
  assert.ok(mostRepeats <= 3, `${mostRepeats} repeats of one INVITE`);
});
