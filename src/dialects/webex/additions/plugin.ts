import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { TObject } from 'typebox';
import type { CodeBook } from '../codes/code-book.ts';
import { DIALECT } from '../documents.ts';
import { notFound, VendorError } from '../errors.ts';
import { decodeId } from '../ids.ts';
import type { Service } from '../operation.ts';
import { organizationId } from '../organization.ts';
import { readBody } from '../read-body.ts';
import { NoBody } from '../schemas.ts';
import * as codes from './access-codes.ts';
import type { Addition } from './addition.ts';
import * as credentials from './credentials.ts';
import * as tokens from './tokens.ts';

export interface AdditionOptions extends Pick<Service, 'ledger' | 'clock' | 'sealer'> {
  readonly domain?: string | null;
  readonly codeBook: CodeBook;
}

/** One line of the list: method, path below the gate's own API, status, body, and what it does. */
type Row = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  success: 200 | 201 | 204,
  body: TObject,
  handle: (call: Addition<never>) => Promise<object | undefined>,
];

const ROWS: readonly Row[] = [
  ['GET', '/webex/tokens', 200, NoBody, tokens.listTokens],
  ['POST', '/webex/tokens', 201, tokens.CreateToken, tokens.createToken],
  ['DELETE', '/webex/tokens/:token', 204, NoBody, tokens.deleteToken],
  ['GET', '/webex/lines/:line/credentials', 200, NoBody, credentials.getCredentials],
  ['PUT', '/webex/lines/:line/credentials', 200, credentials.PutCredentials, credentials.putCredentials],
  ['DELETE', '/webex/lines/:line/credentials', 204, NoBody, credentials.deleteCredentials],
  ['GET', '/webex/access-codes/:owner', 200, NoBody, codes.listCodes],
  ['POST', '/webex/access-codes/:owner', 201, codes.CreateCode, codes.createCode],
  ['GET', '/webex/access-codes/:owner/:code', 200, NoBody, codes.getCode],
  ['PUT', '/webex/access-codes/:owner/:code', 200, codes.UpdateCode, codes.updateCode],
  ['DELETE', '/webex/access-codes/:owner/:code', 204, NoBody, codes.deleteCode],
];

const FAULTS: Readonly<Record<number, string>> = {
  400: 'bad-request',
  404: 'not-found',
  409: 'conflict',
  502: 'limit-reached',
};

/**
 * What Webex's own API has no words for, as part of `/tollgate/v1`: further tokens, how lines log in, codes that
 * live, lock-outs. Whoever registers it has checked the admin token.
 */
export function webexAdditions({
  ledger,
  clock,
  sealer,
  domain = null,
  codeBook,
}: AdditionOptions): FastifyPluginAsync {
  const service = { ledger, clock, sealer, domain, organizationId: organizationId(sealer) };
  return async (app) => {
    app.setErrorHandler(answerError);
    for (const [method, url, success, body, handle] of ROWS)
      app.route({
        method,
        url,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const operation = `${method} ${url}`;
          const answer = await handle({
            service,
            author: { actor: 'admin', dialect: DIALECT, operation, requestId: request.id },
            ids: request.params as Record<string, string>,
            body: readBody(body, request.body ?? {}) as never,
          });
          return reply.code(success).send(answer);
        },
      });
    app.get('/webex/lockouts', async () => ({
      lockouts: codeBook
        .lockouts()
        .map(({ until, ...lockout }) => ({ ...lockout, until: new Date(until).toISOString() })),
    }));
    app.delete('/webex/lockouts/:id', async (request, reply) => {
      const { id = '' } = request.params as { id?: string };
      const own = decodeId(id, 'PEOPLE', 'PLACE', 'VIRTUAL_PROFILE', 'LOCATION');
      if (own === undefined || !(await codeBook.lift(own))) throw notFound();
      return reply.code(204).send();
    });
  };
}

/** Refusals in the words of the gate's own API; the rest is its own to answer. */
function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof VendorError)) throw error;
  const { status, message } = error;
  return reply.code(status).send({ error: { code: FAULTS[status] ?? 'refused', message } });
}
