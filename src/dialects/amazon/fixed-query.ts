import type { FastifyInstance } from 'fastify';
import { readQuery } from './canonical-request.ts';
import type { Operation } from './operation.ts';

type Strategy = Parameters<FastifyInstance['addConstraintStrategy']>[0];
type RouteHandler = Parameters<ReturnType<Strategy['storage']>['set']>[1];

/** The query parameters that choose an operation. */
const CHOOSING = ['operation', 'type'];

/** Name of the route constraint that tells apart operations of one path by their fixed query. */
export const FIXED_QUERY = 'amazonFixedQuery';

/**
 * Matches a request to the operation with the same fixed query (Operation.fixedQuery), none included: an unknown
 * `?operation=` finds no operation. Routes of others on the same server carry no such constraint and are unaffected.
 * The server that the plugin is registered on must know it.
 */
export const OPERATION_CONSTRAINT: Strategy = {
  name: FIXED_QUERY,
  storage() {
    const handlers = new Map<unknown, RouteHandler>();
    return {
      get: (value) => handlers.get(value) ?? null,
      set: (value, handler) => void handlers.set(value, handler),
    };
  },
  deriveConstraint: (request) => fixedQueryOf(request.url ?? ''),
};

function fixedQueryOf(target: string): Operation['fixedQuery'] {
  const query = readQuery(target);
  const name = CHOOSING.find((candidate) => query.has(candidate));
  return name === undefined ? '' : `${name}=${query.get(name)}`;
}
