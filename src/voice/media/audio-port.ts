import { randomBytes, randomInt } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from '../../kit/ip.ts';
import type { PortRange } from '../../kit/read-media.ts';
import { openRtpSocket } from '../../exchange/rtp-socket.ts';
import { MediaKeys } from '../../exchange/sdes.ts';
import type { Endpoint } from '../../sip/transport/transport.ts';
import { parseRtp, printRtp, type RtpPacket } from './rtp-packet.ts';

/** Tries to find a port of the range that nobody has. */
const MOST_TRIES = 50;

/** A leap of sequence numbers further than this is a sender that began anew (RFC 3550 appendix A.1). */
const LONGEST_GAP = 3000;

/** What goes out, still without the numbers of our stream. */
export interface Outgoing {
  readonly payloadType: number;
  readonly payload: Buffer;
  /** In samples, from where the stream of this port began. */
  readonly position: number;
  readonly marker: boolean;
}

/** A stream that is passed on: the last of its packets by its own numbers, and by ours. */
interface Passage {
  readonly ssrc: number;
  sequence: number;
  timestamp: number;
  position: number;
  ourSequence: number;
}

/** One RTP port of ours: a single stream out, whatever it is made of, and the packets of one peer in. */
export class AudioPort {
  readonly port: number;
  /** Called for each packet of the peer. */
  onPacket: ((packet: RtpPacket) => void) | undefined;
  readonly #socket: Socket;
  readonly #keys: MediaKeys;
  readonly #wide: boolean;
  readonly #ssrc = randomInt(2 ** 32);
  readonly #firstTimestamp = randomInt(2 ** 32);
  #sequence = randomBytes(2).readUInt16BE();
  #target: Endpoint | undefined;
  /** Where packets came from first since the target was set: the peer's own side of its NAT. */
  #heardFrom: Endpoint | undefined;
  #passage: Passage | undefined;
  #closed = false;

  private constructor(socket: Socket, keys: MediaKeys) {
    this.#socket = socket;
    this.#keys = keys;
    const { address, port } = socket.address();
    this.#wide = isIPv6(address);
    this.port = port;
    socket.on('message', (datagram, sender) => this.#receive(datagram, sender));
    // A target that cannot be reached from this address is not sent to again.
    socket.on('error', () => this.sendTo(undefined));
  }

  /** Opens a port at `address`, encrypted where `keys` are agreed; rejects when there is none to be had. */
  static async open(address: string, range: PortRange | null, keys = new MediaKeys()): Promise<AudioPort> {
    if (!range) return new AudioPort(await openRtpSocket(address), keys);
    for (let tries = 1; ; tries += 1) {
      try {
        return new AudioPort(await openRtpSocket(address, randomInt(range.low, range.high + 1)), keys);
      } catch (error) {
        if (tries >= MOST_TRIES) throw error;
      }
    }
  }

  /** Where packets go from now on; undefined: nowhere. */
  sendTo(target: Endpoint | undefined): void {
    const same = target?.address === this.#target?.address && target?.port === this.#target?.port;
    this.#target = target;
    if (!same) this.#heardFrom = undefined;
  }

  get sends(): boolean {
    return this.#target !== undefined && !this.#closed;
  }

  /** Sends the next packet of our own making. */
  send({ payloadType, payload, position, marker }: Outgoing): void {
    this.#passage = undefined;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#emit({ marker, payloadType, payload, sequence: this.#sequence, position });
  }

  /**
   * Passes a packet of another stream on, in the place that it had there, so that loss stays loss. `position`: where we
   * are now, for the first of a stream.
   */
  pass(
    { ssrc, sequence, timestamp, marker }: RtpPacket,
    as: Pick<Outgoing, 'payload' | 'payloadType' | 'position'>,
  ): void {
    const passage = this.#passage;
    const step = passage ? ((sequence - passage.sequence) << 16) >> 16 : 0;
    if (!passage || passage.ssrc !== ssrc || Math.abs(step) > LONGEST_GAP) {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#passage = { ssrc, sequence, timestamp, position: as.position, ourSequence: this.#sequence };
      return this.#emit({ ...as, marker: true, sequence: this.#sequence });
    }
    const ours = (passage.ourSequence + step) & 0xffff;
    const position = passage.position + ((timestamp - passage.timestamp) | 0);
    this.#emit({ ...as, marker, sequence: ours, position });
    if (step <= 0) return;
    this.#sequence = ours;
    this.#passage = { ssrc, sequence, timestamp, position, ourSequence: ours };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#target = undefined;
    this.#socket.close();
  }

  #emit({ position, ...packet }: Outgoing & { sequence: number }): void {
    if (!this.#target || this.#closed) return;
    // Port 0 is where raw sockets send from, and nowhere to send to.
    const to = this.#heardFrom && this.#heardFrom.port > 0 ? this.#heardFrom : this.#target;
    const timestamp = (this.#firstTimestamp + position) >>> 0;
    const address = this.#wide && isIPv4(to.address) ? `::ffff:${to.address}` : to.address;
    this.#socket.send(this.#keys.protect(printRtp({ ...packet, timestamp, ssrc: this.#ssrc })), to.port, address);
  }

  /** Whoever speaks first is the peer, as telephones behind NAT are heard from another address than they name. */
  #receive(datagram: Buffer, sender: Endpoint): void {
    const opened = this.#keys.open(datagram);
    const packet = opened && parseRtp(opened);
    if (!packet) return;
    const address = canonicalAddress(sender.address);
    this.#heardFrom ??= { address, port: sender.port };
    if (this.#heardFrom.address === address && this.#heardFrom.port === sender.port) this.onPacket?.(packet);
  }
}
