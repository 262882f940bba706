import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { addonFile } from './native.ts';
import { Outbox, sendingTogether } from './outbox.ts';
import type { Endpoint } from './transport.ts';

const HOST = '127.0.0.1';

const UNBUILT = !existsSync(addonFile()) && 'the addon was not built: no C compiler here, or not Linux';

async function bound(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

/** A socket, with what it is sent. */
async function listener(t: TestContext) {
  const socket = await bound(t);
  const texts: string[] = [];
  let heard: (() => void) | undefined;
  socket.on('message', (bytes) => {
    texts.push(bytes.toString('latin1'));
    heard?.();
  });
  const hears = async (count: number): Promise<string[]> => {
    while (texts.length < count) await new Promise<void>((resolve) => (heard = resolve));
    return texts;
  };
  const to: Endpoint = { address: HOST, port: socket.address().port };
  return { to, texts, hears };
}

/** A box, with what it left to node:dgram, which sends that. */
async function openBox(t: TestContext) {
  const socket = await bound(t);
  const slow: string[] = [];
  const box = new Outbox(socket, (text, to) => {
    slow.push(text);
    if (text.length < 65_000 && to?.port !== 0) socket.send(Buffer.from(text, 'latin1'), to?.port, to?.address);
  });
  return { socket, slow, box };
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `number ${index}`);

describe('an outbox', { skip: UNBUILT }, () => {
  before(() => delete process.env['TOLLGATE_NATIVE']);

  test('lets what is sent together leave together and in order, and no more than a few wait', async (t) => {
    const { hears, to } = await listener(t);
    const { box, slow } = await openBox(t);
    sendingTogether(() => {
      for (const text of numbered(21)) box.send(text, to);
    });
    assert.deepEqual(await hears(21), numbered(21));
    assert.deepEqual(slow, []);
  });

  test('keeps the chars of a message as its bytes', async (t) => {
    const { hears, to } = await listener(t);
    const { box } = await openBox(t);
    const text = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    box.send(text, to);
    assert.deepEqual(await hears(1), [text]);
  });

  test('leaves to node:dgram what cannot be sent, and sends the others', async (t) => {
    const { hears, to } = await listener(t);
    const { box, slow } = await openBox(t);
    const long = 'x'.repeat(66_000);
    sendingTogether(() => {
      box.send('first', to);
      box.send(long, to);
      box.send('nowhere', { ...to, port: 0 });
      box.send('no address', { address: 'fe80::1%none', port: 0 });
      box.send('last', to);
    });
    assert.deepEqual(await hears(2), ['first', 'last']);
    assert.deepEqual(slow, [long, 'nowhere', 'no address']);
  });

  test('sends several to the peer that its socket is connected to, and tells the socket that its port is closed', async (t) => {
    const { hears, to } = await listener(t);
    const { box, socket } = await openBox(t);
    socket.connect(to.port, to.address);
    await once(socket, 'connect');
    sendingTogether(() => {
      for (const text of numbered(3)) box.send(text);
    });
    assert.deepEqual(await hears(3), numbered(3));

    const closed = createSocket('udp4').bind(0, HOST);
    await once(closed, 'listening');
    const { port } = closed.address();
    closed.close();
    await once(closed, 'close');
    const other = await openBox(t);
    other.socket.connect(port, HOST);
    await once(other.socket, 'connect');
    const told = once(other.socket, 'error');
    sendingTogether(() => {
      for (const text of numbered(3)) other.box.send(text);
    });
    const [error] = (await told) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  test('holds nothing back once what answers together is done, even when that threw', async (t) => {
    const { hears, to } = await listener(t);
    const { box } = await openBox(t);
    const broken = new Error('broken');
    assert.throws(
      () =>
        sendingTogether(() => {
          box.send('held', to);
          throw broken;
        }),
      broken,
    );
    box.send('at once', to);
    assert.deepEqual(await hears(2), ['held', 'at once']);
  });

  test('sends what is held back when its socket is about to close', async (t) => {
    const { hears, to } = await listener(t);
    const { box } = await openBox(t);
    sendingTogether(() => {
      box.send('last words', to);
      box.flush();
      box.send('after', to);
    });
    assert.deepEqual(await hears(2), ['last words', 'after']);
  });

  test('goes behind what waits in node:dgram', async (t) => {
    const { hears, to } = await listener(t);
    const { box, socket, slow } = await openBox(t);
    let waiting = 1;
    t.mock.method(socket, 'getSendQueueSize', () => waiting);
    box.send('behind', to);
    assert.deepEqual(slow, ['behind']);
    waiting = 0;
    box.send('at once', to);
    assert.deepEqual(slow, ['behind']);
    assert.equal((await hears(2)).length, 2);
  });
});
