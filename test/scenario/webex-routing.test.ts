import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACTIONS, CALL_TYPES } from '../../src/dialects/webex/permissions.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { seeded } from '../support/seeded.ts';
import { VoicePhone, type PhoneCall } from '../support/voice-phone.ts';
import { answering, OfficeGate, PASSWORD } from '../support/webex-phones.ts';

const SEED = 20_261_122;
const CONFIGURATIONS = 30;
const CALLS = 10;
const CODE = '4711';

/** Numbers of every type, in several spellings; the last ones are nobody's. */
const NUMBERS = [
  '1001', '1002', '1003', '+14085550101', '8001234567', '+18005551212', '+12065550100', '2065550100', '912065550100', '+442079460000', '011442079460000', '+4930123456', '0', '00', '411', '12065551212', '211', '811', '+19005551234', '9765551234', '911', '112', '933', '7777', '123456', '+1999', '+5115551234', '84085550', 
] as const; // prettier-ignore
const PATTERNS = ['1XXX', '1003', '+1206!', '2065550100', '+44!', '+442079460000', '+1900!', '411', '9!', '0', 'XXX'];

type Outcome = Awaited<PhoneCall['settled']>;

function statusOf(outcome: Outcome): number {
  return 'response' in outcome ? (outcome.response?.status ?? 0) : 0;
}

describe('routes of Webex', () => {
  let net: OfficeGate;
  let exchange: VoicePhone;
  before(async () => {
    exchange = await VoicePhone.open();
    net = await OfficeGate.open({ exchange: exchange.endpoint });
    await net.api(`POST ${net.place}/accessCodes`, { accessCodes: [{ code: CODE, description: 'Any call' }] });
  });
  after(async () => {
    await net[Symbol.asyncDispose]();
    await exchange[Symbol.asyncDispose]();
  });

  /** Dials, keys something once it is asked for a code, and resolves when the call is connected or refused. */
  async function keyed(phone: VoicePhone, to: string, user: string, keys: string): Promise<PhoneCall> {
    const call = phone.call(
      `sip:${to}@${net.host}`,
      { address: '127.0.0.1', port: net.gate.sip.udp },
      {
        from: `sip:${user}@${net.host}`,
        headers: [['P-Early-Media', 'supported']],
        credentials: { username: user, password: PASSWORD },
      },
    );
    await call.ringing;
    await call.media.hearsSpeech(5);
    await call.media.press(keys);
    await call.settled;
    return call;
  }

  /** The status that a call with an access code comes to, and the user part that the callee was asked for. */
  async function codeCall(to: string, user: string): Promise<{ status: number; asked: string | null }> {
    await using phone = await VoicePhone.open();
    const earlier = exchange.received.length;
    const call = await keyed(phone, to, user, `${CODE}#`);
    const outcome = await call.settled;
    call.media.close();
    if (outcome.kind !== 'answered') return { status: statusOf(outcome), asked: null };
    const callee = await exchange.getsCall(earlier + 1);
    call.end();
    await callee.ended;
    return { status: 200, asked: /^sip:([^@]*)@/.exec(callee.invite.uri)?.[1] ?? null };
  }

  /** The same with three wrong ones. */
  async function wrongCodeCall(to: string, user: string): Promise<number> {
    await using phone = await VoicePhone.open();
    const call = await keyed(phone, to, user, '1#22#333#');
    call.media.close();
    return statusOf(await call.settled);
  }

  test(`the vendor's test of call routing and real calls agree on ${CONFIGURATIONS * CALLS} cases`, async () => {
    const random = seeded(SEED);
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
    const table = () =>
      CALL_TYPES.map((callType) => ({ callType, action: pick(ACTIONS), transferEnabled: random() < 0.5 }));
    const { personId, workspaceId } = net.office;
    await using desk = await VoicePhone.open();
    const login = { username: 'desk', password: PASSWORD };
    await desk.register({ address: '127.0.0.1', port: net.gate.sip.udp }, net.host, login);
    // What is said to them takes its time; whether a code is asked for was decided when they called.
    const wrong: Promise<number>[] = [];
    const seen = { rejected: 0, admitted: 0, asked: 0 };
    for (let round = 0; round < CONFIGURATIONS; round += 1) {
      const callingPermissions = table();
      await net.api(`PUT ${net.place}`, { callingPermissions });
      await net.api(`PUT people/${personId}/features/outgoingPermission`, {
        useCustomEnabled: true,
        useCustomPermissions: random() < 0.5,
        callingPermissions: table(),
      });
      await net.api(`PUT ${net.place}/autoTransferNumbers`, { autoTransferNumber1: '+12065550177', autoTransferNumber2: pick(['', '1003']) }); // prettier-ignore
      for (const owner of [net.place, net.person]) {
        await net.api(`DELETE ${owner}/digitPatterns`);
        for (const pattern of new Set([pick(PATTERNS), pick(PATTERNS)]))
          await net.api(`POST ${owner}/digitPatterns`, { name: pattern, pattern, action: pick(ACTIONS), transferEnabled: true }); // prettier-ignore
      }
      await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: random() < 0.5 });
      for (let turn = 0; turn < CALLS; turn += 1) {
        const to = pick(NUMBERS);
        const [user, id] = pick([['dana', personId], ['lobby', workspaceId]] as const); // prettier-ignore
        const told = await net.testRoute(to, id);
        const { reason, verdict } = await net.explain(to, user);
        const asks = told['appliedServices']?.some((service: object) => JSON.stringify(service).includes('AUTH_CODE'));
        const what = `round ${round}: ${user} to ${to}: ${reason}, ${JSON.stringify(told)}`;
        assert.equal(told['isRejected'], verdict !== 'admit', what);
        if (asks) {
          // A right code leads to where the test says; without one nobody is called.
          wrong.push(wrongCodeCall(to, user));
          assert.equal(told['destinationType'], 'PSTN_NUMBER', 'no other destination came up with a code');
          assert.deepEqual(await codeCall(to, user), { status: 200, asked: told['routingAddress'] }, what);
          seen.asked += 1;
        } else {
          const status = await net.dial(to, { user });
          const isRejected = status === 403 || status === 404;
          assert.equal(isRejected, told['isRejected'], `${what}: ${status}`);
          seen[isRejected ? 'rejected' : 'admitted'] += 1;
        }
      }
    }
    assert.deepEqual(
      await Promise.all(wrong),
      wrong.map(() => 403),
    );
    assert.ok(seen.rejected > 50 && seen.admitted > 50 && seen.asked > 10, JSON.stringify(seen));
  });

  test('a block names exactly one applied service, by type or by pattern, and its level', async () => {
    await using desk = await SipPeer.open();
    answering(desk);
    for (const owner of [net.place, net.person]) await net.api(`DELETE ${owner}/digitPatterns`);
    await net.api(`PUT people/${net.office.personId}/features/outgoingPermission`, { useCustomPermissions: false });
    await net.allow({ INTERNATIONAL: 'BLOCK', INTERNAL_CALL: 'ALLOW' });
    const abroad = await net.testRoute('+442079460000');
    assert.deepEqual(
      [abroad['isRejected'], abroad['destinationType'], abroad['appliedServices']],
      [
        true,
        'PSTN_NUMBER',
        [
          {
            outgoingCallingPlanPermissionsByType: {
              configurationLevel: 'LOCATION',
              callType: 'INTERNATIONAL',
              permission: 'BLOCK',
              number: '+442079460000',
            },
          },
        ],
      ],
    );
    await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: true });
    const pattern = { name: 'no desk', pattern: '1003', action: 'BLOCK', transferEnabled: true };
    await net.api(`POST ${net.person}/digitPatterns`, pattern);
    const extension = await net.testRoute('1003');
    assert.deepEqual(
      [extension['isRejected'], extension['destinationType'], extension['appliedServices']],
      [
        true,
        'HOSTED_AGENT',
        [
          {
            outgoingCallingPlanPermissionsByDigitPattern: {
              configurationLevel: 'PEOPLE',
              name: 'no desk',
              pattern: '1003',
              permission: 'BLOCK',
              number: '1003',
            },
          },
        ],
      ],
    );
    await net.allow({ INTERNATIONAL: 'TRANSFER_NUMBER_3' });
    const nobody = (await net.testRoute('+442079460000'))['appliedServices'];
    assert.equal(nobody[0].outgoingCallingPlanPermissionsByType.reason, 'TRANSFER_NUMBER_3_NOT_CONFIGURED');
    assert.equal((await net.testRoute('911'))['destinationType'], 'EMERGENCY');
    assert.equal((await net.testRoute('7777'))['destinationType'], 'UNKNOWN_EXTENSION');
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, { outsideDialDigit: '9' });
    assert.equal((await net.testRoute('912065550100'))['outsideAccessCode'], '9');
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, { outsideDialDigit: '' });
  });

  test('dial plans, connections and route lists lead to premises, and premises to lines', async () => {
    await using pbx = await SipPeer.open();
    await using desk = await SipPeer.open();
    for (const peer of [pbx, desk]) answering(peer);
    const { locationId } = net.office;
    for (const owner of [net.place, net.person]) await net.api(`DELETE ${owner}/digitPatterns`);
    const callingPermissions = CALL_TYPES.map((callType) => ({ callType, action: 'ALLOW', transferEnabled: true }));
    await net.api(`PUT ${net.place}`, { callingPermissions });
    await net.api(`PUT people/${net.office.personId}/features/outgoingPermission`, { useCustomPermissions: false });

    const password = 'Premises-2026!';
    const premises = { name: 'Milpitas PBX', locationId, password, trunkType: 'REGISTERING' };
    const trunkId = String((await net.api('POST telephony/config/premisePstn/trunks', premises)).json['id']);
    const plan = { name: 'PBX', routeId: trunkId, routeType: 'TRUNK', dialPatterns: ['555XXX', '+14085559!'] };
    await net.api('POST telephony/config/premisePstn/dialPlans', plan);
    const trunk = (await net.api(`GET telephony/config/premisePstn/trunks/${trunkId}`)).json;
    const username = String(trunk['sipAuthenticationUserName']);
    assert.equal(await net.dial('555123'), 480, 'the premises are not there yet');
    assert.equal(await net.register(username, pbx, password), 200);

    assert.equal(await net.dial('555123'), 200);
    const invite = await pbx.method('INVITE');
    assert.equal(invite.uri, `sip:555123@${pbx.address}:${pbx.port}`, 'the number that was asked for, at the contact');
    assert.equal(await net.dial('4085559123'), 200, 'a number of the premises, as it is dialled in the country');
    assert.equal((await pbx.method('INVITE')).uri.split('@')[0], 'sip:+14085559123');
    const told = await net.testRoute('555123');
    assert.deepEqual(
      [told['destinationType'], told['pbxUser'].dialPattern, told['pbxUser'].trunkName],
      ['PBX_USER', '555XXX', 'Milpitas PBX'],
    );

    // Both directions share what the trunk may have at once; the trunk of before takes one more.
    const limits = { name: 'Milpitas PBX', password, maxConcurrentCalls: 2 };
    await net.api(`PUT telephony/config/premisePstn/trunks/${trunkId}`, limits);
    await net.register('desk', desk);
    const up = await net.invite('555123');
    const back = await net.invite('1003', { user: username, from: pbx, password });
    assert.deepEqual([up.answer.status, back.answer.status], [200, 200]);
    for (const refused of [
      await net.invite('555124'),
      await net.invite('1003', { user: username, from: pbx, password }),
    ]) {
      assert.equal(refused.answer.status, 503);
      const { callId = '' } = refused.answer;
      const shown = (await net.gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as { reason: string };
      assert.equal(shown.reason, 'concurrency-exceeded');
    }
    assert.equal(await net.dial('911', { user: username, from: pbx, password }), 200, 'help is not limited');
    await net.hangUp(up.invite, up.answer);
    await net.hangUp(back.invite, back.answer, pbx);
    for (const _ of [1, 2, 3]) assert.equal(await net.dial('555123'), 200);
    await net.api(`PUT telephony/config/premisePstn/trunks/${trunkId}`, { ...limits, maxConcurrentCalls: 250 });
    for (const { received } of [pbx, desk]) received.length = 0;

    const group = { name: 'Group', localGateways: [{ id: trunkId, priority: 1 }] };
    const groupId = String((await net.api('POST telephony/config/premisePstn/routeGroups', group)).json['id']);
    const list = { name: 'List', locationId, routeGroupId: groupId };
    const listId = String((await net.api('POST telephony/config/premisePstn/routeLists', list)).json['id']);
    const numbers = [{ number: '+12065550155', action: 'ADD' }];
    await net.api(`PUT telephony/config/premisePstn/routeLists/${listId}/numbers`, { numbers });
    assert.equal(await net.dial('2065550155'), 200);
    assert.equal((await pbx.method('INVITE')).uri.split('@')[0], 'sip:+12065550155');
    await net.allow({ NATIONAL: 'BLOCK' });
    assert.equal(await net.dial('2065550155'), 403, 'another way is no other permission');
    await net.allow({ NATIONAL: 'ALLOW' });

    await net.api(`PUT telephony/config/locations/${locationId}`, { connection: { type: 'ROUTE_GROUP', id: groupId } });
    assert.equal(await net.dial('+12065550100'), 200);
    assert.equal((await pbx.method('INVITE')).uri.split('@')[0], 'sip:+12065550100');
    const help = await net.explain('911');
    assert.deepEqual(
      help.targets.map(({ route }) => route?.port ?? null),
      [null, exchange.endpoint.port],
      'help has two ways',
    );

    await net.register('desk', desk);
    await net.allow({ INTERNAL_CALL: 'BLOCK' });
    const fromPbx = { user: username, from: pbx, password };
    assert.equal(await net.dial('1003', fromPbx), 200, 'permissions are for those who call out');
    const atDesk = await desk.method('INVITE');
    assert.equal(atDesk.uri, `sip:desk@${desk.address}:${desk.port}`);
    assert.equal(await net.dial('555124', fromPbx), 480, 'not back to where it came from');
    await net.allow({ NATIONAL: 'BLOCK' });
    assert.equal(await net.dial('+12065550100', fromPbx), 403, "what goes out is for the location's rules");
  });
});
