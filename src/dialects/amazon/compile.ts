import { parseBlock } from '../../kit/ip.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { CredentialRecord, CredentialSecrets } from '../../rulebook/credential.ts';
import type { EntryKey } from '../../rulebook/entry.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { EmergencyRoute, NumberEntry, Origination, Termination, Trunk, TrunkGroup } from '../../rulebook/trunk.ts';
import type { Compiler } from '../compiler.ts';
import { compileRoutes } from './compile-routes.ts';
import {
  bodyOf,
  credentialId,
  DIALECT,
  keyOf,
  read,
  isEmpty,
  sealLabel,
  trunkId,
  type Documents,
  type Kind,
  type StoredCredential,
} from './documents.ts';
import { readE164 } from './phone-numbers.ts';
import type * as schema from './schemas.ts';

export interface AmazonCompilerOptions {
  /** `id`: twelve digits. */
  readonly account: { readonly id: string };
  readonly sealer: Sealer;
  /** Suffix of host names now; connectors made under another keep that name too. */
  readonly domain: string;
}

/** Kinds, besides the connector itself, that its trunk is compiled from; their id is the connector's. */
const TRUNK_KINDS: readonly string[] = [
  'voice-connector',
  'termination',
  'termination-authentication',
  'origination',
  'emergency-calling-configuration',
] satisfies Kind[];

/** What the documents of this dialect mean for a call. */
export function createAmazonCompiler({ account, sealer, domain }: AmazonCompilerOptions): Compiler {
  const owner = `${DIALECT}:${account.id}`;
  const suffix = domain.toLowerCase();
  return {
    dialect: DIALECT,
    roots: ['voice-connector', 'voice-connector-group', 'phone-number'],
    affects: ({ key, before, after }) => affected(key, (before === null) !== (after === null)),
    async compile({ kind, id }, documents) {
      const own = id.slice(DIALECT.length + 1);
      if (kind === 'trunk') return { kind, id, entry: await compileTrunk(own, owner, suffix, documents) };
      if (kind === 'group') return { kind, id, entry: await compileGroup(own, documents) };
      if (kind === 'number') return { kind, id, entry: await compileNumber(own, owner, documents) };
      return { kind, id, entry: null };
    },
    credentialKey: (credentialSet, username) => keyOf('termination-credential', credentialId(credentialSet, username)),
    credential: (body) => (body ? openCredential(bodyOf('termination-credential', body), sealer) : null),
  };
}

/** `appearedOrGone`: the document was made or deleted, not just altered. */
function affected({ kind, id }: { kind: string; id: string }, appearedOrGone: boolean): EntryKey[] {
  if (TRUNK_KINDS.includes(kind)) return [{ kind: 'trunk', id: trunkId(id) }];
  // A trunk knows whether it has credentials, not what they are.
  if (kind === 'termination-credential')
    return appearedOrGone ? [{ kind: 'trunk', id: trunkId(id.slice(0, id.indexOf('/'))) }] : [];
  if (kind === 'voice-connector-group') return [{ kind: 'group', id: `${DIALECT}:${id}` }];
  if (kind === 'phone-number') return [{ kind: 'number', id: `${DIALECT}:${id}` }];
  return [];
}

async function compileTrunk(id: string, account: string, suffix: string, documents: Documents): Promise<Trunk | null> {
  const connector = await read(documents, 'voice-connector', id);
  if (!connector) return null;
  // One name for all rules: a hundred thousand trunks would each hold a dozen copies.
  const resource = `VoiceConnector ${id}`;
  const rule = (field: string): RuleReference => ({ resource, field });
  const origination = await read(documents, 'origination', id);
  return {
    id: trunkId(id),
    account,
    hosts: [...new Set([connector.OutboundHostName.toLowerCase(), `${id}.${suffix}`])],
    encryption: {
      required: connector.RequireEncryption,
      media: connector.RequireEncryption,
      rule: rule('RequireEncryption'),
    },
    termination: await compileTermination(connector, documents, rule),
    // The vendor registers no telephones: a connector is a trunk between systems.
    registration: null,
    origination: origination ? compileOrigination(origination, connector, rule) : null,
    missing: { termination: rule('Termination'), origination: rule('Origination') },
  };
}

type RuleOf = (field: string) => RuleReference;

async function compileTermination(
  { VoiceConnectorId: id, OutboundHostName }: schema.VoiceConnector,
  documents: Documents,
  rule: RuleOf,
): Promise<Termination | null> {
  const termination = await read(documents, 'termination', id);
  if (!termination) return null;
  const { Disabled = false, CidrAllowedList = [], CallingRegions = [], CpsLimit = 1, DefaultPhoneNumber } = termination;
  const blocks = CidrAllowedList.flatMap((cidr) => parseBlock(cidr) ?? []);
  const emergency = await read(documents, 'emergency-calling-configuration', id);
  const authentication = await read(documents, 'termination-authentication', id);
  const empty = await isEmpty(documents, 'termination-credential', credentialId(id, ''));
  return {
    enabled: { value: !Disabled, rule: rule('Termination.Disabled') },
    // A list that was never given lets nobody in, as an empty one.
    sources: { blocks, rule: rule('Termination.CidrAllowedList') },
    boundSources: null,
    certificates: null,
    digest: authentication ? { realm: OutboundHostName, credentialSets: [id], empty, rule: rule('Credentials') } : null,
    plusSign: null,
    callerId: { fallback: readE164(DefaultPhoneNumber ?? '') ?? null, rule: rule('Termination.DefaultPhoneNumber') },
    countries: { allowed: CallingRegions, rule: rule('Termination.CallingRegions') },
    highRisk: null,
    callsPerSecond: { limit: CpsLimit, rule: rule('Termination.CpsLimit') },
    concurrentCalls: null,
    emergency: (emergency?.DNIS ?? []).flatMap((dnis, index) =>
      compileDnis(dnis, rule(`EmergencyCallingConfiguration.DNIS[${index}]`)),
    ),
    application: null,
    dialling: null,
    carriers: null,
    statuses: {},
  };
}

type Dnis = NonNullable<schema.EmergencyCallingConfiguration['DNIS']>[number];

function compileDnis(dnis: Dnis, rule: RuleReference): EmergencyRoute[] {
  const number = readE164(dnis.EmergencyPhoneNumber);
  if (number === undefined) return [];
  return [{ country: dnis.CallingCountry, number, testNumber: readE164(dnis.TestPhoneNumber ?? '') ?? null, rule }];
}

function compileOrigination(
  origination: schema.Origination,
  { VoiceConnectorId, RequireEncryption }: schema.VoiceConnector,
  rule: RuleOf,
): Origination {
  return {
    enabled: { value: !origination.Disabled, rule: rule('Origination.Disabled') },
    routes: compileRoutes(origination.Routes ?? [], RequireEncryption, rule),
    headers: [['X-VoiceConnector-ID', VoiceConnectorId]],
    rule: rule('Origination.Routes'),
  };
}

/** Under LoadBalancedDistribution the calls are shared by all members alike, whatever their priority. */
async function compileGroup(id: string, documents: Documents): Promise<TrunkGroup | null> {
  const group = await read(documents, 'voice-connector-group', id);
  if (!group) return null;
  const balanced = group.CallDistributionType === 'LoadBalancedDistribution';
  const members = group.VoiceConnectorItems.map(({ VoiceConnectorId, Priority = 1 }) => ({
    trunk: trunkId(VoiceConnectorId),
    priority: balanced ? 1 : Priority,
  }));
  const rule = { resource: `VoiceConnectorGroup ${id}`, field: 'VoiceConnectorItems' };
  return { id: `${DIALECT}:${id}`, members, rule };
}

/** A number in the deletion queue is nobody's: no calls reach it and none may show it. */
async function compileNumber(e164: string, account: string, documents: Documents): Promise<NumberEntry | null> {
  const number = await read(documents, 'phone-number', e164);
  if (!number || number.DeletionTimestamp !== undefined) return null;
  const [association] = number.Associations;
  const kind = association?.Name === 'VoiceConnectorGroupId' ? 'group' : 'trunk';
  return {
    id: `${DIALECT}:${e164}`,
    e164,
    account,
    assignment: association ? { kind, id: `${DIALECT}:${association.Value}` } : null,
    rule: { resource: `PhoneNumber ${e164}`, field: 'Associations' },
  };
}

function openCredential(stored: StoredCredential, sealer: Sealer): CredentialRecord {
  const { VoiceConnectorId: id, Username, Realm, Sealed } = stored;
  const secrets = JSON.parse(sealer.open(Sealed, sealLabel(id, Username))) as CredentialSecrets;
  return { username: Username, realm: Realm, secrets, resource: `VoiceConnector ${id} Credentials ${Username}` };
}
