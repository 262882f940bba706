// npm run check: types, lint, format, dead code, layers and sizes. All run; any failure fails.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkStructure } from './structure.ts';

const bin = join(import.meta.dirname, '..', 'node_modules', '.bin');
const steps: [string, string[]][] = [
  ['tsc', ['--noEmit']],
  ['oxlint', ['--type-aware', '--deny-warnings']],
  ['oxfmt', ['--check']],
  ['knip', ['--no-progress']],
];

let failed = false;
for (const [name, flags] of steps) {
  const { status } = spawnSync(join(bin, name), flags, { stdio: 'inherit', cwd: join(import.meta.dirname, '..') });
  if (status !== 0) failed = true;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} ${flags.join(' ')}`);
}
const faults = checkStructure(join(import.meta.dirname, '..'));
for (const fault of faults) console.error(fault);
console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} layers, circles and sizes`);
process.exit(failed || faults.length > 0 ? 1 : 0);
