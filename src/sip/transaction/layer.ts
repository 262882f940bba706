import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../kit/clock.ts';
import { createResponse, SipResponse } from '../message/message.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import { TimerWheel } from '../timer-wheel.ts';
import type { Flow } from '../transport/transport.ts';
import { NOBODY } from './client.ts';
import type { ClientHost, ClientMachine } from './client.ts';
import { InviteClientTransaction } from './invite-client.ts';
import { InviteServerTransaction } from './invite-server.ts';
import { clientKey, hasUniqueBranch, keyOf, serverKey, type Key } from './keys.ts';
import { NonInviteClientTransaction } from './non-invite-client.ts';
import { NonInviteServerTransaction } from './non-invite-server.ts';
import type { ServerHost, ServerMachine } from './server.ts';
import { Settled } from './settled.ts';
import { TransactionTable } from './table.ts';
import { DEFAULT_TIMERS, timerTables } from './timers.ts';
import type { Timers } from './timers.ts';
import type { ClientTransaction, ClientUser, TransactionUser } from './transaction.ts';

export { newBranch } from './keys.ts';
export type { ClientTransaction, ClientUser, FailureCause, ServerTransaction, TransactionUser } from './transaction.ts';

/** Transactions of each side held at once. One that only absorbs repeats, as most are, takes some 300 bytes beside the heap. */
const CAPACITY = 100_000;

/** Of these, INVITEs whose refusal waits for its ACK: some 10 kB each, with the call that they belong to. */
const FINISHED = 20_000;

/** Bytes of a To tag: 80 bits. */
const TAG_BYTES = 10;

interface LayerOptions {
  readonly clock: Clock;
  readonly user: TransactionUser;
  readonly timers?: Partial<Timers>;
  /** Most server transactions, and most client transactions; beyond it the oldest go (see TransactionTable). */
  readonly capacity?: number;
  /** Most of each that are held whole although they have their final response; beyond it the oldest go. */
  readonly finished?: number;
}

/** The transaction layer (RFC 3261 §17): between a TransportUser's `message` and a TransactionUser. */
export class TransactionLayer {
  readonly #user: TransactionUser;
  readonly #wheel: TimerWheel;
  readonly #servers: TransactionTable<ServerMachine>;
  readonly #clients: TransactionTable<ClientMachine>;
  readonly #serverHost: ServerHost;
  readonly #clientHost: ClientHost;
  readonly #tagSecret = randomBytes(32).toString('latin1');
  #idle: (() => void)[] = [];
  #closed = false;

  constructor({ clock, user, timers, capacity = CAPACITY, finished = FINISHED }: LayerOptions) {
    const settled = (): void => this.#settle();
    const crashed = (error: unknown): void => crash(user, error);
    const common = { tables: timerTables({ ...DEFAULT_TIMERS, ...timers }), wheel: new TimerWheel(clock, crashed) };
    this.#user = user;
    this.#wheel = common.wheel;
    const room = { capacity, finished };
    this.#servers = new TransactionTable(room, this.#wheel, settled);
    this.#clients = new TransactionTable(room, this.#wheel, settled);
    this.#serverHost = {
      ...common,
      hold: (transaction) => this.#servers.add(transaction),
      finish: (transaction) => this.#servers.finish(transaction),
      settle: (...what) => this.#servers.settle(...what),
      forget: (transaction) => this.#servers.forget(transaction),
      tagFor: (key) => this.#tagFor(key),
    };
    this.#clientHost = {
      ...common,
      settle: (...what) => this.#clients.settle(...what),
      forget: (transaction) => this.#clients.forget(transaction),
      crashed,
      sendCancel: (request, flow) => void this.send(request, flow, NOBODY),
    };
  }

  /** Transactions held, those included that only absorb repeats. */
  get size(): number {
    return this.#servers.size + this.#clients.size;
  }

  /** Takes in what a transport brought. */
  receive(message: SipMessage, flow: Flow): void {
    if (this.#closed) return;
    if (message instanceof SipResponse) this.#response(message);
    else if (message.method === 'ACK') this.#ack(message, flow);
    else if (message.method === 'CANCEL') this.#cancel(message, flow);
    else this.#request(message, flow);
  }

  /** Starts a client transaction for `request`, whose top Via is ours with a branch of `newBranch`. ACK has none: send it on the flow. */
  send(request: SipRequest, flow: Flow, user: ClientUser): ClientTransaction {
    const key = clientKey(request);
    if (key === undefined) throw new TypeError('a request needs a Via with a branch and a CSeq');
    const Machine = request.method === 'INVITE' ? InviteClientTransaction : NonInviteClientTransaction;
    const transaction = new Machine(key, request, flow, user, this.#clientHost);
    this.#clients.add(transaction);
    transaction.start();
    return transaction;
  }

  /** Sends a further 2xx of the INVITE that `late` names (RFC 6026 §7.1), as long as it is there. */
  respondLate(late: string, response: SipResponse): void {
    const invite = this.#servers.get(keyOf(late));
    if (invite instanceof Settled && invite.accepted) invite.respond(response);
  }

  /** Resolves once no transaction waits for its final response; for draining. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#settle();
    });
  }

  /** Ends everything in silence. */
  close(): void {
    this.#closed = true;
    this.#servers.close();
    this.#clients.close();
    this.#wheel.close();
    this.#settle();
  }

  /** RFC 6026 §7.3: a response without its client transaction is dropped. */
  #response(response: SipResponse): void {
    this.#clients.get(clientKey(response))?.receive(response);
  }

  #request(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, request.method);
    if (key === undefined) return;
    const known = this.#servers.get(key);
    if (known) return known.receive(request);
    const transaction = this.#serve(key, request, flow);
    try {
      this.#user.request(request, transaction);
    } catch (error) {
      transaction.respond(createResponse(request, 500, undefined, transaction.toTag));
      throw error;
    }
    transaction.hold();
    transaction.startTimers();
  }

  /** §17.1.1.3, §17.2.3: the ACK of a 300-699 is matched as its INVITE is; any other goes up. */
  #ack(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, 'INVITE');
    if (key === undefined) return;
    const invite = this.#servers.get(key);
    if (invite && !invite.accepted && acknowledges(request, invite.toTag)) return invite.receive(request);
    // Without its transaction, it may be the ACK of an answer that was sent statelessly.
    if (!invite && request.to?.tag === this.#tagFor(key)) return;
    this.#user.ack(request, flow);
  }

  /** §9.2: a CANCEL is answered by itself, and ends an INVITE that has no final response. */
  #cancel(request: SipRequest, flow: Flow): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    const key = serverKey(request, 'CANCEL');
    if (!invite || key === undefined || this.#servers.get(key)) return this.#request(request, flow);
    this.#serve(key, request, flow).respond(createResponse(request, 200, undefined, invite.toTag));
    if (!(invite instanceof Settled) && invite.finalStatus === undefined) this.#user.cancel(request, invite);
  }

  #serve(key: Key, request: SipRequest, flow: Flow): ServerMachine {
    const Machine = request.method === 'INVITE' ? InviteServerTransaction : NonInviteServerTransaction;
    return new Machine(key, request, flow, this.#serverHost);
  }

  /** §8.2.7, §19.3: the same for every repeat of a request, and not to be guessed. */
  #tagFor({ text }: Key): string {
    // So short a part of a hash over a secret and the key can be neither foreseen nor continued.
    return hash('sha256', this.#tagSecret + text).slice(0, 2 * TAG_BYTES);
  }

  #settle(): void {
    if (this.#servers.unfinished + this.#clients.unfinished > 0) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}

/** §17.2.3: without a unique branch the To tag has to be that of our answer. */
function acknowledges(ack: SipRequest, toTag: string): boolean {
  return hasUniqueBranch(ack) || ack.to?.tag === toTag;
}

function crash(user: TransactionUser, error: unknown): void {
  if (user.crashed) return user.crashed(error);
  process.nextTick(() => {
    throw error;
  });
}
