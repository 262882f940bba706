import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { badRequest, notFound, SbcError } from './errors.ts';
import { Jobs } from './jobs.ts';
import { ConfigurationLock } from './lock.ts';
import type { Answer, Call, Operation, Service } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { Tokens, type SbcUser, type Session } from './tokens.ts';
import { printXml, type XmlNode } from './xml.ts';

/** Largest request body: a thousand times a full element of the largest type. */
const BODY_LIMIT = 1_048_576;
const VERSIONS: readonly string[] = ['v1.0', 'v1.1', 'v1.2'];
const XML = 'application/xml';

export interface OracleOptions extends Pick<Service, 'ledger' | 'clock' | 'sealer' | 'obstacles' | 'statistics'> {
  readonly users: readonly SbcUser[];
  /** Shared with Tollgate's own API, which shows who holds it. */
  readonly lock: ConfigurationLock;
}

/**
 * The REST API of the session border controller, below `/rest`. Every request passes the same steps: HTTPS, version,
 * token, role, lock, operation, answer; errors leave as XML with an `errorMessage`.
 */
export function oraclePlugin(options: OracleOptions): FastifyPluginAsync {
  const tokens = new Tokens(options.clock, options.users);
  const service: Service = { ...options, tokens, jobs: new Jobs(), startedAt: options.clock.now() };
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', async (request) => {
      if (request.protocol !== 'https') throw new SbcError(426, 'Client must connect with HTTPS.');
      checkMedia(request);
    });
    app.setErrorHandler(sendError);
    addAuthentication(app, service);
    for (const operation of OPERATIONS) addOperation(app, operation, service);
    addOthers(app, service);
  };
}

function addOperation(app: FastifyInstance, operation: Operation, service: Service): void {
  app.route({
    method: operation.method,
    url: `/rest/:version${operation.path}`,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const session = authorize(request, service);
      requireVersion(request);
      if (operation.admin && session.class !== 'admin')
        throw new SbcError(403, 'Administrator privileges are required');
      if (operation.lock) service.lock.require(session, operation.name);
      return send(reply, await operation.handle(toCall(request, service, session)));
    },
  });
}

/** The two requests that need no version or no token. */
function addAuthentication(app: FastifyInstance, service: Service): void {
  app.get('/rest/api/supportedversions', async (request, reply) => {
    authorize(request, service);
    const [latest = '', ...others] = VERSIONS.toReversed();
    const supportedVersions: XmlNode = { latestVersion: [latest], otherVersions: [{ version: others.toReversed() }] };
    return send(reply, { status: 200, data: { supportedVersions: [supportedVersions] } });
  });
  app.post('/rest/:version/auth/token', async (request, reply) => {
    requireVersion(request);
    const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ', 2);
    const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    const user = scheme?.toLowerCase() === 'basic' ? service.tokens.authenticate(name, rest.join(':')) : undefined;
    if (!user) throw new SbcError(401, 'Client not authorized.');
    return send(reply, { status: 200, data: { accessToken: [service.tokens.issue(user, olderToken(request))] } });
  });
}

/** The token to renew: a form field, whatever it is called, or the bare token. */
function olderToken(request: FastifyRequest): string | undefined {
  const body = bodyOf(request).trim();
  if (body === '') return undefined;
  const form = new URLSearchParams(body);
  return form.get('token') ?? form.get('access_token') ?? form.get('accessToken') ?? body;
}

function addOthers(app: FastifyInstance, service: Service): void {
  const paths = new Map<string, string[]>();
  for (const { path, method } of OPERATIONS) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, methods] of paths) {
    const others = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter((method) => !methods.includes(method));
    app.route({
      method: others,
      url: `/rest/:version${path}`,
      exposeHeadRoute: false,
      handler: (request) => {
        authorize(request, service);
        requireVersion(request);
        throw new SbcError(405, `${request.method} is not allowed here`);
      },
    });
  }
  const refuse = (request: FastifyRequest): never => {
    authorize(request, service);
    throw notFound('There is no such resource');
  };
  app.all('/rest', refuse);
  app.all('/rest/*', refuse);
}

function checkMedia(request: FastifyRequest): void {
  const { accept, 'content-type': type } = request.headers;
  if (accept !== undefined && !/application\/xml|application\/\*|\*\/\*/.test(accept))
    throw new SbcError(406, `Only ${XML} can be answered`);
  const hasForm = request.url.includes('/auth/token');
  const length = request.headers['content-length'];
  const hasBody = (length !== undefined && length !== '0') || request.headers['transfer-encoding'] !== undefined;
  if (hasBody && !hasForm && type !== undefined && !/^(?:application|text)\/xml\b/i.test(type))
    throw new SbcError(415, `Only ${XML} is accepted`);
}

function authorize(request: FastifyRequest, { tokens }: Service): Session {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ', 2);
  const session = scheme?.toLowerCase() === 'bearer' ? tokens.session(token) : undefined;
  if (!session) throw new SbcError(401, 'Client not authorized.');
  return session;
}

function requireVersion(request: FastifyRequest): void {
  const { version = '' } = request.params as { version?: string };
  if (!VERSIONS.includes(version)) throw notFound('The version of the API is not supported');
}

function toCall(request: FastifyRequest, service: Service, session: Session): Call {
  const [path = '', query = ''] = (request.raw.url ?? '').split(/\?(.*)/s, 2);
  const version = path.split('/')[2] ?? '';
  return {
    service,
    session,
    query: readQuery(query),
    body: bodyOf(request),
    requestId: request.id,
    base: `https://${request.host}/rest/${version}`,
    log: (error) => request.log.error({ err: error }, 'an SBC operation failed'),
  };
}

/** A plus sign means itself: addresses and numbers have them, blanks do not occur. */
function readQuery(query: string): (readonly [string, string])[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const [name, value] = at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      try {
        return [decodeURIComponent(name), decodeURIComponent(value)] as const;
      } catch {
        throw badRequest('The query is not well-formed');
      }
    });
}

function bodyOf(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

function send(reply: FastifyReply, { status, data, links = [] }: Answer): FastifyReply {
  reply.code(status).type(XML);
  return status === 204 ? reply.send() : reply.send(envelope(data ?? {}, [], links));
}

function envelope(data: XmlNode, messages: readonly string[], links: readonly string[]): string {
  const message: XmlNode = messages.length > 0 ? { errorMessage: [...messages] } : {};
  const link: XmlNode = links.length > 0 ? { link: [...links] } : {};
  const response = printXml('response', { data: [data], messages: [message], links: [link] });
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${response}`;
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = error instanceof SbcError ? error : fromFramework(error);
  if (!known) request.log.error({ err: error }, 'an SBC operation failed');
  const { status, message } = known ?? new SbcError(500, 'Internal failure');
  void reply
    .code(status)
    .type(XML)
    .send(envelope({}, [message], []));
}

/** What the framework refuses before an operation is reached: too large, unreadable. */
function fromFramework(error: unknown): SbcError | undefined {
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  return statusCode !== undefined && statusCode < 500 ? new SbcError(statusCode, message ?? 'Bad request') : undefined;
}
