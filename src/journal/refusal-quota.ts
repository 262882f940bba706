import type { Clock } from '../kit/clock.ts';
import { NO_CALL, type CallEvent, type DropReason, type Source } from './event.ts';

/** Milliseconds for which a source's refusals are counted together. */
const WINDOW = 60_000;

/** Refusals of one source in that time that are written down one by one; further ones are counted by reason. */
const WRITTEN = 60;

/** Sources told apart in that time; the others share one quota, under the address `*`. */
const MOST_SOURCES = 1000;

/** Refusals of calls that were admitted before: they are the end of a call's story. */
const AFTER_ADMISSION: ReadonlySet<string> = new Set(['not-registered', 'internal-error']);

/** An event that says no to somebody who may be anybody. */
type RefusalEvent = Extract<CallEvent, { kind: 'refusal' | 'drop' | 'decision' | 'registration' }>;

/** Whether the event says no to a sender that did not prove to be one whom a trunk lets in. */
export function isQuotaed(event: CallEvent): event is RefusalEvent {
  if (event.kind === 'refusal') return !AFTER_ADMISSION.has(event.reason);
  if (event.kind === 'drop') return event.callId !== NO_CALL;
  if (event.kind === 'decision') return event.decision.verdict !== 'admit' && !event.decision.sourceTrusted;
  return event.kind === 'registration' && event.status >= 300 && !event.decision.sourceTrusted;
}

/** Tells the first refusals of a source from the flood that may follow, which is told by its size. */
export class RefusalQuota {
  readonly #clock: Clock;
  readonly #tell: (event: CallEvent) => void;
  readonly #sources = new Map<string, { source: Source; written: number; counts: Map<DropReason, number> }>();

  /** `tell` takes the counts, once a minute. */
  constructor(clock: Clock, tell: (event: CallEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Whether the event is to be written down; when not, it was counted. */
  take(event: RefusalEvent): boolean {
    const usage = this.#usageOf(event.source);
    usage.written += 1;
    if (usage.written <= WRITTEN) return true;
    const { reason } = event.kind === 'decision' ? event.decision : event;
    usage.counts.set(reason, (usage.counts.get(reason) ?? 0) + 1);
    return false;
  }

  /** Tells what was counted so far. */
  tell(): void {
    const at = this.#clock.now();
    for (const { source, counts } of this.#sources.values()) {
      for (const [reason, requests] of counts)
        this.#tell({ kind: 'refusals', callId: '', at, source, reason, requests });
      counts.clear();
    }
  }

  #usageOf({ transport, address }: Source): { written: number; counts: Map<DropReason, number> } {
    const room = this.#sources.size < MOST_SOURCES;
    const known = this.#sources.get(address) ?? (room ? undefined : this.#sources.get('*'));
    if (known) return known;
    if (this.#sources.size === 0) this.#clock.after(WINDOW, () => this.#turn());
    const name = room ? address : '*';
    const usage = { source: { transport, address: name, port: 0 }, written: 0, counts: new Map<DropReason, number>() };
    this.#sources.set(name, usage);
    return usage;
  }

  #turn(): void {
    this.tell();
    this.#sources.clear();
  }
}
