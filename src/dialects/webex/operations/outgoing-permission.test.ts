import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeOffice, must, startWebex, type Office } from '../../../../test/support/webex.ts';

interface Permission {
  callType: string;
  action: string;
  transferEnabled: boolean;
  isCallTypeRestrictionEnabled: boolean;
}

/** The vendor's defaults, in its order. */
const DEFAULTS: Permission[] = (
  [
    ['INTERNAL_CALL', 'ALLOW'],
    ['TOLL_FREE', 'ALLOW'],
    ['INTERNATIONAL', 'BLOCK'],
    ['OPERATOR_ASSISTED', 'ALLOW'],
    ['CHARGEABLE_DIRECTORY_ASSISTED', 'ALLOW'],
    ['SPECIAL_SERVICES_I', 'ALLOW'],
    ['SPECIAL_SERVICES_II', 'ALLOW'],
    ['PREMIUM_SERVICES_I', 'BLOCK'],
    ['PREMIUM_SERVICES_II', 'BLOCK'],
    ['NATIONAL', 'ALLOW'],
  ] as const
).map(([callType, action]) => ({
  callType,
  action,
  transferEnabled: action === 'ALLOW',
  isCallTypeRestrictionEnabled: false,
}));

const set = (table: Permission[], callType: string, action: string): Permission[] =>
  table.map((one) => (one.callType === callType ? { ...one, action, transferEnabled: false } : one));

const pathsOf = ({ personId, workspaceId, virtualLineId }: Office): string[] => [
  `people/${personId}/features/outgoingPermission`,
  `workspaces/${workspaceId}/features/outgoingPermission`,
  `telephony/config/virtualLines/${virtualLineId}/outgoingPermission`,
];

test('a location begins with the defaults; what is named changes, as the SDK writes it', async (t) => {
  const { send } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const path = `telephony/config/locations/${locationId}/outgoingPermission`;
  assert.deepEqual((await send(`GET ${path}`)).json, { callingPermissions: DEFAULTS });
  const changed = {
    action: 'AUTH_CODE',
    transferEnabled: false,
    isCallTypeRestrictionEnabled: false,
    callType: 'INTERNATIONAL',
  };
  const body = { useCustomEnabled: null, useCustomPermissions: null, callingPermissions: [changed] };
  assert.deepEqual((await must(send(`PUT ${path}`, body), 204)).json, {});
  assert.deepEqual((await send(`GET ${path}`)).json, {
    callingPermissions: set(DEFAULTS, 'INTERNATIONAL', 'AUTH_CODE'),
  });
});

test('the older names of national calls are taken; names of none are refused', async (t) => {
  const { send } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const path = `telephony/config/locations/${locationId}/outgoingPermission`;
  const put = (callType: unknown, action: unknown = 'BLOCK', transferEnabled: unknown = false) =>
    send(`PUT ${path}`, { callingPermissions: [{ callType, action, transferEnabled }] });
  await must(put('TOLL'), 204);
  assert.deepEqual((await send(`GET ${path}`)).json['callingPermissions'], set(DEFAULTS, 'NATIONAL', 'BLOCK'));
  for (const bad of [
    put('CASUAL'),
    put('NATIONAL', 'DENY'),
    put('NATIONAL', 'ALLOW', 'yes'),
    put(null),
    put('NATIONAL', 'TRANSFER_NUMBER_4'),
  ]) {
    const { status, json } = await bad;
    assert.deepEqual([status, json['errors'][0].errorCode], [400, 25024]);
  }
  assert.equal((await send(`PUT ${path}`, {})).status, 400);
});

test('a line shows its location’s table until it has its own, which then reads back as written', async (t) => {
  const { send } = await startWebex(t);
  const office = await makeOffice({ send });
  const location = `telephony/config/locations/${office.locationId}/outgoingPermission`;
  const block = { callType: 'NATIONAL', action: 'BLOCK', transferEnabled: false };
  await must(send(`PUT ${location}`, { callingPermissions: [block] }), 204);
  const shared = set(DEFAULTS, 'NATIONAL', 'BLOCK');
  for (const path of pathsOf(office)) {
    const none = { useCustomEnabled: false, useCustomPermissions: false, callingPermissions: shared };
    assert.deepEqual((await send(`GET ${path}`)).json, none, path);
    const own = {
      useCustomEnabled: true,
      useCustomPermissions: true,
      callingPermissions: set(shared, 'TOLL_FREE', 'TRANSFER_NUMBER_1'),
    };
    await must(send(`PUT ${path}`, own), 204);
    assert.deepEqual((await send(`GET ${path}`)).json, own);
    // Later changes of the location are none of the line's.
    await must(send(`PUT ${location}`, { callingPermissions: [{ ...block, callType: 'TOLL_FREE' }] }), 204);
    assert.deepEqual((await send(`GET ${path}`)).json, own);
    await must(send(`PUT ${location}`, { callingPermissions: [DEFAULTS[1]] }), 204);
    await must(send(`PUT ${path}`, { useCustomPermissions: false }), 204);
    assert.deepEqual((await send(`GET ${path}`)).json, { ...none, useCustomEnabled: true });
  }
});

test('transfer numbers: what is not sent stays, an empty text clears, numbers are made E.164', async (t) => {
  const { send } = await startWebex(t);
  const office = await makeOffice({ send });
  const location = `telephony/config/locations/${office.locationId}/outgoingPermission/autoTransferNumbers`;
  assert.deepEqual((await send(`GET ${location}`)).json, {});
  for (const [path, switches] of [
    [location, {}],
    ...pathsOf(office).map((one) => [`${one}/autoTransferNumbers`, { useCustomTransferNumbers: true }] as const),
    [
      `telephony/config/people/${office.personId}/outgoingPermission/autoTransferNumbers`,
      { useCustomTransferNumbers: true },
    ],
  ] as const) {
    await must(
      send(`PUT ${path}`, { ...switches, autoTransferNumber1: '+1-2145550100', autoTransferNumber2: '2145550101' }),
      204,
    );
    const both = { ...switches, autoTransferNumber1: '+12145550100', autoTransferNumber2: '+12145550101' };
    assert.deepEqual((await send(`GET ${path}`)).json, both, path);
    await must(send(`PUT ${path}`, { ...switches, autoTransferNumber1: '', autoTransferNumber3: '1002' }), 204);
    const changed = { ...switches, autoTransferNumber2: '+12145550101', autoTransferNumber3: '1002' };
    assert.deepEqual((await send(`GET ${path}`)).json, changed);
    assert.equal((await send(`PUT ${path}`, { ...switches, autoTransferNumber1: '+1' })).status, 400);
    await must(send(`PUT ${path}`, { ...switches, autoTransferNumber2: '', autoTransferNumber3: '' }), 204);
  }
});
