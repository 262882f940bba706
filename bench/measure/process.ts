import { readdirSync, readFileSync } from 'node:fs';

/** All processes of a tree, the root first; empty when it is gone. */
export function treeOf(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) => {
    const text = read(`/proc/${pid}/task/${task}/children`).trim();
    return text === '' ? [] : text.split(' ').map(Number);
  });
  return [pid, ...children.flatMap(treeOf)];
}

/** Nanoseconds of one tick, in which the kernel gives a process's own total. */
const TICK = 1e9 / 100;

/**
 * Nanoseconds that all threads of these processes have run, as the scheduler counts them. Threads that are gone are
 * in the process's total only, which is given in ticks.
 */
export function cpuOf(pids: readonly number[]): number {
  let total = 0;
  for (const pid of pids) {
    let living = 0;
    for (const task of tasksOf(pid)) living += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] ?? 0);
    // After the name, which may hold anything: utime and stime are the 14th and 15th field of the whole line.
    const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
    total += Math.max(living, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK);
  }
  return total;
}

/** Resident megabytes of these processes; what they share is counted once each. */
export function residentOf(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** A file of /proc, which may be gone by now. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
