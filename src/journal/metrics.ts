import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { REASONS, type ReasonCode } from '../rulebook/decide/reasons.ts';
import { MEASURES, type Measure } from '../rulebook/spending.ts';
import { DROP_REASONS, type CallEvent } from './event.ts';

/** Seconds: from a local answer to a ring that nobody takes. */
const SETUP_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 180];

/** Counters that operators watch. Labels come from closed lists only: nothing a stranger sends becomes a label. */
export class JournalMetrics {
  /** Events lost. */
  readonly dropped: Counter;
  /** Refusals of a source beyond those that are written down one by one. */
  readonly summed: Counter;
  readonly #decisions: Counter<'reason' | 'verdict'>;
  readonly #registrations: Counter<'reason'>;
  readonly #answers: Counter<'status'>;
  readonly #attempts: Counter<'status'>;
  readonly #drops: Counter<'reason'>;
  readonly #alarms: Counter<'measure' | 'state'>;
  readonly #ended: Counter;
  readonly #cut: Counter;
  readonly #setup: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decisions = new Counter({
      name: 'tollgate_decisions_total',
      help: 'Requests judged, by reason of the closed list',
      labelNames: ['reason', 'verdict'],
      registers,
    });
    for (const reason of Object.keys(REASONS) as ReasonCode[])
      this.#decisions.inc({ reason, verdict: verdictOf(reason) }, 0);
    this.#registrations = new Counter({
      name: 'tollgate_registrations_total',
      help: 'REGISTER requests judged, by reason of the closed list',
      labelNames: ['reason'],
      registers,
    });
    this.#answers = new Counter({
      name: 'tollgate_answers_total',
      help: 'Final answers to admitted calls',
      labelNames: ['status'],
      registers,
    });
    this.#attempts = new Counter({
      name: 'tollgate_attempts_total',
      help: 'Targets tried, by outcome',
      labelNames: ['status'],
      registers,
    });
    this.#drops = new Counter({
      name: 'tollgate_drops_total',
      help: 'Packets and requests met with silence, by reason',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of Object.keys(DROP_REASONS)) this.#drops.inc({ reason }, 0);
    this.#alarms = new Counter({
      name: 'tollgate_spending_alarms_total',
      help: 'Times that a trunk or user came to half of a limit of spending (warning), or to all of it (stopped)',
      labelNames: ['measure', 'state'],
      registers,
    });
    for (const measure of Object.keys(MEASURES) as Measure[])
      for (const state of ['warning', 'stopped']) this.#alarms.inc({ measure, state }, 0);
    this.#ended = new Counter({ name: 'tollgate_calls_ended_total', help: 'Answered calls ended by BYE', registers });
    this.#cut = new Counter({
      name: 'tollgate_calls_cut_total',
      help: 'Of these, calls that the gate ended: they had lasted as long as a call may, or were not refreshed',
      registers,
    });
    this.#setup = new Histogram({
      name: 'tollgate_attempt_seconds',
      help: 'INVITE to final answer of a target',
      buckets: SETUP_BUCKETS,
      registers,
    });
    this.dropped = new Counter({
      name: 'tollgate_journal_dropped_total',
      help: 'Events the journal had no room for',
      registers,
    });
    this.summed = new Counter({
      name: 'tollgate_journal_summed_total',
      help: 'Refusals of a source that the journal holds as a count, after the first ones of that minute',
      registers,
    });
  }

  count(event: CallEvent): void {
    switch (event.kind) {
      case 'decision':
      case 'transfer':
        this.#decisions.inc({ reason: event.decision.reason, verdict: event.decision.verdict });
        break;
      case 'registration':
        this.#registrations.inc({ reason: event.reason });
        break;
      case 'refusal':
        this.#decisions.inc({ reason: event.reason, verdict: 'refuse' });
        break;
      case 'drop':
        this.#drops.inc({ reason: event.reason }, event.packets);
        break;
      case 'attempt':
        this.#attempts.inc({ status: event.status });
        this.#setup.observe(event.took / 1000);
        break;
      case 'answer':
        this.#answers.inc({ status: event.status });
        break;
      case 'alarm':
        this.#alarms.inc({ measure: event.measure, state: event.state });
        break;
      case 'application':
        break;
      case 'end':
        this.#ended.inc();
        if (event.by === 'gate') this.#cut.inc();
        break;
      case 'refusals':
        // Each was counted when it was refused.
        break;
    }
  }
}

/** A gauge that is read when it is scraped. */
export function watch(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: () => {
      gauge.set(read());
    },
  });
}

function verdictOf(reason: ReasonCode): string {
  if (reason === 'admitted') return 'admit';
  return REASONS[reason].status === 407 ? 'challenge' : 'refuse';
}
