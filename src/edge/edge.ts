import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ConnectionStream } from '../kit/lent-socket.ts';
import { ALONE, FIRST } from '../kit/peers.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { Route } from '../rulebook/route.ts';
import type { ParseFault } from '../sip/message/fault.ts';
import type { SipMessage } from '../sip/message/message.ts';
import { Resolver } from '../sip/resolve.ts';
import { TransactionLayer } from '../sip/transaction/layer.ts';
import type { Binding, Flow, WebSocketBinding } from '../sip/transport/transport.ts';
import { Transports } from '../sip/transport/transports.ts';
import { OwnAddresses } from './addresses.ts';
import { Applications } from './applications.ts';
import { AgentBoard } from './agents/agent-board.ts';
import { Admission, type HypotheticalCall } from './admission.ts';
import type { EdgeOptions } from './edge-options.ts';
import { Guard, packetOf } from './abuse/guard.ts';
import { Answers } from './answers.ts';
import { CallBooks, ToldBooks, type Books } from './books.ts';
import { Calls } from './calls.ts';
import { CarrierList } from './carriers.ts';
import { DigestCheck } from './digest-check.ts';
import { Dispatcher } from './dispatcher.ts';
import { Health, type GatewayReport, type GatewayState } from './health.ts';
import { Heartbeat } from './heartbeat.ts';
import { InDialog } from './in-dialog.ts';
import { LineForwarding } from './line-forwarding.ts';
import { CallRate } from './limits.ts';
import { endLongCall } from './long-call.ts';
import { egressListener, familiesOf, Listeners, type Obstacle } from './listeners.ts';
import { LoopCheck } from './loop-check.ts';
import { dailyNonceKeys } from './nonce-keys.ts';
import { Outbound } from './outbound.ts';
import { Places } from './places.ts';
import { Overload } from './overload.ts';
import { Refusals } from './refusals.ts';
import { Bindings } from './registrar/bindings.ts';
import { Registrar } from './registrar/registrar.ts';
import { RelayedTelephones } from './registrar/relayed.ts';
import { RegistrationRelay } from './registrar/relay.ts';
import { shareBindings } from './registrar/shared-bindings.ts';
import { RouteSet } from './route-set.ts';
import { RouteTokens } from './route-token.ts';
import { Rounds } from './rounds.ts';
import { Spending } from './spending/spending.ts';
import { Transfers } from './transfer.ts';

/** Calls in set-up at once: some kilobytes each. */
const CAPACITY = 20_000;

/** SIP in, decision asked, challenge, refusal or routing out: a transaction-stateful proxy (RFC 3261 §16). */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #transports: Transports;
  readonly #health: Health;
  readonly #carriers = new CarrierList();
  readonly #bindings: Bindings;
  /** What there is a listener of; changes with them. */
  readonly #families: (4 | 6)[] = [];
  #resolver: Resolver | null = null;
  readonly #digest: DigestCheck;
  /** Who is not heard, and why. */
  readonly guard: Guard;
  /** What trunks and their users call. */
  readonly spending: Spending;
  readonly #books: Books;
  #dispatcher: Dispatcher | null = null;
  #addresses: OwnAddresses | null = null;
  #admission: Admission | null = null;
  #layer: TransactionLayer | null = null;
  #refusals: Refusals | null = null;
  #calls: Calls | null = null;
  #listeners: Listeners | null = null;
  #rounds: Rounds | null = null;
  /** How the agents at borders are. */
  readonly agents: AgentBoard;

  constructor(options: EdgeOptions) {
    this.#options = options;
    const { rulebook, journal, bans, clock, strangers, limitLoopback = false } = options;
    const { algorithms, nonceLifetime, key, registrations: store = null, onError, peers = ALONE } = options;
    this.#bindings = new Bindings({ clock, store, onError });
    shareBindings(this.#bindings, peers);
    this.#health = new Health(clock, peers);
    const nonceKeys = dailyNonceKeys(derive(key, 'nonce'), clock);
    this.#digest = new DigestCheck({ algorithms, nonceKeys, nonceLifetime, clock, threads: peers });
    const common = { rulebook, carriers: this.#carriers, digest: this.#digest, journal, clock };
    this.guard = new Guard({ ...common, bans, strangers, limitLoopback, peers });
    const { spending: terms = { trunk: {}, user: {} }, spendingStore = null, onAlarm = () => {} } = options;
    const tallies = peers.self === FIRST ? spendingStore : null;
    this.spending = new Spending({ terms, store: tallies, journal, clock, onAlarm, onError });
    this.agents = new AgentBoard({ rulebook, clock, sessions: (counter) => this.#books.ofTrunk(counter) });
    const counting = { peers, spending: this.spending, agents: this.agents };
    this.#books = peers.self === FIRST ? new CallBooks(counting) : new ToldBooks(peers);
    this.#transports = new Transports({
      clock: options.clock,
      tls: options.tls,
      origins: options.origins ?? null,
      counters: options.counters,
      peers,
      // A call of a border may leave by any listener, and all that follows has to come to where the borders are.
      onlyFirst: () => rulebook.hasListeners,
      user: {
        // Until every part is in its place requests go unheard; the sender repeats them.
        message: (message: SipMessage, flow: Flow) => {
          if (this.guard.hears(message, flow)) this.#layer?.receive(message, flow);
        },
        admits: (...packet) => this.guard.admits(...packet),
        fault: (fault: ParseFault, flow: Flow) => {
          this.guard.access.fault(packetOf(flow), 'invalid');
          this.#refusals?.refuseBroken(fault, flow);
        },
        crashed: options.onError,
      },
    });
  }

  /** Opens the listeners and starts serving. Returns them with the ports they got. `joins`: other threads have them open. */
  async listen(bindings: readonly Binding[], joins = false): Promise<readonly Binding[]> {
    const { rulebook, clock, onError, peers = ALONE } = this.#options;
    const sharing = peers.count === 1 ? 'alone' : joins ? 'joins' : 'begins';
    for (const binding of bindings) await this.#transports.listen(binding, { sharing });
    this.#addresses = new OwnAddresses(this.#transports.listening, this.#options.advertise);
    this.#assemble(this.#addresses);
    const own = this.#transports.listening;
    const parts = { rulebook, clock, onError, own, transports: this.#transports, addresses: this.#addresses };
    if (peers.self === FIRST) this.#listeners = new Listeners(parts);
    await this.rulesChanged();
    return own;
  }

  /** The listeners that are open now, those of borders included. */
  get listening(): readonly Binding[] {
    return this.#transports.listening;
  }

  /** Carries out what the rulebook says since it changed; resolves when that is in force. Before `listen` nothing is. */
  async rulesChanged(): Promise<void> {
    this.agents.prune();
    await this.#listeners?.follow();
    void this.#rounds?.lookUpNames();
    this.#families.splice(0, Infinity, ...familiesOf(this.#transports.listening));
  }

  /** Which of these listeners could not be opened, and why. Nothing is opened. */
  async obstacles(listeners: readonly Binding[]): Promise<Obstacle[]> {
    return (await this.#listeners?.obstacles(listeners)) ?? [];
  }

  /** Takes SIP over WebSocket, which comes by these listeners of an HTTP server; after `listen`. */
  serveWebSockets(bindings: readonly WebSocketBinding[]): void {
    this.#addresses?.add(bindings);
    this.#transports.serveWebSockets();
  }

  /** A connection to one of them that asks to become a WebSocket; `secure` when it came over TLS. Never throws. */
  upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void {
    this.#transports.upgrade(request, socket, head, secure);
  }

  /** Closes the WebSockets and takes no more, so that the HTTP server can close. */
  closeWebSockets(): Promise<void> {
    return this.#transports.closeWebSockets();
  }

  /** The decision that such a call would get; nothing is sent or counted. */
  explain(call: HypotheticalCall): Promise<Decision> {
    if (!this.#admission) throw new Error('the edge does not listen yet');
    return this.#admission.explain(call);
  }

  /** Takes calls from these carriers as calls from the telephone network. A name that has no address is reported. */
  async trust(carriers: readonly Route[]): Promise<void> {
    for (const carrier of carriers) {
      try {
        const destinations = (await this.#resolver?.locate(carrier)) ?? [];
        for (const { address, port } of destinations) this.#carriers.add(address, port);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  /** The gateways that calls went to or that are probed, and how they are. */
  gateways(): GatewayReport[] {
    return this.#health.report();
  }

  /** How many gateways are in each state. */
  get gatewayStates(): Record<GatewayState, number> {
    return this.#health.count();
  }

  /** Calls in set-up. */
  get setups(): number {
    return this.#dispatcher?.setups ?? 0;
  }

  /** Users who are registered. */
  get registeredUsers(): number {
    return this.#bindings.users;
  }

  /** Whether a user of a trunk is registered. */
  isRegistered(trunk: string, user: string): boolean {
    return this.#bindings.of({ trunk, user }).length > 0;
  }

  /** Calls held: in set-up, or answered and not over. */
  get calls(): number {
    return this.#calls?.size ?? 0;
  }

  /** Transactions held, those that only absorb repeats included. */
  get transactions(): number {
    return this.#layer?.size ?? 0;
  }

  /** Datagrams that the system dropped before they were read. */
  get droppedDatagrams(): number {
    return this.#transports.droppedDatagrams;
  }

  /** Takes no new calls from now on; resolves when the transactions under way are done. */
  async drain(): Promise<void> {
    if (this.#dispatcher) this.#dispatcher.draining = true;
    this.#rounds?.stop();
    await this.#layer?.idle();
    // The ACK of an answer that just went back still has to come through here.
    await this.#dispatcher?.acknowledged();
  }

  async close(): Promise<void> {
    this.#rounds?.stop();
    this.#listeners?.close();
    this.#calls?.close();
    this.spending.close();
    this.#layer?.close();
    await this.#transports.close();
    this.#bindings.close();
  }

  #assemble(addresses: OwnAddresses): void {
    const { rulebook, credentials, journal, clock, key, dice, capacity = CAPACITY, onError } = this.#options;
    const { peers = ALONE } = this.#options;
    const digest = this.#digest;
    const carriers = this.#carriers;
    const { guard } = this;
    const answers = new Answers({ digest, carriers, dice });
    const refusals = new Refusals({ answers, journal, clock, guard, onError });
    this.#refusals = refusals;
    const tokens = new RouteTokens(derive(key, 'route'));
    const loops = new LoopCheck(carriers);
    const user: Pick<Dispatcher, 'request' | 'ack' | 'cancel' | 'crashed'> = {
      request: (request, transaction) => this.#dispatcher?.request(request, transaction),
      ack: (request, flow) => this.#dispatcher?.ack(request, flow),
      cancel: (request, transaction) => this.#dispatcher?.cancel(request, transaction),
      crashed: onError,
    };
    const layer = new TransactionLayer({ clock, user });
    const resolver = new Resolver({ clock, dice, families: this.#families, names: this.#options.names });
    this.#resolver = resolver;
    const applications = new Applications({
      rulebook,
      addresses,
      carriers,
      key: this.#options.applicationKey ?? randomBytes(32),
      mediaAddress: this.#options.mediaAddress ?? null,
    });
    const outbound = new Outbound({
      transports: this.#transports,
      layer,
      resolver,
      addresses,
      tokens,
      digest,
      loops,
      applications,
      clock,
      peers: this.#options.peers ?? ALONE,
      contacted: (address) => guard.vouch(address),
      egress: (trunk, to) => egressListener(rulebook.listenersOf(trunk), to),
    });
    const { spending } = this;
    const books = this.#books;
    const calls = new Calls({
      journal,
      peers,
      books,
      clock,
      store: this.#options.standingCalls ?? null,
      longest: this.#options.longestCall,
      cut: (call, why) => endLongCall(call, why, { outbound, addresses }),
      onError,
    });
    this.#calls = calls;
    const { agents } = this;
    const bindings = this.#bindings;
    const telephones = new RelayedTelephones(bindings, derive(key, 'telephone'));
    const admission = new Admission({
      peers,
      telephones,
      rulebook,
      credentials,
      digest,
      rate: new CallRate(),
      arrivals: new CallRate(),
      books,
      calls,
      spending,
      guard,
      agents,
      carriers,
      addresses,
      applications,
      clock,
      dice,
    });
    this.#admission = admission;
    const relayParts = {
      rulebook,
      admission,
      telephones,
      outbound,
      addresses,
      refusals,
      guard,
      journal,
      clock,
      onError,
    };
    this.#dispatcher = new Dispatcher({
      admission,
      registrar: new Registrar({
        rulebook,
        credentials,
        digest,
        addresses,
        bindings,
        answers,
        refusals,
        guard,
        journal,
        clock,
        onError,
      }),
      forwarding: new LineForwarding({ rulebook, admission, answers, journal }),
      relay: new RegistrationRelay(relayParts),
      places: new Places({ rulebook, bindings, credentials }),
      inDialog: new InDialog({
        addresses,
        routes: new RouteSet(addresses, tokens),
        transfers: new Transfers({ applications, admission, answers, refusals, calls, journal }),
        outbound,
        refusals,
        calls,
        carriers,
        journal,
        clock,
      }),
      heartbeat: new Heartbeat({ rulebook, carriers, addresses, telephones, refusals, journal, clock }),
      outbound,
      health: this.#health,
      agents,
      guard,
      refusals,
      addresses,
      rulebook,
      loops,
      carriers,
      calls,
      overload: new Overload({
        clock,
        delay: this.#options.loopDelay ?? (() => 0),
        queue: () => this.#transports.queue,
        dice: this.#options.dice,
      }),
      journal,
      clock,
      capacity,
      onError,
    });
    this.#layer = layer;
    const { probeInterval = 0 } = this.#options;
    // FIRST asks for all, and tells the others.
    if (peers.self !== FIRST) return;
    const board = this.agents;
    this.#rounds = new Rounds({ rulebook, board, health: this.#health, outbound, addresses, clock, probeInterval });
  }
}

function derive(key: Buffer, purpose: string): Buffer {
  return createHmac('sha256', key).update(purpose).digest();
}
