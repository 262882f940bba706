import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { takeBodies } from '../take-bodies.ts';
import { readHeaders, readQuery, type WireRequest } from './canonical-request.ts';
import { DIALECT } from './documents.ts';
import { frontEndError, toVendorError } from './errors.ts';
import { FIXED_QUERY } from './fixed-query.ts';
import { NOT_THERE } from './not-there.ts';
import type { Operation, Service } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { AMAZON_PATHS } from './paths.ts';
import { serialize } from './serialize.ts';
import { verifySignature, type SigningKeys } from './sigv4.ts';
import { readBody } from './validate.ts';

/** Largest request body: about a thousand times the largest that the vendor's samples show. */
const BODY_LIMIT = 1_048_576;
const DEFAULT_DOMAIN = 'voiceconnector.chime.aws';
/** The window that the vendor's front ends name in their messages: five minutes either way. */
const DEFAULT_SKEW = 300_000;
const NO_BODY = Buffer.alloc(0);

export interface AmazonOptions extends Pick<
  Service,
  'ledger' | 'clock' | 'sealer' | 'numberHolders' | 'terminationHealth'
> {
  /** `id`: twelve digits. */
  readonly account: SigningKeys & { readonly id: string };
  /** Suffix of the host names of new Voice Connectors. */
  readonly domain?: string;
  /** How far the clock of a client may be off, milliseconds. */
  readonly skewMs?: number;
  readonly allowPrivateCidr?: boolean;
}

/**
 * The control API of Amazon Chime and Amazon Chime SDK Voice for one account. Every request passes the same steps:
 * request id, raw body, signature, body against its schema, operation, answer; errors leave in the vendor's shape.
 */
export function amazonPlugin(options: AmazonOptions): FastifyPluginAsync {
  const service: Service = {
    ledger: options.ledger,
    clock: options.clock,
    sealer: options.sealer,
    numberHolders: options.numberHolders,
    accountId: options.account.id,
    domain: options.domain ?? DEFAULT_DOMAIN,
    allowPrivateCidr: options.allowPrivateCidr ?? true,
    terminationHealth: options.terminationHealth,
  };
  return async (app) => {
    // The body stays as received: its hash is part of the signature.
    takeBodies(app, 'buffer', BODY_LIMIT);
    // Hooks with a callback, since a promise for each would cost every request a turn of the queue.
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('x-amzn-RequestId', request.id).header('content-type', 'application/json').serializer(serialize);
      done();
    });
    app.addHook('preValidation', (request, _reply, done) => {
      const skew = options.skewMs ?? DEFAULT_SKEW;
      verifySignature(wireRequest(request), options.account, service.clock.now(), skew);
      done();
    });
    app.setErrorHandler(sendError);
    for (const operation of [...OPERATIONS, ...NOT_THERE])
      addRoute(app, operation, service, options.account.accessKeyId);
    addUnknownRoutes(app);
  };
}

function addRoute(app: FastifyInstance, operation: Operation, service: Service, actor: string): void {
  app.route({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
    exposeHeadRoute: false,
    constraints: { [FIXED_QUERY]: operation.fixedQuery },
    handler: async (request, reply) => {
      const answer = await operation.handle({
        service,
        author: { actor, dialect: DIALECT, operation: operation.name, requestId: request.id },
        ids: request.params as Record<string, string>,
        query: readQuery(request.raw.url ?? ''),
        body: readBody(operation.body, rawBody(request)),
      });
      reply.code(operation.success);
      // Not the reply itself: it is a promise too, which the answer would wait for.
      return answer;
    },
  });
}

/** Whatever else lies below the vendor's paths is answered by this dialect too, once the caller has proved its key. */
function addUnknownRoutes(app: FastifyInstance): void {
  const refuse = (request: FastifyRequest): never => {
    throw frontEndError('UnknownOperationException', `No operation answers ${request.method} on this path`);
  };
  for (const root of AMAZON_PATHS) {
    app.all(root, refuse);
    app.all(`${root}/*`, refuse);
  }
}

function wireRequest(request: FastifyRequest): WireRequest {
  return {
    method: request.method,
    target: request.raw.url ?? '',
    headers: readHeaders(request.raw.rawHeaders),
    body: rawBody(request),
  };
}

function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : NO_BODY;
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const vendorError = toVendorError(error);
  if (vendorError.status === 500) request.log.error({ err: error }, 'an Amazon operation failed');
  void reply
    .code(vendorError.status)
    .header('x-amzn-ErrorType', vendorError.type)
    .header('content-type', 'application/json')
    .serializer(serialize)
    .send(vendorError.body);
}
