import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseVia, printVia, viaReceived } from './via.ts';

const good: [string, string, [string, string | null][]][] = [
  ['SIP/2.0/UDP 192.0.2.1', 'SIP/2.0/UDP 192.0.2.1', []],
  ['SIP/2.0/UDP Host.Example.COM:5070;branch=z9hG4bKaB;rport', 'SIP/2.0/UDP host.example.com:5070;branch=z9hG4bKaB;rport', [['branch', 'z9hG4bKaB'], ['rport', null]]],
  // RFC 3261 §20.42, RFC 4475 §3.1.1.1: blanks wherever the grammar has LWS.
  ['SIP / 2.0 / UDP   first.example.com : 4000 ;ttl=16  ;maddr=224.2.0.1 ;branch = z9hG4bKa7c6.1', 'SIP/2.0/UDP first.example.com:4000;ttl=16;maddr=224.2.0.1;branch=z9hG4bKa7c6.1', [['ttl', '16'], ['maddr', '224.2.0.1'], ['branch', 'z9hG4bKa7c6.1']]],
  ['sip/2.0/tls h', 'SIP/2.0/TLS h', []],
  ['SIP/7.0/UDP c.example.com', 'SIP/7.0/UDP c.example.com', []],
  ['SIP/2.0/TCP [2001:DB8:0:0::1]:5061;received=[2001:db8::9:1]', 'SIP/2.0/TCP [2001:db8::1]:5061;received=[2001:db8::9:1]', [['received', '[2001:db8::9:1]']]],
  ['SIP/2.0/UDP [::ffff:192.0.2.2]', 'SIP/2.0/UDP 192.0.2.2', []],
  ['SIP/2.0/UDP 3f2a9c_x-1', 'SIP/2.0/UDP 3f2a9c_x-1', []],
  ['SIP/2.0/UDP h;branch=z9hG4bK==;__proto__=1', 'SIP/2.0/UDP h;branch=z9hG4bK==;__proto__=1', [['branch', 'z9hG4bK=='], ['__proto__', '1']]],
]; // prettier-ignore

const bad = [
  '', 'SIP', 'SIP/2.0', 'SIP/2.0/UDP', 'SIP/2.0/UDP ', 'SIP/2.0 h', 'SIP/2.0/UDPh;x', 'SIP//UDP h', '/2.0/UDP h', 'SIP/2.0/UDP :5060',
  'SIP/2.0/UDP h:', 'SIP/2.0/UDP h:x', 'SIP/2.0/UDP h:0', 'SIP/2.0/UDP h:65536', 'SIP/2.0/UDP h:99999999999999999999',
  'SIP/2.0/UDP 2001:db8::1', 'SIP/2.0/UDP [2001:db8::1', 'SIP/2.0/UDP [h]', 'SIP/2.0/UDP [fe80::1%eth0]', 'SIP/2.0/UDP 192.0.2.256', 'SIP/2.0/UDP 127.1',
  'SIP/2.0/UDP 0x7f000001', 'SIP/2.0/UDP a..b', 'SIP/2.0/UDP .a', 'SIP/2.0/UDP h;;,;,,', 'SIP/2.0/UDP h;branch=', 'SIP/2.0/UDP h;branch=a;Branch=b',
  'SIP/2.0/UDP h (comment)', 'SIP/2.0/UDP h, SIP/2.0/UDP i', 'SIP/2.0/UDP h\u00e9',
]; // prettier-ignore

describe('a Via', () => {
  for (const [text, canonical, params] of good)
    test(text, () => {
      const via = parseVia(text);
      assert.ok(via);
      assert.equal(printVia(via), canonical);
      assert.deepEqual([...via.params], params);
      assert.deepEqual(parseVia(canonical), via);
    });
});

describe('no Via', () => {
  for (const text of bad) test(JSON.stringify(text), () => assert.equal(parseVia(text), undefined));
});

test('1.17 received is read with or without brackets (RFC 5118 §4.5)', () => {
  const received = (value: string): string | undefined => {
    const via = parseVia(`SIP/2.0/UDP h;received=${value}`);
    return via && viaReceived(via);
  };
  assert.equal(received('[2001:DB8::9:255]'), '2001:db8::9:255');
  assert.equal(received('2001:db8::9:255'), '2001:db8::9:255');
  assert.equal(received('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(received('evil.example'), undefined);
});
