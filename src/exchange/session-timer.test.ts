import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inDialog, makeRequest } from '../../test/support/edge.ts';
import { SipPeer } from '../../test/support/sip-peer.ts';
import { ManualClock } from '../kit/clock.ts';
import { SipRequest, SipResponse } from '../sip/message/message.ts';
import type { IncomingCall } from './incoming-call.ts';
import { CallMedia } from './media.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { createOffer } from './sdp.ts';
import { UserAgent } from './user-agent.ts';

const SDP = createOffer({ address: '127.0.0.1', port: 9, sessionId: 1, version: 1 });

/** A user agent of ours that answers each call, and a peer, on a clock that only the test moves. */
async function open() {
  const clock = new ManualClock();
  const calls: IncomingCall[] = [];
  const onCall = (taken: IncomingCall): void => {
    calls.push(taken);
    void taken.answer();
  };
  const agent = await UserAgent.open({ clock, address: '127.0.0.1', port: 0, onCall });
  const peer = await SipPeer.open();
  const dispose = async (): Promise<void> => {
    for (const one of calls) one.end(480);
    await agent.close();
    await peer[Symbol.asyncDispose]();
  };
  return { clock, agent, peer, uri: `sip:a@127.0.0.1:${agent.endpoint.port}`, [Symbol.asyncDispose]: dispose };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Calls our agent with these headers; the answered call, when it was. */
async function call({ peer, agent, uri }: Scene, headers: Record<string, string>, status = 200) {
  const invite = makeRequest('INVITE', uri, peer, headers);
  peer.send(invite, agent.endpoint);
  const answer = await peer.status(status);
  const ack = inDialog('ACK', invite, answer, 1);
  ack.headers.set('Content-Type', 'application/sdp');
  ack.body = Buffer.from(SDP);
  if (status !== 200) return { invite, answer };
  peer.send(ack, agent.endpoint);
  // What is answered shows that the ACK before it came.
  peer.send(inDialog('OPTIONS', invite, answer, 2), agent.endpoint);
  await peer.next((message) => message instanceof SipResponse && message.cseq?.method === 'OPTIONS');
  return { invite, answer };
}

/** How many requests came that the test did not ask for yet. */
function requests({ received }: SipPeer): number {
  return received.filter((message) => message instanceof SipRequest).length;
}

function said({ headers }: SipResponse): (string | undefined)[] {
  return [headers.get('session-expires'), headers.get('require'), headers.get('supported')];
}

describe('a session timer of a call that came (RFC 4028)', () => {
  test('is refreshed by us when the caller wants that, and ended when the caller knows of it no more', async () => {
    await using scene = await open();
    const { peer, clock } = scene;
    const demand = { Require: 'timer', Supported: 'timer', 'Session-Expires': '120;refresher=uas' };
    const { invite, answer } = await call(scene, demand);
    assert.deepEqual(said(answer), ['120;refresher=uas', undefined, 'timer']);
    clock.advance(59_999);
    assert.equal(requests(peer), 0);
    clock.advance(1);
    for (const status of [200, 503, 481]) {
      const update = await peer.method('UPDATE');
      assert.equal(update.headers.get('session-expires'), '120;refresher=uac');
      assert.equal(update.body.length, 0);
      peer.respond(update, status, ({ headers }) => headers.set('Session-Expires', '120;refresher=uac'));
      if (status === 481) break;
      // What is answered shows that the answer before it came.
      peer.send(inDialog('OPTIONS', invite, answer, status), scene.agent.endpoint);
      await peer.next((message) => message instanceof SipResponse && message.cseq?.number === status);
      clock.advance(60_000);
    }
    await peer.method('BYE');
  });

  test('is ended when the caller that would refresh does not, and not before', async () => {
    await using scene = await open();
    const { peer, agent, clock } = scene;
    const { invite, answer } = await call(scene, { Supported: 'timer', 'Session-Expires': '120' });
    assert.deepEqual(said(answer), ['120;refresher=uac', 'timer', 'timer']);
    clock.advance(80_000);
    const update = inDialog('UPDATE', invite, answer, 3);
    update.headers.set('Session-Expires', '90;refresher=uac');
    update.headers.set('Supported', 'timer');
    peer.send(update, agent.endpoint);
    assert.equal((await peer.status(200)).headers.get('session-expires'), '90;refresher=uac');
    clock.advance(59_000);
    assert.equal(requests(peer), 0);
    clock.advance(1000);
    await peer.method('BYE');
  });

  test('is refreshed by us for a caller that knows nothing of it, with a new offer where it has no UPDATE', async () => {
    await using scene = await open();
    const { peer, clock } = scene;
    const { answer } = await call(scene, { 'Session-Expires': '60' });
    assert.deepEqual(said(answer), ['60;refresher=uas', undefined, 'timer']);
    clock.advance(30_000);
    peer.respond(await peer.method('UPDATE'), 405);
    const offer = await peer.method('INVITE');
    assert.match(offer.body.toString(), /m=audio/);
    peer.respond(offer, 200, (response) => {
      response.headers.set('Content-Type', 'application/sdp');
      response.body = Buffer.from(SDP);
    });
    await peer.method('ACK');
  });

  test('is not there when nobody asks, and one that is too brief is refused', async () => {
    await using scene = await open();
    assert.equal((await call(scene, {})).answer.headers.has('session-expires'), false);
    const { answer } = await call(scene, { Supported: 'timer', 'Session-Expires': '60' }, 422);
    assert.equal(answer.headers.get('min-se'), '90');
  });
});

describe('a session timer of a call that we place', () => {
  async function place({ agent, peer, clock }: Scene) {
    const ended = Promise.withResolvers<void>();
    const media = new CallMedia(agent.address, agent.ticker);
    const flow = agent.flowToPeer({ transport: 'udp', address: peer.address, port: peer.port });
    const uri = `sip:b@${peer.address}:${peer.port}`;
    const plan = { uri, from: 'sip:a@one.example', callId: `placed-${clock.now()}`, flow, media, patience: 60_000 };
    const placed = new OutgoingCall(agent, plan, { settled: () => {}, ended: () => ended.resolve() });
    await placed.start();
    return { placed, ended: ended.promise };
  }

  const accept = (expires: string) => (response: SipResponse) => {
    response.headers.set('Content-Type', 'application/sdp');
    response.headers.set('Session-Expires', expires);
    response.body = Buffer.from(SDP);
  };

  test('is refreshed, and a callee that says nothing to it any more is hung up', async () => {
    await using scene = await open();
    const { peer, clock } = scene;
    const { ended } = await place(scene);
    const invite = await peer.method('INVITE');
    assert.deepEqual(invite.headers.values('supported'), ['timer']);
    peer.respond(invite, 200, accept('120;refresher=uac'));
    await peer.method('ACK');
    clock.advance(60_000);
    await peer.method('UPDATE');
    // Timer F of the UPDATE, and then of the BYE.
    clock.advance(32_000);
    await peer.method('BYE');
    clock.advance(32_000);
    await ended;
  });

  test('is as long as somebody on the way wants it', async () => {
    await using scene = await open();
    const { peer } = scene;
    await place(scene);
    const first = await peer.method('INVITE');
    assert.equal(first.headers.has('min-se'), false);
    peer.respond(first, 422, ({ headers }) => headers.append('Min-SE', '7200'));
    await peer.method('ACK');
    const second = await peer.method('INVITE');
    assert.deepEqual([second.headers.get('min-se'), second.cseq?.number], ['7200', 2]);
    peer.respond(second, 422, ({ headers }) => headers.append('Min-SE', '9000'));
    await peer.method('ACK');
    assert.equal(requests(peer), 0);
  });
});
