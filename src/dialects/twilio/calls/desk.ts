import type { CallPlacer, ControlledCall, Party } from '../../../rulebook/call-control.ts';
import { DIALECT } from '../documents.ts';
import { silence, tonesOf } from '../twiml/audio/tones.ts';
import type { Studio } from '../twiml/audio/studio.ts';
import { Script, type Start } from '../twiml/script.ts';
import { finish, StatusCallbacks, type Callbacks, type CallbackWish } from '../twiml/status-callbacks.ts';
import type { HttpMethod } from '../twiml/webhook/webhooks.ts';
import type { CallBook, LiveCall } from './book.ts';

/** A call that the API wants placed. */
export interface CallWish {
  readonly to: string;
  readonly from: string;
  readonly party: Party;
  /** What the called side sees. */
  readonly callerId: string;
  readonly start: Start;
  readonly fallback: { readonly url: string; readonly method: HttpMethod } | null;
  readonly callback: CallbackWish | null;
  /** Seconds to ring. */
  readonly timeout: number;
  /** Seconds that it may last once it is answered; null: as long as it likes. */
  readonly timeLimit: number | null;
  /** Keys to send when it is answered. */
  readonly sendDigits: string | null;
}

export interface CallDeskOptions {
  readonly book: CallBook;
  readonly callbacks: Callbacks;
  readonly studio: Studio;
  readonly placer: CallPlacer;
}

/** Places the calls that the API asks for. */
export class CallDesk {
  readonly book: CallBook;
  readonly #options: CallDeskOptions;

  constructor(options: CallDeskOptions) {
    this.book = options.book;
    this.#options = options;
  }

  /** Places a call; what becomes of it is in the book. */
  place(wish: CallWish): LiveCall {
    const { callbacks, placer } = this.#options;
    const live = this.book.open({ from: wish.from, to: wish.to, direction: 'outbound-api', parent_call_sid: null });
    // Told before the call can be: placing it may fail at once.
    const notes: string[] = [];
    let note = (text: string): void => void notes.push(text);
    const told = new StatusCallbacks(wish.callback, callbacks, live, (text) => note(text));
    const call = placer.place({
      account: `${DIALECT}:${callbacks.accountSid}`,
      from: wish.callerId,
      to: wish.party,
      timeout: wish.timeout * 1000,
      headers: [['X-Twilio-CallSid', live.sid]],
      onProgress: (state) => {
        if (state === 'initiated') told.tell('initiated');
        if (state !== 'ringing') return;
        live.becomes('ringing');
        told.tell('ringing');
      },
      onAnswer: async (answered) => {
        live.becomes('in-progress');
        told.tell('answered');
        await this.#talk(answered, live, wish);
      },
    });
    note = (text) => call.note(text);
    for (const text of notes) note(text);
    live.control ??= { redirect: null, hangUp: () => call.hangUp() };
    void call.ended.then((outcome) => finish(live, told, outcome));
    return live;
  }

  async #talk(call: ControlledCall, live: LiveCall, wish: CallWish): Promise<void> {
    const { book, callbacks, studio } = this.#options;
    const rule = { resource: `Call ${live.sid}`, field: 'Url' };
    const script = new Script({ call, live, book, callbacks, studio, fallback: wish.fallback, extra: [], rule });
    live.control = {
      redirect: (to) => script.redirect('twiml' in to ? to : { ...to, parameters: [] }),
      hangUp: () => call.hangUp(),
    };
    const limit = wish.timeLimit === null ? null : callbacks.clock.after(wish.timeLimit * 1000, () => call.hangUp());
    try {
      if (wish.sendDigits !== null) {
        await call.play(silence(500));
        await call.play(tonesOf(wish.sendDigits));
      }
      await script.run(wish.start);
    } finally {
      limit?.cancel();
    }
  }
}
