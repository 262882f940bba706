import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest } from '../sip/message/message.ts';
import type { Binding } from '../sip/transport/transport.ts';
import { OwnAddresses } from './addresses.ts';
import { nextUri, recordRoute } from './forwarding.ts';

const LISTENING: Binding[] = [
  { transport: 'udp', address: '192.0.2.1', port: 5060 },
  { transport: 'tcp', address: '192.0.2.1', port: 5060 },
  { transport: 'tls', address: '192.0.2.1', port: 5061 },
  { transport: 'udp', address: '2001:db8::1', port: 5060 },
  { transport: 'udp', address: '127.0.0.1', port: 5070 },
];
const V4 = { address: '198.51.100.7', port: 5060 };
const V6 = { address: '2001:db8::7', port: 5060 };

function routesFor(
  from: { transport: 'udp' | 'tcp' | 'tls'; remote: typeof V4 },
  to: { transport: 'udp' | 'tcp' | 'tls'; remote: typeof V4 },
  { secure = false, advertise = null }: { secure?: boolean; advertise?: string | null } = {},
): string[] {
  const request = new SipRequest('INVITE', 'sip:x@y');
  recordRoute(request, 't', { from, to, secure }, new OwnAddresses(LISTENING, advertise));
  return request.headers.values('record-route');
}

describe('recordRoute', () => {
  test('4.7 one value for two sides that reach us alike, else one for each, the callee’s on top', () => {
    const udp = { transport: 'udp', remote: V4 } as const;
    assert.deepEqual(routesFor(udp, udp), ['<sip:t@192.0.2.1:5060;lr>']);
    assert.deepEqual(routesFor({ transport: 'tcp', remote: V4 }, udp), [
      '<sip:t@192.0.2.1:5060;lr>',
      '<sip:t@192.0.2.1:5060;transport=tcp;lr>',
    ]);
    assert.deepEqual(routesFor(udp, { transport: 'udp', remote: V6 }), [
      '<sip:t@[2001:db8::1]:5060;lr>',
      '<sip:t@192.0.2.1:5060;lr>',
    ]);
    assert.deepEqual(routesFor(udp, { transport: 'udp', remote: { address: '127.0.0.1', port: 9 } }), [
      '<sip:t@127.0.0.1:5070;lr>',
      '<sip:t@192.0.2.1:5060;lr>',
    ]);
  });

  test('4.7 a call to a SIPS URI stays one wherever it is encrypted', () => {
    const tls = { transport: 'tls', remote: V4 } as const;
    assert.deepEqual(routesFor(tls, tls, { secure: true }), ['<sips:t@192.0.2.1:5061;lr>']);
    assert.deepEqual(routesFor(tls, tls), ['<sip:t@192.0.2.1:5061;transport=tls;lr>']);
  });

  test('4.7 an advertised name is for both families, an advertised address for its own', () => {
    const sides = [
      { transport: 'udp', remote: V4 },
      { transport: 'udp', remote: V6 },
    ] as const;
    assert.deepEqual(routesFor(...sides, { advertise: 'gate.example' }), ['<sip:t@gate.example:5060;lr>']);
    assert.deepEqual(routesFor(...sides, { advertise: '203.0.113.5' }), [
      '<sip:t@[2001:db8::1]:5060;lr>',
      '<sip:t@203.0.113.5:5060;lr>',
    ]);
  });
});

describe('nextUri', () => {
  test('4.8 a route without lr changes places with the Request-URI', () => {
    const request = new SipRequest('BYE', 'sip:callee@192.0.2.9');
    assert.equal(nextUri(request), 'sip:callee@192.0.2.9');
    request.headers.append('Route', '<sip:loose.example;lr>, <sip:strict.example>');
    assert.equal(nextUri(request), 'sip:loose.example;lr');
    request.headers.removeFirstValue('route');
    assert.equal(nextUri(request), 'sip:strict.example');
    assert.equal(request.uri, 'sip:strict.example');
    assert.deepEqual(request.headers.values('route'), ['<sip:callee@192.0.2.9>']);
  });
});
