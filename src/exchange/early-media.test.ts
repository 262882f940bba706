import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import { createResponse, SipRequest, type SipResponse } from '../sip/message/message.ts';
import { DEFAULT_TIMERS } from '../sip/transaction/timers.ts';
import { inDialog, makeRequest } from '../../test/support/edge.ts';
import { SipPeer } from '../../test/support/sip-peer.ts';
import { VoicePhone } from '../../test/support/voice-phone.ts';
import { EarlyMedia, takesEarlyMedia } from './early-media.ts';
import { createOffer } from './sdp.ts';

const SDP = createOffer({ address: '127.0.0.1', port: 9, sessionId: 1, version: 1 });

function invite(headers: Readonly<Record<string, string>>, body = SDP): SipRequest {
  const request = makeRequest('INVITE', 'sip:b@b.example', { address: '127.0.0.1', port: 5060 }, headers);
  request.body = Buffer.from(body);
  return request;
}

test('a caller takes early media when it says so, and has made an offer', () => {
  assert.equal(takesEarlyMedia(invite({})), false);
  assert.equal(takesEarlyMedia(invite({ Supported: 'timer, 100rel' })), true);
  assert.equal(takesEarlyMedia(invite({ 'P-Early-Media': 'supported' })), true);
  assert.equal(takesEarlyMedia(invite({ 'P-Early-Media': 'inactive' })), false);
  assert.equal(takesEarlyMedia(invite({ Supported: '100rel' }, '')), false);
});

describe('a 183 with media', () => {
  /** One on a clock that the test moves, and when it was sent. */
  function open(headers: Readonly<Record<string, string>>) {
    const clock = new ManualClock();
    const begun = clock.now();
    const sent: number[] = [];
    const state = { lost: 0, acknowledged: false };
    const request = invite(headers);
    const response = createResponse(request, 183);
    const early = new EarlyMedia({
      clock,
      timers: DEFAULT_TIMERS,
      invite: request,
      response,
      send: () => sent.push(clock.now() - begun),
      lost: () => (state.lost += 1),
      draw: () => 41,
    });
    void early.acknowledged.then(() => (state.acknowledged = true));
    return { clock, early, response, sent, state };
  }
  const prack = (rack: string): SipRequest => {
    const request = new SipRequest('PRACK', 'sip:b@b.example');
    request.headers.set('RAck', rack);
    return request;
  };

  test('is repeated until its PRACK comes', async () => {
    const { clock, early, response, sent, state } = open({ Supported: '100rel' });
    assert.deepEqual([response.headers.get('require'), response.headers.get('rseq')], ['100rel', '42']);
    clock.advance(4000);
    assert.deepEqual(sent, [0, 500, 1500, 3500]);
    assert.equal(early.takes(prack('41 1 INVITE')), false);
    assert.equal(early.takes(prack('42 1 UPDATE')), false);
    await nextTurn();
    assert.equal(state.acknowledged, false);
    assert.equal(early.takes(prack(' 42  1 INVITE ')), true);
    clock.advance(60_000);
    await nextTurn();
    assert.deepEqual([sent.length, state.lost, state.acknowledged, clock.waiting], [4, 0, true, 0]);
  });

  test('is lost when no PRACK comes within 64·T1', async () => {
    const { clock, sent, state } = open({ Supported: '100rel' });
    clock.advance(32_000);
    await nextTurn();
    assert.deepEqual([sent.length, state.lost, state.acknowledged, clock.waiting], [7, 1, true, 0]);
  });

  test('is said again to a caller without PRACK, which may stay silent', async () => {
    const { clock, early, response, sent, state } = open({ 'P-Early-Media': 'supported' });
    assert.equal(response.headers.get('p-early-media'), 'sendrecv');
    assert.equal(response.headers.has('rseq'), false);
    await nextTurn();
    assert.equal(state.acknowledged, true);
    assert.equal(early.takes(prack('42 1 INVITE')), false);
    clock.advance(32_000);
    assert.deepEqual([sent.length, state.lost, clock.waiting], [7, 0, 0]);
  });
});

test('an offer in the PRACK is answered, a second PRACK is not known, and the 200 comes after it', async () => {
  await using phone = await VoicePhone.open();
  await using peer = await SipPeer.open();
  phone.onCall = ({ call }) => void call.progress().then(() => call.answer());
  const request = makeRequest('INVITE', 'sip:b@b.example', peer, {
    Supported: '100rel',
    'Content-Type': 'application/sdp',
  });
  request.body = Buffer.from(SDP);
  peer.send(request, phone.endpoint);
  const response = await peer.next<SipResponse>((message) => 'status' in message && message.status > 100);
  assert.equal(response.status, 183);
  const rack = `${response.headers.get('rseq')} 1 INVITE`;
  const answerTo = async (sequence: number, body: string): Promise<SipResponse> => {
    const prack = inDialog('PRACK', request, response, sequence);
    prack.headers.set('RAck', rack);
    prack.headers.set('Content-Type', 'application/sdp');
    prack.body = Buffer.from(body);
    peer.send(prack, phone.endpoint);
    return peer.next<SipResponse>((message) => 'status' in message && message.cseq?.method === 'PRACK');
  };
  const offer = SDP.replace('m=audio 9 ', 'm=audio 11 ');
  const pracked = await answerTo(2, offer);
  assert.deepEqual([pracked.status, pracked.headers.get('content-type')], [200, 'application/sdp']);
  const [received] = phone.received;
  assert.match(received?.media.described.at(-1) ?? '', /m=audio 11 /);
  assert.equal((await answerTo(3, offer)).status, 481);
});
