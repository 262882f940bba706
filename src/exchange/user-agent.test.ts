import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../kit/clock.ts';
import { challengeHeaders, NonceIssuer, parseDigest, verifyResponse, computeHa1 } from '../sip/digest.ts';
import type { DigestAlgorithm } from '../sip/digest.ts';
import { Headers } from '../sip/message/headers.ts';
import { createResponse, SipRequest, SipResponse } from '../sip/message/message.ts';
import type { SipMessage } from '../sip/message/message.ts';
import { parseDatagram } from '../sip/message/parse.ts';
import { createExchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { placeCall } from './place-call.ts';
import type { CallReport, CallRequest, PlacedCall } from './place-call.ts';
import { createOffer, parseSdp } from './sdp.ts';
import { UserAgent } from './user-agent.ts';

/** A peer that says what the test tells it to, and keeps every message until the test asks for it. */
class ScriptedPeer {
  readonly #socket: Socket;
  readonly #inbox: SipMessage[] = [];
  #arrived = Promise.withResolvers<void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => {
      const { message } = parseDatagram(bytes);
      if (message) this.#inbox.push(message);
      this.#arrived.resolve();
    });
  }

  static async open(): Promise<ScriptedPeer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new ScriptedPeer(socket);
  }

  get endpoint(): { address: string; port: number } {
    return this.#socket.address();
  }

  get contact(): string {
    return `<sip:peer@127.0.0.1:${this.endpoint.port}>`;
  }

  close(): void {
    this.#socket.close();
  }

  send(message: SipMessage, port: number): void {
    this.#socket.send(message.toBuffer(), port, '127.0.0.1');
  }

  /** The next request of that method; others that come before it are dropped, repeats among them. */
  async request(method: string): Promise<SipRequest> {
    return this.#next((message) => message instanceof SipRequest && message.method === method) as Promise<SipRequest>;
  }

  /** The next response with that status to that method. */
  async response(status: number, method: string): Promise<SipResponse> {
    return this.#next(
      (message) => message instanceof SipResponse && message.status === status && message.cseq?.method === method,
    ) as Promise<SipResponse>;
  }

  answer(request: SipRequest, status: number, headers: Record<string, string> = {}, body = ''): SipResponse {
    const response = createResponse(request, status, undefined, 'peer');
    for (const [name, value] of Object.entries(headers)) response.headers.append(name, value);
    response.body = Buffer.from(body);
    this.send(response, request.via?.port ?? 0);
    return response;
  }

  /** A request from this peer, with all that every request needs. */
  make(
    method: string,
    uri: string,
    options: { sequence?: number; to?: string; body?: string; callId?: string } = {},
  ): SipRequest {
    const { sequence = 1, to = `<${uri}>`, body, callId = 'scripted' } = options;
    const headers = new Headers();
    const { port } = this.endpoint;
    headers.append('Via', `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${method}${sequence};rport`);
    headers.append('Max-Forwards', '70');
    headers.append('From', '<sip:+12065550123@peer.example>;tag=peer');
    headers.append('To', to);
    headers.append('Call-ID', callId);
    headers.append('CSeq', `${sequence} ${method}`);
    headers.append('Contact', this.contact);
    if (body !== undefined) headers.append('Content-Type', 'application/sdp');
    return new SipRequest(method, uri, headers, Buffer.from(body ?? ''));
  }

  async #next(wanted: (message: SipMessage) => boolean): Promise<SipMessage> {
    for (;;) {
      const message = this.#inbox.shift();
      if (message && wanted(message)) return message;
      if (message) continue;
      this.#arrived = Promise.withResolvers<void>();
      await this.#arrived.promise;
    }
  }
}

const SDP = createOffer({ address: '127.0.0.1', port: 9, sessionId: 1, version: 1 });
const SDP_HEADERS = { 'Content-Type': 'application/sdp' };

let peer: ScriptedPeer;
beforeEach(async () => {
  peer = await ScriptedPeer.open();
});
afterEach(async () => {
  // Datagrams leave in the next turn of the event loop.
  await nextTurn();
  peer.close();
});

describe('the caller', () => {
  let agent: UserAgent;
  before(async () => {
    agent = await UserAgent.open({ address: '127.0.0.1', port: 0, clock: systemClock, timers: { t1: 500 } });
  });
  after(() => agent.close());

  function call(algorithm?: DigestAlgorithm, hold = 0, onEntry?: CallRequest['onEntry']): PlacedCall {
    return placeCall(agent, {
      uri: 'sip:+12065550100@trunk.example',
      from: 'sip:+12065550199@trunk.example',
      flow: agent.flowToPeer({ transport: 'udp', ...peer.endpoint }),
      credentials: { username: 'jdoe', password: 'open sesame', algorithm },
      hold,
      patience: 60_000,
      onEntry,
    });
  }

  const issuer = new NonceIssuer({ keys: () => [Buffer.alloc(32)], clock: systemClock });
  const challenges = (realm: string, stale = false): string[] =>
    challengeHeaders({ realm, algorithms: ['SHA-256', 'MD5'], issuer, stale });

  function challenge(invite: SipRequest, status: 401 | 407, stale = false): void {
    const response = createResponse(invite, status, undefined, 'peer');
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    for (const value of challenges('trunk.example', stale)) response.headers.append(name, value);
    peer.send(response, agent.endpoint.port);
  }

  function verify(request: SipRequest, header: string): { algorithm: string; nc: string | undefined } {
    const credentials = parseDigest(request.headers.get(header) ?? '');
    assert.ok(credentials, `no ${header}`);
    const { algorithm, nc } = credentials;
    const ha1 = computeHa1(algorithm as DigestAlgorithm, 'jdoe', 'trunk.example', 'open sesame');
    assert.ok(verifyResponse(credentials, ha1, request.method, request.body), `wrong ${header}`);
    return { algorithm, nc };
  }

  async function finish(placed: PlacedCall, invite: SipRequest): Promise<CallReport> {
    peer.answer(invite, 200, { Contact: peer.contact, ...SDP_HEADERS }, SDP);
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), 200);
    return placed.report;
  }

  for (const algorithm of [undefined, 'SHA-256', 'MD5'] as const)
    test(`answers a challenge with ${algorithm ?? 'the first algorithm it knows'}`, async () => {
      const placed = call(algorithm);
      const first = await peer.request('INVITE');
      assert.equal(first.headers.has('proxy-authorization'), false);
      challenge(first, 407);
      const second = await peer.request('INVITE');
      assert.equal(verify(second, 'proxy-authorization').algorithm, algorithm ?? 'SHA-256');
      assert.equal(second.cseq?.number, 2);
      assert.equal(second.callId, first.callId);
      assert.notEqual(second.via?.params.get('branch'), first.via?.params.get('branch'));
      const report = await finish(placed, second);
      assert.equal(report.status, 200);
      assert.ok(!JSON.stringify(report).includes('sesame'));
    });

  test('answers a proxy and then the server behind it, and carries both into ACK and BYE', async () => {
    const placed = call();
    challenge(await peer.request('INVITE'), 407);
    challenge(await peer.request('INVITE'), 401);
    const third = await peer.request('INVITE');
    assert.equal(verify(third, 'proxy-authorization').nc, '00000002');
    assert.equal(verify(third, 'authorization').nc, '00000001');
    peer.answer(third, 200, { Contact: peer.contact, ...SDP_HEADERS }, SDP);
    const ack = await peer.request('ACK');
    assert.equal(ack.headers.get('authorization'), third.headers.get('authorization'));
    const bye = await peer.request('BYE');
    assert.equal(verify(bye, 'authorization').nc, '00000002');
    peer.answer(bye, 200);
    assert.equal((await placed.report).status, 200);
  });

  test('tries again when only the nonce was stale, and gives up when the password is wrong', async () => {
    const placed = call();
    challenge(await peer.request('INVITE'), 407);
    challenge(await peer.request('INVITE'), 407, true);
    const third = await peer.request('INVITE');
    verify(third, 'proxy-authorization');
    challenge(third, 407);
    const report = await placed.report;
    assert.deepEqual([report.outcome, report.status], ['refused', 407]);
  });

  test('does not follow a redirection', async () => {
    const placed = call();
    peer.answer(await peer.request('INVITE'), 302, { Contact: '<sip:elsewhere.example>' });
    const report = await placed.report;
    assert.deepEqual([report.outcome, report.status], ['refused', 302]);
    assert.deepEqual(report.headers, [{ name: 'Contact', value: '<sip:elsewhere.example>' }]);
  });

  test('reports why it was refused, fit for a terminal', async () => {
    const placed = call();
    peer.answer(await peer.request('INVITE'), 403, {
      Reason: 'Q.850;cause=21;text="caf\u00c3\u00a9 \u001b[31m"',
      'X-Tollgate-Reason': 'caller-not-owned',
      Server: 'x',
    });
    const report = await placed.report;
    assert.deepEqual(report.headers, [
      { name: 'Reason', value: 'Q.850;cause=21;text="café \ufffd[31m"' },
      { name: 'X-Tollgate-Reason', value: 'caller-not-owned' },
    ]);
  });

  test('acknowledges and ends a 2xx that comes after its CANCEL', async () => {
    const rings = Promise.withResolvers<void>();
    const placed = call(undefined, 0, ({ text }) => text.startsWith('180') && rings.resolve());
    const invite = await peer.request('INVITE');
    peer.answer(invite, 180);
    await rings.promise;
    placed.end();
    peer.answer(await peer.request('CANCEL'), 200);
    peer.answer(invite, 200, { Contact: peer.contact, ...SDP_HEADERS }, SDP);
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), 200);
    assert.equal((await placed.report).outcome, 'cancelled');
  });

  test('repeats the ACK when the 2xx is repeated, and ends a second one of a fork', async () => {
    const placed = call(undefined, 60_000);
    const invite = await peer.request('INVITE');
    const ok = peer.answer(invite, 200, { Contact: peer.contact, ...SDP_HEADERS }, SDP);
    const first = await peer.request('ACK');
    peer.send(ok, agent.endpoint.port);
    const second = await peer.request('ACK');
    assert.deepEqual(second.toBuffer(), first.toBuffer());
    const fork = ok.clone();
    fork.headers.set('To', (ok.headers.get('to') ?? '').replace('tag=peer', 'tag=fork'));
    peer.send(fork, agent.endpoint.port);
    assert.equal((await peer.request('ACK')).to?.tag, 'fork');
    const bye = await peer.request('BYE');
    assert.equal(bye.to?.tag, 'fork');
    peer.answer(bye, 200);
    placed.end();
    peer.answer(await peer.request('BYE'), 200);
    assert.equal((await placed.report).outcome, 'answered');
  });

  test('sends ACK and BYE along the recorded route', async () => {
    const placed = call();
    const invite = await peer.request('INVITE');
    const routes = `<sip:far.example;lr>, <sip:127.0.0.1:${peer.endpoint.port};lr>`;
    peer.answer(invite, 200, { Contact: '<sip:callee@callee.example>', 'Record-Route': routes, ...SDP_HEADERS }, SDP);
    const ack = await peer.request('ACK');
    assert.equal(ack.uri, 'sip:callee@callee.example');
    assert.deepEqual(ack.headers.values('route'), routes.split(', ').reverse());
    const bye = await peer.request('BYE');
    assert.deepEqual(bye.headers.values('route'), routes.split(', ').reverse());
    peer.answer(bye, 200);
    await placed.report;
  });

  test('takes a BYE, and a re-INVITE before it', async () => {
    const placed = call(undefined, 60_000);
    const invite = await peer.request('INVITE');
    const ok = peer.answer(invite, 200, { Contact: peer.contact, ...SDP_HEADERS }, SDP);
    await peer.request('ACK');
    const within = { callId: invite.callId ?? '', to: ok.headers.get('from') ?? '' };
    const target = `sip:tollgate@127.0.0.1:${agent.endpoint.port}`;
    const hold = peer.make('INVITE', target, { ...within, sequence: 7, body: SDP.replace('sendrecv', 'inactive') });
    peer.send(hold, agent.endpoint.port);
    const held = await peer.response(200, 'INVITE');
    assert.equal(parseSdp(held.body.toString())?.[0]?.direction, 'inactive');
    peer.send(peer.make('ACK', target, { ...within, sequence: 7 }), agent.endpoint.port);
    peer.send(peer.make('BYE', target, { ...within, sequence: 6 }), agent.endpoint.port);
    await peer.response(500, 'BYE');
    peer.send(peer.make('BYE', target, { ...within, sequence: 8 }), agent.endpoint.port);
    await peer.response(200, 'BYE');
    assert.equal((await placed.report).endedBy, 'remote');
  });
});

describe('the callee', () => {
  let exchange: Exchange;
  before(async () => {
    exchange = await createExchange({ address: '127.0.0.1', port: 0, clock: systemClock, timers: { t1: 20 } });
  });
  after(() => exchange.stop());

  const uri = 'sip:+12065550100@pstn.example';
  const send = (...parameters: Parameters<ScriptedPeer['make']>): void =>
    peer.send(peer.make(...parameters), exchange.endpoint.port);
  const toOf = (response: SipResponse): string => response.headers.get('to') ?? '';

  test('offers when the INVITE does not, and takes the answer from the ACK', async () => {
    const media = createSocket('udp4').bind(0, '127.0.0.1');
    await once(media, 'listening');
    send('INVITE', uri);
    const ok = await peer.response(200, 'INVITE');
    const offer = parseSdp(ok.body.toString());
    assert.equal(offer?.[0]?.media, 'audio');
    assert.ok((offer?.[0]?.port ?? 0) > 0);
    const { port } = media.address();
    send('ACK', uri, { to: toOf(ok), body: createOffer({ address: '127.0.0.1', port, sessionId: 1, version: 1 }) });
    await once(media, 'message');
    send('BYE', uri, { to: toOf(ok), sequence: 2 });
    await peer.response(200, 'BYE');
    media.close();
    assert.equal(exchange.activeCalls, 0);
  });

  test('repeats its 200 until the ACK, and without one says BYE', async () => {
    send('INVITE', uri, { body: SDP });
    const first = await peer.response(200, 'INVITE');
    const second = await peer.response(200, 'INVITE');
    assert.deepEqual(second.toBuffer(), first.toBuffer());
    const bye = await peer.request('BYE');
    assert.equal(bye.uri, peer.contact.slice(1, -1));
    assert.equal(bye.to?.tag, 'peer');
    peer.answer(bye, 200);
  });

  test('answers what a caller may ask within a call', async () => {
    send('INVITE', uri, { body: SDP });
    const to = toOf(await peer.response(200, 'INVITE'));
    send('ACK', uri, { to });
    for (const [method, status, sequence] of [
      ['OPTIONS', 200, 2],
      ['INFO', 200, 3],
      ['UPDATE', 200, 4],
      ['REFER', 405, 5],
    ] as const) {
      send(method, uri, { to, sequence });
      await peer.response(status, method);
    }
    send('UPDATE', uri, { to, sequence: 6, body: SDP });
    assert.equal(parseSdp((await peer.response(200, 'UPDATE')).body.toString())?.length, 1);
    send('INVITE', uri, { to, sequence: 7, body: 'v=0\r\nm=audio 5 RTP/SAVP 0\r\n' });
    await peer.response(488, 'INVITE');
    send('BYE', uri, { to, sequence: 8 });
    await peer.response(200, 'BYE');
    send('BYE', uri, { to, sequence: 9 });
    await peer.response(481, 'BYE');
  });

  test('cannot be asked for what it does not know', async () => {
    const strange = peer.make('INVITE', uri, { body: SDP });
    strange.headers.append('Require', '100rel, precondition');
    peer.send(strange, exchange.endpoint.port);
    assert.equal((await peer.response(420, 'INVITE')).headers.get('unsupported'), '100rel, precondition');
    const html = peer.make('INVITE', uri, { sequence: 2, body: '<p>', callId: 'html' });
    html.headers.set('Content-Type', 'text/html');
    peer.send(html, exchange.endpoint.port);
    assert.equal((await peer.response(415, 'INVITE')).headers.get('accept'), 'application/sdp');
    send('INVITE', 'mailto:a@b.example', { sequence: 3, to: '<sip:a@b.example>' });
    await peer.response(416, 'INVITE');
    send('SUBSCRIBE', uri, { sequence: 4 });
    assert.match((await peer.response(405, 'SUBSCRIBE')).headers.get('allow') ?? '', /INVITE/);
    send('OPTIONS', 'sip:pstn.example', { sequence: 5 });
    assert.match((await peer.response(200, 'OPTIONS')).headers.get('allow') ?? '', /INVITE/);
  });

  test('lets an INVITE go when its early dialog gets a BYE', async () => {
    send('INVITE', 'sip:+12065550180@pstn.example', { body: SDP });
    const to = toOf(await peer.response(180, 'INVITE'));
    send('INVITE', uri, { to, sequence: 2, body: SDP });
    assert.ok((await peer.response(500, 'INVITE')).headers.has('retry-after'));
    send('BYE', uri, { to, sequence: 3 });
    await peer.response(487, 'INVITE');
    assert.equal(exchange.activeCalls, 0);
  });

  test('copies Record-Route into its answers and routes its own requests by it', async () => {
    const invite = peer.make('INVITE', uri, { body: SDP });
    const route = `<sip:127.0.0.1:${peer.endpoint.port};lr>`;
    invite.headers.append('Record-Route', route);
    invite.headers.set('Contact', '<sip:caller@caller.example>');
    peer.send(invite, exchange.endpoint.port);
    const ok = await peer.response(200, 'INVITE');
    assert.deepEqual(ok.headers.values('record-route'), [route]);
    const bye = await peer.request('BYE');
    assert.equal(bye.uri, 'sip:caller@caller.example');
    assert.deepEqual(bye.headers.values('route'), [route]);
    peer.answer(bye, 200);
  });
});
