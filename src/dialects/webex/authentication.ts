import { hash } from 'node:crypto';
import type { Clock } from '../../kit/clock.ts';
import { equalInConstantTime } from '../../kit/seal.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { read, type Role } from './documents.ts';
import { forbidden, unauthenticated } from './errors.ts';

export const SCOPES = [
  'spark-admin:telephony_config_read',
  'spark-admin:telephony_config_write',
  'spark-admin:people_read',
  'spark-admin:people_write',
  'spark-admin:workspaces_read',
  'spark-admin:workspaces_write',
  'spark-admin:locations_read',
  'spark-admin:locations_write',
  'spark-admin:devices_read',
] as const;
export type Scope = (typeof SCOPES)[number];

export const ROLES: readonly Role[] = ['full', 'location', 'user', 'read-only'];

/** Who asks, and what it may. */
export interface Caller {
  /** For the audit: `admin`, or the token's id. */
  readonly name: string;
  readonly role: Role;
  readonly scopes: ReadonlySet<string>;
  /** UUIDs of the locations that a location administrator looks after; null: all. */
  readonly locations: ReadonlySet<string> | null;
}

/** How a token is kept. It is long and random, so that none can be guessed from its hash. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}

/** The holder of a Bearer token: the settings' one, or one that was made since. Throws 401, once it has expired too. */
export async function authenticate(
  authorization: string | undefined,
  accessToken: string,
  ledger: Ledger,
  clock: Clock,
): Promise<Caller> {
  const token = /^bearer +(?<token>[\w.~+/=-]{1,4096}) *$/i.exec(authorization ?? '')?.groups?.['token'];
  if (token === undefined) throw unauthenticated();
  if (equalInConstantTime(token, accessToken))
    return { name: 'admin', role: 'full', scopes: new Set<string>(SCOPES), locations: null };
  const known = await read(ledger, 'access-token', hashToken(token));
  if (!known || (known.expires !== null && Date.parse(known.expires) <= clock.now())) throw unauthenticated();
  const { id, role, scopes, locations } = known;
  return { name: `token ${id}`, role, scopes: new Set(scopes), locations: locations && new Set(locations) };
}

/** Throws 403 unless the caller has one of the roles, and one of the scopes. */
export function authorize(
  { role, scopes }: Caller,
  needed: { readonly roles: readonly Role[]; readonly scopes: readonly Scope[] },
): void {
  if (!needed.roles.includes(role) || !needed.scopes.some((scope) => scopes.has(scope))) throw forbidden();
}

/** Throws 403 where a location administrator has nothing to do with the location; null is none of them. */
export function authorizeLocation({ role, locations }: Caller, locationId: string | null): void {
  if (role === 'location' && locations && (locationId === null || !locations.has(locationId))) throw forbidden();
}

/** Whether lists show the caller what is at this location. */
export function sees({ role, locations }: Caller, locationId: string | null): boolean {
  return role !== 'location' || !locations || (locationId !== null && locations.has(locationId));
}
