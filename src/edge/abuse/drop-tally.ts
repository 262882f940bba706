import type { CallSink, DropReason } from '../../journal/event.ts';
import type { Clock } from '../../kit/clock.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { Endpoint } from '../../sip/transport/transport.ts';

/** Milliseconds that drops are added up before the journal hears of them. */
const TELL_EVERY = 2000;

/** Sources told apart in that time; what more of them lose is told as of address `*`. */
const MOST_SOURCES = 1000;

interface Drop {
  readonly reason: DropReason;
  readonly transport: string;
  readonly remote: Endpoint;
  readonly rule: RuleReference | undefined;
  packets: number;
}

/** Adds up packets that are dropped unread, so that a flood makes one line of the journal and not a million. */
export class DropTally {
  readonly #journal: CallSink;
  readonly #clock: Clock;
  #drops = new Map<string, Drop>();

  constructor(journal: CallSink, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  add(reason: DropReason, transport: string, remote: Endpoint, rule?: RuleReference): void {
    if (this.#drops.size === 0) this.#clock.after(TELL_EVERY, () => this.#tell());
    const key = `${reason} ${transport} ${remote.address}`;
    const known = this.#drops.get(key);
    if (known) known.packets += 1;
    else if (this.#drops.size < MOST_SOURCES) this.#drops.set(key, { reason, transport, remote, rule, packets: 1 });
    else this.#addToRest(reason, transport);
  }

  #addToRest(reason: DropReason, transport: string): void {
    const key = `${reason} ${transport} *`;
    const rest = this.#drops.get(key) ?? {
      reason,
      transport,
      remote: { address: '*', port: 0 },
      rule: undefined,
      packets: 0,
    };
    rest.packets += 1;
    this.#drops.set(key, rest);
  }

  #tell(): void {
    const drops = this.#drops;
    this.#drops = new Map();
    const at = this.#clock.now();
    for (const { reason, transport, remote, rule, packets } of drops.values())
      this.#journal.record({
        kind: 'drop',
        callId: '',
        at,
        source: { transport, ...remote },
        reason,
        packets,
        ...(rule && { rule }),
      });
  }
}
