import type { Static } from 'typebox';
import type { CallingPermission, LineKind } from '../documents.ts';
import { change, type Answer, type Call } from '../operation.ts';
import { requireOwner } from '../owners.ts';
import { locationTable, permissionOf, putPermission } from '../permission-of.ts';
import type { LinePermissions, LocationPermissions } from '../schemas.ts';

type Sent = Static<typeof LocationPermissions>['callingPermissions'];

export async function getLocationPermissions(call: Call): Promise<Answer> {
  const { ledger } = call.service;
  const { owner } = await requireOwner(call, ledger, 'location');
  return { callingPermissions: (await locationTable(ledger, owner.id)).map(render) };
}

/** Only the types that are named change. */
export function putLocationPermissions(call: Call<Static<typeof LocationPermissions>>): Promise<Answer> {
  return change(call, async (view) => {
    const { owner } = await requireOwner(call, view, 'location');
    const known = await permissionOf(view, owner);
    const callingPermissions = merged(await locationTable(view, owner.id), call.body.callingPermissions);
    return { writes: [putPermission({ ...known, callingPermissions })], result: undefined };
  });
}

/** A line without a table of its own shows its location's, which then counts. */
export function getLinePermissions(kind: LineKind): (call: Call) => Promise<Answer> {
  return async (call) => {
    const { ledger } = call.service;
    const { owner, location } = await requireOwner(call, ledger, kind);
    const { useCustomEnabled, useCustomPermissions, callingPermissions } = await permissionOf(ledger, owner);
    const table = callingPermissions ?? (await locationTable(ledger, location.id));
    return { useCustomEnabled, useCustomPermissions, callingPermissions: table.map(render) };
  };
}

/**
 * Only the types that are named change; the first table of its own begins as a copy of the location's. Switched off
 * without a table, the line forgets its own.
 */
export function putLinePermissions(kind: LineKind): (call: Call<Static<typeof LinePermissions>>) => Promise<Answer> {
  return (call) =>
    change(call, async (view) => {
      const { owner, location } = await requireOwner(call, view, kind);
      const known = await permissionOf(view, owner);
      const { body } = call;
      const useCustomEnabled = body.useCustomEnabled ?? (body.useCustomPermissions || known.useCustomEnabled);
      // Before there were switches for each part, the one was for this.
      const useCustomPermissions = body.useCustomPermissions ?? body.useCustomEnabled ?? known.useCustomPermissions;
      const start = known.callingPermissions ?? (await locationTable(view, location.id));
      const keeps = useCustomPermissions || body.callingPermissions !== undefined;
      const callingPermissions = keeps ? merged(start, body.callingPermissions ?? []) : null;
      const permission = { ...known, useCustomEnabled, useCustomPermissions, callingPermissions };
      return { writes: [putPermission(permission)], result: undefined };
    });
}

/** `LOCAL` and `TOLL` speak of national calls, unless these are named too. */
function merged(table: readonly CallingPermission[], sent: Sent): CallingPermission[] {
  const named = new Map<string, Sent[number]>(sent.map((permission) => [permission.callType, permission]));
  const legacy = named.get('TOLL') ?? named.get('LOCAL');
  return table.map((known) => {
    const given = named.get(known.callType) ?? (known.callType === 'NATIONAL' ? legacy : undefined);
    if (!given) return known;
    return { callType: known.callType, action: given.action, transferEnabled: given.transferEnabled };
  });
}

/** No restrictions are imposed on the organisation, so every type can be changed. */
function render({ callType, action, transferEnabled }: CallingPermission): object {
  return { callType, action, transferEnabled, isCallTypeRestrictionEnabled: false };
}
