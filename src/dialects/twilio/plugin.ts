import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { takeBodies } from '../take-bodies.ts';
import { authenticate, type AccountCredentials, type Caller } from './authentication.ts';
import { DIALECT } from './documents.ts';
import { notFound, refusal, toVendorError } from './errors.ts';
import { readForm } from './form.ts';
import { missing, type Call, type Operation, type Service } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { TWILIO_PATHS } from './paths.ts';

/** Largest request body; the largest in sight is a bulk update of all countries. */
const BODY_LIMIT = 262_144;

const FORM_TYPE = 'application/x-www-form-urlencoded';

export interface TwilioOptions extends Pick<Service, 'ledger' | 'clock' | 'sealer' | 'numberHolders' | 'calls'> {
  readonly account: AccountCredentials;
  /** Own domain in place of `twilio.com`; null or absent keeps the vendor's. */
  readonly domain?: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    twilioCaller: Caller | null;
  }
}

/**
 * The control APIs of Twilio (2010-04-01, trunking v1, voice v1, routes v2) for one account. Every request passes the
 * same steps: who asks, form against its schema, operation, answer; errors leave in the vendor's envelope.
 */
export function twilioPlugin(options: TwilioOptions): FastifyPluginAsync {
  const service: Service = {
    ledger: options.ledger,
    clock: options.clock,
    sealer: options.sealer,
    numberHolders: options.numberHolders,
    accountSid: options.account.sid,
    domain: options.domain ?? null,
    calls: options.calls,
  };
  return async (app) => {
    takeBodies(app, 'string', BODY_LIMIT);
    app.decorateRequest('twilioCaller', null);
    app.addHook('preValidation', async (request) => {
      request.twilioCaller = await authenticate(request.headers.authorization, options.account, service.ledger);
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
      if (answer !== undefined) reply.type('application/json');
      return answer;
    },
  });
}

function routeOf({ path }: Operation): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function callOf(operation: Operation, service: Service, request: FastifyRequest): Call {
  const [path = '', query = ''] = (request.raw.url ?? '').split(/\?(.*)/s, 2);
  const caller = request.twilioCaller;
  if (!caller) throw new Error('the request was not authenticated');
  const call = {
    service,
    author: { actor: caller.sid, dialect: DIALECT, operation: operation.name, requestId: request.id },
    caller,
    origin: originOf(request),
    path,
    ids: request.params as Record<string, string>,
    query: new URLSearchParams(query),
  };
  const { AccountSid = service.accountSid } = call.ids;
  if (AccountSid !== service.accountSid) throw missing({ ...call, body: undefined });
  return { ...call, body: readForm(operation.form, formOf(request), operation.fault) };
}

/** Scheme and host of the request's own URL. A proxy before the gate that ends TLS says so, and only to its own client. */
function originOf({ headers, host, protocol }: FastifyRequest): string {
  const forwarded = headers['x-forwarded-proto'];
  return host ? `${forwarded === 'https' ? forwarded : protocol}://${host}` : '';
}

function formOf({ body, headers }: FastifyRequest): URLSearchParams {
  if (typeof body !== 'string' || body === '') return new URLSearchParams();
  const [type = ''] = (headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() !== FORM_TYPE) throw refusal(20001, `The Content-Type must be ${FORM_TYPE}`);
  return new URLSearchParams(body);
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
        throw refusal(20004, `Method ${method} is not allowed here`);
      },
    });
  const refuse = (request: FastifyRequest): never => {
    throw notFound((request.raw.url ?? '').replace(/\?.*$/s, ''));
  };
  for (const root of TWILIO_PATHS) {
    if (!methods.has(root)) app.all(root, refuse);
    app.all(`${root}/*`, refuse);
  }
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const vendorError = toVendorError(error);
  if (vendorError.status === 500) request.log.error({ err: error }, 'a Twilio operation failed');
  if (vendorError.status === 401) reply.header('www-authenticate', 'Basic realm="Twilio API"');
  void reply.code(vendorError.status).type('application/json').send(vendorError.body);
}
