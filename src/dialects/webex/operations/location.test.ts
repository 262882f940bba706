import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeOffice, must, NUMBERS, PLACE, startWebex } from '../../../../test/support/webex.ts';

const idOf = (json: Record<string, unknown>): string => String(json['id']);

test('a location is made, changed, given calling, and deleted when nobody is there', async (t) => {
  const { send, ledger } = await startWebex(t);
  const { json } = await must(send('POST locations', PLACE), 201);
  const path = `locations/${idOf(json)}`;
  assert.equal((await send(`GET telephony/config/${path}`)).status, 404);
  assert.equal((await send(`GET telephony/config/${path}/outgoingPermission`)).status, 404);
  await must(send(`PUT ${path}`, { name: 'San Jose', timeZone: 'America/Denver' }), 204);
  assert.deepEqual((await send(`GET ${path}`)).json, { ...json, name: 'San Jose', timeZone: 'America/Denver' });
  assert.deepEqual((await must(send('POST telephony/config/locations', { id: json['id'], ...PLACE }), 201)).json, {
    id: json['id'],
  });
  assert.equal((await send('POST telephony/config/locations', { id: json['id'] })).status, 409);
  assert.equal((await send('POST telephony/config/locations', { id: 'x' })).status, 400);
  assert.deepEqual((await send('GET telephony/config/locations')).json, {
    locations: [
      { id: json['id'], name: 'Milpitas', callingLineId: {}, enforceOutsideDialDigit: false, e911SetupRequired: false },
    ],
  });
  await must(send(`DELETE ${path}`), 204);
  assert.equal((await send(`GET ${path}`)).status, 404);
  assert.deepEqual(await ledger.list({ dialect: 'webex', kind: 'location' }), []);
});

test('what is no location is refused', async (t) => {
  const { send, ledger } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const before = await ledger.revision();
  for (const [status, change] of [
    [409, {}],
    [400, { name: '' }],
    [400, { name: 'x'.repeat(257) }],
    [400, { name: 'x', timeZone: 'Mars/Olympus' }],
    [400, { name: 'x', preferredLanguage: 'plain English' }],
    [400, { name: 'x', address: { ...PLACE.address, country: 'USA' } }],
    [400, { name: 'x', address: { city: 'Nowhere' } }],
    [400, { name: 'x', address: null }],
  ] as const)
    assert.equal((await send('POST locations', { ...PLACE, ...change })).status, status, JSON.stringify(change));
  assert.equal((await send(`DELETE locations/${locationId}`)).status, 409);
  assert.equal(
    (await send(`PUT locations/${locationId}`, { name: 'x'.repeat(81) })).status,
    400,
    'longer than calling takes',
  );
  assert.equal(await ledger.revision(), before);
});

test('lists are ordered by the members that can be, and by nothing that every object has', async (t) => {
  const { send } = await startWebex(t);
  for (const name of ['Alpha', 'Beta']) await must(send('POST locations', { ...PLACE, name }), 201);
  const names = async (order: string): Promise<unknown> =>
    ((await must(send(`GET locations?order=${order}`), 200)).json['items'] as { name: string }[]).map(
      ({ name }) => name,
    );
  assert.deepEqual(await names('name-desc'), ['Beta', 'Alpha']);
  for (const order of ['constructor', 'valueOf', 'toString', 'nothing'])
    assert.equal((await send(`GET locations?order=${order}`)).status, 400, order);
});

test('dialling settings read back as written; a prefix is one location’s', async (t) => {
  const { send } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const path = `telephony/config/locations/${locationId}`;
  const settings = {
    outsideDialDigit: '9',
    enforceOutsideDialDigit: true,
    routingPrefix: '8123',
    callingLineId: { name: 'Acme', phoneNumber: NUMBERS[0] },
    externalCallerIdName: 'Acme Inc',
    announcementLanguage: 'de_de',
  };
  await must(send(`PUT ${path}`, settings), 204);
  const { json } = await must(send(`GET ${path}`), 200);
  assert.deepEqual(Object.fromEntries(Object.keys(settings).map((name) => [name, json[name]])), settings);
  const other = idOf((await must(send('POST locations', { ...PLACE, name: 'Other' }), 201)).json);
  await must(send('POST telephony/config/locations', { id: other }), 201);
  const taken = await send(`PUT telephony/config/locations/${other}`, { routingPrefix: '8123' });
  assert.deepEqual([taken.status, taken.json['errors'][0].errorCode], [400, 5600]);
  assert.equal((await send(`PUT ${path}`, { callingLineId: { phoneNumber: '+12065550100' } })).status, 400);
  assert.equal((await send(`PUT ${path}`, { outsideDialDigit: '91' })).status, 400);
  await must(send(`PUT ${path}`, { outsideDialDigit: null, routingPrefix: '' }), 204);
  const cleared = (await send(`GET ${path}`)).json;
  assert.deepEqual([cleared['outsideDialDigit'], cleared['routingPrefix']], [undefined, undefined]);
});

test('numbers: listed with owners and extensions, filtered, taken out of service, removed', async (t) => {
  const { send } = await startWebex(t);
  const { locationId, personId } = await makeOffice({ send });
  const list = async (query = '') => (await must(send(`GET telephony/config/numbers${query}`), 200)).json;
  const { phoneNumbers, count } = await list('?details=true');
  assert.deepEqual(
    phoneNumbers.map((one: Record<string, unknown>) => [one['phoneNumber'], one['extension'], one['mainNumber']]),
    [
      [NUMBERS[0], undefined, true],
      [NUMBERS[1], '1001', false],
      [NUMBERS[2], undefined, false],
      [NUMBERS[3], undefined, false],
      [undefined, '1002', false],
      [undefined, '1003', false],
    ],
  );
  assert.deepEqual([count.total, count.assigned, count.unAssigned, count.extensionOnly], [6, 1, 3, 2]);
  const {
    phoneNumbers: [dana],
  } = await list(`?ownerId=${personId}`);
  assert.deepEqual(dana.owner, { id: personId, type: 'PEOPLE', firstName: 'Dana', lastName: 'Doe' });
  assert.equal((await list('?available=true')).phoneNumbers.length, 2);
  assert.equal((await list('?numberType=EXTENSION')).phoneNumbers.length, 2);
  assert.equal((await list('?ownerName=desk')).phoneNumbers[0].owner.type, 'VIRTUAL_LINE');
  assert.deepEqual((await list('?phoneNumber=%2B14085550102')).phoneNumbers.length, 1);
  assert.equal((await send('GET telephony/config/numbers?numberType=X')).status, 400);

  const path = `telephony/config/locations/${locationId}/numbers`;
  const again = await send(`POST ${path}`, { phoneNumbers: [NUMBERS[2]] });
  assert.deepEqual([again.status, again.json['errors'][0].errorCode], [409, 8363]);
  await must(send(`PUT ${path}`, { phoneNumbers: [NUMBERS[2]], action: 'DEACTIVATE' }), 204);
  assert.equal((await list('?state=INACTIVE')).phoneNumbers.length, 1);
  const remove = async (number: string | undefined) =>
    (await send(`DELETE ${path}`, { phoneNumbers: [number] })).status;
  assert.deepEqual(
    [await remove(NUMBERS[0]), await remove(NUMBERS[1]), await remove(NUMBERS[2]), await remove(NUMBERS[2])],
    [400, 409, 204, 400],
  );
  const { json } = await must(
    send('POST telephony/config/actions/validateNumbers/invoke', {
      phoneNumbers: [NUMBERS[0], '+18005550100', '+18005550100', 'x'],
    }),
    200,
  );
  assert.equal(json['status'], 'ERRORS');
  assert.deepEqual(
    json['numbers'].map(({ state, tollFreeNumber }: Record<string, unknown>) => [state, tollFreeNumber]),
    [
      ['Duplicate', false],
      ['Available', true],
      ['Duplicate In List', true],
      ['Invalid', false],
    ],
  );
});
