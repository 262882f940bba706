import type { Party } from '../../../../rulebook/call-control.ts';
import { Attributes, quote } from '../attributes.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import { PROGRESS_EVENTS, type ProgressEvent } from '../status-callbacks.ts';
import type { HttpMethod } from '../webhook/webhooks.ts';

/** The vendor's limits: of user name and password, and of all header names and values together. */
const LONGEST_CREDENTIAL = 255;
const LONGEST_HEADERS = 1024;

/** Longest SIP URI; the vendor says 255 of it without headers. */
const LONGEST_URI = 255;

/** Headers that a script may set. */
const OWN_HEADER = /^(?:X-(?!Tollgate-)[\w.!%*+`'~-]+|User-to-User)$/i;

const CALLBACK = ['statusCallback', 'statusCallbackEvent', 'statusCallbackMethod'];
const DETECTION = [
  'machineDetection',
  'machineDetectionTimeout',
  'machineDetectionSpeechThreshold',
  'machineDetectionSpeechEndThreshold',
  'machineDetectionSilenceTimeout',
  'amdStatusCallback',
  'amdStatusCallbackMethod',
];
/** Scripts for the called side, which would have to run before it is connected. */
const CALLED_SIDE = ['url', 'method', 'sendDigits'];

/** Someone to call, as the script names them; its callback URL is still relative to the document. */
export interface Noun {
  readonly to: string;
  readonly party: Party;
  readonly callback: { readonly url: string; readonly method: HttpMethod; readonly events: ProgressEvent[] } | null;
  /** An attribute without which the call must not be connected, and which is not carried out here. */
  readonly refused: string | null;
}

/** `<Number>`, or the text of a Dial. Null, with a warning, for what is no telephone number. */
export function readNumber(element: Element, warn: Warn): Noun | null {
  const attributes = new Attributes(
    element,
    warn,
    [...CALLBACK, ...CALLED_SIDE],
    [...DETECTION, 'byoc', 'phoneNumberSid', 'callReason'],
  );
  const number = toE164(element.text);
  if (number === null) {
    warn(13223, `${quote(element.text)} is not an E.164 number`);
    return null;
  }
  return { to: number, party: { kind: 'number', number }, ...common(attributes, warn) };
}

/** `<Sip>`. Null, with a warning, for a URI or credentials that cannot be used. */
export function readSip(element: Element, warn: Warn): Noun | null {
  const attributes = new Attributes(
    element,
    warn,
    [...CALLBACK, ...CALLED_SIDE, 'username', 'password'],
    [...DETECTION, 'codecs', 'referUrl', 'referMethod'],
  );
  const [uri = '', query = ''] = element.text.split(/\?(.*)/s, 2);
  if (!/^sips?:[^\s<>"@]*@?[^\s<>"@]+$/i.test(uri) || uri.length > LONGEST_URI) {
    warn(13243, `${quote(uri)} is no SIP URI of up to ${LONGEST_URI} characters`);
    return null;
  }
  const [username, password] = [attributes.text('username'), attributes.text('password')];
  if ([username, password].some((text) => (text?.length ?? 0) > LONGEST_CREDENTIAL)) {
    warn(13249, `they have at most ${LONGEST_CREDENTIAL} characters each`);
    return null;
  }
  const party: Party = {
    kind: 'sip',
    uri,
    headers: readHeaders(query, warn),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  return { to: uri, party, ...common(attributes, warn) };
}

/** E.164 with the plus sign; a number of ten digits, or eleven that begin with 1, is a North American one. */
export function toE164(text: string): string | null {
  const digits = text.replace(/[\s().-]/g, '');
  if (/^\+[1-9]\d{1,14}$/.test(digits)) return digits;
  if (/^[2-9]\d{9}$/.test(digits)) return `+1${digits}`;
  return /^1[2-9]\d{9}$/.test(digits) ? `+${digits}` : null;
}

function common(attributes: Attributes, warn: Warn): Pick<Noun, 'callback' | 'refused'> {
  const url = attributes.text('statusCallback');
  const names = (attributes.text('statusCallbackEvent') ?? 'completed').split(/\s+/);
  const events = PROGRESS_EVENTS.filter((event) => names.includes(event));
  if (events.length < new Set(names).size) warn(12200, `statusCallbackEvent ${quote(names.join(' '))}`);
  const method = attributes.method('statusCallbackMethod', 12200);
  const refused = ['url', 'sendDigits'].find((name) => attributes.text(name) !== undefined);
  return { callback: url === undefined ? null : { url, method, events }, refused: refused ?? null };
}

function readHeaders(query: string, warn: Warn): [string, string][] {
  const headers: [string, string][] = [];
  let length = 0;
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const [name, value] = pair.split(/=(.*)/s, 2).map(decoded);
    if (name == null || value == null || !OWN_HEADER.test(name) || /\p{Cc}/u.test(value)) {
      warn(13252, quote(name ?? pair));
      continue;
    }
    length += name.length + value.length;
    if (length > LONGEST_HEADERS) {
      warn(13253, `all headers together have at most ${LONGEST_HEADERS} characters`);
      break;
    }
    headers.push([name, value]);
  }
  return headers;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
