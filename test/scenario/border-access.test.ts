import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SipResponse } from '../../src/sip/message/message.ts';
import { answerAll, callBy, finalOf, hangUp, invite, sipPort, SbcClient } from '../support/border.ts';
import { inDialog } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { freePort, listens } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

interface Drop {
  readonly reason: string;
  readonly source: { readonly address: string };
  readonly rule?: { readonly resource: string };
}

describe('access rules and listeners of a border', () => {
  let gate: TestGate;
  let sbc: SbcClient;
  let permitted: SipPeer;
  let other: SipPeer;
  let callee: SipPeer;
  let core: number;
  let peer: number;

  before(async () => {
    [permitted, other, callee] = (await Promise.all(
      ['127.0.0.2', '127.0.0.3', '127.0.0.20'].map((address) => SipPeer.open(address)),
    )) as [SipPeer, SipPeer, SipPeer];
    answerAll(callee);
    [core, peer] = [await freePort(), await freePort()];
    gate = await TestGate.start({ capture: true });
    sbc = await SbcClient.open(gate);
    await sbc.addRealm('core', core);
    await sbc.addRealm('peer', peer);
    await sbc.addAgent(callee, { 'realm-id': 'peer' });
    await sbc.addPolicy('core', callee.address);
  });

  after(async () => {
    await Promise.all([gate, permitted, other, callee].map((part) => part[Symbol.asyncDispose]()));
  });

  /** What was dropped unread, once the journal has heard of it. */
  const drops = async (): Promise<Drop[]> => {
    for (;;) {
      const answer = JSON.stringify(await gate.api('GET', '/drops'));
      const found = JSON.parse(answer) as { drops: Drop[] };
      if (found.drops.length > 0) return found.drops;
    }
  };

  test('a sip-port opens when it is activated, and not when it is saved', async () => {
    await sbc.save();
    assert.equal(await listens('udp', '127.0.0.1', core), false);
    assert.equal(await sbc.activate(), undefined);
    assert.equal(await listens('udp', '127.0.0.1', core), true);
  });

  test('calls go from network to network by a policy, each side seeing the listener of its own', async () => {
    const request = invite(permitted, core);
    const answer = await finalOf(permitted, request);
    assert.equal(answer.status, 200);
    const seen = await callee.method('INVITE');
    assert.equal(seen.uri, `sip:5551234@127.0.0.20:${callee.port}`);
    assert.equal(seen.via?.port, peer);
    const routes = seen.headers.values('record-route').map((route) => /:(\d+);/.exec(route)?.[1]);
    assert.deepEqual(routes, [String(peer), String(core)]);
    permitted.send(inDialog('ACK', request, answer, 1), { address: '127.0.0.1', port: core });
    const ack = await callee.method('ACK');
    assert.equal(ack.via?.port, peer);
    await hangUp(permitted, core, { request, answer });
  });

  test('a denied source gets silence once that is activated, and is heard again when the entry is gone', async () => {
    const entry = { 'realm-id': 'core', 'application-protocol': 'SIP', 'transport-protocol': 'UDP' };
    await sbc.add('access-control', { ...entry, 'source-address': '127.0.0.0/8', access: 'deny' });
    await sbc.add('access-control', { ...entry, 'source-address': '127.0.0.2/32' });
    await sbc.save();
    assert.equal((await callBy(other, core)).status, 200, 'saving changes nothing');
    assert.equal(await sbc.activate(), undefined);
    invite(other, core);
    assert.equal((await callBy(permitted, core)).status, 200);
    const [drop] = await drops();
    assert.equal(drop?.reason, 'access-denied');
    assert.equal(drop?.source.address, other.address);
    assert.match(drop?.rule?.resource ?? '', /access-control/);
    assert.equal(
      other.received.filter((message) => message instanceof SipResponse && message.status !== 100).length,
      0,
    );
    const explained = JSON.stringify(
      await gate.api('POST', '/explain', { to: `sip:5551234@127.0.0.1:${core}`, source: '127.0.0.3' }),
    );
    assert.match(explained, /source-denied/);

    await sbc.remove(
      'elementType=access-control&realm-id=core&source-address=127.0.0.0/8&application-protocol=SIP&transport-protocol=UDP',
    );
    assert.equal((await callBy(permitted, core)).status, 200);
    await sbc.apply();
    assert.equal((await callBy(other, core)).status, 200);
  });

  test('what cannot be listened on fails the activation with the cause, and changes nothing', async () => {
    const squatter = await SipPeer.open();
    await sbc.add('realm-config', { identifier: 'late' });
    await sbc.add('sip-interface', { 'realm-id': 'late' }, sipPort(squatter.port));
    await sbc.add('access-control', { 'realm-id': 'core', 'source-address': '127.0.0.3', access: 'deny' });
    await sbc.save();
    assert.match(
      (await sbc.activate()) ?? '',
      /sip-interface late sip-port: cannot listen on udp:127.0.0.1:\d+: .*EADDRINUSE/,
    );
    assert.equal((await callBy(other, core)).status, 200, 'what ran still runs');
    await squatter[Symbol.asyncDispose]();
    assert.equal(await sbc.activate(), undefined);
    assert.equal(await listens('udp', '127.0.0.1', squatter.port), true);
    await sbc.remove('elementType=sip-interface&realm-id=late');
    await sbc.apply();
    assert.equal(await listens('udp', '127.0.0.1', squatter.port), false);
  });

  test('twenty calls a second go on while another sip-port is opened and closed', async () => {
    const port = await freePort();
    const calls: Promise<number>[] = [];
    const pace = setInterval(() => calls.push(callBy(permitted, core).then(({ status }) => status)), 50);
    try {
      await sbc.addRealm('new', port);
      await sbc.apply();
      const { sip } = (await (await fetch(`${gate.http}/healthz`)).json()) as { sip: string[] };
      assert.ok(sip.includes(`udp:127.0.0.1:${port}`), String(sip));
      for (let count = 0; count < 20; count += 1)
        assert.equal((await callBy(other, port)).status, 480, 'no policy leads from there');
      await sbc.remove('elementType=sip-interface&realm-id=new');
      await sbc.apply();
      while (calls.length < 20) await Promise.all([...calls, callBy(permitted, core)]);
    } finally {
      clearInterval(pace);
    }
    const statuses = await Promise.all(calls);
    assert.deepEqual(new Set(statuses), new Set([200]));
  });

  test('a candidate that denies one source changes the calls of that source, and no others', async () => {
    const unchanged = (await gate.api('POST', '/candidate/impact', {})) as { changed: number };
    assert.equal(unchanged.changed, 0);
    await sbc.add('access-control', { 'realm-id': 'core', 'source-address': '127.0.0.4', access: 'deny' });
    await using fourth = await SipPeer.open('127.0.0.4');
    for (let count = 0; count < 3; count += 1) assert.equal((await callBy(fourth, core)).status, 200);
    const impact = (await gate.api('POST', '/candidate/impact', {})) as {
      changed: number;
      list: { source: { address: string }; after: { reason: string } }[];
    };
    assert.deepEqual(
      impact.list.map((call) => [call.source.address, call.after.reason]),
      Array.from({ length: 3 }, () => ['127.0.0.4', 'source-denied']),
    );
  });
});
