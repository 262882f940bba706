import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  MAX_DATAGRAM_BYTES,
  MAX_HEAD_BYTES,
  MAX_HEADER_BYTES,
  MAX_HEADERS,
  MAX_HOPS,
  MAX_URI_BYTES,
} from './limits.ts';
import { createResponse, SipRequest, SipResponse } from './message.ts';
import { parseDatagram, validateRequest } from './parse.ts';
import type { ParseFault } from './parse.ts';

const START = 'INVITE sip:bob@example.com SIP/2.0';
const BASE = {
  via: 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  maxForwards: 'Max-Forwards: 70',
  from: 'From: <sip:alice@example.com>;tag=a',
  to: 'To: <sip:bob@example.com>',
  callId: 'Call-ID: 1@192.0.2.1',
  cseq: 'CSeq: 1 INVITE',
};

/** A request like BASE with some lines changed or, when empty, left out; `extra` lines and a body after them. */
function bytes(change: Partial<typeof BASE> & { start?: string; extra?: string[]; body?: string } = {}): Buffer {
  const { start = START, extra = [], body = '', ...lines } = change;
  const head = [start, ...Object.values({ ...BASE, ...lines }).filter((line) => line !== ''), ...extra];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

function requestOf(input: Buffer): SipRequest {
  const { message, fault } = parseDatagram(input);
  assert.ok(message instanceof SipRequest, String(fault?.reason));
  return message;
}

function faultOf(input: Buffer): ParseFault {
  const { fault } = parseDatagram(input);
  assert.ok(fault);
  return fault;
}

describe('a request', () => {
  test('is read with its headers as written and its body untouched', () => {
    const request = requestOf(bytes({ extra: ['X-Odd:  \t v ', 'content-TYPE: text/plain', 'l: 3'], body: 'a\0\xff' }));
    assert.equal(request.method, 'INVITE');
    assert.equal(request.uri, 'sip:bob@example.com');
    assert.equal(request.headers.get('x-odd'), 'v');
    assert.equal([...request.headers].at(-2)?.name, 'content-TYPE');
    assert.deepEqual(request.body, Buffer.from('a\0\xff', 'latin1'));
    assert.equal(request.via?.params.get('branch'), 'z9hG4bK1');
    assert.equal(request.from?.tag, 'a');
    assert.equal(request.to?.tag, undefined);
    assert.equal(request.callId, '1@192.0.2.1');
    assert.deepEqual(request.cseq, { number: 1, method: 'INVITE' });
    assert.equal(request.maxForwards, 70);
  });

  test('1.1 may use compact names alone', () => {
    const request = requestOf(
      bytes({ via: 'v: SIP/2.0/UDP h', from: 'f: sip:a@b;tag=1', to: 'T: sip:c@d', callId: 'i: x', extra: ['l: 0'] }),
    );
    assert.equal(request.via?.host, 'h');
    assert.equal(request.from?.tag, '1');
    assert.equal(request.callId, 'x');
  });

  test('1.2 may fold lines and put blanks before the colon (RFC 4475 §3.1.1.1)', () => {
    const request = requestOf(
      bytes({
        from: 'From \t:\r\n "A\r\n\tB"  \r\n   <sip:alice@example.com>\r\n ;\r\n  tag\r\n = 98asjd8',
        cseq: 'CSeq: 0009\r\n  INVITE',
        via: 'Via: SIP / 2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw',
        extra: ['Subject:', 'X-Fold: a\r\n '],
      }),
    );
    assert.equal(request.from?.displayName, 'A B');
    assert.equal(request.from?.tag, '98asjd8');
    assert.deepEqual(request.cseq, { number: 9, method: 'INVITE' });
    assert.equal(request.via?.transport, 'UDP');
    assert.equal(request.headers.get('subject'), '');
    assert.equal(request.headers.get('x-fold'), 'a');
  });

  test('1.4 1.21 of an unknown method with odd headers is carried unchanged', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    const request = requestOf(
      bytes({
        start: `${method} sip:x@y SIP/2.0`,
        cseq: `CSeq: 4294967295 ${method}`,
        extra: ['Date: yesterday', '__proto__: 1'],
      }),
    );
    assert.equal(request.method, method);
    assert.equal(request.headers.get('date'), 'yesterday');
    assert.equal(request.headers.get('__proto__'), '1');
  });

  test('1.8 is counted in bytes, and bytes that are no UTF-8 stay', () => {
    const head = bytes({
      to: 'To: "caf\xc3\xa9 \xff" <sip:b@c>',
      extra: ['Content-Length: 4'],
      body: '\xc3\xa9\xc3\xa9',
    });
    const request = requestOf(head);
    assert.equal(request.body.toString(), 'éé');
    assert.deepEqual(request.toBuffer(), head);
  });

  test('1.9 keeps escapes in method, Call-ID and tags unread (RFC 4475 §3.1.1.3)', () => {
    const request = requestOf(
      bytes({
        start: 'RE%47IST%45R sip:h SIP/2.0',
        cseq: 'CSeq: 1 RE%47IST%45R',
        callId: 'Call-ID: esc%61',
        from: 'From: <sip:a@b>;tag=%61',
      }),
    );
    assert.equal(request.method, 'RE%47IST%45R');
    assert.equal(request.callId, 'esc%61');
    assert.equal(request.from?.tag, '%61');
  });
});

describe('on UDP (RFC 3261 §18.3)', () => {
  test('1.5 bytes beyond Content-Length are dropped', () => {
    assert.equal(requestOf(bytes({ extra: ['Content-Length: 2'], body: 'abcd' })).body.toString(), 'ab');
  });

  test('1.5 without Content-Length the body goes to the end', () => {
    assert.equal(requestOf(bytes({ body: 'abcd' })).body.toString(), 'abcd');
  });

  test('equal lengths said twice are one length', () => {
    assert.equal(requestOf(bytes({ extra: ['Content-Length: 1', 'l: 1'], body: 'abcd' })).body.toString(), 'a');
  });

  for (const lines of [['5'], ['-1'], ['+1'], ['1x'], [''], ['1, 1'], ['99999999999999999999'], ['1', '2'], ['2', 'x']])
    test(`Content-Length ${lines.join(' and ')} with three bytes is a 400`, () => {
      const fault = faultOf(bytes({ extra: lines.map((line) => `Content-Length: ${line}`), body: 'abc' }));
      assert.equal(fault.status, 400);
      assert.ok(fault.request);
    });

  test('1.5 a response that is too short is only dropped', () => {
    const fault = faultOf(bytes({ start: 'SIP/2.0 200 OK', extra: ['Content-Length: 5'] }));
    assert.equal(fault.message, 'response');
    assert.equal(fault.request, undefined);
  });

  test('1.7 line ends in front are skipped, and alone are a keep-alive', () => {
    assert.ok(requestOf(Buffer.concat([Buffer.from('\r\n\r\n'), bytes()])));
    for (const text of ['', '\r\n', '\r\n\r\n', '\n']) assert.equal(parseDatagram(Buffer.from(text)).keepalive, true);
  });
});

describe('a response', () => {
  test('is read', () => {
    const { message } = parseDatagram(bytes({ start: 'SIP/2.0 486 Busy  \xc3\xa9' }));
    assert.ok(message instanceof SipResponse);
    assert.equal(message.status, 486);
    assert.equal(message.reason, 'Busy  \xc3\xa9');
  });

  for (const start of ['SIP/2.0 100 ', 'SIP/2.0 100', 'sip/2.0 100 x'])
    test(JSON.stringify(start), () => assert.ok(parseDatagram(bytes({ start })).message));

  for (const start of [
    'SIP/2.0 4294967301 better not',
    'SIP/2.0 99 x',
    'SIP/2.0 700 x',
    'SIP/2.0 20 x',
    'SIP/2.0 2000',
    'SIP/2.0  200',
    'SIP/2.0 -10 x',
    'SIP/3.0 200 OK',
    'SIP/3.0 200 SIP/2.0',
    'SIP/2.0',
  ])
    test(`${start} is dropped`, () => assert.equal(faultOf(bytes({ start })).request, undefined));

  test('without what a response needs is dropped', () => {
    for (const change of [{ via: '' }, { to: '' }, { cseq: 'CSeq: 1' }])
      assert.equal(faultOf(bytes({ start: 'SIP/2.0 200 OK', ...change })).message, 'response');
  });
});

describe('1.12 to 1.17 and 1.20: a fault that can be answered', () => {
  const cases: [string, Buffer, number?][] = [
    ['Repeated From', bytes({ extra: ['f: <sip:x@y>;tag=2'] })],
    ['Repeated To', bytes({ extra: ['To: <sip:x@y>'] })],
    ['Repeated Call-ID', bytes({ extra: ['i: 2'] })],
    ['Repeated CSeq', bytes({ extra: ['CSeq: 1 INVITE'] })],
    ['Repeated Max-Forwards', bytes({ extra: ['Max-Forwards: 70'] })],
    ['Missing From', bytes({ from: '' })],
    ['Missing To', bytes({ to: '' })],
    ['Missing Call-ID', bytes({ callId: '' })],
    ['Missing CSeq', bytes({ cseq: '' })],
    ['Malformed From', bytes({ from: 'From: "x <sip:a@b>' })],
    ['Malformed To', bytes({ to: 'To: "Mr. J. User <sip:j.user@example.com>' })],
    ['Malformed From', bytes({ from: 'From: <sip:+12065550199@evil.example@one.example>;tag=1' })],
    ['Malformed From', bytes({ from: 'From: sip:;tag=1' })],
    ['Malformed To', bytes({ to: 'To: <sip:bob@2001:db8::1>' })],
    ['Malformed To', bytes({ to: 'To: <:bob>' })],
    ['Malformed Call-ID', bytes({ callId: 'Call-ID:' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: 36893488147419103232 INVITE' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: 4294967296 INVITE' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: -1 INVITE' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: INVITE' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: 1INVITE' })],
    ['Malformed CSeq', bytes({ cseq: 'CSeq: 1 INVITE x' })],
    ['Malformed Max-Forwards', bytes({ maxForwards: 'Max-Forwards: 256' })],
    ['Malformed Max-Forwards', bytes({ maxForwards: 'Max-Forwards: -1' })],
    ['Malformed Max-Forwards', bytes({ maxForwards: 'Max-Forwards: 4294967366' })],
    ['CSeq Method Mismatch', bytes({ cseq: 'CSeq: 1 OPTIONS' })],
    ['CSeq Method Mismatch', bytes({ start: 'NEWMETHOD sip:x@y SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE <sip:bob@example.com> SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE sip:bob@example.com; lr SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE  sip:bob@example.com  SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE sip:bob@example.com?Route=%3Csip:x%3E SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE sip:bob@2001:db8::1 SIP/2.0' })],
    ['Malformed Request-URI', bytes({ start: 'INVITE sip:a@evil.example@example.com SIP/2.0' })],
    ['Malformed Start Line', bytes({ start: `${START}  ` })],
    ['Malformed Header Line', bytes({ extra: ['no colon here'] })],
    ['Malformed Header Line', bytes({ extra: [': no name'] })],
    ['Malformed Header Line', bytes({ start: `${START}\r\n X-Fold: x` })],
    ['Malformed Header Line', bytes({ extra: ['two words: x'] })],
    ['Stray Line Break', bytes({ extra: ['Subject: a\nVia: evil'] })],
    ['Stray Line Break', bytes({ extra: ['Subject: a\rVia: evil'] })],
    ['Stray Line Break', bytes({ extra: ['Subject: a\r\n b\nVia: evil'] })],
    ['Missing Blank Line', bytes().subarray(0, -2)],
    ['Missing Blank Line', bytes().subarray(0, -6)],
    ['Version Not Supported', bytes({ start: 'INVITE sip:b@c SIP/7.0', via: 'Via: SIP/7.0/UDP c.example.com' }), 505],
    ['Request-URI Too Long', bytes({ start: `INVITE sip:${'b'.repeat(MAX_URI_BYTES)}@c SIP/2.0` }), 414],
    ['Header Too Large', bytes({ extra: [`X: ${'x'.repeat(MAX_HEADER_BYTES)}`] }), 513],
    ['Header Too Large', bytes({ extra: [`X: x${'\r\n xxx'.repeat(MAX_HEADER_BYTES / 4)}`] }), 513],
    ['Message Too Large', bytes({ extra: Array.from({ length: 5 }, () => `X: ${'x'.repeat(MAX_HEAD_BYTES / 5)}`) }), 513],
    ['Message Too Large', bytes({ body: 'x'.repeat(MAX_DATAGRAM_BYTES) }), 513],
    ['Too Many Headers', bytes({ extra: Array.from({ length: MAX_HEADERS }, () => 'X: y') })],
    ['Too Many Hops Listed', bytes({ extra: [`Route: ${Array.from({ length: MAX_HOPS + 1 }, () => '<sip:h;lr>').join()}`] })],
    ['Too Many Hops Listed', bytes({ extra: Array.from({ length: MAX_HOPS }, (_, index) => `Via: SIP/2.0/UDP h${index}`) })],
  ]; // prettier-ignore

  for (const [index, [reason, input, status = 400]] of cases.entries())
    test(`${index}: ${reason}`, () => {
      const fault = faultOf(input);
      assert.equal(fault.reason, reason);
      assert.equal(fault.status, status);
      assert.equal(fault.message, 'request');
      assert.ok(fault.request);
      const answer = createResponse(fault.request, fault.status, fault.reason);
      assert.ok(answer.via);
    });
});

describe('1.16 a fault that cannot be answered', () => {
  const cases: [string, Buffer, ParseFault['message']][] = [
    ['no Via', bytes({ via: '' }), 'request'],
    ['a Via that cannot be read', bytes({ via: 'Via: SIP/2.0/UDP 192.0.2.15;;,;,,' }), 'request'],
    ['an ACK', bytes({ start: 'ACK sip:b@c SIP/2.0' }), 'request'],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), undefined],
    ['a method that is no token', bytes({ start: 'IN@VITE sip:b@c SIP/2.0' }), undefined],
    ['no URI', bytes({ start: 'INVITE SIP/2.0' }), undefined],
    ['one word', Buffer.from('hello'), undefined],
    ['zeros', Buffer.alloc(4), undefined],
    ['a STUN request', Buffer.from('000100002112a442000000000000000000000000', 'hex'), undefined],
  ];
  for (const [name, input, message] of cases)
    test(name, () => {
      const fault = faultOf(input);
      assert.equal(fault.request, undefined);
      assert.equal(fault.message, message);
    });
});

test('1.20 as many headers and hops as the limits say are taken', () => {
  const vias = Array.from({ length: MAX_HOPS - 1 }, (_, index) => `Via: SIP/2.0/UDP h${index}`);
  const others = Array.from({ length: MAX_HEADERS - MAX_HOPS - 5 }, () => 'X: y');
  assert.equal(requestOf(bytes({ extra: [...vias, ...others] })).headers.size, MAX_HEADERS);
});

test('a request put together in the program is held to the same rules', () => {
  const request = requestOf(bytes());
  assert.equal(validateRequest(request), undefined);
  request.headers.remove('to');
  assert.equal(validateRequest(request)?.reason, 'Missing To');
});

test('a scheme that is not ours is for the proxy to refuse with 416', () => {
  assert.equal(
    requestOf(bytes({ start: 'INVITE soap.beep://192.0.2.103:3002 SIP/2.0' })).uri,
    'soap.beep://192.0.2.103:3002',
  );
});
