import { cpus, freemem, totalmem, type CpuInfo } from 'node:os';

/** Milliseconds between two looks at the processors: a shorter time says nothing. */
const SHORTEST = 500;

/** How busy the machine is. */
export class MachineLoad {
  #before = times(cpus());
  #at = performance.now();
  #percent = 0;

  /** Use of all processors together since the last time it was asked for, 0 to 100. */
  cpuPercent(): number {
    const now = performance.now();
    if (now - this.#at < SHORTEST) return this.#percent;
    const after = times(cpus());
    const all = after.all - this.#before.all;
    if (all > 0) this.#percent = Math.round(((all - (after.idle - this.#before.idle)) / all) * 100);
    [this.#before, this.#at] = [after, now];
    return this.#percent;
  }

  /** Memory that is not available to programs, 0 to 100. */
  memoryPercent(): number {
    return Math.round((1 - freemem() / totalmem()) * 100);
  }
}

function times(processors: readonly CpuInfo[]): { all: number; idle: number } {
  let all = 0;
  let idle = 0;
  for (const { times: spent } of processors) {
    all += spent.user + spent.nice + spent.sys + spent.idle + spent.irq;
    idle += spent.idle;
  }
  return { all, idle };
}
