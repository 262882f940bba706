import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** Thrown by every reader here: what the text must be. The caller adds where it came from. */
export class Expectation extends Error {}

/** An address to listen on; port 0 takes a free one. IPv6 without brackets. */
export interface Binding {
  readonly host: string;
  readonly port: number;
}

/** `ADDRESS:PORT`; `localhost` stands for 127.0.0.1, other names are refused: a listener binds to an address. */
export function readBinding(text: string): Binding {
  const expected = new Expectation('must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080');
  const colon = text.lastIndexOf(':');
  const [host, port] = [bare(text.slice(0, colon)), text.slice(colon + 1)];
  if (colon < 0 || !/^\d{1,5}$/.test(port) || Number(port) > 65535) throw expected;
  // "::1:80" could be read two ways.
  if (host.includes(':') && !text.startsWith('[')) throw expected;
  if (host !== 'localhost' && !isIP(host)) throw expected;
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(port) };
}

/** A host name (RFC 1123 §2.1), lower case. */
export function readHostName(text: string): string {
  const name = text.toLowerCase();
  const labels = name.split('.');
  const valid = name.length <= 253 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (!valid || /^\d+$/.test(labels.at(-1) ?? ''))
    throw new Expectation('must be a host name, such as voice.example.com');
  return name;
}

/** An IP address, IPv6 with or without brackets, or a host name. */
export function readHost(text: string): string {
  return isIP(bare(text)) ? bare(text) : readHostName(text);
}

/** An origin as a browser sends it (RFC 6454 §6.2). */
export function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== text.toLowerCase())
    throw new Expectation('must list origins such as https://phone.example.com');
  return url.origin;
}

/** A path, made absolute. An empty one would be the folder that the program was started in. */
export function readPath(text: string): string {
  if (text === '') throw new Expectation('must be a path');
  return resolve(text);
}

/** `true` or `1`, `false` or `0`. */
export function readSwitch(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new Expectation('must be true or false');
}

/** A whole number from `least` to `most`. */
export function readInteger(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new Expectation(`must be a whole number from ${least} to ${most}`);
  return value;
}

/** A reader of exactly these names. */
export function oneOf<const Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const name = names.find((candidate) => candidate === text);
    if (name === undefined) throw new Expectation(`must be one of ${names.join(', ')}`);
    return name;
  };
}

/** The parts of a list separated by commas; an empty part is refused. */
export function listOf(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new Expectation('must be a list separated by commas, without gaps');
  return parts;
}

/** The items, which must differ. */
export function distinct<Item>(items: Item[]): Item[] {
  if (new Set(items).size < items.length) throw new Expectation('must not name anything twice');
  return items;
}

function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
