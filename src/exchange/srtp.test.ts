import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crypt, deriveKey, newSrtpKey, Srtp, type SrtpKey } from './srtp.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** RFC 3711 appendix B.3: master key and master salt. */
const SECRET = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
const KEY: SrtpKey = { suite: 'AES_CM_128_HMAC_SHA1_80', secret: SECRET };

/** An RTP packet with this sequence number. */
function packet(sequence: number, payload = 'audio', ssrc = 7): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(12), Buffer.from(payload)]);
  bytes.writeUInt16BE(0x8000, 0);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

describe('SRTP', () => {
  test('RFC 3711 B.2: the keystream of AES in counter mode', () => {
    const session = { key: hex('2B7E151628AED2A6ABF7158809CF4F3C'), salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD') };
    const stream = crypt(session, Buffer.alloc(48), { start: 0, ssrc: 0, index: 0 });
    const expected =
      'E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0';
    assert.deepEqual(stream, hex(expected));
  });

  test('RFC 3711 B.3: session keys', () => {
    assert.deepEqual(deriveKey(SECRET, 0, 16), hex('C61E7A93744F39EE10734AFE3FF7A087'));
    assert.deepEqual(deriveKey(SECRET, 2, 14), hex('30CBBC08863D8C85D49DB34A9AE1'));
    assert.deepEqual(deriveKey(SECRET, 1, 20), hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  test('a packet with its tag, as other software makes it', () => {
    const plain = hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`);
    const encrypted = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
    assert.deepEqual(new Srtp(KEY).protect(plain), encrypted);
    assert.deepEqual(new Srtp(KEY).open(encrypted), plain);
  });

  for (const [suite, tag] of [
    ['AES_CM_128_HMAC_SHA1_80', 10],
    ['AES_CM_128_HMAC_SHA1_32', 4],
  ] as const)
    test(`${suite}: what is sent is opened, with a tag of ${tag} octets`, () => {
      const key = newSrtpKey(suite);
      const sent = new Srtp(key).protect(packet(1));
      assert.equal(sent.length, packet(1).length + tag);
      assert.ok(!sent.includes('audio'));
      assert.deepEqual(new Srtp(key).open(sent), packet(1));
      assert.equal(new Srtp(newSrtpKey(suite)).open(sent), undefined);
    });

  test('sequence numbers roll over, and late packets are opened on either side of that', () => {
    const sender = new Srtp(KEY);
    const receiver = new Srtp(KEY);
    const sent = Array.from({ length: 40 }, (_, at) => sender.protect(packet(65_520 + at)));
    const late = sent.splice(10, 1);
    for (const [at, bytes] of [...sent, ...late].entries()) assert.ok(receiver.open(bytes), String(at));
    // Twice around: the number of rollovers is part of the tag.
    for (let sequence = 65_560; sequence < 200_000; sequence += 1000)
      assert.ok(receiver.open(sender.protect(packet(sequence))), String(sequence));
  });

  test('a packet is opened once; one that is too late, changed or cut is not', () => {
    const sender = new Srtp(KEY);
    const receiver = new Srtp(KEY);
    const sent = Array.from({ length: 100 }, (_, at) => sender.protect(packet(at)));
    for (const bytes of sent.slice(1)) assert.ok(receiver.open(bytes));
    assert.equal(receiver.open(sent[50] ?? Buffer.alloc(0)), undefined, 'a replay');
    assert.equal(receiver.open(sent[0] ?? Buffer.alloc(0)), undefined, 'older than the window');
    const next = sender.protect(packet(100));
    for (let at = 0; at < next.length; at += 1) {
      const changed = Buffer.from(next);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      assert.equal(receiver.open(changed), undefined, `octet ${at}`);
      assert.equal(receiver.open(next.subarray(0, at)), undefined, `${at} octets`);
    }
    assert.ok(receiver.open(next), 'what was refused changed nothing');
  });

  test('senders are told apart, up to 64; a forged one takes no place', () => {
    const receiver = new Srtp(KEY);
    const from = (ssrc: number): Buffer => new Srtp(KEY).protect(packet(1, 'audio', ssrc));
    for (let ssrc = 0; ssrc < 100; ssrc += 1)
      receiver.open(new Srtp(newSrtpKey(KEY.suite)).protect(packet(1, 'x', ssrc)));
    for (let ssrc = 0; ssrc < 64; ssrc += 1) assert.ok(receiver.open(from(ssrc)));
    assert.equal(receiver.open(from(64)), undefined);
  });
});
