import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeOffice, must, startWebex } from '../../../../test/support/webex.ts';

const PATTERN = { name: 'Germany', pattern: '+496196!', action: 'BLOCK', transferEnabled: false };

test('patterns of each level are made, read, changed and deleted', async (t) => {
  const { send, ledger } = await startWebex(t);
  const { locationId, personId, workspaceId, virtualLineId } = await makeOffice({ send });
  for (const [noun, id] of [
    ['locations', locationId],
    ['people', personId],
    ['workspaces', workspaceId],
    ['virtualLines', virtualLineId],
  ] as const) {
    const path = `telephony/config/${noun}/${id}/outgoingPermission/digitPatterns`;
    const switches = noun === 'locations' ? {} : { useCustomDigitPatterns: false };
    assert.deepEqual((await send(`GET ${path}`)).json, { ...switches, digitPatterns: [] });
    const made = (await must(send(`POST ${path}`, PATTERN), 201)).json;
    assert.deepEqual(Object.keys(made), ['id']);
    assert.deepEqual((await send(`GET ${path}/${made['id']}`)).json, { ...made, ...PATTERN });
    await must(send(`PUT ${path}/${made['id']}`, { action: 'AUTH_CODE', pattern: '1XXX' }), 204);
    const changed = { ...made, ...PATTERN, action: 'AUTH_CODE', pattern: '1XXX' };
    assert.deepEqual((await send(`GET ${path}`)).json, { ...switches, digitPatterns: [changed] });
    if (noun === 'locations') assert.equal((await send(`PUT ${path}`, { useCustomDigitPatterns: true })).status, 405);
    else {
      await must(send(`PUT ${path}`, { useCustomDigitPatterns: true }), 204);
      assert.equal((await send(`GET ${path}`)).json['useCustomDigitPatterns'], true);
    }
    await must(send(`DELETE ${path}/${made['id']}`), 204);
    assert.equal((await send(`DELETE ${path}/${made['id']}`)).status, 404);
    for (const name of ['a', 'b'])
      await must(send(`POST ${path}`, { ...PATTERN, name, pattern: `1${name === 'a' ? 2 : 3}` }), 201);
    await must(send(`DELETE ${path}`), 204);
    assert.deepEqual((await send(`GET ${path}`)).json['digitPatterns'], []);
  }
  assert.deepEqual(await ledger.list({ dialect: 'webex', kind: 'digit-pattern' }), []);
});

test('a pattern of another level is not found, and odd ones are refused', async (t) => {
  const { send } = await startWebex(t);
  const { locationId, personId } = await makeOffice({ send });
  const path = `telephony/config/locations/${locationId}/outgoingPermission/digitPatterns`;
  const { id } = (await must(send(`POST ${path}`, PATTERN), 201)).json;
  assert.equal(
    (await send(`GET telephony/config/people/${personId}/outgoingPermission/digitPatterns/${id}`)).status,
    404,
  );
  for (const change of [
    { name: 'other' },
    { pattern: '+1!' },
    { name: '', pattern: '1' },
    ...['', '!', '+', '1!2', '1 2', 'abc', '1x', '++1', '1'.repeat(40)].map((pattern) => ({ name: pattern, pattern })),
    { name: 'x', pattern: '12', action: 'PERHAPS' },
    { name: 'x', pattern: '12', transferEnabled: 1 },
  ])
    assert.equal((await send(`POST ${path}`, { ...PATTERN, ...change })).status, 400, JSON.stringify(change));
});

test('there are 500; the 501st is a 400 with the envelope', async (t) => {
  const { send, ledger, clock } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const path = `telephony/config/locations/${locationId}/outgoingPermission/digitPatterns`;
  const names: string[] = [];
  for (let index = 0; index < 500; index += 1) {
    clock.advance(1);
    names.push(`p${index}`);
  }
  await Promise.all(
    names.slice(0, 2).map((name, index) => must(send(`POST ${path}`, { ...PATTERN, name, pattern: `1${index}` }), 201)),
  );
  // The rest as one commit: 500 requests prove no more than two.
  const [one] = await ledger.list({ dialect: 'webex', kind: 'digit-pattern' });
  assert.ok(one);
  const [owner = ''] = one.id.split('/');
  const author = { actor: 'test', dialect: 'webex', operation: 'test', requestId: '' };
  const writes = names.slice(2).map((name, index) => ({
    key: { dialect: 'webex', kind: 'digit-pattern', id: `${owner}/${name}` },
    body: { ...one.body, id: name, name, pattern: `2${index}` },
  }));
  await ledger.commit(author, writes);
  const { status, json } = await send(`POST ${path}`, { ...PATTERN, name: 'one more', pattern: '999' });
  assert.deepEqual([status, json['errors'][0].errorCode], [400, 25024]);
  assert.equal((await send(`GET ${path}`)).json['digitPatterns'].length, 500);
});
