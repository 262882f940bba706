import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attempt, rulebookOf, trunk } from '../../test/support/rules.ts';
import type { CallAttempt } from '../rulebook/attempt.ts';
import { decide } from '../rulebook/decide/decide.ts';
import { Batch, eventsIn, printEvent } from './batch.ts';
import type { CallEvent } from './event.ts';

function judged(changes: Partial<CallAttempt>): CallEvent & { kind: 'decision' } {
  const asked = attempt({ id: 'd1', ...changes });
  const { transport, address, port } = asked.source;
  return {
    kind: 'decision',
    callId: 'c "1"',
    at: 2,
    source: { transport, address, port },
    requestUri: 'sip:+12065550100@one.example',
    from: 'sip:a@b',
    decision: decide(rulebookOf([trunk()]), asked, 1),
    attempt: asked,
  };
}

function readBack(event: CallEvent): CallEvent | undefined {
  const batch = new Batch();
  batch.add({ shelf: 'calls', callId: event.callId, decisionId: '', data: printEvent(event) });
  return eventsIn(batch.bytes)[0]?.event;
}

test('what was judged reads back as it was, without being written as it was', () => {
  const admitted = judged({});
  const everything = {
    ...judged({ fromUser: null, line: 'l', denied: 'by a rule', leg: null, place: null }),
    decision: {
      ...admitted.decision,
      parent: 'p',
      redirect: 'sip:x',
      counters: ['a'],
      exceeded: [],
      groups: ['g'],
      dialled: { type: 'internal' as const, number: '12', reached: null },
    },
  };
  for (const event of [
    admitted,
    judged({ digest: { outcome: 'none' } }),
    judged({ callsInLastSecond: 9 }),
    everything,
  ]) {
    assert.deepEqual(readBack(event), JSON.parse(JSON.stringify(event)));
    assert.ok(printEvent(event).length < JSON.stringify(event).length * 0.7);
  }
});

test('an event is written out where packing it would lose something', () => {
  const event = judged({});
  for (const other of [
    { ...event, attempt: undefined },
    { ...event, source: { ...event.source, port: 1 } },
    { ...event, decision: { ...event.decision, id: 'd2' } },
    { kind: 'answer', callId: 'c1', at: 1, status: 200 } as const,
  ])
    assert.deepEqual(readBack(other), JSON.parse(JSON.stringify(other)));
});
