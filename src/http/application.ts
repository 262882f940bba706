import { createServer } from 'node:http';
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
import { faceOf, type ErrorFace } from './faces.ts';
import type { HttpLimits } from './listener.ts';
import { ROUTE_SCHEMAS } from './route-schemas.ts';

/** Longest path parameter, decoded; longer ones get 414. A Call-ID may be as long as a header (src/sip/message/limits.ts). */
const LONGEST_PARAMETER = 8 * 1024;

/** What a constraint hands to Fastify: how to read a request's value and find the route for it. */
type RouteConstraint = Parameters<FastifyInstance['addConstraintStrategy']>[0];

export interface ApplicationOptions {
  readonly logger: FastifyBaseLogger;
  /** Ways to tell routes of the same path apart, such as by `?operation=`. */
  readonly constraints?: readonly RouteConstraint[];
  /** Who answers, in its vendor's words, what reaches no route below a path. */
  readonly faces?: readonly ErrorFace[];
}

interface Surroundings {
  readonly limits: HttpLimits;
  /** Whether the listeners take no more requests. */
  readonly closing: () => boolean;
}

/** An application with a plugin's routes, ready for requests. Rejects when the plugin cannot be registered. */
export async function openApplication(
  plugin: FastifyPluginAsync,
  options: ApplicationOptions,
  { limits, closing }: Surroundings,
): Promise<FastifyInstance> {
  const app = createApplication(options, limits);
  // With a callback: a promise would cost every answer a turn of the queue.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing()) reply.header('connection', 'close');
    // Closed with the rest of its body unread, the connection would be reset, and the client might never see why.
    else if (reply.statusCode === 413) reply.removeHeader('connection');
    done();
  });
  await app.register(plugin);
  await app.ready();
  return app;
}

function createApplication(
  { logger, constraints = [], faces = [] }: ApplicationOptions,
  limits: HttpLimits,
): FastifyInstance {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // One that never listens: requests come from the gate's own listeners.
    serverFactory: () => createServer(),
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
