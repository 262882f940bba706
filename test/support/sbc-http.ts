import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { TestGate } from './gate.ts';
import { replyOf, valueOf, type SbcReply, type Send } from './sbc.ts';

/** Talks to the SBC's API of a real gate, over TLS, as the administrator. */
export class SbcHttp {
  readonly #gate: Pick<TestGate, 'https' | 'data' | 'credentials'>;
  readonly #agent: Agent;
  token = '';

  constructor(gate: Pick<TestGate, 'https' | 'data' | 'credentials'>) {
    this.#gate = gate;
    const ca = readFileSync(join(gate.data, 'tls', 'ca.pem'));
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 4 });
  }

  /** A client with a token that holds the lock. */
  static async locked(gate: TestGate): Promise<SbcHttp> {
    const client = new SbcHttp(gate);
    client.token = await client.login();
    const { status, text } = await client.send('POST /configuration/lock');
    if (status !== 204) throw new Error(text);
    return client;
  }

  /** A new token, of the administrator or of the user who may only read. */
  async login(kind: 'SBC' | 'SBC_READONLY' = 'SBC'): Promise<string> {
    const { credentials } = this.#gate;
    const [name, password] = [credentials[`TOLLGATE_${kind}_USERNAME`], credentials[`TOLLGATE_${kind}_PASSWORD`]];
    const { text } = await this.#ask('POST /auth/token', { authorization: `Basic ${btoa(`${name}:${password}`)}` });
    return valueOf(text, 'accessToken');
  }

  /** Sends `METHOD /path` below `/rest/v1.2`. Rejects when the connection ends without an answer. */
  readonly send: Send = (line, { token = this.token, body, headers } = {}) =>
    this.#ask(line, { authorization: `Bearer ${token}`, ...headers }, body);

  #ask(line: string, headers: Record<string, string>, body: string | Buffer = ''): Promise<SbcReply> {
    const [method = '', path = ''] = line.split(/ (.*)/s, 2);
    const url = `${this.#gate.https}/rest/v1.2${path}`;
    return new Promise((resolve, reject) => {
      request(
        url,
        { method, headers: { 'content-length': Buffer.byteLength(body), ...headers }, agent: this.#agent },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve(replyOf(response.statusCode ?? 0, response.headers, text)));
        },
      )
        .on('error', reject)
        .end(body);
    });
  }
}
