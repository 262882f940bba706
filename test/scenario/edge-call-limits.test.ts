import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, type TestEdge } from '../support/edge.ts';
import { CARRIER, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';
const rule = CARRIER.rule;

function rulesFor(carrier: SipPeer, limit: number | null = 1) {
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const calls = termination({
    sources: sources('127.0.0.0/8'),
    digest: null,
    callsPerSecond: null,
    callerId: null,
    concurrentCalls: limit === null ? null : { limit, rule },
  });
  return rulebookOf([trunk({ termination: calls })], [], [route]);
}

async function answeredCall(phone: SipPeer, carrier: SipPeer, gate: TestEdge) {
  const invite = makeRequest('INVITE', NUMBER, phone);
  phone.send(invite, gate);
  const seen = await carrier.method('INVITE');
  carrier.respond(seen, 200);
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', invite, answer, 1), gate);
  await carrier.method('ACK');
  return { invite, seen, answer };
}

function byeOf(peer: SipPeer): Promise<SipResponse> {
  return peer.next<SipResponse>((message) => message instanceof SipResponse && message.cseq?.method === 'BYE');
}

describe('calls at once', () => {
  test('10.7 above the limit of the trunk are refused, until one ends; emergency calls pass', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier));
    const { invite, answer } = await answeredCall(phone, carrier, gate);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const refusal = await phone.status(503);
    assert.match(refusal.headers.get('retry-after') ?? '', /^\d+$/);
    assert.match(refusal.headers.get('reason') ?? '', /concurrency-exceeded/);

    const emergency = makeRequest('INVITE', 'sip:911@one.example', phone);
    phone.send(emergency, gate);
    const helped = await carrier.method('INVITE');
    assert.match(helped.uri, /^sip:911@/);
    carrier.respond(helped, 486);
    await phone.status(486);

    phone.send(inDialog('BYE', invite, answer, 2), gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await byeOf(phone);
    assert.equal(gate.edge.calls, 0);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carrier.method('INVITE');
  });

  test('10.7 a refused or cancelled call takes no place', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier));
    for (const status of [486, 603]) {
      phone.send(makeRequest('INVITE', NUMBER, phone), gate);
      carrier.respond(await carrier.method('INVITE'), status);
      await phone.status(status);
    }
    assert.equal(gate.edge.calls, 0);
  });

  test('10.7 a BYE that is none of this call frees no place', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier));
    const { invite, answer } = await answeredCall(phone, carrier, gate);
    const bye = inDialog('BYE', invite, answer, 2);
    bye.headers.set('To', '<sip:other@one.example>;tag=other');
    phone.send(bye, gate);
    carrier.respond(await carrier.method('BYE'), 481);
    await byeOf(phone);
    assert.equal(gate.edge.calls, 1);
  });
});

describe('a call that lasts too long', () => {
  test('10.7 is ended by a BYE to both sides, each as the other would send it', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier), { longestCall: 60_000 });
    const { invite, seen, answer } = await answeredCall(phone, carrier, gate);
    // What both sides said since then counts: the next CSeq, and the newest Contact.
    const info = inDialog('INFO', invite, answer, 7);
    phone.send(info, gate);
    carrier.respond(await carrier.method('INFO'), 200);
    await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'INFO');

    gate.clock.advance(59_000);
    assert.equal(gate.edge.calls, 1);
    gate.clock.advance(6000);
    const toCallee = await carrier.method('BYE');
    const toCaller = await phone.method('BYE');
    assert.equal(toCallee.uri, `sip:peer@${carrier.address}:${carrier.port}`);
    assert.equal(toCaller.uri, `sip:caller@${phone.address}:${phone.port}`);
    const dialog = ({ callId, from, to, cseq }: SipRequest) => [callId, from?.tag, to?.tag, cseq?.number];
    assert.deepEqual(dialog(toCallee), [seen.callId, 'caller', answer.to?.tag, 8]);
    assert.deepEqual(dialog(toCaller), [seen.callId, answer.to?.tag, 'caller', 1]);
    for (const bye of [toCallee, toCaller]) {
      assert.equal(bye.headers.has('route'), false);
      assert.match(bye.headers.get('reason') ?? '', /lasted as long as a call may/);
    }
    carrier.respond(toCallee, 200);
    phone.respond(toCaller, 200);
    assert.equal(gate.edge.calls, 0);
    assert.deepEqual(
      gate.events.flatMap((event) => (event.kind === 'end' ? [event.by] : [])),
      ['gate'],
    );
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carrier.method('INVITE');
    assert.deepEqual(gate.errors, []);
  });

  test('10.7 is ended along the proxies between us and each side', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using near = await SipPeer.open();
    await using far = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier), { longestCall: 60_000 });
    const own = (peer: SipPeer): string => `<sip:${peer.address}:${peer.port};lr>`;
    phone.send(makeRequest('INVITE', NUMBER, phone, { 'Record-Route': own(near) }), gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 200, (response) => response.headers.prepend('Record-Route', own(far)));
    await phone.status(200);
    gate.clock.advance(66_000);
    assert.deepEqual((await far.method('BYE')).headers.values('route'), [own(far)]);
    assert.deepEqual((await near.method('BYE')).headers.values('route'), [own(near)]);
  });
});

describe('a gate that is behind with its work', () => {
  test('sheds new calls with 503 and a spread Retry-After; what is under way and emergency calls go through', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    let delay = 0;
    await using gate = await openEdge(rulesFor(carrier, null), { loopDelay: () => delay });
    const { invite, answer } = await answeredCall(phone, carrier, gate);

    delay = 300;
    gate.clock.advance(250);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const shed = await phone.status(503);
    const wait = Number(shed.headers.get('retry-after'));
    assert.ok(wait >= 5 && wait < 15);
    phone.send(makeRequest('INVITE', 'sip:112@one.example', phone), gate);
    carrier.respond(await carrier.method('INVITE'), 486);
    await phone.status(486);
    phone.send(inDialog('BYE', invite, answer, 2), gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await byeOf(phone);

    // A little better is not well yet.
    delay = 150;
    gate.clock.advance(250);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await phone.status(503);
    delay = 50;
    gate.clock.advance(250);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carrier.method('INVITE');
    assert.equal(gate.events.filter((event) => event.kind === 'refusal' && event.reason === 'overloaded').length, 2);
  });
});

test('10.11 without rules every call is refused', async () => {
  await using phone = await SipPeer.open();
  await using gate = await openEdge(new Rulebook([CARRIER]));
  phone.send(makeRequest('INVITE', NUMBER, phone), gate);
  const answer = await phone.status(503);
  assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
  assert.deepEqual(
    gate.events.map((event) => event.kind === 'decision' && event.decision.reason),
    ['rules-missing'],
  );
});
