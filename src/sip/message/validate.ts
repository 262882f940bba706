import type { ParseFault, ParseResult } from './fault.ts';
import type { Flaw } from './head.ts';
import type { Headers } from './headers.ts';
import { MAX_HOPS, MAX_URI_BYTES } from './limits.ts';
import { SipRequest, SipResponse } from './message.ts';
import type { SipMessage } from './message.ts';
import { codeOf, KNOWN_HEADERS } from './names.ts';
import { decimal } from './text.ts';

/** What is wrong with a request that was put together or read; undefined when it may be acted on. */
export function validateRequest(request: SipRequest): ParseFault | undefined {
  return validated(request).fault;
}

/** A message that was framed, as what may be handed on: itself, or its fault. */
export function validated(message: SipMessage): ParseResult {
  const flaw = headerFlaw(message) ?? (message instanceof SipRequest ? requestFlaw(message) : undefined);
  return flaw ? { fault: faultOf(message, flaw) } : { message };
}

/** The fault of a message. A request can be answered when its topmost Via can be read, unless it is an ACK. */
export function faultOf(message: SipMessage, flaw: Flaw): ParseFault {
  if (message instanceof SipResponse) return { ...flaw, message: 'response' };
  const answerable = message.via !== undefined && message.method !== 'ACK';
  return { ...flaw, message: 'request', ...(answerable ? { request: message } : {}) };
}

/**
 * The body length that the headers announce; undefined when they announce none.
 * Not a number, or two different numbers: 'malformed' (RFC 4475 §3.3.9).
 */
export function contentLength(headers: Headers): number | 'malformed' | undefined {
  const count = headers.count('content-length');
  if (count === 0) return undefined;
  const length = decimal(headers.get('content-length') ?? '');
  if (count > 1 && headers.lines('content-length').some((line) => decimal(line) !== length)) return 'malformed';
  return length ?? 'malformed';
}

/** Of the message that is being looked at: how many lines each header has, by the code of its name. */
const counts = new Uint16Array(KNOWN_HEADERS);

// RFC 3261 §8.1.1: what every message carries, once each but Via.
function headerFlaw(message: SipMessage): Flaw | undefined {
  const { headers } = message;
  headers.countInto(counts);
  for (const { code, name, needed } of SINGLE) {
    const count = counts[code] ?? 0;
    if (count > 1) return bad(`Repeated ${name}`);
    if (count === 0 && needed) return bad(`Missing ${name}`);
  }
  if (counts[VIA] === 0) return bad('Missing Via');
  if (!message.via) return bad('Malformed Via');
  if (!message.from) return bad('Malformed From');
  if (!message.to) return bad('Malformed To');
  if (message.callId === undefined) return bad('Malformed Call-ID');
  if (!message.cseq) return bad('Malformed CSeq');
  for (const { code, id } of HOP_LISTS)
    if (counts[code] !== 0 && headers.countValues(id) > MAX_HOPS) return bad('Too Many Hops Listed');
  return undefined;
}

function requestFlaw(request: SipRequest): Flaw | undefined {
  // What is checked about a call stands in these two. One that can be read in two ways would be checked in one only.
  if (!request.from?.address) return bad('Malformed From');
  if (!request.to?.address) return bad('Malformed To');
  if (request.headers.has('max-forwards') && request.maxForwards === undefined) return bad('Malformed Max-Forwards');
  if (request.cseq?.method !== request.method) return bad('CSeq Method Mismatch');
  if (request.uri.length > MAX_URI_BYTES) return { status: 414, reason: 'Request-URI Too Long' };
  const uri = request.target;
  // RFC 3261 §19.1.1: headers are not allowed in a Request-URI, and must never be acted on.
  if (!uri || uri.headers !== undefined) return bad('Malformed Request-URI');
  return undefined;
}

const SINGLE = [
  { code: codeOf('from'), name: 'From', needed: true },
  { code: codeOf('to'), name: 'To', needed: true },
  { code: codeOf('call-id'), name: 'Call-ID', needed: true },
  { code: codeOf('cseq'), name: 'CSeq', needed: true },
  { code: codeOf('max-forwards'), name: 'Max-Forwards', needed: false },
];

const VIA = codeOf('via');

const HOP_LISTS = ['via', 'route', 'record-route'].map((id) => ({ id, code: codeOf(id) }));

function bad(reason: string): Flaw {
  return { status: 400, reason };
}
