import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const DOCS = join(import.meta.dirname, '../../docs');

/** The lines that docs/rfc-checklist.md has to answer for: all that a release needs, or the next one (P0, P1). */
const LINES = [
  ...numbered(1, 21),
  ...numbered(2, 13).filter((line) => line !== '2.11'),
  ...numbered(3, 12),
  'Timers',
  ...numbered(4, 23).filter((line) => line !== '4.15' && line !== '4.21'),
  ...numbered(5, 21).filter((line) => line !== '5.5'),
  ...numbered(6, 10),
  ...numbered(7, 5),
  '8',
  ...[
    '3262',
    '3264',
    '3311',
    '3515',
    '3891',
    '3325',
    '8224',
    '4028',
    '3398',
    '7339',
    '6086',
    '3966',
    '5621',
    '3840',
    '5806',
  ].map((rfc) => `9 RFC ${rfc}`),
  ...numbered(10, 15),
];

function numbered(part: number, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${part}.${index + 1}`);
}

const rows = readFileSync(join(DOCS, 'rfc-checklist.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| line'))
  .map((line) => line.slice(2, -2).split(' | '));

test('docs/rfc-checklist.md answers for each of its lines', () => {
  const answered = new Set(rows.map(([line]) => line));
  assert.deepEqual(
    LINES.filter((line) => !answered.has(line)),
    [],
  );
});

test('docs/rfc-checklist.md names files and tests that exist', () => {
  for (const [line, , where = '', tests = ''] of rows) {
    const files = [...where.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');
    assert.ok(files.length > 0, `${line} is done nowhere`);
    for (const file of files) assert.ok(existsSync(join(DOCS, file)), `${line}: there is no ${file}`);
    const named = [...tests.matchAll(/\]\(([^)]+)\) “([^”]+)”/g)];
    assert.ok(named.length > 0, `${line} is proved by nothing`);
    for (const [, file = '', name = ''] of named) {
      const names = readFileSync(join(DOCS, file), 'utf8').matchAll(/\b(?:test|describe)\(\s*(['"`])(.*?)\1,/gs);
      assert.ok(
        [...names].some((match) => match[2]?.includes(name)),
        `${line}: ${file} has no test “${name}”`,
      );
    }
  }
});
