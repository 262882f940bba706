import { parseUri, type SipUri } from '../uri.ts';
import { NO_PARAMS, parseParams, printParams } from './params.ts';
import type { Params } from './params.ts';
import {
  COLON,
  COMMA,
  GREATER,
  LESS,
  QUOTE,
  quote,
  quotedEnd,
  SEMICOLON,
  skipSpace,
  SPACE,
  trimmed,
  unquote,
} from './text.ts';

const QUESTION = 0x3f;

/** The value of From, To, Contact, Route and their kin (RFC 3261 §20.10). */
export class NameAddr {
  /** Without quotes and escapes; latin1, one char a byte. */
  readonly displayName: string | undefined;
  /** As written between `<` and `>`; not checked further. */
  readonly uri: string;
  /** The header's parameters; those inside `<>` stay in the URI. */
  readonly params: Params;
  /** The dialog tag (RFC 3261 §19.3). */
  readonly tag: string | undefined;
  /** Null until it is asked for. */
  #address: SipUri | undefined | null = null;

  constructor(uri: string, params: Params = NO_PARAMS, displayName?: string) {
    this.uri = uri;
    this.params = params;
    this.displayName = displayName;
    this.tag = params.get('tag') ?? undefined;
  }

  /** What the URI says; undefined when it is malformed. */
  get address(): SipUri | undefined {
    if (this.#address === null) this.#address = parseUri(this.uri);
    return this.#address;
  }
}

/** Reads one name-addr or addr-spec with its header parameters; undefined when malformed. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const start = skipSpace(text, 0);
  if (text.charCodeAt(start) === QUOTE) {
    const end = quotedEnd(text, start);
    if (end < 0) return undefined;
    return parseBracketed(text, skipSpace(text, end), unquote(text.slice(start, end)));
  }
  const special = firstSpecial(text, start);
  if (text.charCodeAt(special) === COLON) return parseBare(text, start);
  return parseBracketed(text, special, trimmed(text, start, special) || undefined);
}

/** The value as text; the display name always in quotes. */
export function printNameAddr(value: NameAddr): string {
  const name = value.displayName === undefined ? '' : `${quote(value.displayName)} `;
  return `${name}<${value.uri}>${printParams(value.params)}`;
}

// What comes first tells the forms apart: `<` ends a display name, `:` a scheme. The rest would let two readers
// see two different addresses, so it is refused.
function firstSpecial(text: string, at: number): number {
  let index = at;
  for (; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === LESS || code === COLON || code === QUOTE || code === COMMA || code === SEMICOLON || code === GREATER)
      return index;
  }
  return index;
}

function parseBracketed(text: string, at: number, displayName: string | undefined): NameAddr | undefined {
  if (text.charCodeAt(at) !== LESS) return undefined;
  const end = text.indexOf('>', at);
  return end < 0 ? undefined : build(text, { uriAt: at + 1, uriEnd: end, paramsAt: end + 1 }, displayName);
}

// RFC 3261 §20.10: without `<>` every parameter is the header's, and the URI can have neither `?` nor `,`.
function parseBare(text: string, start: number): NameAddr | undefined {
  let end = start;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === SEMICOLON || code <= SPACE) break;
    if (code === QUESTION || code === COMMA || code === GREATER) return undefined;
  }
  return build(text, { uriAt: start, uriEnd: end, paramsAt: end }, undefined);
}

interface Parts {
  readonly uriAt: number;
  readonly uriEnd: number;
  readonly paramsAt: number;
}

function build(
  text: string,
  { uriAt, uriEnd, paramsAt }: Parts,
  displayName: string | undefined,
): NameAddr | undefined {
  if (uriAt === uriEnd) return undefined;
  for (let index = uriAt; index < uriEnd; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= SPACE || code === LESS || code === QUOTE) return undefined;
  }
  const params = parseParams(text, paramsAt);
  return params && new NameAddr(text.slice(uriAt, uriEnd), params, displayName);
}
