import type { Connection } from './connection.ts';
import type { Endpoint, Flow } from './transport.ts';

/** What a flow over TCP or TLS is made of. */
interface StreamFlowOptions {
  readonly transport: 'tcp' | 'tls';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The connection something came in on; undefined when this side begins. */
  readonly connection?: Connection | undefined;
  /** Finds or opens a connection when there is none that is open; throws when none may be opened. */
  readonly connect: () => Connection;
}

/** A flow over connections: the one it has, and when that is gone, another (RFC 3261 §18.2.2). */
export class StreamFlow implements Flow {
  readonly transport: 'tcp' | 'tls';
  readonly reliable = true;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #connect: () => Connection;
  #connection: Connection | undefined;

  constructor({ transport, local, remote, connection, connect }: StreamFlowOptions) {
    this.transport = transport;
    this.secure = transport === 'tls';
    this.local = local;
    this.remote = remote;
    this.#connection = connection;
    this.#connect = connect;
  }

  send(bytes: Buffer, onError?: (error: Error) => void): void {
    try {
      if (!this.#connection?.open) this.#connection = this.#connect();
      this.#connection.write(bytes, onError);
    } catch (error) {
      if (onError) setImmediate(onError, error as Error);
    }
  }
}
