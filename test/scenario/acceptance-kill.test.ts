import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callUnderKills } from '../acceptance/kills.ts';

/** Milliseconds that a caller waits: longer than a restart takes on any machine, shorter than 64 × T1. */
const PATIENCE = 12_000;

test('a kill under 20 calls a second costs no call but those in set-up; those that stand end properly', async () => {
  const { kills, failedOthers, doubledOthers } = await callUnderKills(1, 20, PATIENCE);
  const [kill] = kills;
  assert.ok(kill && kill.standing > 20);
  assert.equal(kill.ended, kill.standing);
  assert.deepEqual({ failedOthers, doubledOthers }, { failedOthers: 0, doubledOthers: 0 });
});
