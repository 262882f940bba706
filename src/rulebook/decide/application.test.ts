import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  attempt,
  CARRIER,
  number,
  origination,
  registration,
  rulebookOf,
  termination,
  trunk,
} from '../../../test/support/rules.ts';
import type { CallAttempt } from '../attempt.ts';
import type { LegClaim } from '../call-pass.ts';
import type { Rulebook } from '../rulebook.ts';
import type { NumberEntry } from '../trunk.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';

const rule = CARRIER.rule;
const APPLICATIONS = { ...CARRIER, host: '127.0.0.1', port: 5090, builtIn: true };
const users = trunk({ id: 'test:users', hosts: ['users.example'], registration: registration() });
const others = trunk({
  id: 'test:others',
  account: 'test:other',
  hosts: ['others.example'],
  registration: registration(),
});
const plain = rulebookOf(
  [trunk({ termination: termination({ application: { id: 'app', rule } }) }), users, others],
  [number('+12065550199')],
  [CARRIER],
  APPLICATIONS,
);
const NUMBER = { requestUri: { user: '+12065550100', host: '192.0.2.1' }, addressedToEdge: true };
const ROUTE = { ...CARRIER, host: '192.0.2.77' };
const PLACE = { host: 'far.example', port: null, transport: null };

/** The decision about a leg of an application of trunk one. */
function leg(changes: Partial<CallAttempt>, claim: Partial<LegClaim> = {}, rulebook: Rulebook = plain): Decision {
  const own: LegClaim = {
    kind: 'leg',
    parent: 'd1',
    trunk: 'test:one',
    account: 'test:account',
    username: null,
    vouched: null,
    placed: false,
    ...claim,
  };
  return decide(rulebook, attempt({ digest: { outcome: 'none' }, leg: own, ...changes }), 0);
}

test('a call of a trunk with an application goes there, whatever it dialled, once it proved itself', () => {
  const decision = decide(plain, attempt({ requestUri: { user: 'menu', host: 'one.example' } }), 0);
  assert.equal(decision.reason, 'admitted');
  assert.deepEqual(
    decision.targets.map(({ route, application }) => [route?.port, application]),
    [[5090, 'app']],
  );
  assert.equal(decision.caller, '+12065550199');
  assert.equal(decide(plain, attempt({ digest: { outcome: 'none' } }), 0).verdict, 'challenge');
});

test('a call of the telephone network to a number with an application goes there', () => {
  const assignment = { kind: 'application', id: 'test:one', application: 'menu' } as const;
  const call = attempt({ fromCarrier: true, requestUri: { user: '+12065550199', host: '192.0.2.1' } });
  const numbers = [number('+12065550199', { assignment })];
  const decision = decide(rulebookOf([trunk()], numbers, [CARRIER], APPLICATIONS), call, 0);
  assert.deepEqual(
    [decision.reason, decision.direction, decision.account],
    ['admitted', 'origination', 'test:account'],
  );
  assert.deepEqual(
    decision.targets.map((target) => [target.trunk, target.user, target.route?.port, target.application]),
    [['test:one', '+12065550199', 5090, 'menu']],
  );
  assert.equal(decide(rulebookOf([trunk()], numbers), call, 0).reason, 'no-application');
});

describe('a leg', () => {
  test('to a number goes to the carriers by the rules of its trunk, with a trace', () => {
    const decision = leg(NUMBER);
    assert.deepEqual(
      [decision.reason, decision.direction, decision.parent, decision.targets[0]?.route?.host],
      ['admitted', 'termination', 'd1', CARRIER.host],
    );
    assert.deepEqual(
      decision.trace.map(({ check }) => check),
      ['identify', 'enabled', 'called-number', 'caller-id', 'country', 'spending', 'route'],
    );
    assert.equal(leg({ ...NUMBER, callerIds: ['+12065550111'] }).reason, 'caller-id-not-owned');
  });

  test('to a number of the account itself is delivered there, to one of another account goes out', () => {
    const own = (account: string, assignment: NumberEntry['assignment']) =>
      leg(
        NUMBER,
        {},
        rulebookOf(
          [trunk(), trunk({ id: 'test:pbx', hosts: ['pbx.example'], origination: origination({ routes: [ROUTE] }) })],
          [number('+12065550199'), number('+12065550100', { account, assignment })],
          [CARRIER],
        ),
      );
    const assigned = { kind: 'trunk', id: 'test:pbx' } as const;
    const decision = own('test:account', assigned);
    assert.deepEqual(
      [decision.reason, decision.direction, decision.targets.map(({ trunk: by, route }) => [by, route?.host])],
      ['admitted', 'origination', [['test:pbx', ROUTE.host]]],
    );
    assert.equal(own('test:account', null).reason, 'number-not-assigned');
    assert.deepEqual(own('test:other', assigned).targets[0]?.route?.host, CARRIER.host);
  });

  test('to a user goes where it is registered, of the same account only', () => {
    const decision = leg({ requestUri: { user: 'jdoe', host: 'users.example' } });
    assert.deepEqual([decision.targets[0]?.trunk, decision.targets[0]?.route], ['test:users', null]);
    assert.equal(leg({ requestUri: { user: 'jdoe', host: 'others.example' } }).reason, 'address-not-allowed');
  });

  test('to a place elsewhere keeps its URI', () => {
    const uri = 'sip:bob@far.example;x=y';
    const decision = leg({ requestUri: { user: 'bob', host: 'far.example' }, uri, place: PLACE });
    assert.deepEqual([decision.direction, decision.targets[0]?.uri], ['origination', uri]);
    assert.equal(leg({ requestUri: { user: 'bob', host: 'far.example' } }).reason, 'address-not-allowed');
  });

  test('shows a number of the account, or the caller whom the telephone network vouched for', () => {
    const stranger = { ...NUMBER, callerIds: ['+12125550142'] };
    assert.equal(leg(stranger).reason, 'caller-id-not-owned');
    assert.equal(leg(stranger, { vouched: '+12125550143' }).reason, 'caller-id-not-owned');
    const decision = leg(stranger, { vouched: '+12125550142' });
    assert.deepEqual([decision.reason, decision.caller], ['admitted', '+12125550142']);
  });

  test('of a trunk that is gone, or switched off, is refused', () => {
    assert.equal(leg(NUMBER, { trunk: 'test:gone' }).reason, 'unknown-host');
    const off = rulebookOf([trunk({ termination: termination({ enabled: { value: false, rule } }) })]);
    assert.equal(leg(NUMBER, {}, off).reason, 'termination-disabled');
  });

  test('that begins a call counts as one, by the rules of a trunk of the account', () => {
    const placed = { trunk: null, placed: true };
    assert.equal(leg(NUMBER, placed).trunk, 'test:one');
    assert.equal(leg(NUMBER, placed).parent, undefined);
    assert.equal(leg({ ...NUMBER, callsInLastSecond: 2 }, placed).reason, 'rate-exceeded');
    assert.equal(leg({ ...NUMBER, callsInLastSecond: 2 }).reason, 'admitted');
    const premium = { ...NUMBER, requestUri: { user: '+19005551234', host: '' } };
    assert.equal(leg(premium, { ...placed, account: 'test:bare' }).reason, 'premium-not-allowed');
    assert.equal(leg(NUMBER, { ...placed, account: 'test:bare' }).reason, 'admitted');
  });
});
