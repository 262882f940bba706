// npm test, second half: every *.test.ts below src/ and test/, on the bundled Node. Arguments narrow the files.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const files = wanted.length > 0 ? wanted : globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: root }).sort();
const { status } = spawnSync(process.execPath, ['--test', '--test-timeout=180000', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
