import type { Socket } from 'node:dgram';
import { fstatSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { handleOf } from './udp-handle.ts';
import { udpSocket } from './udp-table.ts';

/** What came and was not read yet. */
export interface Queue {
  /** Share of the room for it that it takes, 0 to 1. */
  readonly fill: number;
  /** Datagrams that found no room so far. */
  readonly drops: number;
  /** Datagrams that were read so far. */
  readonly taken: number;
}

export const NO_QUEUE: Queue = { fill: 0, drops: 0, taken: 0 };

/** Tells how much waits at a bound UDP socket; nothing on a system that does not say. */
export function queueOf(socket: Socket): () => Pick<Queue, 'fill' | 'drops'> {
  const inode = inodeOf(socket);
  const version = isIPv6(socket.address().address) ? 6 : 4;
  const room = socket.getRecvBufferSize();
  return () => {
    const row = inode === undefined ? undefined : udpSocket(inode, version);
    return row ? { fill: row.waiting / room, drops: row.drops } : NO_QUEUE;
  };
}

function inodeOf(socket: Socket): number | undefined {
  const fd = handleOf(socket)?.fd ?? -1;
  return fd < 0 ? undefined : fstatSync(fd).ino;
}
