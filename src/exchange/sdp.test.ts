import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswer, createOffer, parseSdp, sendTarget, usableAudio } from './sdp.ts';

const lines = (...text: string[]): string => `${text.join('\r\n')}\r\n`;
const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-'];
const LOCAL = { address: '127.0.0.1', port: 40_000, sessionId: 7, version: 2 };

const audioOf = (...text: string[]) => {
  const streams = parseSdp(lines(...text));
  assert.ok(streams);
  return usableAudio(streams);
};

describe('reading', () => {
  test('our own offer', () => {
    const streams = parseSdp(createOffer(LOCAL));
    assert.ok(streams);
    const audio = usableAudio(streams);
    assert.equal(audio?.telephoneEvent, 101);
    assert.equal(audio?.direction, 'sendrecv');
    assert.deepEqual(sendTarget(audio), { address: '127.0.0.1', port: 40_000, payloadType: 0 });
  });

  test('c= of the stream wins over c= of the session', () => {
    const session = [...HEAD, 'c=IN IP4 192.0.2.9', 't=0 0', 'm=audio 4000 RTP/AVP 0'];
    assert.equal(audioOf(...session)?.address, '192.0.2.9');
    assert.equal(audioOf(...session, 'c=IN IP4 192.0.2.10/127')?.address, '192.0.2.10');
  });

  test('IPv6, bare line feeds and a missing rtpmap', () => {
    const streams = parseSdp('v=0\no=- 1 1 IN IP6 ::1\ns=-\nc=IN IP6 2001:DB8::1\nt=0 0\nm=audio 4000 RTP/AVP 8 0\n');
    assert.deepEqual(sendTarget(streams?.[0]), { address: '2001:db8::1', port: 4000, payloadType: 0 });
  });

  test('PCMU and telephone-event under dynamic payload types', () => {
    const audio = audioOf(
      ...HEAD,
      'c=IN IP4 192.0.2.1',
      'm=audio 4000 RTP/AVP 97 96',
      'a=rtpmap:97 telephone-event/8000',
      'a=rtpmap:96 pcmu/8000/1',
    );
    assert.equal(audio?.pcmu, 96);
    assert.equal(audio?.telephoneEvent, 97);
  });

  test('what cannot be spoken is not usable', () => {
    const connection = 'c=IN IP4 192.0.2.1';
    for (const media of [
      'm=audio 0 RTP/AVP 0',
      'm=audio 4000 RTP/SAVP 0',
      'm=audio 4000 RTP/AVP 8',
      'm=video 4000 RTP/AVP 0',
    ])
      assert.equal(audioOf(...HEAD, connection, media), undefined, media);
  });

  test('nothing is sent on hold, to groups, or to no address', () => {
    const media = ['m=audio 4000 RTP/AVP 0'];
    const targets = [
      sendTarget(audioOf(...HEAD, 'c=IN IP4 0.0.0.0', ...media)),
      sendTarget(audioOf(...HEAD, 'c=IN IP4 224.1.1.1', ...media)),
      sendTarget(audioOf(...HEAD, 'c=IN IP4 gateway.example', ...media)),
      sendTarget(audioOf(...HEAD, ...media)),
      sendTarget(audioOf(...HEAD, 'c=IN IP4 192.0.2.1', ...media, 'a=sendonly')),
      sendTarget(audioOf(...HEAD, 'c=IN IP4 192.0.2.1', 'a=inactive', ...media)),
    ];
    assert.deepEqual(targets, [undefined, undefined, undefined, undefined, undefined, undefined]);
  });

  test('what is no session description is refused without an exception', () => {
    for (const text of ['', 'hello', 'm=audio 1 RTP/AVP 0', 'v=0\r\nm=audio\r\n', 'v=0\r\nm=audio 99999 RTP/AVP 0\r\n'])
      assert.equal(parseSdp(text), undefined, JSON.stringify(text));
  });
});

describe('answering', () => {
  const offer = lines(
    ...HEAD,
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=video 5000 RTP/AVP 99',
    'm=audio 4000 RTP/AVP 8 0 101',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendonly',
  );

  test('mirrors every stream in its place and the direction', () => {
    const streams = parseSdp(offer);
    assert.ok(streams);
    const answer = parseSdp(createAnswer(streams, usableAudio(streams), LOCAL));
    assert.deepEqual(
      answer?.map(({ media, port, formats, direction }) => ({ media, port, formats, direction })),
      [
        { media: 'video', port: 0, formats: ['99'], direction: 'sendrecv' },
        { media: 'audio', port: 40_000, formats: ['0', '101'], direction: 'recvonly' },
      ],
    );
  });
});
