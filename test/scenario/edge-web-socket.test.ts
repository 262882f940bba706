import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, withCredentials } from '../support/edge.ts';
import { CARRIER, number, registration, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { WebListener } from '../support/web-listener.ts';
import { WebSocketPhone } from '../support/web-socket-phone.ts';

const CALLED = '+12065550199';
const FAR = 'sip:+12065550100@one.example';
const toy = trunk({
  termination: termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null }),
  registration: registration(),
});

/** A telephone in a web page and a carrier on UDP, with an edge between them. */
async function exchange(rules = [toy]) {
  const carrier = await SipPeer.open();
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const jdoe = number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
  const gate = await openEdge(rulebookOf(rules, [jdoe], [route]));
  const web = await WebListener.open((...upgrade) => gate.edge.upgrade(...upgrade, false));
  gate.edge.serveWebSockets([web.binding]);
  const phone = await WebSocketPhone.connect(web.url);
  const dispose = async (): Promise<void> => {
    for (const each of [phone, web, gate, carrier]) await each[Symbol.asyncDispose]();
  };
  return { phone, carrier, gate, web, [Symbol.asyncDispose]: dispose };
}

function from(phone: WebSocketPhone, method: string, uri: string, headers: Record<string, string> = {}): SipRequest {
  return makeRequest(method, uri, phone, { Contact: `<sip:jdoe@${phone.address};transport=ws>`, ...headers });
}

async function register({ phone }: { phone: WebSocketPhone }): Promise<SipResponse> {
  const self = '<sip:jdoe@one.example>';
  const request = from(phone, 'REGISTER', 'sip:one.example', { From: `${self};tag=phone`, To: self });
  phone.send(request);
  phone.send(withCredentials(request, await phone.status(401)));
  return phone.status(200);
}

/** A request of the callee in the dialog of an INVITE that came to it. */
function byeOfCallee(seen: SipRequest, answer: SipResponse, peer: { address: string; port: number }): SipRequest {
  const target = /<([^>]+)>/.exec(seen.headers.get('contact') ?? '')?.[1] ?? '';
  const bye = makeRequest('BYE', target, peer, {
    From: answer.headers.get('to') ?? '',
    To: seen.headers.get('from') ?? '',
    'Call-ID': seen.callId ?? '',
  });
  for (const route of seen.headers.values('record-route')) bye.headers.append('Route', route);
  return bye;
}

function isAnswerTo(method: string) {
  return (message: object): boolean => message instanceof SipResponse && message.cseq?.method === method;
}

/** Calls from the telephone until it is answered. */
async function call({ phone, carrier }: Awaited<ReturnType<typeof exchange>>) {
  const invite = from(phone, 'INVITE', FAR);
  phone.send(invite);
  const challenge = await phone.status(407);
  const ack = from(phone, 'ACK', FAR, { 'Call-ID': invite.callId ?? '', To: challenge.headers.get('to') ?? '' });
  ack.headers.set('Via', invite.headers.get('via') ?? '');
  phone.send(ack);
  const again = withCredentials(invite, challenge);
  phone.send(again);
  const seen = await carrier.method('INVITE');
  const answer = carrier.respond(seen, 200);
  const got = await phone.status(200);
  phone.send(inDialog('ACK', again, got, 2));
  await carrier.method('ACK');
  return { again, seen, answer, got };
}

describe('2.9 a telephone in a web page', () => {
  test('2.9 calls: challenged, answered, ACK and BYE; each side is told how to reach us', async () => {
    await using net = await exchange();
    const { phone, carrier, gate, web } = net;
    const { again, seen, got } = await call(net);
    assert.equal(seen.via?.transport, 'UDP');
    const [top = '', second = '', ...more] = seen.headers.values('record-route');
    assert.match(top, new RegExp(`^<sip:[^@]+@127\\.0\\.0\\.1:${gate.port};lr>$`));
    assert.match(second, new RegExp(`^<sip:[^@]+@127\\.0\\.0\\.1:${web.binding.port};transport=ws;lr>$`));
    assert.deepEqual(more, []);
    phone.send(inDialog('BYE', again, got, 3));
    const bye = await carrier.method('BYE');
    assert.equal(bye.headers.has('route'), false);
    carrier.respond(bye, 200);
    await phone.next(isAnswerTo('BYE'));
    const decision = gate.events.find((event) => event.kind === 'decision');
    assert.deepEqual(decision?.source, { transport: 'ws', address: '127.0.0.1', port: phone.realPort });
    assert.deepEqual(gate.errors, []);
  });

  test('2.9 the other side hangs up over the connection that is open', async () => {
    await using net = await exchange();
    const { phone, carrier, gate } = net;
    const { seen, answer } = await call(net);
    carrier.send(byeOfCallee(seen, answer, carrier), gate);
    const bye = await phone.method('BYE');
    assert.equal(bye.via?.transport, 'WS');
    phone.respond(bye, 200);
    await carrier.next(isAnswerTo('BYE'));
    assert.deepEqual(gate.errors, []);
  });

  test('2.9 a connection that is gone is a transport error, never a new connection', async () => {
    await using net = await exchange();
    const { phone, carrier, gate } = net;
    const { seen, answer } = await call(net);
    await phone[Symbol.asyncDispose]();
    carrier.send(byeOfCallee(seen, answer, carrier), gate);
    const refused = await carrier.next<SipResponse>(isAnswerTo('BYE'));
    assert.equal(refused.status, 500);
    assert.deepEqual(gate.errors, []);
  });

  test('2.9 registers with a Contact that leads nowhere, and is called over its connection', async () => {
    await using net = await exchange();
    const { phone, carrier, gate } = net;
    const registered = await register(net);
    assert.deepEqual(registered.headers.values('contact'), [`<sip:jdoe@${phone.address};transport=ws>;expires=600`]);
    const invite = makeRequest('INVITE', `sip:${CALLED}@127.0.0.1`, carrier);
    carrier.send(invite, gate);
    const seen = await phone.method('INVITE');
    assert.equal(seen.uri, `sip:jdoe@${phone.address};transport=ws`);
    assert.equal(seen.via?.transport, 'WS');
    phone.respond(seen, 200);
    const got = await carrier.status(200);
    carrier.send(inDialog('ACK', invite, got, 1), gate);
    await phone.method('ACK');
    carrier.send(inDialog('BYE', invite, got, 2), gate);
    phone.respond(await phone.method('BYE'), 200);
    await carrier.next(isAnswerTo('BYE'));
    assert.deepEqual(gate.errors, []);
  });

  test('2.9 a call to a page that was closed ends at once', async () => {
    await using net = await exchange();
    const { phone, carrier, gate } = net;
    await register(net);
    await phone[Symbol.asyncDispose]();
    const invite = makeRequest('INVITE', `sip:${CALLED}@127.0.0.1`, carrier);
    carrier.send(invite, gate);
    const answer = await carrier.next<SipResponse>((message) => isAnswerTo('INVITE')(message) && (message as SipResponse).status >= 300); // prettier-ignore
    assert.equal(answer.status, 500);
    assert.deepEqual(gate.errors, []);
  });

  test('garbage between the messages of a call harms nothing', async () => {
    await using net = await exchange();
    const { phone, carrier, gate } = net;
    for (const garbage of ['', 'INVITE', 'INVITE sip:x SIP/2.0\r\n\r\n', '\r\n\r\n']) phone.socket.send(garbage);
    const { again, got } = await call(net);
    phone.socket.send(Buffer.alloc(1000, 0xff));
    phone.send(inDialog('BYE', again, got, 3));
    carrier.respond(await carrier.method('BYE'), 200);
    await phone.next(isAnswerTo('BYE'));
    assert.deepEqual(gate.errors, []);
  });

  test('a trunk that requires encryption refuses ws', async () => {
    const rule = toy.encryption.rule;
    await using net = await exchange([{ ...toy, encryption: { required: true, rule } }]);
    net.phone.send(from(net.phone, 'INVITE', FAR));
    await net.phone.status(403);
    const decision = net.gate.events.find((event) => event.kind === 'decision');
    assert.equal(decision?.decision.reason, 'encryption-required');
  });
});
