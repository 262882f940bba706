import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Metrics } from './exposition.ts';
import { attempt, rulebookOf, sources, termination, trunk } from '../../test/support/rules.ts';
import { ManualClock } from '../kit/clock.ts';
import { decide } from '../rulebook/decide/decide.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import { findImpact } from './impact.ts';
import { Journal } from './journal.ts';
import { JournalMetrics } from './metrics.ts';

const START = Date.UTC(2026, 10, 21, 12);

function openJournal(t: TestContext): Journal {
  const folder = mkdtempSync(join(tmpdir(), 'impact-'));
  const metrics = new JournalMetrics(new Metrics());
  const onError = (error: unknown): void => assert.fail(String(error));
  const journal = new Journal({ file: join(folder, 'journal.db'), clock: new ManualClock(), metrics, onError });
  t.after(async () => {
    await journal.close();
    rmSync(folder, { recursive: true });
  });
  return journal;
}

function trunkFor(...allowed: string[]): Rulebook {
  return rulebookOf([trunk({ termination: termination({ sources: sources(...allowed), callsPerSecond: null }) })]);
}

/** Journals a call as the edge does. */
function place(
  journal: Journal,
  rules: Rulebook,
  callId: string,
  changes: Parameters<typeof attempt>[0] = {},
  at = START,
): void {
  const judged = attempt({ id: callId, ...changes });
  const source = { transport: 'udp', address: judged.source.address, port: 5060 };
  const event = {
    kind: 'decision',
    callId,
    at,
    source,
    requestUri: 'sip:+12065550100@one.example',
    from: 'sip:a@b',
  } as const;
  journal.record({ ...event, decision: decide(rules, judged, at), attempt: judged });
}

function from(address: string) {
  return { source: { ...attempt().source, address } };
}

test('a candidate that denies one of four sources lists exactly the calls of that source', async (t) => {
  const journal = openJournal(t);
  const before = trunkFor('198.51.100.0/24');
  for (let index = 0; index < 200; index += 1)
    place(journal, before, `call${index}`, from(`198.51.100.${1 + (index % 4)}`), START + index);
  const after = trunkFor('198.51.100.1', '198.51.100.2', '198.51.100.4');
  const impact = await findImpact({ decided: (query) => journal.decided(query), before, after, since: START });
  assert.deepEqual([impact.calls, impact.changed, impact.unknown, impact.more], [200, 50, 0, false]);
  assert.ok(impact.list.every(({ source }) => source.address === '198.51.100.3'));
  assert.equal(new Set(impact.list.map(({ callId }) => callId)).size, 50);
  assert.deepEqual(
    [...new Set(impact.list.map((call) => `${call.before.verdict} ${call.after.verdict}`))],
    ['admit refuse'],
  );
  assert.ok(impact.list.every((call) => call.before.trace.length > 0 && call.after.trace.at(-1)?.check === 'source'));
  assert.equal(impact.list[0]?.at, new Date(START + 198).toISOString());
});

test('of a challenged call the end counts, old calls do not, and those of older versions are told apart', async (t) => {
  const journal = openJournal(t);
  const before = trunkFor('198.51.100.0/24');
  place(journal, before, 'old', {}, START - 1);
  place(journal, before, 'challenged', { id: 'first', digest: { outcome: 'none' } });
  place(journal, before, 'challenged', { id: 'second' });
  const event = { kind: 'decision', callId: 'before', at: START, requestUri: '', from: '' } as const;
  const source = { transport: 'udp', address: '198.51.100.1', port: 1 };
  journal.record({ ...event, source, decision: decide(before, attempt({ id: 'third' }), START) });
  const nobody = trunkFor('203.0.113.0/24');
  const impact = await findImpact({ decided: (query) => journal.decided(query), before, after: nobody, since: START });
  assert.deepEqual([impact.calls, impact.changed, impact.unknown], [1, 1, 1]);
  assert.deepEqual([impact.list[0]?.callId, impact.list[0]?.before.reason], ['challenged', 'admitted']);
  const same = await findImpact({ decided: (query) => journal.decided(query), before, after: before, since: START });
  assert.deepEqual([same.changed, same.list], [0, []]);
});

test('pages are read until the calls are too old', async (t) => {
  const journal = openJournal(t);
  const before = trunkFor('198.51.100.0/24');
  for (let index = 0; index < 1200; index += 1) place(journal, before, `call${index}`, {}, START + index);
  let pages = 0;
  const decided: Journal['decided'] = (query) => {
    pages += 1;
    return journal.decided(query);
  };
  const all = await findImpact({ decided, before, after: before, since: START });
  assert.deepEqual([all.calls, pages], [1200, 3]);
  pages = 0;
  const some = await findImpact({ decided, before, after: before, since: START + 1000 });
  assert.deepEqual([some.calls, pages], [200, 2]);
});
