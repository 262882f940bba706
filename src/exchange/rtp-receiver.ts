/** Octets of an RTP header without extension and contributing sources (RFC 3550 §5.1). */
export const RTP_HEADER_BYTES = 12;

/** Most senders counted apart on one port; whatever further ones send is ignored. */
const MOST_SOURCES = 8;
/** A leap further than this is a sender that began anew, not loss (RFC 3550 appendix A.1, MAX_DROPOUT). */
const LONGEST_GAP = 3000;

interface Source {
  /** Extended sequence numbers: the first of this run and the highest so far. */
  first: number;
  highest: number;
  received: number;
  /** Loss of the runs before this one. */
  lostBefore: number;
}

/** Counts what arrives on one RTP port: packets, octets of payload, and loss by sequence number (RFC 3550 appendix A.3). */
export class RtpReceiver {
  #sources = new Map<number, Source>();
  packets = 0;
  bytes = 0;

  /** Packets that the sequence numbers promised and that never came. */
  get lost(): number {
    return [...this.#sources.values()].reduce((sum, source) => sum + source.lostBefore + lossOf(source), 0);
  }

  /** Takes a datagram; false when it is no RTP version 2 packet, or from one sender too many. */
  receive(datagram: Buffer): boolean {
    if (datagram.length < RTP_HEADER_BYTES || datagram.readUInt8(0) >> 6 !== 2) return false;
    const contributing = datagram.readUInt8(0) & 0x0f;
    const payload = datagram.length - RTP_HEADER_BYTES - 4 * contributing;
    if (payload < 0 || !this.#note(datagram.readUInt32BE(8), datagram.readUInt16BE(2))) return false;
    this.packets += 1;
    this.bytes += payload;
    return true;
  }

  #note(ssrc: number, sequence: number): boolean {
    const source = this.#sources.get(ssrc);
    if (!source) {
      if (this.#sources.size >= MOST_SOURCES) return false;
      this.#sources.set(ssrc, { first: sequence, highest: sequence, received: 1, lostBefore: 0 });
      return true;
    }
    // The 16-bit difference, read as signed, tells a step forward from a late packet.
    const step = ((sequence - source.highest) << 16) >> 16;
    if (Math.abs(step) > LONGEST_GAP) beginAnew(source, sequence);
    else if (step > 0) source.highest += step;
    source.received += 1;
    return true;
  }
}

function lossOf(source: Source): number {
  return Math.max(0, source.highest - source.first + 1 - source.received);
}

function beginAnew(source: Source, sequence: number): void {
  source.lostBefore += lossOf(source);
  source.first = sequence;
  source.highest = sequence;
  source.received = 0;
}
