/** What a gate says to a message on a stream: the statuses it answers with, and whether it closes the connection. */
export interface StreamOutcome {
  readonly answers: readonly number[];
  readonly closes?: boolean;
}

/** One message of RFC 4475 or RFC 5118 and what is right to do about it. */
export interface Expectation {
  /** Below `messages/`, without its ending. */
  readonly file: string;
  readonly section: string;
  /** What the parser finds: well formed, or the reason of its fault. */
  readonly parsed: 'request' | 'response' | { readonly fault: string };
  /** The answer over UDP of a gate that serves neither example.com nor its neighbours; null is silence. */
  readonly udp: number | null;
  /** Over TCP, where that differs. */
  readonly tcp?: StreamOutcome;
  /** Which choice was made where the RFC leaves one. */
  readonly choice?: string;
}

// What this gate answers to well-formed requests that are not for it.
const UNKNOWN_HOST = 404;
const STRANGE_OPTIONS = 403;
const NO_REGISTRAR = 405;
const UNKNOWN_METHOD = 501;
const UNSERVED_METHOD = 405;
const UNKNOWN_DIALOG = 481;

const SILENCE: StreamOutcome = { answers: [] };
const CLOSE: StreamOutcome = { answers: [], closes: true };
const REFUSE_AND_CLOSE: StreamOutcome = { answers: [400], closes: true };

const bad = (fault: string): { readonly fault: string } => ({ fault });

const STRICT = 'refused: another element could repair it differently';

export const RFC_4475: readonly Expectation[] = [
  { file: 'wsinv', section: '3.1.1.1', parsed: 'request', udp: UNKNOWN_DIALOG, choice: 'its To has a tag, so it claims a dialog; its Route is not followed' },
  { file: 'intmeth', section: '3.1.1.2', parsed: 'request', udp: UNKNOWN_METHOD },
  { file: 'esc01', section: '3.1.1.3', parsed: 'request', udp: UNKNOWN_HOST },
  { file: 'escnull', section: '3.1.1.4', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'esc02', section: '3.1.1.5', parsed: 'request', udp: UNKNOWN_METHOD },
  { file: 'lwsdisp', section: '3.1.1.6', parsed: 'request', udp: STRANGE_OPTIONS },
  { file: 'longreq', section: '3.1.1.7', parsed: 'request', udp: UNKNOWN_HOST },
  { file: 'dblreq', section: '3.1.1.8', parsed: 'request', udp: NO_REGISTRAR, tcp: { answers: [NO_REGISTRAR, UNKNOWN_HOST], closes: true }, choice: 'on a stream these are two requests, and one byte too many that begins no third' },
  { file: 'semiuri', section: '3.1.1.9', parsed: 'request', udp: STRANGE_OPTIONS },
  { file: 'transports', section: '3.1.1.10', parsed: 'request', udp: STRANGE_OPTIONS },
  { file: 'mpart01', section: '3.1.1.11', parsed: 'request', udp: UNSERVED_METHOD },
  { file: 'unreason', section: '3.1.1.12', parsed: 'response', udp: null, choice: 'answers no request of ours: dropped' },
  { file: 'noreason', section: '3.1.1.13', parsed: 'response', udp: null, choice: 'answers no request of ours: dropped' },
  { file: 'badinv01', section: '3.1.2.1', parsed: bad('Malformed Via'), udp: null, choice: 'dropped: its Via is the way back, and it cannot be read' },
  { file: 'clerr', section: '3.1.2.2', parsed: bad('Body Shorter Than Content-Length'), udp: 400, tcp: SILENCE, choice: 'on a stream the rest is awaited until the deadline for a message closes the connection' },
  { file: 'ncl', section: '3.1.2.3', parsed: bad('Malformed Content-Length'), udp: 400, tcp: REFUSE_AND_CLOSE },
  { file: 'scalar02', section: '3.1.2.4', parsed: bad('Malformed CSeq'), udp: 400 },
  { file: 'scalarlg', section: '3.1.2.5', parsed: bad('Malformed CSeq'), udp: null },
  { file: 'quotbal', section: '3.1.2.6', parsed: bad('Malformed To'), udp: 400, choice: STRICT },
  { file: 'ltgtruri', section: '3.1.2.7', parsed: bad('Malformed Request-URI'), udp: 400, choice: STRICT },
  { file: 'lwsruri', section: '3.1.2.8', parsed: bad('Malformed Request-URI'), udp: 400, choice: STRICT },
  { file: 'lwsstart', section: '3.1.2.9', parsed: bad('Malformed Request-URI'), udp: 400, choice: STRICT },
  { file: 'trws', section: '3.1.2.10', parsed: bad('Malformed Start Line'), udp: 400, choice: STRICT },
  { file: 'escruri', section: '3.1.2.11', parsed: bad('Malformed Request-URI'), udp: 400, choice: STRICT },
  { file: 'baddate', section: '3.1.2.12', parsed: 'request', udp: UNKNOWN_HOST, choice: 'Date is nothing that a proxy needs' },
  { file: 'regbadct', section: '3.1.2.13', parsed: 'request', udp: NO_REGISTRAR, choice: 'Contact is nothing that a proxy needs' },
  { file: 'badaspec', section: '3.1.2.14', parsed: bad('Malformed To'), udp: 400, choice: STRICT },
  { file: 'baddn', section: '3.1.2.15', parsed: bad('Malformed From'), udp: 400, choice: STRICT },
  { file: 'badvers', section: '3.1.2.16', parsed: bad('Version Not Supported'), udp: 505 },
  { file: 'mismatch01', section: '3.1.2.17', parsed: bad('CSeq Method Mismatch'), udp: 400 },
  { file: 'mismatch02', section: '3.1.2.18', parsed: bad('CSeq Method Mismatch'), udp: 400, choice: '400, also for a method that is not known' },
  { file: 'bigcode', section: '3.1.2.19', parsed: bad('Malformed Start Line'), udp: null, tcp: CLOSE, choice: 'what begins like no message has no border on a stream' },
  { file: 'badbranch', section: '3.2.1', parsed: 'request', udp: STRANGE_OPTIONS, choice: 'told from others the way of RFC 2543' },
  { file: 'insuf', section: '3.3.1', parsed: bad('Missing From'), udp: 400 },
  { file: 'unkscm', section: '3.3.2', parsed: 'request', udp: 416 },
  { file: 'novelsc', section: '3.3.3', parsed: 'request', udp: 416 },
  { file: 'unksm2', section: '3.3.4', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'bext01', section: '3.3.5', parsed: 'request', udp: 420 },
  { file: 'invut', section: '3.3.6', parsed: 'request', udp: UNKNOWN_HOST, choice: 'bodies are not read by a proxy' },
  { file: 'regaut01', section: '3.3.7', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'multi01', section: '3.3.8', parsed: bad('Repeated From'), udp: 400 },
  { file: 'mcl01', section: '3.3.9', parsed: bad('Malformed Content-Length'), udp: 400, tcp: REFUSE_AND_CLOSE },
  { file: 'bcast', section: '3.3.10', parsed: 'response', udp: null },
  { file: 'zeromf', section: '3.3.11', parsed: 'request', udp: STRANGE_OPTIONS, choice: 'OPTIONS is answered here and passed on to nobody (RFC 3261 §16.3 step 3)' },
  { file: 'cparam01', section: '3.3.12', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'cparam02', section: '3.3.13', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'regescrt', section: '3.3.14', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'sdp01', section: '3.3.15', parsed: 'request', udp: UNKNOWN_HOST, choice: 'Accept is for the endpoint to read' },
  { file: 'inv2543', section: '3.4.1', parsed: 'request', udp: UNKNOWN_HOST, tcp: REFUSE_AND_CLOSE, choice: 'taken, but a stream needs Content-Length' },
].map((row) => ({ ...row, file: `rfc4475/${row.file}` })) as readonly Expectation[]; // prettier-ignore

export const RFC_5118: readonly Expectation[] = [
  { file: 'ipv6-good', section: '4.1', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'ipv6-bad', section: '4.2', parsed: bad('Malformed Request-URI'), udp: 400 },
  { file: 'port-ambiguous', section: '4.3', parsed: 'request', udp: NO_REGISTRAR, choice: 'all between the brackets is address' },
  { file: 'port-unambiguous', section: '4.4', parsed: 'request', udp: NO_REGISTRAR },
  { file: 'via-received-param-with-delim', section: '4.5', parsed: 'request', udp: UNKNOWN_DIALOG },
  { file: 'via-received-param-no-delim', section: '4.5', parsed: 'request', udp: STRANGE_OPTIONS },
  { file: 'ipv6-in-sdp', section: '4.6', parsed: 'request', udp: UNKNOWN_HOST },
  { file: 'mult-ip-in-header', section: '4.7', parsed: 'request', udp: UNKNOWN_DIALOG },
  { file: 'mult-ip-in-sdp', section: '4.8', parsed: 'request', udp: UNKNOWN_HOST },
  { file: 'ipv4-mapped-ipv6', section: '4.9', parsed: 'request', udp: UNKNOWN_HOST },
  { file: 'ipv6-bug-abnf-3-colons', section: '4.10', parsed: 'request', udp: STRANGE_OPTIONS, choice: 'the third colon is read as what the old grammar meant' },
  { file: 'ipv6-correct-abnf-2-colons', section: '4.10', parsed: 'request', udp: STRANGE_OPTIONS },
].map((row) => ({ ...row, file: `rfc5118/${row.file}` })) as readonly Expectation[]; // prettier-ignore
