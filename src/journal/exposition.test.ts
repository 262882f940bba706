import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './exposition.ts';

test('counters, gauges and histograms show in the text format of Prometheus', async () => {
  const metrics = new Metrics();
  const calls = metrics.counter('calls_total', 'Calls');
  const answers = metrics.labelledCounter('answers_total', 'Answers');
  metrics.labelledCounter('none_total', 'Nothing yet');
  metrics.gauge('setups', 'Set-ups', () => 7);
  const seconds = metrics.histogram('seconds', 'How long', [0.5, 2]);
  calls.inc();
  calls.inc(2);
  answers.add(200, { status: 200 });
  answers.add(200, { status: 200 }, 4);
  answers.add('odd', { status: 'a "quoted"\\\n' }, 0);
  for (const took of [0.5, 1, 3]) seconds.observe(took);
  const text = await metrics.metrics();
  assert.deepEqual(text.slice(0, text.indexOf('# HELP process')).trimEnd().split('\n').filter(Boolean), [
    '# HELP calls_total Calls',
    '# TYPE calls_total counter',
    'calls_total 3',
    '# HELP answers_total Answers',
    '# TYPE answers_total counter',
    'answers_total{status="200"} 5',
    String.raw`answers_total{status="a \"quoted\"\\\n"} 0`,
    '# HELP none_total Nothing yet',
    '# TYPE none_total counter',
    '# HELP setups Set-ups',
    '# TYPE setups gauge',
    'setups 7',
    '# HELP seconds How long',
    '# TYPE seconds histogram',
    'seconds_bucket{le="0.5"} 1',
    'seconds_bucket{le="2"} 2',
    'seconds_bucket{le="+Inf"} 3',
    'seconds_sum 4.5',
    'seconds_count 3',
  ]);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});
