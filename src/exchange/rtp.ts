import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { melodyPackets, SAMPLES_PER_PACKET } from './melody.ts';
import { RTP_HEADER_BYTES, RtpReceiver } from './rtp-receiver.ts';
import { openRtpSocket } from './rtp-socket.ts';
import { MediaKeys } from './sdes.ts';
import type { Ticker } from './ticker.ts';

/** Where a stream's packets go, and the payload type that PCMU has there. */
export interface RtpTarget {
  readonly address: string;
  readonly port: number;
  readonly payloadType: number;
}

/** What went over one RTP port so far. Bytes are octets of payload. */
export interface RtpCounts {
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly packetsLost: number;
}

/** No stream sends for longer than an hour, whoever forgot to end it. */
const MOST_PACKETS = 60 * 60 * 50;
const VERSION = 0x80;
const MARKER = 0x80;

/** One RTP port (RFC 3550): plays the melody to a target as PCMU, one packet a tick, and counts what comes in. */
export class RtpStream {
  readonly port: number;
  /** Called for each packet counted. */
  onPacket: (() => void) | undefined;
  readonly #socket: Socket;
  readonly #ticker: Ticker;
  readonly #keys: MediaKeys;
  readonly #receiver = new RtpReceiver();
  readonly #ssrc = randomBytes(4);
  readonly #firstTimestamp = randomBytes(4).readUInt32BE();
  #sequence = randomBytes(2).readUInt16BE();
  #firstTick: number | undefined;
  #target: RtpTarget | undefined;
  #sent = 0;
  #closed = false;

  private constructor(socket: Socket, ticker: Ticker, keys: MediaKeys) {
    this.#socket = socket;
    this.#ticker = ticker;
    this.#keys = keys;
    this.port = socket.address().port;
    socket.on('message', (datagram) => {
      const packet = keys.open(datagram);
      if (packet && this.#receiver.receive(packet)) this.onPacket?.();
    });
    // A target that cannot be reached from this address is not sent to again.
    socket.on('error', () => this.sendTo(undefined));
  }

  /** Opens an ephemeral port on `address`, encrypted where `keys` are agreed; rejects when there is none to be had. */
  static async open(address: string, ticker: Ticker, keys = new MediaKeys()): Promise<RtpStream> {
    return new RtpStream(await openRtpSocket(address), ticker, keys);
  }

  get counts(): RtpCounts {
    return {
      packetsSent: this.#sent,
      bytesSent: this.#sent * SAMPLES_PER_PACKET,
      packetsReceived: this.#receiver.packets,
      bytesReceived: this.#receiver.bytes,
      packetsLost: this.#receiver.lost,
    };
  }

  /** From the next tick on, packets go to `target`; undefined stops them (hold, or a port of 0). */
  sendTo(target: RtpTarget | undefined): void {
    this.#target = this.#closed ? undefined : target;
    if (this.#target) this.#ticker.add(this.#onTick);
    else this.#ticker.delete(this.#onTick);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.sendTo(undefined);
    this.#socket.close();
  }

  readonly #onTick = (tick: number): void => {
    const target = this.#target;
    if (!target) return;
    if (this.#sent >= MOST_PACKETS) {
      this.sendTo(undefined);
      return;
    }
    this.#firstTick ??= tick;
    const packet = this.#packet(tick - this.#firstTick, target.payloadType);
    this.#socket.send(this.#keys.protect(packet), target.port, target.address);
    this.#sent += 1;
  };

  #packet(position: number, payloadType: number): Buffer {
    const packets = melodyPackets();
    const payload = packets.at(position % packets.length) ?? Buffer.alloc(0);
    const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
    packet.writeUInt8(VERSION, 0);
    packet.writeUInt8(this.#sent === 0 ? MARKER | payloadType : payloadType, 1);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE((this.#firstTimestamp + position * SAMPLES_PER_PACKET) >>> 0, 4);
    packet.set(this.#ssrc, 8);
    packet.set(payload, RTP_HEADER_BYTES);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return packet;
  }
}
