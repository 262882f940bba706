import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Element } from './element.ts';
import { verify } from './verify.ts';

type Values = Readonly<Record<string, string | readonly string[]>>;

function element(type: string, values: Values, subElements: readonly Element[] = []): Element {
  const attributes = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  );
  return { type, attributes, subElements };
}

const core = element('realm-config', { identifier: 'core' });
const peer = element('realm-config', { identifier: 'peer' });

function interfaceOf(realm: string, ports: readonly Values[], state = 'enabled'): Element {
  return element(
    'sip-interface',
    { 'realm-id': realm, state },
    ports.map((port) => element('sip-port', port)),
  );
}

function policy(...hops: readonly Values[]): Element {
  const values = { 'from-address': ['*'], 'to-address': ['1'], 'source-realm': ['core'] };
  return element(
    'local-policy',
    values,
    hops.map((hop) => element('policy-attribute', hop)),
  );
}

function faultsOf(...elements: readonly Element[]): [message: string, blocks: boolean][] {
  return verify([core, peer, ...elements]).map(({ message, blocks }) => [message, blocks]);
}

test('a configuration in order has no faults', () => {
  const elements = [
    interfaceOf('core', [{ address: '192.0.2.1' }, { address: '192.0.2.1', 'transport-protocol': 'TCP' }]),
    interfaceOf('peer', [{ address: '192.0.2.1', port: '5062' }]),
    element('session-agent', { hostname: 'pbx', 'realm-id': '*' }),
    element('session-group', { 'group-name': 'all', dest: ['pbx', '192.0.2.9', 'sip.example.com'] }),
    policy({ 'next-hop': 'SAG:all', realm: 'peer' }, { 'next-hop': 'pbx' }, { 'next-hop': '192.0.2.9:5070' }),
  ];
  assert.deepEqual(faultsOf(...elements), []);
});

test('mentions of what is not there, in elements and inside of them', () => {
  assert.deepEqual(
    faultsOf(
      element('access-control', { 'realm-id': 'cores' }),
      interfaceOf('core', [{ address: '192.0.2.1', 'tls-profile': 'p' }]),
      policy({ 'next-hop': 'SAG:none', realm: 'gone' }),
      element('session-group', { 'group-name': 'g', dest: ['nobody'] }),
    ),
    [
      ['access-control cores, 0.0.0.0, 0.0.0.0, ALL: realm-id names realm-config cores, which does not exist', true],
      ['sip-interface core: tls-profile names tls-profile p, which does not exist', true],
      ['local-policy *, 1, core: next-hop names session-group none, which does not exist', true],
      ['local-policy *, 1, core: realm names realm-config gone, which does not exist', true],
      ['session-group g: dest names nobody, which is neither a session-agent nor a session-group', true],
    ],
  );
});

test('an access rule of no realm, which would keep nobody out', () => {
  const rule = (realm: Record<string, string>) =>
    element('access-control', { ...realm, 'source-address': '192.0.2.9', access: 'deny' });
  for (const rest of [rule({}), rule({ 'realm-id': '' })])
    assert.deepEqual(faultsOf(rest), [
      ['access-control 192.0.2.9, 0.0.0.0, ALL: realm-id is empty: it holds in no realm', true],
    ]);
  assert.deepEqual(faultsOf(rule({ 'realm-id': 'core' })), []);
});

test('an access rule for no application needs a destination (reference §9)', () => {
  const rule = { 'realm-id': 'core', 'application-protocol': 'NONE' };
  const faulty = faultsOf(element('access-control', rule));
  assert.deepEqual(faulty, [
    [
      'access-control core, 0.0.0.0, 0.0.0.0, NONE, ALL: application-protocol is NONE, which needs a destination-address',
      true,
    ],
  ]);
  assert.deepEqual(faultsOf(element('access-control', { ...rule, 'destination-address': '192.0.2.1:5060' })), []);
});

test('groups that lead back to themselves', () => {
  const group = (name: string, ...dest: readonly string[]) => element('session-group', { 'group-name': name, dest });
  assert.deepEqual(faultsOf(group('own', '192.0.2.9', 'own'), group('prefixed', 'SAG:prefixed')), [
    ['session-group own: dest names own, which leads back to this group', true],
    ['session-group prefixed: dest names SAG:prefixed, which leads back to this group', true],
  ]);
  assert.deepEqual(
    faultsOf(group('a', 'b'), group('b', 'c'), group('c', 'a'), group('d', 'a', 'e'), group('e')).map(([text]) => text),
    [
      'session-group a: dest names b, which leads back to this group',
      'session-group b: dest names c, which leads back to this group',
      'session-group c: dest names a, which leads back to this group',
    ],
  );
});

test('listeners at one place: TLS and TCP are one, every address is each, a disabled interface listens nowhere', () => {
  const at = (realm: string, port: Values, state?: string) =>
    interfaceOf(realm, [{ address: '192.0.2.1', ...port }], state);
  const overlaps = (...elements: readonly Element[]) => faultsOf(...elements).length;
  assert.deepEqual(faultsOf(at('core', {}), at('peer', {})), [
    ['sip-interface peer: sip-port UDP 192.0.2.1:5060 overlaps with one of sip-interface core', true],
  ]);
  assert.equal(overlaps(at('core', { 'transport-protocol': 'TLS' }), at('peer', { 'transport-protocol': 'TCP' })), 1);
  assert.equal(overlaps(at('core', {}), at('peer', { address: '0.0.0.0' })), 1);
  assert.equal(overlaps(at('core', {}), at('peer', { port: '5061' })), 0);
  assert.equal(overlaps(at('core', {}), at('peer', {}, 'disabled')), 0);
});

test('TLS with a profile needs its certificate', () => {
  const listener = interfaceOf('core', [{ address: '192.0.2.1', 'transport-protocol': 'TLS', 'tls-profile': 'p' }]);
  const profile = element('tls-profile', { name: 'p', 'end-entity-certificate': 'c' });
  const record = element('certificate-record', { name: 'c' });
  assert.deepEqual(faultsOf(listener, profile, record), [
    ['sip-interface core: tls-profile names tls-profile p, for whose certificate-record c none was imported', true],
  ]);
  const certificate = { requestKey: null, key: 'sealed', chain: ['pem'] };
  assert.deepEqual(faultsOf(listener, profile, { ...record, certificate }), []);
  assert.deepEqual(faultsOf(profile, record), []);
  assert.match(
    faultsOf(listener, element('tls-profile', { name: 'p' }))[0]?.[0] ?? '',
    /end-entity-certificate is empty/,
  );
});

test('policies that lead nowhere are told, and do not keep the others from being activated', () => {
  const empty = element('session-group', { 'group-name': 'empty' });
  const texts = (...hops: readonly Values[]) => faultsOf(policy(...hops), empty);
  for (const hops of [[], [{ 'next-hop': 'pbx.example.com', state: 'disabled' }]])
    assert.deepEqual(texts(...hops), [
      ['local-policy *, 1, core: it has no policy-attribute that is enabled: it routes nowhere', false],
    ]);
  for (const [hop, why] of [
    ['SAG:empty', 'has no members'],
    ['lrt:table', 'cannot be looked up here'],
    ['nobody', 'neither a session-agent nor an address'],
  ] as const) {
    const [found, ...others] = texts({ 'next-hop': hop });
    assert.match(
      found?.[0] ?? '',
      new RegExp(`^local-policy \\*, 1, core: next-hop of policy-attribute is ${hop}, .*${why}`),
    );
    assert.deepEqual([found?.[1], others], [false, []]);
  }
});

test('a lookup of the result is told not to be served, and refused for a group', () => {
  const group = element('session-group', { 'group-name': 'g', dest: '192.0.2.9' });
  const lookup = 'multi';
  assert.deepEqual(faultsOf(policy({ 'next-hop': '192.0.2.9', lookup }, { 'next-hop': 'SAG:g', lookup }), group), [
    [
      'local-policy *, 1, core: lookup of policy-attribute 192.0.2.9 is multi, which is not served: calls go to the next hop itself',
      false,
    ],
    ['local-policy *, 1, core: lookup of policy-attribute SAG:g is multi, a group cannot be looked up', true],
  ]);
});
