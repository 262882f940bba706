import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify from 'fastify';
import twilio from 'twilio';
import { CallBook } from '../../src/dialects/twilio/calls/book.ts';
import { CallDesk } from '../../src/dialects/twilio/calls/desk.ts';
import { twilioPlugin, type TwilioOptions } from '../../src/dialects/twilio/plugin.ts';
import { Studio } from '../../src/dialects/twilio/twiml/audio/studio.ts';
import { Webhooks } from '../../src/dialects/twilio/twiml/webhook/webhooks.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { uuid } from '../../src/kit/ids.ts';
import { createSealer, type Sealer } from '../../src/kit/seal.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { NUMBER_HOLDERS } from '../../src/wiring/number-holders.ts';
import { FakePlacer } from './fake-placer.ts';

export const ACCOUNT = { sid: 'AC0123456789abcdef0123456789abcdef', authToken: 'fedcba9876543210fedcba9876543210' };

export interface TwilioServer {
  readonly url: string;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly sealer: Sealer;
  /** Where calls that the API places end up. */
  readonly placer: FakePlacer;
  /** The vendor's own client, pointed here. */
  readonly client: twilio.Twilio;
  /** Sends a request by hand, as the account; the body is a form. */
  readonly send: (
    line: string,
    form?: Record<string, string> | string,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; an empty object when there is none. */
  readonly json: Record<string, unknown>;
}

/** The vendor's HTTP client, unmodified but for the host that it asks: the way the vendor documents for proxies. */
export class PointedClient extends twilio.RequestClient {
  readonly #base: string;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  override request<Data>(
    options: Parameters<twilio.RequestClient['request']>[0],
  ): ReturnType<typeof twilio.RequestClient.prototype.request<Data>> {
    return super.request<Data>({
      ...options,
      uri: options.uri.replace(/^https:\/\/\w+\.twilio\.com/, this.#base),
    } as never);
  }
}

/** The vendor's client for this server. */
export function clientOf(
  base: string,
  user = ACCOUNT.sid,
  password = ACCOUNT.authToken,
  accountSid = ACCOUNT.sid,
): twilio.Twilio {
  return twilio(user, password, { accountSid, httpClient: new PointedClient(base) });
}

/** A listening server with its own ledger on a temporary file; everything ends with the test. */
export async function startTwilio(t: TestContext, options: Partial<TwilioOptions> = {}): Promise<TwilioServer> {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-'));
  const clock = new ManualClock();
  const ledger = options.ledger ?? openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  const sealer = createSealer(Buffer.alloc(32, 7));
  const placer = new FakePlacer();
  const book = new CallBook(join(folder, 'calls.db'), clock);
  const callbacks = {
    webhooks: new Webhooks({ clock, allowPrivate: true }),
    clock,
    accountSid: ACCOUNT.sid,
    authToken: ACCOUNT.authToken,
  };
  const calls = options.calls ?? new CallDesk({ book, callbacks, studio: new Studio(clock), placer });
  const app = Fastify({ genReqId: uuid });
  await app.register(
    twilioPlugin({ clock, sealer, numberHolders: NUMBER_HOLDERS, account: ACCOUNT, ...options, ledger, calls }),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await app.close();
    await ledger.close();
    book.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { url, ledger, clock, sealer, placer, client: clientOf(url), send: (...request) => send(url, ...request) };
}

async function send(
  base: string,
  line: string,
  form?: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const [method = '', target = ''] = line.split(' ');
  const response = await fetch(base + target.replace('{AccountSid}', ACCOUNT.sid), {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${ACCOUNT.sid}:${ACCOUNT.authToken}`).toString('base64')}`,
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    body: form === undefined || typeof form === 'string' ? (form ?? null) : new URLSearchParams(form).toString(),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? {} : (JSON.parse(text) as Reply['json']),
  };
}

/** What a refusal by the vendor's client must look like: its code, and the HTTP status. */
export function refused(code: number, status: number, message = /./): (error: unknown) => true {
  return (error) => {
    const actual = error as { code?: number; status?: number; message: string };
    assert.deepEqual({ code: actual.code, status: actual.status }, { code, status }, actual.message);
    assert.match(actual.message, message);
    return true;
  };
}
