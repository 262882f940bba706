import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CallBook, type LiveCall } from '../../src/dialects/twilio/calls/book.ts';
import { Studio } from '../../src/dialects/twilio/twiml/audio/studio.ts';
import { Script, type ScriptOptions, type Start } from '../../src/dialects/twilio/twiml/script.ts';
import { finish, StatusCallbacks } from '../../src/dialects/twilio/twiml/status-callbacks.ts';
import { Webhooks } from '../../src/dialects/twilio/twiml/webhook/webhooks.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { FakeCall, type FakeCallOptions } from './fake-call.ts';
import { ACCOUNT } from './twilio.ts';
import { WebhookServer, type Page } from './webhook-server.ts';

export interface TestScript {
  readonly call: FakeCall;
  readonly live: LiveCall;
  readonly book: CallBook;
  readonly clock: ManualClock;
  readonly server: WebhookServer;
  readonly script: Script;
  /** Runs from a path of the web server, or from a document; the call has ended when it resolves. */
  readonly run: (start?: string) => Promise<void>;
  /** What was done to the call, shortly: `answer`, `play 8000`, `reject 486`, `hangUp`; notes are left out. */
  readonly deeds: () => string[];
}

/** A script on a call without a telephone, with a real web server. `pages['/']` is where it begins. */
export async function openScript(
  t: TestContext,
  pages: Record<string, Page>,
  { call: wish = {}, ...options }: { call?: Partial<FakeCallOptions> } & Partial<Omit<ScriptOptions, 'call'>> = {},
): Promise<TestScript> {
  const folder = mkdtempSync(join(tmpdir(), 'twiml-'));
  const clock = new ManualClock();
  const book = new CallBook(join(folder, 'calls.db'), clock);
  const server = await WebhookServer.open(pages, ACCOUNT.authToken);
  t.after(async () => {
    await server[Symbol.asyncDispose]();
    book.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = new FakeCall({ from: 'sip:alice@acme.sip.twilio.com', ...wish });
  const live = book.open({ from: call.from, to: call.to, direction: 'inbound', parent_call_sid: null });
  const callbacks = {
    webhooks: new Webhooks({ clock, allowPrivate: true }),
    clock,
    accountSid: ACCOUNT.sid,
    authToken: ACCOUNT.authToken,
  };
  const told = new StatusCallbacks(null, callbacks, live, (text) => call.note(text));
  void call.ended.then((outcome) => finish(live, told, outcome));
  const script = new Script({
    call,
    live,
    book,
    callbacks,
    studio: new Studio(clock),
    fallback: null,
    extra: [],
    rule: { resource: 'SipDomain SD', field: 'VoiceUrl' },
    ...options,
  });
  const begin = (start: string): Start =>
    start.startsWith('<') ? { twiml: start } : { url: server.url + start, method: 'POST', parameters: [] };
  return {
    call,
    live,
    book,
    clock,
    server,
    script,
    run: (start = '/') => script.run(begin(start)),
    deeds: () =>
      call.deeds.flatMap((deed) => {
        if (deed.kind === 'note') return [];
        if (deed.kind === 'play') return [`play ${deed.samples}`];
        if (deed.kind === 'reject') return [`reject ${deed.status}`];
        return [deed.kind];
      }),
  };
}
