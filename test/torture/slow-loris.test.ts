import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { without } from '../support/programs.ts';
import { callUnderSlowLoris } from './slow-loris.ts';

const CONNECTIONS = 100;
const CALLS = 80;

test(
  `2.8 ${CONNECTIONS} connections that dribble bytes cost no call over UDP or TCP`,
  { skip: without('sipp') },
  async () => {
    // SIPp answers the first challenge only, and knows MD5 only.
    await using gate = await TestGate.start({ flags: ['--digest-algorithms', 'MD5'] });
    const { results, open } = await callUnderSlowLoris(gate, { connections: CONNECTIONS, calls: CALLS, rate: 20 });
    for (const { output, ...counts } of results)
      assert.deepEqual(counts, { code: 0, calls: CALLS / 2, successful: CALLS / 2, failed: 0 }, output);
    assert.ok(open > CONNECTIONS / 2, 'they were there to the end');
  },
);
