import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { uuid } from '../../kit/ids.ts';
import { takeBodies } from '../take-bodies.ts';
import { authenticate, authorize, type Caller } from './authentication.ts';
import { DIALECT } from './documents.ts';
import { forbidden, invalid, notFound, toVendorError, VendorError } from './errors.ts';
import { decodeId } from './ids.ts';
import type { Call, Operation, Service } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { organizationId } from './organization.ts';
import { Page } from './pages.ts';
import { WEBEX_PATHS } from './paths.ts';
import { readBody } from './read-body.ts';

/** Largest request body; the largest in sight are 10,000 codes with their descriptions. */
const BODY_LIMIT = 2_097_152;

export interface WebexOptions extends Pick<
  Service,
  'ledger' | 'clock' | 'sealer' | 'numberHolders' | 'testRoute' | 'registered'
> {
  /** Bearer token of a full administrator. */
  readonly accessToken: string;
  /** Own domain in place of the vendor's; null or absent keeps the vendor's. */
  readonly domain?: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    webexCaller: Caller | null;
    webexTrackingId: string;
  }
}

/**
 * The control API of Webex Calling for one organisation. Every request passes the same steps: tracking id, who asks,
 * organisation, role and scope, body against its schema, operation, answer; errors leave in the vendor's envelope.
 */
export function webexPlugin(options: WebexOptions): FastifyPluginAsync {
  const { ledger, clock, sealer, numberHolders, testRoute, registered, domain = null } = options;
  const service: Service = {
    ledger,
    clock,
    sealer,
    numberHolders,
    testRoute,
    registered,
    domain,
    organizationId: organizationId(sealer),
  };
  return async (app) => {
    takeBodies(app, 'string', BODY_LIMIT);
    app.decorateRequest('webexCaller', null);
    app.decorateRequest('webexTrackingId', '');
    app.addHook('onRequest', async (request, reply) => {
      request.webexTrackingId = trackingIdOf(request);
      reply.header('trackingid', request.webexTrackingId);
      // Before the body is read: a stranger's is none of ours.
      request.webexCaller = await authenticate(request.headers.authorization, options.accessToken, ledger, clock);
    });
    app.setErrorHandler(sendError);
    for (const operation of OPERATIONS) addRoute(app, operation, service);
    addUnknownRoutes(app);
  };
}

function addRoute(app: FastifyInstance, operation: Operation, service: Service): void {
  app.route({
    method: operation.method,
    url: routeOf(operation),
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const answer = await operation.handle(callOf(operation, service, request));
      reply.code(operation.success);
      if (answer === undefined) return undefined;
      reply.type('application/json;charset=UTF-8');
      if (!(answer instanceof Page)) return answer;
      if (answer.next !== null) reply.header('link', `<${answer.next}>; rel="next"`);
      return answer.body;
    },
  });
}

function routeOf({ path }: Operation): string {
  return `/v1/${path.replace(/\{(\w+)\}/g, ':$1')}`;
}

function callOf(operation: Operation, service: Service, request: FastifyRequest): Call {
  const [path = '', search = ''] = (request.raw.url ?? '').split(/\?(.*)/s, 2);
  const caller = request.webexCaller;
  if (!caller) throw new Error('the request was not authenticated');
  const query = new URLSearchParams(search);
  const organization = query.get('orgId');
  if (organization && decodeId(organization, 'ORGANIZATION') !== service.organizationId) throw forbidden();
  authorize(caller, operation.access);
  return {
    service,
    author: { actor: caller.name, dialect: DIALECT, operation: operation.name, requestId: request.id },
    caller,
    origin: originOf(request),
    path,
    ids: request.params as Record<string, string>,
    query,
    body: readBody(operation.body, jsonOf(request)),
  };
}

/** The client's own id of the request, for its logs and ours, or a new one. */
function trackingIdOf({ headers }: FastifyRequest): string {
  const given = headers['trackingid'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : `TOLLGATE_${uuid()}`;
}

/** Scheme and host of the request's own URL. A proxy before the gate that ends TLS says so, and only to its own client. */
function originOf({ headers, host, protocol }: FastifyRequest): string {
  return host ? `${headers['x-forwarded-proto'] === 'https' ? 'https' : protocol}://${host}` : '';
}

/** Clients send a content type with every request, a body with some. */
function jsonOf({ body, headers }: FastifyRequest): unknown {
  if (typeof body !== 'string' || body.trim() === '') return {};
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (!/^application\/([\w.-]+\+)?json$/.test(type.trim().toLowerCase()))
    throw new VendorError(415, 'The Content-Type must be application/json');
  try {
    // Only an escape can name half a character: the body itself was read as UTF-8.
    return body.includes('\\u') ? JSON.parse(body, requireWellFormed) : JSON.parse(body);
  } catch {
    throw invalid('The request body is not valid JSON');
  }
}

/** Half a character (RFC 8259 §8.2) has no UTF-8: it could be part of no document's id. */
function requireWellFormed(_name: string, value: unknown): unknown {
  if (typeof value === 'string' && !value.isWellFormed()) throw new TypeError('half a character');
  return value;
}

/** Whatever else lies below the vendor's paths is answered by this dialect too, once the caller has proved who it is. */
function addUnknownRoutes(app: FastifyInstance): void {
  const methods = new Map<string, string[]>();
  for (const operation of OPERATIONS)
    methods.set(routeOf(operation), [...(methods.get(routeOf(operation)) ?? []), operation.method]);
  for (const [url, known] of methods)
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.includes(method)),
      url,
      exposeHeadRoute: false,
      handler: ({ method }) => {
        throw new VendorError(405, `The method ${method} is not supported here`);
      },
    });
  const refuse = (): never => {
    throw notFound();
  };
  for (const root of WEBEX_PATHS) {
    if (!methods.has(root)) app.all(root, refuse);
    app.all(`${root}/*`, refuse);
  }
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const vendorError = toVendorError(error);
  const { status, code, retryAfter } = vendorError;
  if (status === 500) request.log.error({ err: error }, 'a Webex operation failed');
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="webex"');
  if (code !== undefined) reply.header('cisco-spark-error-codes', String(code));
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  void reply.code(status).type('application/json;charset=UTF-8').send(vendorError.body(request.webexTrackingId));
}
