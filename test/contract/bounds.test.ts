import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('docs/bounds.md says of every bound what the program has', () => {
  const rows = readFileSync(join(root, 'docs/bounds.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells[3]?.startsWith('`'));
  assert.ok(rows.length > 20);
  for (const [, what, value = '', constant = '', file = ''] of rows) {
    const name = constant.replaceAll('`', '');
    const source = readFileSync(join(root, file), 'utf8').replaceAll('_', '');
    const plain = name.replaceAll('_', '');
    const found = new RegExp(`(?:const ${plain} =|^ {2}${plain}:) ([\\d.* ]+)[;,]`, 'm').exec(source)?.[1];
    assert.equal(found, value, `${what}: ${name} in ${file}`);
  }
});
