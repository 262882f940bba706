import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Headers } from '../message/headers.ts';
import { SipRequest } from '../message/message.ts';
import { responseEndpoint, stampSource } from './via-received.ts';

function requestWith(...vias: string[]): SipRequest {
  const headers = new Headers();
  for (const via of vias) headers.append('Via', via);
  return new SipRequest('OPTIONS', 'sip:edge', headers);
}

function stamped(via: string, address: string, port = 4000): string | undefined {
  const request = requestWith(via, 'SIP/2.0/UDP below.example;branch=z9hG4bKb');
  stampSource(request, { address, port });
  assert.equal(request.headers.lines('via')[1], 'SIP/2.0/UDP below.example;branch=z9hG4bKb');
  return request.headers.get('via');
}

describe('received and rport (RFC 3261 §18.2.1, RFC 3581 §4)', () => {
  for (const [name, via, address, expected] of [
    [
      'the sent-by is the source: untouched',
      'SIP / 2.0/UDP 192.0.2.9:5060 ;branch=z9hG4bKa',
      '192.0.2.9',
      'SIP / 2.0/UDP 192.0.2.9:5060 ;branch=z9hG4bKa',
    ],
    [
      'the sent-by is a name',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa',
      '192.0.2.9',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa;received=192.0.2.9',
    ],
    [
      'the sent-by is another address',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa',
      '192.0.2.9',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.9',
    ],
    [
      'rport is filled, with received always',
      'SIP/2.0/UDP 192.0.2.9;rport;branch=z9hG4bKa',
      '192.0.2.9',
      'SIP/2.0/UDP 192.0.2.9;rport=4000;branch=z9hG4bKa;received=192.0.2.9',
    ],
    [
      'what the sender claims is overwritten',
      'SIP/2.0/UDP 192.0.2.9;received=203.0.113.1;rport=53',
      '192.0.2.9',
      'SIP/2.0/UDP 192.0.2.9;received=192.0.2.9;rport=4000',
    ],
    [
      'a false received alone is overwritten too',
      'SIP/2.0/UDP 192.0.2.9;received=203.0.113.1',
      '192.0.2.9',
      'SIP/2.0/UDP 192.0.2.9;received=192.0.2.9',
    ],
    [
      'a mapped address is the IPv4 address (RFC 5118 §4.9)',
      'SIP/2.0/UDP [::ffff:192.0.2.9];branch=z9hG4bKa',
      '192.0.2.9',
      'SIP/2.0/UDP [::ffff:192.0.2.9];branch=z9hG4bKa',
    ],
    [
      'IPv6 in another spelling is the same',
      'SIP/2.0/UDP [2001:DB8:0:0::9];branch=z9hG4bKa',
      '2001:db8::9',
      'SIP/2.0/UDP [2001:DB8:0:0::9];branch=z9hG4bKa',
    ],
    [
      'IPv6 is written without brackets (RFC 5118 §4.5)',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa',
      '2001:db8::9',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa;received=2001:db8::9',
    ],
    [
      'other values of the line stay',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa, SIP/2.0/UDP c.example',
      '192.0.2.9',
      'SIP/2.0/UDP a.example;branch=z9hG4bKa;received=192.0.2.9, SIP/2.0/UDP c.example',
    ],
  ] as const)
    test(name, () => assert.equal(stamped(via, address), expected));

  test('a request without a usable Via is left alone', () => {
    for (const request of [requestWith(), requestWith('nonsense')]) {
      stampSource(request, { address: '192.0.2.9', port: 1 });
      assert.deepEqual(responseEndpoint(request, { address: '192.0.2.9', port: 1 }, 'udp'), {
        address: '192.0.2.9',
        port: 1,
      });
    }
  });
});

describe('where a response goes without a connection (RFC 3261 §18.2.2)', () => {
  const source = { address: '192.0.2.9', port: 4000 };
  for (const [transport, via, port] of [
    ['udp', 'SIP/2.0/UDP a.example:5070;rport', 4000],
    ['udp', 'SIP/2.0/UDP a.example:5070', 5070],
    ['udp', 'SIP/2.0/UDP a.example', 5060],
    ['udp', 'SIP/2.0/UDP a.example:5070;maddr=203.0.113.1', 5070],
    ['tcp', 'SIP/2.0/TCP a.example:5070;rport', 5070],
    ['tcp', 'SIP/2.0/TCP a.example', 5060],
    ['tls', 'SIP/2.0/TLS a.example', 5061],
  ] as const)
    test(`${transport}, ${via}`, () =>
      assert.deepEqual(responseEndpoint(requestWith(via), source, transport), { address: '192.0.2.9', port }));
});
