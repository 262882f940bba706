import type { Clock } from '../../../kit/clock.ts';
import type { ControlledCall, LegOutcome } from '../../../rulebook/call-control.ts';
import type { Studio } from './audio/studio.ts';
import type { DialLegs, DialTarget } from './dial-legs.ts';
import type { Warn } from './faults.ts';
import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod, WebhookReply } from './webhook/webhooks.ts';

/** A document that is to be fetched. */
export interface Destination {
  /** Absolute. */
  readonly url: string;
  readonly method: HttpMethod;
  /** Besides those that every request of the call has. */
  readonly parameters: Parameters;
}

/** What comes after a verb: the verb after it (null), another document, or nothing more. */
export type Next = Destination | 'end' | null;

/** What a verb has to work with while its document is carried out. */
export interface Stage {
  readonly call: ControlledCall;
  readonly clock: Clock;
  readonly studio: Studio;
  /** Aborts when the document is given up for another; what verbs do then is over. */
  readonly stop: AbortSignal;
  readonly warn: Warn;
  /** Where the document came from; null for one that was handed over as text. */
  readonly url: string | null;
  /** Answers the caller, unless that was done. */
  answer(): Promise<void>;
  /** Absolute form of a URL in the document. Throws TwimlFault 11100. */
  resolve(text: string): string;
  /** Fetches a recording. Throws TwimlFault. */
  fetchAudio(url: string): Promise<WebhookReply>;
  /** Asks a URL whose answer no longer matters, because the caller has gone. */
  tell(destination: Destination): void;
  /** Keeps books on the legs of a Dial. */
  openLegs(targets: readonly DialTarget[], callerId: string | null): DialLegs;
  /** How a Dial ended, which decides how a caller who was never answered is refused. */
  dialled(outcome: LegOutcome): void;
}

/** A verb of a document, read and ready. */
export interface Verb {
  readonly name: string;
  run(stage: Stage): Promise<Next>;
}

/** Resolves after that many milliseconds, or at once when the signal aborts. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
