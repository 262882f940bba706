import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '../measure/program.ts';
import type { LoadPlan, LoadResult } from './plan.ts';

/** Milliseconds that a load generator may take beyond what its plan says. */
const SPARE = 30_000;

/** Runs a plan for calls or floods in a process of its own on the second core. Throws when that fails or hangs. */
export function runLoad(plan: LoadPlan): Promise<LoadResult> {
  return runProcess<LoadResult>('main.ts', plan, 4 * plan.warmUp + plan.seconds);
}

/** Runs a program of this folder on the second core; `seconds` is how long it should take. */
export async function runProcess<Result>(program: string, plan: object, seconds: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  try {
    const file = join(folder, 'plan.json');
    writeFileSync(file, JSON.stringify(plan));
    const load = new Program(process.execPath, [join(import.meta.dirname, program), file], { core: 1 });
    return JSON.parse(await load.finish(seconds * 1000 + SPARE)) as Result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
