import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest } from '../support/edge.ts';
import { sources, termination } from '../support/rules.ts';
import { cancelOf, establish, fromCallee, NUMBER, openScene } from '../support/scene.ts';
import type { SipPeer } from '../support/sip-peer.ts';

/** Lets everything that was sent so far be answered: an OPTIONS that comes back has passed behind it. */
async function settle(peer: SipPeer, gate: { address: string; port: number }): Promise<void> {
  const ping = makeRequest('OPTIONS', 'sip:one.example', peer);
  peer.send(ping, gate);
  await peer.next((message) => message instanceof SipResponse && message.callId === ping.callId);
}

const methodsOf = (peer: SipPeer): string[] =>
  peer.received.flatMap((message) => (message instanceof SipRequest ? [message.method] : []));

describe('matching', () => {
  test('3.1 branch, sent-by and method together name a transaction', async () => {
    await using scene = await openScene();
    const { phone, carrier, carriers, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    await carrier.method('INVITE');
    const other = makeRequest('INVITE', NUMBER, carriers[1]);
    other.headers.set('Via', `SIP/2.0/UDP 127.0.0.1:${carriers[1].port};branch=${invite.via?.params.get('branch')}`);
    carriers[1].send(other, gate);
    // A call of a carrier, for a number that nobody has: another transaction, judged by itself.
    await carriers[1].status(404);
    phone.send(invite, gate);
    await settle(phone, gate);
    assert.deepEqual(methodsOf(carrier), [], 'the repeat was absorbed');
  });

  for (const [line, branch] of [
    ['3.2', ''],
    ['3.3', ';branch=z9hG4bK'],
  ] as const)
    test(`${line} without a unique branch, "${branch}", repeats, CANCEL and ACK are matched the way of RFC 2543`, async () => {
      await using scene = await openScene();
      const { phone, carrier, gate } = scene;
      const invite = makeRequest('INVITE', NUMBER, phone);
      invite.headers.set('Via', `SIP/2.0/UDP ${phone.address}:${phone.port}${branch}`);
      phone.send(invite, gate);
      await phone.status(100);
      const seen = await carrier.method('INVITE');
      carrier.respond(seen, 180);
      await phone.status(180);
      phone.send(invite, gate);
      await phone.status(180);
      phone.send(cancelOf(invite, phone), gate);
      await phone.status(200);
      await carrier.method('CANCEL');
      carrier.respond(seen, 487);
      const final = await phone.status(487);
      const ack = cancelOf(invite, phone);
      ack.method = 'ACK';
      ack.headers.set('CSeq', '1 ACK');
      ack.headers.set('To', final.headers.get('to') ?? '');
      phone.send(ack, gate);
      await settle(phone, gate);
      gate.clock.advance(3000);
      await settle(phone, gate);
      assert.equal(phone.received.length, 0, 'the 487 is not repeated after its ACK');
    });

  test('3.4 an answer is matched by our branch and its CSeq method', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 200, ({ headers }) => headers.set('CSeq', '1 BYE'));
    carrier.respond(seen, 200, ({ headers }) =>
      headers.replaceFirstValue('via', `SIP/2.0/UDP ${gate.address}:${gate.port};branch=z9hG4bKother`),
    );
    carrier.respond(seen, 486);
    await phone.status(486);
    assert.equal(
      phone.received.some((message) => message instanceof SipResponse && message.status === 200),
      false,
    );
  });
});

describe('INVITE', () => {
  test('3.5 100 at once, and never one from below', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await phone.status(100);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 100, ({ headers }) => headers.append('X-From', 'below'));
    carrier.respond(seen, 180);
    await phone.status(180);
    assert.equal(phone.received.length, 0);
  });

  test('3.6 3.7 after a 2xx repeats of the INVITE are absorbed, and every 2xx passes', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    await phone.status(100);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 200);
    await phone.status(200);
    phone.send(invite, gate);
    await settle(phone, gate);
    assert.deepEqual(methodsOf(carrier), []);
    for (let copy = 0; copy < 3; copy += 1) {
      gate.clock.advance(4000);
      carrier.respond(seen, 200);
      const answer = await phone.status(200);
      phone.send(inDialog('ACK', invite, answer, 1), gate);
      await carrier.method('ACK');
    }
    gate.clock.advance(40_000);
    carrier.respond(seen, 200);
    await settle(phone, gate);
    assert.equal(phone.received.length, 0, 'timers L and M have ended it');
    assert.deepEqual(methodsOf(carrier), [], 'we acknowledge no 2xx ourselves');
  });

  test('3.7 a second callee behind a proxy that forks: its 2xx passes as well, with a route set of its own', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    for (const tag of ['first', 'second', 'first']) {
      carrier.respond(seen, 200, ({ headers }) => headers.set('To', `${seen.headers.get('to')};tag=${tag}`));
      const answer = await phone.status(200);
      assert.equal(answer.to?.tag, tag);
      assert.equal(answer.headers.values('via').length, 1);
      phone.send(inDialog('ACK', invite, answer, 1), gate);
      assert.equal((await carrier.method('ACK')).to?.tag, tag);
      // Only with the callee's tag signed into the route is another INVITE let through.
      const again = inDialog('INVITE', invite, answer, 2);
      phone.send(again, gate);
      const passed = await carrier.method('INVITE');
      assert.equal(passed.to?.tag, tag);
      carrier.respond(passed, 486);
      await phone.status(486);
      await carrier.method('ACK');
    }
  });

  test('3.8 the ACK of a refusal is ours: made from the INVITE, To from the answer', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const seen = await carrier.method('INVITE');
    const refusal = carrier.respond(seen, 486);
    const ack = await carrier.method('ACK');
    await phone.status(486);
    assert.equal(ack.uri, seen.uri);
    assert.deepEqual(ack.headers.values('via'), [seen.headers.values('via')[0]]);
    assert.equal(ack.headers.get('to'), refusal.headers.get('to'));
    for (const id of ['from', 'call-id']) assert.equal(ack.headers.get(id), seen.headers.get(id));
    assert.equal(ack.headers.get('cseq'), `${seen.cseq?.number} ACK`);
  });

  test('3.11 5.13 CANCEL, ACK, BYE and re-INVITE are never challenged', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest, sources: sources('127.0.0.0/8') } });
    const { phone, carrier, gate } = scene;
    const { withCredentials } = await import('../support/edge.ts');
    const first = makeRequest('INVITE', NUMBER, phone);
    phone.send(first, gate);
    const invite = withCredentials(first, await phone.status(407));
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 200);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', invite, answer, 2), gate);
    await carrier.method('ACK');
    phone.send(inDialog('INVITE', invite, answer, 3), gate);
    carrier.respond(await carrier.method('INVITE'), 200);
    await phone.status(200);
    phone.send(inDialog('BYE', invite, answer, 4), gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await phone.status(200);

    const second = withCredentials(first, await challenge(scene, first));
    phone.send(second, gate);
    carrier.respond(await carrier.method('INVITE'), 180);
    await phone.status(180);
    phone.send(cancelOf(second, phone), gate);
    await phone.status(200);
    await carrier.method('CANCEL');
    assert.equal(gate.errors.length, 0);
  });

  async function challenge({ phone, gate }: Awaited<ReturnType<typeof openScene>>, first: SipRequest) {
    const again = makeRequest('INVITE', first.uri, phone);
    phone.send(again, gate);
    return phone.status(407);
  }

  test('3.12 a challenge keeps no state', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest, sources: null } });
    const { phone, gate } = scene;
    for (let index = 0; index < 20; index += 1) {
      phone.send(makeRequest('INVITE', NUMBER, phone), gate);
      await phone.status(407);
    }
    assert.equal(gate.edge.transactions, 0);
  });
});

describe('3.10 non-INVITE', () => {
  test('3.10 no 100 before 3.5 s over UDP, then one; a 408 never; a late answer is dropped', async () => {
    await using scene = await openScene();
    const { gate } = scene;
    const call = await establish(scene);
    const info = inDialog('INFO', call.invite, call.answer, 2);
    call.caller.send(info, gate);
    const seen = await call.callee.method('INFO');
    gate.clock.advance(3400);
    await settle(call.caller, gate);
    assert.equal(call.caller.received.length, 0);
    gate.clock.advance(200);
    await call.caller.status(100);
    gate.clock.advance(40_000);
    await settle(call.caller, gate);
    call.callee.respond(seen, 200);
    await settle(call.caller, gate);
    assert.equal(call.caller.received.length, 0);
  });

  test('3.10 a 1xx of the callee other than 100 is not passed', async () => {
    await using scene = await openScene();
    const call = await establish(scene);
    call.callee.send(fromCallee('INFO', call), scene.gate);
    const seen = await call.caller.method('INFO');
    call.caller.respond(seen, 183);
    call.caller.respond(seen, 200);
    const answer = await call.callee.next<SipResponse>((message) => message instanceof SipResponse);
    assert.equal(answer.status, 200);
  });
});
