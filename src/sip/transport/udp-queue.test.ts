import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { queueOf } from './udp-queue.ts';

const DATAGRAM = Buffer.alloc(1000);

for (const [type, address] of [
  ['udp4', '127.0.0.1'],
  ['udp6', '::1'],
] as const)
  test(
    `9 RFC 7339: what waits at a ${type} socket is told as a share of its room, and what found none`,
    { skip: process.platform !== 'linux' && 'only Linux tells' },
    async (t) => {
      const open = async () => {
        const socket = createSocket({ type, recvBufferSize: 100_000 });
        t.after(() => socket.close());
        socket.bind(0, address);
        await once(socket, 'listening');
        return socket;
      };
      const [busy, idle] = [await open(), await open()];
      const queue = queueOf(busy);
      const send = async (count: number): Promise<void> => {
        const { port } = busy.address();
        await Promise.all(
          Array.from({ length: count }, () => new Promise((resolve) => idle.send(DATAGRAM, port, address, resolve))),
        );
      };
      assert.deepEqual(queue(), { fill: 0, drops: 0 });
      // Nobody listens for its messages, so nothing is read.
      await send(10);
      const some = queue();
      assert.ok(some.fill > 0.05 && some.fill < 0.5 && some.drops === 0, JSON.stringify(some));
      await send(500);
      const full = queue();
      assert.ok(full.fill > 0.9 && full.fill < 1.1 && full.drops > 0, JSON.stringify(full));
      assert.deepEqual(queueOf(idle)(), { fill: 0, drops: 0 });
    },
  );
