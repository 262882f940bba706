import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { answerChallenge, parseDigest } from '../digest.ts';
import { parseUri, printUri, sameUri } from '../uri.ts';
import { Headers } from './headers.ts';
import { createResponse, SipRequest } from './message.ts';
import type { SipMessage } from './message.ts';
import { parseNameAddr, printNameAddr } from './nameaddr.ts';
import { parseDatagram, StreamParser } from './parse.ts';
import type { ParseResult } from './parse.ts';
import { parseVia, printVia } from './via.ts';

// Text made of what SIP parsers stumble over, whole words and single bytes mixed.
const scrap = fc.constantFrom(
  'INVITE', 'sip:', 'SIP/2.0', ' ', '\r\n', '\r', '\n', '\t', '"', '\\', '<', '>', ';', ',', ':', '=', '@', '%', '%00', '?', '[', ']', '[::1]',
  'Via: ', 'v:', 'SIP/2.0/UDP h', 'From: ', 'f:', '<sip:a@b>;tag=1', 'To: ', 'Call-ID: x', 'CSeq: 1 INVITE', 'Max-Forwards: 70', 'Content-Length: ',
  'l:', '5', '-1', '4294967296', 'Contact: *', '__proto__', 'constructor', 'Digest ', 'realm="', 'nonce=', 'qop=auth', 'tel:', '+1206', 'h', '\0', '\xff', '\xc3\xa9',
); // prettier-ignore
const latin1 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const messy = fc
  .array(fc.oneof({ weight: 6, arbitrary: scrap }, { weight: 1, arbitrary: latin1 }), { maxLength: 60 })
  .map((parts) => parts.join(''));

const BASE = [
  'INVITE sip:bob@example.com;transport=tcp SIP/2.0',
  'v: SIP / 2.0 / UDP h:5060 ;branch=z9hG4bK1;rport, SIP/2.0/TCP [2001:db8::1]',
  'From: "A \\" B" <sip:alice@example.com;x=y>;tag=a',
  'To: sip:bob@example.com',
  'i: 1@h',
  'CSeq: 1 INVITE',
  'Max-Forwards: 70',
  'Subject: folded\r\n  line',
  'Content-Length: 4',
  '',
  'body',
].join('\r\n');

/** A good request with some of its text replaced. */
const damaged = fc
  .array(fc.tuple(fc.nat(BASE.length), fc.nat(8), fc.oneof(scrap, latin1)), { maxLength: 4 })
  .map((edits) => edits.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), BASE));
const anyText = fc.oneof(messy, damaged);

/** Reads everything lazy of a message, answers it and prints it. */
function exercise(message: SipMessage): void {
  const { via, from, to } = message;
  if (via) printVia(via);
  for (const value of [from, to]) if (value) parseUri(value.uri);
  for (const { id } of message.headers) message.headers.values(id);
  if (message instanceof SipRequest) createResponse(message, 400, undefined, 't').toBuffer();
  message.headers.removeFirstValue('via');
  message.toBuffer();
}

function exerciseResult(result: ParseResult): void {
  const kinds = [result.message, result.fault, result.keepalive].filter((kind) => kind !== undefined);
  assert.equal(kinds.length, 1);
  const message = result.message ?? result.fault?.request;
  if (message) exercise(message);
}

function drain(parser: StreamParser): (ParseResult | 'ping')[] {
  const results: (ParseResult | 'ping')[] = [];
  for (let result = parser.next(); result; result = parser.next()) results.push(result);
  return results;
}

test('no datagram makes the parser throw', () => {
  fc.assert(
    fc.property(anyText, (text) => exerciseResult(parseDatagram(Buffer.from(text, 'latin1')))),
    { numRuns: 3000 },
  );
});

test('no value makes a header parser throw', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      parseNameAddr(text);
      parseVia(text);
      parseUri(text);
      parseDigest(`Digest ${text}`);
      answerChallenge({ challenge: `Digest ${text}`, username: 'u', password: 'p', method: 'M', uri: 'sip:h' });
    }),
    { numRuns: 3000 },
  );
});

test('a stream comes out the same however it is cut', () => {
  const stream = fc
    .array(fc.oneof(fc.constant(BASE), fc.constant('\r\n'), damaged), { maxLength: 5 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }), (text, sizes) => {
      const bytes = Buffer.from(text, 'latin1');
      const whole = new StreamParser();
      whole.push(bytes);
      const expected = drain(whole);
      const parser = new StreamParser();
      const results: (ParseResult | 'ping')[] = [];
      for (let at = 0, index = 0; at < bytes.length; index += 1) {
        const size = sizes[index % sizes.length] ?? 1;
        parser.push(Buffer.from(bytes.subarray(at, at + size)));
        results.push(...drain(parser));
        at += size;
      }
      assert.deepEqual(results.map(shape), expected.map(shape));
      for (const result of results) if (result !== 'ping') exerciseResult(result);
    }),
    { numRuns: 1000 },
  );
});

function shape(result: ParseResult | 'ping'): string {
  if (result === 'ping') return result;
  if (result.fault) return `${result.fault.status} ${result.fault.reason} ${result.fault.fatal}`;
  return result.message ? result.message.toBuffer().toString('latin1') : 'keepalive';
}

test('what was printed reads as what was printed', () => {
  fc.assert(
    fc.property(damaged, (text) => {
      const { message } = parseDatagram(Buffer.from(text, 'latin1'));
      if (!message) return;
      const printed = message.toBuffer();
      const again = parseDatagram(printed);
      assert.ok(again.message, String(again.fault?.reason));
      assert.deepEqual(again.message.toBuffer(), printed);
      assert.deepEqual([...again.message.headers], withLength(message));
    }),
    { numRuns: 3000 },
  );
});

function withLength(message: SipMessage): unknown[] {
  const headers: Headers = message.headers.clone();
  const name = [...headers].find(({ id }) => id === 'content-length')?.name ?? 'Content-Length';
  headers.set(name, String(message.body.length));
  return [...headers];
}

test('values that were printed read as what was printed', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const via = parseVia(text);
      if (via) assert.deepEqual(parseVia(printVia(via)), via);
      const address = parseNameAddr(text);
      if (address) assert.deepEqual(parseNameAddr(printNameAddr(address)), address);
      const uri = parseUri(text);
      if (!uri) return;
      assert.deepEqual(parseUri(printUri(uri)), uri);
      assert.ok(sameUri(uri, uri));
    }),
    { numRuns: 3000 },
  );
});

test('no text that is put into a message adds a line to it', () => {
  fc.assert(
    fc.property(fc.oneof(messy, fc.string({ unit: 'binary' })), (text) => {
      const { message } = parseDatagram(Buffer.from(BASE, 'latin1'));
      assert.ok(message instanceof SipRequest);
      const lines = message.headers.size;
      message.headers.append('X-Note', text);
      message.headers.replaceFirstValue('via', text);
      message.headers.set('Subject', text);
      message.uri = text;
      const head = message.toBuffer().toString('latin1').slice(0, -4);
      assert.equal(head.split('\r\n').length, lines + 1 + 3);
      assert.equal(head.split(/[\r\n]/).length, 2 * (lines + 1 + 3) - 1);
    }),
  );
});

test('time grows with length, not with its square', () => {
  // Each is 256 kB, beyond the limits: one that backtracked would not end in this test's time.
  const size = 256 * 1024;
  for (const unit of ['"', '\\', '<', ',', ';', ';a', '%41', ' ', '\r\n ', '@', '[', '=', 'a=b,', '-', '"a",'])
    for (const prefix of [
      '',
      'sip:',
      'tel:',
      'Digest ',
      'SIP/2.0/UDP h',
      '<sip:a@b>',
      'INVITE sip:h SIP/2.0\r\nVia: ',
    ]) {
      const text = prefix + unit.repeat(size / unit.length);
      parseVia(text);
      parseNameAddr(text);
      parseUri(text);
      parseDigest(text);
      const headers = new Headers();
      headers.append('Via', text);
      headers.values('via');
      headers.removeFirstValue('via');
      parseDatagram(Buffer.from(text, 'latin1'));
    }
});
