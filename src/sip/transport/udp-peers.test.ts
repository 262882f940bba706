import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ManualClock } from '../../kit/clock.ts';
import type { SipMessage } from '../message/message.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow } from './transport.ts';
import { Transports } from './transports.ts';
import { SHARES_PORT } from './udp-socket.ts';

const HOST = '127.0.0.1';
const MESSAGE = 'OPTIONS sip:h SIP/2.0\r\n\r\n';

async function bound(t: TestContext): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  t.after(() => new Promise<void>((resolve) => socket.close(() => resolve())).catch(() => {}));
  return { socket, port: socket.address().port };
}

/** A port that nobody has. */
async function closedPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function open(t: TestContext, limits: Partial<Limits> = {}) {
  const heard: { message: SipMessage; flow: Flow }[] = [];
  const waiting: (() => void)[] = [];
  const clock = new ManualClock();
  const transports = new Transports({
    user: {
      message: (message, flow) => {
        heard.push({ message, flow });
        for (const wake of waiting.splice(0)) wake();
      },
      fault: () => {},
    },
    clock,
    limits,
  });
  t.after(() => transports.close());
  const local = await transports.listen({ transport: 'udp', address: HOST, port: 0 });
  const hears = async (count: number): Promise<void> => {
    while (heard.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const attentive = (port: number): Flow =>
    transports.flowTo({ transport: 'udp', address: HOST, port, attentive: true });
  return { transports, clock, local, heard, hears, attentive };
}

function options(from: Endpoint, callId: string): string {
  return [
    'OPTIONS sip:edge@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/UDP ${from.address}:${from.port};branch=z9hG4bK${callId};rport`,
    'Max-Forwards: 70',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:edge@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

const failure = (flow: Flow): Promise<Error> => new Promise((resolve) => flow.send(MESSAGE, resolve));

describe('2.13 a closed UDP port at a gateway', { skip: !SHARES_PORT }, () => {
  test('2.13 fails what was sent there, without any timer', async (t) => {
    const { attentive } = await open(t);
    const flow = attentive(await closedPort());
    assert.equal(((await failure(flow)) as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    assert.equal(((await failure(flow)) as NodeJS.ErrnoException).code, 'ECONNREFUSED', 'and so does what follows');
  });

  test('2.13 the source port stays the one listened on, before the socket is connected and after', async (t) => {
    const { attentive, local } = await open(t);
    const gateway = await bound(t);
    const flow = attentive(gateway.port);
    for (const round of [1, 2]) {
      flow.send(MESSAGE);
      const [, source] = (await once(gateway.socket, 'message')) as [Buffer, Endpoint];
      assert.equal(source.port, local.port, `round ${round}`);
    }
    assert.deepEqual(flow.local, local);
  });

  test('2.13 whoever else sends is heard as before, and so is the gateway; both are answered', async (t) => {
    const { attentive, local, heard, hears } = await open(t);
    const gateway = await bound(t);
    const stranger = await bound(t);
    attentive(gateway.port).send(MESSAGE);
    await once(gateway.socket, 'message');
    let count = 0;
    for (const each of [stranger, gateway]) {
      each.socket.send(options({ address: HOST, port: each.port }, `c${each.port}`), local.port, HOST);
      await hears((count += 1));
      const last = heard.at(-1);
      assert.equal(last?.message.callId, `c${each.port}`);
      assert.equal(last.flow.remote.port, each.port);
      last.flow.send(MESSAGE);
      const [, source] = (await once(each.socket, 'message')) as [Buffer, Endpoint];
      assert.equal(source.port, local.port);
    }
  });

  test('2.13 does not fail what the gateway answered before the port closed', async (t) => {
    const { attentive, local, hears } = await open(t);
    const gateway = await bound(t);
    const flow = attentive(gateway.port);
    let first: Error | undefined;
    flow.send(MESSAGE, (error) => (first = error));
    await once(gateway.socket, 'message');
    gateway.socket.send(options({ address: HOST, port: gateway.port }, 'alive'), local.port, HOST);
    await hears(1);
    await new Promise<void>((resolve) => gateway.socket.close(resolve));
    await failure(flow);
    assert.equal(first, undefined);
  });

  test('2.13 what is too large for a datagram fails alone', async (t) => {
    const { attentive } = await open(t);
    const gateway = await bound(t);
    const flow = attentive(gateway.port);
    const failed: string[] = [];
    flow.send(MESSAGE);
    await once(gateway.socket, 'message');
    flow.send(MESSAGE, () => failed.push('before'));
    const error = await new Promise<Error>((resolve) => flow.send('x'.repeat(65_520), resolve));
    flow.send(MESSAGE, () => failed.push('after'));
    await once(gateway.socket, 'message');
    assert.equal((error as NodeJS.ErrnoException).code, 'EMSGSIZE');
    assert.deepEqual(failed, []);
  });

  test('2.13 more peers than the limit are sent to all the same', async (t) => {
    const { attentive } = await open(t, { udpPeers: 1 });
    const gateways = [await bound(t), await bound(t)];
    for (const { socket, port } of gateways) {
      attentive(port).send(MESSAGE);
      await once(socket, 'message');
    }
  });

  test('2.13 a socket that nobody uses is closed; the next request gets a new one', async (t) => {
    const { attentive, clock } = await open(t, { idleMs: 1000 });
    const gateway = await bound(t);
    for (let round = 0; round < 2; round += 1) {
      attentive(gateway.port).send(MESSAGE);
      await once(gateway.socket, 'message');
      clock.advance(3000);
    }
  });

  test('2.13 sharing a port with our own sockets does not hide a second gate on it', async (t) => {
    const { local } = await open(t);
    const second = new Transports({ user: { message() {}, fault() {} }, clock: new ManualClock() });
    t.after(() => second.close());
    await assert.rejects(second.listen({ transport: 'udp', ...local }), { code: 'EADDRINUSE' });
  });
});
