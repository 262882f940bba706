import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** How far behind those that serve calls: a thread beside them gets a tenth of their time while both have work to do. */
const BEHIND = 10;

/** The last that there is. */
const LAST = 19;

/** As the system knows V8's own threads, which compile and collect garbage. */
const V8_THREAD = /^(node-)?V8Worker/;

/** Threads of one process have priorities of their own, each a process to the system; elsewhere than on Linux they share one. */
const HAVE_PRIORITIES = process.platform === 'linux';

/** The thread that asks, and the process when it is its main thread. */
const SELF = 0;

/** The thread that calls it lets those that serve calls go before. */
export function giveWay(): void {
  if (HAVE_PRIORITIES) putBehind(SELF, getPriority(SELF));
}

/**
 * Has V8's threads let those go before that serve calls. Without that they hold up calls on the same core for their whole
 * time slice, milliseconds each, in every collection.
 */
export function keepHelpersBehind(): void {
  if (!HAVE_PRIORITIES) return;
  const ours = getPriority(SELF);
  for (const id of readdirSync('/proc/self/task')) if (V8_THREAD.test(nameOf(id))) putBehind(Number(id), ours);
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'latin1');
  } catch {
    return '';
  }
}

function putBehind(thread: number, ours: number): void {
  try {
    setPriority(thread, Math.min(ours + BEHIND, LAST));
  } catch {
    // Where the system forbids it, or the thread has ended, all share as before.
  }
}
