import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attack, openHonest, openWeakTrunk, startMd5Gate } from '../acceptance/scanners.ts';
import { without } from '../support/programs.ts';

const ATTACKER = '127.0.0.5';
const HONEST = '127.0.0.2';

for (const disguised of [false, true]) {
  const as = disguised ? 'under the name of a telephone' : 'as it comes';
  test(
    `svcrack ${as} finds no password and is banned, while honest calls go on`,
    { skip: without('svcrack') },
    async () => {
      await using gate = await startMd5Gate();
      // Even an attacker beside the honest user, on the list of the trunk.
      const host = await openWeakTrunk(gate, [`${HONEST}/32`, `${ATTACKER}/32`]);
      const target = { address: '127.0.0.1', port: gate.sip.udp };
      await using honest = await openHonest(HONEST, target, host);
      const isMeant = (name: string, hides: boolean, method: string): boolean =>
        name === 'svcrack' && hides === disguised && method === 'INVITE';
      for await (const { output, ...result } of attack({ gate, target, attacker: ATTACKER, honest, host }, isMeant)) {
        const { found, ban, honestFailed } = result;
        const expected = { found: false, ban: disguised ? 'failed-logins' : 'scanner', honestFailed: 0 };
        assert.deepEqual({ found, ban, honestFailed }, expected, output);
      }
    },
  );
}
