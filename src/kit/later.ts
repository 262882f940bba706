/** What was put off, in order. */
const waiting: (() => unknown)[] = [];

/**
 * A module, or what is made with one, that the start does not need: read when it is first used, or by `loadRest` once
 * the gate is open, for hundreds of small files take longer than all else between launch and the first call. The bundle
 * has a file of its own for what is asked for with `require`.
 */
export function later<Module>(load: () => Module): () => Module {
  let loaded: Module | undefined;
  const get = (): Module => (loaded ??= load());
  waiting.push(get);
  return get;
}

/** Reads every module that was put off, one at a time, with room for calls in between. */
export async function loadRest(): Promise<void> {
  for (const load of waiting.splice(0)) {
    await new Promise((resolve) => setImmediate(resolve));
    load();
  }
}
