import type { Socket } from 'node:dgram';
import { getSystemErrorName } from 'node:util';

/** The part of node:dgram's own handle that is used. Once it is closed, nothing but errors comes of it. */
export interface Handle {
  /** The system's number of the socket, negative once it is closed. */
  readonly fd: number;
  /** Whether the event loop brings datagrams. */
  recvStart(): number;
  recvStop(): number;
}

/** node:dgram shows its handle to nobody; undefined in a version that keeps it elsewhere. */
export function handleOf(socket: Socket): Handle | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state: unknown = key && Reflect.get(socket, key);
  const handle: unknown = isObject(state) ? Reflect.get(state, 'handle') : undefined;
  return isObject(handle) && isHandle(handle) ? handle : undefined;
}

/** As node:dgram tells of it. */
export function failure(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}

function isHandle(value: object): value is Handle {
  return 'fd' in value && typeof value.fd === 'number' && 'recvStart' in value && 'recvStop' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
