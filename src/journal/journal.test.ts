import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { attempt, rulebookOf, trunk } from '../../test/support/rules.ts';
import { ManualClock } from '../kit/clock.ts';
import { decide } from '../rulebook/decide/decide.ts';
import type { CallEvent } from './event.ts';
import { Journal } from './journal.ts';
import { JournalMetrics } from './metrics.ts';

const source = { transport: 'udp', address: '198.51.100.7', port: 5060 };

function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new ManualClock();
  const file = join(folder, 'journal.db');
  const start = (registry = new Registry()): Journal =>
    new Journal({ file, clock, metrics: new JournalMetrics(registry) });
  return { clock, start };
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

test('a call is the sum of its events', (t) => {
  const journal = open(t).start();
  journal.record(decided('c1', 'd1', { digest: { outcome: 'none' } }));
  assert.equal(journal.call('c1')?.state, 'challenged');
  journal.record(decided('c1', 'd2'));
  assert.equal(journal.call('c1')?.state, 'in-progress');
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
  assert.equal(journal.call('c1')?.state, 'answered');
  journal.record({ kind: 'end', callId: 'c1', at: 3000, by: 'callee' });
  const call = journal.call('c1');
  assert.equal(call?.state, 'ended');
  assert.equal(call?.status, 200);
  assert.equal(call?.answeredAt, '1970-01-01T00:00:02.000Z');
  assert.equal(call?.endedBy, 'callee');
  assert.deepEqual(
    call?.decisions.map((decision) => decision.id),
    ['d1', 'd2'],
  );
  assert.equal(journal.decision('d1')?.reason, 'credentials-required');
  assert.equal(journal.decision('d9'), undefined);
  assert.equal(journal.call('c9'), undefined);
  journal.close();
});

test('a transfer within a call is explained by its own decision and changes nothing else', (t) => {
  const journal = open(t).start();
  const call = decided('c1', 'd1');
  assert.ok(call.kind === 'decision');
  journal.record(call);
  journal.record({ kind: 'answer', callId: 'c1', at: 2, status: 200 });
  const refused = {
    ...call.decision,
    id: 'd2',
    verdict: 'refuse',
    reason: 'country-not-allowed',
    status: 403,
  } as const;
  journal.record({ kind: 'transfer', callId: 'c1', at: 3, decision: refused });
  const report = journal.call('c1');
  assert.deepEqual([report?.state, report?.reason, report?.status], ['answered', 'admitted', 200]);
  assert.equal(report?.decisions.at(-1)?.id, 'd2');
  assert.equal(journal.decision('d2')?.reason, 'country-not-allowed');
  journal.close();
});

test('calls are listed newest first, page by page, each once', (t) => {
  const journal = open(t).start();
  for (let index = 1; index <= 7; index += 1) {
    journal.record(decided(`c${index}`, `a${index}`, { digest: { outcome: 'none' } }));
    journal.record(decided(`c${index}`, `b${index}`));
  }
  const names: string[][] = [];
  for (let before: number | undefined; ;) {
    const page = journal.calls({ limit: 3, ...(before !== undefined && { before }) });
    names.push(page.calls.map((call) => call.callId));
    if (page.next === null) break;
    before = page.next;
  }
  assert.deepEqual(names, [['c7', 'c6', 'c5'], ['c4', 'c3', 'c2'], ['c1']]);
  journal.close();
});

test('events and heartbeats are on disk soon after, and there after a restart', (t) => {
  const { clock, start } = open(t);
  const first = start();
  first.record(decided('c1', 'd1'));
  first.heartbeat('amazon:x', '192.0.2.1', 42);
  clock.advance(150);
  // Not closed: as after a kill.
  const second = start();
  assert.equal(second.call('c1')?.callId, 'c1');
  assert.deepEqual(second.lastHeartbeat('amazon:x'), { source: '192.0.2.1', at: 42 });
  assert.equal(second.lastHeartbeat('amazon:y'), undefined);
  second.close();
  first.close();
});

test('a flood fills neither memory nor the list of labels', async (t) => {
  const registry = new Registry();
  const journal = open(t).start(registry);
  const refusal: CallEvent = {
    kind: 'refusal',
    callId: 'flood',
    at: 1,
    source,
    method: 'INVITE',
    reason: 'stranger',
    status: 403,
  };
  for (let index = 0; index < 60_000; index += 1) journal.record(refusal);
  const text = await registry.metrics();
  assert.match(text, /tollgate_journal_dropped_total 10000\n/);
  assert.match(text, /reason="stranger",verdict="refuse"\} 60000\n/);
  journal.close();
});
