import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswer, createOffer, parseSdp, usableAudio } from './sdp.ts';
import { MediaKeys, printCrypto, readCrypto } from './sdes.ts';

const INLINE = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const LOCAL = { address: '127.0.0.1', port: 40_000, sessionId: 1, version: 1 };

/** An RTP packet. */
function packet(sequence: number): Buffer {
  const bytes = Buffer.alloc(20, 1);
  bytes.writeUInt16BE(0x8000, 0);
  bytes.writeUInt16BE(sequence, 2);
  return bytes;
}

/** The stream that a description is about. */
function streamOf(description: string) {
  const stream = usableAudio(parseSdp(description) ?? []);
  assert.ok(stream, description);
  return stream;
}

describe('a=crypto', () => {
  for (const [line, tag] of [
    [`crypto:1 ${SUITE} inline:${INLINE}`, 1],
    [`crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${INLINE}|2^20`, 7],
    [`crypto:1 ${SUITE} inline:${INLINE}|2^20 UNENCRYPTED_SRTCP WSH=64`, 1],
  ] as const)
    test(`${line} is spoken`, () => {
      const [read] = readCrypto([line]);
      assert.deepEqual([read?.tag, read?.secret.toString('base64')], [tag, INLINE]);
    });

  for (const line of [
    `crypto:1 ${SUITE} inline:${INLINE}|2^20|1:4`,
    `crypto:1 ${SUITE} inline:${INLINE}|1:4`,
    `crypto:1 ${SUITE} inline:${INLINE};inline:${INLINE}`,
    `crypto:1 ${SUITE} inline:${INLINE} UNENCRYPTED_SRTP`,
    `crypto:1 ${SUITE} inline:${INLINE} KDR=1`,
    `crypto:1 ${SUITE} inline:${INLINE.slice(4)}`,
    `crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${INLINE}`,
    `crypto:1 constructor inline:${INLINE}`,
    'crypto:',
  ])
    test(`${line} is left out`, () => assert.deepEqual(readCrypto([line]), []));

  test('a stream over SRTP without a key that can be spoken is not usable', () => {
    const sdp = createOffer({ ...LOCAL, crypto: new MediaKeys(true).offer() });
    assert.ok(usableAudio(parseSdp(sdp) ?? []));
    assert.equal(usableAudio(parseSdp(sdp.replace(/a=crypto.*\r\n/, '')) ?? []), undefined);
  });
});

describe('keys', () => {
  test('offer and answer make both ends understand each other; the answer takes the first line that it can', () => {
    const [caller, callee] = [new MediaKeys(true), new MediaKeys()];
    const offered = createOffer({ ...LOCAL, crypto: caller.offer() });
    const other = `a=crypto:9 AES_CM_128_HMAC_SHA1_32 inline:${INLINE}\r\n`;
    const offer = parseSdp(offered.replace('a=ptime', `${other}a=ptime`)) ?? [];
    const stream = usableAudio(offer);
    const answer = createAnswer(offer, stream, { ...LOCAL, crypto: stream && callee.answer(stream) });
    assert.match(answer, new RegExp(`m=audio 40000 RTP/SAVP 0 101\r\na=crypto:1 ${SUITE} inline:`));
    callee.agree(stream);
    caller.agree(streamOf(answer));
    assert.deepEqual(callee.open(caller.protect(packet(1))), packet(1));
    assert.deepEqual(caller.open(callee.protect(packet(1))), packet(1));
    assert.equal(caller.open(packet(2)), undefined, 'what is not encrypted is not taken');
    // The same keys again: the stream goes on, and what came before is not taken twice.
    const first = caller.protect(packet(2));
    assert.ok(callee.open(first));
    callee.agree(streamOf(createOffer({ ...LOCAL, crypto: caller.offer() })));
    assert.equal(callee.open(first), undefined);
    // A further offer names another suite: other keys.
    callee.agree({ crypto: readCrypto([other.slice(2).trim()]) });
    assert.equal(callee.open(caller.protect(packet(3))), undefined);
  });

  test('where encryption is required nothing else is admitted, offered or heard', () => {
    const keys = new MediaKeys(true);
    const plain = streamOf(createOffer(LOCAL));
    assert.equal(keys.admits(plain), false);
    assert.equal(keys.open(packet(1)), undefined);
    assert.ok(keys.offer());
    assert.equal(new MediaKeys().admits(plain), true);
    assert.equal(new MediaKeys().offer(), undefined);
  });

  test('a printed line is read again', () => {
    const line = new MediaKeys(true).offer();
    assert.ok(line);
    assert.deepEqual(readCrypto([printCrypto(line).slice(2).trim()]), [line]);
  });
});
