import type { Clock } from '../../kit/clock.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Author, Ledger, Write } from '../../ledger/ledger.ts';
import { mutate, type View } from '../../ledger/mutate.ts';
import { DIALECT } from './documents.ts';
import { badRequest, notFound } from './errors.ts';
import type { ElementType } from './element-types/element-type.ts';
import { ELEMENT_TYPES } from './element-types/element-types.ts';
import type { Jobs } from './jobs.ts';
import type { ConfigurationLock } from './lock.ts';
import type { Session, Tokens } from './tokens.ts';
import type { XmlNode } from './xml.ts';

/** What operations stand on. */
export interface Service {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly tokens: Tokens;
  readonly lock: ConfigurationLock;
  readonly jobs: Jobs;
  /** What would keep the edge from carrying out a configuration, such as ports in use; empty when nothing. */
  readonly obstacles: (view: Pick<View, 'list'>) => Promise<string[]>;
  readonly system: SystemView;
}

/** The machine and the process, as the API tells of them. */
export interface SystemView {
  readonly version: string;
  /** Stays the same for one data folder. */
  readonly serialNumber: string;
  /** Milliseconds since the epoch when the gate was started. */
  readonly startedAt: number;
  readonly figures: () => Promise<SystemFigures>;
  /** Ends what runs in an orderly way and starts anew; null where that cannot be done. */
  readonly reboot: (() => void) | null;
}

export interface SystemFigures {
  /** Calls in set-up or answered. */
  readonly calls: number;
  /** Calls that can be counted at once. */
  readonly callCapacity: number;
  /** Calls admitted in a second, of late. */
  readonly callsPerSecond: number;
  readonly registrations: number;
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

/** One authenticated request. */
export interface Call {
  readonly service: Service;
  readonly session: Session;
  /** Query parameters in their order, decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly requestId: string;
  /** `https://host/rest/v1.2`, as the client wrote it. */
  readonly base: string;
  /** For faults of ours. */
  readonly log: (error: unknown) => void;
}

/** What goes back: children of `data`, and links. */
export interface Answer {
  readonly status: 200 | 202 | 204;
  readonly data?: XmlNode;
  readonly links?: readonly string[];
}

/** One operation of the API, below `/rest/{version}`. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** What it is called in the audit and the lock's last action. */
  readonly name: string;
  /** Only for administrators who own the lock. */
  readonly lock: boolean;
  /** Only for administrators. */
  readonly admin: boolean;
  readonly handle: (call: Call) => Promise<Answer>;
}

export const NO_CONTENT: Answer = { status: 204 };

/** The value of a query parameter that must be there. Throws 400. */
export function parameter(call: Call, name: string): string {
  const value = optionalParameter(call, name);
  if (value === undefined || value === '') throw badRequest(`Query parameter ${name} is missing`);
  return value;
}

/** Throws 400 where it is given twice. */
export function optionalParameter({ query }: Call, name: string): string | undefined {
  const values = query.filter(([given]) => given === name);
  if (values.length > 1) throw badRequest(`Query parameter ${name} appears more than once`);
  return values[0]?.[1];
}

/** The element type of that name. Throws 404. */
export function typeNamed(name: string): ElementType {
  const found = ELEMENT_TYPES.find((type) => type.name === name);
  if (!found) throw notFound(`Element type ${name.slice(0, 60)} is not supported`);
  return found;
}

/** Reads and writes in one revision, by the session's user. */
export function change<Result>(
  { service, session, requestId }: Call,
  operation: string,
  decide: (view: View) => Promise<{ writes: Write[]; result: Result }>,
): Promise<Result> {
  const author: Author = { actor: session.user, dialect: DIALECT, operation, requestId };
  return mutate(service.ledger, author, decide);
}
