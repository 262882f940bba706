import { randomUUID } from 'node:crypto';
import { ThreadLost } from '../../src/kit/remote.ts';
import { threadOf, type Peers } from '../../src/kit/peers.ts';

type Hear = (word: never, from: number) => unknown;

/** Threads that are none: what they say to one another is cloned and arrives later, as between real ones. */
export class MemoryPeers {
  readonly #members: {
    topics: Map<string, Hear>;
    joined: ((thread: number) => void)[];
    lost: ((thread: number) => void)[];
    there: boolean;
  }[];

  constructor(count: number) {
    this.#members = Array.from({ length: count }, () => ({ topics: new Map(), joined: [], lost: [], there: true }));
  }

  /** What a thread sees. */
  of(self: number): Peers {
    const own = this.#members[self];
    if (!own) throw new Error(`there is no thread ${self}`);
    const others = [...this.#members.keys()].filter((thread) => thread !== self);
    const tell = (thread: number, topic: string, word: unknown): void => {
      const copy: unknown = structuredClone(word);
      setImmediate(() => void this.#hear(thread, topic, copy, self));
    };
    return {
      self,
      count: this.#members.length,
      tell,
      tellAll: (topic, word) => others.forEach((thread) => tell(thread, topic, word)),
      ask: (thread, topic, word) => this.#ask(thread, topic, structuredClone(word), self),
      on: (topic, hear) => void own.topics.set(topic, hear),
      onJoined: (told) => void own.joined.push(told),
      onLost: (told) => void own.lost.push(told),
    };
  }

  /** The thread ended. */
  lose(thread: number): void {
    const member = this.#members[thread];
    if (!member) return;
    Object.assign(member, { topics: new Map(), joined: [], lost: [], there: false });
    for (const [other, { lost }] of this.#members.entries()) if (other !== thread) lost.forEach((told) => told(thread));
  }

  /** All are told of all: after they listen, and again for one that took the place of another. */
  join(thread?: number): void {
    for (const [one, { joined }] of this.#members.entries())
      for (const [other, member] of this.#members.entries()) {
        if (one === other || (thread !== undefined && thread !== one && thread !== other)) continue;
        member.there = true;
        joined.forEach((told) => told(other));
      }
  }

  #hear(thread: number, topic: string, word: unknown, from: number): unknown {
    return this.#members[thread]?.topics.get(topic)?.(word as never, from);
  }

  async #ask(thread: number, topic: string, word: unknown, from: number): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#members[thread]?.there !== true) throw new ThreadLost('the thread has ended');
    const answer = structuredClone(await this.#hear(thread, topic, word, from));
    // What was said before it comes before it.
    await new Promise((resolve) => setImmediate(resolve));
    return answer;
  }
}

/** A Call-ID whose calls a thread has. */
export function callIdOf(thread: number, count = 2): string {
  for (;;) {
    const callId = randomUUID();
    if (threadOf(callId, count) === thread) return callId;
  }
}

/** Words that are under way have arrived, and what was said in return. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
