import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '../measure/program.ts';
import type { LoadPlan, LoadResult } from './plan.ts';

/** Milliseconds that a load generator may take beyond what its plan says. */
const SPARE = 30_000;

/** Runs a plan in a process of its own on the second core. Throws when that fails or hangs. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  try {
    const file = join(folder, 'plan.json');
    writeFileSync(file, JSON.stringify(plan));
    const load = new Program(process.execPath, [join(import.meta.dirname, 'main.ts'), file], { core: 1 });
    return JSON.parse(await load.finish((plan.warmUp + plan.seconds) * 1000 + SPARE)) as LoadResult;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
