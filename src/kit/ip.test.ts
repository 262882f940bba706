import assert from 'node:assert/strict';
import { BlockList, SocketAddress } from 'node:net';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { canonicalAddress, contains, hostPort, isLoopback, mask, parseAddress, parseBlock } from './ip.ts';

const MAPPED = 0xffffn;

/** Eight groups with many zeros, so that runs of every length and place come up. */
const groups = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
  minLength: 8,
  maxLength: 8,
});
const spelledOut = groups.map((each) => each.map((group) => group.toString(16)).join(':'));
const anyV6 = fc.oneof(
  fc.ipV6(),
  spelledOut,
  spelledOut.map((text) => text.toUpperCase()),
);
const anyAddress = fc.oneof(fc.ipV4(), anyV6);
const plainV6 = anyV6.filter((text) => parseAddress(text)?.bits === 128);

describe('canonicalAddress', () => {
  test('agrees with the URL standard on every IPv6 address that is not an IPv4 one in disguise', () => {
    fc.assert(
      fc.property(plainV6, (text) => {
        assert.equal(`[${canonicalAddress(text)}]`, new URL(`http://[${text}]/`).hostname);
      }),
    );
  });

  test('names the same address as before, and is its own canonical form', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const canonical = canonicalAddress(text);
        assert.equal(canonicalAddress(canonical), canonical);
        assert.deepEqual(parseAddress(canonical), parseAddress(text));
        assert.deepEqual(
          parseAddress(`[${canonical}]`)?.value,
          canonical.includes(':') ? parseAddress(text)?.value : undefined,
        );
      }),
    );
  });

  test('is idempotent on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(canonicalAddress(canonicalAddress(text)), canonicalAddress(text));
      }),
    );
  });

  test("reads what node's SocketAddress prints", () => {
    fc.assert(
      fc.property(anyV6, (text) => {
        assert.deepEqual(
          parseAddress(new SocketAddress({ address: text, family: 'ipv6' }).address),
          parseAddress(text),
        );
      }),
    );
  });

  const examples: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['10:0:0:1:0:0:0:100', '10:0:0:1::100'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['[::ffff:192.0.2.1]', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['Example.COM', 'example.com'],
  ];
  for (const [text, canonical] of examples) {
    test(`${text} is ${canonical}`, () => assert.equal(canonicalAddress(text), canonical));
  }
});

describe('parseAddress', () => {
  const odd = [
    '',
    ' ',
    '1.2.3',
    '1.2.3.4 ',
    '01.2.3.4',
    '1.2.3.256',
    '0x7f.0.0.1',
    '127.1',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
  ];
  const odder = [
    '::1:2:3:4:5:6:7:8',
    '::12345',
    '::1%',
    '::1%a]b',
    '[::1',
    '::1]',
    '[]',
    '[1.2.3.4]',
    '1.2.3.4%eth0',
    '::1/128',
  ];
  for (const text of [...odd, ...odder]) {
    test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseAddress(text), undefined));
  }
});

describe('blocks', () => {
  test("contain what node's BlockList says they contain", () => {
    const oneFamily = fc.oneof(
      fc.record({ family: fc.constant('ipv4' as const), base: fc.ipV4(), other: fc.ipV4(), length: fc.nat(32) }),
      fc.record({ family: fc.constant('ipv6' as const), base: plainV6, other: plainV6, length: fc.nat(128) }),
    );
    fc.assert(
      fc.property(oneFamily, fc.nat(128), ({ family, base, other, length }, flipped) => {
        const list = new BlockList();
        list.addSubnet(base, length, family);
        const address = parseAddress(base);
        assert.ok(address);
        // Two random addresses hardly ever share a prefix: also try one that differs in a single bit.
        const near = { ...address, value: address.value ^ (1n << BigInt(flipped % address.bits)) };
        const nearText = family === 'ipv4' ? dotted(near.value) : spelled(near.value);
        const block = mask(address, length);
        for (const text of [base, other, nearText].filter((each) => parseAddress(each)?.bits === address.bits)) {
          const candidate = parseAddress(text);
          assert.ok(candidate);
          assert.equal(contains(block, candidate), list.check(text, family), `${text} in ${base}/${length}`);
        }
      }),
    );
  });

  test('are read when their host bits are clear, and refused otherwise', () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(128), (text, wanted) => {
        const address = parseAddress(text);
        assert.ok(address);
        const length = wanted % (address.bits + 1);
        const base = canonicalAddress(text);
        const clear = mask(address, length).value === address.value;
        assert.deepEqual(parseBlock(`${base}/${length}`), clear ? { ...address, length } : undefined);
        const { value } = mask(address, length);
        const network = address.bits === 32 ? dotted(value) : spelled(value);
        // A prefix of an IPv6 address may be that of the IPv4-mapped ones only when it spells all of it.
        if (address.bits === 32 || value >> 32n !== MAPPED)
          assert.deepEqual(parseBlock(`${network}/${length}`), { bits: address.bits, value, length });
      }),
    );
  });

  test('of one family hold nothing of the other', () => {
    const [all4, all6, v4, v6] = [
      parseBlock('0.0.0.0/0'),
      parseBlock('::/0'),
      parseAddress('0.0.0.0'),
      parseAddress('::'),
    ];
    assert.ok(all4 && all6 && v4 && v6);
    assert.ok(contains(all4, v4) && contains(all6, v6) && !contains(all4, v6) && !contains(all6, v4));
  });

  test('of IPv4 addresses mapped into IPv6 are blocks of IPv4', () => {
    assert.deepEqual(parseBlock('::ffff:192.0.2.0/120'), parseBlock('192.0.2.0/24'));
    assert.deepEqual(parseBlock('::ffff:192.0.2.1'), parseBlock('192.0.2.1/32'));
    assert.deepEqual(parseBlock('::ffff:0:0/96'), parseBlock('0.0.0.0/0'));
    for (const text of ['::ffff:192.0.2.0/24', '::ffff:0:0/95', '::ffff:192.0.3.0/119', '::ffff:192.0.2.0/129'])
      assert.equal(parseBlock(text), undefined, text);
  });

  const odd = ['', '/', '/24', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/+8', '10.0.0.0/08', '10.0.0.0/8.0'];
  const odder = [
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/255.0.0.0',
    '10.0.0.1/8',
    '::/129',
    '[::]/0',
    'fe80::%eth0/64',
    'host/8',
  ];
  for (const text of [...odd, ...odder]) {
    test(`${JSON.stringify(text)} is no block`, () => assert.equal(parseBlock(text), undefined));
  }
});

test('loopback is 127.0.0.0/8, ::1 and localhost, in any spelling', () => {
  for (const text of [
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '[::1]',
    '0:0::1',
    '::ffff:127.0.0.1',
    'localhost',
    'LocalHost',
  ])
    assert.equal(isLoopback(text), true, text);
  for (const text of ['128.0.0.1', '0.0.0.0', '::', '::2', '::127.0.0.1', 'localhost.example', '127.1', ''])
    assert.equal(isLoopback(text), false, text);
});

test('an IPv6 address with a port stands in brackets', () => {
  assert.equal(hostPort('192.0.2.1', 5060), '192.0.2.1:5060');
  assert.equal(hostPort('2001:db8::1', 5061), '[2001:db8::1]:5061');
  assert.equal(hostPort('example.com', 80), 'example.com:80');
});

function dotted(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

function spelled(value: bigint): string {
  return Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16)).join(
    ':',
  );
}
