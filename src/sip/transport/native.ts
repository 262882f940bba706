import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/** What datagrams.c offers. */
export interface NativeDatagrams {
  /** Most datagrams of one call. */
  readonly most: number;
  /** Bytes between the beginnings of two datagrams. */
  readonly slot: number;
  /**
   * Takes what waits at a UDP socket and returns how many datagrams that was, or a negative errno. Datagram `i` begins
   * at `i * slot` of `slots`. Its length, its source's port and IPv4 address as a number are at `3i` and after of `table`;
   * an IPv6 address is at `i` of `addresses`, and the number is 0.
   */
  receive(descriptor: number, slots: Buffer, table: Uint32Array, addresses: string[]): number;
  /**
   * Sends datagrams, one char a byte, from the text at `from` on, to the addresses and ports at the same places; without
   * an address to the connected peer. How many, or a negative errno when the first of them was not sent.
   */
  send(
    descriptor: number,
    from: number,
    texts: readonly string[],
    addresses: readonly (string | undefined)[],
    ports: readonly number[],
  ): number;
}

/** The text of the addon. */
export const SOURCE = join(import.meta.dirname, 'datagrams.c');

/** Where scripts/native.mjs puts the addon. It is named after all that it is made of, so that no stale one is loaded. */
export function addonFile(): string {
  const { versions, platform, arch } = process;
  const key = hash('sha256', [readFileSync(SOURCE, 'latin1'), platform, arch, versions.modules].join('\n'));
  return join(import.meta.dirname, '../../../node_modules/.tollgate-native', `${key.slice(0, 16)}.node`);
}

/** The addon; undefined where it was not built, and when TOLLGATE_NATIVE is "off". */
export function nativeDatagrams(): NativeDatagrams | undefined {
  if (process.env['TOLLGATE_NATIVE'] === 'off') return undefined;
  addon ??= load();
  return addon ?? undefined;
}

let addon: NativeDatagrams | null | undefined;

function load(): NativeDatagrams | null {
  try {
    return require(addonFile()) as NativeDatagrams;
  } catch {
    return null;
  }
}
