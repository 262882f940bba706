import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { SqliteSpending } from '../../src/edge/spending/sqlite-spending.ts';
import { SqliteCalls } from '../../src/edge/sqlite-calls.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { threadOf } from '../../src/kit/peers.ts';
import { SipRequest, SipResponse, type SipMessage } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, type TestEdgeOptions } from '../support/edge.ts';
import { callIdOf, MemoryPeers, settled } from '../support/memory-peers.ts';
import { register, registerOf, toy } from '../support/registrar.ts';
import { CARRIER, line, number, rulebookOf, withLines } from '../support/rules.ts';
import { seeded } from '../support/seeded.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { ARRIVING, atOnce, NUMBER, rulesFor, Threads, type ThreadCall } from '../support/threads.ts';

const MINUTE = 60_000;

/** Opens the files of one gate, for any of its threads. */
function files(t: TestContext): () => TestEdgeOptions {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-threads-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return () => ({
    standingCalls: new SqliteCalls(join(folder, 'calls.db')),
    spendingStore: new SqliteSpending(join(folder, 'spending.db')),
  });
}

describe('a thread that is lost', () => {
  test('frees at once what it had in set-up; what was answered and nobody found again is free with its successor', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(2)));
    await gate.talk(1, phone, carrier);
    gate.invite(1, phone);
    await carrier.method('INVITE');
    assert.equal(await gate.refused(0, phone), 'concurrency-exceeded');
    await gate.lose(1);
    await gate.talk(0, phone, carrier);
    assert.equal(await gate.refused(0, phone), 'concurrency-exceeded');
    await gate.replace(1);
    await gate.talk(1, phone, carrier);
    for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
  });

  for (const [early, when] of [
    [false, 'when it is ready'],
    [true, 'before'],
  ] as const)
    test(`10.7 10.9 leaves its answered calls in their places, and its successor, announced ${when}, ends them; no minute counts twice`, async (t) => {
      const open = files(t);
      await using phone = await SipPeer.open();
      await using carrier = await SipPeer.open();
      const options = () => ({ ...open(), spending: { trunk: { minutes: 100 }, user: {} } });
      await using gate = await Threads.open(2, rulesFor(carrier, atOnce(2)), options);
      const call = await gate.talk(1, phone, carrier);
      await gate.talk(0, phone, carrier);
      gate.clock.advance(10 * MINUTE);
      await gate.lose(1);
      assert.equal(await gate.refused(0, phone), 'concurrency-exceeded');
      await gate.replace(1, early);
      assert.deepEqual([gate.gate(0).edge.calls, gate.gate(1).edge.calls], [1, 1]);
      assert.equal(await gate.refused(1, phone), 'concurrency-exceeded');
      gate.clock.advance(10 * MINUTE);
      const minutes = () => gate.first.spending.report(1);
      assert.partialDeepStrictEqual(minutes(), { spenders: [{ callsUp: 2, measures: [{ used: 40 }] }] });
      await gate.hangUp(call, phone, carrier);
      assert.partialDeepStrictEqual(minutes(), { spenders: [{ callsUp: 1, measures: [{ used: 40 }] }] });
      await gate.talk(1, phone, carrier);
      assert.equal(await gate.refused(0, phone), 'concurrency-exceeded');
    });
});

describe('FIRST is lost', () => {
  test('10.7 calls that would be admitted are told to come back, calls for help go through, refusals are as ever', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(2)));
    const call = await gate.talk(1, phone, carrier);
    await gate.lose(0);
    gate.invite(1, phone);
    const { headers } = await phone.status(503);
    assert.match(headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(headers.has('reason'), false);
    const refused = gate.gate(1).events.flatMap((event) => (event.kind === 'refusal' ? [event.reason] : []));
    assert.deepEqual(refused, ['count-missing']);
    assert.equal(await gate.refused(1, phone, 403, 'sip:+442079460000@one.example'), 'country-not-allowed');
    const help = await gate.talk(1, phone, carrier, 'sip:911@one.example');
    // What is up goes on, as does its end.
    const refer = inDialog('REFER', call.invite, call.answer, 5);
    refer.headers.set('Refer-To', '<sip:+12065550111@one.example>');
    phone.send(refer, gate.gate(1));
    assert.equal((await phone.status(503)).cseq?.method, 'REFER');
    assert.equal(gate.gate(1).edge.calls, 2);

    await gate.replace(0);
    for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
    await gate.hangUp(call, phone, carrier);
    await gate.talk(0, phone, carrier);
    assert.equal(await gate.refused(1, phone), 'concurrency-exceeded');
    await gate.hangUp(help, phone, carrier);
    await gate.talk(1, phone, carrier);
    assert.deepEqual(gate.gate(1).errors, []);
  });

  test('10.7 10.9 its successor counts the calls of all again, those in set-up too, and what was spent', async (t) => {
    const open = files(t);
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open('127.0.0.12');
    const options = () => ({ ...open(), spending: { trunk: { minutes: 100, concurrent: 4 }, user: {} } });
    await using gate = await Threads.open(3, rulesFor(carrier, {}, phone), options);
    const calls = [await gate.talk(0, phone, carrier), await gate.talk(1, phone, carrier)];
    calls.push(await gate.talk(2, carrier, phone, ARRIVING));
    gate.clock.advance(5 * MINUTE);
    gate.invite(2, phone);
    const ringing = await carrier.method('INVITE');
    await gate.lose(0);
    await gate.replace(0);
    assert.partialDeepStrictEqual(gate.first.spending.report(1), {
      spenders: [{ callsUp: 4, measures: [{ used: 10 }] }],
    });
    for (const thread of [0, 1, 2]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
    carrier.respond(ringing, 486);
    await phone.status(486);
    for (const call of calls) {
      const [caller, callee] = call.thread === 2 ? [carrier, phone] : [phone, carrier];
      await gate.hangUp(call, caller, callee);
    }
    assert.partialDeepStrictEqual(gate.first.spending.report(1), {
      spenders: [{ callsUp: 0, measures: [{ used: 10 }] }],
    });
    assert.deepEqual(
      [0, 1, 2].map((thread) => gate.gate(thread).edge.calls),
      [0, 0, 0],
    );
  });

  test('a question that was under way comes to nothing, and is counted nowhere', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(1)));
    gate.invite(1, phone);
    while (gate.gate(1).edge.transactions === 0) await new Promise((resolve) => setImmediate(resolve));
    await gate.lose(0);
    await phone.status(503);
    await gate.replace(0);
    await gate.talk(1, phone, carrier);
  });
});

test('what a line forwards while FIRST is lost ends, and leaves nothing behind', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open('127.0.0.12');
  const jdoe = number('+12065550199', { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
  const rules = rulebookOf([toy], [jdoe], [{ ...CARRIER, host: carrier.address, port: carrier.port }]);
  await using gate = await Threads.open(2, withLines(rules, [line()]));
  const { edge, errors } = gate.gate(1);
  // The first thread has the registrar, and tells the others.
  await register(phone, gate.gate(0), registerOf(phone, { Contact: `<sip:jdoe@${phone.address}:${phone.port}>` }));
  await settled();
  gate.invite(1, carrier, ARRIVING);
  const ringing = await phone.method('INVITE');
  await gate.lose(0);
  phone.respond(ringing, 302, ({ headers }) => headers.set('Contact', '<sip:+12065550122@one.example>'));
  await carrier.status(503);
  assert.deepEqual([edge.calls, edge.setups, errors], [0, 0, []]);
});

test('calls that wait for FIRST are calls in set-up: above the capacity new ones are told to come back', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open();
  const peers = new MemoryPeers(2);
  peers.of(0).on('admission', () => new Promise(() => {}));
  await using gate = await openEdge(rulesFor(carrier), { peers: peers.of(1), capacity: 2 });
  for (let index = 0; index < 3; index += 1)
    phone.send(makeRequest('INVITE', NUMBER, phone, { 'Call-ID': callIdOf(1) }), gate);
  await phone.status(503);
  const refused = gate.events.flatMap((event) => (event.kind === 'refusal' ? [event.reason] : []));
  assert.deepEqual(refused, ['overloaded']);
});

test('10.7 calls of before a restart are shared out anew, whatever the number of threads', async (t) => {
  const open = files(t);
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open();
  {
    await using gate = await Threads.open(3, rulesFor(carrier), open);
    for (const thread of [0, 1, 2, 2]) await gate.talk(thread, phone, carrier);
  }
  await using gate = await Threads.open(2, rulesFor(carrier, atOnce(5)), open);
  assert.equal(gate.gate(0).edge.calls + gate.gate(1).edge.calls, 4);
  await gate.talk(1, phone, carrier);
  for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
});

test('what came by a border is FIRST’s after a restart, whatever its Call-ID', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open();
  const clock = new ManualClock();
  const end = { party: '', tag: '', target: '', recordRoutes: [], cseq: 1 };
  const counted = { trunks: ['test:one'], spender: null, guestOf: null, called: null, answeredAt: clock.now() };
  const callId = 'elsewhere';
  assert.equal(threadOf(callId, 2), 1);
  const call = { ...counted, callId, caller: end, callerFlow: null, callee: end, expiresAt: null };
  for (const atBorder of [true, false]) {
    const stored = { seen: clock.now(), calls: [['key', { ...call, atBorder }]] as const };
    const standingCalls = { load: () => ({ ...stored, calls: [...stored.calls] }), save: () => {}, close: () => {} };
    await using gate = await Threads.open(2, rulesFor(carrier, atOnce(1)), () => ({ standingCalls }));
    assert.deepEqual([gate.gate(0).edge.calls, gate.gate(1).edge.calls], atBorder ? [1, 0] : [0, 1]);
    for (const thread of [0, 1]) assert.equal(await gate.refused(thread, phone), 'concurrency-exceeded');
  }
});

describe('the same calls, one after the other, get the same verdicts in one thread and in three', () => {
  for (const seed of [1, 2, 3, 4])
    test(`seed ${seed}`, async () => {
      const alone = await play(1, seed);
      assert.ok(new Set(alone).size > 3, 'there is more than one verdict');
      assert.deepEqual(await play(3, seed), alone);
    });
});

/** Random starts and ends of calls, both ways; what became of each start. */
async function play(count: number, seed: number): Promise<string[]> {
  const random = seeded(seed * 7919);
  const pick = (below: number): number => Math.floor(random() * below);
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open('127.0.0.12');
  const limits = { ...atOnce(3), callsPerSecond: { limit: 4, rule: CARRIER.rule } };
  const spending = { trunk: { concurrent: 4, calls: 18, 'calls-per-second': 5, sequence: 4 }, user: {} };
  await using gate = await Threads.open(count, rulesFor(carrier, limits, phone), () => ({ spending }));
  const up: { call: ThreadCall; ends: readonly [SipPeer, SipPeer] }[] = [];
  const verdicts: string[] = [];
  const start = async (): Promise<void> => {
    const thread = pick(3) % count;
    const inward = pick(3) === 0;
    const uri = inward ? ARRIVING : `sip:+1206555010${pick(6)}@one.example`;
    const answered = pick(4) > 0;
    const ends = inward ? ([carrier, phone] as const) : ([phone, carrier] as const);
    const [caller, callee] = ends;
    callee.onRequest = (request: SipRequest) => {
      if (request.method === 'INVITE') callee.respond(request, answered ? 200 : 486);
    };
    const invite = gate.invite(thread, caller, uri);
    const own = (message: SipMessage): boolean => message.callId === invite.callId;
    const answer = await caller.next<SipResponse>(
      (message) => message instanceof SipResponse && message.status >= 200 && own(message),
    );
    callee.onRequest = undefined;
    verdicts.push(`${answer.status} ${answer.headers.get('reason') ?? ''}`);
    if (answer.status !== 200) return;
    caller.send(inDialog('ACK', invite, answer, 1), gate.gate(thread));
    await callee.next((message) => message instanceof SipRequest && message.method === 'ACK' && own(message));
    up.push({ call: { thread, invite, answer }, ends });
  };
  for (let step = 0; step < 60; step += 1) {
    const what = pick(10);
    if (what < 6) await start();
    else if (what < 8) gate.clock.advance(pick(1500));
    else {
      const [ended] = up.splice(pick(up.length), 1);
      if (!ended) continue;
      for (const peer of ended.ends) peer.received.splice(0);
      await gate.hangUp(ended.call, ...ended.ends);
    }
  }
  return verdicts;
}
