import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Headers } from './headers.ts';
import { headerId } from './names.ts';

function headersOf(...lines: [string, string][]): Headers {
  const headers = new Headers();
  for (const [name, value] of lines) headers.append(name, value);
  return headers;
}

function printed(headers: Headers): string[] {
  return [...headers].map(({ name, value }) => `${name}: ${value}`);
}

describe('names', () => {
  const compact = {
    a: 'accept-contact',
    b: 'referred-by',
    c: 'content-type',
    d: 'request-disposition',
    e: 'content-encoding',
    f: 'from',
    i: 'call-id',
    j: 'reject-contact',
    k: 'supported',
    l: 'content-length',
    m: 'contact',
    n: 'identity-info',
    o: 'event',
    r: 'refer-to',
    s: 'subject',
    t: 'to',
    u: 'allow-events',
    v: 'via',
    x: 'session-expires',
    y: 'identity',
  };

  for (const [letter, id] of Object.entries(compact))
    test(`${letter} is ${id}, in either case`, () => {
      assert.equal(headerId(letter), id);
      assert.equal(headerId(letter.toUpperCase()), id);
      assert.equal(headerId(id.toUpperCase()), id);
    });

  test('1.21 names like properties of objects are names like others', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      assert.equal(headerId(name), name.toLowerCase());
      const headers = headersOf(['X', '1']);
      assert.equal(headers.get(headerId(name)), undefined);
      headers.append(name, 'v');
      assert.equal(headers.get(headerId(name)), 'v');
    }
  });
});

describe('reading', () => {
  const headers = headersOf(
    ['Via', 'SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b'],
    ['Contact', '"Watson, Jr." <sip:w@x;a=1,2>, <sip:y@z>;q=0.1'],
    ['v', 'SIP/2.0/TCP c ,, SIP/2.0/TCP d,'],
    ['Proxy-Authorization', 'Digest username="a", realm="b"'],
    ['PROXY-AUTHORIZATION', 'Digest username="c", realm="d"'],
  );

  test('1.1 both spellings are found, in order', () => {
    assert.equal(headers.get('via'), 'SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b');
    assert.equal(headers.count('via'), 2);
    assert.deepEqual(headers.lines('via'), [
      'SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b',
      'SIP/2.0/TCP c ,, SIP/2.0/TCP d,',
    ]);
  });

  test('1.3 lists split at commas outside quotes and <>', () => {
    assert.deepEqual(headers.values('via'), [
      'SIP/2.0/UDP a;branch=1',
      'SIP/2.0/UDP b',
      'SIP/2.0/TCP c',
      'SIP/2.0/TCP d',
    ]);
    assert.deepEqual(headers.values('contact'), ['"Watson, Jr." <sip:w@x;a=1,2>', '<sip:y@z>;q=0.1']);
  });

  test('1.3 credentials are never split', () => {
    assert.deepEqual(headers.values('proxy-authorization'), [
      'Digest username="a", realm="b"',
      'Digest username="c", realm="d"',
    ]);
  });

  test('a quote that never closes takes the rest', () => {
    assert.deepEqual(headersOf(['Contact', '<sip:a@b>, "x <sip:c@d>, <sip:e@f>']).values('contact'), [
      '<sip:a@b>',
      '"x <sip:c@d>, <sip:e@f>',
    ]);
  });

  test('what is not there is not there', () => {
    assert.equal(headers.get('route'), undefined);
    assert.equal(headers.has('route'), false);
    assert.deepEqual(headers.values('route'), []);
  });
});

describe('changing', () => {
  const start = (): Headers => headersOf(['To', 't'], ['Via', 'one'], ['From', 'f'], ['v', 'two'], ['Route', 'r']);

  test('set replaces the first line in its place and removes the others', () => {
    const headers = start();
    headers.set('Via', 'new');
    headers.set('Subject', 's');
    assert.deepEqual(printed(headers), ['To: t', 'Via: new', 'From: f', 'Route: r', 'Subject: s']);
  });

  test('prepend goes before the first of its kind, or on top', () => {
    const headers = start();
    headers.prepend('Via', 'zero');
    headers.prepend('Record-Route', 'rr');
    assert.deepEqual(printed(headers), [
      'Record-Route: rr',
      'To: t',
      'Via: zero',
      'Via: one',
      'From: f',
      'v: two',
      'Route: r',
    ]);
  });

  test('remove takes all lines', () => {
    const headers = start();
    headers.remove('via');
    assert.deepEqual(printed(headers), ['To: t', 'From: f', 'Route: r']);
  });

  test('the first value goes alone', () => {
    const headers = headersOf(['Via', '"a,b";x, c'], ['Via', 'd']);
    headers.removeFirstValue('via');
    assert.deepEqual(headers.lines('via'), ['c', 'd']);
    headers.removeFirstValue('via');
    assert.deepEqual(headers.lines('via'), ['d']);
    headers.removeFirstValue('via');
    headers.removeFirstValue('via');
    assert.equal(headers.has('via'), false);
  });

  test('the first value is replaced alone', () => {
    const headers = headersOf(['Via', 'a, b'], ['Via', 'c']);
    headers.replaceFirstValue('via', 'A');
    assert.deepEqual(headers.values('via'), ['A', 'b', 'c']);
    headers.replaceFirstValue('route', 'r');
    assert.equal(headers.has('route'), false);
  });

  test('a copy goes its own way', () => {
    const headers = start();
    const copy = headers.clone();
    copy.remove('via');
    assert.equal(headers.count('via'), 2);
  });

  test('a value cannot bring a header with it', () => {
    const headers = headersOf(['Reason', 'x\r\nVia: evil\r\n\r\nbody']);
    assert.equal(headers.print(0), 'Reason: x  Via: evil    body\r\nContent-Length: 0\r\n');
  });
});

describe('printing', () => {
  test('Content-Length says what is true, once, in its place', () => {
    const headers = headersOf(['l', '99'], ['To', 't'], ['Content-Length', '98']);
    assert.equal(headers.print(3), 'l: 3\r\nTo: t\r\n');
    assert.equal(headersOf(['To', 't']).print(0), 'To: t\r\nContent-Length: 0\r\n');
  });
});
