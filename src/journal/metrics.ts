import { MEASURES, type Measure } from '../rulebook/spending.ts';
import { REASONS, type ReasonCode } from '../rulebook/decide/reasons.ts';
import { DROP_REASONS, type CallEvent } from './event.ts';
import type { Counter, Histogram, LabelledCounter, Metrics } from './exposition.ts';

/** Seconds: from a local answer to a ring that nobody takes. */
const SETUP_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 180];

/** Counters that operators watch. Labels come from closed lists only: nothing a stranger sends becomes a label. */
export class JournalMetrics {
  /** Events lost. */
  readonly dropped: Counter;
  /** Refusals of a source beyond those that are written down one by one. */
  readonly summed: Counter;
  /** Times that the thread which writes was lost and started again. */
  readonly restarts: Counter;
  readonly #decisions: LabelledCounter;
  readonly #registrations: LabelledCounter;
  readonly #answers: LabelledCounter;
  readonly #attempts: LabelledCounter;
  readonly #drops: LabelledCounter;
  readonly #alarms: LabelledCounter;
  readonly #ended: Counter;
  readonly #cut: Counter;
  readonly #setup: Histogram;

  constructor(metrics: Metrics) {
    this.#decisions = metrics.labelledCounter(
      'tollgate_decisions_total',
      'Requests judged, by reason of the closed list',
    );
    for (const reason of Object.keys(REASONS) as ReasonCode[])
      this.#decisions.add(`${verdictOf(reason)} ${reason}`, { reason, verdict: verdictOf(reason) }, 0);
    this.#registrations = metrics.labelledCounter(
      'tollgate_registrations_total',
      'REGISTER requests judged, by reason of the closed list',
    );
    this.#answers = metrics.labelledCounter('tollgate_answers_total', 'Final answers to admitted calls');
    this.#attempts = metrics.labelledCounter('tollgate_attempts_total', 'Targets tried, by outcome');
    this.#drops = metrics.labelledCounter('tollgate_drops_total', 'Packets and requests met with silence, by reason');
    for (const reason of Object.keys(DROP_REASONS)) this.#drops.add(reason, { reason }, 0);
    this.#alarms = metrics.labelledCounter(
      'tollgate_spending_alarms_total',
      'Times that a trunk or user came to half of a limit of spending (warning), or to all of it (stopped)',
    );
    for (const measure of Object.keys(MEASURES) as Measure[])
      for (const state of ['warning', 'stopped']) this.#alarms.add(`${measure} ${state}`, { measure, state }, 0);
    this.#ended = metrics.counter('tollgate_calls_ended_total', 'Answered calls ended by BYE');
    this.#cut = metrics.counter(
      'tollgate_calls_cut_total',
      'Of these, calls that the gate ended: they had lasted as long as a call may, or were not refreshed',
    );
    this.#setup = metrics.histogram('tollgate_attempt_seconds', 'INVITE to final answer of a target', SETUP_BUCKETS);
    this.summed = metrics.counter(
      'tollgate_journal_summed_total',
      'Refusals of a source that the journal holds as a count, after the first ones of that minute',
    );
    this.restarts = metrics.counter(
      'tollgate_journal_restarts_total',
      'Times that the thread which writes the journal was lost and started again',
    );
    this.dropped = metrics.counter('tollgate_journal_dropped_total', 'Events the journal had no room for');
  }

  count(event: CallEvent): void {
    switch (event.kind) {
      case 'decision':
      case 'transfer':
      case 'forwarding':
        this.#judged(event.decision.reason, event.decision.verdict);
        break;
      case 'registration':
        this.#registrations.add(event.reason, { reason: event.reason });
        break;
      case 'refusal':
        this.#judged(event.reason, 'refuse');
        break;
      case 'drop':
        this.#drops.add(event.reason, { reason: event.reason }, event.packets);
        break;
      case 'attempt':
        this.#attempts.add(event.status, { status: event.status });
        this.#setup.observe(event.took / 1000);
        break;
      case 'answer':
        this.#answers.add(event.status, { status: event.status });
        break;
      case 'alarm':
        this.#alarms.add(`${event.measure} ${event.state}`, { measure: event.measure, state: event.state });
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

  #judged(reason: ReasonCode, verdict: string): void {
    this.#decisions.add(`${verdict} ${reason}`, { reason, verdict });
  }
}

function verdictOf(reason: ReasonCode): string {
  if (reason === 'admitted') return 'admit';
  return REASONS[reason].status === 407 ? 'challenge' : 'refuse';
}
