import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeOffice, must, startWebex, type WebexServer } from '../../../../test/support/webex.ts';
import { decodeId, encodeId } from '../ids.ts';
import type { RouteQuery } from '../test-route.ts';

const BASE = 'telephony/config/premisePstn';
const REGISTERING = { name: 'Branch', password: 'a long password', trunkType: 'REGISTERING' };
const CERTIFIED = {
  ...REGISTERING,
  name: 'SBC',
  trunkType: 'CERTIFICATE_BASED',
  address: 'sbc',
  domain: 'example.com',
  port: 5061,
  maxConcurrentCalls: 250,
};

async function make({ send }: Pick<WebexServer, 'send'>, path: string, body: object): Promise<string> {
  return String((await must(send(`POST ${BASE}/${path}`, body), 201)).json['id']);
}

test('trunks: a registering one gets a name to log in with, the password is told to nobody', async (t) => {
  const online = new Set<string>();
  const server = await startWebex(t, { registered: async (trunk, user) => online.has(`${trunk} ${user}`) });
  const { send, ledger } = server;
  const { locationId } = await makeOffice(server);
  const id = await make(server, 'trunks', { ...REGISTERING, locationId });
  const { json } = await must(send(`GET ${BASE}/trunks/${id}`), 200);
  assert.match(json['sipAuthenticationUserName'], /^Branch[a-z0-9]{10}_LGU$/);
  assert.match(json['linePort'], /^Branch[a-z0-9]{10}_LGU@[a-z0-9]{10}\.bcld\.webex\.com$/);
  assert.deepEqual([json['status'], json['trunkType'], json['responseStatus']], ['offline', 'REGISTERING', []]);
  online.add(`webex:${decodeId(locationId, 'LOCATION')} ${json['sipAuthenticationUserName']}`);
  assert.equal((await send(`GET ${BASE}/trunks/${id}`)).json['status'], 'online');
  assert.equal((await ledger.list({ dialect: 'webex', kind: 'credential' })).length, 1);
  await must(
    send(`PUT ${BASE}/trunks/${id}`, { ...REGISTERING, name: 'Branch 2', dualIdentitySupportEnabled: true }),
    204,
  );
  assert.doesNotMatch(JSON.stringify(await ledger.revisionsAfter(0, 100)), /a long password/);
  await must(send(`DELETE ${BASE}/trunks/${id}`), 204);
  assert.deepEqual(await ledger.list({ dialect: 'webex', kind: 'credential' }), []);
});

test('trunks: the address of one with a certificate is its own', async (t) => {
  const { send, ...server } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  await make({ ...server, send }, 'trunks', { ...CERTIFIED, locationId });
  for (const [status, code, change] of [
    [409, 27_571, { name: 'x' }],
    [409, undefined, { address: 'other' }],
    [400, 25_024, { name: 'x', address: undefined }],
    [400, 25_024, { name: 'x', domain: 'bad..domain' }],
    [400, 25_024, { name: 'x', maxConcurrentCalls: undefined }],
    [400, 25_024, { name: 'x', locationId: 'nowhere' }],
    [400, 25_024, { name: 'x', password: undefined }],
  ] as const) {
    const { status: got, json } = await send(`POST ${BASE}/trunks`, { ...CERTIFIED, locationId, ...change });
    assert.deepEqual([got, json['errors'][0].errorCode], [status, code], JSON.stringify(change));
  }
  const validate = async (body: object) =>
    (await send(`POST ${BASE}/trunks/actions/fqdnValidation/invoke`, body)).status;
  const { address, domain, port } = CERTIFIED;
  assert.deepEqual(
    [
      await validate({ address, domain, port }),
      await validate({ address, domain }),
      await validate({ address, domain: '!' }),
    ],
    [409, 204, 400],
  );
});

test('groups, dial plans, route lists: who is in use cannot be deleted', async (t) => {
  const { send, ...server } = await startWebex(t);
  const { locationId } = await makeOffice({ send });
  const on = { ...server, send };
  const trunk = await make(on, 'trunks', { ...CERTIFIED, locationId });
  const group = await make(on, 'routeGroups', { name: 'Both', localGateways: [{ id: trunk, priority: 1 }] });
  const list = await make(on, 'routeLists', { name: 'Numbers', locationId, routeGroupId: group });
  const plan = (
    await must(
      send(`POST ${BASE}/dialPlans`, {
        name: 'Office',
        routeId: group,
        routeType: 'ROUTE_GROUP',
        dialPatterns: ['+4961!', '5XXX', 'no'],
      }),
      201,
    )
  ).json;
  assert.deepEqual(
    plan['dialPatternErrors'].map(({ dialPattern, patternStatus }: Record<string, unknown>) => [
      dialPattern,
      patternStatus,
    ]),
    [['no', 'INVALID']],
  );
  assert.equal((await send(`GET ${BASE}/trunks`)).json['trunks'][0].inUse, true);
  assert.equal((await send(`DELETE ${BASE}/trunks/${trunk}`)).status, 409);
  assert.equal((await send(`DELETE ${BASE}/routeGroups/${group}`)).status, 409);
  assert.deepEqual((await send(`GET ${BASE}/trunks/${trunk}/usage`)).json, {
    pstnConnectionCount: 0,
    callToExtensionCount: 0,
    dialPlanCount: 0,
    routeGroupCount: 1,
  });
  assert.deepEqual((await send(`GET ${BASE}/routeGroups/${group}/usage`)).json, {
    pstnConnectionCount: '0',
    callToExtensionCount: '0',
    dialPlanCount: '1',
    routeListCount: '1',
  });
  assert.equal((await send(`GET ${BASE}/routeGroups/${group}/usageRouteList`)).json['routeLists'][0].id, list);
  await must(
    send(`PUT telephony/config/locations/${locationId}`, { connection: { type: 'ROUTE_GROUP', id: group } }),
    204,
  );
  assert.deepEqual((await send(`GET telephony/config/locations/${locationId}`)).json['connection'], {
    type: 'ROUTE_GROUP',
    id: group,
  });
  assert.equal(
    (await send(`GET ${BASE}/routeGroups/${group}/usagePstnConnection`)).json['locations'][0].id,
    locationId,
  );
  const { json: choices } = await must(send('GET telephony/config/routeChoices'), 200);
  assert.deepEqual(choices['routeIdentities'], [
    { id: group, name: 'Both', type: 'ROUTE_GROUP' },
    { id: trunk, name: 'SBC', type: 'TRUNK' },
  ]);

  const patterns = `${BASE}/dialPlans/${plan['id']}/dialPatterns`;
  await must(
    send(`PUT ${patterns}`, {
      dialPatterns: [
        { dialPattern: '5XXX', action: 'DELETE' },
        { dialPattern: '6XXX', action: 'ADD' },
      ],
    }),
    204,
  );
  assert.deepEqual((await send(`GET ${patterns}`)).json, { dialPatterns: ['+4961!', '6XXX'] });
  assert.equal((await send(`PUT ${patterns}`, { dialPatterns: [{ dialPattern: '6XXX', action: 'ADD' }] })).status, 400);
  const numbers = `${BASE}/routeLists/${list}/numbers`;
  const answer = await must(
    send(`PUT ${numbers}`, {
      numbers: [
        { number: '+14085550177', action: 'ADD' },
        { number: '1', action: 'ADD' },
      ],
    }),
    200,
  );
  assert.deepEqual(
    answer.json['numberStatus'].map(({ numberStatus }: Record<string, unknown>) => numberStatus),
    ['INVALID'],
  );
  assert.deepEqual((await send(`GET ${numbers}`)).json, { numbers: ['+14085550177'] });
  const again = await send(`POST ${BASE}/routeLists`, { name: 'Numbers', locationId, routeGroupId: group });
  assert.equal(again.json['errors'][0].errorCode, 27_601);

  await must(send(`PUT telephony/config/locations/${locationId}`, { connection: { type: 'TRUNK', id: trunk } }), 204);
  await must(send(`DELETE ${BASE}/dialPlans/${plan['id']}`), 204);
  await must(send(`DELETE ${BASE}/routeLists/${list}`), 204);
  await must(send(`DELETE ${BASE}/routeGroups/${group}`), 204);
  for (const kind of ['dial-pattern', 'route-list-number', 'route-group'])
    assert.deepEqual(await server.ledger.list({ dialect: 'webex', kind }), [], kind);
});

test('test call routing asks for the decision in the originator’s name, and answers in the vendor’s words', async (t) => {
  const asked: RouteQuery[] = [];
  const { send } = await startWebex(t, {
    testRoute: async (query) => {
      asked.push(query);
      if (query.originator.kind === 'workspace') return undefined;
      return {
        destination: { type: 'PSTN_NUMBER', trunkId: null, routeGroupId: null },
        routingAddress: '+442079460000',
        isRejected: true,
        outsideAccessCode: '9',
        applied: [
          {
            configurationLevel: 'LOCATION',
            by: { name: 'UK', pattern: '+44!' },
            permission: 'BLOCK',
            transferNumber: null,
            reason: null,
            number: '+442079460000',
          },
        ],
      };
    },
  });
  const { personId, workspaceId, locationId } = await makeOffice({ send });
  const path = 'telephony/config/actions/testCallRouting/invoke';
  const query = { originatorId: personId, originatorType: 'USER', destination: '9011442079460000' };
  const { json } = await must(send(`POST ${path}`, { ...query, includeAppliedServices: true }), 200);
  assert.deepEqual(json, {
    destinationType: 'PSTN_NUMBER',
    pstnNumber: {},
    routingAddress: '+442079460000',
    outsideAccessCode: '9',
    isRejected: true,
    appliedServices: [
      {
        outgoingCallingPlanPermissionsByDigitPattern: {
          configurationLevel: 'LOCATION',
          name: 'UK',
          pattern: '+44!',
          permission: 'BLOCK',
          number: '+442079460000',
        },
      },
    ],
  });
  const originator = { kind: 'person', id: decodeId(personId, 'PEOPLE') };
  assert.deepEqual(asked, [{ originator, originatorNumber: null, destination: query.destination }]);
  assert.equal(
    (await must(send(`POST ${path}`, { ...query, originatorType: 'PEOPLE' }), 200)).json['appliedServices'],
    undefined,
  );
  assert.equal((await send(`POST ${path}`, { ...query, originatorId: workspaceId })).json['errors'][0].errorCode, 4410);
  for (const originatorId of [locationId, encodeId('PEOPLE', '11111111-2222-4333-8444-555555555555')])
    assert.equal((await send(`POST ${path}`, { ...query, originatorId })).status, 400);
  assert.equal((await send(`POST ${path}`, { ...query, originatorType: 'TRUNK' })).status, 400);
});
