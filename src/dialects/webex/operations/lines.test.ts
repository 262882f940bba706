import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADDRESS, makeOffice, must, NUMBERS, PLACE, startWebex } from '../../../../test/support/webex.ts';
import type { CredentialSecrets } from '../../../rulebook/credential.ts';
import { hashPassword } from '../../../rulebook/credential.ts';
import { bodyOf, childId, REALM, sealLabel } from '../documents.ts';
import { decodeId } from '../ids.ts';

describe('people', () => {
  test('callingData shows where a person is; the answer of a change too', async (t) => {
    const { send } = await startWebex(t);
    const { personId, locationId } = await makeOffice({ send });
    const plain = (await must(send(`GET people/${personId}`), 200)).json;
    assert.deepEqual([plain['extension'], plain['locationId']], [undefined, undefined]);
    const { json } = await must(send(`GET people/${personId}?callingData=true`), 200);
    assert.deepEqual(
      [json['extension'], json['locationId'], json['phoneNumbers'], json['displayName'], json['type']],
      ['1001', locationId, [{ type: 'work', value: NUMBERS[1], primary: true }], 'Dana Doe', 'person'],
    );
    const changed = await must(send(`PUT people/${personId}`, { ...plain, title: 'Boss', phoneNumbers: null }), 200);
    assert.deepEqual([changed.json['title'], changed.json['extension']], ['Boss', '1001']);
    const { json: gone } = await must(
      send(`PUT people/${personId}`, { emails: ['d@example.com'], extension: '2001', phoneNumbers: [] }),
      200,
    );
    assert.deepEqual([gone['title'], gone['extension'], gone['phoneNumbers']], [undefined, '2001', []]);
    assert.deepEqual((await send('GET people?email=D@example.com')).json['items'].length, 1);
    assert.deepEqual((await send('GET people?email=dana@example.com')).json['items'], []);
  });

  test('numbers, extensions and addresses belong to one; what is not there is refused', async (t) => {
    const { send, ledger } = await startWebex(t);
    const { locationId, personId } = await makeOffice({ send });
    const before = await ledger.revision();
    const who = { emails: ['e@example.com'], locationId, extension: '3000' };
    const work = (value: string) => [{ type: 'work', value }];
    for (const [status, body] of [
      [409, { ...who, extension: '1002' }],
      [409, { ...who, phoneNumbers: work(NUMBERS[1] ?? '') }],
      [400, { ...who, phoneNumbers: work('+12065550100') }],
      [400, { ...who, phoneNumbers: work('+1') }],
      [409, { ...who, emails: ['DANA@example.com'] }],
      [400, { ...who, locationId: personId }],
      [400, { ...who, extension: '1' }],
      [400, { ...who, extension: 'abc' }],
      [400, { emails: ['e@example.com'], locationId }],
      [400, { emails: [] }],
      [400, { emails: ['x'] }],
      [400, {}],
    ] as const)
      assert.equal((await send('POST people', body)).status, status, JSON.stringify(body));
    assert.equal(await ledger.revision(), before);
    await must(send(`DELETE people/${personId}`), 204);
    await must(send('POST people', { ...who, extension: '1001', phoneNumbers: work(NUMBERS[1] ?? '') }), 200);
  });
});

describe('workspaces and virtual lines', () => {
  test('a workspace has calling, or another kind of it, or none', async (t) => {
    const { send } = await startWebex(t);
    const { workspaceId, locationId } = await makeOffice({ send });
    const calling = { type: 'webexCalling', webexCalling: { extension: '1002', locationId, licenses: [] } };
    assert.deepEqual((await send(`GET workspaces/${workspaceId}`)).json['calling'], calling);
    const named = await must(send(`PUT workspaces/${workspaceId}`, { displayName: 'Hall', capacity: 4 }), 200);
    assert.deepEqual([named.json['displayName'], named.json['calling']], ['Hall', calling]);
    const freed = await must(send(`PUT workspaces/${workspaceId}`, { calling: { type: 'freeCalling' } }), 200);
    assert.deepEqual(freed.json['calling'], { type: 'freeCalling' });
    assert.equal(
      (await send(`GET workspaces/${workspaceId}/features/outgoingPermission`)).json['errors'][0].errorCode,
      4410,
    );
    await must(send('POST people', { emails: ['x@example.com'], locationId, extension: '1002' }), 200);
    assert.equal((await send(`PUT workspaces/${workspaceId}`, { calling })).status, 409);
    assert.equal((await send('GET workspaces?displayName=hal&type=notSet')).json['items'].length, 1);
    assert.deepEqual((await send('GET workspaces?calling=webexCalling')).json['items'], []);
    await must(send(`DELETE workspaces/${workspaceId}`), 204);
  });

  test('a virtual line: null takes a number away; it keeps one way to reach it', async (t) => {
    const { send } = await startWebex(t);
    const { virtualLineId } = await makeOffice({ send });
    const path = `telephony/config/virtualLines/${virtualLineId}`;
    await must(send(`PUT ${path}`, { phoneNumber: '(408) 555-0102', callerIdNumber: NUMBERS[0] }), 204);
    const { json } = await must(send(`GET ${path}`), 200);
    assert.deepEqual(json['number'], { external: NUMBERS[2], extension: '1003', esn: '1003', primary: true });
    assert.equal(json['callerIdNumber'], NUMBERS[0]);
    await must(send(`PUT ${path}`, { extension: null }), 204);
    assert.equal((await send(`PUT ${path}`, { phoneNumber: null })).status, 400);
    assert.equal((await send(`PUT ${path}`, { callerIdNumber: '+12065550199' })).status, 400);
    await must(send(`DELETE ${path}`), 204);
    assert.deepEqual((await send('GET telephony/config/virtualLines')).json, { virtualLines: [] });
  });
});

describe('how lines log in', () => {
  test('name and password become digest hashes, sealed; the password is told to nobody', async (t) => {
    const { send, add, ledger, sealer } = await startWebex(t);
    const { personId, workspaceId, locationId } = await makeOffice({ send });
    const [line, location] = [decodeId(personId, 'PEOPLE') ?? '', decodeId(locationId, 'LOCATION') ?? ''];
    const path = `lines/${personId}/credentials`;
    assert.equal((await add(`GET ${path}`)).status, 404);
    const made = await must(add(`PUT ${path}`, { username: 'dana', password: 'open sesame' }), 200);
    const { defaultDomain: host } = (await send(`GET telephony/config/locations/${locationId}`)).json;
    assert.match(host, /^[a-z0-9]{10}\.bcld\.webex\.com$/);
    const shown = { username: 'dana', registration: true, host, realm: REALM };
    assert.deepEqual([made.json, (await add(`GET ${path}`)).json], [shown, shown]);
    const stored = await ledger.get({ dialect: 'webex', kind: 'credential', id: childId(location, 'dana') });
    assert.ok(stored);
    const { holder, sealed } = bodyOf('credential', stored.body);
    assert.deepEqual(holder, { kind: 'person', id: line });
    const secrets = JSON.parse(sealer.open(sealed, sealLabel(location, 'dana'))) as CredentialSecrets;
    assert.deepEqual(secrets, hashPassword('dana', REALM, 'open sesame'));

    assert.equal(
      (await add(`PUT lines/${workspaceId}/credentials`, { username: 'dana', password: 'something' })).status,
      409,
    );
    assert.equal((await add(`PUT ${path}`, { username: 'other' })).status, 400);
    for (const bad of [{}, { username: 'a:b', password: 'open sesame' }, { username: 'dana', password: 'short' }])
      assert.equal((await add(`PUT ${path}`, bad)).status, 400);
    await must(add(`PUT ${path}`, { username: 'dana', registration: false }), 200);
    await must(add(`PUT ${path}`, { username: 'doe', password: 'open sesame' }), 200);
    assert.equal((await ledger.list({ dialect: 'webex', kind: 'credential' })).length, 1);
    assert.equal((await add(`GET ${path}`)).json['registration'], false);
    await must(add(`DELETE ${path}`), 204);
    assert.deepEqual(await ledger.list({ dialect: 'webex', kind: 'credential' }), []);
    assert.doesNotMatch(JSON.stringify(await ledger.revisionsAfter(0, 1000)), /open sesame/);
  });

  test('a line that moves keeps its password; one that is deleted loses it', async (t) => {
    const { send, add, ledger, sealer } = await startWebex(t);
    const { personId } = await makeOffice({ send });
    const elsewhere = (await must(send('POST locations', { ...PLACE, name: 'Elsewhere' }), 201)).json['id'] as string;
    await must(send('POST telephony/config/locations', { id: elsewhere, address: ADDRESS }), 201);
    await must(add(`PUT lines/${personId}/credentials`, { username: 'dana', password: 'open sesame' }), 200);
    const moved = { emails: ['dana@example.com'], locationId: elsewhere, extension: '1001', phoneNumbers: [] };
    await must(send(`PUT people/${personId}`, moved), 200);
    const [stored] = await ledger.list({ dialect: 'webex', kind: 'credential' });
    const location = decodeId(elsewhere, 'LOCATION') ?? '';
    assert.equal(stored?.id, childId(location, 'dana'));
    const { sealed } = bodyOf('credential', stored.body);
    const secrets = JSON.parse(sealer.open(sealed, sealLabel(location, 'dana'))) as CredentialSecrets;
    assert.deepEqual(secrets, hashPassword('dana', REALM, 'open sesame'));
    await must(send(`DELETE people/${personId}`), 204);
    for (const kind of ['credential', 'line-access', 'email-holder'])
      assert.deepEqual(await ledger.list({ dialect: 'webex', kind }), [], kind);
  });
});
