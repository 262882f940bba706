import { setImmediate as nextTurn } from 'node:timers/promises';
import { answer } from '../exchange/answers.ts';
import type { Dialog } from '../exchange/dialog.ts';
import { IncomingCall } from '../exchange/incoming-call.ts';
import type { PassOn } from '../exchange/session.ts';
import { UserAgent } from '../exchange/user-agent.ts';
import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import { hex, uuid } from '../kit/ids.ts';
import { hostPort } from '../kit/ip.ts';
import type { PortRange } from '../kit/read-media.ts';
import { CallGone } from '../rulebook/call-control.ts';
import type { CallApplication, CallPlacer, ControlledCall, DialWish, Party } from '../rulebook/call-control.ts';
import { CallPasses, PASS_HEADER, type CallClaim, type LegClaim } from '../rulebook/call-pass.ts';
import type { Route } from '../rulebook/route.ts';
import type { ServerTransaction } from '../sip/transaction/layer.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Timers } from '../sip/transaction/timers.ts';
import type { Flow, TransportName } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import { KeyFeed } from './keys/key-feed.ts';
import { Leg, type LegParts } from './leg.ts';
import { LiveCall, type CalledSide, type CallIdentity } from './live-call.ts';
import { LineMedia } from './media/line-media.ts';
import { callerUri, customHeaders, xHeaders } from './wishes.ts';

export interface VoiceOptions {
  readonly clock: Clock;
  readonly journal: CallSink;
  /** 32 bytes that the edge shares. */
  readonly key: Buffer;
  /** What answers for the calls of a dialect's trunks, by the dialect: the part of a trunk's id before the colon. */
  readonly applications: Readonly<Record<string, CallApplication>>;
  /** Calls under control at once; further ones get 503. */
  readonly most: number;
  /** Address to open media ports at, and the ports to take. */
  readonly mediaBinding: string;
  readonly mediaPorts: PortRange | null;
  /** The address that peers elsewhere send media to; null: the one that they reach this machine by. */
  readonly mediaAddress: string | null;
  readonly timers?: Partial<Timers>;
  readonly onError: (error: unknown) => void;
}

/** The part of the gate that answers calls itself, for applications. */
export interface Voice extends CallPlacer {
  /** Where the edge delivers calls of applications. */
  readonly route: Route;
  /** Calls under control, and lines with media: the calls' own and those of their legs. */
  readonly calls: number;
  readonly lines: number;
  /** Where the edge listens: legs go there. */
  connect(edge: { readonly transport: TransportName; readonly address: string; readonly port: number }): void;
  /** Ends every call and closes. */
  stop(): Promise<void>;
}

/** Lines with media for each call that may be under control: legs ring beside it. */
const LINES_PER_CALL = 4;

/** What a leg has fewer hops than the call that it belongs to: scripts that call each other in a circle soon come to an end. */
const HOPS_OF_A_SCRIPT = 10;

const RETRY_AFTER_SECONDS = '5';

/** Milliseconds that the last BYEs have to be answered in. */
const STOP_MS = 1000;

const LOOPBACK = '127.0.0.1';

/** Opens the endpoint; it takes calls of the edge only. */
export async function openVoice(options: VoiceOptions): Promise<Voice> {
  const voice = new VoiceEndpoint(options);
  await voice.open();
  return voice;
}

class VoiceEndpoint implements Voice {
  readonly #options: VoiceOptions;
  readonly #passes: CallPasses;
  readonly #calls = new Set<LiveCall>();
  #lines = 0;
  #agent: UserAgent | undefined;
  #edge: { flow: Flow; host: string } | undefined;

  constructor(options: VoiceOptions) {
    this.#options = options;
    this.#passes = new CallPasses(options.key);
  }

  async open(): Promise<void> {
    const { clock, onError, timers } = this.#options;
    this.#agent = await UserAgent.open({
      clock,
      address: LOOPBACK,
      port: 0,
      onInvite: (transaction, dialog) => this.#take(transaction, dialog),
      crashed: onError,
      ...(timers && { timers }),
    });
  }

  get route(): Route {
    const { address, port } = this.#ua.endpoint;
    const rule = { resource: 'Tollgate', field: 'applications' };
    return { host: address, port, transport: 'udp', priority: 1, weight: 1, rule, builtIn: true };
  }

  get calls(): number {
    return this.#calls.size;
  }

  get lines(): number {
    return this.#lines;
  }

  connect(edge: { transport: TransportName; address: string; port: number }): void {
    this.#edge = { flow: this.#ua.flowToPeer(edge), host: hostPort(edge.address, edge.port) };
  }

  place(wish: Parameters<CallPlacer['place']>[0]): ControlledCall {
    const { account, from, to, timeout, headers, onAnswer, onProgress } = wish;
    const id = hex(8);
    const callId = uuid();
    const claim: LegClaim = {
      kind: 'leg',
      parent: id,
      trunk: null,
      account,
      username: null,
      vouched: null,
      placed: true,
    };
    const identity: CallIdentity = {
      id,
      callId,
      direction: 'outbound',
      trunk: '',
      account,
      from,
      to: to.kind === 'number' ? `sip:${to.number}@${this.#edgeHost}` : to.uri,
      username: null,
      vouched: null,
      source: LOOPBACK,
      headers: new Map(),
      code: null,
    };
    const { call, media } = this.#newCall(identity, { told: '', transfers: false, encrypted: false });
    if (this.#calls.size > this.#options.most) {
      call.note(`not placed: ${this.#options.most} calls are under control`);
      media.close();
      queueMicrotask(() => call.wasEnded({ kind: 'failed', status: 503, talked: 0 }));
      return call;
    }
    let rang = false;
    const tell: typeof onProgress = (state) => {
      try {
        onProgress?.(state);
      } catch (error) {
        this.#options.onError(error);
      }
    };
    const leg = this.#openLeg(callId, claim, {
      media,
      party: to,
      from: callerUri(from, this.#edgeHost),
      timeout,
      headers,
      onRinging: () => {
        if (!rang) tell('ringing');
        rang = true;
      },
      onInfo: (request) => call.informed(request),
    });
    call.attach({
      media,
      get session() {
        return leg.session;
      },
      ring: () => {},
      progress: async () => false,
      answer: async () => void (await leg.answered),
      end: () => leg.end(),
    });
    const follow = async (): Promise<void> => {
      tell('initiated');
      if (await leg.answered) {
        call.wasAnswered();
        tell('answered');
        this.#run(call, () => onAnswer(call));
      }
      call.wasEnded(await leg.ended);
      tell('completed');
    };
    leg.start();
    void follow();
    return call;
  }

  async stop(): Promise<void> {
    for (const call of this.#calls) call.reject(503);
    const { clock } = this.#options;
    await Promise.race([this.#ua.idle(), new Promise<void>((resolve) => clock.after(STOP_MS, resolve))]);
    // Datagrams leave in the next turn of the event loop; the last words must not be lost with the socket.
    await nextTurn();
    await this.#ua.close();
  }

  get #ua(): UserAgent {
    if (!this.#agent) throw new Error('the voice endpoint is not open');
    return this.#agent;
  }

  get #edgeHost(): string {
    return this.#edge?.host ?? LOOPBACK;
  }

  /** A call that the edge sent here for an application. */
  #take(transaction: ServerTransaction, dialog: Dialog): void {
    const { request } = transaction;
    const claim = this.#passes.open('call', dialog.callId, request.headers.get(PASS_HEADER));
    if (!claim) return transaction.respond(answer(transaction, 403));
    const application = this.#options.applications[claim.trunk.split(':', 1)[0] ?? ''];
    if (!application || this.#calls.size >= this.#options.most) {
      const response = answer(transaction, 503);
      response.headers.append('Retry-After', RETRY_AFTER_SECONDS);
      return transaction.respond(response);
    }
    const { transfers = false } = application;
    const { call, media } = this.#newCall(identityOf(claim, transaction), {
      told: claim.media,
      transfers,
      encrypted: claim.encrypted,
    });
    media.described = request.body.toString('utf8');
    const incoming = new IncomingCall(this.#ua, transaction, dialog, {
      media,
      onInfo: (info) => call.informed(info),
      ...(transfers && { passOn: (referral: SipRequest) => call.referred(referral) }),
    });
    incoming.onEnded = () => {
      media.close();
      call.wasEnded();
    };
    call.attach({
      media,
      get session() {
        return incoming.session;
      },
      ring: () => incoming.ring(),
      progress: (anyhow) => incoming.progress(anyhow),
      answer: () => incoming.answer(),
      end: (status, headers) => incoming.end(status, headers),
    });
    this.#run(call, () => application.handle(call, claim.application));
  }

  #newCall(
    identity: CallIdentity,
    { told, transfers, encrypted }: { told: string; transfers: boolean; encrypted: boolean },
  ): { call: LiveCall; media: LineMedia } {
    const { clock, journal } = this.#options;
    const gone = new AbortController();
    const keys = new KeyFeed(gone.signal);
    const media = this.#newMedia(told === '' ? LOOPBACK : told, keys, encrypted);
    const call = new LiveCall({
      identity,
      clock,
      keys,
      gone,
      transfers,
      record: (text, rule) =>
        journal.record({ kind: 'application', callId: identity.callId, at: clock.now(), text, ...(rule && { rule }) }),
      crashed: this.#options.onError,
      openLeg: (...wish) => this.#openLegFor(...wish),
    });
    this.#calls.add(call);
    void call.ended.then(() => this.#calls.delete(call));
    return { call, media };
  }

  /** Lets an application do as it likes with a call; whatever is left of it then is hung up. */
  #run(call: LiveCall, act: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      try {
        await act();
        call.hangUp();
      } catch (error) {
        if (call.state === 'ended' && error instanceof CallGone) return;
        this.#options.onError(error);
        call.reject(500);
      }
    };
    void run();
  }

  #openLegFor(call: LiveCall, wish: DialWish, party: Party, { onRinging, keys }: CalledSide): Leg {
    const claim: LegClaim = {
      kind: 'leg',
      parent: call.id,
      trunk: call.trunk === '' ? null : call.trunk,
      account: call.account,
      username: call.username,
      vouched: call.vouched,
      placed: false,
    };
    const host = parseUri(call.to)?.host || this.#edgeHost;
    const leg: Leg = this.#openLeg(uuid(), claim, {
      media: this.#newMedia(LOOPBACK, keys),
      party,
      from: callerUri(wish.callerId ?? call.from, host),
      timeout: wish.timeout,
      headers: [...wish.headers, ...(party.headers ?? [])],
      onRinging,
      ...(call.maxForwards !== undefined && { maxForwards: Math.max(call.maxForwards - HOPS_OF_A_SCRIPT, 0) }),
      onInfo: (request) => call.informedBy(leg, request),
      ...(call.transfers && { passOn: (request: SipRequest) => call.referredBy(leg, request) }),
    });
    return leg;
  }

  #openLeg(
    callId: string,
    claim: LegClaim,
    wish: Pick<DialWish, 'timeout' | 'headers'> & {
      media: LineMedia;
      party: Party;
      from: string;
      onRinging: LegParts['onRinging'];
      onInfo: (request: SipRequest) => void;
      passOn?: PassOn;
      maxForwards?: number;
    },
  ): Leg {
    const { media, party, from, timeout, headers, onRinging, onInfo, passOn, maxForwards } = wish;
    const credentials =
      party.kind === 'sip' && party.username !== undefined && party.password !== undefined
        ? { username: party.username, password: party.password }
        : undefined;
    const edge = this.#edge;
    if (!edge) throw new Error('the voice endpoint is not connected with the edge');
    return new Leg({
      agent: this.#ua,
      media,
      mediaAddress: this.#options.mediaAddress,
      onRinging,
      pass: [PASS_HEADER, this.#passes.seal(callId, claim)],
      plan: {
        uri: party.kind === 'number' ? `sip:${party.number}@${edge.host}` : party.uri,
        from,
        callId,
        flow: edge.flow,
        credentials,
        patience: timeout,
        headers: customHeaders(headers),
        onInfo,
        passOn,
        ...(maxForwards !== undefined && { maxForwards }),
      },
    });
  }

  #newMedia(told: string, keys: KeyFeed, encrypted = false): LineMedia {
    const { clock, mediaBinding, mediaPorts, most } = this.#options;
    this.#lines += 1;
    return new LineMedia({
      clock,
      ticker: this.#ua.ticker,
      bind: mediaBinding,
      ports: mediaPorts,
      told,
      encrypted,
      onKey: (digit) => keys.press(digit),
      hearsKeys: () => keys.heard,
      mayOpen: () => this.#lines <= most * LINES_PER_CALL,
      onClosed: () => {
        this.#lines -= 1;
      },
    });
  }
}

function identityOf(claim: CallClaim, { request }: ServerTransaction): CallIdentity {
  return {
    id: claim.decision,
    callId: request.callId ?? '',
    direction: 'inbound',
    trunk: claim.trunk,
    account: claim.account,
    from: claim.caller ?? request.from?.uri ?? '',
    to: claim.to,
    username: claim.username,
    vouched: claim.fromNetwork ? (claim.caller ?? null) : null,
    source: claim.source,
    headers: xHeaders(request),
    code: claim.code,
    maxForwards: request.maxForwards,
  };
}
