import type { TObject } from 'typebox';
import type { Clock } from '../../kit/clock.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Author, Ledger, Write } from '../../ledger/ledger.ts';
import { mutate, type View } from '../../ledger/mutate.ts';
import type { HoldsNumber } from '../number-holders.ts';
import type { Caller } from './authentication.ts';
import type { CallDesk } from './calls/desk.ts';
import { iso8601 } from './dates.ts';
import { notFound, unauthenticated, type ErrorCode, type VendorError } from './errors.ts';
import type { Form } from './form.ts';

/** What the operations work with. */
export interface Service {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sealer: Sealer;
  /** `AC…`. */
  readonly accountSid: string;
  /** Own domain in place of `twilio.com` in host names of SIP domains and trunks; null keeps the vendor's. */
  readonly domain: string | null;
  readonly numberHolders: readonly HoldsNumber[];
  /** The account's calls, and how new ones are placed. */
  readonly calls: CallDesk;
}

/** One authenticated request, its form checked. */
export interface Call<Body = unknown> {
  readonly service: Service;
  readonly author: Author;
  readonly caller: Caller;
  /** Scheme and host that the client used, such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The path as the client wrote it, without the query. */
  readonly path: string;
  /** The SIDs and names in the path, decoded. */
  readonly ids: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}

/** Members of the answer; undefined where the operation answers with an empty body. */
export type Answer = object | undefined;

/** One operation of the vendor's API, as a row of its reference. */
export interface Operation {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{placeholders}`. */
  readonly path: string;
  readonly success: 200 | 201 | 202 | 204;
  readonly form: TObject;
  /** The code of a form that breaks a rule. */
  readonly fault: ErrorCode;
  handle(call: Call): Promise<Answer>;
}

/** A row of the list: `line` is method and path as in the vendor's reference, `fault` the code of a bad form. */
export function operation<Schema extends TObject>(
  name: string,
  line: `${Operation['method']} /${string}`,
  success: Operation['success'],
  form: Schema,
  fault: ErrorCode,
  handle: (call: Call<Form<Schema>>) => Promise<Answer>,
): Operation {
  const [method = '', path = ''] = line.split(' ');
  return {
    name,
    method: method as Operation['method'],
    path,
    success,
    form,
    fault,
    // The router checks the form against this row's schema before it calls.
    handle: (call) => handle(call as Call<Form<Schema>>),
  };
}

/** Reads, decides and writes as if alone, in the name of the caller. */
export function change<Result>(
  call: Call,
  decide: (view: View) => Promise<{ writes: Write[]; result: Result }>,
): Promise<Result> {
  return mutate(call.service.ledger, call.author, decide);
}

/** Now, as times are stored. */
export function timestamp({ service }: Call): string {
  return iso8601(service.clock.now());
}

/** A SID or name of the path; the router only calls where the path has it. */
export function pathId(call: Call, name: string): string {
  const id = call.ids[name];
  if (id === undefined) throw missing(call);
  return id;
}

/** 404 for the resource that the path names. */
export function missing({ path }: Call): VendorError {
  return notFound(path.replace(/^\/v\d(?=\/)/, ''));
}

/** Throws 20003 for an API key: the account and its keys are managed with the auth token only, as with the vendor. */
export function requireAccount({ caller }: Call): void {
  if (caller.kind !== 'account') throw unauthenticated('Authenticate');
}
