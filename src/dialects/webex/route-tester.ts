import { classify } from '../../rulebook/dial-plan/classify.ts';
import type { AppliedPermission as Applied, Decision, Target } from '../../rulebook/decide/decision.ts';
import { isLineKind } from './compile-lines.ts';
import { ACTIONS, CALL_TYPES, resourceOf } from './compile-permissions.ts';
import {
  DIALECT,
  entryId,
  read,
  type DialPlan,
  type Documents,
  type LineKind,
  type Location,
  type Owner,
} from './documents.ts';
import { locationHost } from './host-names.ts';
import type { Action, CallTypeName } from './permissions.ts';
import type { AppliedPermission, ConfigurationLevel, RouteQuery, RouteResult, TestRoute } from './test-route.ts';

/** A call that is only asked about. */
export interface AskedCall {
  /** LineEntry.id of the caller; null: known by its certificate. */
  readonly line: string | null;
  readonly certificate: string | null;
  /** Host and user part of the Request-URI. */
  readonly host: string;
  readonly called: string;
  readonly caller: string | null;
}

export interface RouteTesterOptions {
  readonly documents: Documents;
  readonly domain: string | null;
  /** The Decision that a real call would get. */
  readonly ask: (call: AskedCall) => Promise<Decision>;
}

/** Longest extension; longer digits are meant as a number. */
const LONGEST_EXTENSION = 6;

const LEVELS: Readonly<Record<LineKind, ConfigurationLevel>> = {
  person: 'PEOPLE',
  workspace: 'PLACE',
  'virtual-line': 'VIRTUAL_LINE',
};

const LINE_KINDS = ['person', 'workspace', 'virtual-line'] as const;

/** Answers the vendor's test of call routing with the decision that a real call would get. */
export function createTestRoute({ documents, domain, ask }: RouteTesterOptions): TestRoute {
  return async (query) => {
    const from = await readOrigin(documents, query.originator);
    if (!from) return undefined;
    const { location, certificate } = from;
    const called = /^sips?:([^@;]+)/i.exec(query.destination)?.[1] ?? query.destination;
    const decision = await ask({
      line: certificate === null ? entryId(query.originator.id) : null,
      certificate,
      host: locationHost(location.hostLabel, domain),
      called,
      caller: query.originatorNumber,
    });
    return {
      destination: await destinationOf(documents, decision, location, called),
      routingAddress: decision.called ?? called,
      isRejected: isRejected(decision),
      outsideAccessCode: outsideDigitOf(location, decision, called),
      applied: decision.permission ? [describe(decision.permission, decision, query)] : [],
    };
  };
}

/** Whom the call comes from, and the place by whose host name it comes. */
async function readOrigin(
  documents: Documents,
  { kind, id }: Owner<LineKind | 'trunk'>,
): Promise<{ location: Location; certificate: string | null } | undefined> {
  const found = await read(documents, kind, id);
  const location = found?.locationId == null ? undefined : await read(documents, 'location', found.locationId);
  if (!found || !location?.calling) return undefined;
  const certified = 'trunkType' in found && found.trunkType === 'CERTIFICATE_BASED';
  return { location, certificate: certified ? `${found.address}.${found.domain}`.toLowerCase() : null };
}

/** A line without a telephone rejects nobody: its calls are not answered, as those of one that is switched off. */
function isRejected({ verdict, reason, dialled }: Decision): boolean {
  return verdict !== 'admit' && !(reason === 'no-route' && dialled?.type === 'internal');
}

async function destinationOf(
  documents: Documents,
  { dialled, targets }: Decision,
  location: Location,
  called: string,
): Promise<RouteResult['destination']> {
  const { type = 'unknown', reached = null } = dialled ?? {};
  if (type === 'emergency') return { type: 'EMERGENCY' };
  if (reached !== null) return reachedBy(documents, reached.slice(DIALECT.length + 1), targets[0]);
  if (type === 'unknown') {
    const short = /^\d+$/.test(called) && called.length <= LONGEST_EXTENSION;
    return { type: short ? 'UNKNOWN_EXTENSION' : 'UNKNOWN_NUMBER' };
  }
  const connection = location.calling?.connection;
  return {
    type: 'PSTN_NUMBER',
    trunkId: connection?.type === 'TRUNK' ? connection.id : null,
    routeGroupId: connection?.type === 'ROUTE_GROUP' ? connection.id : null,
  };
}

/** `own` is the id of a line, a number or a range in the rulebook, without the dialect. */
async function reachedBy(
  documents: Documents,
  own: string,
  target: Target | undefined,
): Promise<RouteResult['destination']> {
  const [kind, pattern = ''] = own.split(':', 2);
  if (kind === 'dial-pattern') {
    const held = await read(documents, kind, pattern);
    const plan = held && (await read(documents, 'dial-plan', held.dialPlanId));
    if (plan) {
      const trunkId = await gatewayOf(documents, plan, target);
      return { type: 'PBX_USER', dialPlanId: plan.id, dialPattern: pattern, trunkId };
    }
  }
  if (kind === 'route-list-number') {
    const held = await read(documents, kind, pattern);
    if (held) return { type: 'ROUTE_LIST', routeListId: held.routeListId };
  }
  for (const lineKind of LINE_KINDS)
    if (await read(documents, lineKind, own)) return { type: 'HOSTED_AGENT', line: { kind: lineKind, id: own } };
  return { type: 'UNKNOWN_NUMBER' };
}

/** The trunk that the call goes to first; null where none can take it. */
async function gatewayOf(
  documents: Documents,
  { routeType, routeId }: DialPlan,
  target: Target | undefined,
): Promise<string | null> {
  if (routeType === 'TRUNK') return routeId;
  const { localGateways = [] } = (await read(documents, 'route-group', routeId)) ?? {};
  for (const { trunkId } of localGateways) {
    const trunk = await read(documents, 'trunk', trunkId);
    if (target && (target.trunk === entryId(trunkId) || target.user === trunk?.username)) return trunkId;
  }
  return null;
}

/** The digit for an outside line, where it was dialled and taken off. */
function outsideDigitOf({ calling, address }: Location, { dialled }: Decision, called: string): string | null {
  const digit = calling?.outsideDialDigit ?? null;
  if (digit === null || !called.startsWith(digit) || !dialled || dialled.type === 'internal') return null;
  const context = { country: address.country, outsideDialDigit: null, enforceOutsideDialDigit: false };
  const behind = classify(called.slice(digit.length), { ...context, isInternal: () => false });
  return behind.type === dialled.type && behind.number === dialled.number ? digit : null;
}

function describe(applied: Applied, { reason }: Decision, { originator }: RouteQuery): AppliedPermission {
  const { pattern, type, action, transferNumber, number, rule } = applied;
  const permission = nameOf<Action>(ACTIONS, action);
  const level =
    isLineKind(originator.kind) && rule.resource === resourceOf(originator) ? LEVELS[originator.kind] : null;
  return {
    configurationLevel: level ?? 'LOCATION',
    by: pattern ?? { callType: nameOf<CallTypeName>(CALL_TYPES, type) },
    permission,
    transferNumber,
    reason: reason === 'transfer-number-missing' ? `${permission}_NOT_CONFIGURED` : null,
    number,
  };
}

/** The vendor's word for one of ours. */
function nameOf<Name extends string>(names: Readonly<Record<Name, string>>, word: string): Name {
  const [found] = Object.entries(names).find(([, ours]) => ours === word) ?? [];
  if (found === undefined) throw new Error(`the vendor has no word for ${word}`);
  return found as Name;
}
