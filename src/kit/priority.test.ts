import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const PRIORITY = new URL('./priority.ts', import.meta.url).href;
const skip = process.platform === 'linux' ? false : 'threads have no priorities of their own here';

const behind = (priority: number): number => Math.min(priority + 10, 19);

/** What a program prints, run in a process of its own: a priority cannot be taken back. */
function printed(program: string): unknown {
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

test('threads of V8 are put behind, and no other one', { skip }, () => {
  const [before, after] = printed(`
    import { readdirSync, readFileSync } from 'node:fs';
    import { getPriority } from 'node:os';
    import { keepHelpersBehind } from '${PRIORITY}';
    const all = () => readdirSync('/proc/self/task').map((id) => [
      readFileSync('/proc/self/task/' + id + '/comm', 'latin1').includes('V8Worker'), getPriority(Number(id))]);
    const before = all();
    keepHelpersBehind();
    console.log(JSON.stringify([before, all()]));
  `) as [boolean, number][][];
  assert.ok(before?.some(([isHelper]) => isHelper));
  assert.deepEqual(
    after,
    before?.map(([isHelper, priority]) => [isHelper, isHelper ? behind(priority) : priority]),
  );
});

test('a thread that gives way takes nobody with it', { skip }, () => {
  const [before, within, after] = printed(`
    import { once } from 'node:events';
    import { getPriority } from 'node:os';
    import { Worker } from 'node:worker_threads';
    const before = getPriority(0);
    const program = "import { getPriority } from 'node:os'; import { parentPort } from 'node:worker_threads';"
      + "import { giveWay } from '${PRIORITY}'; giveWay(); parentPort.postMessage(getPriority(0));";
    const [within] = await once(new Worker(program, { eval: true }), 'message');
    console.log(JSON.stringify([before, within, getPriority(0)]));
  `) as number[];
  assert.deepEqual([within, after], [behind(before ?? 0), before]);
});
