import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { borderOf, element, policy, realm } from '../../test/support/border-rules.ts';
import { routesFor, type PolicyQuery } from './policy.ts';

/** A Wednesday, half past ten where the test runs. */
const NOW = new Date(2026, 10, 18, 10, 30).getTime();

/** The next hops for a call, best first. */
function hops(elements: readonly ReturnType<typeof policy>[], changes: Partial<PolicyQuery> = {}): string[] {
  const rulebook = borderOf(realm('core'), elements);
  const query: PolicyQuery = {
    trunk: 'oracle:core',
    from: { user: '2125550100', host: 'pbx.example' },
    to: { user: '1234567', host: '192.0.2.1' },
    method: 'INVITE',
    now: NOW,
    ...changes,
  };
  const found = routesFor(rulebook.borders[0]?.policies ?? [], query);
  return found.map(({ route }) => (route.hop.kind === 'address' ? route.hop.host : route.hop.kind));
}

describe('routesFor', () => {
  test('matches digits from the left, the longest first, and anything last', () => {
    const policies = [
      policy({}, { 'next-hop': 'any.example' }),
      policy({ 'to-address': '12' }, { 'next-hop': 'short.example' }),
      policy({ 'to-address': '123' }, { 'next-hop': 'long.example' }),
    ];
    assert.deepEqual(hops(policies), ['long.example', 'short.example', 'any.example']);
    assert.deepEqual(hops(policies, { to: { user: '21234', host: null } }), ['any.example']);
    assert.deepEqual(hops(policies, { to: { user: '12-9', host: null } }), ['short.example', 'any.example']);
  });

  test('prefers a lower cost to a longer match', () => {
    const policies = [
      policy({ 'to-address': '123' }, { 'next-hop': 'dear.example', cost: '5' }),
      policy({}, { 'next-hop': 'cheap.example', cost: '1' }),
    ];
    assert.deepEqual(hops(policies), ['cheap.example', 'dear.example']);
  });

  test('ranks by the caller after whom it calls, then by fewer days, then by a shorter time of day', () => {
    const policies = [
      policy({}, { 'next-hop': 'always.example' }, { 'next-hop': 'weekdays.example', 'days-of-week': 'M-F' }),
      policy({ 'from-address': '212' }, { 'next-hop': 'caller.example' }),
      policy({ 'from-address': 'example' }, { 'next-hop': 'domain.example' }),
      policy({}, { 'next-hop': 'morning.example', 'start-time': '0800', 'end-time': '1200' }),
    ];
    assert.deepEqual(hops(policies), [
      'domain.example',
      'caller.example',
      'weekdays.example',
      'morning.example',
      'always.example',
    ]);
  });

  test('matches hosts as themselves and as domains above them', () => {
    const policies = [policy({ 'from-address': 'pbx.example' }, { 'next-hop': 'a.example' })];
    assert.deepEqual(hops(policies), ['a.example']);
    assert.deepEqual(hops(policies, { from: { user: '1', host: 'two.pbx.example' } }), ['a.example']);
    assert.deepEqual(hops(policies, { from: { user: '1', host: 'otherpbx.example' } }), []);
  });

  test('keeps to realms, state, dates, days, hours and methods', () => {
    const only = (values: Record<string, string>, route: Record<string, string> = {}): string[] =>
      hops([policy(values, { 'next-hop': 'a.example', ...route })]);
    assert.deepEqual(only({ 'source-realm': 'core' }), ['a.example']);
    assert.deepEqual(only({ 'source-realm': 'peer' }), []);
    assert.deepEqual(only({ state: 'disabled' }), []);
    assert.deepEqual(only({ 'activate-time': '2026-11-18 10:30:00' }), ['a.example']);
    assert.deepEqual(only({ 'activate-time': '2026-11-18 10:30:01' }), []);
    assert.deepEqual(only({ 'deactivate-time': '2026-11-18 10:30:00' }), []);
    assert.deepEqual(only({}, { state: 'disabled' }), []);
    assert.deepEqual(only({}, { 'days-of-week': 'S-U' }), []);
    assert.deepEqual(only({}, { 'days-of-week': 'F-W' }), ['a.example']);
    assert.deepEqual(only({}, { 'days-of-week': 'UWS' }), ['a.example']);
    assert.deepEqual(only({}, { 'days-of-week': 'H' }), []);
    assert.deepEqual(only({}, { 'start-time': '1031' }), []);
    assert.deepEqual(only({}, { 'end-time': '1030' }), []);
    assert.deepEqual(only({}, { methods: 'INVITE' }), ['a.example']);
    assert.deepEqual(only({}, { methods: 'MESSAGE' }), []);
    assert.deepEqual(only({}, { 'app-protocol': 'H323' }), []);
  });

  test('tries nothing behind a route that ends recursion', () => {
    const policies = [
      policy(
        {},
        { 'next-hop': 'a.example', cost: '1' },
        { 'next-hop': 'b.example', cost: '2', 'terminate-recursion': 'enabled' },
        { 'next-hop': 'c.example', cost: '3' },
      ),
    ];
    assert.deepEqual(hops(policies), ['a.example', 'b.example']);
  });

  test('knows agents, groups, addresses and what is not served', () => {
    const rulebook = borderOf(
      realm('core'),
      element('session-agent', { hostname: 'Agent.example' }),
      policy(
        {},
        { 'next-hop': 'agent.example' },
        { 'next-hop': 'sag:one' },
        { 'next-hop': '192.0.2.9:5080' },
        { 'next-hop': 'lrt:t' },
      ),
    );
    const routes = rulebook.borders[0]?.policies[0]?.routes ?? [];
    assert.deepEqual(
      routes.map(({ hop }) => hop),
      [
        { kind: 'agent', id: 'oracle:agent/agent.example' },
        { kind: 'group', id: 'oracle:group/one' },
        { kind: 'address', host: '192.0.2.9', port: 5080 },
        { kind: 'unknown', text: 'lrt:t' },
      ],
    );
  });
});
