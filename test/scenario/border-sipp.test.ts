import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SbcClient } from '../support/border.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { without } from '../support/programs.ts';
import { scenario, Sipp, SippServer, type SippResult } from '../support/sipp.ts';

const CALLS = 10;
const [PERMITTED, DENIED, CALLEE] = ['127.0.0.2', '127.0.0.3', '127.0.0.20'] as const;
const ENTRY = { 'realm-id': 'core', 'application-protocol': 'SIP', 'transport-protocol': 'UDP' };

/** SIPp calls the listener at `port` from an address; what it counted, without its screens. */
async function callsFrom(address: string, port: number, script = 'uac-call'): Promise<SippResult> {
  const load = ['-m', String(CALLS), '-r', '20', '-d', '50', '-s', '5551234'];
  await using sipp = new Sipp(scenario(script), address, [...load, '-t', 'u1', `127.0.0.1:${port}`]);
  return await sipp.result;
}

/** Every call went by the scenario. */
function assertAll({ output, ...counts }: SippResult): void {
  assert.deepEqual(counts, { code: 0, calls: CALLS, successful: CALLS, failed: 0 }, output);
}

/** Packets of a source that the gate dropped unread for an entry, once there are `least`. */
async function droppedOf(gate: TestGate, address: string, least: number): Promise<number> {
  for (;;) {
    const { drops } = (await gate.api('GET', '/drops')) as {
      drops: { reason: string; source: { address: string }; packets: number }[];
    };
    const packets = drops
      .filter(({ reason, source }) => reason === 'access-denied' && source.address === address)
      .reduce((sum, drop) => sum + drop.packets, 0);
    if (packets >= least) return packets;
  }
}

describe('SIPp at a border with access control', { skip: without('sipp') }, () => {
  test('a permitted address is served and the network around it gets silence, from activation to activation', async () => {
    const port = await freePort();
    await using callee = await SippServer.open(CALLEE, 200);
    await using gate = await TestGate.start();
    const sbc = await SbcClient.open(gate);
    await sbc.addRealm('core', port);
    await sbc.add('session-agent', { hostname: CALLEE, port: String(callee.port) });
    await sbc.addPolicy('core', CALLEE);
    await sbc.apply();

    const everybodyIsServed = async (): Promise<void> => {
      assertAll(await callsFrom(PERMITTED, port));
      assertAll(await callsFrom(DENIED, port));
    };
    await sbc.add('access-control', { ...ENTRY, 'source-address': '127.0.0.2/32', access: 'permit' });
    await sbc.add('access-control', { ...ENTRY, 'source-address': '127.0.0.0/8', access: 'deny' });
    await everybodyIsServed();
    await sbc.save();
    await everybodyIsServed();

    assert.equal(await sbc.activate(), undefined);
    assertAll(await callsFrom(PERMITTED, port));
    assertAll(await callsFrom(DENIED, port, 'uac-unheard'));
    assert.equal(await droppedOf(gate, DENIED, CALLS), CALLS);

    // The order and the names of the keys are those of the vendor's sample.
    await sbc.remove(
      'elementType=access-control&realm-id=core&source-address=127.0.0.0/8&application-protocol=SIP&transport-protocol=UDP',
    );
    await sbc.save();
    assertAll(await callsFrom(DENIED, port, 'uac-unheard'));
    assert.equal(await sbc.activate(), undefined);
    await everybodyIsServed();
    assert.equal(await callee.calls(), 7 * CALLS);
  });
});
