import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Metrics } from '../../src/journal/exposition.ts';
import { JournalMetrics } from '../../src/journal/metrics.ts';
import { REASONS, type ReasonCode } from '../../src/rulebook/decide/reasons.ts';

const codes = Object.keys(REASONS) as ReasonCode[];

test('docs/reasons.md says of every reason what the program says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reasons.md'), 'utf8');
  const rows = codes.map((code) => {
    const { text, status, by, ...rest } = REASONS[code];
    return `| \`${code}\` | ${status} | ${'cause' in rest ? rest.cause : '–'} | ${by} | ${text} |`;
  });
  const documented = page.split('\n').filter((line) => line.startsWith('| `'));
  assert.deepEqual(documented, rows, `the table should be:\n${rows.join('\n')}\n`);
});

test('every reason is a metric from the start, so that an alert can be written before it happens', async () => {
  const registry = new Metrics();
  const metrics = new JournalMetrics(registry);
  assert.ok(metrics);
  const text = await registry.metrics();
  for (const code of codes) assert.match(text, new RegExp(`tollgate_decisions_total\\{reason="${code}",`));
});
