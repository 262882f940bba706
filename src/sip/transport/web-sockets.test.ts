import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { WebListener } from '../../../test/support/web-listener.ts';
import { HANDSHAKE, WebSocketPhone } from '../../../test/support/web-socket-phone.ts';
import { ManualClock, systemClock, type Clock } from '../../kit/clock.ts';
import type { ParseFault } from '../message/fault.ts';
import { createResponse, SipRequest, type SipMessage } from '../message/message.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow, TransportEvent, TransportName, TransportUser } from './transport.ts';
import { Transports } from './transports.ts';
import { handshakeFault } from './web-socket-handshake.ts';

interface HouseOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly origins?: readonly string[];
}

/** Transports behind an HTTP server, with a user that keeps all it hears. */
class House implements TransportUser {
  readonly heard: { message?: SipMessage; fault?: ParseFault; flow: Flow }[] = [];
  readonly counted: TransportEvent[] = [];
  readonly transports: Transports;
  url = '';
  admits?: (remote: Endpoint, transport: TransportName) => boolean;
  #waiters: (() => void)[] = [];

  private constructor(t: TestContext, { clock = systemClock, limits = {}, origins }: HouseOptions) {
    const counters = {
      count: (event: TransportEvent) => {
        this.counted.push(event);
        this.#wake();
      },
    };
    this.transports = new Transports({ user: this, clock, limits, counters, origins: origins ?? null });
    t.after(() => this.transports.close());
  }

  static async open(t: TestContext, options: HouseOptions = {}): Promise<House> {
    const house = new House(t, options);
    const listener = await WebListener.open((...upgrade) => house.transports.upgrade(...upgrade, false));
    t.after(() => listener[Symbol.asyncDispose]());
    house.transports.serveWebSockets();
    house.url = listener.url;
    return house;
  }

  /** A telephone that is cut when the test ends. */
  async phone(t: TestContext, options = {}): Promise<WebSocketPhone> {
    const phone = await WebSocketPhone.connect(this.url, options);
    t.after(() => phone[Symbol.asyncDispose]());
    return phone;
  }

  message(message: SipMessage, flow: Flow): void {
    this.heard.push({ message, flow });
    this.#wake();
  }

  fault(fault: ParseFault, flow: Flow): void {
    this.heard.push({ fault, flow });
    this.#wake();
  }

  async hears(count: number): Promise<{ request: SipRequest; flow: Flow }> {
    await this.until(() => this.heard.length >= count);
    const { message, flow } = this.heard[count - 1] ?? {};
    assert.ok(flow && message instanceof SipRequest);
    return { request: message, flow };
  }

  counts(event: TransportEvent, times = 1): Promise<void> {
    return this.until(() => this.counted.filter((other) => other === event).length >= times);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

function aRequest(): SipRequest {
  const request = new SipRequest('OPTIONS', 'sip:edge@127.0.0.1');
  const headers = {
    Via: 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKa;rport',
    From: '<sip:a@one.example>;tag=1',
    To: '<sip:edge@127.0.0.1>',
    'Call-ID': 'c1',
    CSeq: '1 OPTIONS',
  };
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return request;
}

/** Asks for a WebSocket by hand; the status of the answer. */
async function handshake(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const asked = httpRequest(url.replace('ws:', 'http:'), { headers: { ...HANDSHAKE, ...headers } });
  asked.on('upgrade', (_response, socket) => socket.destroy()).end();
  const [response] = (await Promise.race([once(asked, 'response'), once(asked, 'upgrade')])) as [
    { statusCode?: number; headers: IncomingHttpHeaders; resume(): void },
  ];
  response.resume();
  return response.statusCode;
}

describe('2.9 the handshake', () => {
  test('2.9 negotiates the subprotocol sip, and is refused with 400 without it', async (t) => {
    const house = await House.open(t);
    const phone = await WebSocketPhone.connect(house.url, {}, ['chat', 'sip']);
    assert.equal(phone.socket.protocol, 'sip');
    await phone[Symbol.asyncDispose]();
    assert.equal(await handshake(house.url, {}), 400);
    assert.equal(await handshake(house.url, { 'Sec-WebSocket-Protocol': 'chat, sipp' }), 400);
    assert.equal(await handshake(house.url, { 'Sec-WebSocket-Protocol': 'sip', 'Sec-WebSocket-Version': '7' }), 400);
  });

  test('2.9 takes pages of the same host and no others', async (t) => {
    const house = await House.open(t);
    const protocol = { 'Sec-WebSocket-Protocol': 'sip' };
    const own = house.url.replace('ws:', 'http:').replace('/sip', '');
    assert.equal(await handshake(house.url, { ...protocol, Origin: own }), 101);
    for (const Origin of ['https://evil.example', 'null', '', 'http://127.0.0.1:1', `${own}.evil.example`])
      assert.equal(await handshake(house.url, { ...protocol, Origin }), 403, Origin);
  });

  test('2.9 takes the origins it is told, and then no others', async (t) => {
    const house = await House.open(t, { origins: ['https://phone.example.com'] });
    const protocol = { 'Sec-WebSocket-Protocol': 'sip' };
    assert.equal(await handshake(house.url, { ...protocol, Origin: 'https://phone.example.com' }), 101);
    assert.equal(await handshake(house.url, { ...protocol, Origin: 'http://phone.example.com' }), 403);
  });

  test('knows the port that is meant', () => {
    const ask = (origin: string, host: string, secure: boolean) =>
      handshakeFault({ headers: { 'sec-websocket-protocol': 'sip', origin, host } }, secure, null)?.status;
    assert.equal(ask('https://gate.example', 'gate.example:443', true), undefined);
    assert.equal(ask('https://gate.example', 'GATE.example', true), undefined);
    assert.equal(ask('https://gate.example', 'gate.example:8443', true), 403);
    assert.equal(ask('https://gate.example', '', true), 403);
  });

  test('a source that is not admitted gets silence, and nobody is taken before there is a service', async (t) => {
    const house = await House.open(t);
    house.admits = (_remote, transport) => transport !== 'ws';
    await assert.rejects(WebSocketPhone.connect(house.url), /hang up/);
    assert.ok(house.counted.includes('not-admitted'));
    await house.transports.closeWebSockets();
    await assert.rejects(WebSocketPhone.connect(house.url), /503/);
  });
});

describe('2.9 frames', () => {
  test('2.9 one message a frame, text or binary, without Content-Length; answers come back over it', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.send(aRequest());
    phone.send(aRequest(), true);
    const { request, flow } = await house.hears(2);
    assert.deepEqual([flow.transport, flow.reliable, flow.secure], ['ws', true, false]);
    assert.equal(request.via?.transport, 'WS');
    assert.equal(request.via?.params.get('received'), '127.0.0.1');
    assert.equal(flow.remote.port, phone.realPort);
    flow.send(createResponse(request, 200, undefined, 'us').print());
    await phone.status(200);
    house.transports.flowTo({ transport: 'ws', ...flow.remote }).send(aRequest().print());
    assert.equal((await phone.method('OPTIONS')).callId, 'c1');
  });

  test('what is no UTF-8 goes out in a binary frame', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.send(aRequest());
    const { flow } = await house.hears(1);
    const kinds: boolean[] = [];
    phone.socket.on('message', (_frame, binary) => kinds.push(binary));
    flow.send(Buffer.from('text ü').toString('latin1'));
    flow.send('\u00ff\u00fe');
    await once(phone.socket, 'message');
    if (kinds.length < 2) await once(phone.socket, 'message');
    assert.deepEqual(kinds, [false, true]);
  });

  test('1.7 2.9 a double CRLF is answered with one, a single one with nothing', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.socket.send('\r\n');
    phone.socket.send('\r\n\r\n');
    await once(phone.socket, 'message');
    assert.deepEqual(phone.others, ['\r\n']);
    assert.equal(house.counted.filter((event) => event === 'keepalive').length, 2);
  });

  test('garbage is a fault and leaves the connection well', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    for (const garbage of ['', 'nonsense', '\0\r\n\r\n', '\ud800', 'SIP/2.0 4294967301 x\r\n\r\n', 'x'.repeat(60_000)])
      phone.socket.send(garbage);
    phone.socket.send(Buffer.from([0xff, 0x00, 0x80]), { binary: false });
    phone.send(aRequest());
    await house.until(() => house.heard.some(({ message }) => message));
    assert.equal(house.heard.filter(({ fault }) => fault).length, 6);
    house.heard.at(-1)?.flow.send('still there');
    await once(phone.socket, 'message');
  });

  test('frames that break the protocol close the connection and nothing else', async (t) => {
    const house = await House.open(t);
    const well = await house.phone(t);
    for (const bytes of [
      [0xff, 0xff, 0xff],
      [0x81, 0x01, 0x41],
      [0x83, 0x80, 0, 0, 0, 0],
    ]) {
      const phone = await house.phone(t);
      (phone.socket as unknown as { _socket: Socket })._socket.write(Buffer.from(bytes));
      await once(phone.socket, 'close');
    }
    await house.counts('connection-closed', 3);
    well.send(aRequest());
    await house.hears(1);
  });

  test('2.8 a message above the cap closes the connection', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.socket.send('x'.repeat(64 * 1024 + 1));
    assert.deepEqual((await once(phone.socket, 'close'))[0], 1009);
    assert.equal(house.heard.length, 0);
  });
});

describe('2.9 bounds', () => {
  test('2.8 caps in all and for each source are those of TCP too; a place comes back', async (t) => {
    const house = await House.open(t, { limits: { connections: 3, connectionsPerSource: 2 } });
    const tcp = await house.transports.listen({ transport: 'tcp', address: '127.0.0.1', port: 0 });
    const first = await house.phone(t);
    const stream = connect({ host: '127.0.0.1', port: tcp.port });
    t.after(() => stream.destroy());
    await house.counts('connection-opened', 2);
    await assert.rejects(WebSocketPhone.connect(house.url), /hang up/);
    const other = await house.phone(t, { localAddress: '127.0.0.2' });
    await assert.rejects(WebSocketPhone.connect(house.url, { localAddress: '127.0.0.3' }), /hang up/);
    assert.equal(house.counted.filter((event) => event === 'connection-refused').length, 2);
    await first[Symbol.asyncDispose]();
    await house.counts('connection-closed');
    await house.phone(t, { localAddress: '127.0.0.3' });
    assert.equal(other.socket.readyState, WebSocket.OPEN);
  });

  test('2.8 a peer that never reads is closed and holds nobody up', async (t) => {
    const house = await House.open(t, { limits: { queueBytes: 64 * 1024 } });
    const [stalled, well] = [await house.phone(t), await house.phone(t)];
    stalled.send(aRequest());
    const { flow } = await house.hears(1);
    stalled.socket.pause();
    const failed = new Promise<Error>((resolve) => {
      const flood = (): void => {
        for (let index = 0; index < 64; index += 1) flow.send('x'.repeat(16 * 1024), resolve);
        if (!house.counted.includes('peer-stalled')) setImmediate(flood);
      };
      flood();
    });
    assert.ok((await failed) instanceof Error);
    well.send(aRequest());
    const heard = await house.hears(2);
    heard.flow.send(createResponse(heard.request, 200, undefined, 'us').print());
    await well.status(200);
  });

  test('2.8 who is silent is asked, and closed when there is no answer', async (t) => {
    const clock = new ManualClock();
    const house = await House.open(t, { clock });
    const [silent, alive] = [await house.phone(t, { autoPong: false }), await house.phone(t)];
    clock.advance(90_000);
    await Promise.all([once(silent.socket, 'ping'), once(alive.socket, 'ping')]);
    // What comes after the pong shows that it was read.
    alive.send(aRequest());
    await house.hears(1);
    const closed = once(silent.socket, 'close');
    clock.advance(90_000);
    assert.equal((await closed)[0], 1001);
    assert.equal(house.counted.filter((event) => event === 'connection-idle').length, 1);
    assert.equal(alive.socket.readyState, WebSocket.OPEN);
  });

  test('2.8 half a message that never ends is cut off', async (t) => {
    const clock = new ManualClock();
    const house = await House.open(t, { clock, limits: { messageMs: 20_000 } });
    const [phone, other] = [await house.phone(t), await house.phone(t)];
    phone.socket.send('OPTIONS sip:', { fin: false });
    other.send(aRequest());
    await house.hears(1);
    clock.advance(19_000);
    phone.socket.send('edge', { fin: false });
    other.send(aRequest());
    await house.hears(2);
    const closed = once(phone.socket, 'close');
    clock.advance(1000);
    await closed;
    assert.ok(house.counted.includes('message-incomplete'));
  });

  test('nothing is ever opened towards a client: what cannot be sent tells so', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.send(aRequest());
    const { flow } = await house.hears(1);
    await phone[Symbol.asyncDispose]();
    await house.counts('connection-closed');
    const way = house.transports.flowTo({ transport: 'ws', ...flow.remote });
    for (const each of [flow, way])
      assert.match(
        await new Promise<string>((resolve) => each.send('x', ({ message }) => resolve(message))),
        /connection is closed/,
      );
  });

  test('a connection that drops before anything came back tells of it', async (t) => {
    const house = await House.open(t);
    const phone = await house.phone(t);
    phone.send(aRequest());
    const { flow } = await house.hears(1);
    const failed = new Promise<Error>((resolve) => flow.send('x', resolve));
    await once(phone.socket, 'message');
    phone.socket.terminate();
    assert.match((await failed).message, /closed/);
  });
});
