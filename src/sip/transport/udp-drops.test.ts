import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { udpDrops } from './udp-drops.ts';

const DATAGRAM_BYTES = 1000;
const SENT = 2000;

for (const [type, address] of [
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)
  test(
    `2.8 what the system drops at a full ${type} socket is told, and of no other socket`,
    { skip: process.platform !== 'linux' && 'only Linux tells' },
    async (t) => {
      const open = async () => {
        const socket = createSocket({ type, recvBufferSize: 1 });
        t.after(() => socket.close());
        socket.bind(0, address);
        await once(socket, 'listening');
        return socket;
      };
      const [full, idle] = [await open(), await open()];
      const sender = createSocket(type);
      t.after(() => sender.close());
      assert.equal(udpDrops([full.address()]), 0);
      // Nobody reads while this loop runs: what its buffer has no room for is lost.
      let taken = 0;
      full.on('message', () => (taken += 1));
      const sent = Array.from(
        { length: SENT },
        () =>
          new Promise((resolve) => sender.send(Buffer.alloc(DATAGRAM_BYTES), full.address().port, address, resolve)),
      );
      await Promise.all(sent);
      const drops = udpDrops([full.address(), idle.address()]);
      assert.ok(drops > 0 && drops + taken <= SENT, `${drops} dropped, ${taken} taken`);
      assert.equal(udpDrops([full.address()]), drops);
      assert.equal(udpDrops([idle.address()]), 0);
      assert.equal(udpDrops([]), 0);
    },
  );
