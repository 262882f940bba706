import { ENCRYPTED, type Endpoint, type Flow, type TransportName } from './transport.ts';

/** What bytes leave by, as long as it is open. */
export interface Channel {
  readonly open: boolean;
  write(bytes: Buffer, onError?: (error: Error) => void): void;
}

/** What a flow over connections is made of. */
interface StreamFlowOptions {
  readonly transport: Exclude<TransportName, 'udp'>;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly names?: readonly string[] | undefined;
  /** The connection something came in on; undefined when this side begins. */
  readonly connection?: Channel | undefined;
  /** Finds or opens a connection when there is none that is open; throws when none may be opened. */
  readonly connect: () => Channel;
}

/** A flow over connections: the one it has, and when that is gone, another (RFC 3261 §18.2.2). */
export class StreamFlow implements Flow {
  readonly transport: Exclude<TransportName, 'udp'>;
  readonly reliable = true;
  readonly secure: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly names: readonly string[] | undefined;
  readonly #connect: () => Channel;
  #connection: Channel | undefined;

  constructor({ transport, local, remote, names, connection, connect }: StreamFlowOptions) {
    this.transport = transport;
    this.secure = ENCRYPTED.has(transport);
    this.local = local;
    this.remote = remote;
    this.names = names;
    this.#connection = connection;
    this.#connect = connect;
  }

  send(text: string, onError?: (error: Error) => void): void {
    try {
      if (!this.#connection?.open) this.#connection = this.#connect();
      this.#connection.write(Buffer.from(text, 'latin1'), onError);
    } catch (error) {
      if (onError) setImmediate(onError, error as Error);
    }
  }
}
