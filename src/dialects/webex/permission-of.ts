import { put, read, type CallingPermission, type Documents, type OutgoingPermission, type Owner } from './documents.ts';
import type { Write } from '../../ledger/ledger.ts';
import { defaultPermissions } from './permissions.ts';

/** A level's outgoing permission as it was set, else as it is before anything was. */
export async function permissionOf(documents: Documents, owner: Owner): Promise<OutgoingPermission> {
  const known = await read(documents, 'outgoing-permission', owner.id);
  if (known) return known;
  const own = owner.kind === 'location';
  return {
    owner,
    useCustomEnabled: own,
    useCustomPermissions: own,
    callingPermissions: own ? defaultPermissions() : null,
    useCustomAccessCodes: own,
    useCustomTransferNumbers: own,
    autoTransferNumbers: [null, null, null],
    useCustomDigitPatterns: own,
  };
}

/** What a location allows. */
export async function locationTable(documents: Documents, locationId: string): Promise<CallingPermission[]> {
  const { callingPermissions } = await permissionOf(documents, { kind: 'location', id: locationId });
  return callingPermissions ?? defaultPermissions();
}

export function putPermission(permission: OutgoingPermission): Write {
  return put('outgoing-permission', permission.owner.id, permission);
}
