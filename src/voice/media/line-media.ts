import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { SessionMedia } from '../../exchange/media.ts';
import { MediaKeys } from '../../exchange/sdes.ts';
import { createAnswer, createOffer, lawOf, parseSdp, sendTarget, usableAudio } from '../../exchange/sdp.ts';
import type { Law, LocalMedia, MediaStream } from '../../exchange/sdp.ts';
import type { Ticker } from '../../exchange/ticker.ts';
import type { Clock } from '../../kit/clock.ts';
import type { PortRange } from '../../kit/read-media.ts';
import { CallGone, type DtmfDigit, type Pcm } from '../../rulebook/call-control.ts';
import { KeyPresses, type KeyWay } from '../keys/key-presses.ts';
import { TelephoneEvents } from '../keys/telephone-events.ts';
import { ToneDetector } from '../keys/tone-detector.ts';
import { AudioPort } from './audio-port.ts';
import { decode, encode, LAWS, transcode } from './laws.ts';
import type { RtpPacket } from './rtp-packet.ts';
import { SAMPLES_PER_PACKET, Speaker } from './speaker.ts';

const MOST_SESSION_ID = 2 ** 47;

/** Ticks between two packets of silence while nothing is said: they keep the way through a NAT open (RFC 6263). */
const KEEP_ALIVE_TICKS = 50;
const SILENCE: Pcm = new Int16Array(SAMPLES_PER_PACKET);

/** Where media is had for one end of a call. */
export interface LineMediaOptions {
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** The address to open ports at. */
  readonly bind: string;
  readonly ports: PortRange | null;
  /** The address that the peer is told. */
  readonly told: string;
  /** Whether the peer is spoken with over SRTP only. */
  readonly encrypted: boolean;
  /** A key was pressed. */
  readonly onKey: (digit: DtmfDigit) => void;
  /** Whether anybody waits for keys: only then is the audio searched for tones. */
  readonly hearsKeys: () => boolean;
  /** Whether there is room for one more port. */
  readonly mayOpen: () => boolean;
  /** Called once, when it was closed. */
  readonly onClosed: () => void;
}

/** What the other end takes in our place, while media goes from end to end (`direct`). */
export interface DirectPeer {
  /** Puts an offer to the other end; resolves to its answer, undefined when it wants none. */
  offered(offer: string): Promise<string | undefined>;
  /** What the other end described last. */
  readonly described: string;
}

/** What was agreed with the peer. */
interface Agreed {
  readonly law: Law;
  readonly type: number;
  readonly eventType: number | undefined;
}

/** The audio of one end of a call that we answer for: plays, hears keys, and passes packets on to another end. */
export class LineMedia implements SessionMedia {
  /** Takes offers in our place; null: media runs here. */
  direct: DirectPeer | null = null;
  /** The answer to the next offer, when it is known already. */
  prepared: string | null = null;
  /** The address that the peer is told; a leg knows it only once it was answered. */
  told: string;
  /** What the peer described last. */
  described = '';
  /** When a packet came last, or the line was opened. */
  heardAt: number;
  readonly #options: LineMediaOptions;
  readonly #sessionId = randomInt(1, MOST_SESSION_ID);
  readonly #events = new TelephoneEvents();
  readonly #tones = new ToneDetector();
  readonly #presses = new KeyPresses();
  readonly #keys: MediaKeys;
  #version = 0;
  #opening: Promise<AudioPort> | undefined;
  #port: AudioPort | undefined;
  #agreed: Agreed | undefined;
  #other: LineMedia | undefined;
  /** What this end says is not passed on. */
  #muted = false;
  #speaker: Speaker | undefined;
  #speaks = false;
  #ticks = 0;
  #closed = false;

  constructor(options: LineMediaOptions) {
    this.#options = options;
    this.told = options.told;
    this.#keys = new MediaKeys(options.encrypted);
    this.heardAt = options.clock.now();
  }

  // Offer and answer.

  async offer(): Promise<string> {
    // The peer wants to hear of the session anew, and its answer goes to the other end (`accept`).
    if (this.direct) return this.rebased(this.direct.described);
    const { port } = await this.#open();
    return createOffer({ ...this.#local(port), crypto: this.#keys.offer() }, LAWS);
  }

  accept(answer: string): void {
    this.described = answer;
    if (this.direct) void this.direct.offered(answer).catch(() => {});
    else this.#agree(this.#usable(parseSdp(answer) ?? []));
  }

  async answer(offer: string): Promise<string | undefined> {
    this.described = offer;
    if (this.direct) {
      const answer = this.prepared ?? (await this.direct.offered(offer));
      this.prepared = null;
      return answer === undefined ? undefined : this.rebased(answer);
    }
    const streams = parseSdp(offer);
    if (!streams) return undefined;
    const audio = this.#usable(streams);
    if (!audio && streams.some((stream) => stream.port > 0)) return undefined;
    const port = audio ? (await this.#open()).port : 0;
    const crypto = audio && this.#keys.answer(audio);
    this.#agree(audio);
    return createAnswer(streams, audio, { ...this.#local(port), crypto }, this.#agreed?.law);
  }

  /** Another end's description as one of ours: the same session to the peer, in a further version (RFC 3264 §8). */
  rebased(description: string): string {
    this.#version += 1;
    const family = isIPv6(this.told) ? 'IP6' : 'IP4';
    return description.replace(/^o=.*$/m, `o=- ${this.#sessionId} ${this.#version} IN ${family} ${this.told}`);
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#speaker?.stop();
    this.connect(undefined);
    this.#options.ticker.delete(this.#onTick);
    this.#port?.close();
    this.#options.onClosed();
  }

  // Audio.

  /** Plays to the end or to the abort; resolves whether it came to the end. One after the other. */
  async play(audio: Pcm | AsyncIterable<Pcm>, stop: AbortSignal): Promise<boolean> {
    while (this.#speaker && !stop.aborted) await this.#speaker.done.catch(() => {});
    if (stop.aborted) return false;
    if (this.#closed) throw new CallGone();
    const speaker = new Speaker(audio);
    this.#speaker = speaker;
    const abort = (): void => speaker.stop();
    stop.addEventListener('abort', abort, { once: true });
    try {
      await speaker.done;
      return !stop.aborted;
    } finally {
      stop.removeEventListener('abort', abort);
      this.#speaker = undefined;
    }
  }

  /** Whether packets are passed on between this end and another one. */
  get connected(): boolean {
    return this.#other !== undefined;
  }

  /** Passes packets on between this end and another one, both ways; undefined ends that. `hears`: nothing that this end says. */
  connect(other: LineMedia | undefined, way: 'both' | 'hears' = 'both'): void {
    const before = this.#other;
    this.#other = other;
    this.#muted = way === 'hears';
    if (before && before !== other && before.#other === this) before.#other = undefined;
    if (!other) return;
    other.#other = this;
    other.#muted = false;
  }

  /** A key came in an INFO. */
  keyByInfo(digit: DtmfDigit): void {
    this.#press(digit, 'info');
  }

  readonly #onTick = (tick: number): void => {
    this.#ticks = tick;
    const port = this.#port;
    const agreed = this.#agreed;
    if (this.direct) return;
    // What is played goes on in time, whether or not the peer wants to hear it now.
    const audio = this.#speaker?.next();
    if (!port?.sends || !agreed || (this.#other && !audio)) return;
    if (!audio && tick % KEEP_ALIVE_TICKS !== 0) {
      this.#speaks = false;
      return;
    }
    const payload = encode(audio ?? SILENCE, agreed.law);
    port.send({ payloadType: agreed.type, payload, position: tick * SAMPLES_PER_PACKET, marker: !this.#speaks });
    this.#speaks = audio !== undefined;
  };

  #receive(packet: RtpPacket): void {
    this.heardAt = this.#options.clock.now();
    const agreed = this.#agreed;
    if (!agreed) return;
    const { payloadType } = packet;
    if (payloadType === agreed.eventType) {
      const key = this.#events.take(packet);
      if (key !== undefined) this.#press(key, 'event');
      else this.#presses.lasts(this.heardAt);
      if (!this.#muted) this.#other?.passEvent(packet);
    } else if (payloadType === agreed.type) {
      if (this.#options.hearsKeys())
        for (const key of this.#tones.hear(decode(packet.payload, agreed.law))) this.#press(key, 'tone');
      if (!this.#muted) this.#other?.passAudio(packet, agreed.law);
    }
  }

  /** Sends on what the other end said. */
  passAudio(packet: RtpPacket, law: Law): void {
    if (!this.#agreed || this.#speaker) return;
    const payload = transcode(packet.payload, law, this.#agreed.law);
    this.#pass(packet, payload, this.#agreed.type);
  }

  /** Sends on a key of the other end, where the peer knows what that is. */
  passEvent(packet: RtpPacket): void {
    const type = this.#agreed?.eventType;
    if (type !== undefined) this.#pass(packet, packet.payload, type);
  }

  #pass(packet: RtpPacket, payload: Buffer, payloadType: number): void {
    if (this.#port?.sends)
      this.#port.pass(packet, { payload, payloadType, position: this.#ticks * SAMPLES_PER_PACKET });
  }

  #press(digit: DtmfDigit, way: KeyWay): void {
    if (this.#presses.isNew(digit, way, this.#options.clock.now())) this.#options.onKey(digit);
  }

  #usable(streams: readonly MediaStream[]): MediaStream | undefined {
    const audio = usableAudio(streams, LAWS);
    return audio && this.#keys.admits(audio) ? audio : undefined;
  }

  #agree(stream: MediaStream | undefined): void {
    this.#keys.agree(stream);
    const law = stream && lawOf(stream, LAWS);
    const type = law && stream[law];
    if (!stream || law === undefined || type === undefined) {
      this.#agreed = undefined;
      this.#port?.sendTo(undefined);
      return;
    }
    this.#agreed = { law, type, eventType: stream.telephoneEvent };
    this.#port?.sendTo(sendTarget(stream, law));
    if (!this.#closed) this.#options.ticker.add(this.#onTick);
  }

  #local(port: number): LocalMedia {
    this.#version += 1;
    return { address: this.told, port, sessionId: this.#sessionId, version: this.#version };
  }

  #open(): Promise<AudioPort> {
    if (!this.#opening && !this.#options.mayOpen()) return Promise.reject(new Error('there is no room for more media'));
    this.#opening ??= AudioPort.open(this.#options.bind, this.#options.ports, this.#keys).then((port) => {
      port.onPacket = (packet) => this.#receive(packet);
      this.#port = port;
      if (this.#closed) port.close();
      return port;
    });
    return this.#opening;
  }
}
