import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket as Connection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { before, describe, test, type TestContext } from 'node:test';
import { MemoryPeers } from '../../../test/support/memory-peers.ts';
import { loadCertificate } from '../../http/certificate.ts';
import { systemClock } from '../../kit/clock.ts';
import { FIRST, threadOf } from '../../kit/peers.ts';
import { createResponse, SipRequest, SipResponse, type SipMessage } from '../message/message.ts';
import { newBranch } from '../transaction/keys.ts';
import type { Endpoint, Flow, SocketTransport, TlsMaterial } from './transport.ts';
import { Transports } from './transports.ts';

const HOST = '127.0.0.1';
const THREADS = 3;
/** Senders enough that each thread's socket gets some, and messages of all come to each. */
const SENDERS = 16;

/** The transports of threads that share their ports; each answers every request with what names it. */
class Threads {
  readonly peers = new MemoryPeers(THREADS);
  readonly each: Transports[];
  readonly heard: { thread: number; message: SipMessage; flow: Flow }[] = [];
  onlyFirst = false;
  #more = Promise.withResolvers<void>();

  constructor(t: TestContext, tls?: TlsMaterial) {
    this.each = Array.from({ length: THREADS }, (_, thread) => {
      const hear = (message: SipMessage, flow: Flow): void => {
        this.heard.push({ thread, message, flow });
        if (message instanceof SipRequest) flow.send(createResponse(message, 200, `Thread ${thread}`).print());
        this.#more.resolve();
        this.#more = Promise.withResolvers();
      };
      const user = { message: hear, fault: () => {} };
      const onlyFirst = (): boolean => this.onlyFirst;
      return new Transports({ user, clock: systemClock, peers: this.peers.of(thread), onlyFirst, ...(tls && { tls }) });
    });
    this.peers.join();
    t.after(() => Promise.all(this.each.map((transports) => transports.close())));
  }

  async listen(transport: SocketTransport): Promise<Endpoint> {
    const [first, ...others] = this.each as [Transports, ...Transports[]];
    const endpoint = await first.listen({ transport, address: HOST, port: 0 }, { sharing: 'begins' });
    for (const other of others) await other.listen({ transport, ...endpoint }, { sharing: 'joins' });
    return endpoint;
  }

  async hear(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#more.promise;
  }
}

function makeRequest(callId: string, transport: SocketTransport, method = 'OPTIONS'): string {
  const request = new SipRequest(method, 'sip:one.example');
  request.headers.append('Via', `SIP/2.0/${transport.toUpperCase()} ${HOST}:5555;branch=${newBranch()};rport`);
  request.headers.append('Max-Forwards', '70');
  request.headers.append('From', '<sip:a@one.example>;tag=1');
  request.headers.append('To', '<sip:b@one.example>');
  request.headers.append('Call-ID', callId);
  request.headers.append('CSeq', `1 ${method}`);
  return request.print();
}

async function openSocket(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

/** What answers say that came on a connection, `count` of them. */
async function answersOn(socket: Connection, count: number): Promise<string[]> {
  let text = '';
  while (text.split('SIP/2.0 200 ').length <= count) text += String((await once(socket, 'data'))[0]);
  return [...text.matchAll(/SIP\/2\.0 200 (.*?)\r\n[^]*?Call-ID: (\S+)/g)].map(([, who, id]) => `${id} ${who}`);
}

/** Connections enough that every thread holds some. */
const CONNECTIONS = 48;

const CALL_IDS = Array.from({ length: 8 }, (_, index) => `call-${index}`);
const EXPECTED = CALL_IDS.map((id) => `${id} Thread ${threadOf(id, THREADS)}`);

describe('threads that share their ports', () => {
  let tls: TlsMaterial;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-certificate-'));
    tls = await loadCertificate({ folder, names: ['one.example'], own: null, now: Date.now() });
    rmSync(folder, { recursive: true });
  });

  test('each message over UDP comes to the thread that has its call, and is answered from the same port', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('udp');
    for (let sender = 0; sender < SENDERS; sender += 1) {
      const socket = await openSocket(t);
      for (const [index, callId] of CALL_IDS.entries()) {
        socket.send(makeRequest(callId, 'udp'), port, HOST);
        const [answer, from] = (await once(socket, 'message')) as [Buffer, { port: number }];
        assert.equal(from.port, port);
        assert.match(
          answer.toString(),
          new RegExp(`^SIP/2.0 200 ${EXPECTED[index]?.split(' ').slice(1).join(' ')}\r\n`),
        );
      }
      const { port: own } = socket.address();
      for (const { flow } of threads.heard.splice(0)) assert.deepEqual(flow.remote, { address: HOST, port: own });
    }
  });

  test('registrations are the first one’s, as is everything once it has all calls', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('udp');
    const thirds = CALL_IDS.filter((id) => threadOf(id, THREADS) === 2);
    for (let sender = 0; sender < SENDERS; sender += 1) {
      const socket = await openSocket(t);
      for (const callId of thirds) {
        threads.onlyFirst = false;
        socket.send(makeRequest(callId, 'udp', 'REGISTER'), port, HOST);
        await once(socket, 'message');
        threads.onlyFirst = true;
        socket.send(makeRequest(callId, 'udp'), port, HOST);
        await once(socket, 'message');
      }
    }
    assert.deepEqual(new Set(threads.heard.map(({ thread }) => thread)), new Set([FIRST]));
  });

  test('a response whose branch names no thread that there is stays where it came', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('udp');
    const socket = await openSocket(t);
    const named = ['-1', '-7', String(THREADS)];
    for (const name of named) {
      const text = makeRequest('call-0', 'udp').replace(/z9hG4bK\w+/, `z9hG4bKt${name}-0`);
      socket.send(text.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n'), port, HOST);
    }
    socket.send(makeRequest('call-0', 'udp'), port, HOST);
    await once(socket, 'message');
    const responses = threads.heard.filter(({ message }) => message instanceof SipResponse);
    assert.equal(responses.length, named.length);
  });

  test('a response comes to the thread that sent the request, whatever its Call-ID', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('udp');
    for (let sender = 0; sender < SENDERS; sender += 1) {
      const socket = await openSocket(t);
      for (const thread of threads.each.keys()) {
        const text = makeRequest('call-0', 'udp').replace(/z9hG4bK\w+/, newBranch(thread));
        const response = text.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n');
        socket.send(response, port, HOST);
        await threads.hear(() => threads.heard.length === 1);
        assert.equal(threads.heard.pop()?.thread, thread);
      }
    }
  });

  for (const transport of ['tcp', 'tls'] as const)
    test(`messages of all threads come over one ${transport} connection, and are answered on it`, async (t) => {
      const threads = new Threads(t, tls);
      const target = { host: HOST, port: (await threads.listen(transport)).port };
      for (let sender = 0; sender < SENDERS; sender += 1) {
        const socket = transport === 'tcp' ? connect(target) : connectTls({ ...target, rejectUnauthorized: false });
        await once(socket, transport === 'tcp' ? 'connect' : 'secureConnect');
        const answers = answersOn(socket, CALL_IDS.length);
        for (const callId of CALL_IDS) socket.write(makeRequest(callId, transport));
        assert.deepEqual((await answers).toSorted(), EXPECTED.toSorted());
        const closed = once(socket, 'close');
        socket.destroy();
        await closed;
      }
    });

  test('each thread reaches a peer by the connection that another holds, and hears when it is gone', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('tcp');
    const socket = connect({ host: HOST, port });
    await once(socket, 'connect');
    const { localPort = 0 } = socket;
    // Once every thread has answered on it, every thread knows of it.
    const answers = answersOn(socket, CALL_IDS.length);
    for (const callId of CALL_IDS) socket.write(makeRequest(callId, 'tcp'));
    await answers;
    const target = { transport: 'tcp', address: HOST, port: localPort } as const;
    for (const transports of threads.each) {
      const reached = once(socket, 'data');
      transports.flowTo(target).send(makeRequest('call-0', 'tcp'), () => {});
      assert.match(String((await reached)[0]), /^OPTIONS /);
    }
    const failures = threads.each.map(
      (transports) =>
        new Promise<Error>((resolve) => transports.flowTo(target).send(makeRequest('call-0', 'tcp'), resolve)),
    );
    await once(socket, 'data');
    socket.destroy();
    for (const failure of failures) assert.ok((await failure) instanceof Error);
    // With the connection its peer is forgotten: what is sent there now opens another, which nobody takes.
    for (const transports of threads.each)
      await new Promise((resolve) => transports.flowTo(target).send(makeRequest('call-0', 'tcp'), resolve));
  });

  test('what a thread held is gone with it', async (t) => {
    const threads = new Threads(t);
    const { port } = await threads.listen('tcp');
    const sockets: Connection[] = [];
    while (sockets.length < CONNECTIONS) {
      const socket = connect({ host: HOST, port });
      await once(socket, 'connect');
      const answers = answersOn(socket, CALL_IDS.length);
      for (const callId of CALL_IDS) socket.write(makeRequest(callId, 'tcp'));
      await answers;
      sockets.push(socket);
    }
    threads.peers.lose(1);
    const [first] = threads.each;
    let reached = 0;
    for (const socket of sockets) {
      const target = { transport: 'tcp', address: HOST, port: socket.localPort ?? 0 } as const;
      // Where no connection is known any more a new one is opened, which nobody takes.
      const failed = new Promise<Error>((resolve) => first?.flowTo(target).send(makeRequest('call-0', 'tcp'), resolve));
      if (!((await Promise.race([failed, once(socket, 'data')])) instanceof Error)) reached += 1;
    }
    assert.ok(reached > 0 && reached < CONNECTIONS);
    for (const socket of sockets) socket.destroy();
  });

  test('a closed port is told to each thread that sent there', async (t) => {
    const threads = new Threads(t);
    await threads.listen('udp');
    const other = createSocket('udp4');
    other.bind(0, HOST);
    await once(other, 'listening');
    const closed = { transport: 'udp', address: HOST, port: other.address().port, attentive: true } as const;
    other.close();
    await once(other, 'close');
    const failures = threads.each.map(
      (transports) => new Promise((resolve) => transports.flowTo(closed).send(makeRequest('call-0', 'udp'), resolve)),
    );
    for (const failure of failures) assert.ok((await failure) instanceof Error);
  });
});
