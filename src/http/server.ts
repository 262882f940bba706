import { createServer, type RequestListener, type Server } from 'node:http';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { uuid } from '../kit/ids.ts';
import type { Binding } from '../kit/read-text.ts';
import { answerClientError, faceOf, type ErrorFace } from './faces.ts';
import { LateApis, type LateApi } from './late-apis.ts';
import { createListener, HTTP_LIMITS, type HttpLimits, type WebSocketTaker } from './listener.ts';
import { ROUTE_SCHEMAS } from './route-schemas.ts';
import { statusPlugin, type StatusOptions } from './status.ts';

/** Longest path parameter; longer ones are not found. Vendor names in paths reach 256 characters, escaped more. */
const LONGEST_PARAMETER = 1024;

/** What a constraint hands to Fastify: how to read a request's value and find the route for it. */
type RouteConstraint = Parameters<FastifyInstance['addConstraintStrategy']>[0];

export interface HttpOptions extends Omit<StatusOptions, 'listeners'> {
  readonly http: Binding;
  readonly https: Binding;
  /** Certificate chain and key of the TLS listener, PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  readonly logger: FastifyBaseLogger;
  readonly apis: readonly LateApi[];
  /** Ways to tell routes of the same path apart, such as by `?operation=`. */
  readonly constraints?: readonly RouteConstraint[];
  readonly webSockets?: WebSocketTaker;
  /** Who answers, in its vendor's words, what reaches no route below a path. */
  readonly faces?: readonly ErrorFace[];
  readonly limits?: Partial<HttpLimits>;
}

/** The gate's HTTP face: one application behind a plain and a TLS listener. */
export interface HttpFace {
  readonly app: FastifyInstance;
  /** Opens both listeners, or neither; the addresses they got. */
  open(): Promise<{ readonly http: string; readonly https: string }>;
  /** Stops accepting, lets running requests finish for at most `deadline` ms, then closes the plugins. */
  close(deadline: number): Promise<void>;
}

/** Builds the application; nothing listens until `open`. Rejects when a plugin cannot be registered. */
export async function createHttp(options: HttpOptions): Promise<HttpFace> {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const open: { http: string | null; https: string | null } = { http: null, https: null };
  const { webSockets } = options;
  // Fastify knows one server; the other routes into the same applications.
  const handler: RequestListener = (request, response) => {
    if (!apis.take(request, response)) app.routing(request, response);
  };
  const plain = createListener(handler, limits, { webSockets });
  const secure = createListener(handler, limits, { tls: options.certificate, webSockets });
  let closing = false;
  const create = async (plugin: FastifyPluginAsync, server: Server): Promise<FastifyInstance> => {
    const made = createApplication(options, limits, server);
    // With a callback: a promise would cost every answer a turn of the queue.
    made.addHook('onSend', (_request, reply, _payload, done) => {
      if (closing) reply.header('connection', 'close');
      // Closed with the rest of its body unread, the connection would be reset, and the client might never see why.
      else if (reply.statusCode === 413) reply.removeHeader('connection');
      done();
    });
    await made.register(plugin);
    await made.ready();
    return made;
  };
  const app = await create(statusPlugin({ ...options, listeners: () => open }), plain.server);
  // Its server is one that never listens.
  const apis = new LateApis(
    options.apis,
    (plugin) => create(plugin, createServer()),
    (error) => options.logger.error({ err: error }, 'a control API could not be opened'),
  );
  secure.server.on('clientError', (error, socket) => plain.server.emit('clientError', error, socket));

  const close = async (deadline: number): Promise<void> => {
    closing = true;
    await Promise.all([plain.close(deadline), secure.close(deadline)]);
    await Promise.all([app.close(), apis.close()]);
  };
  return {
    app,
    close,
    async open() {
      try {
        const http = await plain.open(options.http);
        const https = await secure.open(options.https);
        return Object.assign(open, { http, https });
      } catch (error) {
        await close(0);
        throw error;
      }
    },
  };
}

function createApplication(
  { logger, constraints = [], faces = [] }: HttpOptions,
  limits: HttpLimits,
  server: Server,
): FastifyInstance {
  const app = fastify<Server>({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: () => server,
    schemaController: ROUTE_SCHEMAS,
    bodyLimit: limits.body,
    requestIdHeader: false,
    genReqId: uuid,
    // What runs when the gate stops is finished, not refused.
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (error, request, reply) => {
      (faceOf(faces, request.url)?.sendError ?? answerError)(error, request, reply);
    },
    clientErrorHandler: (error, socket) => answerClientError(faces, error, socket),
  });
  for (const constraint of constraints) app.addConstraintStrategy(constraint);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const face = faceOf(faces, request.url);
    // Dialects have routes for all paths below theirs, so it is the method that nobody has.
    if (face)
      return face.sendError(
        Object.assign(new Error(`${request.method} is not allowed here`), { statusCode: 405 }),
        request,
        reply,
      );
    reply.code(404).send({ error: 'not_found', message: 'nothing is served at this path' });
  });
  // The level never changes while the gate runs, and gathering all this for nobody costs every answer.
  if (logger.level === 'debug' || logger.level === 'trace')
    app.addHook('onResponse', async (request, reply) => {
      const [path] = request.url.split('?', 1);
      const { method, ip } = request;
      request.log.debug({ method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), ip }, 'request');
    });
  return app;
}

/** For errors that no plugin answered in its vendor's words. What went wrong inside stays inside. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  if (status < 500) {
    reply.code(status).send({ error: error.code?.toLowerCase() ?? 'bad_request', message: error.message });
    return;
  }
  request.log.error({ err: error }, 'request failed');
  reply.code(500).send({ error: 'internal', message: `something went wrong; the log has it as ${request.id}` });
}
