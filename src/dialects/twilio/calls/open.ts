import type { Clock } from '../../../kit/clock.ts';
import type { CallApplication, CallPlacer } from '../../../rulebook/call-control.ts';
import type { AccountCredentials } from '../authentication.ts';
import type { Documents } from '../documents.ts';
import { TwilioApplication } from '../twiml/application.ts';
import { Studio } from '../twiml/audio/studio.ts';
import { Webhooks } from '../twiml/webhook/webhooks.ts';
import { CallBook } from './book.ts';
import { CallDesk } from './desk.ts';
import { TrunkCalls } from './trunk-calls.ts';

export interface TwilioCallsOptions {
  /** Where the history of calls is kept. */
  readonly file: string;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly account: AccountCredentials;
  /** Whether webhooks on loopback and private networks may be asked. */
  readonly privateWebhooks: boolean;
  readonly placer: CallPlacer;
}

/** What the dialect does on calls, beside its API. */
export interface TwilioCalls {
  /** Answers for the calls of SIP domains. */
  readonly application: CallApplication;
  /** Places the API's calls, and knows them all. */
  readonly desk: CallDesk;
  /** Hears of the calls that only pass. */
  readonly trunkCalls: TrunkCalls;
  close(): void;
}

/** Opens the book of calls, and all that carries out TwiML. */
export function openTwilioCalls(options: TwilioCallsOptions): TwilioCalls {
  const { file, documents, clock, account, privateWebhooks: allowPrivate, placer } = options;
  const book = new CallBook(file, clock);
  const { sid: accountSid, authToken } = account;
  const callbacks = { webhooks: new Webhooks({ clock, allowPrivate }), clock, accountSid, authToken };
  const studio = new Studio(clock);
  return {
    application: new TwilioApplication({ documents, book, callbacks, studio }),
    desk: new CallDesk({ book, callbacks, studio, placer }),
    trunkCalls: new TrunkCalls(book),
    close: () => book.close(),
  };
}
