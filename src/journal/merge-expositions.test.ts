import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './exposition.ts';
import { mergeExpositions } from './merge-expositions.ts';

function threadText(answers: Record<string, number>, seconds: readonly number[], calls: number): string {
  const metrics = new Metrics();
  const counter = metrics.labelledCounter('tollgate_answers_total', 'Answers');
  for (const [status, count] of Object.entries(answers)) counter.add(status, { status }, count);
  metrics.gauge('tollgate_calls', 'Calls', () => calls);
  const histogram = metrics.histogram('tollgate_seconds', 'Seconds', [1, 10]);
  for (const value of seconds) histogram.observe(value);
  return metrics.ownMetrics();
}

test('what threads count is added up by name and labels', () => {
  const merged = mergeExpositions([
    `${threadText({ 200: 2, 404: 1 }, [0.5], 3)}\n# HELP process_cpu Seconds\n# TYPE process_cpu counter\nprocess_cpu 7\n`,
    `${threadText({ 200: 5, 486: 4 }, [0.5, 30], 4)}\n# HELP process_cpu Seconds\n# TYPE process_cpu counter\nprocess_cpu 7\n`,
  ]);
  assert.equal(
    merged,
    [
      '# HELP tollgate_answers_total Answers',
      '# TYPE tollgate_answers_total counter',
      'tollgate_answers_total{status="200"} 7',
      'tollgate_answers_total{status="404"} 1',
      'tollgate_answers_total{status="486"} 4',
      '',
      '# HELP tollgate_calls Calls',
      '# TYPE tollgate_calls gauge',
      'tollgate_calls 7',
      '',
      '# HELP tollgate_seconds Seconds',
      '# TYPE tollgate_seconds histogram',
      'tollgate_seconds_bucket{le="1"} 2',
      'tollgate_seconds_bucket{le="10"} 2',
      'tollgate_seconds_bucket{le="+Inf"} 3',
      'tollgate_seconds_sum 31',
      'tollgate_seconds_count 3',
      '',
      '# HELP process_cpu Seconds',
      '# TYPE process_cpu counter',
      'process_cpu 7',
      '',
    ].join('\n'),
  );
});

test('the text of one thread stays as it is', () => {
  const text = threadText({ 200: 2 }, [], 0);
  assert.equal(mergeExpositions([text]), text);
});
