import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import { createResponse, SipRequest } from '../../src/sip/message/message.ts';
import { parseDatagram } from '../../src/sip/message/parse.ts';
import { Mailbox } from './mailbox.ts';

/** Sec-WebSocket-Key has to be there; which one does not matter (RFC 6455 §4.1). */
export const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
} as const;

/** A telephone in a web page, as far as SIP sees it: it is known by a name that leads nowhere. */
export class WebSocketPhone extends Mailbox implements AsyncDisposable {
  /** What it writes into its Via (RFC 7118 §5.2.1). */
  readonly address = 'df7jal23ls0d.invalid';
  readonly port = 5060;
  readonly socket: WebSocket;
  /** Frames that are no messages. */
  readonly others: string[] = [];
  readonly #transport: 'WS' | 'WSS';

  private constructor(socket: WebSocket) {
    super();
    this.socket = socket;
    this.#transport = socket.url.startsWith('wss') ? 'WSS' : 'WS';
    socket.on('error', () => {});
    socket.on('message', (frame: Buffer) => {
      const { message } = parseDatagram(frame);
      if (message) this.deliver(message);
      else this.others.push(frame.toString());
    });
  }

  /** Resolves when the handshake is done; rejects when it is refused. */
  static async connect(url: string, options: ClientOptions = {}, protocols = ['sip']): Promise<WebSocketPhone> {
    const socket = new WebSocket(url, protocols, options);
    const phone = new WebSocketPhone(socket);
    await once(socket, 'open');
    return phone;
  }

  /** The port that the other side sees. */
  get realPort(): number {
    const { _socket: socket } = this.socket as unknown as { _socket: Socket };
    return (socket.address() as AddressInfo).port;
  }

  /** Sends a message without Content-Length, with this transport in the Via of a request. */
  send(message: SipRequest | ReturnType<typeof createResponse>, binary = false): void {
    const via = message.headers.values('via')[0] ?? '';
    if (message instanceof SipRequest)
      message.headers.replaceFirstValue('via', via.replace(/^SIP\/2\.0\/\w+/, `SIP/2.0/${this.#transport}`));
    this.socket.send(
      message
        .toBuffer()
        .toString('latin1')
        .replace(/Content-Length: \d+\r\n/, ''),
      { binary },
    );
  }

  /** Answers a request over the one connection there is. */
  respond(request: SipRequest, status: number): void {
    const response = createResponse(request, status, undefined, status > 100 ? 'webphone' : undefined);
    response.headers.append('Contact', `<sip:jdoe@${this.address};transport=ws>`);
    for (const route of request.headers.lines('record-route')) response.headers.append('Record-Route', route);
    this.send(response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.terminate();
    await closed;
  }
}
