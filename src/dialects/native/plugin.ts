import type { FastifyError, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { equalInConstantTime } from '../../kit/seal.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { NATIVE_PATH } from './path.ts';
import {
  CallsQuery,
  DiffQuery,
  DropsQuery,
  ExchangeCallRequest,
  ExplainRequest,
  ImpactRequest,
  LiftQuery,
  SpendingQuery,
} from './schemas.ts';

export type ExplainQuery = Static<typeof ExplainRequest>;
export type ExchangeCall = Static<typeof ExchangeCallRequest>;
export type Candidate = NonNullable<Static<typeof DiffQuery>['candidate']>;

export interface NativeOptions {
  readonly adminToken: string;
  readonly explain: (query: ExplainQuery) => Promise<Decision>;
  /** Null where there is no built-in exchange. */
  readonly placeCall: ((call: ExchangeCall) => Promise<object>) | null;
  /** The gateways and agents that calls go to and how they are. */
  readonly gateways: () => Promise<object>;
  readonly calls: (query: { before?: number; limit: number }) => Promise<object>;
  readonly call: (callId: string) => Promise<object | undefined>;
  readonly decision: (id: string) => Promise<Decision | undefined>;
  /** Sources that are banned, and strangers that are told no refusals. */
  readonly abusers: () => Promise<{ readonly bans: object[]; readonly silenced: object[] }>;
  /** False when the address is neither banned nor silenced. */
  readonly liftBan: (address: string) => Promise<boolean>;
  readonly drops: (limit: number) => Promise<object[]>;
  readonly spending: (limit: number) => Promise<object>;
  /** False when the trunk, or its user, has not called. */
  readonly liftSpending: (trunk: string, user: string | null) => Promise<boolean>;
  /** Who holds the SBC's configuration lock. */
  readonly lock: () => object;
  /** What activating that configuration would change. */
  readonly candidateDiff: (candidate: Candidate) => Promise<object>;
  /** What it would have made of the calls of the last hours. */
  readonly candidateImpact: (candidate: Candidate, hours: number) => Promise<object>;
  /** What dialects add for which their vendor has no words; registered behind the admin token. */
  readonly additions?: readonly FastifyPluginAsync[];
}

const PAGE = 50;
/** How far an impact looks back when nothing is said. */
const HOURS = 24;

/** Tollgate's own API, at /tollgate/v1: what happened, why, and what would happen. */
export function nativePlugin(options: NativeOptions): FastifyPluginAsync {
  return async (instance) => {
    await instance.register(
      async (scope) => {
        const app = scope.withTypeProvider<TypeBoxTypeProvider>();
        app.addHook('onRequest', async (request, reply) => {
          const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ', 2);
          if (scheme?.toLowerCase() === 'bearer' && equalInConstantTime(token, options.adminToken)) return undefined;
          return reply
            .code(401)
            .header('www-authenticate', 'Bearer')
            .send(fault('unauthorized', 'needs the admin token as Bearer'));
        });
        app.setNotFoundHandler((request, reply) =>
          reply.code(404).send(fault('not-found', `there is no ${request.method} ${request.url.split('?', 1)[0]}`)),
        );
        app.setErrorHandler((error: FastifyError, request, reply) => {
          const status = error.statusCode ?? 500;
          if (status >= 500) {
            request.log.error(error);
            return reply.code(500).send(fault('internal-error', `the log names the cause under request ${request.id}`));
          }
          return reply.code(status).send(fault('bad-request', error.message));
        });

        for (const addition of options.additions ?? []) await scope.register(addition);
        app.post('/explain', { schema: { body: ExplainRequest } }, (request) => options.explain(request.body));
        app.get('/gateways', () => options.gateways());
        app.get('/calls', { schema: { querystring: CallsQuery } }, async ({ query }) =>
          options.calls({ before: query.before, limit: query.limit ?? PAGE }),
        );
        app.get('/calls/:callId', async (request, reply) => {
          const { callId } = request.params as { callId: string };
          return (
            (await options.call(callId)) ?? reply.code(404).send(fault('not-found', 'the journal knows no such call'))
          );
        });
        app.get('/decisions/:id', async (request, reply) => {
          const { id } = request.params as { id: string };
          return (
            (await options.decision(id)) ??
            reply.code(404).send(fault('not-found', 'the journal knows no such decision'))
          );
        });
        app.get('/bans', async () => options.abusers());
        app.delete('/bans/*', async (request, reply) => {
          const { '*': address = '' } = request.params as { '*'?: string };
          if (await options.liftBan(address)) return reply.code(204).send();
          return reply.code(404).send(fault('not-found', 'this address is neither banned nor silenced'));
        });
        app.get('/drops', { schema: { querystring: DropsQuery } }, async ({ query }) => ({
          drops: await options.drops(query.limit ?? PAGE),
        }));
        app.get('/spending', { schema: { querystring: SpendingQuery } }, async ({ query }) =>
          options.spending(query.limit ?? PAGE),
        );
        app.delete('/spending/:trunk', { schema: { querystring: LiftQuery } }, async (request, reply) => {
          const { trunk } = request.params as { trunk: string };
          if (await options.liftSpending(trunk, request.query.user ?? null)) return reply.code(204).send();
          return reply.code(404).send(fault('not-found', 'nobody by this name has called today'));
        });
        app.get('/lock', async () => options.lock());
        app.get('/candidate/diff', { schema: { querystring: DiffQuery } }, ({ query }) =>
          options.candidateDiff(query.candidate ?? 'editing'),
        );
        // A body may be left out; the schema is of what it holds when there is one.
        app.post('/candidate/impact', { schema: { body: ImpactRequest }, preValidation: emptyBody }, ({ body }) =>
          options.candidateImpact(body.candidate ?? 'editing', body.hours ?? HOURS),
        );
        app.post('/exchange/calls', { schema: { body: ExchangeCallRequest } }, async (request, reply) => {
          if (options.placeCall) return options.placeCall(request.body);
          return reply
            .code(409)
            .send(fault('no-exchange', 'this gate was started without exchange: among its carriers'));
        });
      },
      { prefix: NATIVE_PATH },
    );
  };
}

/** A request without a body is one without members. */
async function emptyBody(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

function fault(code: string, message: string): object {
  return { error: { code, message } };
}
