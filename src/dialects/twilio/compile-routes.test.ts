import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf } from '../../edge/failover.ts';
import { FAILOVER } from './compile-routes.ts';
import { readSipUrl } from './sip-url.ts';

test('the next URL is tried after every refusal but those that the vendor lists', () => {
  const final = new Set([400, 404, 405, 410, 416, 482, 484, 486]);
  for (let status = 300; status < 700; status += 1) {
    const expected = final.has(status) || status >= 600 ? 'final' : 'next';
    assert.equal(meaningOf(status, FAILOVER), expected, String(status));
  }
});

test('a URL names a host, a port and a transport', () => {
  const place = (text: string) => {
    const url = readSipUrl(text);
    return url && [url.host, url.port, url.transport];
  };
  assert.deepEqual(place('sip:pbx.example.net'), ['pbx.example.net', null, null]);
  assert.deepEqual(place('SIP:pbx.Example.net'), ['pbx.example.net', null, null]);
  assert.deepEqual(place('sip://sip-box.com:1234'), ['sip-box.com', 1234, 'udp']);
  assert.deepEqual(place('sip:user@192.0.2.1;edge=ashburn'), ['192.0.2.1', null, 'udp']);
  assert.deepEqual(place('sip:[2001:db8::1]:5070;transport=TCP'), ['2001:db8::1', 5070, 'tcp']);
  assert.deepEqual(place('sip:pbx.example.net;transport=tls?X-Header=1'), undefined);
  for (const text of [
    '',
    'sip:',
    'sips:pbx.example.net',
    'http://pbx.example.net',
    'sip:pbx.example.net:0',
    'sip:pbx.example.net:70000',
    'sip:pbx.example.net;transport=ws',
    'sip:-pbx.example.net',
    'sip:300.1.1.1',
    'sip:[::1',
    'sip:a b.example.net',
    'sip:a@b@c.example.net',
  ])
    assert.equal(place(text), undefined, text);
});
