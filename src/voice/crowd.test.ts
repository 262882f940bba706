import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipResponse } from '../sip/message/message.ts';
import { CallPasses } from '../rulebook/call-pass.ts';
import { makeRequest } from '../../test/support/edge.ts';
import { seeded } from '../../test/support/seeded.ts';
import { SipPeer } from '../../test/support/sip-peer.ts';
import { APP, openVoiceScene, toneOf, wishFor } from '../../test/support/voice-scene.ts';

const CALLS = 100;

/** UDP sockets of this process. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPSocketWrap' || name === 'UDPWrap').length;
}

test('a hundred calls, half of which hang up at any moment, leave nothing behind', async () => {
  const random = seeded(5);
  await using scene = await openVoiceScene(async (call) => {
    call.ring();
    await call.answer();
    await call.play(toneOf(500, 0.1));
    await call.dial(wishFor([{ kind: 'number', number: '+12065550100' }], { longest: 100 }));
    await call.play(toneOf(700, 0.1));
  });
  scene.carrier.onCall = ({ call }) => {
    call.ring();
    setTimeout(() => void call.answer(), random() * 100);
  };
  const before = sockets();
  await Promise.all(
    Array.from({ length: CALLS }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 500));
      const call = scene.phone.call(APP, scene.gate);
      if (index % 2 === 1) setTimeout(() => call.end(), random() * 600);
      const { kind } = await call.settled;
      if (kind === 'answered') await call.ended;
      call.media.close();
    }),
  );
  await Promise.all(scene.carrier.received.map((received) => received.ended));
  while (scene.voice.calls > 0 || scene.voice.lines > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(sockets() <= before, 'every media port is closed');
  assert.equal(scene.gate.edge.calls, 0);
  assert.equal(scene.gate.edge.setups, 0);
  assert.deepEqual(scene.errors, []);
  assert.deepEqual(scene.gate.errors, []);
});

test('nobody but the edge reaches the endpoint, and nobody but the endpoint speaks for an application', async () => {
  let answered = 0;
  await using scene = await openVoiceScene(async () => {
    answered += 1;
  });
  await using fraud = await SipPeer.open();
  const { route } = scene.voice;
  const endpoint = { address: route.host, port: route.port ?? 0 };
  const premium = `sip:+19005551234@${scene.gate.address}:${scene.gate.port}`;
  const claim = { kind: 'leg', parent: 'x', trunk: null, account: 'test:none', username: null, placed: false } as const;
  const statusOf = async (uri: string, to: typeof endpoint, pass: (callId: string) => string): Promise<number> => {
    const invite = makeRequest('INVITE', uri, fraud);
    invite.headers.set('X-Tollgate-Application', pass(invite.callId ?? ''));
    fraud.send(invite, to);
    const { status } = await fraud.next<SipResponse>(
      (message) => message instanceof SipResponse && message.callId === invite.callId && message.status >= 200,
    );
    return status;
  };
  const forged = new CallPasses(Buffer.alloc(32, 1));
  const stolen = new CallPasses(Buffer.alloc(32, 9));
  // At the endpoint: a made-up pass, none, and a leg's in place of a call's.
  assert.equal(await statusOf(APP, endpoint, () => 'x.y'), 403);
  assert.equal(await statusOf(APP, endpoint, (callId) => forged.seal(callId, claim)), 403);
  assert.equal(await statusOf(APP, endpoint, (callId) => stolen.seal(callId, claim)), 403);
  assert.equal(answered, 0);
  // At the edge: even a right pass is worth nothing from elsewhere; the call is judged as the sender's own.
  assert.notEqual(await statusOf(premium, scene.gate, (callId) => stolen.seal(callId, claim)), 200);
  const decisions = scene.gate.events.flatMap((event) => (event.kind === 'decision' ? [event.decision] : []));
  assert.equal(
    decisions.some(({ account }) => account === 'test:none'),
    false,
  );
  assert.equal(scene.carrier.received.length, 0);
});
