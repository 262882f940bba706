import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { LentSocket, lendSocket } from './lent-socket.ts';

/** A connection, its far end, and the end that is lent. */
async function open(t: TestContext): Promise<{ far: Socket; near: Socket; lent: LentSocket; port: MessagePort }> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const far = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  t.after(() => far.destroy());
  const [near] = (await once(server, 'connection')) as [Socket];
  const { port1, port2 } = new MessageChannel();
  const lent = new LentSocket(port2, lendSocket(near, port1));
  t.after(() => lent.destroy());
  return { far, near, lent, port: port2 };
}

test('bytes go both ways, in order, and the ends are those of the connection', async (t) => {
  const { far, near, lent } = await open(t);
  assert.equal(lent.remotePort, far.localPort);
  assert.equal(lent.localPort, near.localPort);
  const text = 'INVITE '.repeat(100_000);
  far.write(text);
  let heard = '';
  lent.on('data', (bytes: Buffer) => {
    heard += bytes.toString();
    lent.write(bytes);
  });
  let echoed = '';
  for await (const bytes of far) {
    echoed += String(bytes);
    if (echoed.length === text.length) break;
  }
  assert.equal(heard, text);
  assert.equal(echoed, text);
});

test('a peer that sends faster than is read has to wait', async (t) => {
  const { far, lent } = await open(t);
  const piece = Buffer.alloc(1_000_000);
  let sent = 0;
  while (far.write(piece) || sent < 20_000_000) {
    sent += piece.length;
    await nextTurn();
    if (far.writableLength > 8_000_000) break;
  }
  assert.ok(far.writableLength > 0, 'the bytes stay with their sender');
  assert.ok(lent.readableLength <= 2 * lent.readableHighWaterMark + 65_536);
});

test('each end closes the other', async (t) => {
  const one = await open(t);
  one.lent.resume();
  one.far.end();
  await once(one.lent, 'close');

  const two = await open(t);
  two.far.resume();
  two.lent.end('last words');
  two.lent.destroySoon();
  await once(two.far, 'close');

  const three = await open(t);
  three.far.resume();
  // As when the other thread dies.
  three.port.close();
  await once(three.far, 'close');
  assert.ok(three.lent.destroyed);
});
