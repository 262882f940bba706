import type { Edge } from '../../src/edge/edge.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import type { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { Termination } from '../../src/rulebook/trunk.ts';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, type TestEdge, type TestEdgeOptions } from './edge.ts';
import { callIdOf, MemoryPeers, settled } from './memory-peers.ts';
import { CARRIER, number, origination, rulebookOf, sources, termination, trunk } from './rules.ts';
import type { SipPeer } from './sip-peer.ts';

/** A number that the customer of these scenes may call. */
export const NUMBER = 'sip:+12065550100@one.example';

/** The customer's number, as the telephone network calls it. */
export const ARRIVING = 'sip:+12065550199@127.0.0.1';

/** A customer without a password, and a carrier. Calls from the telephone network go to `phone`, as many at once. */
export function rulesFor(carrier: SipPeer, changes: Partial<Termination> = {}, phone?: SipPeer): Rulebook {
  const sane = { digest: null, callsPerSecond: null, callerId: null };
  const calls = termination({ sources: sources('127.0.0.0/8'), ...sane, ...changes });
  const routes = phone ? [{ ...CARRIER, host: phone.address, port: phone.port }] : [];
  const { concurrentCalls } = calls;
  const arriving = origination({ routes, ...(concurrentCalls && { concurrentCalls }) });
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  return rulebookOf([trunk({ termination: calls, origination: arriving })], [number('+12065550199')], [route]);
}

/** Of a trunk that may have so many calls at once. */
export function atOnce(limit: number): Partial<Termination> {
  return { concurrentCalls: { limit, rule: CARRIER.rule } };
}

/** An answered call of one thread. */
export interface ThreadCall {
  readonly thread: number;
  readonly invite: SipRequest;
  readonly answer: SipResponse;
}

/** What the edge of a thread is made of. */
type OptionsOf = (thread: number) => TestEdgeOptions;

/** Edges that are one gate, each with its own port and one clock for all: nothing is handed over, so each gets its own calls. */
export class Threads implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly peers: MemoryPeers;
  readonly #rules: Rulebook;
  readonly #optionsOf: OptionsOf;
  readonly #gates: TestEdge[] = [];
  readonly #lost = new Set<number>();

  private constructor(count: number, rules: Rulebook, optionsOf: OptionsOf) {
    this.peers = new MemoryPeers(count);
    this.#rules = rules;
    this.#optionsOf = optionsOf;
  }

  static async open(count: number, rules: Rulebook, optionsOf: OptionsOf = () => ({})): Promise<Threads> {
    const threads = new Threads(count, rules, optionsOf);
    for (let thread = 0; thread < count; thread += 1) threads.#gates.push(await threads.#open(thread));
    threads.peers.join();
    await settled();
    return threads;
  }

  get count(): number {
    return this.#gates.length;
  }

  gate(thread: number): TestEdge {
    const gate = this.#gates[thread];
    if (!gate) throw new Error(`there is no thread ${thread}`);
    return gate;
  }

  get first(): Edge {
    return this.gate(0).edge;
  }

  /** The thread ends without a word. */
  async lose(thread: number): Promise<void> {
    this.peers.lose(thread);
    this.#lost.add(thread);
    await this.gate(thread)[Symbol.asyncDispose]();
    await settled();
  }

  /** Another takes the place of the one that was lost; the others may hear of it before it is ready (`early`). */
  async replace(thread: number, early = false): Promise<void> {
    if (early) this.peers.join(thread);
    this.#gates[thread] = await this.#open(thread, this.gate(thread).port);
    this.#lost.delete(thread);
    if (!early) this.peers.join(thread);
    await settled();
  }

  /** A request whose Call-ID is one of the thread. */
  request(thread: number, method: string, uri: string, peer: SipPeer): SipRequest {
    return makeRequest(method, uri, peer, { 'Call-ID': this.callId(thread) });
  }

  callId(thread: number): string {
    return callIdOf(thread, this.count);
  }

  /** Sends an INVITE to the thread; nobody waits for what comes of it. */
  invite(thread: number, phone: SipPeer, uri = NUMBER): SipRequest {
    const invite = this.request(thread, 'INVITE', uri, phone);
    phone.send(invite, this.gate(thread));
    return invite;
  }

  /** A call that the callee answers. */
  async talk(thread: number, phone: SipPeer, callee: SipPeer, uri = NUMBER): Promise<ThreadCall> {
    const invite = this.invite(thread, phone, uri);
    callee.respond(await callee.method('INVITE'), 200);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', invite, answer, 1), this.gate(thread));
    await callee.method('ACK');
    return { thread, invite, answer };
  }

  async hangUp({ thread, invite, answer }: ThreadCall, phone: SipPeer, callee: SipPeer): Promise<void> {
    phone.send(inDialog('BYE', invite, answer, 9), this.gate(thread));
    callee.respond(await callee.method('BYE'), 200);
    await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'BYE');
  }

  /** A call that the gate refuses; why. */
  async refused(thread: number, phone: SipPeer, status = 503, uri = NUMBER): Promise<string> {
    const { callId } = this.invite(thread, phone, uri);
    const { headers } = await phone.next<SipResponse>(
      (message) => message instanceof SipResponse && message.callId === callId && message.status === status,
    );
    return reasonOf(headers.get('reason'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = this.#gates.filter((_, thread) => !this.#lost.has(thread));
    await Promise.all(open.map((gate) => gate[Symbol.asyncDispose]()));
  }

  #open(thread: number, port = 0): Promise<TestEdge> {
    const { clock, peers } = this;
    return openEdge(this.#rules, { clock, port, peers: peers.of(thread), ...this.#optionsOf(thread) });
  }
}

/** The name of the reason in a Reason header. */
export function reasonOf(header = ''): string {
  return /text="([\w-]+)/.exec(header)?.[1] ?? '';
}
