import type { Sealer } from '../../kit/seal.ts';
import type { CredentialRecord, CredentialSecrets } from '../../rulebook/credential.ts';
import type { Dialling } from '../../rulebook/dialling.ts';
import type { CompiledEntry, EntryKey } from '../../rulebook/entry.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { DigestRule, Origination, Termination, Trunk } from '../../rulebook/trunk.ts';
import type { Compiler } from '../compiler.ts';
import { Dependencies } from '../dependencies.ts';
import {
  compileLine,
  compileNumber,
  compileRange,
  compileRouteGroup,
  isLineKind,
  RANGE_KINDS,
  type Company,
} from './compile-lines.ts';
import { compilePlan, resourceOf } from './compile-permissions.ts';
import {
  bodyOf,
  childId,
  DIALECT,
  entryId,
  keyOf,
  read,
  REALM,
  sealLabel,
  USUAL_CALLS,
  type Credential,
  type Location,
  type LocationCalling,
  type Trunk as PremisesTrunk,
} from './documents.ts';
import { locationHost } from './host-names.ts';
import { organizationId } from './organization.ts';

export interface WebexCompilerOptions {
  readonly sealer: Sealer;
  /** Own domain in place of the vendor's; null keeps that. */
  readonly domain: string | null;
}

/** Bounds of a registration, in seconds, and of the telephones of one line. */
const REGISTRATION = { minimumSeconds: 60, maximumSeconds: 3600, defaultSeconds: 3600, contactsPerUser: 10 };

/** Nothing here is asked of calls that no rule is about. */
const ASKS_NOTHING = {
  sources: null,
  boundSources: null,
  certificates: null,
  digest: null,
  plusSign: null,
  countries: null,
  highRisk: null,
  callsPerSecond: null,
  concurrentCalls: null,
  emergency: [],
  application: null,
  carriers: null,
  statuses: {},
} satisfies Partial<Termination>;

/**
 * What the documents of this dialect mean for a call. Locations and trunks to premises become trunks; people, workspaces
 * and virtual lines become lines, so that a location with thousands of them is not compiled anew for one.
 */
export function createWebexCompiler({ sealer, domain }: WebexCompilerOptions): Compiler {
  const organization = organizationId(sealer);
  const dependencies = new Dependencies();
  return {
    dialect: DIALECT,
    roots: ['location', 'trunk', 'person', 'workspace', 'virtual-line', 'phone-number', 'route-group', ...RANGE_KINDS],
    affects: ({ key }) => [...entriesOf(key.kind, key.id), ...dependencies.on(key)],
    async compile(key, documents) {
      const compiled = await compileEntry(key, {
        account: `${DIALECT}:${organization}`,
        organization,
        domain,
        documents: dependencies.watch(key, documents),
      });
      if (compiled.entry === null) dependencies.forget(key);
      return compiled;
    },
    credentialKey: (credentialSet, username) => keyOf('credential', childId(credentialSet, username)),
    credential: (body) => (body ? openCredential(bodyOf('credential', body), sealer) : null),
  };
}

/** The entries that a document is itself. */
function entriesOf(kind: string, id: string): EntryKey[] {
  if (kind === 'location') return [{ kind: 'trunk', id: entryId(id) }];
  if (kind === 'trunk') return [trunkKey(id), { kind: 'line', id: entryId(id) }];
  if (isLineKind(kind)) return [{ kind: 'line', id: entryId(id) }];
  if (kind === 'phone-number') return [{ kind: 'number', id: entryId(id) }];
  if (kind === 'route-group') return [{ kind: 'group', id: entryId(id) }];
  return RANGE_KINDS.some((known) => known === kind) ? [{ kind: 'range', id: entryId(`${kind}:${id}`) }] : [];
}

function trunkKey(id: string): EntryKey {
  return { kind: 'trunk', id: entryId(id) };
}

interface Context extends Company {
  readonly domain: string | null;
}

async function compileEntry({ kind, id }: EntryKey, context: Context): Promise<CompiledEntry> {
  const own = id.slice(DIALECT.length + 1);
  switch (kind) {
    case 'trunk':
      return { kind, id, entry: await compileTrunk(own, context) };
    case 'line':
      return { kind, id, entry: await compileLine(own, context) };
    case 'number':
      return { kind, id, entry: await compileNumber(own, context) };
    case 'group':
      return { kind, id, entry: await compileRouteGroup(own, context.documents) };
    case 'range':
      return { kind, id, entry: await compileRange(own, context) };
    case 'border':
      return { kind, id, entry: null };
  }
}

async function compileTrunk(id: string, context: Context): Promise<Trunk | null> {
  const { documents } = context;
  const location = await read(documents, 'location', id);
  if (location) return location.calling && compileLocation(location, location.calling, context);
  const trunk = await read(documents, 'trunk', id);
  return trunk ? compilePremises(trunk, context) : null;
}

/** A location: its lines call and register with names and passwords, and dial as people do there. */
async function compileLocation(location: Location, calling: LocationCalling, context: Context): Promise<Trunk> {
  const { id, hostLabel } = location;
  const rule = ruleOf({ kind: 'location', id });
  const digest: DigestRule = { realm: REALM, credentialSets: [id], empty: false, rule: rule('lines') };
  return {
    id: entryId(id),
    account: context.account,
    hosts: [...new Set([locationHost(hostLabel, context.domain), locationHost(hostLabel, null)])],
    encryption: { required: false, rule: rule('id') },
    termination: {
      ...ASKS_NOTHING,
      enabled: { value: true, rule: rule('calling') },
      digest,
      callerId: { fallback: calling.callingLineId.phoneNumber, rule: rule('callingLineId') },
      dialling: await compileDialling(location, calling, context),
    },
    registration: { ...REGISTRATION, sources: null, digest, rule: rule('lines') },
    // Its numbers belong to its lines.
    origination: null,
    missing: { termination: rule('calling'), origination: rule('numbers') },
  };
}

async function compileDialling(
  { id, address }: Location,
  { outsideDialDigit, enforceOutsideDialDigit, routingPrefix, connection }: LocationCalling,
  { documents, organization }: Context,
): Promise<Dialling> {
  const rule = ruleOf({ kind: 'location', id });
  return {
    place: entryId(id),
    country: address.country.toUpperCase(),
    outsideDigit: outsideDialDigit,
    enforceOutsideDigit: enforceOutsideDialDigit,
    routingPrefix,
    permissions: await compilePlan(documents, { kind: 'location', id }, organization),
    connection: connection && {
      kind: connection.type === 'TRUNK' ? 'trunk' : 'group',
      id: entryId(connection.id),
      rule: rule('connection'),
    },
    premises: false,
    rule: rule('address.country'),
  };
}

/** A trunk to premises: calls come in by their certificate, or as the registered user, and go out to where they are. */
async function compilePremises(trunk: PremisesTrunk, context: Context): Promise<Trunk> {
  const rule = ruleOf({ kind: 'trunk', id: trunk.id });
  return {
    id: entryId(trunk.id),
    account: context.account,
    hosts: [],
    encryption: { required: trunk.trunkType === 'CERTIFICATE_BASED', rule: rule('trunkType') },
    termination: await compileCertified(trunk, context),
    registration: null,
    origination: compileDelivery(trunk, rule),
    missing: { termination: rule('trunkType'), origination: rule('address') },
  };
}

/** What premises that show a certificate may call; those that register are a line of their location instead. */
async function compileCertified(trunk: PremisesTrunk, context: Context): Promise<Termination | null> {
  const name = hostOf(trunk);
  const location = await read(context.documents, 'location', trunk.locationId);
  if (name === null || !location?.calling) return null;
  const rule = ruleOf({ kind: 'trunk', id: trunk.id });
  const dialling = await compileDialling(location, location.calling, context);
  return {
    ...ASKS_NOTHING,
    enabled: { value: true, rule: rule('trunkType') },
    certificates: { names: [name], rule: rule('address') },
    callerId: { fallback: location.calling.callingLineId.phoneNumber, rule: rule('locationId') },
    dialling: { ...dialling, premises: true },
  };
}

function compileDelivery(trunk: PremisesTrunk, rule: (field: string) => RuleReference): Origination {
  const concurrentCalls = { limit: trunk.maxConcurrentCalls ?? USUAL_CALLS, rule: rule('maxConcurrentCalls') };
  const common = { enabled: { value: true, rule: rule('id') }, headers: [], concurrentCalls };
  const host = hostOf(trunk);
  if (host === null) {
    const { locationId, username } = trunk;
    const registered = { trunk: entryId(locationId), user: username ?? '' };
    return { ...common, routes: [], registered, rule: rule('trunkType') };
  }
  // Without a port the domain's SRV records say where (RFC 3263 §4.2).
  const route = { host, port: trunk.port, transport: 'tls', priority: 1, weight: 1, rule: rule('address') } as const;
  return { ...common, routes: [route], rule: rule('address') };
}

/** Where premises with a certificate are; null for those that register. */
function hostOf({ trunkType, address, domain }: PremisesTrunk): string | null {
  return trunkType === 'REGISTERING' || address === null || domain === null
    ? null
    : `${address}.${domain}`.toLowerCase();
}

function ruleOf(owner: Parameters<typeof resourceOf>[0]): (field: string) => RuleReference {
  return (field) => ({ resource: resourceOf(owner), field });
}

function openCredential({ holder, locationId, username, sealed }: Credential, sealer: Sealer): CredentialRecord {
  const secrets = JSON.parse(sealer.open(sealed, sealLabel(locationId, username))) as CredentialSecrets;
  return { username, realm: REALM, secrets, resource: resourceOf(holder) };
}
