import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../src/kit/clock.ts';
import { FIRST, type Peers } from '../../src/kit/peers.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { SipResponse } from '../../src/sip/message/message.ts';
import type { CallPlane } from '../../src/wiring/call-plane.ts';
import { openCallPlane } from '../../src/wiring/open-call-plane.ts';
import { makeRequest, withCredentials } from '../support/edge.ts';
import { callIdOf, MemoryPeers, settled } from '../support/memory-peers.ts';
import { SipPeer } from '../support/sip-peer.ts';

const ATTACKER = '127.0.0.5';
const HONEST = '127.0.0.1';

/** A thread of a gate without customers. */
interface Opened {
  readonly plane: CallPlane;
  readonly address: string;
  readonly port: number;
}

/** Opens threads of gates on one data folder, one gate after the other. */
function folderOf(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'threads-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const clock = new ManualClock();
  const ledger = openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  t.after(() => ledger.close());
  const open = async (peers: Peers): Promise<Opened> => {
    const settings = await loadSettings({ flags: { data: folder }, env: {}, readFile: () => '' });
    const plane = await openCallPlane(
      {
        settings,
        accounts: {
          amazon: { id: '1', accessKeyId: 'a', secretAccessKey: 'b' },
          twilio: { sid: 'AC1', authToken: 'c' },
        },
        keys: { sealing: Buffer.alloc(32, 1), nonce: Buffer.alloc(32, 2) },
        certificate: { cert: '', key: '' },
        exchange: null,
        applications: {
          route: { host: HONEST, port: 9, transport: 'udp', priority: 1, weight: 1, rule: { resource: '', field: '' } },
          key: Buffer.alloc(32, 3),
          mediaAddress: null,
        },
      },
      { ledger, clock, onAlarm: () => {}, onCallEvent: () => {}, onError },
      peers,
    );
    const [udp] = await plane.listen([{ transport: 'udp', address: HONEST, port: 0 }]);
    if (!udp) throw new Error('nothing is open');
    return { plane, address: udp.address, port: udp.port };
  };
  const openAll = async (): Promise<[first: Opened, second: Opened]> => {
    const peers = new MemoryPeers(2);
    const opened: [Opened, Opened] = [await open(peers.of(FIRST)), await open(peers.of(1))];
    peers.join();
    return opened;
  };
  return { openAll, clock, errors };
}

test('10.2 what another thread sees is told, lifted and kept by the first', async (t) => {
  const { openAll, clock, errors } = folderOf(t);
  await using attacker = await SipPeer.open(ATTACKER);
  await using honest = await SipPeer.open(HONEST);
  const [first, second] = await openAll();
  // A stranger's call to nobody.
  const callId = callIdOf(1);
  honest.send(makeRequest('INVITE', 'sip:1@nobody.example', honest, { 'Call-ID': callId }), second);
  await refused(honest);
  const report = await first.plane.call(callId);
  assert.equal(report?.callId, callId);

  const invite = makeRequest('INVITE', 'sip:1@nobody.example', attacker, {
    'User-Agent': 'friendly-scanner',
    'Call-ID': callIdOf(1),
  });
  attacker.send(invite, second);
  attacker.send(withCredentials(invite, await attacker.status(407)), second);
  honest.send(makeRequest('INVITE', 'sip:1@nobody.example', honest, { 'Call-ID': callIdOf(1) }), second);
  await refused(honest);
  clock.advance(10);
  await settled();
  const { bans } = await first.plane.abusers();
  assert.deepEqual(bans.map(({ source }) => source), [ATTACKER]); // prettier-ignore
  await second.plane.close();
  await first.plane.close();

  const [next, other] = await openAll();
  for (const { plane } of [next, other])
    assert.deepEqual((await plane.abusers()).bans.map(({ source }) => source), [ATTACKER]); // prettier-ignore
  assert.equal((await next.plane.call(callId))?.callId, callId);
  assert.equal(await next.plane.liftBan(ATTACKER), true);
  clock.advance(10);
  await settled();
  assert.deepEqual((await other.plane.abusers()).bans, []);
  await other.plane.close();
  await next.plane.close();
  const [last, another] = await openAll();
  assert.deepEqual((await last.plane.abusers()).bans, []);
  await another.plane.close();
  await last.plane.close();
  assert.deepEqual(errors, []);
});

function refused(peer: SipPeer): Promise<SipResponse> {
  return peer.next<SipResponse>((message) => message instanceof SipResponse && message.status >= 400);
}
