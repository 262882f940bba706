import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attempt, number, registration, rulebookOf, sources, termination, trunk } from '../../../test/support/rules.ts';
import type { RegistrationAttempt } from '../attempt.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Trunk } from '../trunk.ts';
import { decide } from './decide.ts';
import type { ReasonCode } from './reasons.ts';
import { decideRegistration } from './registration.ts';

const NOW = Date.UTC(2026, 10, 21);

function register(changes: Partial<RegistrationAttempt> = {}): RegistrationAttempt {
  const { id, source, addressedToEdge, toHost, fromHost, digest } = attempt();
  return {
    id,
    source,
    addressedToEdge,
    toHost,
    fromHost,
    digest,
    requestUri: { user: null, host: 'one.example' },
    addressOfRecord: { user: 'jdoe', host: 'one.example', atEdge: false },
    ...changes,
  };
}

const rulesOf = (changes: Partial<Trunk> = {}): Rulebook =>
  rulebookOf([trunk({ registration: registration(), ...changes })]);
const when = (changes: Parameters<typeof termination>[0]): Rulebook => rulesOf({ termination: termination(changes) });
const rule = registration().rule;

const SCENARIOS: readonly [ReasonCode, number, Rulebook, Partial<RegistrationAttempt>][] = [
  ['admitted', 200, rulesOf(), {}],
  ['unknown-host', 404, rulesOf(), { requestUri: { user: null, host: 'two.example' } }],
  ['registration-not-allowed', 403, rulesOf({ registration: null }), {}],
  ['termination-missing', 403, rulesOf({ termination: null }), {}],
  ['termination-disabled', 403, when({ enabled: { value: false, rule } }), {}],
  ['encryption-required', 403, rulesOf({ encryption: { required: true, rule } }), {}],
  ['source-not-allowed', 403, rulesOf({ registration: registration({ sources: sources('203.0.113.0/24') }) }), {}],
  ['credentials-required', 401, rulesOf(), { digest: { outcome: 'none' } }],
  ['credentials-malformed', 401, rulesOf(), { digest: { outcome: 'malformed' } }],
  ['credentials-unknown-user', 401, rulesOf(), { digest: { outcome: 'unknown-user', username: 'x' } }],
  ['credentials-wrong', 401, rulesOf(), { digest: { outcome: 'wrong-response', username: 'jdoe' } }],
  ['nonce-stale', 401, rulesOf(), { digest: { outcome: 'nonce-stale', username: 'jdoe' } }],
  ['registration-of-another', 403, rulesOf(), { digest: { outcome: 'valid', username: 'bob' } }],
  [
    'registration-of-another',
    403,
    rulesOf(),
    { addressOfRecord: { user: 'jdoe', host: 'two.example', atEdge: false } },
  ],
  ['registration-of-another', 403, rulesOf(), { addressOfRecord: { user: null, host: 'one.example', atEdge: false } }],
];

describe('7.1 a registration is decided like a call', () => {
  for (const [reason, status, rules, changes] of SCENARIOS)
    test(`it comes to ${reason} (${JSON.stringify(changes)})`, () => {
      const decision = decideRegistration(rules, register(changes), NOW);
      assert.equal(decision.reason, reason);
      assert.equal(decision.status, status);
      assert.equal(decision.direction, 'registration');
      assert.equal(decision.trace.at(-1)?.outcome === 'pass', reason === 'admitted');
      assert.deepEqual(decision.challenge !== null, status === 401);
    });

  test('the checks run in the order of RFC 3261 §10.3', () => {
    const { trace } = decideRegistration(rulesOf(), register(), NOW);
    assert.deepEqual(
      trace.map(({ check }) => check),
      [
        'identify',
        'registration',
        'enabled',
        'transport-security',
        'source',
        'digest',
        'address-of-record',
      ] /* prettier-ignore */,
    );
  });

  test('registering has credentials of its own; those of calls are another matter', () => {
    const own = { ...registration().digest, realm: 'phones.example', credentialSets: ['phones'] };
    const rules = rulesOf({ registration: registration({ digest: own }), termination: termination({ digest: null }) });
    const asked = decideRegistration(rules, register({ digest: { outcome: 'none' } }), NOW);
    assert.deepEqual(asked.challenge, { realm: 'phones.example', stale: false });
    assert.equal(decide(rules, attempt({ digest: { outcome: 'none' } }), NOW).reason, 'admitted');
  });

  test('a trunk without a source list takes registrations from anywhere: the password decides', () => {
    const far = { address: '203.0.113.5', port: 1, transport: 'udp', secure: false };
    const open = rulesOf({ registration: registration({ sources: null }) });
    assert.equal(decideRegistration(open, register({ source: far }), NOW).reason, 'admitted');
  });

  test('an address at the edge itself is of the trunk that the request names', () => {
    const addressOfRecord = { user: 'jdoe', host: '192.0.2.1', atEdge: true };
    assert.equal(decideRegistration(rulesOf(), register({ addressOfRecord }), NOW).reason, 'admitted');
  });
});

describe('a number of a registered user', () => {
  const assigned = number('+12065550199', { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
  const inbound = attempt({ fromCarrier: true, requestUri: { user: '+12065550199', host: '192.0.2.1' } });

  test('leads to the user, wherever registered', () => {
    const rules = rulebookOf([trunk({ registration: registration() })], [assigned]);
    const decision = decide(rules, inbound, NOW);
    assert.equal(decision.reason, 'admitted');
    assert.deepEqual(decision.targets, [{ trunk: 'test:one', user: 'jdoe', route: null, headers: [] }]);
  });

  test('leads nowhere when the trunk takes no registrations', () => {
    assert.equal(decide(rulebookOf([trunk()], [assigned]), inbound, NOW).reason, 'no-route');
  });
});
