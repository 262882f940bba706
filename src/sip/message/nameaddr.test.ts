import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNameAddr, printNameAddr } from './nameaddr.ts';

type Expected = { name?: string; uri: string; params?: [string, string | null][] };

const good: [string, Expected][] = [
  ['<sip:a@b>;tag=x', { uri: 'sip:a@b', params: [['tag', 'x']] }],
  ['"A. G. Bell" <sip:agb@bell.com> ;tag=a48s', { name: 'A. G. Bell', uri: 'sip:agb@bell.com', params: [['tag', 'a48s']] }],
  ['Anonymous <sip:c8@x.org>;tag=h', { name: 'Anonymous', uri: 'sip:c8@x.org', params: [['tag', 'h']] }],
  ['A  Token   Name\t<sip:a@b>', { name: 'A  Token   Name', uri: 'sip:a@b' }],
  ['"J \\"R\\" \\\\ <sip:no@no>;x, " <sip:a@b>', { name: 'J "R" \\ <sip:no@no>;x, ', uri: 'sip:a@b' }],
  ['"" <sip:a@b>', { name: '', uri: 'sip:a@b' }],
  ['""<sip:a@b>', { name: '', uri: 'sip:a@b' }],
  ['sip:a@b', { uri: 'sip:a@b' }],
  // RFC 3261 §20.10: without <> the parameter is the header's.
  ['sip:+1212@server.com;tag=887s', { uri: 'sip:+1212@server.com', params: [['tag', '887s']] }],
  ['sip:a@b ; tag = "q;,<>" ; lr', { uri: 'sip:a@b', params: [['tag', '"q;,<>"'], ['lr', null]] }],
  ['<sip:a;b?c/d@e;transport=udp?h=v>;X=Y', { uri: 'sip:a;b?c/d@e;transport=udp?h=v', params: [['x', 'Y']] }],
  ['<tel:+1-206-555-0100>', { uri: 'tel:+1-206-555-0100' }],
  ['caf\u00c3\u00a9 <sip:a@b>', { name: 'caf\u00c3\u00a9', uri: 'sip:a@b' }],
  ['<sip:a@b>;__proto__=1;constructor', { uri: 'sip:a@b', params: [['__proto__', '1'], ['constructor', null]] }],
  ['<sip:a@b>;+sip.instance="<urn:uuid:0>"', { uri: 'sip:a@b', params: [['+sip.instance', '"<urn:uuid:0>"']] }],
  ['<sip:a@b>;x=[2001:db8::1]', { uri: 'sip:a@b', params: [['x', '[2001:db8::1]']] }],
]; // prettier-ignore

const bad = [
  '', '   ', '*', 'a', '<>', '<sip:a@b', 'sip:a@b>', '"Mr. J. User <sip:j@x>', '"A" sip:a@b', '"A"', '"A" x <sip:a@b>',
  '<sip:a@b>;', '<sip:a@b>;;tag=1', ';;<sip:a@b>', '<sip:a@b>;tag=', '<sip:a@b>;=x', '<sip:a@b>;tag=1;TAG=2', '<sip:a@b> x',
  '<sip:a@b>, <sip:c@d>', 'sip:a@b, <sip:c@d>', 'sip:a@b;tag=1,sip:c@d', 'Bell, A <sip:a@b>', 'sip:a@b <sip:c@d>',
  'sip:a@b?Route=%3Csip:x%3E', '<sip:a b@c>', '< sip:a@b>', '<sip:a@b >', '<sip:<a@b>', '<sip:"a@b>', ';tag=1', '<sip:a@b>;tag="x',
]; // prettier-ignore

describe('a name-addr or addr-spec', () => {
  for (const [text, expected] of good)
    test(text, () => {
      const value = parseNameAddr(text);
      assert.ok(value);
      assert.equal(value.displayName, expected.name);
      assert.equal(value.uri, expected.uri);
      assert.deepEqual([...value.params], expected.params ?? []);
      assert.deepEqual(parseNameAddr(printNameAddr(value)), value);
    });
});

describe('no name-addr', () => {
  for (const text of bad) test(JSON.stringify(text), () => assert.equal(parseNameAddr(text), undefined));
});

test('the tag is the tag parameter, whatever its case; one without value is none', () => {
  assert.equal(parseNameAddr('<sip:a@b>;TaG=xYz')?.tag, 'xYz');
  assert.equal(parseNameAddr('<sip:a@b;tag=no>')?.tag, undefined);
  assert.equal(parseNameAddr('<sip:a@b>;tag')?.tag, undefined);
});
