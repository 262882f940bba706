import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeOffice, must, startWebex, type WebexServer } from '../../../../test/support/webex.ts';

const CODES = [
  { code: '4856', description: 'Reception' },
  { code: '1357', description: 'Guests' },
  { code: '0099887766', description: 'Night shift' },
];

/** Whether the location's code is right for a call of the person. */
async function works(server: WebexServer, locationId: string, digits: string): Promise<boolean> {
  const [, , , location = ''] = Buffer.from(locationId, 'base64').toString().split('/').slice(1);
  const verdict = await server.codeBook.verify({
    line: 'x',
    location,
    codeSets: [location],
    digits,
    called: '+442079460000',
  });
  return verdict.outcome === 'match';
}

describe('codes of a location', () => {
  test('seed 003: PUT deletes two of three, the third stays and is right in a call', async (t) => {
    const server = await startWebex(t);
    const { locationId } = await makeOffice(server);
    const path = `telephony/config/locations/${locationId}/outgoingPermission/accessCodes`;
    assert.deepEqual((await server.send(`GET ${path}`)).json, { accessCodes: [] });
    const made = await must(server.send(`POST ${path}`, { accessCodes: CODES }), 201);
    assert.deepEqual(made.json, {});
    assert.deepEqual((await server.send(`GET ${path}`)).json, { accessCodes: CODES });
    assert.equal(await works(server, locationId, '4856'), true);

    const deleted = await must(
      server.send(`PUT ${path}`, { deleteCodes: ['4856', '0099887766', '5555', '4856'] }),
      204,
    );
    assert.deepEqual(deleted.json, {});
    assert.deepEqual((await server.send(`GET ${path}`)).json, { accessCodes: [CODES[1]] });
    assert.equal(await works(server, locationId, '1357'), true);
    assert.equal(await works(server, locationId, '4856'), false);

    await must(server.send(`DELETE ${path}`), 204);
    assert.deepEqual((await server.send(`GET ${path}`)).json, { accessCodes: [] });
    assert.equal(await works(server, locationId, '1357'), false);
  });

  test('what is no code is refused, all or nothing, and not repeated', async (t) => {
    const server = await startWebex(t);
    const { locationId } = await makeOffice(server);
    const path = `telephony/config/locations/${locationId}/outgoingPermission/accessCodes`;
    await must(server.send(`POST ${path}`, { accessCodes: [CODES[0]] }), 201);
    const before = await server.ledger.revision();
    const good = { code: '2468', description: 'Good' };
    for (const bad of [
      { accessCodes: [good, { code: '24a8', description: 'letters' }] },
      { accessCodes: [good, { code: '7', description: 'short' }] },
      { accessCodes: [good, { code: '123456789012345', description: 'long' }] },
      { accessCodes: [good, { code: 7777, description: 'a number' }] },
      { accessCodes: [good, { code: '٣٤٥٦', description: 'other digits' }] },
      { accessCodes: [good, { code: '9753', description: '' }] },
      { accessCodes: [good, { code: '9753' }] },
      { accessCodes: [good, good] },
      { accessCodes: [good, CODES[0]] },
      { accessCodes: [] },
      { accessCodes: good },
      {},
      [],
    ]) {
      const { status, json } = await server.send(`POST ${path}`, bad);
      assert.equal(status, 400, JSON.stringify(bad));
      const { trackingId, ...told } = json;
      assert.deepEqual([told['errors'][0].errorCode, typeof trackingId], [25024, 'string']);
      assert.doesNotMatch(JSON.stringify(told), /24a8|4856|2468/);
    }
    for (const bad of [
      {},
      { deleteCodes: '4856' },
      { deleteCodes: [4856] },
      { deleteCodes: ['48 56'] },
      { deleteCodes: null },
    ])
      assert.equal((await server.send(`PUT ${path}`, bad)).status, 400, JSON.stringify(bad));
    assert.equal(await server.ledger.revision(), before);
  });

  test('there are 1,000; the 1,001st is a 502 with the envelope', async (t) => {
    const server = await startWebex(t);
    const { locationId } = await makeOffice(server);
    const path = `telephony/config/locations/${locationId}/outgoingPermission/accessCodes`;
    const codes = Array.from({ length: 1000 }, (_, index) => ({
      code: String(10_000 + index),
      description: `${index}`,
    }));
    await must(server.send(`POST ${path}`, { accessCodes: codes }), 201);
    const { status, json } = await server.send(`POST ${path}`, { accessCodes: [{ code: '99999', description: 'x' }] });
    assert.deepEqual([status, json['errors'][0].errorCode], [502, 4251]);
    assert.deepEqual((await server.send(`GET ${path}`)).json['accessCodes'], codes);
  });

  test('no revision of the ledger holds the digits', async (t) => {
    const server = await startWebex(t);
    const { locationId } = await makeOffice(server);
    const path = `telephony/config/locations/${locationId}/outgoingPermission/accessCodes`;
    await must(server.send(`POST ${path}`, { accessCodes: CODES }), 201);
    await works(server, locationId, '0099887766');
    await must(server.send(`PUT ${path}`, { deleteCodes: ['0099887766'] }), 204);
    const history = JSON.stringify(await server.ledger.revisionsAfter(0, 100));
    assert.match(history, /Night shift/);
    assert.doesNotMatch(history, /0099887766/);
  });
});

describe('codes of lines and of the organisation', () => {
  test('a line shows its own codes and those of its location, by level', async (t) => {
    const { send, ...server } = await startWebex(t);
    const { locationId, personId, workspaceId, virtualLineId } = await makeOffice({ send });
    await must(
      send(`POST telephony/config/locations/${locationId}/outgoingPermission/accessCodes`, { accessCodes: [CODES[0]] }),
      201,
    );
    for (const path of [
      `telephony/config/people/${personId}/outgoingPermission/accessCodes`,
      `workspaces/${workspaceId}/features/outgoingPermission/accessCodes`,
      `telephony/config/virtualLines/${virtualLineId}/outgoingPermission/accessCodes`,
    ]) {
      const shared = { ...CODES[0], level: 'LOCATION' };
      assert.deepEqual((await send(`GET ${path}`)).json, { useCustomAccessCodes: false, accessCodes: [shared] });
      await must(send(`POST ${path}`, CODES[1]), 201);
      await must(send(`PUT ${path}`, { useCustomAccessCodes: true }), 204);
      const own = { ...CODES[1], level: 'CUSTOM' };
      assert.deepEqual((await send(`GET ${path}`)).json, { useCustomAccessCodes: true, accessCodes: [own, shared] });
      assert.equal((await send(`POST ${path}`, CODES[1])).status, 400);
      // The location's code is not the line's to delete.
      await must(send(`PUT ${path}`, { deleteCodes: ['4856'] }), 204);
      assert.equal((await send(`GET ${path}`)).json['accessCodes'].length, 2);
      await must(send(`PUT ${path}`, { useCustomAccessCodes: false, deleteCodes: ['1357'] }), 204);
      assert.deepEqual((await send(`GET ${path}`)).json, { useCustomAccessCodes: false, accessCodes: [shared] });
      await must(send(`POST ${path}`, CODES[1]), 201);
      await must(send(`DELETE ${path}`), 204);
      assert.deepEqual((await send(`GET ${path}`)).json['accessCodes'], [shared]);
    }
    await must(send(`DELETE people/${personId}`), 204);
    assert.equal((await server.ledger.list({ dialect: 'webex', kind: 'access-code' })).length, 1);
  });

  test('the organisation has codes of its own, in pages and by filters', async (t) => {
    const { send } = await startWebex(t);
    const path = 'telephony/config/outgoingPermission/accessCodes';
    const codes = Array.from({ length: 25 }, (_, index) => ({
      code: String(500 + index),
      description: `Team ${index}`,
    }));
    await must(send(`POST ${path}`, { accessCodes: codes }), 201);
    const seen: unknown[] = [];
    for (let next: string | undefined = `${path}?max=10`; next !== undefined;) {
      const { json, headers } = await must(send(`GET ${next}`), 200);
      seen.push(...json['accessCodes']);
      next = /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(seen, codes);
    assert.deepEqual((await send(`GET ${path}?code=503,519`)).json['accessCodes'], [codes[3], codes[19]]);
    assert.deepEqual((await send(`GET ${path}?description=team%2024`)).json['accessCodes'], [codes[24]]);
    await must(send(`PUT ${path}`, { deleteCodes: codes.slice(1).map(({ code }) => code) }), 204);
    assert.deepEqual((await send(`GET ${path}`)).json, { accessCodes: [codes[0]] });
  });
});
