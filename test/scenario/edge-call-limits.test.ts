import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { SqliteCalls } from '../../src/edge/sqlite-calls.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { Origination } from '../../src/rulebook/trunk.ts';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, type TestEdge } from '../support/edge.ts';
import { CARRIER, number, origination, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';
const ARRIVING = 'sip:+12065550199@127.0.0.1';
const rule = CARRIER.rule;

/** `phone` is where calls from the carrier go, within the limits of `arriving`. */
function rulesFor(carrier: SipPeer, limit: number | null = 1, phone?: SipPeer, arriving: Partial<Origination> = {}) {
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const calls = termination({
    sources: sources('127.0.0.0/8'),
    digest: null,
    callsPerSecond: null,
    callerId: null,
    concurrentCalls: limit === null ? null : { limit, rule },
  });
  const routes = phone ? [{ ...CARRIER, host: phone.address, port: phone.port }] : [];
  const one = trunk({ termination: calls, origination: origination({ routes, ...arriving }) });
  return rulebookOf([one], [number('+12065550199')], [route]);
}

async function answeredCall(
  phone: SipPeer,
  carrier: SipPeer,
  gate: TestEdge,
  { headers = {}, tag }: { headers?: Readonly<Record<string, string>>; tag?: string } = {},
) {
  const invite = makeRequest('INVITE', NUMBER, phone, headers);
  phone.send(invite, gate);
  const seen = await carrier.method('INVITE');
  carrier.respond(seen, 200, (response) => {
    if (tag !== undefined) response.headers.set('To', `<${NUMBER}>;tag=${tag}`);
  });
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', invite, answer, invite.cseq?.number ?? 1), gate);
  await carrier.method('ACK');
  return { invite, seen, answer };
}

/** A call from the telephone network that is answered. */
async function deliveredCall(carrier: SipPeer, phone: SipPeer, gate: TestEdge) {
  const invite = makeRequest('INVITE', ARRIVING, carrier);
  carrier.send(invite, gate);
  phone.respond(await phone.method('INVITE'), 200);
  return { invite, answer: await carrier.status(200) };
}

/** The Reason of a call from the telephone network that is refused for now. */
async function refusedArrival(carrier: SipPeer, gate: TestEdge): Promise<string> {
  carrier.send(makeRequest('INVITE', ARRIVING, carrier), gate);
  const { headers } = await carrier.status(503);
  assert.match(headers.get('retry-after') ?? '', /^\d+$/);
  return headers.get('reason') ?? '';
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

  test('6.10 calls of both directions count', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    await using gate = await openEdge(rulesFor(carrier, 1, phone));
    carrier.send(makeRequest('INVITE', 'sip:+12065550199@127.0.0.1', carrier), gate);
    phone.respond(await phone.method('INVITE'), 200);
    await carrier.status(200);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    assert.match((await phone.status(503)).headers.get('reason') ?? '', /concurrency-exceeded/);
  });

  test('6.10 calls from the telephone network are refused above the limits of the trunk, until there is room', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    const concurrentCalls = { limit: 2, rule };
    await using gate = await openEdge(rulesFor(carrier, null, phone, { concurrentCalls }));
    const { invite, answer } = await deliveredCall(carrier, phone, gate);
    await deliveredCall(carrier, phone, gate);
    assert.match(await refusedArrival(carrier, gate), /concurrency-exceeded/);
    carrier.send(inDialog('BYE', invite, answer, 2), gate);
    phone.respond(await phone.method('BYE'), 200);
    await byeOf(carrier);
    await deliveredCall(carrier, phone, gate);
  });

  test('6.10 calls from the telephone network start no faster than the trunk may', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    await using gate = await openEdge(rulesFor(carrier, null, phone, { callsPerSecond: { limit: 2, rule } }));
    await deliveredCall(carrier, phone, gate);
    await deliveredCall(carrier, phone, gate);
    assert.match(await refusedArrival(carrier, gate), /rate-exceeded/);
    // What the customer places is counted apart.
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carrier.method('INVITE');
    gate.clock.advance(1000);
    await deliveredCall(carrier, phone, gate);
  });

  test('6.10 10.6 what the operator allows a trunk at once and in a second holds for both directions together', async () => {
    for (const [measure, reason] of [
      ['concurrent', /concurrency-exceeded/],
      ['calls-per-second', /rate-exceeded/],
    ] as const) {
      await using phone = await SipPeer.open();
      await using carrier = await SipPeer.open('127.0.0.12');
      const spending = { trunk: { [measure]: 2 }, user: {} };
      await using gate = await openEdge(rulesFor(carrier, null, phone), { spending });
      const inbound = await deliveredCall(carrier, phone, gate);
      await answeredCall(phone, carrier, gate);
      assert.match(await refusedArrival(carrier, gate), reason);
      phone.send(makeRequest('INVITE', NUMBER, phone), gate);
      const refusal = await phone.status(503);
      assert.match(refusal.headers.get('reason') ?? '', reason);
      assert.match(refusal.headers.get('retry-after') ?? '', /^\d+$/);
      gate.clock.advance(1000);
      carrier.send(inDialog('BYE', inbound.invite, inbound.answer, 2), gate);
      phone.respond(await phone.method('BYE'), 200);
      await byeOf(carrier);
      await answeredCall(phone, carrier, gate);
    }
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

  test('10.7 count one by one although their caller gave them one Call-ID and one tag', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier, 2), { longestCall: 60_000 });
    const headers = { 'Call-ID': 'one-for-all' };
    const first = await answeredCall(phone, carrier, gate, { headers, tag: 'first' });
    // One that comes to nothing ends none of the others.
    phone.send(makeRequest('INVITE', NUMBER, phone, { ...headers, CSeq: '2 INVITE' }), gate);
    carrier.respond(await carrier.method('INVITE'), 486);
    await phone.status(486);
    const second = await answeredCall(phone, carrier, gate, {
      headers: { ...headers, CSeq: '3 INVITE' },
      tag: 'second',
    });
    assert.equal(gate.edge.calls, 2);
    phone.send(makeRequest('INVITE', NUMBER, phone, { ...headers, CSeq: '4 INVITE' }), gate);
    await phone.status(503);

    phone.send(inDialog('BYE', first.invite, first.answer, 5), gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await byeOf(phone);
    assert.equal(gate.edge.calls, 1);
    gate.clock.advance(65_000);
    const bye = await carrier.method('BYE');
    assert.equal(bye.to?.tag, second.answer.to?.tag);
    assert.equal(gate.edge.calls, 0);
    assert.deepEqual(gate.errors, []);
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

  for (const [name, status, spoil] of [
    ['that the callee refuses', 483, ({ headers }: SipRequest) => headers.set('Max-Forwards', '1')],
    [
      'that goes elsewhere',
      200,
      (bye: SipRequest, { address, port }: SipPeer) => (bye.uri = `sip:x@${address}:${port}`),
    ],
    [
      'with a route elsewhere',
      200,
      ({ headers }: SipRequest, { address, port }: SipPeer) => headers.append('Route', `<sip:${address}:${port};lr>`),
    ],
  ] as const)
    test(`10.7 a BYE ${name} leaves nobody on the line: the gate hangs up itself`, async () => {
      await using phone = await SipPeer.open();
      await using carrier = await SipPeer.open();
      await using accomplice = await SipPeer.open();
      await using gate = await openEdge(rulesFor(carrier));
      const { invite, answer } = await answeredCall(phone, carrier, gate);
      const bye = inDialog('BYE', invite, answer, 2);
      spoil(bye, accomplice);
      phone.send(bye, gate);
      const peer = status === 200 ? accomplice : carrier;
      peer.respond(await peer.method('BYE'), status);
      await byeOf(phone);
      assert.equal(gate.edge.calls, 0);
      const own = await carrier.method('BYE');
      assert.deepEqual(
        [own.uri, own.to?.tag, own.cseq?.number, own.maxForwards],
        [answer.headers.get('contact')?.slice(1, -1), answer.to?.tag, 3, 69],
      );
      assert.match(own.headers.get('reason') ?? '', /cause=16/);
      assert.deepEqual(gate.errors, []);
    });

  test('10.7 a BYE that reached the other side is not repeated', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier, null, phone));
    const out = await answeredCall(phone, carrier, gate);
    phone.send(inDialog('BYE', out.invite, out.answer, 2), gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await byeOf(phone);
    const into = await deliveredCall(carrier, phone, gate);
    carrier.send(inDialog('BYE', into.invite, into.answer, 2), gate);
    phone.respond(await phone.method('BYE'), 481);
    await byeOf(carrier);
    assert.equal(gate.edge.calls, 0);
    for (const peer of [phone, carrier])
      assert.equal(
        peer.received.some((message) => !(message instanceof SipResponse) && message.method === 'BYE'),
        false,
      );
  });
});

describe('a call that lasts too long', () => {
  test('10.7 is ended although an end has used the highest CSeq there is', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier, null), { longestCall: 60_000 });
    const { invite, answer } = await answeredCall(phone, carrier, gate);
    phone.send(inDialog('INFO', invite, answer, 0xffff_ffff), gate);
    carrier.respond(await carrier.method('INFO'), 200);
    await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'INFO');
    const other = await answeredCall(phone, carrier, gate);
    gate.clock.advance(65_000);
    const ended = [await carrier.method('BYE'), await carrier.method('BYE')];
    assert.deepEqual(
      ended.map(({ callId, cseq }) => [callId, cseq?.number]),
      [
        [invite.callId, 0xffff_ffff],
        [other.invite.callId, 2],
      ],
    );
    assert.equal(gate.edge.calls, 0);
    assert.deepEqual(gate.errors, []);
  });

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

  test('10.7 is ended where each side is now, also when it said so in an answer (RFC 3261 §12.2.1.2)', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using moved = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier), { longestCall: 60_000 });
    const { invite, answer } = await answeredCall(phone, carrier, gate);
    phone.send(inDialog('UPDATE', invite, answer, 2), gate);
    carrier.respond(await carrier.method('UPDATE'), 200, ({ headers }) =>
      headers.set('Contact', `<sip:moved@${moved.address}:${moved.port}>`),
    );
    await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'UPDATE');
    // Who is somebody else cannot move it.
    await using other = await SipPeer.open();
    const astray = inDialog('UPDATE', invite, answer, 3);
    astray.uri = `sip:x@${other.address}:${other.port}`;
    phone.send(astray, gate);
    other.respond(await other.method('UPDATE'), 200);
    await phone.next((message) => message instanceof SipResponse && message.cseq?.number === 3);
    gate.clock.advance(65_000);
    assert.equal((await moved.method('BYE')).uri, `sip:moved@${moved.address}:${moved.port}`);
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

describe('a session that is not refreshed (RFC 4028)', () => {
  async function timedCall(phone: SipPeer, carrier: SipPeer, gate: TestEdge) {
    const invite = makeRequest('INVITE', NUMBER, phone, { Supported: 'timer', 'Session-Expires': '90' });
    phone.send(invite, gate);
    carrier.respond(await carrier.method('INVITE'), 200, ({ headers }) => {
      headers.append('Session-Expires', '90;refresher=uac');
    });
    return { invite, answer: await phone.status(200) };
  }

  test('10.7 is dead: its place is free, and both sides get a BYE', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier));
    await timedCall(phone, carrier, gate);
    gate.clock.advance(120_000);
    assert.equal(gate.edge.calls, 1);
    gate.clock.advance(10_000);
    assert.equal(gate.edge.calls, 0);
    for (const peer of [phone, carrier])
      assert.match((await peer.method('BYE')).headers.get('reason') ?? '', /refreshed/);
  });

  test('10.7 9 RFC 4028: is asked of the ends by us where the caller can and did not ask itself', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier, null));
    for (const [headers, asked] of [
      [{ Supported: '100rel, timer' }, '1800'],
      [{ Supported: 'timer', 'Min-SE': '3600' }, '3600'],
      [{ Supported: 'timer', 'Session-Expires': '600' }, '600'],
      [{ Supported: '100rel' }, undefined],
      [{}, undefined],
    ] as const) {
      phone.send(makeRequest('INVITE', NUMBER, phone, headers), gate);
      assert.equal((await carrier.method('INVITE')).headers.get('session-expires'), asked);
    }
  });

  test('10.7 lives on as long as it is refreshed, and without a timer once the ends agree on none', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(carrier));
    const { invite, answer } = await timedCall(phone, carrier, gate);
    const refresh = async (cseq: number, expires?: string): Promise<void> => {
      phone.send(inDialog('UPDATE', invite, answer, cseq), gate);
      carrier.respond(await carrier.method('UPDATE'), 200, ({ headers }) => {
        if (expires) headers.append('x', expires);
      });
      await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'UPDATE');
    };
    for (const cseq of [2, 3, 4]) {
      gate.clock.advance(80_000);
      await refresh(cseq, '90;refresher=uac');
    }
    gate.clock.advance(80_000);
    await refresh(5);
    gate.clock.advance(600_000);
    assert.equal(gate.edge.calls, 1);
  });
});

describe('after a restart', () => {
  const stores = (t: TestContext): (() => SqliteCalls) => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-calls-'));
    t.after(() => rmSync(folder, { recursive: true }));
    return () => new SqliteCalls(join(folder, 'calls.db'));
  };

  test('10.7 calls under way take their places still, until they end', async (t) => {
    const openStore = stores(t);
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    let call: Awaited<ReturnType<typeof answeredCall>>;
    let port: number;
    const spending = { trunk: { minutes: 10 }, user: {} };
    {
      await using before = await openEdge(rulesFor(carrier, 2), { standingCalls: openStore(), spending });
      ({ port } = before);
      call = await answeredCall(phone, carrier, before);
      const short = await answeredCall(phone, carrier, before);
      before.clock.advance(5000);
      phone.send(inDialog('BYE', short.invite, short.answer, 2), before);
      carrier.respond(await carrier.method('BYE'), 200);
      await byeOf(phone);
    }
    await using gate = await openEdge(rulesFor(carrier), { port, standingCalls: openStore(), spending });
    assert.equal(gate.edge.calls, 1);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    assert.match((await phone.status(503)).headers.get('reason') ?? '', /concurrency-exceeded/);
    gate.clock.advance(300_000);
    assert.deepEqual(
      gate.events.flatMap((event) => (event.kind === 'alarm' ? [event.callId] : [])),
      [call.invite.callId],
    );

    const bye = inDialog('BYE', call.invite, call.answer, 2);
    phone.send(bye, gate);
    carrier.respond(await carrier.method('BYE'), 200);
    await byeOf(phone);
    assert.equal(gate.edge.calls, 0);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carrier.method('INVITE');
  });

  test('10.7 they are ended in time; after a long absence they take nobody’s place, as their end may have gone unheard', async (t) => {
    const openStore = stores(t);
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    let port: number;
    {
      await using before = await openEdge(rulesFor(carrier), { standingCalls: openStore() });
      ({ port } = before);
      await answeredCall(phone, carrier, before);
    }
    const store = openStore();
    store.save([], 0);
    await using gate = await openEdge(rulesFor(carrier), { port, standingCalls: store, longestCall: 60_000 });
    const another = makeRequest('INVITE', NUMBER, phone);
    phone.send(another, gate);
    carrier.respond(await carrier.method('INVITE'), 486);
    await phone.status(486);
    gate.clock.advance(66_000);
    for (const peer of [phone, carrier]) await peer.method('BYE');
    assert.equal(gate.edge.calls, 0);
    assert.deepEqual(gate.errors, []);
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

test('10.11 rules that have missed a change for too long let calls for help through and no others', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open('127.0.0.12');
  const rules = rulesFor(carrier, null, phone);
  await using gate = await openEdge(rules);
  rules.behindSince = gate.clock.now();
  gate.clock.advance(299_000);
  phone.send(makeRequest('INVITE', NUMBER, phone), gate);
  carrier.respond(await carrier.method('INVITE'), 486);
  await phone.status(486);
  gate.clock.advance(1000);
  phone.send(makeRequest('INVITE', NUMBER, phone), gate);
  assert.match((await phone.status(503)).headers.get('reason') ?? '', /rules-too-old/);
  assert.match(await refusedArrival(carrier, gate), /rules-too-old/);
  phone.send(makeRequest('INVITE', 'sip:911@one.example', phone), gate);
  carrier.respond(await carrier.method('INVITE'), 486);
  await phone.status(486);
  rules.behindSince = null;
  phone.send(makeRequest('INVITE', NUMBER, phone), gate);
  await carrier.method('INVITE');
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
