import type { Static, TObject } from 'typebox';
import type { Clock } from '../../kit/clock.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Author, Ledger, Write } from '../../ledger/ledger.ts';
import { mutate, type View } from '../../ledger/mutate.ts';
import type { HoldsNumber } from '../number-holders.ts';
import type { Caller, Scope } from './authentication.ts';
import type { Role } from './documents.ts';
import { notFound } from './errors.ts';
import { decodeId, type IdType } from './ids.ts';
import type { TestRoute } from './test-route.ts';

/** What the operations work with. */
export interface Service {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sealer: Sealer;
  /** UUID of the only organisation. */
  readonly organizationId: string;
  /** Own domain in place of the vendor's in host names of locations; null keeps the vendor's. */
  readonly domain: string | null;
  readonly numberHolders: readonly HoldsNumber[];
  readonly testRoute: TestRoute;
  /** Whether a user of a trunk (its id in the rulebook) is registered now. */
  readonly registered: (trunk: string, user: string) => Promise<boolean>;
}

/** One authenticated request, its body checked. */
export interface Call<Body = unknown> {
  readonly service: Service;
  readonly author: Author;
  readonly caller: Caller;
  /** Scheme and host that the client used, such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The path as the client wrote it, without the query. */
  readonly path: string;
  /** The ids in the path, as they were sent. */
  readonly ids: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}

/** Members of the answer; undefined where the operation answers with an empty body. */
export type Answer = object | undefined;

/** Who may ask for an operation: any of these roles, with any of these scopes. */
export interface Access {
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
}

/** One operation of the vendor's API, as a row of its reference. */
export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{placeholders}`, below `/v1/`. */
  readonly path: string;
  readonly success: 200 | 201 | 204;
  readonly access: Access;
  readonly body: TObject;
  handle(call: Call): Promise<Answer>;
}

/** A row of the list: `line` is method and path below `/v1/` as in the vendor's reference. */
export function operation<Body extends TObject>(
  name: string,
  line: `${Operation['method']} ${string}`,
  success: Operation['success'],
  access: Access,
  body: Body,
  handle: (call: Call<Static<Body>>) => Promise<Answer>,
): Operation {
  const [method = '', path = ''] = line.split(' ');
  return {
    name,
    method: method as Operation['method'],
    path,
    success,
    access,
    body,
    // The plugin checks the body against this row's schema before it calls.
    handle: (call) => handle(call as Call<Static<Body>>),
  };
}

/** Reads, decides and writes as if alone, in the name of the caller. */
export function change<Result>(
  call: { readonly service: Pick<Service, 'ledger'>; readonly author: Author },
  decide: (view: View) => Promise<{ writes: Write[]; result: Result }>,
): Promise<Result> {
  return mutate(call.service.ledger, call.author, decide);
}

/** Now, as times are stored. */
export function timestamp({ service }: { readonly service: Pick<Service, 'clock'> }): string {
  return new Date(service.clock.now()).toISOString();
}

/** The UUID of an id in the path. Throws 404 where it is none of this type. */
export function pathId({ ids }: Call, name: string, ...types: readonly IdType[]): string {
  const id = decodeId(ids[name] ?? '', ...types);
  if (id === undefined) throw notFound();
  return id;
}
