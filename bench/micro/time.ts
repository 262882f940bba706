/** Milliseconds between two looks at the CPU used, which are slow. */
const LOOK_EVERY = 20;

/** How many times longer than the CPU it is given a measurement may take, on a machine that is busy with something else. */
const PATIENCE = 20;

/**
 * Microseconds of CPU that a call takes, collecting its garbage included. Runs for `milliseconds` of CPU, after
 * twice as long to be compiled.
 */
export function microsOf(work: () => unknown, milliseconds: number): number {
  repeat(work, 2 * milliseconds);
  return repeat(work, milliseconds);
}

function repeat(work: () => unknown, milliseconds: number): number {
  const before = process.cpuUsage();
  const deadline = performance.now() + milliseconds * PATIENCE;
  let batch = 1;
  let calls = 0;
  let used = 0;
  while (used < milliseconds * 1000 && performance.now() < deadline) {
    const begunAt = performance.now();
    for (let index = 0; index < batch; index += 1) work();
    calls += batch;
    if (performance.now() - begunAt < LOOK_EVERY) batch *= 2;
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  return used / calls;
}
