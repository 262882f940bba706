import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { systemClock } from '../kit/clock.ts';
import { SAMPLES_PER_PACKET } from './melody.ts';
import { RtpStream } from './rtp.ts';
import { RTP_HEADER_BYTES, RtpReceiver } from './rtp-receiver.ts';
import { Ticker } from './ticker.ts';

function packet(sequence: number, ssrc = 1): Buffer {
  const bytes = Buffer.alloc(RTP_HEADER_BYTES + SAMPLES_PER_PACKET);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt16BE(sequence & 0xffff, 2);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

describe('receiving', () => {
  test('counts packets, payload and loss over a wrap of the sequence number', () => {
    const receiver = new RtpReceiver();
    for (const sequence of [65_534, 65_535, 0, 3, 2]) assert.ok(receiver.receive(packet(sequence)));
    assert.deepEqual([receiver.packets, receiver.bytes, receiver.lost], [5, 800, 1]);
  });

  test('a sender that begins anew is no loss', () => {
    const receiver = new RtpReceiver();
    for (const sequence of [1, 2, 4, 30_000, 30_001]) receiver.receive(packet(sequence));
    assert.equal(receiver.lost, 1);
  });

  test('what is no RTP is not counted, and senders are bounded', () => {
    const receiver = new RtpReceiver();
    assert.equal(receiver.receive(Buffer.from('OPTIONS sip:a SIP/2.0')), false);
    assert.equal(receiver.receive(Buffer.alloc(3)), false);
    assert.equal(receiver.receive(Buffer.from([0x8f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])), false);
    for (let ssrc = 0; ssrc < 1000; ssrc += 1) receiver.receive(packet(1, ssrc));
    assert.ok(receiver.packets < 100);
  });
});

describe('sending', () => {
  test('audio arrives in order with steady timestamps', async () => {
    const ticker = new Ticker(systemClock);
    const peer = createSocket('udp4').bind(0, '127.0.0.1');
    await once(peer, 'listening');
    const stream = await RtpStream.open('127.0.0.1', ticker);
    stream.sendTo({ address: '127.0.0.1', port: peer.address().port, payloadType: 0 });
    const packets: Buffer[] = [];
    while (packets.length < 4) packets.push((await once(peer, 'message'))[0] as Buffer);
    stream.close();
    peer.close();
    const first = packets[0];
    assert.ok(first);
    assert.equal(first[1], 0x80, 'the marker begins the talkspurt');
    for (const [index, each] of packets.entries()) {
      assert.equal(each.length, RTP_HEADER_BYTES + SAMPLES_PER_PACKET);
      assert.equal(each.readUInt16BE(2), (first.readUInt16BE(2) + index) & 0xffff);
      assert.equal(((each.readUInt32BE(4) - first.readUInt32BE(4)) >>> 0) % SAMPLES_PER_PACKET, 0);
      assert.equal(each.readUInt32BE(8), first.readUInt32BE(8));
    }
    assert.ok(new Set(packets.map((each) => each.toString('hex', RTP_HEADER_BYTES))).size > 1, 'it is not silence');
  });

  test('a closed stream neither ticks nor sends', async () => {
    const ticker = new Ticker(systemClock);
    const stream = await RtpStream.open('127.0.0.1', ticker);
    stream.sendTo({ address: '127.0.0.1', port: 9, payloadType: 0 });
    stream.close();
    stream.close();
    stream.sendTo({ address: '127.0.0.1', port: 9, payloadType: 0 });
    assert.equal(ticker.size, 0);
    assert.equal(stream.counts.packetsSent, 0);
  });
});
