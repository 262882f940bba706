import type { Sealer } from '../../kit/seal.ts';
import type { CredentialRecord, CredentialSecrets } from '../../rulebook/credential.ts';
import type { CompiledEntry, EntryKey } from '../../rulebook/entry.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { NumberEntry, Origination, Registration, Termination, Trunk } from '../../rulebook/trunk.ts';
import type { Compiler } from '../compiler.ts';
import { Dependencies } from '../dependencies.ts';
import { hostsOf } from './compile-hosts.ts';
import { compileRoutes } from './compile-routes.ts';
import {
  compileAccountRules,
  compileBoundSources,
  compileDigest,
  compileSources,
  type RuleOf,
} from './compile-termination.ts';
import {
  bodyOf,
  childId,
  DIALECT,
  keyOf,
  read,
  readAll,
  REALM,
  sealLabel,
  trunkId,
  type ByocTrunk,
  type CredentialSecret,
  type Documents,
  type IncomingPhoneNumber,
  type SipDomain,
  type Trunk as ElasticTrunk,
} from './documents.ts';

export interface TwilioCompilerOptions {
  readonly account: { readonly sid: string };
  readonly sealer: Sealer;
  /** Own domain in place of `twilio.com`; null keeps the vendor's. */
  readonly domain: string | null;
  /** What the vendor's staff sets for a trunk, and no operation does; null: no limit. */
  readonly trunkLimits: TrunkLimits;
}

interface TrunkLimits {
  readonly callsPerSecond: number;
  readonly concurrentCalls: number | null;
}

/** The vendor's bounds of a registration, in seconds, and of the contacts of one user. */
const REGISTRATION = { minimumSeconds: 600, maximumSeconds: 3600, defaultSeconds: 3600, contactsPerUser: 10 };

/** What the vendor answers where others answer otherwise. */
const WRONG_CREDENTIALS = { 'credentials-wrong': 403, 'credentials-unknown-user': 403, 'credentials-none-left': 403 };
const TRUNK_STATUSES: Termination['statuses'] = { ...WRONG_CREDENTIALS, 'called-number-invalid': 400 };

/** Nothing here is asked of calls that no rule is about. */
const ASKS_NOTHING = {
  boundSources: null,
  certificates: null,
  digest: null,
  plusSign: null,
  callsPerSecond: null,
  concurrentCalls: null,
  emergency: [],
  application: null,
  dialling: null,
  carriers: null,
} satisfies Partial<Termination>;

/**
 * What the documents of this dialect mean for a call. SIP domains, elastic trunks and BYOC trunks all become trunks;
 * which lists and permissions each depends on, is known from what was read for it.
 */
export function createTwilioCompiler({ account, sealer, domain, trunkLimits }: TwilioCompilerOptions): Compiler {
  const owner = `${DIALECT}:${account.sid}`;
  const dependencies = new Dependencies();
  // What calls of the account's numbers must satisfy, and calls that its API places.
  const accountTrunk: EntryKey = { kind: 'trunk', id: trunkId(account.sid) };
  return {
    dialect: DIALECT,
    roots: ['sip-domain', 'trunk', 'byoc-trunk', 'incoming-phone-number'],
    affects: ({ key, before, after }) => [
      ...entriesOf(key.kind, key.id, before ?? after),
      ...(key.kind === 'incoming-phone-number' ? [accountTrunk] : []),
      ...dependencies.on(key),
    ],
    async compile(key, documents) {
      const compiled = await compileEntry(key, {
        owner,
        domain,
        trunkLimits,
        documents: dependencies.watch(key, documents),
      });
      if (compiled.entry === null) dependencies.forget(key);
      return compiled;
    },
    credentialKey: (credentialSet, username) => keyOf('credential-secret', childId(credentialSet, username)),
    credential: (body) => (body ? openCredential(bodyOf('credential-secret', body), sealer) : null),
  };
}

/** The entry that a document is itself. */
function entriesOf(kind: string, id: string, body: object | null): EntryKey[] {
  if (kind === 'sip-domain' || kind === 'trunk' || kind === 'byoc-trunk') return [{ kind: 'trunk', id: trunkId(id) }];
  if (kind !== 'incoming-phone-number' || !body || !('phone_number' in body)) return [];
  return [{ kind: 'number', id: `${DIALECT}:${String(body.phone_number)}` }];
}

interface Context {
  readonly owner: string;
  readonly domain: string | null;
  readonly trunkLimits: TrunkLimits;
  readonly documents: Documents;
}

async function compileEntry({ kind, id }: EntryKey, context: Context): Promise<CompiledEntry> {
  const own = id.slice(DIALECT.length + 1);
  if (kind === 'trunk') return { kind, id, entry: await compileTrunk(own, context) };
  if (kind === 'number') return { kind, id, entry: await compileNumber(own, context.owner, context.documents) };
  return { kind, id, entry: null };
}

async function compileTrunk(sid: string, context: Context): Promise<Trunk | null> {
  const { documents } = context;
  if (sid.startsWith('AC')) return compileAccount(sid, context);
  if (sid.startsWith('SD')) {
    const domain = await read(documents, 'sip-domain', sid);
    return domain ? compileDomain(domain, context) : null;
  }
  if (sid.startsWith('TK')) {
    const trunk = await read(documents, 'trunk', sid);
    return trunk ? compileElasticTrunk(trunk, context) : null;
  }
  const trunk = await read(documents, 'byoc-trunk', sid);
  return trunk ? compileByocTrunk(trunk, context) : null;
}

/** The account itself: nobody calls it by a name, but its numbers' applications and its API ask for calls. */
async function compileAccount(sid: string, { owner, documents }: Context): Promise<Trunk> {
  const rule: RuleOf = (field) => ({ resource: `Account ${sid}`, field });
  return {
    id: trunkId(sid),
    account: owner,
    hosts: [],
    encryption: { required: false, rule: rule('sid') },
    termination: {
      ...ASKS_NOTHING,
      ...(await compileAccountRules(documents, rule('IncomingPhoneNumbers'))),
      enabled: { value: true, rule: rule('sid') },
      sources: { blocks: [], rule: rule('sid') },
      statuses: {},
    },
    registration: null,
    origination: null,
    missing: { termination: rule('sid'), origination: rule('sid') },
  };
}

/** A SIP domain: calls are let in by the lists mapped to it, and its webhook says what becomes of them. */
async function compileDomain(domain: SipDomain, { owner, domain: ownDomain, documents }: Context): Promise<Trunk> {
  const { sid } = domain;
  const rule: RuleOf = (field) => ({ resource: `SipDomain ${sid}`, field });
  const termination: Termination = {
    ...ASKS_NOTHING,
    ...(await compileAccountRules(documents, rule('IncomingPhoneNumbers'))),
    enabled: { value: true, rule: rule('sid') },
    sources: await compileSources(
      documents,
      'calls-ip-access-control-list-mapping',
      sid,
      rule('Auth.Calls.IpAccessControlListMappings'),
    ),
    boundSources: await compileBoundSources(documents, sid, rule('SourceIpMappings')),
    digest: await compileDigest(
      documents,
      'calls-credential-list-mapping',
      sid,
      rule('Auth.Calls.CredentialListMappings'),
    ),
    application: {
      id: domain.byoc_trunk_sid ?? sid,
      rule: rule(domain.byoc_trunk_sid ? 'byoc_trunk_sid' : 'voice_url'),
    },
    statuses: WRONG_CREDENTIALS,
  };
  return {
    id: trunkId(sid),
    account: owner,
    hosts: hostsOf(domain.domain_name, 'sip', ownDomain),
    encryption: { required: domain.secure, media: domain.secure, rule: rule('secure') },
    termination,
    registration: domain.sip_registration ? await compileRegistration(documents, sid, rule) : null,
    origination: null,
    missing: { termination: rule('Auth.Calls'), origination: rule('sid') },
  };
}

/** Who may register is said apart from who may call, and not by address. */
async function compileRegistration(documents: Documents, sid: string, rule: RuleOf): Promise<Registration | null> {
  const lists = rule('Auth.Registrations.CredentialListMappings');
  const digest = await compileDigest(documents, 'registrations-credential-list-mapping', sid, lists);
  return digest && { ...REGISTRATION, sources: null, digest, rule: rule('sip_registration') };
}

/** An elastic trunk: between the customer's phone system and the telephone network. */
async function compileElasticTrunk(
  trunk: ElasticTrunk,
  { owner, domain, trunkLimits, documents }: Context,
): Promise<Trunk> {
  const { sid, domain_name, secure } = trunk;
  const rule: RuleOf = (field) => ({ resource: `Trunk ${sid}`, field });
  return {
    id: trunkId(sid),
    account: owner,
    hosts: domain_name === null ? [] : hostsOf(domain_name, 'pstn', domain),
    encryption: { required: secure, media: secure, rule: rule('secure') },
    // Without a domain name there is nowhere to send calls to.
    termination: domain_name === null ? null : await compileElasticTermination(sid, { documents, trunkLimits }, rule),
    registration: null,
    origination: await compileOrigination(trunk, { owner, documents, trunkLimits, rule }),
    missing: {
      termination: rule(domain_name === null ? 'domain_name' : 'auth_type'),
      origination: rule('OriginationUrls'),
    },
  };
}

async function compileElasticTermination(
  sid: string,
  { documents, trunkLimits }: Pick<Context, 'documents' | 'trunkLimits'>,
  rule: RuleOf,
): Promise<Termination> {
  const { callsPerSecond, concurrentCalls } = trunkLimits;
  const ipLists = rule('IpAccessControlLists');
  return {
    ...ASKS_NOTHING,
    ...(await compileAccountRules(documents, rule('PhoneNumbers'))),
    enabled: { value: true, rule: rule('sid') },
    sources: await compileSources(documents, 'trunk-ip-access-control-list', sid, ipLists),
    digest: await compileDigest(documents, 'trunk-credential-list', sid, rule('CredentialLists')),
    plusSign: { rule: rule('DomainName') },
    callsPerSecond: { limit: callsPerSecond, rule: limitRule('twilio-trunk-cps') },
    concurrentCalls: compileConcurrency(concurrentCalls),
    statuses: TRUNK_STATUSES,
  };
}

function limitRule(field: string): RuleReference {
  return { resource: 'Tollgate', field };
}

/** Calls of both directions are on the trunk, so it is full for both. */
function compileConcurrency(limit: number | null): Termination['concurrentCalls'] {
  return limit === null ? null : { limit, rule: limitRule('twilio-trunk-calls') };
}

/** Calls to the trunk's numbers; null while the trunk has no origination URL. */
async function compileOrigination(
  { sid, secure }: ElasticTrunk,
  { owner, documents, trunkLimits, rule }: Omit<Context, 'domain'> & { rule: RuleOf },
): Promise<Origination | null> {
  const urls = await readAll(documents, 'origination-url', childId(sid, ''));
  if (urls.length === 0) return null;
  const places = urls.map((url) => ({ ...url, url: url.sip_url, rule: rule(`OriginationUrls ${url.sid}`) }));
  return {
    enabled: { value: true, rule: rule('OriginationUrls') },
    routes: compileRoutes(places, secure),
    headers: [
      ['X-Twilio-CallSid', 'CA{id}'],
      ['X-Twilio-AccountSid', owner.slice(DIALECT.length + 1)],
      ['Diversion', '<sip:{called}@twilio.com>;reason=unconditional'],
    ],
    concurrentCalls: compileConcurrency(trunkLimits.concurrentCalls),
    rule: rule('OriginationUrls'),
  };
}

/** A BYOC trunk: calls that leave by it go to the customer's own carriers, the targets of its connection policy. */
async function compileByocTrunk(trunk: ByocTrunk, { owner, documents }: Context): Promise<Trunk> {
  const { sid, connection_policy_sid: policy } = trunk;
  const rule: RuleOf = (field) => ({ resource: `ByocTrunk ${sid}`, field });
  const targets = policy === null ? [] : await readAll(documents, 'connection-policy-target', childId(policy, ''));
  const places = targets.map((target) => ({
    ...target,
    url: target.target,
    rule: { resource: `ConnectionPolicy ${policy}`, field: `Targets ${target.sid}` },
  }));
  return {
    id: trunkId(sid),
    account: owner,
    hosts: [],
    encryption: { required: false, rule: rule('sid') },
    termination: {
      ...ASKS_NOTHING,
      enabled: { value: true, rule: rule('sid') },
      // Calls come in by the SIP domains that name this trunk; itself it has no name to be called by.
      sources: { blocks: [], rule: rule('sid') },
      // Whom to call and what to show is between the customer and its carrier.
      callerId: null,
      countries: null,
      highRisk: null,
      carriers: compileRoutes(places, false),
      statuses: {},
    },
    registration: null,
    origination: null,
    missing: { termination: rule('sid'), origination: rule('connection_policy_sid') },
  };
}

/** A number's calls go to its trunk; else its webhook says what becomes of them. */
async function compileNumber(e164: string, account: string, documents: Documents): Promise<NumberEntry | null> {
  const holder = await read(documents, 'phone-number-holder', e164);
  const number = holder && (await read(documents, 'incoming-phone-number', holder.sid));
  if (!number) return null;
  return {
    id: `${DIALECT}:${e164}`,
    e164,
    account,
    assignment: assignmentOf(number, account),
    rule: {
      resource: `IncomingPhoneNumber ${number.sid}`,
      field: number.trunk_sid === null ? 'voice_url' : 'trunk_sid',
    },
  };
}

function assignmentOf({ sid, trunk_sid, voice_url }: IncomingPhoneNumber, account: string): NumberEntry['assignment'] {
  if (trunk_sid !== null) return { kind: 'trunk', id: trunkId(trunk_sid) };
  // The account's name is the id of its own trunk.
  return voice_url === null || voice_url === '' ? null : { kind: 'application', id: account, application: sid };
}

function openCredential(
  { credential_sid, credential_list_sid, username, sealed }: CredentialSecret,
  sealer: Sealer,
): CredentialRecord {
  const secrets = JSON.parse(sealer.open(sealed, sealLabel(credential_list_sid, username))) as CredentialSecrets;
  return { username, realm: REALM, secrets, resource: `Credential ${credential_sid}` };
}
