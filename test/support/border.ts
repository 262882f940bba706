import { request as ask } from 'node:https';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest } from './edge.ts';
import type { TestGate } from './gate.ts';
import { configElement, replyOf, subElement, valueOf, type SbcReply } from './sbc.ts';
import type { SipPeer } from './sip-peer.ts';

type Values = Parameters<typeof configElement>[1];

/** A client of the REST API of a real gate, who holds the configuration lock. */
export class SbcClient {
  readonly #gate: TestGate;
  #token = '';

  constructor(gate: TestGate) {
    this.#gate = gate;
  }

  /** Logs in and takes the lock. */
  static async open(gate: TestGate): Promise<SbcClient> {
    const client = new SbcClient(gate);
    const { TOLLGATE_SBC_USERNAME: user, TOLLGATE_SBC_PASSWORD: password } = gate.credentials;
    const { text } = await client.send('POST', '/auth/token', '', `Basic ${btoa(`${user}:${password}`)}`);
    client.#token = valueOf(text, 'accessToken');
    await client.expect(204, 'POST', '/configuration/lock');
    return client;
  }

  send(method: string, path: string, body = '', authorization = `Bearer ${this.#token}`): Promise<SbcReply> {
    return new Promise((resolve, reject) => {
      const headers = { authorization, ...(body !== '' && { 'content-type': 'application/xml' }) };
      const url = `${this.#gate.https}/rest/v1.2${path}`;
      const sent = ask(url, { method, headers, rejectUnauthorized: false, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Throws for another status. */
  async expect(status: number, method: string, path: string, body = ''): Promise<SbcReply> {
    const reply = await this.send(method, path, body);
    if (reply.status !== status) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply;
  }

  add(type: string, values: Values, subElements = ''): Promise<SbcReply> {
    return this.expect(200, 'POST', '/configuration/configElements', configElement(type, values, subElements));
  }

  change(type: string, values: Values, subElements = ''): Promise<SbcReply> {
    return this.expect(200, 'PUT', '/configuration/configElements', configElement(type, values, subElements));
  }

  remove(query: string): Promise<SbcReply> {
    return this.expect(204, 'DELETE', `/configuration/configElements?${query}`);
  }

  save(): Promise<SbcReply> {
    return this.expect(202, 'PUT', '/configuration/management?action=save');
  }

  /** Activates what was saved; resolves to what went wrong, or to undefined. */
  async activate(): Promise<string | undefined> {
    await this.expect(202, 'POST', '/configuration/management?action=activate');
    const { text, message } = await this.expect(200, 'GET', '/admin/asyncstatus');
    return valueOf(text, 'status') === 'success' ? undefined : (message ?? text);
  }

  /** Saves and activates; throws when that fails. */
  async apply(): Promise<void> {
    await this.save();
    const fault = await this.activate();
    if (fault !== undefined) throw new Error(`activate: ${fault}`);
  }

  /** A realm with one interface and one port. */
  async addRealm(name: string, port: number, values: Values = {}, portValues: Values = {}): Promise<void> {
    await this.add('realm-config', { identifier: name, ...values });
    await this.add('sip-interface', { 'realm-id': name }, sipPort(port, portValues));
  }

  /** A session agent at a peer. */
  addAgent(peer: Pick<SipPeer, 'address' | 'port'>, values: Values = {}): Promise<SbcReply> {
    return this.add('session-agent', { hostname: peer.address, port: String(peer.port), ...values });
  }

  /** A policy that sends all calls of a realm to one next hop. */
  addPolicy(realm: string, nextHop: string, values: Values = {}): Promise<SbcReply> {
    return this.add(
      'local-policy',
      { 'from-address': '*', 'to-address': '*', 'source-realm': realm },
      subElement('policy-attribute', { 'next-hop': nextHop, ...values }),
    );
  }
}

/** A sip-port on 127.0.0.1. */
export function sipPort(port: number, values: Values = {}): string {
  return subElement('sip-port', { address: '127.0.0.1', port: String(port), ...values });
}

/** Sends the INVITE of a call by a listener of the border; `user` is whom it calls. */
export function invite(peer: SipPeer, port: number, user = '5551234'): SipRequest {
  const request = makeRequest('INVITE', `sip:${user}@127.0.0.1:${port}`, peer);
  peer.send(request, { address: '127.0.0.1', port });
  return request;
}

/** The final answer to a request. */
export function finalOf(peer: SipPeer, { callId, cseq }: SipRequest): Promise<SipResponse> {
  return peer.next<SipResponse>(
    (message) =>
      message instanceof SipResponse &&
      message.status >= 200 &&
      message.callId === callId &&
      message.cseq?.method === cseq?.method,
  );
}

/** Places a call by a listener of the border; resolves to its final answer. An answered call is hung up unless `hold`. */
export async function callBy(peer: SipPeer, port: number, hold = false): Promise<SipResponse> {
  const request = invite(peer, port);
  const answer = await finalOf(peer, request);
  if (answer.status < 300) {
    peer.send(inDialog('ACK', request, answer, 1), { address: '127.0.0.1', port });
    if (!hold) await hangUp(peer, port, { request, answer });
  }
  return answer;
}

/** Ends an answered call. */
export async function hangUp(
  peer: SipPeer,
  port: number,
  { request, answer }: { request: SipRequest; answer: SipResponse },
): Promise<void> {
  const bye = inDialog('BYE', request, answer, 2);
  peer.send(bye, { address: '127.0.0.1', port });
  await finalOf(peer, bye);
}

/** Has a peer answer all that comes with a status. */
export function answerAll(peer: SipPeer, status = 200): void {
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.respond(request, request.method === 'INVITE' ? status : 200);
  };
}
