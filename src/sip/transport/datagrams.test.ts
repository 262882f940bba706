import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket, SocketType } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants, networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../../kit/clock.ts';
import { eachDatagram } from './datagrams.ts';
import { addonFile, nativeDatagrams } from './native.ts';
import type { Endpoint } from './transport.ts';
import { Transports } from './transports.ts';

const HOST = '127.0.0.1';

const UNBUILT = !existsSync(addonFile()) && 'the addon was not built: no C compiler here, or not Linux';

/** The most that may come in one turn of the event loop: two batches, one begun before the limit, and the event loop's own. */
const MOST_OF_A_TURN = 64 + 31 + 32;

interface Came {
  readonly text: string;
  readonly source: Endpoint;
}

async function bound(t: TestContext, type: SocketType = 'udp4', address = HOST): Promise<Socket> {
  const socket = createSocket(type);
  t.after(() => new Promise<void>((resolve) => socket.close(resolve)).catch(() => {}));
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** A socket that keeps what comes to it as text, with how often the event loop brought something. */
async function listener(t: TestContext, type: SocketType = 'udp4', address = HOST) {
  const socket = await bound(t, type, address);
  socket.setRecvBufferSize(1024 * 1024);
  const came: Came[] = [];
  const heard = { socket, port: socket.address().port, came, events: 0, onEach: (): void => {} };
  socket.on('message', () => (heard.events += 1));
  eachDatagram(socket, (bytes, { address: from, port }) => {
    came.push({ text: bytes.toString('latin1'), source: { address: from, port } });
    heard.onEach();
  });
  return heard;
}

/** Sends all of them before the event loop turns: on the loopback they wait at the socket by then. */
async function burst(from: Socket, texts: readonly string[], to: Endpoint): Promise<void> {
  await Promise.all(
    texts.map((text) => new Promise((resolve) => from.send(Buffer.from(text, 'latin1'), to.port, to.address, resolve))),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `number ${index}`);

for (const path of ['addon', 'node:dgram alone'] as const)
  describe(`datagrams by ${path}`, { skip: path === 'addon' && UNBUILT }, () => {
    const choose = (): void => {
      if (path === 'addon') delete process.env['TOLLGATE_NATIVE'];
      else process.env['TOLLGATE_NATIVE'] = 'off';
    };

    test('come each with its bytes and its source, in order', async (t) => {
      choose();
      const { came, port } = await listener(t);
      const senders = [await bound(t), await bound(t, 'udp4', '127.0.0.2')];
      const texts = numbered(200);
      for (const [index, text] of texts.entries())
        await burst(senders[index % 2] ?? assert.fail(), [text], { address: HOST, port });
      await burst(senders[0] ?? assert.fail(), texts, { address: HOST, port });
      await until(() => came.length >= 400);
      assert.deepEqual(
        came.map(({ text }) => text),
        [...texts, ...texts],
      );
      const sources = senders
        .map((sender) => sender.address())
        .map(({ address, port: from }) => ({ address, port: from }));
      for (const [index, { source }] of came.entries())
        assert.deepEqual(source, sources[index < 200 ? index % 2 : 0], `datagram ${index}`);
    });

    test('come over IPv6, whose source keeps its zone where it needs one', async (t) => {
      choose();
      const { came, port } = await listener(t, 'udp6', '::');
      const local = Object.entries(networkInterfaces())
        .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => `${address}%${name}`))
        .filter((address) => address.startsWith('fe80:'));
      for (const address of ['::1', ...local]) {
        const sender = await bound(t, 'udp6', address);
        const before = came.length;
        await burst(sender, ['first', 'second', 'third'], { address, port });
        await until(() => came.length >= before + 3);
        const source = { address, port: sender.address().port };
        assert.deepEqual(came.slice(before), [
          { text: 'first', source },
          { text: 'second', source },
          { text: 'third', source },
        ]);
      }
    });

    test('may be empty, and as long as UDP lets them be', async (t) => {
      choose();
      const { came, port } = await listener(t);
      const texts = ['a', '', 'x'.repeat(65_507), '', 'b'];
      await burst(await bound(t), texts, { address: HOST, port });
      await until(() => came.length >= texts.length);
      assert.deepEqual(
        came.map(({ text }) => text),
        texts,
      );
    });

    test('go to addresses of both families, and what cannot be sent tells why, once', async (t) => {
      choose();
      for (const [type, address] of [
        ['udp4', HOST],
        ['udp6', '::1'],
      ] as const) {
        const { came, port } = await listener(t, type, address);
        const transports = new Transports({ user: { message() {}, fault() {} }, clock: systemClock });
        t.after(() => transports.close());
        const local = await transports.listen({ transport: 'udp', address, port: 0 });
        const flowTo = (to: Endpoint) => transports.flowTo({ transport: 'udp', ...to });
        flowTo({ address, port }).send('first');
        const told: Error[] = [];
        const failing = flowTo({ address, port });
        failing.send('x'.repeat(70_000), (error) => told.push(error));
        flowTo({ address, port: 0 }).send('nowhere', (error) => told.push(error));
        assert.equal(told.length, 0, 'not before send returned');
        failing.send('second');
        await until(() => came.length >= 2 && told.length >= 2);
        assert.deepEqual(came, [
          { text: 'first', source: local },
          { text: 'second', source: local },
        ]);
        const codes = new Set(told.map((error) => (error as NodeJS.ErrnoException).code));
        assert.deepEqual(codes, new Set(['EMSGSIZE', 'ERR_SOCKET_BAD_PORT']));
        assert.equal(told.length, 2);
      }
    });

    test('2.8 that never end let the event loop turn', async (t) => {
      choose();
      const heard = await listener(t);
      const { came, port } = heard;
      const sender = await bound(t);
      const again = (): void => sender.send('again', port, HOST);
      heard.onEach = again;
      for (let index = 0; index < 40; index += 1) again();
      for (let turn = 0; turn < 20; turn += 1) {
        const before = came.length;
        await new Promise((resolve) => setImmediate(resolve));
        assert.ok(came.length - before <= 2 * MOST_OF_A_TURN, `${came.length - before} in turn ${turn}`);
      }
      heard.onEach = () => {};
      assert.ok(came.length > 20);
    });

    test('end when the socket is closed among them', async (t) => {
      choose();
      const heard = await listener(t);
      const { came, socket, port } = heard;
      heard.onEach = () => socket.close();
      const closed = once(socket, 'close');
      await burst(await bound(t), numbered(40), { address: HOST, port });
      await closed;
      assert.equal(came.length, 1);
    });

    test('leave messages whose bodies no later datagram changes', async (t) => {
      choose();
      const bodies: string[] = [];
      const heard: (() => string)[] = [];
      const transports = new Transports({
        user: {
          message: (message) => void heard.push(() => message.body.toString('latin1')),
          fault: ({ reason }) => assert.fail(reason),
        },
        clock: systemClock,
      });
      t.after(() => transports.close());
      const local = await transports.listen({ transport: 'udp', address: HOST, port: 0 });
      const messages = numbered(100).map((body) => {
        bodies.push(body);
        const lines = ['MESSAGE sip:h SIP/2.0', 'Via: SIP/2.0/UDP h;branch=z9hG4bKa', 'Max-Forwards: 70'];
        const rest = ['From: <sip:a@h>;tag=1', 'To: <sip:h>', 'Call-ID: c', 'CSeq: 1 MESSAGE'];
        return [...lines, ...rest, `Content-Length: ${body.length}`, '', body].join('\r\n');
      });
      await burst(await bound(t), messages, local);
      await until(() => heard.length >= messages.length);
      assert.deepEqual(
        heard.map((body) => body()),
        bodies,
      );
    });
  });

describe('the addon', { skip: UNBUILT }, () => {
  test('takes what waits behind a datagram that the event loop brought', async (t) => {
    delete process.env['TOLLGATE_NATIVE'];
    const heard = await listener(t);
    await burst(await bound(t), numbered(40), { address: HOST, port: heard.port });
    await until(() => heard.came.length >= 40);
    assert.ok(heard.events <= 4, `the event loop brought ${heard.events} of 40`);
  });

  test('leaves none of many to the event loop but the first of a batch', async (t) => {
    delete process.env['TOLLGATE_NATIVE'];
    const heard = await listener(t);
    await burst(await bound(t), numbered(400), { address: HOST, port: heard.port });
    await until(() => heard.came.length >= 400);
    assert.ok(heard.events <= 30, `the event loop brought ${heard.events} of 400`);
    assert.deepEqual(
      heard.came.map(({ text }) => text),
      numbered(400),
    );
  });

  test('refuses memory that is too small, and tells of what is no descriptor, no address or no port', () => {
    delete process.env['TOLLGATE_NATIVE'];
    const native = nativeDatagrams();
    assert.ok(native);
    const room = { slots: Buffer.alloc(native.most * native.slot), table: new Uint32Array(3 * native.most) };
    assert.throws(() => native.receive(0, room.slots.subarray(1), room.table, []), TypeError);
    assert.throws(() => native.receive(0, room.slots, room.table.subarray(1), []), TypeError);
    assert.ok(native.receive(-1, room.slots, room.table, []) < 0);
    assert.ok(native.send(-1, 0, ['x'], [HOST], [9]) < 0);
    for (const address of ['', 'h', '127.0.0.1\0', '127.0.0.1 ', 'fe80::1%lo', '1'.repeat(100)])
      assert.equal(native.send(-1, 0, ['x'], [address], [9]), -constants.errno.EINVAL);
    for (const port of [0, -1, 65_536, NaN])
      assert.equal(native.send(-1, 0, ['x'], [HOST], [port]), -constants.errno.EINVAL);
    assert.throws(() => native.send(-1, 1, ['x'], [HOST], [9]), TypeError);
    for (const [text, address] of [
      [1, HOST],
      ['x', 1],
    ])
      assert.throws(() => native.send(-1, 0, [text as string], [address as string], [9]), TypeError);
  });
});
