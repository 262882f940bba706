import {
  createAnswer,
  createOffer,
  lawOf,
  parseSdp,
  sendTarget,
  usableAudio,
  type Law,
} from '../../src/exchange/sdp.ts';
import { Authenticator, type Credentials } from '../../src/exchange/credentials.ts';
import { callerDialog, nextRequest, type Dialog } from '../../src/exchange/dialog.ts';
import { IncomingCall } from '../../src/exchange/incoming-call.ts';
import { MediaKeys } from '../../src/exchange/sdes.ts';
import type { SessionMedia } from '../../src/exchange/media.ts';
import { OutgoingCall, type CallOutcome } from '../../src/exchange/outgoing-call.ts';
import type { EndedBy, PassOn, Session } from '../../src/exchange/session.ts';
import { UserAgent } from '../../src/exchange/user-agent.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { uuid } from '../../src/kit/ids.ts';
import { SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import type { Endpoint, Flow } from '../../src/sip/transport/transport.ts';
import { AudioPort } from '../../src/voice/media/audio-port.ts';
import { decode, encode } from '../../src/voice/media/laws.ts';
import type { RtpPacket } from '../../src/voice/media/rtp-packet.ts';

const PACKET = 160;
const EVENT_KEYS = '0123456789*#ABCD';

/** The sound of a telephone under test: says a tone, presses keys, and measures what it hears. */
export class PhoneMedia implements SessionMedia {
  /** Packets of audio, and of events, that came. */
  readonly heard: RtpPacket[] = [];
  readonly events: RtpPacket[] = [];
  /** Descriptions of the other end, in the order they came. */
  readonly described: string[] = [];
  refuses = false;
  port: AudioPort | undefined;
  readonly #laws: readonly Law[];
  readonly #keys: MediaKeys;
  readonly #changed = new EventTarget();
  #law: Law = 'pcmu';
  #type = 0;
  #eventType: number | undefined;
  #version = 0;
  #position = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `encrypted`: it offers its sound over SRTP only. */
  constructor(laws: readonly Law[] = ['pcmu'], encrypted = false) {
    this.#laws = laws;
    this.#keys = new MediaKeys(encrypted);
  }

  async offer(): Promise<string> {
    return createOffer({ ...(await this.#local()), crypto: this.#keys.offer() }, this.#laws);
  }

  accept(answer: string): void {
    this.#take(answer);
  }

  async answer(offer: string): Promise<string | undefined> {
    if (this.refuses) return undefined;
    const streams = parseSdp(offer) ?? [];
    const local = await this.#local();
    const audio = usableAudio(streams, this.#laws);
    const crypto = audio && this.#keys.answer(audio);
    this.#take(offer);
    return createAnswer(streams, audio, { ...local, crypto }, this.#law);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.port?.close();
  }

  /** Says a tone from now on. */
  say(frequency: number): void {
    clearInterval(this.#timer);
    const tone = (at: number): number => 8000 * Math.sin((2 * Math.PI * frequency * at) / 8000);
    this.#timer = setInterval(
      () => this.#sound(Int16Array.from({ length: PACKET }, (_, i) => tone(this.#position + i))),
      20,
    );
  }

  /** Presses keys as telephone-events; the last `lost` of the six packets of each are lost. */
  async press(keys: string, lost = 0): Promise<void> {
    for (const key of keys) {
      const at = this.#position;
      for (let packet = 0; packet < 6 - lost; packet += 1) {
        const payload = Buffer.from([EVENT_KEYS.indexOf(key), packet > 3 ? 0x8a : 0x0a, 0, 0]);
        payload.writeUInt16BE(160 * (packet + 1), 2);
        this.port?.send({ payloadType: this.#eventType ?? 101, payload, position: at, marker: packet === 0 });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      this.#position += 1600;
    }
  }

  /** Presses keys as tones of 80 ms. */
  async whistle(keys: string): Promise<void> {
    const rows = [697, 770, 852, 941];
    const columns = [1209, 1336, 1477, 1633];
    for (const key of keys) {
      const at = '123A456B789C*0#D'.indexOf(key);
      for (let packet = 0; packet < 8; packet += 1) {
        const [low = 0, high = 0] = packet < 4 ? [rows[Math.floor(at / 4)], columns[at % 4]] : [];
        const wave = (frequency: number, time: number): number => Math.sin((2 * Math.PI * frequency * time) / 8000);
        this.#sound(
          Int16Array.from(
            { length: PACKET },
            (_, i) => 8000 * (wave(low, this.#position + i) + wave(high, this.#position + i)),
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }

  /** Resolves once `count` packets of audio came that are loudest at about this frequency. */
  async hears(frequency: number, count = 5): Promise<void> {
    const from = this.heard.length;
    while (this.heard.slice(from).filter((packet) => this.#isAt(packet, frequency)).length < count)
      await this.changed();
  }

  /** Resolves once so many packets of something that is no silence were heard. */
  async hearsSpeech(packets = 25): Promise<void> {
    const from = this.heard.length;
    while (this.heard.length < from + packets || this.loudest(from) < 2000) await this.changed();
  }

  /** The loudest sample of what was heard from packet number `from` on. */
  loudest(from = 0): number {
    const levels = this.heard.slice(from).flatMap(({ payload }) => Array.from(decode(payload, this.#law), Math.abs));
    return levels.reduce((most, level) => Math.max(most, level), 0);
  }

  /** Resolves with the next packet. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#changed.addEventListener('change', () => resolve(), { once: true }));
  }

  /** Counts how often the sound crosses zero: for a lone tone twice its frequency. */
  #isAt({ payload }: RtpPacket, frequency: number): boolean {
    const audio = decode(payload, this.#law);
    let crossings = 0;
    for (let index = 1; index < audio.length; index += 1)
      if ((audio[index] ?? 0) >= 0 !== (audio[index - 1] ?? 0) >= 0) crossings += 1;
    return Math.max(...audio) > 1000 && Math.abs((crossings * 8000) / (2 * audio.length) - frequency) < 60;
  }

  #sound(audio: Int16Array): void {
    this.port?.send({
      payloadType: this.#type,
      payload: encode(audio, this.#law),
      position: this.#position,
      marker: false,
    });
    this.#position += PACKET;
  }

  #take(description: string): void {
    this.described.push(description);
    const stream = usableAudio(parseSdp(description) ?? [], this.#laws);
    if (!stream) return;
    this.#keys.agree(stream);
    this.#law = lawOf(stream, this.#laws) ?? 'pcmu';
    this.#type = stream[this.#law] ?? 0;
    this.#eventType = stream.telephoneEvent;
    this.port?.sendTo(sendTarget(stream, this.#law));
  }

  async #local() {
    this.port ??= await AudioPort.open('127.0.0.1', null, this.#keys);
    if (this.#closed) this.port.close();
    this.port.onPacket = (packet) => {
      (packet.payloadType === this.#type ? this.heard : this.events).push(packet);
      this.#changed.dispatchEvent(new Event('change'));
    };
    this.#version += 1;
    return { address: '127.0.0.1', port: this.port.port, sessionId: 1, version: this.#version };
  }
}

/** A call of a telephone under test. */
export interface PhoneCall {
  readonly callId: string;
  readonly media: PhoneMedia;
  /** How the INVITE came out. */
  readonly settled: Promise<CallOutcome>;
  /** Resolves when an answered call is over. */
  readonly ended: Promise<EndedBy>;
  /** Resolves at the first 18x. */
  readonly ringing: Promise<number>;
  readonly session: Session | undefined;
  /** Sends an INFO, before an answer too; resolves to its status. */
  inform(type: string, text: string): Promise<number>;
  end(): void;
}

/** A call that a telephone under test got. */
export interface Received {
  readonly invite: SipRequest;
  readonly call: IncomingCall;
  readonly media: PhoneMedia;
  readonly ended: Promise<void>;
}

/** What a telephone under test makes of media that comes before the answer (RFC 3262, RFC 5009). */
class EarlyDialog {
  readonly #agent: UserAgent;
  readonly #flow: Flow;
  readonly #uri: string;
  readonly #media: PhoneMedia;
  #dialog: Dialog | undefined;
  #acknowledged = '';

  constructor(agent: UserAgent, flow: Flow, uri: string, media: PhoneMedia) {
    this.#agent = agent;
    this.#flow = flow;
    this.#uri = uri;
    this.#media = media;
  }

  heard(response: SipResponse): void {
    const { headers, cseq, body } = response;
    const invite = new SipRequest('INVITE', this.#uri);
    invite.headers.set('CSeq', headers.get('cseq') ?? '');
    if (!this.#dialog && body.length > 0) this.#media.accept(body.toString('utf8'));
    this.#dialog ??= callerDialog(invite, response);
    const sequence = headers.get('rseq');
    if (sequence === undefined || sequence === this.#acknowledged) return;
    this.#acknowledged = sequence;
    void this.send('PRACK', [['RAck', `${sequence} ${cseq?.number} INVITE`]]);
  }

  /** The answered call goes on with the numbers of the requests before. */
  handOver({ dialog }: Session): void {
    dialog.localSequence = Math.max(dialog.localSequence, this.#dialog?.localSequence ?? 0);
  }

  async send(method: string, headers: readonly (readonly [string, string])[], text = ''): Promise<number> {
    if (!this.#dialog) return 481;
    const request = nextRequest(this.#dialog, method);
    for (const [name, value] of headers) request.headers.append(name, value);
    request.body = Buffer.from(text);
    return new Promise((resolve) => {
      this.#agent.send(request, this.#flow, {
        response: ({ status }) => status >= 200 && resolve(status),
        failed: () => resolve(408),
      });
    });
  }
}

/** A telephone under test: a real user agent with sound. */
export class VoicePhone implements AsyncDisposable {
  readonly agent: UserAgent;
  readonly received: Received[] = [];
  readonly #changed = new EventTarget();
  readonly #laws: readonly Law[];
  /** What it answers to a REFER, and to what it is told of one; refuses unless told otherwise. */
  onReferral: PassOn = () => undefined;
  /** What it does with a call; answers unless told otherwise. */
  onCall: (received: Received) => void = ({ call }) => {
    call.ring();
    void call.answer();
  };

  private constructor(agent: UserAgent, laws: readonly Law[]) {
    this.agent = agent;
    this.#laws = laws;
  }

  static async open(laws: readonly Law[] = ['pcmu']): Promise<VoicePhone> {
    const agent: UserAgent = await UserAgent.open({
      clock: systemClock,
      address: '127.0.0.1',
      port: 0,
      onInvite: (transaction, dialog) => {
        const media = new PhoneMedia(laws);
        const passOn: PassOn = (request) => phone.onReferral(request);
        const call = new IncomingCall(agent, transaction, dialog, { media, passOn });
        const { promise: ended, resolve } = Promise.withResolvers<void>();
        call.onEnded = resolve;
        const received = { invite: transaction.request, call, media, ended };
        phone.received.push(received);
        phone.#changed.dispatchEvent(new Event('call'));
        phone.onCall(received);
      },
    });
    const phone: VoicePhone = new VoicePhone(agent, laws);
    return phone;
  }

  get endpoint(): Endpoint {
    return this.agent.endpoint;
  }

  /** Resolves with the call that comes as number `count`, from 1. */
  async getsCall(count = 1): Promise<Received> {
    for (;;) {
      const received = this.received[count - 1];
      if (received) return received;
      await new Promise((resolve) => this.#changed.addEventListener('call', resolve, { once: true }));
    }
  }

  call(
    uri: string,
    gate: Endpoint,
    {
      from = 'sip:+12065550199@one.example',
      headers = [],
      credentials,
      encrypted = false,
      overTls = encrypted,
    }: {
      from?: string;
      headers?: readonly (readonly [name: string, value: string])[];
      credentials?: Credentials | undefined;
      /** Whether its sound goes over SRTP only. */
      encrypted?: boolean;
      overTls?: boolean;
    } = {},
  ): PhoneCall {
    const media = new PhoneMedia(this.#laws, encrypted);
    const callId = uuid();
    const settled = Promise.withResolvers<CallOutcome>();
    const ended = Promise.withResolvers<EndedBy>();
    const ringing = Promise.withResolvers<number>();
    const flow = overTls
      ? this.agent.flowToPeer({ transport: 'tls', ...gate, serverName: 'localhost', rejectUnauthorized: false })
      : this.flowTo(gate);
    const early = new EarlyDialog(this.agent, flow, uri, media);
    const call = new OutgoingCall(
      this.agent,
      {
        uri,
        from,
        callId,
        flow,
        media,
        patience: 60_000,
        headers,
        credentials,
        passOn: (request) => this.onReferral(request),
      },
      {
        provisional: (response) => {
          early.heard(response);
          ringing.resolve(response.status);
        },
        settled: (outcome) => {
          if (call.session) early.handOver(call.session);
          settled.resolve(outcome);
        },
        ended: ended.resolve,
      },
    );
    void call.start();
    return {
      callId,
      media,
      settled: settled.promise,
      ended: ended.promise,
      ringing: ringing.promise,
      get session() {
        return call.session;
      },
      inform: (type, text) =>
        call.session?.ask('INFO', { type, text }) ?? early.send('INFO', [['Content-Type', type]], text),
      end: () => call.end(),
    };
  }

  flowTo({ address, port }: Endpoint): Flow {
    return this.agent.flowToPeer({ transport: 'udp', address, port });
  }

  /** Registers with a trunk. */
  async register(gate: Endpoint, host: string, credentials: Credentials): Promise<number> {
    const authenticator = new Authenticator(credentials);
    const { address, port } = this.endpoint;
    for (let sequence = 1; ; sequence += 1) {
      const request = new SipRequest('REGISTER', `sip:${host}`);
      const party = `<sip:${credentials.username}@${host}>`;
      request.headers.append('Max-Forwards', '70');
      request.headers.append('From', `${party};tag=r`);
      request.headers.append('To', party);
      request.headers.append('Call-ID', `register-${port}`);
      request.headers.append('CSeq', `${sequence} REGISTER`);
      request.headers.append('Contact', `<sip:${credentials.username}@${address}:${port}>`);
      authenticator.authorize(request);
      const status = await new Promise<number>((resolve) => {
        this.agent.send(request, this.flowTo(gate), {
          response: (response) => {
            if (response.status < 200) return;
            resolve(authenticator.accept(response, sequence - 1) ? 0 : response.status);
          },
          failed: () => resolve(408),
        });
      });
      if (status !== 0) return status;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { call, media } of this.received) {
      call.end(480);
      media.close();
    }
    await this.agent.close();
  }
}
