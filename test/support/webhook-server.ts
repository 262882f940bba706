import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';

/** What one path answers: TwiML, or whatever the function does. */
export type Page = string | ((request: WebhookRequest, response: ServerResponse) => void);

/** A request as a customer's web server sees it. */
export interface WebhookRequest {
  readonly method: string;
  /** Path with the query. */
  readonly target: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Of the form, or of the query. */
  readonly parameters: URLSearchParams;
  /** Whether the vendor's own library finds the signature right. */
  readonly signed: boolean;
}

/** How long a request may take to come; generous, for a busy machine. */
const PATIENCE = 15_000;

/** A customer's web server on loopback, which writes down what it is asked. */
export class WebhookServer implements AsyncDisposable {
  requests: WebhookRequest[] = [];
  readonly url: string;
  #pages: Record<string, Page>;
  readonly #server: Server;
  #taken = new Set<WebhookRequest>();
  #more = Promise.withResolvers<void>();

  private constructor(server: Server, pages: Record<string, Page>, authToken: string) {
    this.#server = server;
    this.#pages = pages;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (message: IncomingMessage, response: ServerResponse) => {
      let body = '';
      message.on('data', (chunk: Buffer) => (body += chunk.toString()));
      message.on('end', () => this.#answer(message, body, authToken, response));
    });
  }

  static async open(pages: Record<string, Page>, authToken: string): Promise<WebhookServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookServer(server, pages, authToken);
  }

  /** Answers with other pages from now on, and forgets what was asked. */
  serve(pages: Record<string, Page>): void {
    this.#pages = pages;
    this.requests = [];
  }

  /** The paths that were asked, in order. */
  get paths(): string[] {
    return this.requests.map(({ path }) => path);
  }

  /** The next request for a path that matches and was not taken before. */
  async next(path: string, matches: (request: WebhookRequest) => boolean = () => true): Promise<WebhookRequest> {
    const deadline = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const found = this.requests.find(
        (request) => request.path === path && !this.#taken.has(request) && matches(request),
      );
      if (found) {
        this.#taken.add(found);
        return found;
      }
      if (deadline.aborted) throw new Error(`nobody asked ${path}; asked were: ${this.paths.join(', ') || 'none'}`);
      await Promise.race([this.#more.promise, once(deadline, 'abort')]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(message: IncomingMessage, body: string, authToken: string, response: ServerResponse): void {
    const { method = '', url: target = '', headers } = message;
    const [path = '', query = ''] = target.split(/\?(.*)/s, 2);
    const parameters = new URLSearchParams(method === 'POST' ? body : query);
    const form = Object.fromEntries(method === 'POST' ? parameters : []);
    const signature = String(headers['x-twilio-signature']);
    const signed = twilio.validateRequest(authToken, signature, `http://${headers.host}${target}`, form);
    const request: WebhookRequest = { method, target, path, headers, parameters, signed };
    this.requests.push(request);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
    const page = this.#pages[path];
    if (page === undefined) response.writeHead(404).end();
    else if (typeof page === 'string') response.writeHead(200, { 'content-type': 'text/xml' }).end(page);
    else page(request, response);
  }
}

/** A page of this content. */
export function content(type: string, body: Buffer | string): Page {
  return (_request, response) => response.writeHead(200, { 'content-type': type }).end(body);
}

/** A page that sends its client elsewhere. */
export function redirect(status: number, to: string): Page {
  return (_request, response) => response.writeHead(status, { location: to }).end();
}
