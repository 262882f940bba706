import { setFlagsFromString } from 'node:v8';

/** Percent that the heap grows over what was alive before it is collected as a whole. */
const GROWTH = 40;

/**
 * Keeps the heap near to what is in use. V8 alone lets it grow to several times that, as long as there is memory: a
 * server would take up more for hours, and each collection of so large a heap would hold up calls the longer.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
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
