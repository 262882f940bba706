import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escapeUser, parseUri, printUri, sameUri, unescapeUser } from './uri.ts';
import type { SipUri } from './uri.ts';

function uri(text: string): SipUri {
  const parsed = parseUri(text);
  assert.ok(parsed, text);
  return parsed;
}

type Parts = Omit<SipUri, 'params'> & { params?: [string, string | null][] };

const good: [string, Parts][] = [
  ['sip:h', { scheme: 'sip', host: 'h' }],
  ['SIPS:Alice:Pa:ss@EXAMPLE.com:5061', { scheme: 'sips', user: 'Alice', password: 'Pa:ss', host: 'example.com', port: 5061 }],
  ['sip:alice@example.com;Transport=TCP;lr?Subject=a&x=', { scheme: 'sip', user: 'alice', host: 'example.com', params: [['transport', 'TCP'], ['lr', null]], headers: 'Subject=a&x=' }],
  // RFC 4475 §3.1.1.9 and §3.1.1.3: what looks like a parameter or a header may be part of the user.
  ['sip:user;par=u%40example.net@example.com', { scheme: 'sip', user: 'user;par=u%40example.net', host: 'example.com' }],
  ['sip:sips%3Auser%40example.com@example.net', { scheme: 'sip', user: 'sips%3Auser%40example.com', host: 'example.net' }],
  ['sip:1_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com', { scheme: 'sip', user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", host: 'example.com' }],
  ['sip:+1206;ext=1?x=/a,b@h', { scheme: 'sip', user: '+1206;ext=1?x=/a,b', host: 'h' }],
  ['sip:null-%00-null@example.com', { scheme: 'sip', user: 'null-%00-null', host: 'example.com' }],
  ['sip:*98#@pbx', { scheme: 'sip', user: '*98#', host: 'pbx' }],
  ['sip:[2001:DB8:0::10]', { scheme: 'sip', host: '2001:db8::10' }],
  ['sip:a@[2001:db8::10]:5070;x=[y]', { scheme: 'sip', user: 'a', host: '2001:db8::10', port: 5070, params: [['x', '[y]']] }],
  ['sip:a@[::ffff:192.0.2.10]', { scheme: 'sip', user: 'a', host: '192.0.2.10' }],
  ['sip:a@example.com.', { scheme: 'sip', user: 'a', host: 'example.com.' }],
  ['sip:a@b?', { scheme: 'sip', user: 'a', host: 'b', headers: '' }],
  ['sip:a@b;__proto__=x;constructor;%6dADDR=y;n%3Bn=z', { scheme: 'sip', user: 'a', host: 'b', params: [['__proto__', 'x'], ['constructor', null], ['maddr', 'y'], ['n%3bn', 'z']] }],
  ['tel:+1-206-555-0100', { scheme: 'tel', user: '+1-206-555-0100', host: '' }],
  ['TEL:7042;phone-context=example.com', { scheme: 'tel', user: '7042', host: '', params: [['phone-context', 'example.com']] }],
  ['tel:*69#', { scheme: 'tel', user: '*69#', host: '' }],
  ['soap.beep://192.0.2.103:3002', { scheme: 'soap.beep', user: '//192.0.2.103:3002', host: '' }],
  ['urn:service:sos', { scheme: 'urn', user: 'service:sos', host: '' }],
]; // prettier-ignore

const bad = [
  '', ':', 'sip:', 'sip', 'a', '1x:y', 'si p:x', 'sip:@h', 'sip:a@', 'sip::pw@h', 'sip:a b@h', 'sip:a@h ', '<sip:a@h>', 'sip:<a@h>', 'sip:"a"@h',
  'sip:a\r\n@h', 'sip:a\0@h', 'sip:a%4@h', 'sip:a%zz@h', 'sip:a%', 'sip:a@b%20c', 'sip:a@evil.example@good.example', 'sip:a@evil.example;x=@good.example',
  'sip:a@good.example?x=b@evil.example', 'sip:2001:db8::10', 'sip:a@2001:db8::10', 'sip:a@fe80::1', 'sip:[2001:db8::10', 'sip:[::1]x', 'sip:[1.2.3.4]', 'sip:[fe80::1%25eth0]',
  'sip:a@h:', 'sip:a@h:0', 'sip:a@h:65536', 'sip:a@h:5060x', 'sip:a@h: 5060', 'sip:a@256.1.1.1', 'sip:a@127.1', 'sip:a@0x7f.0.0.0x1', 'sip:a@1.2.3.4.', 'sip:a@a..b',
  'sip:a@h;', 'sip:a@h;;lr', 'sip:a@h;=x', 'sip:a@h;x=', 'sip:a@h;x=1;X=2', 'sip:a@h;tr%61nsport=udp;transport=tcp', 'sip:a@h/x', 'sip:a@h,sip:b@h',
  'tel:', 'tel:+', 'tel:-', 'tel:abcx', 'tel:1+2', 'tel:+1206?x=y', 'tel:+1206;', 'tel:+1206@h',
]; // prettier-ignore

describe('a URI', () => {
  for (const [text, expected] of good)
    test(text, () => {
      const { params, ...parts } = uri(text);
      const { params: expectedParams = [], ...expectedParts } = expected;
      assert.deepEqual(JSON.parse(JSON.stringify(parts)), expectedParts);
      assert.deepEqual([...params], expectedParams);
      assert.deepEqual(parseUri(printUri({ ...parts, params })), { ...parts, params });
    });
});

describe('no URI', () => {
  for (const text of bad) test(JSON.stringify(text), () => assert.equal(parseUri(text), undefined));
});

test('1.9 a user is unescaped once, to bytes', () => {
  assert.equal(unescapeUser('sips%3Auser%40x'), 'sips:user@x');
  assert.equal(unescapeUser('%2541'), '%41');
  assert.equal(unescapeUser('a%00b'), 'a\0b');
  assert.equal(unescapeUser('%c3%A9'), '\u00c3\u00a9');
  assert.equal(unescapeUser('plain+$&'), 'plain+$&');
  assert.equal(unescapeUser('%zz%4'), '%zz%4');
});

test('a user is escaped where it could not stand as it is', () => {
  assert.equal(escapeUser('+12065550100'), '+12065550100');
  assert.equal(
    escapeUser("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"),
    "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
  );
  assert.equal(escapeUser('sips:user@x'), 'sips%3Auser%40x');
  assert.equal(escapeUser('a\r\n#%\0'), 'a%0D%0A%23%25%00');
  assert.equal(escapeUser('\u00c3\u00a9'), '%C3%A9');
  for (let byte = 0; byte < 256; byte += 1) {
    const user = String.fromCharCode(byte);
    assert.equal(unescapeUser(uri(`sip:${escapeUser(user)}@h`).user ?? ''), user);
  }
});

describe('equivalence (RFC 3261 §19.1.4)', () => {
  const same = [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com', 'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com'],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
    ['sip:a@[2001:db8::1]', 'SIP:a@[2001:DB8:0:0::1]'],
    ['tel:+1-206-555-0100', 'tel:+1(206)5550100'],
    ['tel:7042;phone-context=Example.com;ext=1', 'tel:7042;ext=1;phone-context=example.com'],
    ['urn:service:sos', 'urn:service:sos'],
  ] as const; // prettier-ignore
  const different = [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:a@b', 'sips:a@b'],
    ['sip:b', 'sip:a@b'],
    ['sip:a@b', 'sip:a:secret@b'],
    ['sip:a;x@b', 'sip:a%3Bx@b'],
    ['sip:a@b;user=phone', 'sip:a@b'],
    ['sip:a@b', 'sip:a@b;maddr=192.0.2.1'],
    ['tel:+12065550100', 'tel:12065550100'],
    ['tel:7042;phone-context=a', 'tel:7042'],
    ['urn:service:sos', 'urn:service:sos.fire'],
  ] as const;
  for (const [a, b] of same)
    test(`1.19 ${a} = ${b}`, () => {
      assert.equal(sameUri(uri(a), uri(b)), true);
      assert.equal(sameUri(uri(b), uri(a)), true);
    });
  for (const [a, b] of different)
    test(`1.19 ${a} ≠ ${b}`, () => {
      assert.equal(sameUri(uri(a), uri(b)), false);
      assert.equal(sameUri(uri(b), uri(a)), false);
    });
});
