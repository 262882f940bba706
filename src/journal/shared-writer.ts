import { askOthers } from '../kit/ask-others.ts';
import { FIRST, type Peers } from '../kit/peers.ts';
import { WritingThread, type WritingThreadParts } from '../kit/writing-thread.ts';
import type { Order, Word } from './orders.ts';
import type { Beat } from './store.ts';

/** Who writes a journal, and reads it. */
export type Writer = Pick<WritingThread<Order, Word>, 'opened' | 'isAway' | 'order' | 'close'>;

/** A batch of another thread on its way to the writer. */
type Batched = Pick<Order & { kind: 'write' }, 'bytes' | 'beats'>;

/** What became of it. */
type Written = Pick<Word & { kind: 'written' }, 'lost' | 'bytes'>;

interface WriterOfAllParts extends WritingThreadParts<Word> {
  /** Told of the heartbeats of other threads. */
  readonly onBeats: (beats: ReadonlyMap<string, Beat>) => void;
}

/** FIRST's: the thread that writes for all. Each hears what became of its own batches, in the order in which it gave them. */
export class WriterOfAll implements Writer {
  readonly #peers: Peers;
  readonly #writer: WritingThread<Order, Word>;
  /** Whose batches are under way to the disk, oldest first. */
  #sent: number[] = [];
  /** What came while nobody was there to write. No more than the other threads let wait. */
  #waiting: { readonly batch: Batched; readonly from: number }[] = [];
  /** Nobody will write any more. */
  #ended = false;

  constructor(parts: WriterOfAllParts, peers: Peers) {
    this.#peers = peers;
    this.#writer = new WritingThread<Order, Word>({
      ...parts,
      onWord: (word) => {
        const from = word.kind === 'written' ? (this.#sent.shift() ?? FIRST) : FIRST;
        if (word.kind !== 'written' || from === FIRST) parts.onWord(word);
        else this.#answer(from, word);
      },
      onLost: (restarts) => {
        const lost = this.#sent.filter((from) => from !== FIRST);
        this.#sent = [];
        for (const from of lost) this.#lose(from);
        if (!restarts) this.#end();
        parts.onLost(restarts);
      },
      onRestart: () => {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const { batch, from } of waiting) this.#write(batch, from);
        parts.onRestart();
      },
    });
    peers.on('journal', (batch: Batched, from) => {
      parts.onBeats(batch.beats);
      this.#write(batch, from);
    });
  }

  get opened(): Promise<void> {
    return this.#writer.opened;
  }

  get isAway(): boolean {
    return this.#writer.isAway;
  }

  order(order: Order, handed: ArrayBuffer[] = []): boolean {
    const ordered = this.#writer.order(order, handed);
    if (ordered && order.kind === 'write') this.#sent.push(FIRST);
    return ordered;
  }

  /** Resolves when all that the others recorded before is here. `counted`: what they only count is told, too. */
  async gather(counted: boolean): Promise<void> {
    await askOthers(this.#peers, 'journal-hand-over', counted);
  }

  async close(): Promise<void> {
    this.#end();
    await this.#writer.close();
  }

  #write(batch: Batched, from: number): void {
    if (this.#ended) return this.#lose(from);
    if (this.#writer.isAway) return void this.#waiting.push({ batch, from });
    this.#writer.order({ kind: 'write', ...batch }, [batch.bytes.buffer]);
    this.#sent.push(from);
  }

  #end(): void {
    this.#ended = true;
    for (const { from } of this.#waiting) this.#lose(from);
    this.#waiting = [];
  }

  #lose(thread: number): void {
    this.#answer(thread, { lost: true, bytes: new Uint8Array() });
  }

  #answer(thread: number, { lost, bytes }: Written): void {
    this.#peers.tell(thread, 'journal-written', { lost, bytes } satisfies Written, [bytes.buffer]);
  }
}

interface WriterAtFirstParts extends Pick<WritingThreadParts<Word>, 'onWord' | 'onLost' | 'onRestart'> {
  /** FIRST is there, for the first time, or is about to read: what was recorded is to be handed over. */
  readonly handOver: (counted: boolean) => void;
}

/** Of any other thread: FIRST has it written. What FIRST had not said to be written when it ended is taken for lost. */
export class WriterAtFirst implements Writer {
  readonly opened = Promise.resolve();
  readonly #peers: Peers;
  #isThere = false;
  #everThere = false;
  /** Batches that FIRST has not said to be written. */
  #unwritten = 0;
  #allWritten: (() => void) | null = null;

  constructor({ onWord, onLost, onRestart, handOver }: WriterAtFirstParts, peers: Peers) {
    this.#peers = peers;
    peers.on('journal-written', (written: Written) => {
      this.#unwritten -= 1;
      onWord({ kind: 'written', ...written });
      if (this.#unwritten === 0) this.#allWritten?.();
    });
    peers.on('journal-hand-over', handOver);
    peers.onJoined((thread) => {
      if (thread !== FIRST) return;
      const again = this.#everThere;
      this.#isThere = true;
      this.#everThere = true;
      if (again) onRestart();
      else handOver(false);
    });
    peers.onLost((thread) => {
      if (thread !== FIRST) return;
      this.#isThere = false;
      this.#unwritten = 0;
      onLost(true);
      this.#allWritten?.();
    });
  }

  get isAway(): boolean {
    return !this.#isThere;
  }

  /** Only FIRST is asked to read. */
  order(order: Order): boolean {
    if (order.kind !== 'write' || this.isAway) return false;
    const { bytes, beats } = order;
    this.#unwritten += 1;
    this.#peers.tell(FIRST, 'journal', { bytes, beats } satisfies Batched, [bytes.buffer]);
    return true;
  }

  /** Resolves when FIRST has said of all what became of it, or is lost. */
  async close(): Promise<void> {
    if (this.#unwritten > 0) await new Promise<void>((resolve) => (this.#allWritten = resolve));
  }
}
