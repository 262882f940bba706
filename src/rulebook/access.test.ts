import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { borderOf, element, realm } from '../../test/support/border-rules.ts';
import { accessRuleFor, type Packet } from './access.ts';

const PACKET: Packet = {
  transport: 'udp',
  address: '10.1.2.3',
  port: 5060,
  local: { address: '192.0.2.1', port: 5060 },
};

/** The source-address of the entry that decides, among entries of these. */
function decider(
  entries: readonly { readonly access?: string; readonly [name: string]: string | undefined }[],
  changes: Partial<Packet> = {},
): string | undefined {
  const rulebook = borderOf(
    realm('core'),
    entries.map(({ access = 'permit', ...values }) =>
      element('access-control', { 'realm-id': 'core', access, ...given(values) }),
    ),
  );
  const rules = rulebook.trunk('oracle:core')?.realm?.access ?? [];
  const rule = accessRuleFor(rules, { ...PACKET, ...changes });
  return rule && `${rule.access} ${rule.source.block?.length ?? 'any'} ${rule.source.ports?.bits ?? 'any'}`;
}

/** The members that have a value. */
function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

describe('accessRuleFor', () => {
  test('takes the narrowest block, whatever the order', () => {
    const entries = [
      { 'source-address': '10.0.0.0/8', access: 'deny' },
      { 'source-address': '10.1.2.3' },
      { 'source-address': '10.1.0.0/16', access: 'deny' },
    ];
    assert.equal(decider(entries), 'permit 32 any');
    assert.equal(decider(entries.toReversed()), 'permit 32 any');
    assert.equal(decider(entries, { address: '10.1.9.9' }), 'deny 16 any');
    assert.equal(decider(entries, { address: '11.0.0.1' }), undefined);
  });

  test('takes 0.0.0.0 for any address', () => {
    assert.equal(decider([{ access: 'deny' }]), 'deny any any');
    assert.equal(decider([{ access: 'deny' }], { address: '2001:db8::1' }), 'deny any any');
  });

  test('reads ports, ranges of ports and IPv6', () => {
    assert.equal(decider([{ 'source-address': '10.1.2.3:5060' }]), 'permit 32 16');
    assert.equal(decider([{ 'source-address': '10.1.2.3:5060' }], { port: 5061 }), undefined);
    assert.equal(decider([{ 'source-address': '10.1.2.0/24:5000/8' }]), 'permit 24 8');
    assert.equal(decider([{ 'source-address': '10.1.2.0/24:5000/8' }], { port: 6000 }), undefined);
    assert.equal(decider([{ 'source-address': '[2001:db8::]/32' }], { address: '2001:db8:1::2' }), 'permit 32 any');
  });

  test('tells transports apart, TLS being over TCP', () => {
    const udp = [{ 'source-address': '10.0.0.0/8', 'transport-protocol': 'UDP', access: 'deny' }];
    assert.equal(decider(udp), 'deny 8 any');
    assert.equal(decider(udp, { transport: 'tls' }), undefined);
    const tcp = [{ 'source-address': '10.0.0.0/8', 'transport-protocol': 'TCP', access: 'deny' }];
    assert.equal(decider(tcp, { transport: 'tls' }), 'deny 8 any');
  });

  test('looks at the destination only where no application is named, and leaves other applications alone', () => {
    const entry = { 'source-address': '10.0.0.0/8', 'destination-address': '192.0.2.99', access: 'deny' };
    assert.equal(decider([{ ...entry, 'application-protocol': 'SIP' }]), 'deny 8 any');
    assert.equal(decider([{ ...entry, 'application-protocol': 'NONE' }]), undefined);
    assert.equal(
      decider([{ ...entry, 'destination-address': '192.0.2.0/24', 'application-protocol': 'NONE' }]),
      'deny 8 any',
    );
    assert.equal(decider([{ ...entry, 'application-protocol': 'H323' }]), undefined);
  });
});
