import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attempt, CARRIER } from '../../../test/support/rules.ts';
import { location, virtualLine, WebexRules } from '../../../test/support/webex-rules.ts';
import { IDLE, type Loads } from '../../rulebook/agent.ts';
import type { CallAttempt } from '../../rulebook/attempt.ts';
import { decide } from '../../rulebook/decide/decide.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { defaultPermissions } from './permissions.ts';
import type { Bodies, Trunk as PremisesTrunk } from './documents.ts';

const TRUNK: PremisesTrunk = {
  id: 'pbx',
  name: 'pbx',
  locationId: 'hq',
  trunkType: 'CERTIFICATE_BASED',
  deviceType: null,
  dualIdentitySupportEnabled: false,
  address: 'SBC',
  domain: 'acme.example',
  port: 5061,
  maxConcurrentCalls: 2,
  pChargeInfoSupportPolicy: 'DISABLED',
  otgDtgId: 'pbx1_lgu',
  username: null,
};
const OFFICE = { address: '203.0.113.5', port: 5061, transport: 'tls', secure: true, names: ['sbc.acme.example'] };

/** A place with lines 1001 (Ann) and 1002 (Bob), who have telephones and numbers. */
async function office(): Promise<WebexRules> {
  const rules = new WebexRules();
  await rules.put('location', 'hq', location('hq'));
  await addLine(rules, 'ann', 'hq', '1001', '+14085550101');
  await addLine(rules, 'bob', 'hq', '1002', '+14085550102');
  return rules;
}

async function addLine(rules: WebexRules, id: string, place: string, extension: string, e164?: string) {
  const owner = { kind: 'virtual-line', id } as const;
  await rules.put('virtual-line', id, { ...virtualLine(id, place, extension), phoneNumber: e164 ?? null });
  await rules.put('line-access', id, { owner, locationId: place, username: id, registration: true });
  if (e164 !== undefined) await rules.put('phone-number', e164, phoneNumber(e164, place, owner));
}

function phoneNumber(
  e164: string,
  locationId: string,
  owner: Bodies['phone-number']['owner'],
  state: Bodies['phone-number']['state'] = 'ACTIVE',
): Bodies['phone-number'] {
  return { e164, locationId, owner, state, numberType: 'DID', numberUsageType: 'NONE' };
}

function call(
  rules: WebexRules,
  user: string,
  to: string,
  { loads = IDLE, ...changes }: Partial<CallAttempt> & { loads?: Loads } = {},
  host = 'hq',
): Decision {
  const requestUri = { user: to, host: `${host}.bcld.webex.com` };
  const digest = { outcome: 'valid', username: user } as const;
  return decide(rules.rulebook, attempt({ requestUri, digest, ...changes }), 0, loads);
}

/** So many calls of premises are up, in both directions. */
function up(calls: Readonly<Record<string, number>>): Loads {
  const sessions = (all: number) => ({ all, inbound: all, outbound: 0 });
  return { ...IDLE, of: (id) => ({ ...IDLE.of(id), sessions: sessions(calls[id] ?? 0) }) };
}

function goesTo({ reason, targets }: Decision): string {
  const [target] = targets;
  return reason === 'admitted' ? `${target?.trunk} ${target?.user} ${target?.route?.host ?? 'registered'}` : reason;
}

describe('what Webex documents mean for calls', () => {
  test('a change alters the entries that it is about, and no others', async () => {
    const rules = await office();
    await rules.put('virtual-line', 'ann', virtualLine('ann', 'hq', '1005'));
    assert.deepEqual(rules.affected, ['line webex:ann', 'line webex:ann']);
    await rules.put('line-access', 'ann', null);
    assert.deepEqual(rules.affected.toSorted(), ['line webex:ann', 'number webex:+14085550101']);
    await rules.put('location', 'hq', location('hq', { routingPrefix: '8' }));
    assert.deepEqual([...new Set(rules.affected)], ['trunk webex:hq']);
    assert.equal(goesTo(call(rules, 'bob', '1001')), 'called-number-unknown', 'the extension has changed');
    assert.equal(goesTo(call(rules, 'bob', '1005')), 'no-route', 'it has no telephone any more');
  });

  test('places are told apart by their prefix; without one extensions are dialled from everywhere', async () => {
    const rules = await office();
    await rules.put('location', 'uk', location('uk', {}, 'GB'));
    await addLine(rules, 'kim', 'uk', '1001');
    await addLine(rules, 'lee', 'uk', '1007');
    assert.equal(goesTo(call(rules, 'bob', '1001')), 'webex:hq ann registered', 'its own place first');
    assert.equal(goesTo(call(rules, 'bob', '1007')), 'webex:uk lee registered');
    assert.equal(goesTo(call(rules, 'kim', '1002', {}, 'uk')), 'webex:hq bob registered');
    await rules.put('location', 'uk', location('uk', { routingPrefix: '84' }, 'GB'));
    assert.equal(goesTo(call(rules, 'bob', '1007')), 'called-number-unknown');
    assert.equal(goesTo(call(rules, 'bob', '841001')), 'webex:uk kim registered');
    assert.equal(call(rules, 'kim', '1002', {}, 'uk').caller, '841001', 'others can call it back');
    await rules.put('location', 'uk', null);
    assert.equal(goesTo(call(rules, 'bob', '841001')), 'called-number-unknown');
  });

  test('numbers of the company are internal however they are dialled, and an unused one is nobody', async () => {
    const rules = await office();
    for (const to of ['+14085550102', '4085550102', '14085550102'])
      assert.deepEqual([goesTo(call(rules, 'ann', to)), call(rules, 'ann', to).direction], ['webex:hq bob registered', 'internal']); // prettier-ignore
    await rules.put('phone-number', '+14085550103', phoneNumber('+14085550103', 'hq', null));
    assert.equal(goesTo(call(rules, 'ann', '+14085550103')), 'number-not-assigned');
    const owner = { kind: 'virtual-line', id: 'bob' } as const;
    await rules.put('phone-number', '+14085550102', phoneNumber('+14085550102', 'hq', owner, 'INACTIVE'));
    assert.equal(goesTo(call(rules, 'ann', '+14085550102')), 'number-not-assigned');
  });

  test('a line shows what its settings say, and not what its telephone does', async () => {
    const rules = await office();
    const spoofed = { callerIds: ['+12065550199'] };
    assert.equal(call(rules, 'ann', '+12065550100', spoofed).caller, '+14085550101');
    await rules.put('virtual-line', 'ann', { ...virtualLine('ann', 'hq', '1001'), callerIdNumber: '+14085550100' });
    assert.equal(call(rules, 'ann', '+12065550100', spoofed).caller, '+14085550100');
  });

  test('what comes from the telephone network goes to the line of the number', async () => {
    const rules = await office();
    const requestUri = { user: '+14085550102', host: '192.0.2.1' };
    assert.equal(goesTo(call(rules, 'x', '', { fromCarrier: true, requestUri })), 'webex:hq bob registered');
  });

  test('premises with a certificate are known by it, and by nothing else', async () => {
    const rules = await office();
    await rules.put('trunk', 'pbx', TRUNK);
    const digest = { outcome: 'none' } as const;
    const toBob = (source: CallAttempt['source'], more: Parameters<typeof call>[3] = {}): Decision =>
      call(rules, '', '1002', { source, digest, ...more });
    const admitted = toBob(OFFICE);
    assert.deepEqual([admitted.trunk, goesTo(admitted)], ['webex:pbx', 'webex:hq bob registered']);
    assert.equal(toBob({ ...OFFICE, names: ['sbc.evil.example'] }).reason, 'credentials-required');
    assert.equal(toBob({ ...OFFICE, names: undefined }).reason, 'credentials-required');
    assert.equal(toBob(OFFICE, { loads: up({ 'webex:pbx': 2 }) }).reason, 'concurrency-exceeded');
    assert.deepEqual(toBob(OFFICE, { loads: up({ 'webex:pbx': 1 }) }).counters, ['webex:pbx']);
    assert.equal(toBob(OFFICE, { callerIds: ['+14085559001'] }).caller, '+14085559001');
    await rules.put('trunk', 'pbx', null);
    assert.equal(toBob(OFFICE).reason, 'credentials-required');
  });

  test('dial plans, and route groups in their order, lead to premises', async () => {
    const rules = await office();
    await rules.put('trunk', 'pbx', TRUNK);
    await rules.put('trunk', 'two', { ...TRUNK, id: 'two', address: 'two', port: null });
    const localGateways = [
      { trunkId: 'two', priority: 2 },
      { trunkId: 'pbx', priority: 1 },
    ];
    await rules.put('route-group', 'group', { id: 'group', name: 'group', localGateways });
    await rules.put('dial-plan', 'plan', { id: 'plan', name: 'plan', routeType: 'ROUTE_GROUP', routeId: 'group' });
    await rules.put('dial-pattern', '555XXX', { pattern: '555XXX', dialPlanId: 'plan' });
    await rules.put('dial-pattern', '+1408777!', { pattern: '+1408777!', dialPlanId: 'plan' });
    const decision = call(rules, 'ann', '555123');
    assert.deepEqual(
      decision.targets.map(({ user, route }) => [user, route?.host, route?.port, route?.transport]),
      [
        ['555123', 'sbc.acme.example', 5061, 'tls'],
        ['555123', 'two.acme.example', null, 'tls'],
      ],
    );
    assert.equal(decision.direction, 'internal');
    // A trunk that is full is passed over; help is not limited.
    const full = { loads: up({ 'webex:pbx': 2 }) };
    assert.equal(goesTo(call(rules, 'ann', '555123', full)), 'webex:two 555123 two.acme.example');
    const both = { loads: up({ 'webex:pbx': 2, 'webex:two': 2 }) };
    assert.equal(goesTo(call(rules, 'ann', '555123', both)), 'concurrency-exceeded');
    assert.equal(call(rules, 'ann', '4087771234').dialled?.reached, 'webex:dial-pattern:+1408777!');
    await rules.put('dial-plan', 'plan', { id: 'plan', name: 'plan', routeType: 'TRUNK', routeId: 'two' });
    assert.deepEqual(call(rules, 'ann', '555123').targets.map(({ route }) => route?.host), ['two.acme.example']); // prettier-ignore
    await rules.put('dial-pattern', '555XXX', null);
    assert.equal(goesTo(call(rules, 'ann', '555123')), 'called-number-unknown');
    await rules.put('location', 'hq', location('hq', { connection: { type: 'ROUTE_GROUP', id: 'group' } }));
    assert.equal(goesTo(call(rules, 'ann', '+12065550100')), 'webex:pbx +12065550100 sbc.acme.example');
    const hosts = call(rules, 'ann', '911').targets.map(({ route }) => route?.host);
    assert.deepEqual(
      hosts,
      ['sbc.acme.example', 'two.acme.example', CARRIER.host],
      'help does not end at the premises',
    );
    assert.equal(call(rules, 'ann', '911', both).targets.length, 3);
  });

  test("what premises send goes to people without a permission, and out by the location's", async () => {
    const rules = await office();
    await rules.put('trunk', 'pbx', TRUNK);
    const blocked = defaultPermissions().map((permission) => ({ ...permission, action: 'BLOCK' as const }));
    await rules.put('outgoing-permission', 'hq', {
      owner: { kind: 'location', id: 'hq' },
      useCustomEnabled: true,
      useCustomPermissions: true,
      callingPermissions: blocked,
      useCustomAccessCodes: true,
      useCustomTransferNumbers: true,
      autoTransferNumbers: [null, null, null],
      useCustomDigitPatterns: true,
    });
    const from = { source: OFFICE, digest: { outcome: 'none' } } as const;
    assert.equal(goesTo(call(rules, '', '+14085550102', from)), 'webex:hq bob registered');
    assert.equal(goesTo(call(rules, '', '+12065550100', from)), 'call-blocked');
    assert.equal(goesTo(call(rules, '', '911', from)), `webex:pbx 911 ${CARRIER.host}`);
    assert.equal(goesTo(call(rules, 'ann', '1002')), 'call-blocked');
  });

  test('a leg of the application that asks for codes passes where a code does, and nowhere else', async () => {
    const rules = await office();
    const permissions = (action: 'AUTH_CODE' | 'BLOCK') =>
      rules.put('outgoing-permission', 'ann', {
        owner: { kind: 'virtual-line', id: 'ann' },
        useCustomEnabled: true,
        useCustomPermissions: true,
        callingPermissions: defaultPermissions().map((other) => ({ ...other, action })),
        useCustomAccessCodes: false,
        useCustomTransferNumbers: false,
        autoTransferNumbers: [null, null, null],
        useCustomDigitPatterns: false,
      });
    const account = rules.rulebook.trunk('webex:hq')?.account ?? '';
    const leg = {
      kind: 'leg',
      parent: 'd1',
      trunk: 'webex:hq',
      account,
      username: 'ann',
      vouched: null,
      placed: false,
    } as const;
    const toEdge = { addressedToEdge: true, requestUri: { user: '011442079460000', host: '127.0.0.1' } };
    const place = () => call(rules, 'ann', '', { leg, ...toEdge });
    await permissions('AUTH_CODE');
    const asked = call(rules, 'ann', '011442079460000');
    assert.deepEqual(asked.targets.map(({ application }) => application), ['access-code']); // prettier-ignore
    assert.equal(goesTo(place()), `webex:hq +442079460000 ${CARRIER.host}`);
    assert.equal(place().caller, '+14085550101');
    await permissions('BLOCK');
    assert.equal(goesTo(place()), 'call-blocked');
  });
});
