/** Threads that may serve calls: more than any machine here has cores for. */
export const MOST_WORKERS = 64;

/**
 * Threads that serve calls unless somebody chooses: one for each core but one, at least one. On a single core a thread
 * of its own gains nothing, and takes memory.
 */
export function usualWorkers(cores: number): number {
  return cores === 1 ? 0 : Math.min(cores - 1, MOST_WORKERS);
}
