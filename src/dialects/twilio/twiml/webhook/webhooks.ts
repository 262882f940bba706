import type { Clock } from '../../../../kit/clock.ts';
import { uuid } from '../../../../kit/ids.ts';
import { TwimlFault, type FaultCode } from '../faults.ts';
import { ForbiddenAddress, guardedLookup, judgeHost, systemResolve, type Resolve } from './addresses.ts';
import { exchange, HttpFault, type Reply } from './exchange.ts';
import { readOverrides, type Patience } from './overrides.ts';
import { signatureOf, type Parameters } from './signature.ts';

/** Redirects that are followed for one request. */
const MOST_REDIRECTS = 10;

/** Requests in flight, of all calls together. */
const MOST_REQUESTS = 2000;

const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';
const NO_PARAMETERS: Parameters = [];

export type HttpMethod = 'GET' | 'POST';

/** A request to a customer's web server. */
export interface WebhookWish {
  /** Absolute; its fragment may hold the vendor's connection overrides. */
  readonly url: string;
  readonly method: HttpMethod;
  readonly parameters: Parameters;
  /** The auth token of the account, which signs. */
  readonly authToken: string;
  /** Bytes of the body that are taken; null: the body is not read. */
  readonly most: number | null;
  /** The code of a body that is larger. */
  readonly tooLarge?: FaultCode;
  readonly signal: AbortSignal;
}

export interface WebhookReply {
  /** Where the answer came from, after redirects, without the fragment. */
  readonly url: string;
  /** Lower case, without parameters; empty when there is none. */
  readonly contentType: string;
  readonly charset: string | null;
  readonly body: Buffer;
}

export interface WebhookOptions {
  readonly clock: Clock;
  /** Whether web servers on loopback and private networks may be asked. */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
}

/** Asks the customers' web servers: signed, in bounded time and size, and nowhere that they have no business. */
export class Webhooks {
  readonly #options: WebhookOptions;
  readonly #lookup: ReturnType<typeof guardedLookup>;
  #inFlight = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#lookup = guardedLookup(options.allowPrivate, options.resolve ?? systemResolve);
  }

  /** The answer with a 2xx status. Rejects with TwimlFault, or with the signal's reason. */
  async ask(wish: WebhookWish): Promise<WebhookReply> {
    const url = readUrl(wish.url);
    if (this.#inFlight >= MOST_REQUESTS) throw new TwimlFault(11200, 'too many webhooks wait for their answer');
    const patience = readOverrides(url.hash);
    const late = new AbortController();
    const deadline = this.#options.clock.after(patience.total, () =>
      late.abort(new HttpFault(11203, `${url.host} took more than ${patience.total} ms`, 'other')),
    );
    this.#inFlight += 1;
    try {
      return await this.#retry({ ...wish, signal: AbortSignal.any([wish.signal, late.signal]) }, url, patience);
    } finally {
      this.#inFlight -= 1;
      deadline.cancel();
    }
  }

  async #retry(wish: WebhookWish, url: URL, patience: Patience): Promise<WebhookReply> {
    const token = uuid();
    for (let left = patience.retries; ; left -= 1) {
      try {
        return await this.#follow(wish, url, patience, token);
      } catch (error) {
        const again = error instanceof HttpFault && (patience.policy.has('all') || patience.policy.has(error.kind));
        if (!again || left === 0 || wish.signal.aborted) throw error;
      }
    }
  }

  async #follow(wish: WebhookWish, start: URL, patience: Patience, token: string): Promise<WebhookReply> {
    let { method, parameters } = wish;
    let url = start;
    for (let redirects = 0; ; redirects += 1) {
      const { target, reply } = await this.#once(wish, { url, method, parameters, patience, token });
      const { status, headers } = reply;
      const redirected = [301, 302, 303, 307, 308].includes(status);
      if (!redirected) return readReply(target, reply);
      if (redirects === MOST_REDIRECTS) throw new TwimlFault(11215, `${url.host} redirects without end`);
      const next = headers.location === undefined ? null : URL.parse(headers.location, url);
      if (!next || !/^https?:$/.test(next.protocol))
        throw new TwimlFault(11216, `${url.host} redirects to what is no web address`);
      if (status !== 307 && status !== 308) {
        // As browsers do, and as the vendor documents: the form is not sent on.
        method = 'GET';
        parameters = NO_PARAMETERS;
      } else if (method === 'GET') parameters = NO_PARAMETERS;
      url = next;
    }
  }

  async #once(
    wish: WebhookWish,
    hop: { url: URL; method: HttpMethod; parameters: Parameters; patience: Patience; token: string },
  ): Promise<{ target: URL; reply: Reply }> {
    const { method, parameters, patience } = hop;
    const target = new URL(hop.url);
    const { username, password } = target;
    target.hash = target.username = target.password = '';
    if (method === 'GET') for (const [name, value] of parameters) target.searchParams.append(name, value);
    const body = method === 'POST' ? new URLSearchParams(parameters.map(([...pair]) => pair)).toString() : '';
    try {
      judgeHost(target.hostname, this.#options.allowPrivate);
    } catch (error) {
      if (!(error instanceof ForbiddenAddress)) throw error;
      throw new HttpFault(11205, `${target.host} is at an address that webhooks may not ask`, 'other');
    }
    const reply = await exchange({
      url: target,
      method,
      headers: {
        'User-Agent': 'TwilioProxy/1.1 (Tollgate)',
        Accept: '*/*',
        'I-Twilio-Idempotency-Token': hop.token,
        'X-Twilio-Signature': signatureOf(wish.authToken, target.href, method === 'POST' ? parameters : NO_PARAMETERS),
        ...(method === 'POST' && { 'Content-Type': FORM, 'Content-Length': String(Buffer.byteLength(body)) }),
        ...(username !== '' && { Authorization: basic(username, password) }),
      },
      body,
      most: wish.most,
      tooLarge: wish.tooLarge ?? 11750,
      connect: patience.connect,
      read: patience.read,
      lookup: this.#lookup,
      clock: this.#options.clock,
      signal: wish.signal,
    });
    return { target, reply };
  }
}

/** A URL that can be asked. Throws TwimlFault 11100. */
function readUrl(text: string): URL {
  const url = URL.parse(text);
  // Never the URL itself: it may carry a password.
  if (!url || !/^https?:$/.test(url.protocol)) throw new TwimlFault(11100, 'it must begin with http:// or https://');
  return url;
}

function readReply(target: URL, { status, headers, body }: Reply): WebhookReply {
  if (status < 200 || status > 299)
    throw new HttpFault(11200, `${target.host} answered ${status}`, kindOfStatus(status));
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw new HttpFault(11206, `${target.host} compressed its answer, unasked`, 'other');
  const [type = '', ...rest] = (headers['content-type'] ?? '').split(';');
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(rest.join(';'))?.[1] ?? null;
  return { url: target.href, contentType: type.trim().toLowerCase(), charset, body };
}

function kindOfStatus(status: number): HttpFault['kind'] {
  if (status >= 500) return '5xx';
  return status >= 400 ? '4xx' : 'other';
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString('base64')}`;
}

/** As it stands where its escapes cannot be read: a script may write any URL. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
