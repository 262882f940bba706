import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What was put off, in order. */
const waiting: (() => unknown)[] = [];

/**
 * A module that no call needs: read when it is first used, or by `loadRest` once the gate is open, for hundreds of
 * small files take longer than all else between launch and the first call.
 */
export function later<Module>(name: string): () => Module {
  let loaded: Module | undefined;
  const load = (): Module => (loaded ??= require(name) as Module);
  waiting.push(load);
  return load;
}

/** Reads every module that was put off, one at a time, with room for calls in between. */
export async function loadRest(): Promise<void> {
  for (const load of waiting.splice(0)) {
    await new Promise((resolve) => setImmediate(resolve));
    load();
  }
}
