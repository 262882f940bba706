import type { SipMessage } from '../message/message.ts';
import type { ParseFault } from '../message/fault.ts';

/** The transports that have sockets of their own (RFC 3261 §18), to listen on and to open. */
export type SocketTransport = 'udp' | 'tcp' | 'tls';

/** SIP over WebSocket (RFC 7118), over HTTP and HTTPS: only clients open these. */
export type WebSocketTransport = 'ws' | 'wss';

/** The transports that are served. */
export type TransportName = SocketTransport | WebSocketTransport;

/** Those that keep what is said to themselves. */
export const ENCRYPTED: ReadonlySet<TransportName> = new Set(['tls', 'wss']);

/** An IP address (no brackets) with a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where to listen; port 0 takes a free one. */
export interface Binding extends Endpoint {
  readonly transport: SocketTransport;
}

/** Whether other threads listen there too: none does, this is the first of them, or they do already. */
export type Sharing = 'alone' | 'begins' | 'joins';

/** Where a server of HTTP takes SIP over WebSocket for us. */
export interface WebSocketBinding extends Endpoint {
  readonly transport: WebSocketTransport;
}

/**
 * A way to one peer. The flow that came with a request leads its responses back (RFC 3261 §18.2.2, RFC 3581 §4).
 * `remote` is the true source of what arrived; `local` is our listening endpoint, port 0 when there is none yet.
 */
export interface Flow {
  readonly transport: TransportName;
  /** Retransmission is the transport's work (all but UDP), not the transaction's. */
  readonly reliable: boolean;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Host names, lower case, of the certificate that the peer proved to own when it connected; absent without one. */
  readonly names?: readonly string[] | undefined;
  /**
   * Sends a message as `print` makes it, one char a byte. Never waits and never throws. `onError` is called at most once, not before `send` returned, and must not throw.
   * On connections it also tells of a connection that closed before anything came back after this message (§18.4).
   */
  send(text: string, onError?: (error: Error) => void): void;
}

/** Receives what the sockets bring; the top Via already tells the true source (§18.2.1, RFC 3581 §4). */
export interface TransportUser {
  message(message: SipMessage, flow: Flow): void;
  /** Broken input. When `fault.request` is there it can be answered on `flow`; a stream whose framing is lost closes after. */
  fault(fault: ParseFault, flow: Flow): void;
  /**
   * Asked for each datagram and each new connection before a byte of it is read; false: silence. Absent: all are heard.
   * `local` is where it came to; `bytes` the length of a datagram, 0 for a connection.
   */
  admits?(remote: Endpoint, transport: TransportName, local: Endpoint, bytes: number): boolean;
  /** One of the calls above threw: a fault of ours. The transport goes on. Absent: thrown again outside of it. */
  crashed?(error: unknown): void;
}

/** What the transports count. */
export type TransportEvent =
  | 'message'
  | 'fault'
  | 'keepalive'
  | 'not-admitted'
  | 'connection-opened'
  | 'connection-closed'
  | 'connection-refused'
  | 'connection-idle'
  | 'message-incomplete'
  | 'peer-stalled'
  | 'send-failed'
  | 'thread-behind'
  | 'socket-error';

/** Takes the events, one at a time; for metrics. */
export interface TransportCounters {
  count(event: TransportEvent, transport: TransportName): void;
}

/** Certificates of the TLS transport, PEM. `ca` replaces the well-known authorities when this side opens a connection. */
export interface TlsMaterial {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly ca?: string | Buffer;
  /** Who signs the certificates that clients are asked for (mutual TLS); none is asked for when absent. */
  readonly clientCa?: string | Buffer | undefined;
  /** Whether a client without one of these is turned away; when absent it has only proved no name. */
  readonly clientCaRequired?: boolean;
}
