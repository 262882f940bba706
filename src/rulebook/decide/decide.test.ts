import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { borderCall, borderOf, element, policy, realm } from '../../../test/support/border-rules.ts';
import {
  attempt,
  CARRIER,
  dialling,
  NO_PLAN,
  number,
  origination,
  rulebookOf,
  sources,
  termination,
  trunk,
} from '../../../test/support/rules.ts';
import type { CallAttempt } from '../attempt.ts';
import type { Permission, PermissionPlan } from '../permission.ts';
import { Rulebook } from '../rulebook.ts';
import { decide } from './decide.ts';
import { REASONS, type ReasonCode } from './reasons.ts';

const NOW = Date.UTC(2026, 10, 21);
const OWN = number('+12065550199');
const digest = (
  outcome: Exclude<CallAttempt['digest']['outcome'], 'none' | 'malformed' | 'slowed'>,
): Partial<CallAttempt> => ({
  digest: { outcome, username: 'jdoe' },
});
const toEdge = {
  requestUri: { user: '+12065550100', host: '192.0.2.1' },
  addressedToEdge: true,
  toHost: null,
  fromHost: null,
};
const inbound: Partial<CallAttempt> = { fromCarrier: true, requestUri: { user: '+12065550199', host: '192.0.2.1' } };
const withTrunk = (changes: Parameters<typeof trunk>[0]): Rulebook => rulebookOf([trunk(changes)], [OWN]);
const whenTermination = (changes: Parameters<typeof termination>[0]): Rulebook =>
  withTrunk({ termination: termination(changes) });
const plain = rulebookOf([trunk()], [OWN]);
const rule = CARRIER.rule;
const ALLOWED: Permission = { action: 'allow', transferable: false, rule };
const dials = (callTypes: PermissionPlan['callTypes']): Rulebook =>
  whenTermination({ dialling: dialling({ permissions: { ...NO_PLAN, callTypes } }) });

/** Rules that miss a change. */
function behind(since: number): Rulebook {
  const rulebook = rulebookOf([trunk()], [OWN]);
  rulebook.behindSince = since;
  return rulebook;
}

/** One way to every reason of the rulebook. */
const SCENARIOS: Partial<Record<ReasonCode, [Rulebook, Partial<CallAttempt>]>> = {
  admitted: [plain, {}],
  'rules-missing': [new Rulebook([]), {}],
  'rules-too-old': [behind(NOW - 300_000), {}],
  'unknown-host': [plain, { requestUri: { user: '+12065550100', host: 'two.example' } }],
  'unknown-source': [
    plain,
    { ...toEdge, source: { address: '203.0.113.5', port: 1, transport: 'udp', secure: false } },
  ],
  'ambiguous-source': [rulebookOf([trunk(), trunk({ id: 'test:two', hosts: ['two.example'] })]), toEdge],
  'unknown-number': [rulebookOf([trunk()]), inbound],
  'ambiguous-number': [rulebookOf([trunk()], [OWN, { ...OWN, id: 'other:+12065550199', account: 'other:1' }]), inbound],
  'number-not-assigned': [rulebookOf([trunk()], [{ ...OWN, assignment: null }]), inbound],
  'termination-missing': [withTrunk({ termination: null }), {}],
  'termination-disabled': [whenTermination({ enabled: { value: false, rule } }), {}],
  'encryption-required': [withTrunk({ encryption: { required: true, rule } }), {}],
  'media-not-encrypted': [withTrunk({ encryption: { required: false, media: true, rule } }), { plainAudio: true }],
  'source-not-allowed': [whenTermination({ sources: sources('203.0.113.0/24') }), {}],
  'credentials-required': [plain, { digest: { outcome: 'none' } }],
  'credentials-none-left': [
    whenTermination({ digest: { realm: 'one.example', credentialSets: ['one'], empty: true, rule } }),
    digest('unknown-user'),
  ],
  'credentials-unknown-user': [plain, digest('unknown-user')],
  'credentials-wrong': [plain, digest('wrong-response')],
  'credentials-malformed': [plain, { digest: { outcome: 'malformed' } }],
  'credentials-slowed': [plain, { digest: { outcome: 'slowed', username: 'jdoe', retryAfter: 4 } }],
  'nonce-foreign': [plain, digest('nonce-foreign')],
  'nonce-stale': [plain, digest('nonce-stale')],
  'nonce-replayed': [plain, digest('nonce-replayed')],
  'caller-id-not-owned': [plain, { callerIds: ['+12065550111'] }],
  'rate-exceeded': [plain, { callsInLastSecond: 2 }],
  'concurrency-exceeded': [whenTermination({ concurrentCalls: { limit: 3, rule } }), { callsInProgress: 3 }],
  'called-number-invalid': [plain, { requestUri: { user: 'bob', host: 'one.example' } }],
  'country-not-allowed': [plain, { requestUri: { user: '+442079460000', host: 'one.example' } }],
  'premium-not-allowed': [plain, { requestUri: { user: '+19005551234', host: 'one.example' } }],
  'high-risk-not-allowed': [
    whenTermination({ highRisk: { special: [], unallocated: [], rule } }),
    { requestUri: { user: '+448431234567', host: 'one.example' } },
  ],
  'called-number-unknown': [dials({ international: ALLOWED }), { requestUri: { user: '1', host: 'one.example' } }],
  'call-blocked': [dials({ national: { ...ALLOWED, action: 'block' } }), {}],
  'transfer-not-allowed': [dials({ national: ALLOWED }), { forwarded: true }],
  'transfer-number-missing': [dials({ national: { ...ALLOWED, action: 'transfer-1' } }), {}],
  'country-unknown': [plain, { requestUri: { user: '+88299912345', host: 'one.example' } }],
  'spending-exceeded': [plain, { spent: [{ of: 'trunk', measure: 'minutes', used: 600, limit: 600 }] }],
  'fraud-suspected': [plain, { spent: [{ of: 'user', measure: 'range', used: 20, limit: 20 }] }],
  'origination-missing': [withTrunk({ origination: null }), inbound],
  'origination-disabled': [withTrunk({ origination: origination({ enabled: { value: false, rule } }) }), inbound],
  'no-route': [withTrunk({ origination: origination({ routes: [] }) }), inbound],
  'no-application': [whenTermination({ application: { id: 'app', rule } }), {}],
  'address-not-allowed': [
    plain,
    {
      leg: {
        kind: 'leg',
        parent: 'd1',
        trunk: 'test:one',
        account: 'test:account',
        username: null,
        vouched: null,
        placed: false,
      },
      requestUri: { user: 'x', host: CARRIER.host },
    },
  ],
  'source-denied': [
    borderOf(
      realm('core'),
      element('access-control', { 'realm-id': 'core', 'source-address': '198.51.100.0/24', access: 'deny' }),
    ),
    borderCall(),
  ],
  'anonymous-not-allowed': [borderOf(realm('core', {}, { 'allow-anonymous': 'agents-only' })), borderCall()],
  redirected: [borderOf(realm('core'), policy({}, { 'next-hop': '203.0.113.9', action: 'redirect' })), borderCall()],
  'next-hop-unavailable': [
    borderOf(
      realm('core'),
      element('session-agent', { hostname: '203.0.113.9', state: 'disabled' }),
      policy({}, { 'next-hop': '203.0.113.9' }),
    ),
    borderCall(),
  ],
  'no-carrier': [rulebookOf([trunk()], [OWN], []), {}],
};

/** Only a REGISTER comes to these: registration.test.ts. */
const OF_REGISTRATIONS: ReadonlySet<ReasonCode> = new Set(['registration-not-allowed', 'registration-of-another']);

describe('decide', () => {
  for (const code of Object.keys(REASONS) as ReasonCode[]) {
    if (REASONS[code].by === 'edge' || OF_REGISTRATIONS.has(code)) continue;
    test(`comes to ${code}`, () => {
      const scenario = SCENARIOS[code];
      assert.ok(scenario, `no scenario produces ${code}`);
      const [rulebook, changes] = scenario;
      const decision = decide(rulebook, attempt(changes), NOW);
      assert.equal(decision.reason, code);
      assert.equal(decision.status, REASONS[code].status);
      assert.equal(decision.revision, rulebook.revision);
      assert.equal(
        decision.trace.at(-1)?.outcome === 'pass',
        code === 'admitted',
        'the last step of the trace decides',
      );
      if (decision.verdict !== 'admit') assert.deepEqual(decision.targets, []);
    });
  }

  test('the same attempt decides the same', () => {
    assert.deepEqual(decide(plain, attempt(), NOW), decide(plain, attempt(), NOW));
  });

  test('within an admitted call nobody is asked for credentials again', () => {
    const decision = decide(plain, attempt({ digest: { outcome: 'in-dialog', username: null } }), NOW);
    assert.equal(decision.verdict, 'admit');
  });

  test('a challenge names the realm, and is stale only for an old or used nonce', () => {
    const challengeOf = (outcome: Parameters<typeof digest>[0]) =>
      decide(plain, attempt(digest(outcome)), NOW).challenge;
    assert.deepEqual(challengeOf('nonce-stale'), { realm: 'one.example', stale: true });
    assert.deepEqual(challengeOf('nonce-replayed'), { realm: 'one.example', stale: true });
    assert.deepEqual(challengeOf('wrong-response'), { realm: 'one.example', stale: false });
  });

  test('only a source that passed its check is trusted with the id of the decision', () => {
    const stranger = attempt({ source: { address: '203.0.113.5', port: 1, transport: 'udp', secure: false } });
    assert.equal(decide(plain, stranger, NOW).sourceTrusted, false);
    assert.equal(decide(plain, attempt({ digest: { outcome: 'none' } }), NOW).sourceTrusted, true);
  });

  test('1.18 10.1 a sender at ::ffff:a.b.c.d is a.b.c.d for the lists of sources', () => {
    const mapped = attempt({ source: { address: '::ffff:198.51.100.7', port: 1, transport: 'udp', secure: false } });
    assert.equal(decide(plain, mapped, NOW).verdict, 'admit');
    assert.equal(decide(plain, { ...mapped, ...toEdge }, NOW).trunk, 'test:one');
  });

  test('a trunk with neither sources nor credentials lets nobody in', () => {
    const open = whenTermination({ sources: null, digest: null });
    assert.equal(decide(open, attempt(), NOW).reason, 'source-not-allowed');
  });

  test('a trunk with credentials only takes any source', () => {
    const roaming = whenTermination({ sources: null });
    const far = attempt({ source: { address: '203.0.113.5', port: 1, transport: 'udp', secure: false } });
    assert.equal(decide(roaming, far, NOW).reason, 'admitted');
  });

  test('a sender that is bound to a trunk is asked neither for its address nor for credentials', () => {
    const bound = { blocks: sources('203.0.113.0/24')?.blocks ?? [], rule };
    const rules = rulebookOf([
      trunk({ termination: termination({ boundSources: bound }) }),
      trunk({
        id: 'test:two',
        hosts: ['two.example'],
        termination: termination({ sources: sources('203.0.113.0/24') }),
      }),
    ]);
    const source = { address: '203.0.113.5', port: 1, transport: 'udp', secure: false };
    const nothing = { digest: { outcome: 'none' } } as const;
    const decision = decide(rules, attempt({ ...toEdge, source, ...nothing }), NOW);
    assert.deepEqual([decision.trunk, decision.verdict], ['test:one', 'admit'], 'before trunks that only list it');
    assert.equal(decide(rules, attempt({ source, ...nothing }), NOW).verdict, 'admit');
    assert.equal(decide(rules, attempt(nothing), NOW).verdict, 'challenge', 'others are asked');
  });

  test('a trunk has statuses of its own; a challenge with one challenges no more', () => {
    const statuses = { 'credentials-wrong': 403, 'called-number-invalid': 400 };
    const rules = whenTermination({ statuses });
    const wrong = decide(rules, attempt(digest('wrong-response')), NOW);
    assert.deepEqual([wrong.verdict, wrong.status, wrong.challenge], ['refuse', 403, null]);
    assert.equal(decide(rules, attempt(digest('unknown-user')), NOW).status, 407);
    const text = attempt({ requestUri: { user: 'bob', host: 'one.example' } });
    assert.equal(decide(rules, text, NOW).status, 400);
  });

  test('carriers of the trunk stand for those of the gate, and none for none', () => {
    const own = { ...CARRIER, host: '192.0.2.77' };
    const through = (carriers: (typeof CARRIER)[]) => decide(whenTermination({ carriers }), attempt(), NOW);
    assert.deepEqual(
      through([own]).targets.map(({ route }) => route?.host),
      ['192.0.2.77'],
    );
    assert.equal(through([]).reason, 'no-carrier');
  });

  test('numbers of a risk are judged by their own lists, whatever the countries say', () => {
    const highRisk = { special: ['GB'], unallocated: ['LV'], rule };
    const rules = whenTermination({ countries: { allowed: ['US'], rule }, highRisk });
    const to = (user: string) => decide(rules, attempt({ requestUri: { user, host: 'one.example' } }), NOW).reason;
    assert.equal(to('+448431234567'), 'admitted');
    assert.equal(to('+37199999999'), 'admitted');
    assert.equal(to('+442079460000'), 'country-not-allowed');
    assert.equal(to('+19005551234'), 'high-risk-not-allowed');
    assert.equal(to('+37190001234'), 'high-risk-not-allowed');
  });

  test('headers of the vendor name the call and the number', () => {
    const headers = [
      ['X-Call', 'CA{id}'],
      ['Diversion', '<sip:{called}@x.example>'],
    ] as const;
    const decision = decide(withTrunk({ origination: origination({ headers }) }), attempt(inbound), NOW);
    assert.deepEqual(decision.targets[0]?.headers, [
      ['X-Call', 'CAa1'],
      ['Diversion', '<sip:+12065550199@x.example>'],
    ]);
  });

  test('a request to the edge itself finds its trunk by To, then From, then source', () => {
    const asked = { ...toEdge, callerIds: ['+12065550199'] };
    assert.equal(decide(plain, attempt({ ...asked, toHost: 'one.example' }), NOW).trunk, 'test:one');
    assert.equal(decide(plain, attempt({ ...asked, fromHost: 'one.example' }), NOW).trunk, 'test:one');
    assert.equal(decide(plain, attempt(asked), NOW).trunk, 'test:one');
  });

  test('10.9 calls abroad count only for calls abroad, by the country of the number shown', () => {
    const rules = whenTermination({ countries: { allowed: ['US', 'GB'], rule }, callerId: null });
    const spent = [{ of: 'user', measure: 'international', used: 3, limit: 3 }] as const;
    const reasonOf = (user: string, ...callerIds: string[]): ReasonCode =>
      decide(rules, attempt({ requestUri: { user, host: 'one.example' }, callerIds, spent }), NOW).reason;
    assert.equal(reasonOf('+12065550100', '+12065550199'), 'admitted');
    assert.equal(reasonOf('+442079460000', '+12065550199'), 'fraud-suspected');
    assert.equal(reasonOf('+442079460000', '+442079460001'), 'admitted');
    assert.equal(reasonOf('+12065550100'), 'admitted');
    assert.equal(reasonOf('+442079460000'), 'fraud-suspected');
  });

  test('10.9 the trace tells which limit is nearest, or which was reached', () => {
    const spent = [
      { of: 'trunk', measure: 'minutes', used: 10.129, limit: 600 },
      { of: 'user', measure: 'calls', used: 3, limit: 4 },
    ] as const;
    const stepOf = (changes: Partial<CallAttempt>) =>
      decide(plain, attempt(changes), NOW).trace.find(({ check }) => check === 'spending');
    assert.equal(stepOf({ spent })?.detail, 'the user has had 3 of 4 calls in a day');
    const reached = stepOf({ spent: [{ ...spent[0], limit: 10 }, spent[1]] });
    assert.partialDeepStrictEqual(reached, {
      outcome: 'refuse',
      detail: 'the trunk has had 10.12 of 10 minutes of answered calls in a day',
      rule: { resource: 'Settings', field: 'trunk-limits' },
    });
  });

  test('10.12 emergency calls pass whatever the caller id, the rate and the countries say', () => {
    const strict = whenTermination({
      countries: { allowed: ['GB'], rule },
      callsPerSecond: { limit: 1, rule },
      concurrentCalls: { limit: 1, rule },
    });
    for (const user of ['911', '112', '999']) {
      const call = attempt({
        requestUri: { user, host: 'one.example' },
        callerIds: ['bob'],
        callsInLastSecond: 50,
        callsInProgress: 50,
        spent: [{ of: 'trunk', measure: 'calls', used: 9, limit: 9 }],
      });
      assert.equal(decide(strict, call, NOW).reason, 'admitted', user);
    }
  });

  test('an emergency call goes where the trunk says', () => {
    const emergency = [{ country: 'US', number: '+12065550911', testNumber: '+12065550933', rule }];
    const routed = whenTermination({ emergency });
    const target = (user: string) =>
      decide(routed, attempt({ requestUri: { user, host: 'one.example' } }), NOW).targets[0]?.user;
    assert.equal(target('911'), '+12065550911');
    assert.equal(target('933'), '+12065550933');
  });

  test('10.14 the default number stands in for a caller that shows none, not for one that shows a foreign number', () => {
    const callerId = { fallback: '+12065550177', rule };
    const fallback = rulebookOf([trunk({ termination: termination({ callerId }) })], [OWN, number('+12065550177')]);
    assert.equal(decide(fallback, attempt({ callerIds: ['anonymous'] }), NOW).caller, '+12065550177');
    assert.equal(decide(fallback, attempt({ callerIds: ['+12065550111'] }), NOW).reason, 'caller-id-not-owned');
  });

  test('the default number must be the account’s like one that the caller states', () => {
    const foreign = trunk({ termination: termination({ callerId: { fallback: '+12065550111', rule } }) });
    const silent = attempt({ callerIds: ['anonymous'] });
    const { reason, trace } = decide(rulebookOf([foreign], [OWN]), silent, NOW);
    assert.equal(reason, 'caller-id-not-owned');
    assert.match(trace.at(-1)?.detail ?? '', /\+12065550111, which stands in, is no number of the account/);
    assert.equal(decide(rulebookOf([foreign], [OWN]), attempt({}), NOW).reason, 'admitted', 'nobody is shown it');
    const without = decide(rulebookOf([foreign]), silent, NOW);
    assert.deepEqual(
      [without.reason, without.caller],
      ['admitted', '+12065550111'],
      'nothing is there to compare with',
    );
  });

  test('every number that the caller states must be the account’s, and the trace names the one that is not', () => {
    const withTwo = rulebookOf([trunk()], [OWN, number('+12065550177')]);
    const stating = (...callerIds: string[]) => decide(withTwo, attempt({ callerIds }), NOW);
    for (const callerIds of [
      ['+12065550199', '+12065550111'],
      ['+12065550111', '+12065550199'],
      ['+12065550199', '+12065550177', '12065550111'],
    ]) {
      const { reason, trace } = stating(...callerIds);
      assert.equal(reason, 'caller-id-not-owned', callerIds.join());
      assert.match(trace.at(-1)?.detail ?? '', /^\+12065550111 is no number of the account/);
    }
    assert.equal(stating('+12065550177', '+12065550199').caller, '+12065550177');
    assert.equal(stating('+12065550199', 'anonymous').reason, 'admitted', 'who hides in From is asserted all the same');
    assert.equal(stating('alice', '+12065550199').caller, '+12065550199');
  });

  test('an account without numbers is not asked for one', () => {
    assert.equal(decide(rulebookOf([trunk()]), attempt({ callerIds: ['bob'] }), NOW).reason, 'admitted');
  });

  test('10.8 neighbours in the plan, satellites and premium numbers do not pass as national', () => {
    for (const [user, reason] of [
      ['+18095551234', 'country-not-allowed'],
      ['+18765551234', 'country-not-allowed'],
      ['+14165551234', 'country-not-allowed'],
      ['+881612345678', 'country-unknown'],
      ['+97912345678', 'country-unknown'],
      ['+19995551234', 'country-unknown'],
      ['+19005551234', 'premium-not-allowed'],
    ] as const) {
      assert.equal(decide(plain, attempt({ requestUri: { user, host: 'one.example' } }), NOW).reason, reason, user);
    }
  });

  test('10.11 rules that miss a change decide for five minutes, then for emergency calls only', () => {
    const reason = (since: number, changes: Partial<CallAttempt> = {}) =>
      decide(behind(NOW - since), attempt(changes), NOW).reason;
    const help = { requestUri: { user: '911', host: 'one.example' } };
    assert.equal(reason(299_999), 'admitted');
    assert.equal(reason(300_000), 'rules-too-old');
    assert.equal(reason(300_000, inbound), 'rules-too-old');
    assert.equal(reason(300_000, help), 'admitted');
    const stranger = { source: { address: '203.0.113.5', port: 1, transport: 'udp', secure: false } };
    assert.equal(reason(300_000, stranger), 'source-not-allowed');
  });

  test('10.8 nothing but the listed countries may be called; numbers that are too dear not even there', () => {
    const reason = (allowed: string[], user: string) =>
      decide(
        whenTermination({ countries: { allowed, rule } }),
        attempt({ requestUri: { user, host: 'one.example' } }),
        NOW,
      ).reason;
    assert.equal(reason([], '+12065550100'), 'country-not-allowed');
    assert.equal(reason(['US'], '+12065550100'), 'admitted');
    assert.equal(reason(['US'], '+442079460000'), 'country-not-allowed');
    assert.equal(reason(['US', 'GB', 'DO'], '+18095551234'), 'admitted');
    assert.equal(reason(['DO'], '+12065550100'), 'country-not-allowed');
    assert.equal(reason(['US', 'GB'], '+449098790000'), 'premium-not-allowed');
    for (const user of ['+881612345678', '+882161234567', '+883510012345', '+979123456789'])
      assert.notEqual(reason(['US', 'GB', 'DO'], user), 'admitted', user);
    // Where a trunk lists no countries at all, satellites and premium numbers are off all the same.
    const open = whenTermination({ countries: null });
    for (const user of ['+19005551234', '+979123456789']) {
      const { reason: why } = decide(open, attempt({ requestUri: { user, host: 'one.example' } }), NOW);
      assert.equal(why, 'premium-not-allowed', user);
    }
  });

  test('10.10 visual separators and a missing plus sign do not hide the country', () => {
    for (const user of ['+44-20-7946-0000', '442079460000', '+1 (809) 555-1234']) {
      assert.equal(
        decide(plain, attempt({ requestUri: { user, host: 'one.example' } }), NOW).reason,
        'country-not-allowed',
        user,
      );
    }
  });

  test('a group tries its trunks by priority and skips those that cannot take the call', () => {
    const routeTo = (host: string) => origination({ routes: [{ ...CARRIER, host }] });
    const rulebook = rulebookOf(
      [
        trunk({ id: 'test:a', hosts: ['a.example'], origination: routeTo('10.0.0.1') }),
        trunk({ id: 'test:b', hosts: ['b.example'], origination: origination({ enabled: { value: false, rule } }) }),
        trunk({ id: 'test:c', hosts: ['c.example'], origination: routeTo('10.0.0.3') }),
      ],
      [number('+12065550199', { assignment: { kind: 'group', id: 'test:g' } })],
    );
    const members = [
      { trunk: 'test:c', priority: 3 },
      { trunk: 'test:a', priority: 1 },
      { trunk: 'test:b', priority: 2 },
    ];
    rulebook.apply(8, [{ kind: 'group', id: 'test:g', entry: { id: 'test:g', members, rule } }]);
    const hosts = decide(rulebook, attempt(inbound), NOW).targets.map((target) => target.route?.host);
    assert.deepEqual(hosts, ['10.0.0.1', '10.0.0.3']);
  });

  test('6.10 a trunk that is full is passed over by its group, and refuses alone', () => {
    const callsPerSecond = { limit: 2, rule };
    const concurrentCalls = { limit: 5, rule };
    const full = (id: string, host: string) =>
      trunk({
        id,
        hosts: [`${id}.example`],
        origination: origination({ callsPerSecond, concurrentCalls, routes: [{ ...CARRIER, host }] }),
      });
    const rulebook = rulebookOf(
      [full('test:a', '10.0.0.1'), full('test:b', '10.0.0.2')],
      [number('+12065550199', { assignment: { kind: 'group', id: 'test:g' } })],
    );
    const members = ['test:a', 'test:b'].map((id, index) => ({ trunk: id, priority: index + 1 }));
    rulebook.apply(8, [{ kind: 'group', id: 'test:g', entry: { id: 'test:g', members, rule } }]);
    const usage = (changes: object, other: object = {}) =>
      [
        ['test:a', changes],
        ['test:b', other],
      ].map(([id, busy]) => ({
        trunk: id as string,
        callsInLastSecond: 0,
        callsInProgress: 0,
        spent: [],
        ...(busy as object),
      }));
    const spent = [{ of: 'trunk', measure: 'concurrent', used: 3, limit: 3 }] as const;
    for (const [busy, reason] of [
      [{ callsInLastSecond: 2 }, 'rate-exceeded'],
      [{ callsInProgress: 5 }, 'concurrency-exceeded'],
      [{ spent }, 'concurrency-exceeded'],
    ] as const) {
      const next = decide(rulebook, attempt({ ...inbound, usage: usage(busy) }), NOW);
      assert.deepEqual([next.reason, next.trunk, next.targets.length], ['admitted', 'test:b', 1]);
      assert.ok(next.trace.some(({ outcome, detail }) => outcome === 'skip' && detail.startsWith('test:a')));
      const refused = decide(rulebook, attempt({ ...inbound, usage: usage(busy, busy) }), NOW);
      assert.deepEqual([refused.reason, refused.trunk], [reason, 'test:a']);
      assert.ok((refused.retryAfter ?? 0) > 0);
    }
    // One without routes is no way round the other's limit.
    rulebook.apply(9, [
      { kind: 'trunk', id: 'test:b', entry: trunk({ id: 'test:b', origination: origination({ routes: [] }) }) },
    ]);
    const alone = decide(rulebook, attempt({ ...inbound, usage: usage({ callsInLastSecond: 2 }) }), NOW);
    assert.equal(alone.reason, 'rate-exceeded');
  });
});
