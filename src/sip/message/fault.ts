import type { SipMessage, SipRequest } from './message.ts';

/** Why bytes are not a message to act on. */
export interface ParseFault {
  /** The status that says so to the sender: 400, 413, 414, 505, 513. */
  readonly status: number;
  readonly reason: string;
  /** What can be answered with `createResponse`. Absent when no answer can be built, and for ACK, which has none. */
  readonly request?: SipRequest;
  /** What it tried to be, when that could be told. A faulty response is dropped. */
  readonly message?: 'request' | 'response';
  /** On a stream: the border to the next message is lost, so the connection has to be closed. */
  readonly fatal?: true;
}

/** What some bytes turned out to be: exactly one of the three. */
export type ParseResult =
  | { readonly message: SipMessage; readonly fault?: undefined; readonly keepalive?: undefined }
  | { readonly message?: undefined; readonly fault: ParseFault; readonly keepalive?: undefined }
  | { readonly message?: undefined; readonly fault?: undefined; readonly keepalive: true };
