import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest } from '../support/edge.ts';
import { sources, termination } from '../support/rules.ts';
import { establish, NUMBER, openScene } from '../support/scene.ts';

const ANY_ANSWER = (message: unknown): boolean => message instanceof SipResponse;

describe('8 what the edge answers itself', () => {
  test('8 405 with Allow for a known method that is not served, which Allow leaves out', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    for (const method of ['REFER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE']) {
      phone.send(makeRequest(method, NUMBER, phone, { 'Refer-To': '<sip:+8821@x>' }), gate);
      const allow = (await phone.status(405)).headers.values('allow');
      assert.equal(allow.includes(method), false);
      for (const served of ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS']) assert.ok(allow.includes(served), served);
    }
  });

  test('8 481 for a method that belongs to a dialog and has none', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    for (const method of ['BYE', 'PRACK', 'UPDATE', 'INFO', 'NOTIFY']) {
      phone.send(makeRequest(method, NUMBER, phone), gate);
      await phone.status(481);
    }
  });

  test('8 501 for a method that nobody knows; within a dialog it passes', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('TELEPORT', NUMBER, phone), gate);
    await phone.status(501);
    const { invite, answer } = await establish(scene);
    phone.send(inDialog('TELEPORT', invite, answer, 2), gate);
    carrier.respond(await carrier.method('TELEPORT'), 200);
    await phone.status(200);
  });

  test('8 416 for a scheme, 404 for a host that is not served', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    for (const [uri, status] of [
      ['urn:service:sos', 416],
      ['http://one.example', 416],
      ['sip:+12065550100@elsewhere.example', 404],
    ] as const) {
      phone.send(makeRequest('INVITE', uri, phone), gate);
      await phone.status(status);
    }
  });

  test('8 420 with Unsupported for a Require that we would have to understand, none for an INVITE that passes', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone, { Require: 'teleport, path' }), gate);
    const answer = await phone.status(420);
    assert.equal(answer.headers.get('unsupported'), 'teleport');
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone, { Require: 'path' }), gate);
    await phone.status(200);
    phone.send(makeRequest('INVITE', NUMBER, phone, { Require: '100rel' }), gate);
    assert.equal((await carrier.method('INVITE')).headers.get('require'), '100rel');
  });

  test('8 answers copy From, Call-ID, CSeq and all Vias in order, and add a tag to To', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    const request = makeRequest('OPTIONS', 'sip:one.example', phone);
    request.headers.append('Via', 'SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKa, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb');
    phone.send(request, gate);
    const answer = await phone.status(200);
    for (const id of ['from', 'call-id', 'cseq']) assert.equal(answer.headers.get(id), request.headers.get(id));
    assert.deepEqual(answer.headers.values('via').slice(1), request.headers.values('via').slice(1));
    assert.equal(answer.to?.uri, request.to?.uri);
    assert.ok(answer.to?.tag);
    for (const header of ['allow', 'accept', 'supported']) assert.ok(answer.headers.has(header), header);
  });

  test('8 repeats get the same tag, of challenges and of broken requests as well', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest } });
    const { phone, gate } = scene;
    for (const request of [
      makeRequest('INVITE', NUMBER, phone),
      makeRequest('INVITE', NUMBER, phone, { CSeq: '1 BYE' }),
      makeRequest('OPTIONS', 'sip:one.example', phone),
    ]) {
      const tags = [];
      for (let copy = 0; copy < 3; copy += 1) {
        phone.send(request, gate);
        tags.push((await phone.next<SipResponse>(ANY_ANSWER)).to?.tag);
      }
      assert.ok(tags[0]);
      assert.equal(new Set(tags).size, 1);
    }
  });

  test('8 a stranger learns nothing from OPTIONS', async () => {
    await using scene = await openScene({ rules: { sources: sources('198.51.100.0/24') } });
    const { phone, gate } = scene;
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone, { Require: 'teleport' }), gate);
    const answer = await phone.status(403);
    for (const header of ['allow', 'accept', 'supported', 'reason', 'x-tollgate-decision', 'unsupported'])
      assert.equal(answer.headers.has(header), false, header);
  });
});
