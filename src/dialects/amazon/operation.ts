import type { Static, TSchema } from 'typebox';
import type { Clock } from '../../kit/clock.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Author, Ledger, Write } from '../../ledger/ledger.ts';
import { mutate, type View } from '../../ledger/mutate.ts';
import type { HoldsNumber } from '../number-holders.ts';
import { notFound } from './errors.ts';

/** What the operations work with. */
export interface Service {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sealer: Sealer;
  /** Twelve digits. */
  readonly accountId: string;
  /** Suffix of the host names given to new Voice Connectors. */
  readonly domain: string;
  /** Whether CidrAllowedList may hold private and wide blocks, which the vendor's tools refuse. */
  readonly allowPrivateCidr: boolean;
  readonly numberHolders: readonly HoldsNumber[];
  /** When and from where the trunk last heard an OPTIONS request; undefined: never. */
  readonly terminationHealth: (trunkId: string) => Promise<{ at: number; source: string } | undefined>;
}

/** One authenticated request, its body checked. */
export interface Call<Body = unknown> {
  readonly service: Service;
  readonly author: Author;
  /** The ids in the path, decoded once. */
  readonly ids: Readonly<Record<string, string>>;
  readonly query: ReadonlyMap<string, string>;
  readonly body: Body;
}

/** Members of the answer; undefined where the operation answers with an empty body. */
export type Answer = object | undefined;

/** One operation of the vendor's API, as a row of its reference. */
export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With `{placeholders}`. */
  readonly path: string;
  /** The pair that tells apart operations of one path, such as `operation=put`; empty when there is none. */
  readonly fixedQuery: string;
  readonly success: 200 | 201 | 202 | 204;
  readonly body: TSchema;
  handle(call: Call): Promise<Answer>;
}

/** A row of the list: `line` is method, path and fixed query as in the vendor's reference. */
export function operation<Body extends TSchema>(
  name: string,
  line: `${Operation['method']} /${string}`,
  success: Operation['success'],
  body: Body,
  handle: (call: Call<Static<Body>>) => Promise<Answer>,
): Operation {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', fixedQuery = ''] = target.split('?');
  return {
    name,
    method: method as Operation['method'],
    path,
    fixedQuery,
    success,
    body,
    // The router checks the body against this row's schema before it calls.
    handle: (call) => handle(call as Call<Static<Body>>),
  };
}

/** Reads, decides and writes as if alone, in the name of the caller. */
export function change<Result>(
  call: Call,
  decide: (view: View) => Promise<{ writes: Write[]; result: Result }>,
): Promise<Result> {
  return mutate(call.service.ledger, call.author, decide);
}

/** Now, as the vendor writes it: ISO 8601 with milliseconds. */
export function timestamp({ service }: Call): string {
  return new Date(service.clock.now()).toISOString();
}

/** An id of the path; the router only calls where the path has it. */
export function pathId(call: Call, name: string): string {
  const id = call.ids[name];
  if (id === undefined) throw notFound(name, '');
  return id;
}
