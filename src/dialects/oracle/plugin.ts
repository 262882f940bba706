import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { takeBodies } from '../take-bodies.ts';
import { badRequest, notFound, SbcError } from './errors.ts';
import { Jobs } from './jobs.ts';
import type { Answer, Call, Operation, Service } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { Tokens, type SbcUser, type Session } from './tokens.ts';
import { envelope, sendError, XML } from './face.ts';
import type { XmlNode } from './xml.ts';

/** Largest request body: a thousand times a full element of the largest type. */
const BODY_LIMIT = 1_048_576;
/** A token to renew is a few hundred characters. */
const TOKEN_BODY_LIMIT = 16_384;
const TOKEN_PATH = '/rest/:version/auth/token';
const VERSIONS_PATH = '/rest/api/supportedversions';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const VERSIONS: readonly string[] = ['v1.0', 'v1.1', 'v1.2'];

export interface OracleOptions extends Omit<Service, 'tokens' | 'jobs'> {
  readonly users: readonly SbcUser[];
}

declare module 'fastify' {
  interface FastifyRequest {
    sbcSession: Session | null;
  }
}

/**
 * The REST API of the session border controller, below `/rest`. Every request passes the same steps: HTTPS, token,
 * version, role, body, lock, operation, answer; errors leave as XML with an `errorMessage`.
 */
export function oraclePlugin(options: OracleOptions): FastifyPluginAsync {
  const tokens = new Tokens(options.clock, options.users);
  const service: Service = { ...options, tokens, jobs: new Jobs() };
  return async (app) => {
    takeBodies(app, 'string', BODY_LIMIT);
    app.decorateRequest('sbcSession', null);
    app.addHook('onRequest', async (request) => {
      if (request.protocol !== 'https') throw new SbcError(426, 'Client must connect with HTTPS.');
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
    // Before the body is read: strangers have nothing to send.
    onRequest: async (request) => {
      const session = authorize(request, service);
      requireVersion(request);
      if (operation.admin && session.class !== 'admin')
        throw new SbcError(403, 'Administrator privileges are required');
      checkMedia(request);
      takeAnyBody(request);
      request.sbcSession = session;
    },
    handler: async (request, reply) => {
      const session = request.sbcSession ?? authorize(request, service);
      if (operation.lock) service.lock.require(session, operation.name);
      return send(reply, await operation.handle(toCall(request, service, session)));
    },
  });
}

/** The two requests that need no version or no token. */
function addAuthentication(app: FastifyInstance, service: Service): void {
  app.get(VERSIONS_PATH, { exposeHeadRoute: false }, async (request, reply) => {
    authorize(request, service);
    const [latest = '', ...others] = VERSIONS.toReversed();
    const supportedVersions: XmlNode = { latestVersion: [latest], otherVersions: [{ version: others.toReversed() }] };
    return send(reply, { status: 200, data: { supportedVersions: [supportedVersions] } });
  });
  app.post(
    TOKEN_PATH,
    { bodyLimit: TOKEN_BODY_LIMIT, onRequest: async (request) => takeAnyBody(request) },
    async (request, reply) => {
      requireVersion(request);
      const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ', 2);
      const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
      const user = scheme?.toLowerCase() === 'basic' ? service.tokens.authenticate(name, rest.join(':')) : undefined;
      if (!user) throw new SbcError(401, 'Client not authorized.');
      return send(reply, { status: 200, data: { accessToken: [service.tokens.issue(user, olderToken(request))] } });
    },
  );
}

/** The token to renew: a form field, whatever it is called, or the bare token. */
function olderToken(request: FastifyRequest): string | undefined {
  const body = bodyOf(request).trim();
  if (body === '') return undefined;
  const form = new URLSearchParams(body);
  return form.get('token') ?? form.get('access_token') ?? form.get('accessToken') ?? body;
}

/** Other methods on known paths are 405, other paths 404, both only for those who have a token. */
function addOthers(app: FastifyInstance, service: Service): void {
  const paths = new Map([
    [VERSIONS_PATH, ['GET']],
    [TOKEN_PATH, ['POST']],
  ]);
  for (const { path, method } of OPERATIONS) {
    const url = `/rest/:version${path}`;
    paths.set(url, [...(paths.get(url) ?? []), method]);
  }
  for (const [url, methods] of paths) {
    app.route({
      method: METHODS.filter((method) => !methods.includes(method)),
      url,
      exposeHeadRoute: false,
      onRequest: async (request) => {
        authorize(request, service);
        if (url !== VERSIONS_PATH) requireVersion(request);
        throw new SbcError(405, `${request.method} is not allowed here, only ${methods.join(', ')}`);
      },
      handler: () => undefined,
    });
  }
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    authorize(request, service);
    throw notFound('There is no such resource');
  };
  for (const url of ['/rest', '/rest/*']) app.all(url, { onRequest }, () => undefined);
}

/** What curl sends for `-d` without a Content-Type, as the vendor's own samples do, is taken for XML. */
function checkMedia({ headers }: FastifyRequest): void {
  const { accept, 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (accept !== undefined && !/application\/xml|application\/\*|\*\/\*/i.test(accept))
    throw new SbcError(406, `Only ${XML} can be answered`);
  const hasBody = (length !== undefined && length !== '0') || encoding !== undefined;
  if (
    hasBody &&
    type !== undefined &&
    !/^(?:(?:application|text)\/xml|application\/x-www-form-urlencoded)\b/i.test(type)
  )
    throw new SbcError(415, `Only ${XML} is accepted`);
}

/** The framework refuses media types it cannot read, such as the one the vendor names for renewals: no slash. */
function takeAnyBody({ headers }: FastifyRequest): void {
  if (headers['content-type'] !== undefined) headers['content-type'] = XML;
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
