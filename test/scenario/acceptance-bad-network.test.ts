import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callThroughRelays } from '../acceptance/bad-network.ts';
import { seeded } from '../support/seeded.ts';

const CALLS = 40;
const SEED = 20_261_122;

test(`${CALLS} calls through relays that lose, double and reorder: none is lost, none rings twice`, async () => {
  const bad = { loss: 0.1, duplication: 0.1, delay: 100, random: seeded(SEED) };
  const { calls, good, seen, doubled, open, relays } = await callThroughRelays(CALLS, 20, bad);
  assert.deepEqual(
    { calls, good, seen, doubled, open },
    { calls: CALLS, good: CALLS, seen: CALLS, doubled: 0, open: 0 },
  );
  for (const { lost, doubled: twice, overtaken } of relays) assert.ok(lost > 0 && twice > 0 && overtaken > 0);
});
