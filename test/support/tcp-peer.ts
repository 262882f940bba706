import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { createResponse, SipRequest, type SipMessage } from '../../src/sip/message/message.ts';
import { StreamParser } from '../../src/sip/message/parse.ts';
import { Mailbox } from './mailbox.ts';

/** A certificate, its key, and who signs those of the others: each end must show one. */
export interface PeerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A bare SIP endpoint over TCP, or TLS, for tests: takes connections, opens them, remembers what comes. */
export class TcpPeer extends Mailbox implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Answers each request that comes; nothing is answered while it is unset. */
  onRequest: ((request: SipRequest) => void) | undefined;
  /** What it calls itself in its Contact; its address when unset. */
  host: string | undefined;
  readonly #server: Server;
  readonly #certificate: PeerCertificate | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #senders = new Map<SipMessage, Socket>();

  private constructor(server: Server, certificate: PeerCertificate | undefined) {
    super();
    this.#certificate = certificate;
    this.#server = server;
    ({ address: this.address, port: this.port } = server.address() as AddressInfo);
    server.on(certificate ? 'secureConnection' : 'connection', (socket: Socket) => this.#read(socket));
  }

  static async open(port = 0, address = '127.0.0.1', certificate?: PeerCertificate): Promise<TcpPeer> {
    const server = certificate
      ? createTlsServer({ ...certificate, requestCert: true, rejectUnauthorized: true })
      : createServer();
    server.listen(port, address);
    await once(server, 'listening');
    return new TcpPeer(server, certificate);
  }

  /** Connections that are open, whoever opened them. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Opens a connection to send and receive on. */
  async connect(to: { address: string; port: number }): Promise<Socket> {
    const target = { host: to.address, port: to.port, localAddress: this.address };
    const socket = this.#certificate
      ? connectTls({ ...target, ...this.#certificate, rejectUnauthorized: false })
      : connect(target);
    await once(socket, this.#certificate ? 'secureConnect' : 'connect');
    this.#read(socket);
    return socket;
  }

  /** Answers a request on the connection that it came by. */
  respond(request: SipRequest, status: number): void {
    const response = createResponse(request, status, undefined, status > 100 ? `peer${this.port}` : undefined);
    response.headers.append(
      'Contact',
      `<sip:peer@${this.host ?? this.address}:${this.port};transport=${this.#certificate ? 'tls' : 'tcp'}>`,
    );
    for (const route of request.headers.lines('record-route')) response.headers.append('Record-Route', route);
    this.#senders.get(request)?.write(response.toBuffer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #read(socket: Socket): void {
    const parser = new StreamParser();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      parser.push(chunk);
      for (let result = parser.next(); result !== undefined; result = parser.next()) {
        if (result === 'ping' || !result.message) continue;
        this.#senders.set(result.message, socket);
        if (result.message instanceof SipRequest) this.onRequest?.(result.message);
        this.deliver(result.message);
      }
    });
  }
}
