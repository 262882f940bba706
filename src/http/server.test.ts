import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { loadCertificate, type ServerCertificate } from './certificate.ts';
import { createLogger } from './log.ts';
import { createHttp, type HttpFace, type HttpOptions } from './server.ts';
import type { GateState } from './status.ts';

/** Long enough for anything that works; only a failure waits for it. */
const DEADLINE = 20_000;

let folder = '';
let certificate: ServerCertificate;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-http-'));
  certificate = await loadCertificate({ folder, names: [], own: null, now: Date.now() });
});
after(() => rmSync(folder, { recursive: true }));

interface Gate extends HttpFace {
  readonly url: string;
  readonly tlsUrl: string;
  readonly http: string;
  readonly logLines: string[];
}

/** An API of the paths that these tests ask for. */
function at(plugin: FastifyPluginAsync, ...paths: string[]): Pick<HttpOptions, 'apis'> {
  return { apis: [{ paths, plugin: async () => plugin }] };
}

async function startGate(t: TestContext, changes: Partial<HttpOptions> = {}): Promise<Gate> {
  const logLines: string[] = [];
  const face = createHttp({
    http: { host: '127.0.0.1', port: 0 },
    https: { host: '127.0.0.1', port: 0 },
    certificate,
    logger: createLogger('debug', { destination: { write: (line) => void logLines.push(line) } }),
    apis: [],
    state: async () => ({ status: 'ok', sip: ['udp:127.0.0.1:5060'], revision: 7 }),
    metrics: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'calls_total 3\n' },
    adminToken: 'admin-token',
    ...changes,
  });
  const { http, https } = await face.open();
  t.after(() => face.close(0));
  return { ...face, url: `http://${http}`, tlsUrl: `https://${https}`, http, logLines };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function ask(
  url: string,
  options: RequestOptions & { ca?: Buffer; body?: string | Buffer } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  const request = url.startsWith('https') ? tlsRequest(url, rest) : plainRequest(url, rest);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

/** A raw connection that has sent `text`, and everything it receives until it is closed. */
async function connectAndSend(gate: Gate, text: string): Promise<{ socket: Socket; closed: Promise<string> }> {
  const socket = connect(Number(gate.http.split(':')[1]), '127.0.0.1');
  let received = '';
  socket.on('data', (data) => (received += data.toString()));
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => received);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, closed };
}

describe('listeners', () => {
  test('the whole URL in the request line leads to the same API as its path', async (t) => {
    const echo: FastifyPluginAsync = async (app) => {
      app.get('/calls/:id', async ({ params, query, raw }) => ({ params, query, url: raw.url }));
      app.get('/', async () => 'root');
    };
    const gate = await startGate(t, at(echo, '/calls', '/'));
    const { status, text } = await ask(gate.url, { path: 'http://gate.example/calls/7?a=1' });
    const expected = { params: { id: '7' }, query: { a: '1' }, url: '/calls/7?a=1' };
    assert.deepEqual([status, JSON.parse(text)], [200, expected]);
    assert.equal((await ask(gate.url, { path: 'HTTP://gate.example?a=1' })).text, 'root');
    assert.equal((await ask(gate.url, { path: 'http://gate.example/healthz' })).status, 200);
    assert.equal((await ask(gate.url, { path: '*', method: 'OPTIONS' })).status, 404);
  });

  test('a path parameter may be as long as the longest Call-ID of a telephone', async (t) => {
    const call: FastifyPluginAsync = async (app) => {
      app.get('/calls/:id', async ({ params }) => params);
    };
    const gate = await startGate(t, at(call, '/calls'));
    const id = `${'a'.repeat(8000)}/%`;
    const { status, text } = await ask(`${gate.url}/calls/${encodeURIComponent(id)}`);
    assert.deepEqual([status, JSON.parse(text)], [200, { id }]);
    assert.equal((await ask(`${gate.url}/calls/${'a'.repeat(9000)}`)).status, 414);
  });

  test('serve the same application plainly and over TLS, by the local authority', async (t) => {
    const gate = await startGate(t);
    const ca = readFileSync(certificate.authorityFile ?? '');
    const plain = await ask(`${gate.url}/healthz`);
    const secure = await ask(`${gate.tlsUrl}/healthz`, { ca });
    assert.equal(plain.status, 200);
    assert.deepEqual(JSON.parse(secure.text), JSON.parse(plain.text));
    await assert.rejects(ask(`${gate.tlsUrl}/healthz`), /unable to verify|self.signed/i);
  });

  test('say in one line why they cannot open, and leave nothing open behind', async (t) => {
    const first = await startGate(t);
    const taken = Number(first.http.split(':')[1]);
    await assert.rejects(
      startGate(t, { https: { host: '127.0.0.1', port: taken } }),
      new RegExp(`^Error: cannot listen on 127\\.0\\.0\\.1:${taken}: another program uses this port$`),
    );
  });
});

describe('status', () => {
  test('/healthz tells where the gate listens and which revision it decides by', async (t) => {
    const gate = await startGate(t);
    const { status, text } = await ask(`${gate.url}/healthz`);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), {
      status: 'ok',
      http: gate.http,
      https: gate.tlsUrl.slice('https://'.length),
      sip: ['udp:127.0.0.1:5060'],
      revision: 7,
    });
  });

  test('/healthz answers 503 while the gate starts or drains', async (t) => {
    let state: GateState = { status: 'starting', sip: [], revision: 0 };
    const gate = await startGate(t, { state: async () => state });
    assert.equal((await ask(`${gate.url}/healthz`)).status, 503);
    state = { status: 'draining', sip: [], revision: 1 };
    const { status, text } = await ask(`${gate.url}/healthz`);
    assert.equal(status, 503);
    assert.equal(JSON.parse(text).status, 'draining');
  });

  test('/metrics is open to this machine only', async (t) => {
    const gate = await startGate(t);
    const local = await ask(`${gate.url}/metrics`);
    assert.equal(local.status, 200);
    assert.equal(local.text, 'calls_total 3\n');
    assert.match(local.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    const from = (headers: Record<string, string>): Promise<Answer> =>
      ask(`${gate.url}/metrics`, { headers: { 'x-forwarded-for': '192.0.2.1', ...headers } });
    assert.equal((await from({})).status, 401);
    assert.equal((await from({ authorization: 'Bearer wrong' })).status, 401);
    assert.equal((await from({ authorization: 'Bearer' })).status, 401);
    assert.equal((await from({ authorization: 'Bearer admin-token' })).status, 200);
  });

  test('/metrics asks a caller from another address for the token', async (t) => {
    const gate = await startGate(t);
    const remoteAddress = '192.0.2.7';
    const app = await gate.app();
    assert.equal((await app.inject({ url: '/metrics', remoteAddress })).statusCode, 401);
    const authorization = 'bearer admin-token';
    const answer = await app.inject({ url: '/metrics', remoteAddress, headers: { authorization } });
    assert.equal(answer.statusCode, 200);
  });
});

describe('requests', () => {
  const echo: FastifyPluginAsync = async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.post('/echo', (request, reply) => {
      reply.send({ url: request.raw.url, body: (request.body as Buffer).toString('hex') });
    });
    app.get('/id', (request, reply) => reply.send(request.id));
    app.get('/fails', async () => {
      throw new Error('the password is hunter2');
    });
  };

  test('to unknown paths get a 404 in JSON', async (t) => {
    const { status, text } = await ask(`${(await startGate(t)).url}/nowhere?x=1`);
    assert.equal(status, 404);
    assert.equal(JSON.parse(text).error, 'not_found');
  });

  test('reach a plugin with their URL and body untouched', async (t) => {
    const gate = await startGate(t, at(echo, '/echo', '/id', '/fails'));
    const body = Buffer.from([0, 0xff, 0x0d, 0x0a, 0xc3]);
    const path = '/echo?operation=a%2Fb&&x=%7e+';
    const answer = await ask(gate.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.deepEqual(JSON.parse(answer.text), { url: path, body: body.toString('hex') });
  });

  test('get ids of our own making', async (t) => {
    const gate = await startGate(t, at(echo, '/echo', '/id', '/fails'));
    const headers = { 'x-request-id': 'mine', 'request-id': 'mine' };
    const ids = await Promise.all([1, 2].map(async () => (await ask(`${gate.url}/id`, { headers })).text));
    assert.match(ids[0] ?? '', /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.notEqual(ids[0], ids[1]);
  });

  test('that fail inside tell the client nothing and the log everything', async (t) => {
    const gate = await startGate(t, at(echo, '/echo', '/id', '/fails'));
    const { status, text } = await ask(`${gate.url}/fails`);
    assert.equal(status, 500);
    assert.doesNotMatch(text, /hunter2/);
    const line = gate.logLines.map((entry) => JSON.parse(entry)).find(({ msg }) => msg === 'request failed');
    assert.match(line.err.message, /hunter2/);
    assert.ok(text.includes(line.reqId));
  });

  test('are logged at debug, without their query', async (t) => {
    const gate = await startGate(t, at(echo, '/echo', '/id', '/fails'));
    await ask(`${gate.url}/id?signature=hunter2`);
    // The line follows the answer: a second request on the same application comes after it.
    await ask(`${gate.url}/id`);
    const line = gate.logLines.map((entry) => JSON.parse(entry)).find(({ msg }) => msg === 'request');
    assert.equal(line.level, 'debug');
    assert.equal(line.path, '/id');
    assert.equal(line.status, 200);
    assert.doesNotMatch(gate.logLines.join(''), /hunter2/);
  });

  test('of one plugin never meet another', async (t) => {
    const other: FastifyPluginAsync = async (app) => {
      app.addHook('onRequest', async (_request, reply) => reply.code(403).send('closed'));
      app.setErrorHandler((_error, _request, reply) => reply.code(418).send('odd'));
      app.get('/closed', async () => 'never');
    };
    const gate = await startGate(t, { apis: [...at(other, '/closed').apis, ...at(echo, '/id', '/fails').apis] });
    assert.equal((await ask(`${gate.url}/closed`)).status, 403);
    assert.equal((await ask(`${gate.url}/id`)).status, 200);
    assert.equal((await ask(`${gate.url}/fails`)).status, 500);
    assert.equal((await ask(`${gate.url}/healthz`)).status, 200);
  });

  test('are checked against the schema of their route', async (t) => {
    const strict = { additionalProperties: false };
    const body = Type.Object({ count: Type.Integer({ maximum: 5 }), secret: Type.Optional(Type.Literal('x')) }, strict);
    const querystring = Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 5 })) }, strict);
    const checked: FastifyPluginAsync = async (app) => {
      app.post('/checked', { schema: { body, response: { 200: body } } }, (request, reply) => reply.send(request.body));
      app.get('/checked', { schema: { querystring } }, (request, reply) => reply.send(request.query));
    };
    const gate = await startGate(t, at(checked, '/checked'));
    const post = (content: unknown): Promise<Answer> =>
      ask(`${gate.url}/checked`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(content),
      });
    assert.deepEqual(JSON.parse((await post({ count: 5 })).text), { count: 5 });
    for (const content of [{}, { count: 6 }, { count: '5' }, { count: 5, more: 1 }, [], null, 'text'])
      assert.equal((await post(content)).status, 400, JSON.stringify(content));
    assert.match((await post({ count: 6 })).text, /body\/count must be <= 5/);
    assert.doesNotMatch((await post({ count: 5, secret: 'hunter2' })).text, /hunter2/);
    assert.deepEqual(JSON.parse((await ask(`${gate.url}/checked?limit=5`)).text), { limit: 5 });
    assert.deepEqual(JSON.parse((await ask(`${gate.url}/checked`)).text), {});
    for (const query of ['limit=6', 'limit=x', 'limit=1&limit=2', '__proto__=1', 'more=1'])
      assert.equal((await ask(`${gate.url}/checked?${query}`)).status, 400, query);
  });

  test('to the same path are told apart by a constraint', async (t) => {
    const byOperation: FastifyPluginAsync = async (app) => {
      app.get('/thing', { constraints: { operation: 'a' } }, async () => 'first');
      app.get('/thing', { constraints: { operation: 'b' } }, async () => 'second');
    };
    const constraint: NonNullable<HttpOptions['constraints']>[number] = {
      name: 'operation',
      mustMatchWhenDerived: false,
      deriveConstraint: (request) => new URLSearchParams(request.url?.split('?')[1]).get('operation') ?? undefined,
      storage() {
        const routes = new Map();
        return { get: (key) => routes.get(key) ?? null, set: (key, route) => void routes.set(key, route) };
      },
    };
    const gate = await startGate(t, { ...at(byOperation, '/thing'), constraints: [constraint] });
    assert.equal((await ask(`${gate.url}/thing?operation=b`)).text, 'second');
    assert.equal((await ask(`${gate.url}/thing?operation=c`)).status, 404);
  });
});

describe('limits', () => {
  const sink: FastifyPluginAsync = async (app) => {
    app.post('/sink', async () => 'ok');
  };

  test('refuse a body over the limit, announced or not', async (t) => {
    const gate = await startGate(t, { ...at(sink, '/sink'), limits: { body: 1000 } });
    const headers = { 'content-type': 'application/json' };
    const fits = JSON.stringify('x'.repeat(900));
    assert.equal((await ask(`${gate.url}/sink`, { method: 'POST', headers, body: fits })).status, 200);
    const tooLong = JSON.stringify('x'.repeat(1000));
    assert.equal((await ask(`${gate.url}/sink`, { method: 'POST', headers, body: tooLong })).status, 413);
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    assert.equal((await ask(`${gate.url}/sink`, { method: 'POST', headers: chunked, body: tooLong })).status, 413);
    assert.equal((await ask(`${gate.url}/healthz`)).status, 200);
  });

  test('tell a client that its body is too large even while it still sends it', async (t) => {
    const gate = await startGate(t, { ...at(sink, '/sink'), limits: { body: 1000 } });
    const size = 4 * 1024 * 1024;
    const head = `POST /sink HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`;
    const { socket, closed } = await connectAndSend(gate, head);
    await once(socket, 'data');
    socket.end(`${'x'.repeat(size)}GET /healthz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n`);
    // What follows the body is answered, so all of it was taken: nothing was reset.
    assert.match(await closed, /^HTTP\/1\.1 413 [^]+\r\n\r\n.*HTTP\/1\.1 200 /);
  });

  const hurried = { headersTimeout: 60, requestTimeout: 120, checkInterval: 20 };

  test('close a connection whose headers never end', async (t) => {
    const gate = await startGate(t, { limits: hurried });
    const { closed } = await connectAndSend(gate, 'GET /healthz HTTP/1.1\r\nHost: gate\r\nX-Slow: ');
    assert.match(await closed, /^HTTP\/1\.1 408 /);
  });

  test('close a connection whose body never ends', async (t) => {
    const gate = await startGate(t, { ...at(sink, '/sink'), limits: hurried });
    const head = 'POST /sink HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const { closed } = await connectAndSend(gate, head);
    await closed;
    assert.equal((await ask(`${gate.url}/healthz`)).status, 200);
  });

  test('close a connection whose body is refused and goes on for ever', async (t) => {
    const gate = await startGate(t, { ...at(sink, '/sink'), limits: { ...hurried, body: 10 } });
    const head = 'POST /sink HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{';
    const { closed } = await connectAndSend(gate, head);
    assert.match(await closed, /^HTTP\/1\.1 413 /);
  });

  test('close a connection that never says anything, plain or TLS', async (t) => {
    const gate = await startGate(t, { limits: { ...hurried, handshakeTimeout: 60 } });
    await (
      await connectAndSend(gate, '')
    ).closed;
    await (
      await connectAndSend({ ...gate, http: gate.tlsUrl.slice('https://'.length) }, '')
    ).closed;
  });

  test('close a connection that stops reading its answer', async (t) => {
    const long: FastifyPluginAsync = async (app) => {
      app.get('/long', async () => Buffer.alloc(64 * 1024 * 1024));
    };
    const gate = await startGate(t, { ...at(long, '/long'), limits: { silenceTimeout: 200 } });
    const accepted = once(gate.server, 'connection');
    const { socket } = await connectAndSend(gate, 'GET /long HTTP/1.1\r\nHost: gate\r\n\r\n');
    socket.pause();
    const [serverSide] = (await accepted) as [Socket];
    await once(serverSide, 'close');
    socket.destroy();
  });

  test('close connections beyond the limit at once', async (t) => {
    const gate = await startGate(t, { limits: { connections: 2 } });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const kept = await connectAndSend(gate, '');
    assert.equal((await ask(`${gate.url}/healthz`, { agent })).status, 200);
    await (
      await connectAndSend(gate, '')
    ).closed;
    kept.socket.destroy();
  });

  test('do not count WebSockets, which somebody else has taken', async (t) => {
    const taken: boolean[] = [];
    const webSockets: HttpOptions['webSockets'] = {
      path: '/sip',
      take: (_request, socket, _head, secure) => {
        taken.push(secure);
        socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        t.after(() => socket.destroy());
      },
    };
    const gate = await startGate(t, { limits: { connections: 1 }, webSockets });
    const upgrade = (path: string, to: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: gate\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`;
    for (let count = 0; count < 3; count += 1) {
      const { socket } = await connectAndSend(gate, upgrade('/sip?x', 'WebSocket'));
      await once(socket, 'data');
    }
    assert.deepEqual(taken, [false, false, false]);
    const other = await connectAndSend(gate, upgrade('/sip', 'h2c'));
    assert.match(String(await once(other.socket, 'data')), /^HTTP\/1\.1 404 /);
    other.socket.destroy();
  });

  for (const [name, text] of Object.entries({
    'is not HTTP': 'INVITE sip:gate SIP/2.0\r\n\r\n',
    'has no host': 'GET / HTTP/1.1\r\n\r\n',
    'has endless headers': `GET / HTTP/1.1\r\nHost: gate\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'has two lengths': 'POST / HTTP/1.1\r\nHost: gate\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    'has a broken URL': 'GET /%zz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n',
  })) {
    test(`answer what ${name} with a client error and go on`, async (t) => {
      const gate = await startGate(t);
      const { closed } = await connectAndSend(gate, text);
      assert.match(await closed, /^HTTP\/1\.1 4\d\d /);
      assert.equal((await ask(`${gate.url}/healthz`)).status, 200);
    });
  }
});

describe('stop', () => {
  /** A plugin whose one request says when it has begun and ends when told to. */
  function slowPlugin(): {
    plugin: FastifyPluginAsync;
    begun: Promise<void>;
    finish: () => void;
    closed: () => boolean;
  } {
    const begun = Promise.withResolvers<void>();
    const finished = Promise.withResolvers<void>();
    let closed = false;
    const plugin: FastifyPluginAsync = async (app) => {
      app.addHook('onClose', async () => {
        closed = true;
      });
      app.get('/slow', async () => {
        begun.resolve();
        await finished.promise;
        return 'done';
      });
    };
    return { plugin, begun: begun.promise, finish: finished.resolve, closed: () => closed };
  }

  test('finishes a running request, closes idle connections, accepts no new one', async (t) => {
    const slow = slowPlugin();
    const gate = await startGate(t, at(slow.plugin, '/slow'));
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    await ask(`${gate.url}/healthz`, { agent });
    const answer = ask(`${gate.url}/slow`, { agent });
    await slow.begun;
    const stopped = gate.close(DEADLINE);
    await assert.rejects(ask(`${gate.url}/healthz`), /ECONNREFUSED/);
    assert.equal(slow.closed(), false);
    slow.finish();
    const { status, text, headers } = await answer;
    assert.deepEqual([status, text, headers.connection], [200, 'done', 'close']);
    await stopped;
    assert.equal(slow.closed(), true);
  });

  test('cuts what does not finish in time', async (t) => {
    const slow = slowPlugin();
    const gate = await startGate(t, at(slow.plugin, '/slow'));
    const answer = ask(`${gate.url}/slow`);
    await slow.begun;
    const tls = await connectAndSend({ ...gate, http: gate.tlsUrl.slice('https://'.length) }, '');
    await Promise.all([gate.close(50), assert.rejects(answer, /socket hang up|ECONNRESET/), tls.closed]);
    slow.finish();
  });

  test('does not wait for connections that never asked anything', { timeout: DEADLINE / 2 }, async (t) => {
    const gate = await startGate(t);
    const idle = await connectAndSend(gate, '');
    await ask(`${gate.url}/healthz`);
    await gate.close(DEADLINE);
    await idle.closed;
  });
});
