import { setFlagsFromString } from 'node:v8';

/** Percent that the heap grows over what was alive before it is collected as a whole. */
const GROWTH = 40;

/**
 * Megabytes for young objects in a thread that serves calls, as Node counts them: a third is filled before it is collected.
 * More made no call cheaper. The main thread is launched with as much (package.json).
 */
export const YOUNG_MEGABYTES = 24;

/**
 * Keeps the heap near to what is in use. V8 alone lets it grow to several times that, as long as there is memory: a
 * server would take up more for hours, and each collection of so large a heap would hold up calls the longer.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  // What the main thread was launched with would be taken for all others, whatever they are given.
  setFlagsFromString('--max-semi-space-size=0');
}

/**
 * Lets V8 compile again, to make it faster, what runs often. The launcher forbids it: a start is not worth it, and these
 * compilers are 9 MB of Node's program that a gate without calls need not have in memory.
 */
export function allowOptimizing(): void {
  setFlagsFromString('--opt');
  setFlagsFromString('--maglev');
  // Else what each compilation took waits for a helper thread to free it, which on a busy core comes last: 100 MB and more.
  setFlagsFromString('--no-maglev-destroy-on-background');
}
