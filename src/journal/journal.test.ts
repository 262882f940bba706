import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { attempt, rulebookOf, trunk } from '../../test/support/rules.ts';
import { ManualClock } from '../kit/clock.ts';
import { decide } from '../rulebook/decide/decide.ts';
import type { CallEvent } from './event.ts';
import { Journal, startWriter } from './journal.ts';
import { Metrics } from './exposition.ts';
import { JournalMetrics } from './metrics.ts';

const source = { transport: 'udp', address: '198.51.100.7', port: 5060 };

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new ManualClock();
  const file = join(folder, 'journal.db');
  const start = (registry = new Metrics()): Journal =>
    new Journal({ file, clock, metrics: new JournalMetrics(registry), onError: (error) => assert.fail(String(error)) });
  return { clock, start, file };
}

function decided(callId: string, id: string, changes: Parameters<typeof attempt>[0] = {}): CallEvent {
  const decision = { ...decide(rulebookOf([trunk()]), attempt(changes), 0), id };
  return {
    kind: 'decision',
    callId,
    at: 1,
    source,
    requestUri: 'sip:+12065550100@one.example',
    from: 'sip:a@b',
    decision,
  };
}

test('a call is the sum of its events', async (t) => {
  const journal = open(t).start();
  journal.record(decided('c1', 'd1', { digest: { outcome: 'none' } }));
  assert.equal((await journal.call('c1'))?.state, 'challenged');
  journal.record(decided('c1', 'd2'));
  assert.equal((await journal.call('c1'))?.state, 'in-progress');
  journal.record({
    kind: 'attempt',
    callId: 'c1',
    at: 2,
    trunk: 'test:one',
    target: 'udp:192.0.2.9:5060',
    status: 200,
    took: 5,
  });
  journal.record({ kind: 'answer', callId: 'c1', at: 2000, status: 200 });
  assert.equal((await journal.call('c1'))?.state, 'answered');
  journal.record({ kind: 'end', callId: 'c1', at: 3000, by: 'callee' });
  const call = await journal.call('c1');
  assert.equal(call?.state, 'ended');
  assert.equal(call?.status, 200);
  assert.equal(call?.answeredAt, '1970-01-01T00:00:02.000Z');
  assert.equal(call?.endedBy, 'callee');
  assert.deepEqual(
    call?.decisions.map((decision) => decision.id),
    ['d1', 'd2'],
  );
  const rule = { resource: 'Script', field: 'Play' };
  journal.record({ kind: 'application', callId: 'c1', at: 1000, text: 'plays a tone', rule });
  const noted = await journal.call('c1');
  assert.deepEqual(noted?.notes, [{ at: '1970-01-01T00:00:01.000Z', text: 'plays a tone', rule }]);
  assert.equal(noted?.state, 'ended');
  assert.equal((await journal.decision('d1'))?.reason, 'credentials-required');
  assert.equal(await journal.decision('d9'), undefined);
  assert.equal(await journal.call('c9'), undefined);
  await journal.close();
});

test('a transfer within a call is explained by its own decision and changes nothing else', async (t) => {
  const journal = open(t).start();
  const call = decided('c1', 'd1');
  assert.ok(call.kind === 'decision');
  journal.record(call);
  journal.record({ kind: 'answer', callId: 'c1', at: 2, status: 200 });
  const decision = {
    ...call.decision,
    id: 'd2',
    verdict: 'refuse',
    reason: 'country-not-allowed',
    status: 403,
  } as const;
  journal.record({ kind: 'transfer', callId: 'c1', at: 3, decision });
  const report = await journal.call('c1');
  assert.deepEqual([report?.state, report?.reason, report?.status], ['answered', 'admitted', 200]);
  assert.equal(report?.decisions.at(-1)?.id, 'd2');
  assert.equal((await journal.decision('d2'))?.reason, 'country-not-allowed');
  await journal.close();
});

test('a registration is no call, but its decision can be looked up; routine ones are only counted', async (t) => {
  const registry = new Metrics();
  const journal = open(t).start(registry);
  const { decision } = decided('r1', 'd1') as CallEvent & { kind: 'decision' };
  const event: CallEvent = {
    kind: 'registration',
    callId: 'r1',
    at: 1,
    source,
    addressOfRecord: 'sip:jdoe@one.example',
    decision,
    reason: 'too-many-contacts',
    status: 403,
    routine: false,
  };
  journal.record(event);
  journal.record({ ...event, decision: { ...decision, id: 'd2' }, reason: 'admitted', status: 200, routine: true });
  journal.record(decided('c1', 'd3'));
  assert.deepEqual(
    (await journal.calls({ limit: 10 })).calls.map(({ callId }) => callId),
    ['c1'],
  );
  assert.equal((await journal.decision('d1'))?.id, 'd1');
  assert.equal(await journal.decision('d2'), undefined);
  const text = await registry.metrics();
  assert.match(text, /tollgate_registrations_total\{reason="too-many-contacts"\} 1\n/);
  assert.match(text, /tollgate_registrations_total\{reason="admitted"\} 1\n/);
  await journal.close();
});

test('a call that was admitted and then had nowhere to go is told as refused', async (t) => {
  const journal = open(t).start();
  journal.record(decided('c1', 'd1'));
  const reason = 'not-registered';
  journal.record({ kind: 'refusal', callId: 'c1', at: 2, source, method: 'INVITE', reason, status: 480 });
  const { state, status, reason: told } = (await journal.call('c1')) ?? {};
  assert.deepEqual({ state, status, told }, { state: 'refused', status: 480, told: reason });
  await journal.close();
});

test('calls are listed newest first, page by page, each once', async (t) => {
  const journal = open(t).start();
  for (let index = 1; index <= 7; index += 1) {
    journal.record(decided(`c${index}`, `a${index}`, { digest: { outcome: 'none' } }));
    journal.record(decided(`c${index}`, `b${index}`));
  }
  const names: string[][] = [];
  for (let before: number | undefined; ;) {
    const page = await journal.calls({ limit: 3, ...(before !== undefined && { before }) });
    names.push(page.calls.map((call) => call.callId));
    if (page.next === null) break;
    before = page.next;
  }
  assert.deepEqual(names, [['c7', 'c6', 'c5'], ['c4', 'c3', 'c2'], ['c1']]);
  await journal.close();
});

test('events and heartbeats are on disk soon after, and there after a restart', async (t) => {
  const { clock, start } = open(t);
  const first = start();
  first.record(decided('c1', 'd1'));
  first.heartbeat('amazon:x', '192.0.2.1', 42);
  clock.advance(150);
  // Not closed: as after a kill. What was handed over is written in order, so an answer says that it is there.
  await first.lastHeartbeat('amazon:y');
  const second = start();
  assert.equal((await second.call('c1'))?.callId, 'c1');
  assert.deepEqual(await second.lastHeartbeat('amazon:x'), { source: '192.0.2.1', at: 42 });
  assert.equal(await second.lastHeartbeat('amazon:y'), undefined);
  await second.close();
  await first.close();
});

function refused(callId: string, address: string, at = 1): CallEvent {
  const from = { ...source, address };
  return { kind: 'refusal', callId, at, source: from, method: 'INVITE', reason: 'stranger', status: 403 };
}

test('of a flood the first refusals of each source are written and the others counted', async (t) => {
  const { clock, start } = open(t);
  const registry = new Metrics();
  const journal = start(registry);
  for (let index = 1; index <= 5000; index += 1) journal.record(refused(`flood${index}`, '203.0.113.66'));
  journal.record(refused('honest', '203.0.113.7'));
  assert.equal((await journal.call('flood60'))?.reason, 'stranger');
  assert.equal(await journal.call('flood61'), undefined);
  assert.equal((await journal.call('honest'))?.reason, 'stranger');
  const counts = async () =>
    (await journal.drops(10)).map((event) => event.kind === 'refusals' && [event.source.address, event.requests]);
  assert.deepEqual(await counts(), [['203.0.113.66', 4940]], 'asking does not wait for the minute to end');
  journal.record(refused('again', '203.0.113.66'));
  clock.advance(60_000);
  journal.record(refused('later', '203.0.113.66'));
  assert.deepEqual((await counts()).map(String), ['203.0.113.66,1', '203.0.113.66,4940']);
  assert.equal((await journal.call('later'))?.reason, 'stranger', 'each minute has its own first ones');
  const text = await registry.metrics();
  assert.match(text, /tollgate_journal_summed_total 4941\n/);
  assert.match(text, /reason="stranger",verdict="refuse"\} 5003\n/);
  await journal.close();
});

test('a flood from ever other sources shares what is left for it', async (t) => {
  const journal = open(t).start();
  for (let index = 0; index < 2000; index += 1) journal.record(refused(`c${index}`, `2001:db8::${index.toString(16)}`));
  assert.equal((await journal.call('c1059'))?.reason, 'stranger');
  assert.equal(await journal.call('c1060'), undefined);
  const [rest] = await journal.drops(10);
  assert.deepEqual(rest?.kind === 'refusals' && [rest.source.address, rest.requests], ['*', 940]);
  await journal.close();
});

test('the end of an admitted call is written whatever its source sent besides', async (t) => {
  const journal = open(t).start();
  for (let index = 0; index < 100; index += 1) journal.record(refused(`flood${index}`, source.address));
  journal.record(decided('c1', 'd1'));
  journal.record({ ...refused('c1', source.address), reason: 'not-registered', status: 480 } as CallEvent);
  assert.equal((await journal.call('c1'))?.state, 'refused');
  await journal.close();
});

test('refusals that wait leave room for calls, and calls have a bound too', async (t) => {
  const registry = new Metrics();
  const journal = open(t).start(registry);
  // Each takes up a MB, and all come in one turn, so that the thread cannot report what it has written.
  const large = (event: CallEvent) => ({ ...event, from: 'x'.repeat(2 ** 20) }) as CallEvent;
  for (let index = 0; index < 20; index += 1) journal.record(large(decided('c', 'd', { digest: { outcome: 'none' } })));
  assert.equal(await metric(registry, 'tollgate_journal_dropped_total'), 12);
  journal.record(decided('c1', 'd1'));
  for (let index = 0; index < 20; index += 1) journal.record(large(decided(`c${index + 2}`, `d${index + 2}`)));
  assert.equal(await metric(registry, 'tollgate_journal_dropped_total'), 12, 'there is room for calls yet');
  for (let index = 0; index < 20; index += 1) journal.record(large(decided('c', 'd')));
  assert.ok((await metric(registry, 'tollgate_journal_dropped_total')) > 12);
  assert.equal((await journal.call('c1'))?.callId, 'c1');
  await journal.close();
});

async function metric(registry: Metrics, name: string): Promise<number> {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await registry.metrics())?.[1]);
}

test('a thread that dies is started again a few times, and what it took with it is counted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new ManualClock();
  const registry = new Metrics();
  const errors: unknown[] = [];
  const threads: Worker[] = [];
  const journal = new Journal({
    file: join(folder, 'journal.db'),
    clock,
    metrics: new JournalMetrics(registry),
    start: (file) => {
      const thread = startWriter(file);
      threads.push(thread);
      return thread;
    },
    onError: (error) => errors.push(error),
  });
  await journal.opened;
  journal.record(decided('c1', 'd1'));
  assert.equal((await journal.call('c1'))?.callId, 'c1');

  const lost = threads[0]?.terminate();
  journal.record(decided('c2', 'd2'));
  const asked = journal.call('c2');
  await assert.rejects(asked, /opened again/);
  await lost;
  assert.equal(await metric(registry, 'tollgate_journal_dropped_total'), 1);
  // What comes meanwhile waits for the next.
  journal.record(decided('c3', 'd3'));
  await assert.rejects(journal.call('c3'), /opened again/);
  clock.advance(500);
  for (const [id, found] of [
    ['c1', 'c1'],
    ['c2', undefined],
    ['c3', 'c3'],
  ] as const)
    assert.equal((await journal.call(id))?.callId, found);
  assert.equal(await metric(registry, 'tollgate_journal_restarts_total'), 1);

  for (let turn = 1; turn < 6; turn += 1) {
    await threads[turn]?.terminate();
    clock.advance(500 * 2 ** turn);
  }
  assert.equal(threads.length, 6);
  assert.equal(errors.length, 1);
  await assert.rejects(journal.call('c1'), /closed/);
  journal.record(decided('c4', 'd4'));
  clock.advance(100);
  assert.equal(await metric(registry, 'tollgate_journal_dropped_total'), 2);
  await journal.close();
});

test('10.15 telephone numbers are masked where the operator wishes, in what is told too', async (t) => {
  const { clock, file } = open(t);
  const metrics = new JournalMetrics(new Metrics());
  const onError = (error: unknown): void => assert.fail(String(error));
  const journal = new Journal({ file, clock, metrics, numbers: 'masked', onError });
  journal.record({ ...decided('c+12065550100', 'd1'), from: '"A" <sip:+12065550199@198.51.100.7>;tag=1' } as CallEvent);
  const call = await journal.call('c+12065550100');
  assert.equal(call?.decisions[0]?.called, '+1206555****');
  assert.equal(call?.from, '"A" <sip:+1206555****@198.51.100.7>;tag=1');
  assert.equal(call?.source?.address, '198.51.100.7');
  assert.equal(call?.trunk, 'test:one');
  const told = JSON.stringify({ ...call, callId: '' });
  assert.doesNotMatch(told, /2065550\d{3}/);
  assert.ok(
    call?.decisions[0]?.trace.some(({ detail }) => detail.includes('+1206555**** (US)')),
    told,
  );
  await journal.close();
});

test('a file that cannot be opened is told before the gate opens', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const errors: unknown[] = [];
  const journal = new Journal({
    file: folder,
    clock: new ManualClock(),
    metrics: new JournalMetrics(new Metrics()),
    onError: (error) => errors.push(error),
  });
  await assert.rejects(journal.opened);
  assert.equal(errors.length, 1);
  journal.record(decided('c1', 'd1'));
  await assert.rejects(journal.call('c1'), /closed/);
  await journal.close();
});
