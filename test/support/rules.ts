import { parseBlock } from '../../src/kit/ip.ts';
import type { CallAttempt } from '../../src/rulebook/attempt.ts';
import type { Dialling, LineEntry, RangeEntry } from '../../src/rulebook/dialling.ts';
import type { CompiledEntry } from '../../src/rulebook/entry.ts';
import type { Route } from '../../src/rulebook/route.ts';
import type { PermissionPlan } from '../../src/rulebook/permission.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { RuleReference } from '../../src/rulebook/rule.ts';
import type { NumberEntry, Origination, Registration, Termination, Trunk } from '../../src/rulebook/trunk.ts';

const rule: RuleReference = { resource: 'Trunk one', field: 'Setting' };

export const CARRIER: Route = { host: '192.0.2.9', port: 5060, transport: 'udp', priority: 1, weight: 1, rule };

/** A list of allowed blocks, written as people write them. */
export function sources(...texts: string[]): Termination['sources'] {
  return { blocks: texts.flatMap((text) => parseBlock(text) ?? []), rule };
}

export function termination(changes: Partial<Termination> = {}): Termination {
  return {
    enabled: { value: true, rule },
    sources: sources('198.51.100.0/24'),
    boundSources: null,
    certificates: null,
    digest: { realm: 'one.example', credentialSets: ['one'], empty: false, rule },
    plusSign: null,
    callerId: { fallback: null, rule },
    countries: { allowed: ['US'], rule },
    highRisk: null,
    callsPerSecond: { limit: 2, rule },
    concurrentCalls: null,
    emergency: [],
    application: null,
    dialling: null,
    carriers: null,
    statuses: {},
    ...changes,
  };
}

/** The terms of a toy trunk that takes registrations. */
export function registration(changes: Partial<Registration> = {}): Registration {
  return {
    sources: sources('198.51.100.0/24', '127.0.0.0/8'),
    digest: { realm: 'one.example', credentialSets: ['one'], empty: false, rule },
    minimumSeconds: 60,
    maximumSeconds: 3600,
    defaultSeconds: 600,
    contactsPerUser: 3,
    rule,
    ...changes,
  };
}

export function origination(changes: Partial<Origination> = {}): Origination {
  const route: Route = { host: '203.0.113.1', port: 5060, transport: 'udp', priority: 1, weight: 1, rule };
  return { enabled: { value: true, rule }, routes: [route], headers: [], rule, ...changes };
}

export function trunk(changes: Partial<Trunk> = {}): Trunk {
  return {
    id: 'test:one',
    account: 'test:account',
    hosts: ['one.example'],
    encryption: { required: false, rule },
    termination: termination(),
    registration: null,
    origination: origination(),
    missing: { termination: rule, origination: rule },
    ...changes,
  };
}

export function number(e164: string, changes: Partial<NumberEntry> = {}): NumberEntry {
  return {
    id: `test:${e164}`,
    e164,
    account: 'test:account',
    assignment: { kind: 'trunk', id: 'test:one' },
    rule,
    ...changes,
  };
}

/** A rulebook of trunks and numbers, with one carrier unless told otherwise. */
export function rulebookOf(
  trunks: readonly Trunk[],
  numbers: readonly NumberEntry[] = [],
  carriers: readonly Route[] = [CARRIER],
  applications: Route | null = null,
): Rulebook {
  const rulebook = new Rulebook(carriers, applications);
  const entries: CompiledEntry[] = [
    ...trunks.map((entry) => ({ kind: 'trunk' as const, id: entry.id, entry })),
    ...numbers.map((entry) => ({ kind: 'number' as const, id: entry.id, entry })),
  ];
  rulebook.apply(7, entries);
  return rulebook;
}

/** A call of trunk one's customer that passes every check of `trunk()`. */
export function attempt(changes: Partial<CallAttempt> = {}): CallAttempt {
  return {
    id: 'a1',
    source: { address: '198.51.100.7', port: 5060, transport: 'udp', secure: false },
    fromCarrier: false,
    leg: null,
    uri: 'sip:+12065550100@one.example',
    forwarded: false,
    place: null,
    requestUri: { user: '+12065550100', host: 'one.example' },
    addressedToEdge: false,
    toHost: 'one.example',
    fromHost: 'one.example',
    callerIds: ['+12065550199'],
    digest: { outcome: 'valid', username: 'jdoe' },
    callsInLastSecond: 0,
    callsInProgress: 0,
    usage: [],
    spent: [],
    dice: 0,
    ...changes,
  };
}

/** A level that says nothing. */
export const NO_PLAN: PermissionPlan = { callTypes: null, patterns: null, transferNumbers: null, codeSets: null };

/** How people dial from a toy trunk in the US; what its plan leaves out is not allowed. */
export function dialling(changes: Partial<Dialling> = {}): Dialling {
  return {
    place: 'test:one',
    country: 'US',
    outsideDigit: null,
    enforceOutsideDigit: false,
    routingPrefix: null,
    permissions: NO_PLAN,
    connection: null,
    premises: false,
    rule,
    ...changes,
  };
}

/** The line of user jdoe. */
export function line(changes: Partial<LineEntry> = {}): LineEntry {
  return {
    id: 'test:line',
    account: 'test:account',
    trunk: 'test:one',
    username: 'jdoe',
    registers: true,
    extension: '2001',
    number: '+12065550199',
    callerId: '+12065550199',
    permissions: NO_PLAN,
    premises: false,
    rule: { resource: 'Line line', field: 'extension' },
    ...changes,
  };
}

/** Adds lines and ranges to a rulebook. */
export function withLines(
  rulebook: Rulebook,
  lines: readonly LineEntry[],
  ranges: readonly RangeEntry[] = [],
): Rulebook {
  rulebook.apply(rulebook.revision, [
    ...lines.map((entry) => ({ kind: 'line' as const, id: entry.id, entry })),
    ...ranges.map((entry) => ({ kind: 'range' as const, id: entry.id, entry })),
  ]);
  return rulebook;
}
