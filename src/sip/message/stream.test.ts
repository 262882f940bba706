import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_HEAD_BYTES, MAX_STREAM_MESSAGE_BYTES } from './limits.ts';
import { SipRequest } from './message.ts';
import type { ParseFault, ParseResult } from './parse.ts';
import { StreamParser } from './stream.ts';

function text(
  change: { callId?: string; length?: string; extra?: string; body?: string; start?: string } = {},
): string {
  const { callId = 'c', body = '', extra = '', start = 'OPTIONS sip:h SIP/2.0' } = change;
  const length = change.length ?? `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${start}\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\n${extra}${length}\r\n${body}`;
}

function drain(parser: StreamParser): (ParseResult | 'ping')[] {
  const results: (ParseResult | 'ping')[] = [];
  for (let result = parser.next(); result; result = parser.next()) results.push(result);
  return results;
}

function feed(input: string | Buffer, chunkBytes = Infinity): (ParseResult | 'ping')[] {
  const parser = new StreamParser();
  const bytes = Buffer.from(input);
  const results: (ParseResult | 'ping')[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    parser.push(Buffer.from(bytes.subarray(at, at + chunkBytes)));
    results.push(...drain(parser));
  }
  return results;
}

/** One word for each result: the Call-ID and body of a message, a fault's status, or ping. */
function summary(results: (ParseResult | 'ping')[]): string[] {
  return results.map((result) => {
    if (result === 'ping') return 'ping';
    if (result.fault) return `${result.fault.status}${result.fault.fatal ? '!' : ''}`;
    return result.message ? `${result.message.callId}(${result.message.body.toString()})` : 'keepalive';
  });
}

function onlyFault(input: string): ParseFault {
  const [result, ...rest] = feed(input);
  assert.ok(result && result !== 'ping' && result.fault);
  assert.deepEqual(rest, []);
  return result.fault;
}

describe('framing', () => {
  const stream = `${text({ callId: '1', body: 'héllo' })}\r\n\r\n\r\n${text({ callId: '2' })}${text({ callId: '3', body: '\r\n\r\nINVITE' })}\r\n\r\n`;
  const expected = ['1(héllo)', 'ping', '2()', '3(\r\n\r\nINVITE)', 'ping'];

  for (const chunkBytes of [1, 2, 3, 7, 64, 1000, Infinity])
    test(`comes out the same from pieces of ${chunkBytes} bytes`, () => {
      assert.deepEqual(summary(feed(stream, chunkBytes)), expected);
    });

  test('a body does not change when more bytes come', () => {
    const parser = new StreamParser();
    const chunk = Buffer.from(text({ body: 'abc' }));
    parser.push(chunk);
    const [result] = drain(parser);
    chunk.fill(0);
    assert.deepEqual(result && summary([result]), ['c(abc)']);
  });

  test('waits for the rest, and knows how much it holds', () => {
    const parser = new StreamParser();
    const bytes = Buffer.from(text({ body: 'abc' }));
    parser.push(bytes.subarray(0, 30));
    assert.equal(parser.next(), undefined);
    assert.equal(parser.buffered, 30);
    parser.push(bytes.subarray(30, -1));
    assert.equal(parser.next(), undefined);
    assert.equal(parser.buffered, bytes.length - 1);
    parser.push(bytes.subarray(-1));
    assert.deepEqual(summary(drain(parser)), ['c(abc)']);
    assert.equal(parser.buffered, 0);
  });
});

describe('keep-alive (RFC 5626 §3.5.1)', () => {
  test('1.7 two line ends are a ping, one is nothing and held by nobody', () => {
    const parser = new StreamParser();
    parser.push(Buffer.from('\r\n'));
    assert.equal(parser.next(), undefined);
    assert.equal(parser.buffered, 0);
    parser.push(Buffer.from('\r'));
    assert.equal(parser.next(), undefined);
    parser.push(Buffer.from('\n'));
    assert.equal(parser.next(), 'ping');
    assert.equal(parser.next(), undefined);
  });

  test('1.7 a line end before a message is skipped', () => {
    assert.deepEqual(summary(feed(`\r\n${text()}\r\n${text()}`)), ['c()', 'c()']);
    assert.deepEqual(summary(feed(`\r\n${text()}\r\n${text()}`, 1)), ['c()', 'c()']);
  });
});

describe('a lost border ends the connection', () => {
  const cases: [string, string, number][] = [
    ['no Content-Length', text({ length: '' }), 400],
    ['a negative one', text({ length: 'Content-Length: -999\r\n' }), 400],
    ['one that is no number', text({ length: 'l: ten\r\n' }), 400],
    ['two that differ', text({ length: 'Content-Length: 8\r\nl: 9\r\n' }), 400],
    ['a stray line break', text({ extra: 'Subject: a\nContent-Length: 5\r\n' }), 400],
    ['a stray line break behind a lesser flaw', text({ extra: 'no colon\r\nSubject: a\nX: b\r\n' }), 400],
    [
      'a stray line break behind another version',
      text({ start: 'OPTIONS sip:h SIP/3.0', extra: 'A: b\nX: c\r\n' }),
      400,
    ],
    ['too large a message', text({ length: `Content-Length: ${MAX_STREAM_MESSAGE_BYTES}\r\n` }), 513],
    ['an absurd length', text({ length: `Content-Length: ${'9'.repeat(30)}\r\n` }), 513],
    ['too large a head', text({ extra: `X: y\r\n`.repeat(MAX_HEAD_BYTES / 6) }), 513],
    ['too many headers', text({ extra: `X: y\r\n`.repeat(100) }), 400],
    ['a head that never ends', `${text({ length: '' }).slice(0, -2)}X: ${'x'.repeat(MAX_HEAD_BYTES)}`, 513],
  ];
  for (const [name, input, status] of cases)
    test(`${name}: ${status}`, () => {
      const fault = onlyFault(`${input}${text()}`);
      assert.equal(fault.status, status);
      assert.equal(fault.fatal, true);
      assert.ok(fault.request instanceof SipRequest);
    });

  for (const input of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0\0\0\0\r\n\r\n', 'x'.repeat(MAX_HEAD_BYTES + 1)])
    test(`${JSON.stringify(input.slice(0, 20))} cannot even be answered`, () => {
      const fault = onlyFault(input);
      assert.equal(fault.fatal, true);
      assert.equal(fault.request, undefined);
    });

  test('nothing is taken or held afterwards', () => {
    const parser = new StreamParser();
    parser.push(Buffer.from('nonsense\r\n\r\n'));
    assert.deepEqual(summary(drain(parser)), ['400!']);
    parser.push(Buffer.from(text()));
    assert.equal(parser.next(), undefined);
    assert.equal(parser.buffered, 0);
  });
});

test('a faulty message between good ones costs only itself', () => {
  const faulty = [
    text({ start: 'INVITE sip:h SIP/2.0', body: 'abc' }),
    text({ extra: 'no colon\r\n', body: 'abc' }),
    text({ start: 'OPTIONS sip:h SIP/3.0', body: 'abc' }),
  ];
  for (const bad of faulty) {
    const status = bad.includes('SIP/3.0') ? '505' : '400';
    assert.deepEqual(summary(feed(`${text()}${bad}${text()}`, 5)), ['c()', status, 'c()']);
  }
});
