import { mask, parseAddress, type Block } from '../../kit/ip.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { DigestRule, Termination } from '../../rulebook/trunk.ts';
import { childId, isEmpty, read, readAll, REALM, type Documents, type IpAddress, type Kind } from './documents.ts';
import { permissionsOf } from './dialing-permissions.ts';

export type RuleOf = (field: string) => RuleReference;

/** The kinds of mapping documents that hold lists of IP addresses, and those that hold credential lists. */
type IpMapping = 'calls-ip-access-control-list-mapping' | 'trunk-ip-access-control-list';
type CredentialMapping =
  | 'calls-credential-list-mapping'
  | 'registrations-credential-list-mapping'
  | 'trunk-credential-list';

/** The addresses of all mapped lists: one of any list will do. Null where no list is mapped. */
export async function compileSources(
  documents: Documents,
  kind: IpMapping,
  parent: string,
  rule: RuleReference,
): Promise<Termination['sources']> {
  const mappings = await readAll(documents, kind, childId(parent, ''));
  if (mappings.length === 0) return null;
  const blocks: Block[] = [];
  for (const { sid } of mappings)
    for (const address of await readAll(documents, 'ip-address', childId(sid, ''))) blocks.push(...blockOf(address));
  return { blocks, rule };
}

/** The block of an address; its host bits say nothing. */
export function blockOf({
  ip_address,
  cidr_prefix_length,
}: Pick<IpAddress, 'ip_address' | 'cidr_prefix_length'>): Block[] {
  const address = parseAddress(ip_address);
  return address ? [mask(address, cidr_prefix_length)] : [];
}

/** Digest with a credential of any mapped list. Null where no list is mapped. */
export async function compileDigest(
  documents: Documents,
  kind: CredentialMapping,
  parent: string,
  rule: RuleReference,
): Promise<DigestRule | null> {
  const credentialSets = (await readAll(documents, kind, childId(parent, ''))).map(({ sid }) => sid);
  if (credentialSets.length === 0) return null;
  let empty = true;
  for (const sid of credentialSets)
    empty &&= await isEmpty(documents, 'credential-secret' satisfies Kind, childId(sid, ''));
  return { realm: REALM, credentialSets, empty, rule };
}

/** What the account's settings say of every call to the telephone network, whatever it came in by. */
export async function compileAccountRules(
  documents: Documents,
  numbers: RuleReference,
): Promise<Pick<Termination, 'callerId' | 'countries' | 'highRisk'>> {
  const { lowRisk, special, tollFraud } = await permissionsOf(documents);
  const rule = (field: string): RuleReference => ({ resource: 'DialingPermissions', field });
  return {
    callerId: { fallback: null, rule: numbers },
    countries: { allowed: lowRisk, rule: rule('low_risk_numbers_enabled') },
    highRisk: { special, unallocated: tollFraud, rule: rule('high_risk_numbers_enabled') },
  };
}

/** Senders that a domain knows by address, from the mappings of IP records. Null where there are none. */
export async function compileBoundSources(
  documents: Documents,
  domain: string,
  rule: RuleReference,
): Promise<Termination['boundSources']> {
  const blocks: Block[] = [];
  for (const { ip_record_sid, sip_domain_sid } of await readAll(documents, 'source-ip-mapping')) {
    const record = sip_domain_sid === domain ? await read(documents, 'ip-record', ip_record_sid) : undefined;
    if (record) blocks.push(...blockOf(record));
  }
  return blocks.length > 0 ? { blocks, rule } : null;
}
