import { isIP, isIPv6 } from 'node:net';
import { SAMPLE_RATE } from './g711.ts';
import { printCrypto, readCrypto, type CryptoLine } from './sdes.ts';

/** Which way a stream flows, as its describer sees it (RFC 3264 §5.1). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The two ways of G.711 to write a sample (RFC 3551 §4.5.14). */
export type Law = 'pcmu' | 'pcma';

/** One `m=` section of a session description. */
export interface MediaStream {
  readonly media: string;
  /** 0: refused, or no longer in use (RFC 3264 §5.1, §6). */
  readonly port: number;
  readonly protocol: string;
  /** The formats as written; for RTP the payload types in order of preference. */
  readonly formats: readonly string[];
  /** Where its packets go; undefined when `c=` is missing or names no IP address. */
  readonly address: string | undefined;
  readonly direction: Direction;
  /** The payload type that means PCMU at 8 kHz, when it is among the formats. */
  readonly pcmu: number | undefined;
  /** The same of PCMA. */
  readonly pcma: number | undefined;
  /** The payload type of telephone-event (RFC 4733), when it is among the formats. */
  readonly telephoneEvent: number | undefined;
  /** Keys of a stream over SRTP that can be spoken, in order of preference; empty for every other stream. */
  readonly crypto: readonly CryptoLine[];
}

/** Our side of a stream. */
export interface LocalMedia {
  readonly address: string;
  readonly port: number;
  /** `o=`: the number of the session, and a version that rises with each change (RFC 3264 §8). */
  readonly sessionId: number;
  readonly version: number;
  /** Our key: the stream is encrypted. */
  readonly crypto?: CryptoLine | undefined;
}

/** More `m=` sections than this are not read. */
const MOST_STREAMS = 16;
/** Formats of one stream that are read; there are no more payload types. */
const MOST_FORMATS = 128;
const PLAIN = 'RTP/AVP';
const ENCRYPTED = 'RTP/SAVP';
const STATIC: Record<Law, number> = { pcmu: 0, pcma: 8 };
const OFFERED_TELEPHONE_EVENT = 101;
const DIRECTIONS = new Set<string>(['sendrecv', 'sendonly', 'recvonly', 'inactive']);
const MIRRORED: Record<Direction, Direction> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

interface Line {
  readonly type: string;
  readonly value: string;
}

/** Reads a session description (RFC 8866), tolerant of what it does not need; undefined when it is none. */
export function parseSdp(text: string): readonly MediaStream[] | undefined {
  const lines = text.split('\n').flatMap(readLine);
  if (lines[0]?.type !== 'v') return undefined;
  const starts = lines.flatMap((line, index) => (line.type === 'm' ? [index] : [])).slice(0, MOST_STREAMS);
  const session = lines.slice(0, starts[0] ?? lines.length);
  const streams = starts.map((start, index) => readStream(lines.slice(start, starts[index + 1]), session));
  return streams.every((stream) => stream !== undefined) ? streams : undefined;
}

/** The stream both sides can speak: audio over RTP, or SRTP with a key, with one of `laws`, its port not 0. */
export function usableAudio(streams: readonly MediaStream[], laws: readonly Law[] = ['pcmu']): MediaStream | undefined {
  return streams.find(
    (stream) => stream.media === 'audio' && isSpoken(stream) && stream.port > 0 && lawOf(stream, laws) !== undefined,
  );
}

function isSpoken({ protocol, crypto }: MediaStream): boolean {
  return protocol === PLAIN || (protocol === ENCRYPTED && crypto.length > 0);
}

/** The law that the describer of a stream prefers among `laws`. */
export function lawOf(stream: MediaStream, laws: readonly Law[]): Law | undefined {
  const rank = (law: Law): number => stream.formats.indexOf(String(stream[law]));
  return laws.filter((law) => stream[law] !== undefined).toSorted((a, b) => rank(a) - rank(b))[0];
}

/** Where packets for `stream` may be sent now: undefined on hold, without a port, or without an address (RFC 3264 §8.4). */
export function sendTarget(
  stream: MediaStream | undefined,
  law: Law = 'pcmu',
): { address: string; port: number; payloadType: number } | undefined {
  const payloadType = stream?.[law];
  if (!stream?.address || stream.port === 0 || payloadType === undefined) return undefined;
  if (stream.direction === 'sendonly' || stream.direction === 'inactive') return undefined;
  return isUnicast(stream.address) ? { address: stream.address, port: stream.port, payloadType } : undefined;
}

/** An offer of one stream: `laws` in this order, and telephone-event. */
export function createOffer(local: LocalMedia, laws: readonly Law[] = ['pcmu']): string {
  const codecs = laws.map((law): [Law, number] => [law, STATIC[law]]);
  return [...sessionLines(local), ...audioLines(local, codecs, OFFERED_TELEPHONE_EVENT, 'sendrecv')].join('');
}

/** The answer to `offer` (RFC 3264 §6): the chosen stream taken, every other refused in its place with port 0. */
export function createAnswer(
  offer: readonly MediaStream[],
  chosen: MediaStream | undefined,
  local: LocalMedia,
  law: Law = 'pcmu',
): string {
  const streams = offer.flatMap((stream) => {
    const type = chosen?.[law];
    return stream === chosen && type !== undefined
      ? audioLines(local, [[law, type]], chosen.telephoneEvent, MIRRORED[chosen.direction])
      : [`m=${stream.media} 0 ${stream.protocol} ${stream.formats.join(' ')}\r\n`];
  });
  return [...sessionLines(local), ...streams].join('');
}

function sessionLines({ address, sessionId, version }: LocalMedia): string[] {
  const family = isIPv6(address) ? 'IP6' : 'IP4';
  return [
    'v=0\r\n',
    `o=- ${sessionId} ${version} IN ${family} ${address}\r\n`,
    's=-\r\n',
    `c=IN ${family} ${address}\r\n`,
    't=0 0\r\n',
  ];
}

function audioLines(
  local: LocalMedia,
  codecs: readonly (readonly [Law, number])[],
  event: number | undefined,
  direction: Direction,
): string[] {
  const formats = [...codecs.map(([, type]) => type), ...(event === undefined ? [] : [event])].join(' ');
  const eventLines =
    event === undefined ? [] : [`a=rtpmap:${event} telephone-event/${SAMPLE_RATE}\r\n`, `a=fmtp:${event} 0-16\r\n`];
  return [
    `m=audio ${local.port} ${local.crypto ? ENCRYPTED : PLAIN} ${formats}\r\n`,
    ...(local.crypto ? [printCrypto(local.crypto)] : []),
    ...codecs.map(([law, type]) => `a=rtpmap:${type} ${law.toUpperCase()}/${SAMPLE_RATE}\r\n`),
    ...eventLines,
    'a=ptime:20\r\n',
    `a=${direction}\r\n`,
  ];
}

function readLine(text: string): Line[] {
  return text[1] === '=' ? [{ type: text.slice(0, 1), value: text.slice(2).trim() }] : [];
}

function readStream(lines: readonly Line[], session: readonly Line[]): MediaStream | undefined {
  const [media = '', portText = '', protocol = '', ...rest] = (lines[0]?.value ?? '').split(' ').filter(Boolean);
  const formats = rest.slice(0, MOST_FORMATS);
  const port = readNumber(portText.split('/', 1)[0] ?? '', 65_535);
  if (port === undefined || protocol === '') return undefined;
  const attributes = lines.filter((line) => line.type === 'a').map((line) => line.value);
  const sessionAttributes = session.filter((line) => line.type === 'a').map((line) => line.value);
  const payloadTypes = formats.flatMap((format) => readNumber(format, 127) ?? []);
  return {
    media: media.toLowerCase(),
    port,
    protocol: protocol.toUpperCase(),
    formats,
    address: readConnection(lines) ?? readConnection(session),
    direction: readDirection(attributes) ?? readDirection(sessionAttributes) ?? 'sendrecv',
    pcmu: codecOf('pcmu', payloadTypes, attributes),
    pcma: codecOf('pcma', payloadTypes, attributes),
    telephoneEvent: findCodec('telephone-event', payloadTypes, attributes),
    crypto: protocol.toUpperCase() === ENCRYPTED ? readCrypto(attributes) : [],
  };
}

function readConnection(lines: readonly Line[]): string | undefined {
  const value = lines.find((line) => line.type === 'c')?.value ?? '';
  const address = (value.split(' ').filter(Boolean)[2] ?? '').split('/', 1)[0] ?? '';
  return isIP(address) === 0 ? undefined : address.toLowerCase();
}

function readDirection(attributes: readonly string[]): Direction | undefined {
  return attributes.find((attribute): attribute is Direction => DIRECTIONS.has(attribute));
}

function codecOf(law: Law, payloadTypes: readonly number[], attributes: readonly string[]): number | undefined {
  return findCodec(law, payloadTypes, attributes) ?? payloadTypes.find((type) => type === STATIC[law]);
}

/** The payload type that an `a=rtpmap:` maps to `name` at 8 kHz. */
function findCodec(name: string, payloadTypes: readonly number[], attributes: readonly string[]): number | undefined {
  for (const attribute of attributes) {
    if (!attribute.startsWith('rtpmap:')) continue;
    const [typeText = '', encoding = ''] = attribute.slice('rtpmap:'.length).split(' ').filter(Boolean);
    const [codec = '', rate] = encoding.split('/');
    const type = readNumber(typeText, 127);
    if (codec.toLowerCase() === name && rate === `${SAMPLE_RATE}` && type !== undefined && payloadTypes.includes(type))
      return type;
  }
  return undefined;
}

function readNumber(text: string, most: number): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

/** 0.0.0.0 and :: mean hold (RFC 3264 §8.4); audio to a group or to everybody is never sent. */
function isUnicast(address: string): boolean {
  if (isIPv6(address)) return address !== '::' && !address.startsWith('ff');
  const first = Number(address.split('.', 1)[0]);
  return first > 0 && first < 224;
}
