import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { without } from '../support/programs.ts';
import { scenario, Sipp } from '../support/sipp.ts';

const CALLS_PER_SECOND = 50;
const HOLD_MS = 200;

const RUNS = [
  { transport: 'udp', mode: 'u1', calls: 1000 },
  { transport: 'tcp', mode: 't1', calls: 100 },
] as const;

describe('SIPp through challenge to the exchange', { skip: without('sipp') }, () => {
  for (const { transport, mode, calls } of RUNS) {
    test(`${calls} calls over ${transport} at ${CALLS_PER_SECOND} a second: none fails`, async () => {
      // SIPp answers the first challenge only, and knows MD5 only.
      await using gate = await TestGate.start({ flags: ['--digest-algorithms', 'MD5'] });
      const { host } = await openTermination(gate.voiceClient());
      const { Username, Password } = CONNECTOR_USER;
      const credential = ['-au', Username, '-ap', Password];
      const load = ['-m', String(calls), '-r', String(CALLS_PER_SECOND), '-d', String(HOLD_MS)];
      const target = ['-t', mode, '-s', '+12065550100', '-key', 'trunk', host, `127.0.0.1:${gate.sip[transport]}`];
      await using sipp = new Sipp(scenario('uac-auth'), '127.0.0.1', [...credential, ...load, ...target]);

      const { output, ...counts } = await sipp.result;
      assert.deepEqual(counts, { code: 0, calls, successful: calls, failed: 0 }, output);
      const metrics = await metricsOf(gate);
      assert.equal(metrics.get('tollgate_decisions_total{reason="admitted",verdict="admit"}'), calls);
      assert.equal(metrics.get('tollgate_answers_total{status="200"}'), calls);
      assert.equal(metrics.get('tollgate_calls_ended_total'), calls);
      assert.equal(metrics.get('tollgate_setups'), 0);
      assert.equal(metrics.get('tollgate_journal_dropped_total'), 0);
    });
  }
});

/** The samples that the gate shows to Prometheus. */
async function metricsOf(gate: TestGate): Promise<Map<string, number>> {
  const text = await (await fetch(`${gate.http}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const gap = line.lastIndexOf(' ');
      return [line.slice(0, gap), Number(line.slice(gap + 1))];
    }),
  );
}
