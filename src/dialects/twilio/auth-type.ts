import { childId, DIALECT, type Documents, type Kind } from './documents.ts';

/** `auth_type` of a domain or trunk: what its mappings, of these kinds, ask of a call. */
export async function authTypes(
  documents: Documents,
  sid: string,
  kinds: { readonly ip: Kind; readonly credentials: Kind },
): Promise<string[]> {
  const has = async (kind: Kind): Promise<boolean> =>
    (await documents.list({ dialect: DIALECT, kind, prefix: childId(sid, ''), limit: 1 })).length > 0;
  const types: string[] = [];
  if (await has(kinds.ip)) types.push('IP_ACL');
  if (await has(kinds.credentials)) types.push('CREDENTIAL_LIST');
  return types;
}
