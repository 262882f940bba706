/** Bounds of the transports: what strangers may hold, and for how long. */
export interface Limits {
  /** Asked of the system for each UDP socket, bytes; a burst of calls must fit until it is read. */
  readonly udpReceiveBuffer: number;
  /** Bytes that may wait in one UDP socket for the network to take them; more is dropped. */
  readonly udpSendQueue: number;
  /** UDP peers that have a socket of their own, so that a closed port there is noticed; further ones only fall silent. */
  readonly udpPeers: number;
  /** Open connections: accepted ones, and as many again that this side opened. */
  readonly connections: number;
  /** Of these, connections with one IPv4 address or one IPv6 /64. */
  readonly connectionsPerSource: number;
  /** Bytes that may wait for one peer to read them; a peer that lets it come to more is closed. */
  readonly queueBytes: number;
  /** A connection without traffic is closed after this, milliseconds. */
  readonly idleMs: number;
  /** A message, or a TLS handshake, that began has to be complete within this, milliseconds. */
  readonly messageMs: number;
  /** Opening a connection may take this, TLS included, milliseconds. */
  readonly connectMs: number;
  /** A closing connection may take this to deliver what was written, milliseconds. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  udpReceiveBuffer: 4 * 1024 * 1024,
  udpSendQueue: 8 * 1024 * 1024,
  udpPeers: 256,
  connections: 10_000,
  connectionsPerSource: 256,
  queueBytes: 1024 * 1024,
  idleMs: 180_000,
  messageMs: 20_000,
  connectMs: 5000,
  lingerMs: 2000,
};
