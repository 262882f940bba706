import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

/** A copy of the program beside which a bundle can be made. */
function copyProgram(t: TestContext): string {
  const copy = mkdtempSync(join(tmpdir(), 'tollgate bundle '));
  t.after(() => rmSync(copy, { recursive: true }));
  for (const part of ['bin', 'scripts', 'src', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== '.tollgate-bundle') symlinkSync(join(ROOT, 'node_modules', name), join(copy, 'node_modules', name));
  return copy;
}

/** Makes its bundle, marked so that it can be told from the sources. */
function bundle(program: string): void {
  execFileSync(process.execPath, [join(program, 'scripts', 'bundle.mjs')]);
  const [folder = ''] = readdirSync(join(program, 'node_modules', '.tollgate-bundle'));
  appendFileSync(join(program, 'node_modules', '.tollgate-bundle', folder, 'main.cjs'), '\nconsole.error("bundled");');
}

test('starts from the bundle of its sources, and from the sources once they are others', async (t) => {
  const program = copyProgram(t);
  const launcher = join(program, 'bin', 'tollgate');
  const version = (): string => spawnSync(process.execPath, [launcher, '--version'], { encoding: 'utf8' }).stderr;
  assert.equal(version(), '');
  bundle(program);
  assert.equal(version(), 'bundled\n');

  await t.test('the bundled gate opens, answers and stops', async () => {
    const listeners = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0'];
    const sip = ['--sip', 'udp:127.0.0.1:0,tcp:127.0.0.1:0', '--data', join(program, 'data')];
    const gate = spawn(process.execPath, [launcher, 'start', ...listeners, ...sip]);
    const closed = once(gate, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: gate.stdout })) {
      lines.push(line);
      if (line.includes('clients')) break;
    }
    const address = /(http:\/\/\S+)/.exec(lines.join('\n'))?.[1];
    // In the vendor's words: the dialects are in the bundle.
    assert.equal((await fetch(`${address}/v1/people`)).status, 401);
    assert.match(await (await fetch(`${address}/metrics`)).text(), /process_resident_memory_bytes/);
    gate.kill('SIGTERM');
    assert.deepEqual(await closed, [0, null]);
  });

  appendFileSync(join(program, 'src', 'kit', 'first.ts'), '\n');
  assert.equal(version(), '');
});
