import type { Rulebook } from '../../src/rulebook/rulebook.ts';
import { openEdge, type TestEdge, type TestEdgeOptions } from './edge.ts';
import { MemoryPeers, settled } from './memory-peers.ts';

/** Milliseconds after which what one thread has to tell is on its way. */
const TOLD_AFTER = 10;

/** Edges as threads of one gate, each with a port of its own: what is to be theirs is sent to them, nothing is handed over. */
export class JoinedEdges implements AsyncDisposable {
  readonly #rulebook: Rulebook;
  readonly #peers: MemoryPeers;
  readonly #edges: TestEdge[] = [];
  readonly #optionsOf: (thread: number) => TestEdgeOptions;

  private constructor(rulebook: Rulebook, count: number, optionsOf: (thread: number) => TestEdgeOptions) {
    this.#rulebook = rulebook;
    this.#peers = new MemoryPeers(count);
    this.#optionsOf = optionsOf;
  }

  static async open(
    rulebook: Rulebook,
    count = 2,
    optionsOf: (thread: number) => TestEdgeOptions = () => ({}),
  ): Promise<JoinedEdges> {
    const threads = new JoinedEdges(rulebook, count, optionsOf);
    for (let thread = 0; thread < count; thread += 1) await threads.#start(thread);
    threads.#peers.join();
    await settled();
    return threads;
  }

  get count(): number {
    return this.#edges.length;
  }

  of(thread: number): TestEdge {
    const edge = this.#edges[thread];
    if (!edge) throw new Error(`there is no thread ${thread}`);
    return edge;
  }

  /** Moves the time of all. */
  advance(ms: number): void {
    for (const { clock } of this.#edges) clock.advance(ms);
  }

  /** Resolves when each has heard what the others had to tell. */
  async told(): Promise<void> {
    // What came while others had not heard what was told before is told with the next.
    for (let issue = 0; issue < 2; issue += 1) {
      this.advance(TOLD_AFTER);
      await settled();
    }
  }

  /** Ends a thread, and puts another in its place. */
  async replace(thread: number): Promise<void> {
    this.#peers.lose(thread);
    const before = this.of(thread);
    await before.edge.close();
    await this.#start(thread);
    const { clock } = this.of(thread);
    clock.advance(before.clock.now() - clock.now());
    this.#peers.join(thread);
    await settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#edges.map(({ edge }) => edge.close()));
  }

  async #start(thread: number): Promise<void> {
    this.#edges[thread] = await openEdge(this.#rulebook, {
      ...this.#optionsOf(thread),
      peers: this.#peers.of(thread),
    });
  }
}
