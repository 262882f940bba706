import type { Transferable } from 'node:worker_threads';

/** The thread that decides calls, counts them and keeps what all share. */
export const FIRST = 0;

/**
 * The threads that serve calls, as one of them sees the others. Words between two threads arrive in the order in which
 * they were said; what was said to a thread that ends meanwhile is lost.
 */
export interface Peers {
  /** Which of them this is; FIRST is the one with what all share. */
  readonly self: number;
  /** How many there are, this one included. */
  readonly count: number;
  /** Says something to another; nothing comes back. A thread that is not there misses it. */
  tell(thread: number, topic: string, word: unknown, transfer?: readonly Transferable[]): void;
  /** Says something to all others. */
  tellAll(topic: string, word: unknown): void;
  /** Asks another. Rejects with ThreadLost when it ends first or is not there. */
  ask(thread: number, topic: string, word: unknown): Promise<unknown>;
  /** Hears what others say about a topic; what it returns, or resolves to, answers who asked. One listener a topic. */
  on(topic: string, hear: (word: never, from: number) => unknown): void;
  /** Told of each other thread when it is there and can hear, and again when another took its place. */
  onJoined(told: (thread: number) => void): void;
  /** Told of each other thread that ended. */
  onLost(told: (thread: number) => void): void;
}

/** One thread does everything. */
export const ALONE: Peers = {
  self: FIRST,
  count: 1,
  tell: () => {},
  tellAll: () => {},
  ask: () => Promise.reject(new Error('there is no other thread')),
  on: () => {},
  onJoined: () => {},
  onLost: () => {},
};

/** Which of `count` threads has the calls of a Call-ID: the same in all of them, and after a restart. */
export function threadOf(callId: string, count: number): number {
  if (count === 1) return FIRST;
  // FNV-1a: cheap, and even enough for what telephones make up.
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < callId.length; index += 1)
    hash = Math.imul(hash ^ callId.charCodeAt(index), 0x01_00_01_93);
  return (hash >>> 0) % count;
}
