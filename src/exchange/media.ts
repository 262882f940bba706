import { randomInt } from 'node:crypto';
import { RtpStream } from './rtp.ts';
import type { RtpCounts } from './rtp.ts';
import { MediaKeys } from './sdes.ts';
import { createAnswer, createOffer, parseSdp, sendTarget, usableAudio } from './sdp.ts';
import type { LocalMedia, MediaStream } from './sdp.ts';
import type { Ticker } from './ticker.ts';

const NO_COUNTS: RtpCounts = { packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0, packetsLost: 0 };
const MOST_SESSION_ID = 2 ** 47;

/** What a session asks of its media: the two sides of offer and answer (RFC 3264). */
export interface SessionMedia {
  /** A description that offers what we have. Rejects when no port is to be had. */
  offer(): Promise<string>;
  /** Takes the peer's answer to our offer. */
  accept(answer: string): void;
  /** The answer to the peer's offer; undefined when it is not acceptable (488). */
  answer(offer: string): Promise<string | undefined>;
  close(): void;
}

/** The audio of one call: what was offered and answered (RFC 3264), and the RTP port that carries it once one is needed. */
export class CallMedia implements SessionMedia {
  /** Called for each RTP packet received. */
  onPacket: (() => void) | undefined;
  readonly #address: string;
  readonly #ticker: Ticker;
  readonly #keys: MediaKeys;
  readonly #sessionId = randomInt(1, MOST_SESSION_ID);
  #version = 0;
  #opening: Promise<RtpStream> | undefined;
  #stream: RtpStream | undefined;
  #closed = false;

  /** `encrypted`: it is spoken over SRTP only; otherwise as the peer offers. */
  constructor(address: string, ticker: Ticker, encrypted = false) {
    this.#address = address;
    this.#ticker = ticker;
    this.#keys = new MediaKeys(encrypted);
  }

  get counts(): RtpCounts {
    return this.#stream?.counts ?? NO_COUNTS;
  }

  /** A session description that offers audio. Rejects when no port is to be had. */
  async offer(): Promise<string> {
    const { port } = await this.#open();
    return createOffer({ ...this.#local(port), crypto: this.#keys.offer() });
  }

  /** Takes the peer's answer to our offer. */
  accept(answer: string): void {
    this.#agree(this.#usable(parseSdp(answer) ?? []));
  }

  /**
   * The answer to the peer's offer, and from then on audio to where it asked for it. Undefined when the offer is
   * broken, or has streams and none that we speak (488). Rejects when no port is to be had.
   */
  async answer(offer: string): Promise<string | undefined> {
    const streams = parseSdp(offer);
    if (!streams) return undefined;
    const audio = this.#usable(streams);
    if (!audio && streams.some((stream) => stream.port > 0)) return undefined;
    const port = audio ? (await this.#open()).port : 0;
    const crypto = audio && this.#keys.answer(audio);
    this.#agree(audio);
    return createAnswer(streams, audio, { ...this.#local(port), crypto });
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
  }

  #usable(streams: readonly MediaStream[]): MediaStream | undefined {
    const audio = usableAudio(streams);
    return audio && this.#keys.admits(audio) ? audio : undefined;
  }

  #agree(audio: MediaStream | undefined): void {
    this.#keys.agree(audio);
    this.#stream?.sendTo(sendTarget(audio));
  }

  #local(port: number): LocalMedia {
    this.#version += 1;
    return { address: this.#address, port, sessionId: this.#sessionId, version: this.#version };
  }

  #open(): Promise<RtpStream> {
    this.#opening ??= RtpStream.open(this.#address, this.#ticker, this.#keys).then((stream) => {
      stream.onPacket = () => this.onPacket?.();
      this.#stream = stream;
      if (this.#closed) stream.close();
      return stream;
    });
    return this.#opening;
  }
}
