import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallPasses, PASS_HEADER } from '../../src/rulebook/call-pass.ts';
import { SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { callIdOf, settled } from '../support/memory-peers.ts';
import { register, registerOf } from '../support/registrar.ts';
import {
  CARRIER,
  dialling,
  line,
  NO_PLAN,
  number,
  origination,
  registration,
  rulebookOf,
  sources,
  termination,
  trunk,
  withLines,
} from '../support/rules.ts';
import { cancelOf } from '../support/scene.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { ARRIVING, atOnce, NUMBER, reasonOf, rulesFor, Threads } from '../support/threads.ts';

const MINUTE = 60_000;
const { rule } = CARRIER;

/** The final answers to so many calls. */
async function finals(phone: SipPeer, count: number): Promise<SipResponse[]> {
  const answers: SipResponse[] = [];
  for (let index = 0; index < count; index += 1)
    answers.push(await phone.next<SipResponse>((message) => message instanceof SipResponse && message.status >= 200));
  return answers;
}

describe('limits of a trunk hold for all threads together', () => {
  test('10.6 calls a second: exactly so many of many at once, with the reason and the trace as ever', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(3, rulesFor(carrier, { callsPerSecond: { limit: 5, rule } }));
    carrier.onRequest = (request) => request.method === 'INVITE' && void carrier.respond(request, 486);
    for (const round of [1, 2]) {
      for (let index = 0; index < 12; index += 1) gate.invite(index % 3, phone);
      const answers = await finals(phone, 12);
      const of = (status: number) => answers.filter((answer) => answer.status === status);
      assert.equal(of(486).length, 5, `round ${round}`);
      assert.equal(of(503).length, 7);
      for (const { headers } of of(503)) {
        assert.equal(reasonOf(headers.get('reason')), 'rate-exceeded');
        assert.equal(headers.get('retry-after'), '1');
      }
      gate.clock.advance(1000);
    }
    const seen = [0, 1, 2].flatMap((thread) =>
      gate
        .gate(thread)
        .events.flatMap((event) =>
          event.kind === 'decision' && event.attempt ? [{ ...event, attempt: event.attempt }] : [],
        ),
    );
    const admitted = seen.filter(({ decision }) => decision.verdict === 'admit');
    assert.deepEqual(
      admitted.map(({ attempt }) => attempt.callsInLastSecond).toSorted((a, b) => a - b),
      [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
    );
    for (const { attempt, decision } of seen.filter((event) => !admitted.includes(event))) {
      assert.equal(attempt.callsInLastSecond, 5);
      assert.equal(decision.trace.at(-1)?.detail, '5 calls started within a second, 5 allowed');
    }
    assert.deepEqual(gate.gate(1).errors, []);
  });

  test('10.7 calls at once: a place is taken from the decision on, and freed by the end of a call in any thread', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(3, rulesFor(carrier, atOnce(2)));
    for (let index = 0; index < 6; index += 1) gate.invite(index % 3, phone);
    for (const { status, headers } of await finals(phone, 4)) {
      assert.equal(status, 503);
      assert.equal(reasonOf(headers.get('reason')), 'concurrency-exceeded');
    }
    for (let index = 0; index < 2; index += 1) carrier.respond(await carrier.method('INVITE'), 486);
    await finals(phone, 2);

    const one = await gate.talk(1, phone, carrier);
    await gate.talk(2, phone, carrier);
    for (const thread of [0, 1, 2]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
    await gate.hangUp(one, phone, carrier);
    const own = await gate.talk(0, phone, carrier);
    assert.equal(await gate.refused(1, phone), 'concurrency-exceeded');
    await gate.hangUp(own, phone, carrier);
    await gate.talk(1, phone, carrier);
    assert.deepEqual(
      [0, 1, 2].map((thread) => gate.gate(thread).edge.calls),
      [0, 1, 1],
    );
  });

  test('10.7 calls to which their caller gave one Call-ID and one tag take a place each', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(2)));
    const headers = { 'Call-ID': callIdOf(1, 2) };
    for (let call = 1; call <= 4; call += 1)
      phone.send(makeRequest('INVITE', NUMBER, phone, { ...headers, CSeq: `${call} INVITE` }), gate.gate(1));
    for (const { headers: told } of await finals(phone, 2))
      assert.equal(reasonOf(told.get('reason')), 'concurrency-exceeded');
    for (let call = 0; call < 2; call += 1) carrier.respond(await carrier.method('INVITE'), 486);
    await finals(phone, 2);
    await settled();
    assert.equal(gate.gate(1).edge.calls, 0);
    await gate.talk(1, phone, carrier);
    await gate.talk(1, phone, carrier);
    assert.equal(await gate.refused(1, phone), 'concurrency-exceeded');
  });

  test('4.16 a call that is cancelled while it is decided rings nowhere, takes no place and is told 487', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(1)));
    const invite = makeRequest('INVITE', NUMBER, phone, { 'Call-ID': callIdOf(1, 2) });
    phone.send(invite, gate.gate(1));
    phone.send(cancelOf(invite, phone), gate.gate(1));
    await phone.status(200);
    const { to } = await phone.status(487);
    assert.notEqual(to?.tag, undefined);
    await settled();
    assert.equal(gate.gate(1).edge.calls, 0);
    await gate.talk(1, phone, carrier);
    assert.deepEqual(carrier.received, []);
  });

  test('6.10 10.7 calls of both directions count, whichever thread they are in', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(1), phone));
    const arrived = await gate.talk(1, carrier, phone, ARRIVING);
    assert.equal(await gate.refused(0, phone), 'concurrency-exceeded');
    await gate.hangUp(arrived, carrier, phone);
    await gate.talk(0, phone, carrier);
    assert.equal(await gate.refused(1, carrier, 503, ARRIVING), 'concurrency-exceeded');
  });

  test('10.7 the places of a gateway are those of the calls of all threads', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    await using gateway = await SipPeer.open('127.0.0.13');
    const national = { ...NO_PLAN, callTypes: { national: { action: 'allow', rule } } as never };
    const connection = { kind: 'trunk', id: 'test:gateway', rule } as const;
    const base = rulesFor(carrier, { dialling: dialling({ permissions: national, connection }) });
    const routes = [{ ...CARRIER, host: gateway.address, port: gateway.port }];
    const entry = trunk({
      id: 'test:gateway',
      hosts: [],
      termination: null,
      origination: origination({ routes, concurrentCalls: { limit: 1, rule } }),
    });
    base.apply(base.revision, [{ kind: 'trunk', id: entry.id, entry }]);
    await using gate = await Threads.open(2, base);
    const call = await gate.talk(1, phone, gateway);
    for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
    await gate.hangUp(call, phone, gateway);
    await gate.talk(0, phone, gateway);
    assert.equal(await gate.refused(1, phone), 'concurrency-exceeded');
  });

  test('10.6 legs that an application places count', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    await using voice = await SipPeer.open('127.0.0.14');
    const key = Buffer.alloc(32, 3);
    const route = { ...CARRIER, host: voice.address, port: voice.port };
    const own = termination({ sources: sources('127.0.0.0/8'), digest: null, callerId: null });
    const rules = rulebookOf(
      [trunk({ termination: own })],
      [],
      [{ ...CARRIER, host: carrier.address, port: carrier.port }],
      route,
    );
    await using gate = await Threads.open(2, rules, () => ({ applicationKey: key }));
    const claim = {
      kind: 'leg',
      parent: 'x',
      trunk: 'test:one',
      account: 'test:account',
      username: null,
      vouched: null,
      placed: true,
    } as const;
    const place = (thread: number): void => {
      const { address, port } = gate.gate(thread);
      const invite = gate.request(thread, 'INVITE', `sip:+12065550100@${address}:${port}`, voice);
      invite.headers.set(PASS_HEADER, new CallPasses(key).seal(invite.callId ?? '', claim));
      voice.send(invite, gate.gate(thread));
    };
    place(1);
    carrier.respond(await carrier.method('INVITE'), 486);
    await voice.status(486);
    place(0);
    carrier.respond(await carrier.method('INVITE'), 486);
    await voice.status(486);
    place(1);
    assert.equal(reasonOf((await voice.status(503)).headers.get('reason')), 'rate-exceeded');
    assert.equal(await gate.refused(0, phone), 'rate-exceeded');
  });

  test('a call to a telephone that is not there takes no place', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    const limited = origination({ concurrentCalls: { limit: 1, rule } });
    const one = trunk({ registration: registration(), origination: limited });
    const jdoe = number('+12065550199', { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
    const rules = rulebookOf([one], [jdoe], [{ ...CARRIER, host: carrier.address, port: carrier.port }]);
    await using gate = await Threads.open(2, rules);
    for (let index = 0; index < 2; index += 1)
      assert.equal(await gate.refused(1, carrier, 480, ARRIVING), 'not-registered');
    assert.equal(gate.gate(1).edge.calls, 0);
    // The first thread has the registrar, and tells the others.
    await register(phone, gate.gate(0), registerOf(phone, { Contact: `<sip:jdoe@${phone.address}:${phone.port}>` }));
    await settled();
    await gate.talk(1, carrier, phone, ARRIVING);
    assert.equal(await gate.refused(0, carrier, 503, ARRIVING), 'concurrency-exceeded');
  });

  test('what a call would get is told with the counters of all', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(1)));
    await gate.talk(1, phone, carrier);
    const origin = { address: '127.0.0.1', port: 5060, transport: 'udp', secure: false };
    const asked = { requestUri: { user: '+12065550100', host: 'one.example' }, toHost: null, fromHost: null };
    for (const thread of [0, 1]) {
      const { edge } = gate.gate(thread);
      const { reason } = await edge.explain({ asked, origin, callerIds: [], username: null, fromCarrier: false });
      assert.equal(reason, 'concurrency-exceeded');
    }
  });
});

describe('what trunks and users spend is counted for all threads together', () => {
  test('10.9 calls, minutes and alarms', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    const raised: string[] = [];
    const spending = { trunk: { calls: 4, minutes: 10 }, user: {} };
    await using gate = await Threads.open(2, rulesFor(carrier), (thread) => ({
      spending,
      onAlarm: ({ measure, state }) => raised.push(`${thread}: ${measure} ${state}`),
    }));
    await gate.talk(0, phone, carrier);
    const call = await gate.talk(1, phone, carrier);
    assert.deepEqual(raised, ['0: calls warning']);
    gate.clock.advance(5 * MINUTE);
    await gate.hangUp(call, phone, carrier);
    assert.deepEqual(raised.slice(1), ['0: minutes warning', '0: minutes stopped']);
    for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone, 403), 'spending-exceeded');
    const of = { trunk: 'test:one', user: null };
    assert.partialDeepStrictEqual(gate.first.spending.report(1), { spenders: [{ ...of, callsUp: 1 }] });

    assert.equal(gate.first.spending.lift(of), true);
    for (const thread of [1, 0, 1]) await gate.talk(thread, phone, carrier);
    await gate.talk(1, phone, carrier);
    assert.equal(await gate.refused(1, phone, 403), 'spending-exceeded');
  });

  test('10.9 a transfer counts as a call, and what a line forwards is paid by the line', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    const own = termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null, callerId: null });
    const jdoe = number('+12065550199', { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
    const rules = withLines(
      rulebookOf(
        [trunk({ termination: own, registration: registration() })],
        [jdoe],
        [{ ...CARRIER, host: carrier.address, port: carrier.port }],
      ),
      [line()],
    );
    const spending = { trunk: {}, user: { calls: 3, minutes: 10 } };
    await using gate = await Threads.open(2, rules, () => ({ spending }));
    const used = () => gate.first.spending.report(2);

    let invite = gate.invite(1, phone);
    invite = withCredentials(invite, await phone.status(407));
    phone.send(invite, gate.gate(1));
    carrier.respond(await carrier.method('INVITE'), 200);
    const answer = await phone.status(200);
    const refer = inDialog('REFER', invite, answer, 5);
    refer.headers.set('Refer-To', '<sip:+12065550111@one.example>');
    phone.send(refer, gate.gate(1));
    carrier.respond(await carrier.method('REFER'), 202);
    await phone.status(202);
    const user = { trunk: 'test:one', user: 'jdoe' };
    assert.partialDeepStrictEqual(used(), { spenders: [{ ...user, measures: [{}, {}, { used: 2 }] }, {}] });
    await gate.hangUp({ thread: 1, invite, answer }, phone, carrier);

    const contact = { Contact: `<sip:jdoe@${phone.address}:${phone.port}>` };
    // The first thread has the registrar, and tells the others.
    await register(phone, gate.gate(0), registerOf(phone, contact));
    await settled();
    const arriving = gate.invite(1, carrier, ARRIVING);
    const moved = ({ headers }: SipResponse): void => headers.set('Contact', '<sip:+12065550122@one.example>');
    phone.respond(await phone.method('INVITE'), 302, moved);
    carrier.respond(await carrier.method('INVITE'), 200);
    const through = await carrier.status(200);
    gate.clock.advance(MINUTE);
    assert.partialDeepStrictEqual(used(), {
      spenders: [{ ...user, callsUp: 1, measures: [{ used: 1 }, {}, { used: 3 }] }, {}],
    });
    await gate.hangUp({ thread: 1, invite: arriving, answer: through }, carrier, carrier);

    gate.invite(1, carrier, ARRIVING);
    phone.respond(await phone.method('INVITE'), 302, moved);
    await carrier.status(403);
    phone.send(gate.request(1, 'OPTIONS', 'sip:one.example', phone), gate.gate(1));
    const { edge } = gate.gate(1);
    assert.deepEqual([edge.calls, edge.setups, gate.gate(1).errors], [0, 0, []]);
  });
});
