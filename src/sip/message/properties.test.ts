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

test('1.21 no datagram makes the parser throw', () => {
  fc.assert(
    fc.property(anyText, (text) => exerciseResult(parseDatagram(Buffer.from(text, 'latin1')))),
    { numRuns: 3000 },
  );
});

test('1.21 no value makes a header parser throw', () => {
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

test('1.6 a stream comes out the same however it is cut', () => {
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

test('parse∘print is stable: what was printed reads as what was printed', () => {
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

// What a text can be made of that is put into a URI or address: parts that are hosts to one reader and users to another.
const part = fc.constantFrom(
  'one.example', 'evil.example', '[::1]', '[2001:db8::1]', '192.0.2.1', '127.1', 'a', '+12065550100', '5060', '99999', '%40', '%3A', '%00', '%2', ':', '@', ';', '?', '&', '=', '/', ',',
  '<', '>', '"', '\\"', '\\', ' ', '\t', '\0', '\xe9', '.', '..', '[', ']', '#', ';maddr=evil.example', ';tag=1', ';transport=tcp', '?Route=', 'sip:', 'sips:', 'SIP:', 'tel:',
); // prettier-ignore
const address = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(''));

/** A SIP URI by the grammar of RFC 3261 §25.1, loosened in what chars a part may have, and so by nothing else than its borders. */
const SIP_URI =
  /^(?<scheme>sips?):(?:(?<user>[^@:]+)(?::(?<password>[^@]*))?@)?(?<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?<port>\d+))?(?<params>(?:;[^;?@]+)*)(?:\?(?<headers>[^@]*))?$/i;

test('1.10 a URI that is taken has one reading: one @ at most, and the host right behind it', () => {
  const given = fc.oneof(
    address,
    fc.tuple(fc.constantFrom('sip:', 'sips:', 'SIP:'), address).map((two) => two.join('')),
  );
  fc.assert(
    fc.property(given, (text) => {
      const uri = parseUri(text);
      if (!uri || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) return;
      assert.ok(text.split('@').length <= 2, text);
      const { user, password, host, port, headers } = SIP_URI.exec(text)?.groups ?? {};
      assert.ok(host !== undefined, `no reading by the grammar: ${text}`);
      assert.equal(uri.user, user);
      assert.equal(uri.password, password);
      assert.equal(uri.port, port === undefined ? undefined : Number(port));
      assert.equal(uri.headers, headers);
      assert.equal(uri.host, parseUri(`sip:${host}`)?.host);
      assert.equal(uri.user?.includes('@') ?? false, false);
      // Nothing in it could end the line, the address or the URI for somebody else.
      // oxlint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\0-\x20\x7f<>"]/);
    }),
    { numRuns: 20_000 },
  );
});

test('1.10 the host that the rules are asked about is the host that the request is for, however its user part looks', () => {
  const trick = fc.array(fc.constantFrom('a', ';', '?', '/', ',', '&', '=', '+', '$', '%40', 'evil.example', 'maddr='), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')); // prettier-ignore
  fc.assert(
    fc.property(trick, (user) => {
      assert.deepEqual(parseUri(`sip:${user}@one.example`)?.host, 'one.example');
      assert.equal(parseUri(`sip:${user}@one.example`)?.user, user);
      assert.equal(parseUri(`sip:${user}@evil.example@one.example`), undefined);
    }),
  );
});

/** A name-addr or addr-spec with its parameters by §25.1 and §20.10, loosened in what chars a part may have. */
const NAME_ADDR =
  /^[ \t]*(?:(?:"(?:[^"\\]|\\[^])*"[ \t]*|[^<>":;,]*)<(?<uri>[^<>" \t]+)>|(?<bare>[^<>":;,]+:[^<>";?, \t]*))[ \t]*(?<params>(?:;[^]*)?)$/;

test('1.11 an address that is taken has one reading, and without <> every parameter is the header’s', () => {
  const given = fc.oneof(
    address,
    address.map((uri) => `<sip:${uri}>`),
    fc.tuple(address, address).map(([name, uri]) => `${name}<sip:${uri}>;tag=1`),
    fc.tuple(address, address).map(([name, uri]) => `"${name}" <sip:${uri}>;tag=1`),
    address.map((uri) => `sip:${uri}`),
  );
  fc.assert(
    fc.property(given, (text) => {
      const found = parseNameAddr(text);
      if (!found || !parseUri(found.uri)) return;
      const { uri, bare, params } = NAME_ADDR.exec(text)?.groups ?? {};
      assert.equal(found.uri, uri ?? bare, text);
      assert.equal(found.params.size > 0, params !== '', text);
      if (bare !== undefined) assert.doesNotMatch(found.uri, /[;?,]/);
      for (const [name] of found.params) assert.doesNotMatch(name, /[^a-z0-9.!%*_+`'~-]/);
    }),
    { numRuns: 20_000 },
  );
});

test('1.11 a value of a list stays whole in every reading: commas part values outside quotes and <> alone', () => {
  fc.assert(
    fc.property(fc.array(address, { maxLength: 5 }), (uris) => {
      const good = uris.filter((uri) => parseNameAddr(`<sip:${uri}>`));
      const headers = new Headers();
      for (const uri of good) headers.append('Route', `"a, <b>" <sip:${uri}>, <sip:${uri};lr>`);
      assert.deepEqual(
        headers.values('route').map((value) => parseNameAddr(value)?.uri),
        good.flatMap((uri) => [`sip:${uri}`, `sip:${uri};lr`]),
      );
    }),
  );
});

/** Milliseconds that a call takes now. */
function cost(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

/** Eight times the input may cost so many times as much: 8 were linear, 64 a square. The rest is for small costs. */
const MOST_GROWTH = 24;
const UNMEASURABLE = 20;

/** Times that both are measured; the least of each counts, so that what other programs take does not. */
const [FEWEST_ROUNDS, MOST_ROUNDS] = [3, 50];

function assertLinear(what: string, small: () => void, large: () => void): void {
  let [before, after] = [Infinity, Infinity];
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    before = Math.min(before, cost(small));
    after = Math.min(after, cost(large));
    if (round >= FEWEST_ROUNDS && after <= MOST_GROWTH * before + UNMEASURABLE) return;
  }
  assert.fail(`${what}: ${before} ms grew to ${after} ms`);
}

const UNITS = [
  '"',
  '\\',
  '<',
  ',',
  ';',
  ';a',
  '%41',
  ' ',
  '\r\n ',
  '@',
  '[',
  '=',
  'a=b,',
  '-',
  '"a",',
  ':',
  '.',
  '1',
  '\r\n',
  'X: y\r\n',
  '\n',
];
const PREFIXES = ['', 'sip:', 'tel:', 'Digest ', 'SIP/2.0/UDP h', '<sip:a@b>', 'INVITE sip:h SIP/2.0\r\nVia: '];

test('1.21 the time to read a text grows with its length, not with its square', () => {
  const read = (text: string): void => {
    parseVia(text);
    parseNameAddr(text);
    parseUri(text);
    parseDigest(text);
    const headers = new Headers();
    headers.append('Via', text);
    headers.values('via');
    headers.removeFirstValue('via');
    parseDatagram(Buffer.from(text, 'latin1'));
  };
  // Beyond the limits on messages, which would hide it.
  const size = 16 * 1024;
  for (const unit of UNITS)
    for (const prefix of PREFIXES) {
      const text = (length: number): string => prefix + unit.repeat(length / unit.length);
      const [small, large] = [text(size), text(8 * size)];
      assertLinear(
        JSON.stringify(prefix + unit),
        () => read(small),
        () => read(large),
      );
    }
});

test('1.21 the time to read a stream grows with its length, also when it comes byte by byte', () => {
  const read = (bytes: Buffer, step: number): void => {
    const parser = new StreamParser();
    for (let at = 0; at < bytes.length; at += step) {
      parser.push(bytes.subarray(at, at + step));
      drain(parser);
    }
  };
  const size = 4 * 1024;
  const whole = (body: number): string =>
    BASE.replace('Content-Length: 4', `Content-Length: ${body}`).replace(/body$/, 'b'.repeat(body));
  const streams: Record<string, (length: number) => string> = {
    'a head without end': (length) => `INVITE sip:h SIP/2.0\r\nX: ${'x'.repeat(length)}`,
    'line ends': (length) => '\r\n'.repeat(length / 2),
    'a long body': (length) => whole(length),
    'many messages': (length) => BASE.repeat(length / 256),
    'blank folds': (length) => `INVITE sip:h SIP/2.0\r\nX:${'\r\n '.repeat(length / 3)}`,
  };
  for (const [what, make] of Object.entries(streams))
    for (const step of [1, 1000]) {
      const [small, large] = [size, 7.5 * size].map((length) => Buffer.from(make(length), 'latin1'));
      assert.ok(small && large);
      assertLinear(
        what,
        () => read(small, step),
        () => read(large, step),
      );
    }
});
