import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A plain HTTP server on loopback whose upgrades all go to `take`. */
export class WebListener implements AsyncDisposable {
  readonly #server = createServer();

  readonly binding = { transport: 'ws' as const, address: '127.0.0.1', port: 0 };

  static async open(take: (request: IncomingMessage, socket: Socket, head: Buffer) => void): Promise<WebListener> {
    const listener = new WebListener();
    listener.#server.on('upgrade', (request, socket, head) => take(request, socket as Socket, head));
    listener.#server.listen(0, listener.binding.address);
    await once(listener.#server, 'listening');
    listener.binding.port = (listener.#server.address() as AddressInfo).port;
    return listener;
  }

  get url(): string {
    return `ws://${this.binding.address}:${this.binding.port}/sip`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await Promise.resolve();
  }
}
