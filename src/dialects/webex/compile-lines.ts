import type { LineEntry, RangeEntry } from '../../rulebook/dialling.ts';
import type { TrunkGroup, NumberEntry } from '../../rulebook/trunk.ts';
import { compilePlan, resourceOf } from './compile-permissions.ts';
import { DIALECT, entryId, read, type Documents, type LineKind, type LineMembers } from './documents.ts';

const LINE_KINDS: readonly LineKind[] = ['person', 'workspace', 'virtual-line'];

/** Ids of ranges: `webex:kind:pattern`. */
export const RANGE_KINDS = ['dial-pattern', 'route-list-number'] as const;

export interface Company {
  /** Whose trunks and numbers they are: `webex:organization`. */
  readonly account: string;
  /** UUID. */
  readonly organization: string;
  readonly documents: Documents;
}

/** A person, workspace or virtual line with calling, or a registering trunk, which logs in as they do. */
export async function compileLine(id: string, company: Company): Promise<LineEntry | null> {
  const { account, organization, documents } = company;
  for (const kind of LINE_KINDS) {
    const line = await read(documents, kind, id);
    if (!line) continue;
    const { locationId, extension, phoneNumber } = line;
    if (locationId === null) return null;
    const access = await read(documents, 'line-access', id);
    return {
      id: entryId(id),
      account,
      trunk: entryId(locationId),
      username: access?.username ?? null,
      registers: access?.registration ?? false,
      extension,
      number: phoneNumber,
      callerId: callerIdOf(line) ?? phoneNumber,
      permissions: await compilePlan(documents, { kind, id }, organization),
      premises: false,
      rule: { resource: resourceOf({ kind, id }), field: 'locationId' },
    };
  }
  return compileRegisteringTrunk(id, company);
}

/** What it shows outside in place of its own number. */
function callerIdOf(line: LineMembers): string | null {
  return 'callerIdNumber' in line && typeof line.callerIdNumber === 'string' ? line.callerIdNumber : null;
}

async function compileRegisteringTrunk(id: string, { account, documents }: Company): Promise<LineEntry | null> {
  const trunk = await read(documents, 'trunk', id);
  if (trunk?.trunkType !== 'REGISTERING') return null;
  return {
    id: entryId(id),
    account,
    trunk: entryId(trunk.locationId),
    username: trunk.username,
    registers: true,
    extension: null,
    number: null,
    callerId: null,
    permissions: { callTypes: null, patterns: null, transferNumbers: null, codeSets: null },
    premises: true,
    rule: { resource: resourceOf({ kind: 'trunk', id }), field: 'trunkType' },
  };
}

/** A number's calls go to the line that has it; to nobody while it is inactive, or its line has no telephone. */
export async function compileNumber(e164: string, { account, documents }: Company): Promise<NumberEntry | null> {
  const number = await read(documents, 'phone-number', e164);
  if (!number) return null;
  const access =
    number.owner && number.state === 'ACTIVE' ? await read(documents, 'line-access', number.owner.id) : undefined;
  return {
    id: `${DIALECT}:${e164}`,
    e164,
    account,
    assignment: access ? { kind: 'user', id: entryId(access.locationId), user: access.username } : null,
    rule: { resource: `Number ${e164}`, field: 'owner' },
  };
}

/** Trunks that stand in for each other. */
export async function compileRouteGroup(id: string, documents: Documents): Promise<TrunkGroup | null> {
  const group = await read(documents, 'route-group', id);
  return (
    (group && {
      id: entryId(id),
      members: group.localGateways.map(({ trunkId, priority }) => ({ trunk: entryId(trunkId), priority })),
      rule: { resource: `RouteGroup ${id}`, field: 'localGateways' },
    }) ??
    null
  );
}

/** A pattern of a dial plan, or a number of a route list; `own` is `kind:pattern`. */
export async function compileRange(own: string, { account, documents }: Company): Promise<RangeEntry | null> {
  const separator = own.indexOf(':');
  const [kind, pattern] = [own.slice(0, separator), own.slice(separator + 1)];
  const common = { id: `${DIALECT}:${own}`, account, pattern };
  if (kind === 'dial-pattern') {
    const held = await read(documents, kind, pattern);
    const plan = held && (await read(documents, 'dial-plan', held.dialPlanId));
    if (!plan) return null;
    const rule = { resource: `DialPlan ${plan.id}`, field: `dialPatterns ${pattern}` };
    const gateways = { kind: plan.routeType === 'TRUNK' ? 'trunk' : 'group', id: entryId(plan.routeId), rule } as const;
    return { ...common, gateways, internal: true };
  }
  const held = await read(documents, 'route-list-number', pattern);
  const list = held && (await read(documents, 'route-list', held.routeListId));
  if (!list) return null;
  const rule = { resource: `RouteList ${list.id}`, field: `numbers ${pattern}` };
  return { ...common, gateways: { kind: 'group', id: entryId(list.routeGroupId), rule }, internal: false };
}

/** Whose line a rulebook entry is. */
export function isLineKind(kind: string): kind is LineKind {
  return LINE_KINDS.some((known) => known === kind);
}
