import { isIP } from 'node:net';
import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import type { ParseFault } from '../sip/message/fault.ts';
import { createResponse } from '../sip/message/message.ts';
import type { SipMessage, SipRequest } from '../sip/message/message.ts';
import { parseDatagram } from '../sip/message/parse.ts';
import { hopOf } from '../sip/resolve.ts';
import { newBranch, TransactionLayer } from '../sip/transaction/layer.ts';
import type { ClientTransaction, ClientUser, ServerTransaction, TransactionUser } from '../sip/transaction/layer.ts';
import { DEFAULT_TIMERS } from '../sip/transaction/timers.ts';
import type { Timers } from '../sip/transaction/timers.ts';
import type { Endpoint, Flow, TransportUser } from '../sip/transport/transport.ts';
import { Transports } from '../sip/transport/transports.ts';
import type { FlowTarget } from '../sip/transport/transports.ts';
import { parseUri } from '../sip/uri.ts';
import type { Agent, DialogOwner } from './agent.ts';
import { answer, PRODUCT, requiredExtensions } from './answers.ts';
import { calleeDialog } from './dialog.ts';
import type { Dialog } from './dialog.ts';
import { IncomingCall } from './incoming-call.ts';
import { Ladder } from './ladder.ts';
import type { LadderEntry } from './ladder.ts';
import { TappedFlow } from './tapped-flow.ts';
import { Ticker } from './ticker.ts';

/** How a user agent is set up. */
export interface UserAgentOptions {
  readonly clock: Clock;
  /** Where it listens on UDP and TCP, and from where its media comes. Port 0 takes one that is free for both. */
  readonly address: string;
  readonly port: number;
  /** Called for each new call; absent: nobody is there to take it (480). */
  readonly onCall?: (call: IncomingCall) => void;
  /** Takes each new call in place of `onCall`, and makes of it what it likes. */
  readonly onInvite?: (transaction: ServerTransaction, dialog: Dialog) => void;
  readonly timers?: Partial<Timers>;
  /** A handler of ours threw, which is our fault; absent: thrown again. */
  readonly crashed?: (error: unknown) => void;
}

/** Tries to find a port that is free for UDP and for TCP. */
const MOST_PORT_TRIES = 10;

const CALLABLE = new Set(['sip', 'sips', 'tel']);

/** A SIP user agent (RFC 3261 §8): places calls and takes them, over transports of its own. */
export class UserAgent implements Agent, TransportUser, TransactionUser {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly timers: Timers;
  readonly crashed: (error: unknown) => void;
  readonly #onCall: ((call: IncomingCall) => void) | undefined;
  readonly #onInvite: UserAgentOptions['onInvite'];
  readonly #transports: Transports;
  readonly #layer: TransactionLayer;
  readonly #owners = new Map<string, DialogOwner>();
  readonly #ladders = new Map<string, Ladder>();
  #endpoint: Endpoint = { address: '', port: 0 };

  private constructor({ clock, onCall, onInvite, timers, crashed }: UserAgentOptions) {
    this.clock = clock;
    this.ticker = new Ticker(clock);
    this.timers = { ...DEFAULT_TIMERS, ...timers };
    this.#onCall = onCall;
    this.#onInvite = onInvite;
    this.crashed = crashed ?? throwLater;
    this.#transports = new Transports({ user: this, clock });
    this.#layer = new TransactionLayer({ clock, user: this, timers: this.timers });
  }

  /** Opens the listeners; rejects when the endpoint cannot be had. */
  static async open(options: UserAgentOptions): Promise<UserAgent> {
    for (let tries = 1; ; tries += 1) {
      const agent = new UserAgent(options);
      try {
        await agent.#listen(options);
        return agent;
      } catch (error) {
        await agent.close();
        if (options.port !== 0 || tries >= MOST_PORT_TRIES) throw error;
      }
    }
  }

  /** Where it listens, on UDP and TCP alike. */
  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  get address(): string {
    return this.#endpoint.address;
  }

  /** Ends everything in silence. */
  async close(): Promise<void> {
    this.#layer.close();
    await this.#transports.close();
  }

  /** Resolves once no transaction waits for its final response. */
  idle(): Promise<void> {
    return this.#layer.idle();
  }

  /** The way to a peer. */
  flowToPeer(target: FlowTarget): Flow {
    const local = target.transport === 'tls' ? { address: this.address, port: 0 } : this.#endpoint;
    return this.#tapped(this.#transports.flowTo({ via: local, ...target }));
  }

  /** Keeps every message of a call from now on, until `unwatch`. */
  watch(callId: string, onEntry?: (entry: LadderEntry) => void): Ladder {
    const ladder = new Ladder(this.clock, onEntry);
    this.#ladders.set(callId, ladder);
    return ladder;
  }

  unwatch(callId: string): void {
    this.#ladders.delete(callId);
  }

  // What calls need (Agent).

  send(request: SipRequest, flow: Flow, user: ClientUser): ClientTransaction {
    request.headers.prepend('Via', this.#via(flow));
    request.headers.set('User-Agent', PRODUCT);
    return this.#layer.send(request, flow, user);
  }

  sendAck(request: SipRequest, flow: Flow): void {
    if (!request.headers.has('via')) request.headers.prepend('Via', this.#via(flow));
    flow.send(request.print());
  }

  contact(flow: Flow): string {
    const transport = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
    return `<sip:tollgate@${hostPort(this.address, this.#endpoint.port)}${transport}>`;
  }

  flowTo(uri: string, otherwise: Flow): Flow {
    const parsed = parseUri(uri);
    const hop = parsed && hopOf(parsed);
    if (!hop || isIP(hop.host) === 0) return otherwise;
    const { host: address, port, transport } = hop;
    const { remote } = otherwise;
    const same = transport === otherwise.transport && address === remote.address && port === remote.port;
    return same ? otherwise : this.flowToPeer({ transport, address, port });
  }

  own(callId: string, localTag: string, owner: DialogOwner): void {
    this.#owners.set(dialogKey(callId, localTag), owner);
  }

  disown(callId: string, localTag: string): void {
    this.#owners.delete(dialogKey(callId, localTag));
  }

  // What the transports bring (TransportUser).

  message(message: SipMessage, flow: Flow): void {
    this.#ladders.get(message.callId ?? '')?.note('received', message);
    this.#layer.receive(message, this.#tapped(flow));
  }

  fault({ request, status, reason }: ParseFault, flow: Flow): void {
    if (request) flow.send(createResponse(request, status, reason).print());
  }

  // What the transactions bring (TransactionUser).

  request(request: SipRequest, transaction: ServerTransaction): void {
    const tag = request.to?.tag;
    const owner = tag === undefined ? undefined : this.#owners.get(dialogKey(request.callId ?? '', tag));
    if (request.method === 'CANCEL' || (tag !== undefined && !owner))
      return transaction.respond(answer(transaction, 481));
    const unknown = requiredExtensions(request);
    if (unknown.length > 0) {
      const response = answer(transaction, 420);
      response.headers.append('Unsupported', unknown.join(', '));
      return transaction.respond(response);
    }
    if (owner) owner.request(request, transaction);
    else this.#outsideOfDialogs(request, transaction);
  }

  ack(request: SipRequest): void {
    this.#owners.get(dialogKey(request.callId ?? '', request.to?.tag ?? ''))?.acknowledge(request);
  }

  cancel(request: SipRequest, { toTag }: ServerTransaction): void {
    this.#owners.get(dialogKey(request.callId ?? '', toTag))?.cancelled();
  }

  /** RFC 3261 §8.2: the first request of something new. */
  #outsideOfDialogs(request: SipRequest, transaction: ServerTransaction): void {
    const refuse = (status: number, reason?: string): void => transaction.respond(answer(transaction, status, reason));
    if (!CALLABLE.has(parseUri(request.uri)?.scheme ?? '')) return refuse(416);
    if (request.method === 'OPTIONS') return refuse(200);
    if (request.method !== 'INVITE') return refuse(405);
    const dialog = calleeDialog(request, transaction.toTag);
    if (!dialog) return refuse(400, 'Missing Contact');
    if (this.#onInvite) return this.#onInvite(transaction, dialog);
    if (!this.#onCall) return refuse(480);
    this.#onCall(new IncomingCall(this, transaction, dialog));
  }

  async #listen({ address, port }: UserAgentOptions): Promise<void> {
    this.#endpoint = await this.#transports.listen({ transport: 'udp', address, port });
    await this.#transports.listen({ transport: 'tcp', ...this.#endpoint });
  }

  /** §8.1.1.7, with rport (RFC 3581). */
  #via({ transport }: Flow): string {
    const { address, port } = this.#endpoint;
    return `SIP/2.0/${transport.toUpperCase()} ${hostPort(address, port)};branch=${newBranch()};rport`;
  }

  #tapped(flow: Flow): Flow {
    return new TappedFlow(flow, (text) => {
      if (this.#ladders.size === 0) return;
      const { message } = parseDatagram(Buffer.from(text, 'latin1'));
      if (message) this.#ladders.get(message.callId ?? '')?.note('sent', message);
    });
  }
}

function dialogKey(callId: string, localTag: string): string {
  return `${localTag} ${callId}`;
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
