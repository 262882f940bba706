import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerAll, callBy, SbcClient } from '../support/border.ts';
import { TestGate, tollgate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

const SOURCES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
const CALLS = 200;

interface Impact {
  readonly calls: number;
  readonly changed: number;
  readonly list: readonly {
    readonly source: { readonly address: string };
    readonly before: { readonly verdict: string; readonly trace: readonly object[] };
    readonly after: { readonly verdict: string; readonly trace: readonly { rule?: { resource: string } }[] };
  }[];
}

test('after 200 calls a candidate that denies one of four sources lists exactly the calls of that source', async () => {
  await using peers = new AsyncDisposableStack();
  const open = async (address: string): Promise<SipPeer> => peers.use(await SipPeer.open(address));
  const callers = await Promise.all(SOURCES.map(open));
  const callee = await open('127.0.0.20');
  answerAll(callee);
  await using gate = await TestGate.start();
  const sbc = await SbcClient.open(gate);
  const [core, peer] = [await freePort(), await freePort()];
  await sbc.addRealm('core', core);
  await sbc.addRealm('peer', peer);
  await sbc.addAgent(callee, { 'realm-id': 'peer' });
  await sbc.addPolicy('core', callee.address);
  await sbc.apply();
  await Promise.all(
    callers.map(async (caller) => {
      for (let call = 0; call < CALLS / SOURCES.length; call += 1)
        assert.equal((await callBy(caller, core)).status, 200);
    }),
  );

  const entry = { 'realm-id': 'core', 'application-protocol': 'SIP', 'transport-protocol': 'UDP' };
  await sbc.add('access-control', { ...entry, 'source-address': '127.0.0.4', access: 'deny' });
  const impact = (await gate.api('POST', '/candidate/impact', { hours: 1 })) as Impact;
  assert.deepEqual([impact.calls, impact.changed, impact.list.length], [CALLS, CALLS / 4, CALLS / 4]);
  for (const { source, before, after } of impact.list) {
    assert.deepEqual([source.address, before.verdict, after.verdict], ['127.0.0.4', 'admit', 'refuse']);
    assert.ok(before.trace.length > 0);
    assert.match(after.trace.at(-1)?.rule?.resource ?? '', /access-control/);
  }
  const saved = (await gate.api('POST', '/candidate/impact', { candidate: 'saved' })) as Impact;
  assert.deepEqual([saved.calls, saved.changed], [CALLS, 0]);

  const { code, stdout } = await tollgate('impact', '--api', gate.http, '--data', gate.data);
  assert.equal(code, 1);
  assert.match(stdout, /^50 of 200 calls since .* would end otherwise\n/);
  assert.match(stdout, /127\.0\.0\.4 .*\n {2}now {4}admit .*\n {2}after {2}refuse .*\n.*access-control/);
  assert.equal((await callBy(callers[2] ?? assert.fail(), core)).status, 200, 'a candidate affects no call');
});
