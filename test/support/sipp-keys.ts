import { printRtp } from '../../src/voice/media/rtp-packet.ts';

const EVENT_KEYS = '0123456789*#ABCD';
const PAYLOAD_TYPE = 101;
const PACKETS = 6;
const TICK_MS = 20;
/** Milliseconds from one key to the next. */
const KEY_MS = 200;
const ETHERNET = 1;

/** A capture of keys as telephone-events (RFC 4733), for SIPp to play: it takes addresses and ports from its call. */
export function keyCapture(keys: string, startMs = 0): Buffer {
  const packets = Array.from(keys).flatMap((key, index) =>
    Array.from({ length: PACKETS }, (_, packet) => {
      const payload = Buffer.from([EVENT_KEYS.indexOf(key), packet >= PACKETS - 3 ? 0x8a : 0x0a, 0, 0]);
      payload.writeUInt16BE(8 * TICK_MS * (packet + 1), 2);
      return capturedAt(
        startMs + index * KEY_MS + packet * TICK_MS,
        printRtp({
          marker: packet === 0,
          payloadType: PAYLOAD_TYPE,
          sequence: (startMs / TICK_MS + index * PACKETS + packet) & 0xffff,
          timestamp: 8 * (startMs + index * KEY_MS),
          ssrc: 0x1234_5678,
          payload,
        }),
      );
    }),
  );
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2_c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(ETHERNET, 20);
  return Buffer.concat([header, ...packets]);
}

/** One packet in the format of libpcap: Ethernet, IPv4, UDP. */
function capturedAt(ms: number, rtp: Buffer): Buffer {
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(0x0800, 12);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(28 + rtp.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(17, 9);
  ip.set([127, 0, 0, 1], 12);
  ip.set([127, 0, 0, 1], 16);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(6000, 0);
  udp.writeUInt16BE(6000, 2);
  udp.writeUInt16BE(8 + rtp.length, 4);
  const frame = Buffer.concat([ethernet, ip, udp, rtp]);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(ms / 1000), 0);
  record.writeUInt32LE((ms % 1000) * 1000, 4);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([record, frame]);
}
