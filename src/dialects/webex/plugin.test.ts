import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADDRESS, makeOffice, must, PLACE, send, startWebex, type WebexServer } from '../../../test/support/webex.ts';
import { encodeId } from './ids.ts';
import { OPERATIONS } from './operations.ts';

const NOBODY = '11111111-2222-4333-8444-555555555555';

/** A further token for the vendor's API; sends with it. */
async function holderOf(server: WebexServer, token: object): Promise<WebexServer['send']> {
  const { json } = await must(server.add('POST tokens', token), 201);
  return (line, body, headers) => send(`${server.url}/v1/`, String(json['token']), line, body, headers);
}

describe('who asks', () => {
  test('no token, a wrong one, one of another kind: 401 in the envelope', async (t) => {
    const { url, ledger } = await startWebex(t);
    for (const authorization of [
      undefined,
      'Bearer',
      'Bearer wrong',
      'Basic abc',
      `Bearer ${'x'.repeat(5000)}`,
      'Bearer a b',
    ]) {
      const response = await fetch(`${url}/v1/people`, {
        method: 'POST',
        headers: authorization === undefined ? {} : { authorization },
      });
      assert.equal(response.status, 401);
      const json = (await response.json()) as Record<string, unknown>;
      const message = 'The request requires a valid access token set in the Authorization request header.';
      assert.deepEqual(json, {
        message,
        errors: [{ description: message }],
        trackingId: response.headers.get('trackingid'),
      });
    }
    assert.equal(await ledger.revision(), 0);
  });

  test('a token expires, and can be taken back', async (t) => {
    const server = await startWebex(t);
    const expires = new Date(server.clock.now() + 60_000).toISOString();
    const ask = await holderOf(server, { role: 'read-only', description: 'audit', expires });
    await must(ask('GET people'), 200);
    server.clock.advance(60_000);
    assert.equal((await ask('GET people')).status, 401);

    const other = await holderOf(server, { role: 'full' });
    await must(other('GET people'), 200);
    const { tokens } = (await must(server.add('GET tokens'), 200)).json;
    assert.equal(tokens.length, 2);
    for (const { id } of tokens) await must(server.add(`DELETE tokens/${id}`), 204);
    assert.equal((await other('GET people')).status, 401);
    assert.equal((await server.add(`DELETE tokens/${NOBODY}`)).status, 404);
  });

  test('of a token only the hash is kept', async (t) => {
    const server = await startWebex(t);
    const { json } = await must(server.add('POST tokens', { role: 'user' }), 201);
    assert.ok(String(json['token']).length >= 43);
    assert.ok(!JSON.stringify(await server.ledger.revisionsAfter(0, 10)).includes(json['token']));
    for (const bad of [
      {},
      { role: 'king' },
      { role: 'full', expires: 'soon' },
      { role: 'user', locations: ['x'] },
      { role: 'full', scopes: ['x'] },
    ])
      assert.equal((await server.add('POST tokens', bad)).json['error'].code, 'bad-request', JSON.stringify(bad));
  });

  test('a foreign organisation is refused, the own one may be named', async (t) => {
    const { send: ask } = await startWebex(t);
    const { orgId } = (await must(ask('GET people/me'), 200)).json;
    await must(ask(`GET people?orgId=${orgId}`), 200);
    for (const foreign of [encodeId('ORGANIZATION', NOBODY), NOBODY, 'x', encodeId('PEOPLE', NOBODY)])
      assert.equal((await ask(`GET people?orgId=${foreign}`)).status, 403, foreign);
    assert.equal((await ask(`POST locations?orgId=${NOBODY}`, PLACE)).status, 403);
  });
});

test('what the gate adds asks for the admin token, and answers in its own envelope', async (t) => {
  const { url, add, ledger } = await startWebex(t);
  for (const line of [
    'GET tokens',
    'POST tokens',
    `DELETE tokens/${NOBODY}`,
    `GET lines/${NOBODY}/credentials`,
    `PUT lines/${NOBODY}/credentials`,
    `DELETE lines/${NOBODY}/credentials`,
    `GET access-codes/${NOBODY}`,
    `POST access-codes/${NOBODY}`,
    `GET access-codes/${NOBODY}/${NOBODY}`,
    `PUT access-codes/${NOBODY}/${NOBODY}`,
    `DELETE access-codes/${NOBODY}/${NOBODY}`,
    'GET lockouts',
    `DELETE lockouts/${NOBODY}`,
  ]) {
    assert.equal((await send(`${url}/tollgate/v1/webex/`, 'wrong', line)).status, 401, line);
    if (line === 'GET tokens' || line === 'GET lockouts') continue;
    const body = line.includes('credentials')
      ? { username: 'x', password: 'x'.repeat(9) }
      : { description: 'x', code: '12' };
    const { status, json } = await add(line, line.startsWith('P') ? body : undefined);
    const expected = line === 'POST tokens' ? [400, 'bad-request'] : [404, 'not-found'];
    assert.deepEqual([status, json['error'].code], expected, line);
  }
  for (const body of ['{', '[]', '7']) assert.equal((await add('POST tokens', body)).status, 400, body);
  assert.equal(await ledger.revision(), 0);
});

describe('roles', () => {
  test('a read-only administrator reads everything and writes nothing', async (t) => {
    const server = await startWebex(t);
    const office = await makeOffice(server);
    const ask = await holderOf(server, { role: 'read-only' });
    const before = await server.ledger.revision();
    for (const { name, method, path } of OPERATIONS) {
      const target = path.replace(/\{(\w+)\}/g, (_, id: string) => office[id as keyof typeof office] ?? NOBODY);
      const { status } = await ask(`${method} ${target}`, method === 'GET' ? undefined : {});
      if (/^(TestCallRouting|ValidateNumbers)$/.test(name)) assert.equal(status, 400, name);
      else if (method === 'GET') assert.ok(status === 200 || status === 404, `${name}: ${status}`);
      else assert.equal(status, 403, name);
    }
    assert.equal(await server.ledger.revision(), before);
  });

  test('a scope that is missing is a 403; each family has its own', async (t) => {
    const server = await startWebex(t);
    const { locationId, personId, workspaceId } = await makeOffice(server);
    const ask = await holderOf(server, { role: 'full', scopes: ['spark-admin:people_read'] });
    const statuses = async (lines: string[]) => Promise.all(lines.map(async (line) => (await ask(line)).status));
    assert.deepEqual(
      await statuses(['GET people', 'GET locations', `GET people/${personId}/features/outgoingPermission`]),
      [200, 200, 200],
    );
    assert.deepEqual(
      await statuses([
        `DELETE people/${personId}`,
        'GET workspaces',
        `GET workspaces/${workspaceId}/features/outgoingPermission`,
        `GET telephony/config/locations/${locationId}`,
        `GET telephony/config/people/${personId}/outgoingPermission/accessCodes`,
      ]),
      [403, 403, 403, 403, 403],
    );
  });

  test('a location administrator looks after its own locations only', async (t) => {
    const server = await startWebex(t);
    const { locationId, personId } = await makeOffice(server);
    const elsewhere = { ...PLACE, name: 'Elsewhere' };
    const { id: otherId } = (await must(server.send('POST locations', elsewhere), 201)).json;
    await must(server.send('POST telephony/config/locations', { id: otherId }), 201);
    const ask = await holderOf(server, { role: 'location', locations: [otherId] });
    const names = (await must(ask('GET locations'), 200)).json['items'].map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ['Elsewhere']);
    const block = { callingPermissions: [{ callType: 'NATIONAL', action: 'BLOCK', transferEnabled: false }] };
    await must(ask(`PUT telephony/config/locations/${otherId}/outgoingPermission`, block), 204);
    for (const line of [
      `PUT telephony/config/locations/${locationId}/outgoingPermission`,
      `PUT people/${personId}/features/outgoingPermission`,
      `PUT telephony/config/people/${personId}/outgoingPermission/autoTransferNumbers`,
    ])
      assert.equal((await ask(line, block)).status, 403, line);
    assert.equal((await ask(`GET people/${personId}`)).status, 403);
    assert.deepEqual((await ask('GET people')).json, { items: [] });
    assert.equal((await ask('POST locations', elsewhere)).status, 403);
    assert.equal((await ask('POST people', { emails: ['x@example.com'], locationId, extension: '2000' })).status, 403);
    assert.equal((await ask('GET telephony/config/premisePstn/trunks')).status, 403);
  });

  test('a user administrator makes codes and people, and leaves permissions of locations alone', async (t) => {
    const server = await startWebex(t);
    const { locationId } = await makeOffice(server);
    const ask = await holderOf(server, { role: 'user' });
    const base = `telephony/config/locations/${locationId}/outgoingPermission`;
    await must(ask(`POST ${base}/accessCodes`, { accessCodes: [{ code: '1234', description: 'x' }] }), 201);
    assert.equal((await ask(`PUT ${base}/accessCodes`, { deleteCodes: ['1234'] })).status, 403);
    await must(ask(`DELETE ${base}/accessCodes`), 204);
    assert.equal((await ask(`PUT ${base}`, { callingPermissions: [] })).status, 403);
    await must(ask('POST people', { emails: ['x@example.com'], displayName: 'X' }), 200);
    const [last] = (await server.ledger.revisionsAfter(0, 100)).slice(-1);
    assert.match(last?.actor ?? '', /^token [0-9a-f-]{36}$/);
  });
});

describe('every operation', () => {
  test('asks for a token, and knows no resource that is not there', async (t) => {
    const { url, send: ask, ledger } = await startWebex(t);
    for (const { name, method, path } of OPERATIONS) {
      for (const id of [NOBODY, 'Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLw', '%00', 'x'.repeat(300)]) {
        const target = path.replace(/\{\w+\}/g, id);
        if (id === NOBODY) assert.equal((await fetch(`${url}/v1/${target}`, { method })).status, 401, name);
        if (!path.includes('{')) continue;
        const { status, json } = await ask(`${method} ${target}`, method === 'GET' ? undefined : {});
        assert.ok([400, 404].includes(status), `${name}: ${status}`);
        assert.deepEqual(
          [typeof json['message'], json['errors'].length, typeof json['trackingId']],
          ['string', 1, 'string'],
          name,
        );
      }
    }
    assert.equal(await ledger.revision(), 0);
  });

  test('answers what it cannot read with an error that changes nothing', async (t) => {
    const { send: ask, ledger } = await startWebex(t);
    const office = await makeOffice({ send: ask });
    const before = await ledger.revision();
    for (const { name, method, path } of OPERATIONS) {
      if (method === 'GET' || (method === 'DELETE' && !path.endsWith('/numbers'))) continue;
      const target = path.replace(/\{(\w+)\}/g, (_, id: string) => office[id as keyof typeof office] ?? NOBODY);
      for (const body of ['{', '[]', '"x"', '7', 'null', '\u0000', '{"a":'.repeat(2000), '{"__proto__":']) {
        const { status, json } = await ask(`${method} ${target}`, body);
        assert.ok([400, 404].includes(status), `${name} ${body.slice(0, 20)}: ${status}`);
        assert.equal(json['trackingId'] === undefined, false);
      }
    }
    assert.equal(await ledger.revision(), before);
  });

  test('what is not UTF-8 is refused, for another text would be kept', async (t) => {
    const { send: ask, ledger } = await startWebex(t);
    const place = new Uint8Array(Buffer.from(JSON.stringify({ ...PLACE, name: 'Köln' }), 'latin1'));
    const { status, json } = await ask('POST locations', place);
    assert.deepEqual([status, json['message']], [400, 'The request body is not UTF-8']);
    assert.equal(await ledger.revision(), 0);
  });
});

describe('requests and answers', () => {
  test('half a character, which no id could hold, is refused; a whole one is taken', async (t) => {
    const { send: ask } = await startWebex(t);
    const person = (name: string): object => ({ emails: [`${name}@example.com`], displayName: 'Ann' });
    const { status, json } = await ask('POST people', person('ann\ud83d'));
    assert.deepEqual([status, json['message']], [400, 'The request body is not valid JSON']);
    const escaped = { emails: ['ann@example.com'], displayName: 'Ann \\u \u{1f600}' };
    assert.equal((await must(ask('POST people', escaped), 200)).json['displayName'], escaped.displayName);
  });

  test('the tracking id of a client comes back, an odd one does not', async (t) => {
    const { send: ask } = await startWebex(t);
    const own = 'SIMPLE_0c9d2f6c-9b2b-4f6e-a3f4-2f1b2e0e9a11';
    const reply = await ask('GET people/unknown', undefined, { TrackingID: own });
    assert.deepEqual([reply.json['trackingId'], reply.headers.get('trackingid')], [own, own]);
    const odd = await ask('GET people/unknown', undefined, { TrackingID: 'a b<script>' });
    assert.match(String(odd.json['trackingId']), /^TOLLGATE_[0-9a-f-]{36}$/);
  });

  test('unknown paths, methods and types are answered in the envelope', async (t) => {
    const { send: ask } = await startWebex(t);
    assert.equal((await ask('GET telephony/config/nothing')).status, 404);
    assert.equal((await ask('PATCH people')).status, 405);
    assert.equal((await ask('POST locations', '{}', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await ask('POST locations', `"${'x'.repeat(2_200_000)}"`)).status, 413);
    // The vendor's clients name a type with requests that have no body.
    await must(ask('GET people', undefined, { 'content-type': 'application/json;charset=utf-8' }), 200);
  });

  test('pages are linked, in absolute URLs with the rest of the query', async (t) => {
    const { send: ask, url } = await startWebex(t);
    for (const name of ['C', 'A', 'E', 'B', 'D']) await must(ask('POST locations', { ...PLACE, name }), 201);
    const first = await must(ask('GET locations?max=2&name='), 200);
    const link = first.headers.get('link') ?? '';
    assert.equal(link, `<${url}/v1/locations?max=2&name=&start=2>; rel="next"`);
    const seen: string[] = first.json['items'].map(({ name }: { name: string }) => name);
    for (let next: string | undefined = /<(.+)>/.exec(link)?.[1]; next !== undefined;) {
      const { json, headers } = await must(ask(`GET ${next}`), 200);
      seen.push(...json['items'].map(({ name }: { name: string }) => name));
      next = /<(.+)>/.exec(headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(seen, ['A', 'B', 'C', 'D', 'E']);
    for (const bad of ['max=0', 'max=x', 'start=-1'])
      assert.equal((await ask(`GET locations?${bad}`)).status, 400, bad);
  });

  test('members that are not known, and null, are passed over', async (t) => {
    const { send: ask } = await startWebex(t);
    const odd = { ...PLACE, latitude: null, hobby: 'chess', address: { ...ADDRESS, address2: null, planet: 'Earth' } };
    const { json } = await must(ask('POST locations', odd), 201);
    const { orgId, id } = json as { orgId: string; id: string };
    assert.deepEqual((await ask(`GET locations/${id}`)).json, { id, orgId, ...PLACE });
  });
});
