import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { TestGate } from './gate.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SCOPE = 'us-east-1/chime/aws4_request';

export interface SendOptions {
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `false` leaves the signature out. */
  readonly sign?: boolean;
  /** Changes the Authorization that goes out. */
  readonly tamper?: (authorization: string) => string;
  /** When it is signed, milliseconds; now when absent. */
  readonly at?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * Talks to a gate's HTTP listener as the vendor's clients do, and as they never would. Signs by Signature Version 4
 * with code of its own, as a second opinion on the gate's.
 */
export class SignedHttp {
  readonly url: URL;
  readonly #key: { readonly id: string; readonly secret: string };
  readonly #ca: Buffer | undefined;

  constructor(gate: TestGate, secure: boolean) {
    this.url = new URL(secure ? gate.https : gate.http);
    this.#key = {
      id: gate.credentials['TOLLGATE_AWS_ACCESS_KEY_ID'] ?? '',
      secret: gate.credentials['TOLLGATE_AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    this.#ca = secure ? readFileSync(join(gate.data, 'tls', 'ca.pem')) : undefined;
  }

  /** Sends `METHOD /path?query`. Rejects when the connection ends without an answer. */
  send(
    line: string,
    { body = '', headers = {}, sign = true, tamper, at = Date.now() }: SendOptions = {},
  ): Promise<Reply> {
    const [method = '', path = ''] = line.split(' ');
    const time = timestamp(at);
    const signed = { host: this.url.host, 'x-amz-date': time };
    const names = Object.keys(signed).join(';');
    const signature = this.#sign(method, path, body, time, signed);
    const authorization = `${ALGORITHM} Credential=${this.#key.id}/${time.slice(0, 8)}/${SCOPE}, SignedHeaders=${names}, Signature=${signature}`;
    const own = sign ? { ...signed, authorization: tamper?.(authorization) ?? authorization } : {};
    const request = this.#ca ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      request(
        this.url,
        { method, path, headers: { 'content-length': Buffer.byteLength(body), ...own, ...headers }, ca: this.#ca },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        },
      )
        .on('error', reject)
        .end(body);
    });
  }

  /** The target of a presigned GET that is valid for `expires` seconds from `at`, milliseconds. */
  presign(path: string, expires: number, at = Date.now()): string {
    const time = timestamp(at);
    const query = [
      `X-Amz-Algorithm=${ALGORITHM}`,
      `X-Amz-Credential=${encodeURIComponent(`${this.#key.id}/${time.slice(0, 8)}/${SCOPE}`)}`,
      `X-Amz-Date=${time}`,
      `X-Amz-Expires=${expires}`,
      'X-Amz-SignedHeaders=host',
    ].join('&');
    const target = `${path}?${query}`;
    return `${target}&X-Amz-Signature=${this.#sign('GET', target, '', time, { host: this.url.host })}`;
  }

  /** Headers by name, in order of their names. */
  #sign(
    method: string,
    target: string,
    body: Buffer | string,
    time: string,
    headers: Readonly<Record<string, string>>,
  ): string {
    const [path = '', query = ''] = target.split('?');
    const canonical = [
      method,
      // Escaped once more than on the wire: the documents' rule for every service but the storage one.
      path.split('/').map(encodeURIComponent).join('/'),
      query.split('&').sort().join('&'),
      ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
      '',
      Object.keys(headers).join(';'),
      sha256(body),
    ].join('\n');
    const scope = `${time.slice(0, 8)}/${SCOPE}`;
    const parts = scope.split('/');
    const key = parts.reduce<string | Buffer>((chained, part) => hmac(chained, part), `AWS4${this.#key.secret}`);
    return hmac(key, [ALGORITHM, time, scope, sha256(canonical)].join('\n')).toString('hex');
  }
}

function timestamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
