import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Headers } from './headers.ts';
import { createResponse, SipRequest, SipResponse } from './message.ts';
import { reasonPhrase } from './reasons.ts';

function request(): SipRequest {
  const headers = new Headers();
  for (const [name, value] of [
    ['v', 'SIP/2.0/UDP one;branch=z9hG4bK1, SIP/2.0/UDP two'],
    ['Via', 'SIP/2.0/UDP three'],
    ['Record-Route', '<sip:p;lr>'],
    ['f', '<sip:a@b>;tag=1'],
    ['To', 'sip:c@d'],
    ['Call-ID', 'x'],
    ['CSeq', '7 INVITE'],
    ['Timestamp', '54'],
    ['Contact', '<sip:a@c>'],
  ] as const)
    headers.append(name, value);
  return new SipRequest('INVITE', 'sip:c@d', headers, Buffer.from('body'));
}

describe('the answer to a request (RFC 3261 §8.2.6)', () => {
  test('copies what the RFC names, in order', () => {
    assert.equal(
      createResponse(request(), 486, undefined, 't1').toBuffer().toString(),
      [
        'SIP/2.0 486 Busy Here',
        'v: SIP/2.0/UDP one;branch=z9hG4bK1, SIP/2.0/UDP two',
        'Via: SIP/2.0/UDP three',
        'f: <sip:a@b>;tag=1',
        'To: sip:c@d;tag=t1',
        'Call-ID: x',
        'CSeq: 7 INVITE',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  });

  test('100 carries Timestamp, and no tag unless given', () => {
    const trying = createResponse(request(), 100);
    assert.equal(trying.headers.get('timestamp'), '54');
    assert.equal(trying.to?.tag, undefined);
    assert.equal(createResponse(request(), 180).headers.has('timestamp'), false);
  });

  test('a tag that is there stays', () => {
    const inDialog = request();
    inDialog.headers.set('To', '<sip:c@d>;tag=old');
    assert.equal(createResponse(inDialog, 200, undefined, 'new').to?.tag, 'old');
  });

  test('the reason is the given one, the registered one, or none', () => {
    assert.equal(createResponse(request(), 403, 'Not On My Watch').reason, 'Not On My Watch');
    assert.equal(createResponse(request(), 407).reason, 'Proxy Authentication Required');
    assert.equal(createResponse(request(), 499).reason, '');
    assert.equal(reasonPhrase(608), 'Rejected');
  });
});

describe('headers that are read on access', () => {
  test('are kept until a header changes', () => {
    const message = request();
    const via = message.via;
    assert.equal(message.via, via);
    assert.equal(via?.host, 'one');
    message.headers.removeFirstValue('via');
    assert.equal(message.via?.host, 'two');
    message.headers.prepend('Via', 'SIP/2.0/TCP zero');
    assert.equal(message.via?.host, 'zero');
    message.headers.set('CSeq', '8 BYE');
    assert.deepEqual(message.cseq, { number: 8, method: 'BYE' });
    message.headers.remove('from');
    assert.equal(message.from, undefined);
    message.headers.set('To', '<<');
    assert.equal(message.to, undefined);
  });

  test('are undefined when absent', () => {
    const empty = new SipResponse(200);
    assert.deepEqual(
      [empty.via, empty.from, empty.to, empty.cseq, empty.callId, empty.maxForwards],
      [undefined, undefined, undefined, undefined, undefined, undefined],
    );
  });
});

test('a copy goes its own way', () => {
  const original = request();
  const copy = original.clone();
  copy.headers.remove('via');
  copy.uri = 'sip:other';
  assert.equal(original.headers.count('via'), 2);
  assert.equal(original.uri, 'sip:c@d');
  assert.equal(copy.body, original.body);
  const answer = createResponse(original, 200);
  const answerCopy = answer.clone();
  answerCopy.headers.remove('to');
  assert.ok(answer.to);
});

describe('printing', () => {
  test('Content-Length counts the bytes of the body', () => {
    const message = new SipRequest('MESSAGE', 'sip:a', new Headers(), Buffer.from('é'));
    message.headers.append('l', '1');
    assert.equal(message.toBuffer().toString(), 'MESSAGE sip:a SIP/2.0\r\nl: 2\r\n\r\né');
  });

  test('a start line is one line', () => {
    assert.equal(
      new SipResponse(500, 'a\r\nVia: evil').toBuffer().toString(),
      'SIP/2.0 500 a  Via: evil\r\nContent-Length: 0\r\n\r\n',
    );
    const uri = new SipRequest('INVITE', 'sip:\u010d\u010a@b').toBuffer().toString('latin1');
    assert.equal(uri.split(/[\r\n]+/).length, 3);
  });
});
