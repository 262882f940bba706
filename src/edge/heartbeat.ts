import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { RequestAttempt } from '../rulebook/attempt.ts';
import type { Listener } from '../rulebook/border.ts';
import { identify, listenerOf } from '../rulebook/decide/identify.ts';
import { blockOf } from '../rulebook/decide/source.ts';
import { agentFrom, takesCaller } from '../rulebook/decide/transit.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { ServerTransaction } from '../sip/transaction/transaction.ts';
import type { OwnAddresses } from './addresses.ts';
import { ALLOWED, ownAnswer, SUPPORTED, unsupported } from './answers.ts';
import { askedBy, type Origin } from './asked.ts';
import type { CarrierList } from './carriers.ts';
import type { Refusals } from './refusals.ts';
import type { RelayedTelephones } from './registrar/relayed.ts';

export interface HeartbeatParts {
  readonly rulebook: Rulebook;
  readonly carriers: CarrierList;
  readonly addresses: OwnAddresses;
  readonly telephones: RelayedTelephones;
  readonly refusals: Refusals;
  readonly journal: CallSink;
  readonly clock: Clock;
}

/** Answers OPTIONS, the ping by which equipment asks whether its trunk is there (RFC 3261 §11.2), and notes it. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  answer(transaction: ServerTransaction, origin: Origin): void {
    const trunk = this.#trunkOf(transaction, origin);
    // Whoever is on no list learns no more than that.
    if (trunk === undefined) return this.#parts.refusals.refuse(transaction, 'stranger');
    if (unsupported(transaction).length > 0) return this.#parts.refusals.refuse(transaction, 'extension-not-supported');
    if (trunk !== null) this.#parts.journal.heartbeat(trunk, origin.address, this.#parts.clock.now());
    const response = ownAnswer(transaction, 200);
    response.headers.append('Allow', ALLOWED);
    response.headers.append('Accept', 'application/sdp');
    response.headers.append('Supported', SUPPORTED.join(', '));
    transaction.respondStatelessly(response);
  }

  /** The id of the trunk that the sender may use; null for a carrier; undefined for a stranger. */
  #trunkOf({ request }: ServerTransaction, origin: Origin): string | null | undefined {
    const { rulebook, carriers, addresses } = this.#parts;
    const listener = listenerOf(rulebook, { source: origin });
    if (listener) return this.#atBorder(listener, origin);
    if (carriers.includes(origin)) return null;
    const asked = askedBy(request);
    const addressedToEdge = asked.requestUri.host === '' || addresses.isOwnHost(asked.requestUri.host);
    const attempt: RequestAttempt = {
      ...asked,
      id: '',
      source: origin,
      addressedToEdge,
      digest: { outcome: 'none' },
    };
    const { trunk } = identify(rulebook, attempt);
    return trunk?.termination && blockOf(trunk.termination, origin.address) ? trunk.id : undefined;
  }
  /** Who may call there may ask. */
  #atBorder(listener: Listener, origin: Origin): string | undefined {
    const { rulebook } = this.#parts;
    const realm = rulebook.trunk(listener.trunk)?.realm;
    const agent = agentFrom(rulebook, listener.trunk, { source: origin });
    const { address } = origin;
    const registered = this.#parts.telephones.isRegistered(listener.trunk, origin);
    return realm && takesCaller(listener, realm, { agent, address, registered }) ? listener.trunk : undefined;
  }
}
