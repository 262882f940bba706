import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Clock, Timer } from '../../../../kit/clock.ts';
import { TwimlFault, type FaultCode } from '../faults.ts';
import { ForbiddenAddress } from './addresses.ts';

/** Bytes of headers that an answer may have. */
const MOST_HEADER_BYTES = 16 * 1024;

/** What went wrong, as the retry policy tells it apart. */
export type FailureKind = 'ct' | 'rt' | '4xx' | '5xx' | 'other';

/** A request that got no usable answer. */
export class HttpFault extends TwimlFault {
  readonly kind: FailureKind;

  constructor(code: FaultCode, detail: string, kind: FailureKind) {
    super(code, detail);
    this.kind = kind;
  }
}

export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bytes of the answer's body that are taken; what has more is a fault. Null: only the head is read. */
  readonly most: number | null;
  /** The code of a body that is too large. */
  readonly tooLarge: FaultCode;
  /** Milliseconds. */
  readonly connect: number;
  readonly read: number;
  readonly lookup: LookupFunction;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** One request on a connection of its own. Rejects with HttpFault, or with the signal's reason. */
export function exchange(wish: Exchange): Promise<Reply> {
  const { url, clock, signal } = wish;
  return new Promise((resolve, reject) => {
    const secure = url.protocol === 'https:';
    const request = (secure ? requestHttps : requestHttp)(url, {
      method: wish.method,
      headers: wish.headers,
      agent: false,
      lookup: wish.lookup,
      maxHeaderSize: MOST_HEADER_BYTES,
    });
    let timer: Timer | null = null;
    const wait = (ms: number, code: FaultCode, kind: FailureKind, what: string): void => {
      timer?.cancel();
      timer = clock.after(ms, () => fail(new HttpFault(code, `${url.host} ${what} within ${ms} ms`, kind)));
    };
    const quiet = (): void => wait(wish.read, 11200, 'rt', 'was silent');
    const onAbort = (): void => fail(signal.reason as Error);
    const settle = (act: () => void): void => {
      timer?.cancel();
      signal.removeEventListener('abort', onAbort);
      act();
      // Its connection serves nothing else.
      request.destroy();
    };
    const fail = (error: Error): void => settle(() => reject(error));

    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    wait(wish.connect, 11201, 'ct', 'did not connect');
    request.on('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', quiet));
    request.on('error', (error) => fail(faultOf(error, url)));
    request.on('response', (response) => {
      quiet();
      const { statusCode: status = 0, headers } = response;
      if (wish.most === null) return settle(() => resolve({ status, headers, body: Buffer.alloc(0) }));
      const parts: Buffer[] = [];
      let size = 0;
      const most = wish.most;
      response.on('data', (part: Buffer) => {
        quiet();
        size += part.length;
        if (size > most) fail(new HttpFault(wish.tooLarge, `${url.host} sent more than ${most} bytes`, 'other'));
        else parts.push(part);
      });
      response.on('end', () => settle(() => resolve({ status, headers, body: Buffer.concat(parts) })));
      response.on('error', (error) => fail(faultOf(error, url)));
      response.on('aborted', () => fail(new HttpFault(11205, `${url.host} closed before the end`, 'other')));
    });
    request.end(wish.body === '' ? undefined : wish.body);
  });
}

const CODES: Readonly<Record<string, { code: FaultCode; kind: FailureKind }>> = {
  ECONNREFUSED: { code: 11202, kind: 'ct' },
  ETIMEDOUT: { code: 11201, kind: 'ct' },
  EHOSTUNREACH: { code: 11205, kind: 'ct' },
  ENETUNREACH: { code: 11205, kind: 'ct' },
  ENOTFOUND: { code: 11210, kind: 'ct' },
  EAI_AGAIN: { code: 11210, kind: 'ct' },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: 11235, kind: 'other' },
  CERT_HAS_EXPIRED: { code: 11236, kind: 'other' },
  UNABLE_TO_GET_ISSUER_CERT: { code: 11237, kind: 'other' },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: 11237, kind: 'other' },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: 11237, kind: 'other' },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 11237, kind: 'other' },
  SELF_SIGNED_CERT_IN_CHAIN: { code: 11237, kind: 'other' },
};

function faultOf(error: Error, { host }: URL): TwimlFault {
  if (error instanceof TwimlFault) return error;
  if (error instanceof ForbiddenAddress)
    return new HttpFault(11205, `${host} is at an address that webhooks may not ask`, 'other');
  const name = 'code' in error ? String(error.code) : '';
  const known = CODES[name];
  if (known) return new HttpFault(known.code, `${host}: ${name}`, known.kind);
  if (name.startsWith('HPE_')) return new HttpFault(11206, `${host}: ${name}`, 'other');
  if (name.startsWith('ERR_SSL') || name === 'EPROTO') return new HttpFault(11220, `${host}: ${name}`, 'other');
  // Never the message: it may quote the URL with what it carries.
  return new HttpFault(11205, `${host}: ${name === '' ? 'the connection failed' : name}`, 'other');
}
