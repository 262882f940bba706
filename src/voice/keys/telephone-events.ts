import type { DtmfDigit } from '../../rulebook/call-control.ts';
import type { RtpPacket } from '../media/rtp-packet.ts';

/** The keys by their event codes 0 to 15 (RFC 4733 §3.2). */
const KEYS = '0123456789*#ABCD';

/** Octets of an event's payload (RFC 4733 §2.3). */
const PAYLOAD_BYTES = 4;

/** An event that lasts longer goes on as a new one, begun where this one ends (RFC 4733 §2.5.1.3). */
const LONGEST_SEGMENT = 0xffff;

interface Event {
  readonly code: number;
  readonly ssrc: number;
  readonly timestamp: number;
  duration: number;
}

/**
 * Reads keys from telephone-events (RFC 4733). A key counts when its first packet comes, whichever that is: all packets
 * of one press have its timestamp, so repeats are known and a lost end is not missed.
 */
export class TelephoneEvents {
  #last: Event | undefined;

  /** The key that this packet is the first of; undefined for repeats, late packets and other events. */
  take({ payload, timestamp, ssrc }: RtpPacket): DtmfDigit | undefined {
    if (payload.length < PAYLOAD_BYTES) return undefined;
    const code = payload.readUInt8(0);
    const duration = payload.readUInt16BE(2);
    const last = this.#last;
    if (last?.ssrc === ssrc) {
      // The 32-bit difference, read as signed, tells a later event from a packet that came late.
      const since = (timestamp - last.timestamp) | 0;
      if (since === 0) {
        last.duration = Math.max(last.duration, duration);
        return undefined;
      }
      if (since < 0) return undefined;
      if (code === last.code && last.duration >= LONGEST_SEGMENT && since === LONGEST_SEGMENT) {
        this.#last = { code, ssrc, timestamp, duration };
        return undefined;
      }
    }
    this.#last = { code, ssrc, timestamp, duration };
    return KEYS[code] as DtmfDigit | undefined;
  }
}
