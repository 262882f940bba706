import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { seeded } from '../support/seeded.ts';
import { fuzzDatagrams, fuzzStreams, metricOf, targetOf } from './fuzz.ts';

const DATAGRAMS = 20_000;
const STREAMS = 200;

// A small run of fuzz.ts; honest OPTIONS go in between, and each of them has to be answered.
test('1.21 damaged datagrams and streams neither end nor stall a gate, nor find a fault in it', async () => {
  await using gate = await TestGate.start({ capture: true });
  const target = await targetOf(gate);
  const before = await metricOf(gate, 'process_start_time_seconds');

  const datagrams = await fuzzDatagrams(target, DATAGRAMS, seeded(20_261_121));
  assert.ok(datagrams.answers > DATAGRAMS / 10, 'most of the damage is read and judged, not only dropped');
  assert.ok((await metricOf(gate, 'tollgate_udp_dropped_total')) >= 0);
  const streams = await fuzzStreams(target, STREAMS, seeded(4475));
  assert.ok(streams.answers > STREAMS / 10);

  assert.equal(await metricOf(gate, 'process_start_time_seconds'), before, 'it is the same process');
  assert.equal(await metricOf(gate, 'tollgate_decisions_total{reason="internal-error",verdict="refuse"}'), 0);
  assert.doesNotMatch(gate.output, /a fault inside/);
  assert.equal(await gate.stop(), 0, 'and it stops in order');
});
