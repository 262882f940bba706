import { RTP_HEADER_BYTES } from '../../exchange/rtp-receiver.ts';

/** A packet of audio or events as it came (RFC 3550 §5.1). */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const VERSION = 0x80;
const PADDING = 0x20;
const EXTENSION = 0x10;
const MARKER = 0x80;

/** Reads a datagram; undefined when it is no RTP version 2 packet, or one that breaks off. */
export function parseRtp(datagram: Buffer): RtpPacket | undefined {
  if (datagram.length < RTP_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & EXTENSION) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + 4 * datagram.readUInt16BE(start + 2);
  }
  const padding = first & PADDING ? (datagram.at(-1) ?? 0) : 0;
  const end = datagram.length - padding;
  if (end < start) return undefined;
  const second = datagram.readUInt8(1);
  return {
    marker: (second & MARKER) !== 0,
    payloadType: second & 0x7f,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end),
  };
}

/** The packet as bytes. */
export function printRtp({ marker, payloadType, sequence, timestamp, ssrc, payload }: RtpPacket): Buffer {
  const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
  packet.writeUInt8(VERSION, 0);
  packet.writeUInt8((marker ? MARKER : 0) | payloadType, 1);
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.set(payload, RTP_HEADER_BYTES);
  return packet;
}
