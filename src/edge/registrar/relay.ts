import type { CallSink } from '../../journal/event.ts';
import type { Clock } from '../../kit/clock.ts';
import { hostPort } from '../../kit/ip.ts';
import { Recent } from '../../kit/recent.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { reasonOf, type ReasonCode } from '../../rulebook/decide/reasons.ts';
import type { RelayTerms } from '../../rulebook/realm.ts';
import type { Route } from '../../rulebook/route.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { SipRequest, SipResponse } from '../../sip/message/message.ts';
import { parseNameAddr } from '../../sip/message/nameaddr.ts';
import { decimal } from '../../sip/message/text.ts';
import type { Destination } from '../../sip/resolve.ts';
import type { ServerTransaction } from '../../sip/transaction/transaction.ts';
import type { Flow } from '../../sip/transport/transport.ts';
import { packetOf, type Guard } from '../abuse/guard.ts';
import type { Admission } from '../admission.ts';
import { ownAnswer } from '../answers.ts';
import { sourceOf, userAndHost } from '../asked.ts';
import type { OwnAddresses } from '../addresses.ts';
import { returnResponse } from '../forwarding.ts';
import type { Outbound } from '../outbound.ts';
import type { Refusals } from '../refusals.ts';
import type { PeerFlow } from '../route-token.ts';
import type { AddressOfRecord } from './binding.ts';
import { MOST_USERS } from './bindings.ts';
import { readContacts, type WantedContact, type Wish } from './contacts.ts';
import type { RelayedTelephones } from './relayed.ts';

/** Contacts of one REGISTER. */
const MOST_CONTACTS = 10;

/** Milliseconds that a registrar may be silent while there is another one: less than a telephone waits. */
const PATIENCE = 4000;

/** The same of the last one: a telephone that waits 32 seconds (timer F) must still hear that nobody answers. */
const LAST_PATIENCE = 16_000;

export interface RegistrationRelayParts {
  readonly rulebook: Rulebook;
  readonly admission: Admission;
  readonly telephones: RelayedTelephones;
  readonly outbound: Outbound;
  readonly addresses: OwnAddresses;
  readonly refusals: Refusals;
  readonly guard: Guard;
  readonly journal: CallSink;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** A contact of a telephone, and the name that it goes by at the registrar. */
interface Renamed {
  readonly wanted: WantedContact;
  readonly of: AddressOfRecord;
  /** Seconds that the registrar is asked for; null: as many as it likes. */
  readonly seconds: number | null;
}

/** One REGISTER on its way. */
interface Relaying {
  readonly transaction: ServerTransaction;
  readonly decision: Decision;
  readonly terms: RelayTerms;
  readonly wish: Wish;
  readonly contacts: readonly Renamed[];
  /** `user@host` of its To. */
  readonly addressOfRecord: string;
  /** Where it came from, if the telephone is taken to be behind a NAT. */
  readonly nat: PeerFlow | null;
}

/**
 * Passes the registrations of a border's telephones on to their registrar, with contacts that lead back here, so that
 * calls for them come through the gate and find their way through NAT.
 */
export class RegistrationRelay {
  readonly #parts: RegistrationRelayParts;
  /** When each name has to be registered anew, in milliseconds since the epoch; before that the gate answers by itself. */
  readonly #freshUntil = new Recent<string, { readonly until: number; readonly renewAt: number }>(MOST_USERS);

  constructor(parts: RegistrationRelayParts) {
    this.#parts = parts;
  }

  register(transaction: ServerTransaction): void {
    const { admission, rulebook, refusals } = this.#parts;
    const decision = admission.judgeRegistration(transaction);
    const terms = decision.trunk === null ? undefined : rulebook.trunk(decision.trunk)?.realm?.registration;
    if (decision.verdict !== 'admit' || !terms) {
      this.#record({ transaction, decision }, decision.reason, decision.status);
      return refusals.refuseFor(decision, transaction);
    }
    const relaying = this.#read(transaction, decision, terms);
    if (typeof relaying === 'string') {
      this.#record({ transaction, decision }, relaying, reasonOf(relaying).status);
      return transaction.respond(ownAnswer(transaction, reasonOf(relaying).status));
    }
    if (!this.#answerHere(relaying)) void this.#try(relaying, decision.targets);
  }

  #read(transaction: ServerTransaction, decision: Decision, terms: RelayTerms): Relaying | ReasonCode {
    const { telephones } = this.#parts;
    const { request, flow } = transaction;
    const wish = readContacts(request);
    const { user, host } = userAndHost(request.to?.uri ?? '');
    if (!wish || decision.trunk === null) return 'malformed-request';
    const wanted = wish.kind === 'update' ? wish.contacts : [];
    if (wanted.length > MOST_CONTACTS) return 'too-many-contacts';
    const symmetric = terms.nat === 'always' || (terms.nat === 'rport' && request.via?.params.has('rport') === true);
    // A connection leads back to its telephone, whatever is between.
    const nat = symmetric || flow.reliable ? { transport: flow.transport, ...flow.remote } : null;
    const addressOfRecord = `${user ?? ''}@${host}`;
    const contacts: Renamed[] = [];
    for (const each of wanted) {
      const of = telephones.nameOf(decision.trunk, addressOfRecord, each.contact, nat);
      if (!telephones.hasRoomFor(of)) return 'registrar-full';
      const longer = terms.caches && nat && each.expires !== 0;
      contacts.push({
        wanted: each,
        of,
        seconds: longer ? Math.max(each.expires ?? 0, terms.registrarSeconds) : each.expires,
      });
    }
    return { transaction, decision, terms, wish, contacts, addressOfRecord, nat };
  }

  /** A telephone that keeps its way through a NAT open comes back long before its registrar wants to hear of it. */
  #answerHere(relaying: Relaying): boolean {
    const { clock, telephones } = this.#parts;
    const { terms, contacts, transaction } = relaying;
    const [only] = contacts;
    if (!terms.caches || !only || contacts.length !== 1 || only.wanted.expires === 0) return false;
    const known = telephones.bindingOf(only.of);
    const fresh = this.#freshUntil.get(only.of.user);
    const now = clock.now();
    const { remote, transport } = transaction.flow;
    const source = known?.relayed?.source;
    const isSame = source?.address === remote.address && source.port === remote.port && source.transport === transport;
    if (!isSame || !fresh || now >= fresh.renewAt) return false;
    const left = Math.floor((fresh.until - now) / 1000);
    this.#answer(relaying, ownAnswer(transaction, 200), [{ ...only, left }], true);
    return true;
  }

  async #try(relaying: Relaying, [target, ...others]: Decision['targets']): Promise<void> {
    const { outbound, refusals, onError } = this.#parts;
    const { transaction } = relaying;
    if (!target?.route) return refusals.refuse(transaction, 'registrar-unreachable');
    const next = (): void => void this.#try(relaying, others);
    const [destination] = await this.#locate(target.route);
    if (!destination) return next();
    try {
      const flow = outbound.flowToGateway(destination, target.egress ?? null);
      this.#send(relaying, flow, others.length > 0 ? next : null);
    } catch (error) {
      onError(error);
      refusals.refuse(transaction, 'internal-error');
    }
  }

  /** None for a name that leads nowhere. */
  async #locate(route: Route): Promise<readonly Destination[]> {
    try {
      return await this.#parts.outbound.locate(route);
    } catch {
      return [];
    }
  }

  /** `next`: what to do when this one does not answer; null: there is nobody else. */
  #send(relaying: Relaying, flow: Flow, next: (() => void) | null): void {
    const { outbound, clock, refusals } = this.#parts;
    const { transaction } = relaying;
    let over = false;
    const end = (act: () => void) => (): void => {
      if (over) return;
      over = true;
      timer.cancel();
      act();
    };
    const failed = end(next ?? (() => refusals.refuse(transaction, 'registrar-unreachable')));
    const timer = clock.after(next ? PATIENCE : LAST_PATIENCE, failed);
    const response = (answer: SipResponse): void => {
      if (answer.status >= 200)
        end(() => (next && answer.status === 503 ? next() : this.#answered(relaying, answer)))();
    };
    outbound.send(this.#renamed(relaying, flow), flow, { response, failed }, { received: transaction });
  }

  /** The REGISTER for the registrar: its contacts lead here. */
  #renamed({ transaction, contacts }: Relaying, flow: Flow): SipRequest {
    const { addresses } = this.#parts;
    const copy = transaction.request.clone();
    if (contacts.length === 0) return copy;
    const own = addresses.of(flow.transport, flow.remote.address, flow.local) ?? addresses.first ?? flow.local;
    const transport = flow.transport === 'udp' ? '' : `;transport=${flow.transport}`;
    copy.headers.remove('contact');
    for (const { wanted, of, seconds } of contacts) {
      const expires = seconds === null ? '' : `;expires=${seconds}`;
      copy.headers.append(
        'Contact',
        `<sip:${of.user}@${hostPort(own.address, own.port)}${transport}>${wanted.params}${expires}`,
      );
    }
    return copy;
  }

  #answered(relaying: Relaying, response: SipResponse): void {
    const copy = returnResponse(response, 'carrier');
    if (copy.status >= 300) {
      const routine = copy.status === 401 || copy.status === 407;
      this.#record(relaying, 'admitted', copy.status, routine);
      return relaying.transaction.respond(copy);
    }
    const granted = grantedIn(response);
    const { telephones } = this.#parts;
    const { wish, decision, addressOfRecord } = relaying;
    if (wish.kind === 'clear') telephones.removeAll(decision.trunk ?? '', addressOfRecord);
    const contacts = relaying.contacts.map((each) => ({ ...each, left: granted(each.of.user) }));
    const now = this.#parts.clock.now();
    for (const { of, left } of contacts)
      this.#freshUntil.set(of.user, { until: now + left * 1000, renewAt: now + (left * 1000) / 2 });
    copy.headers.remove('contact');
    copy.headers.remove('expires');
    this.#answer(relaying, copy, contacts, false);
  }

  /** Keeps what was granted, and tells the telephone in its own words. */
  #answer(
    relaying: Relaying,
    response: SipResponse,
    contacts: readonly (Renamed & { readonly left: number })[],
    routine: boolean,
  ): void {
    const { guard, onError, refusals } = this.#parts;
    const { transaction } = relaying;
    const { flow } = transaction;
    try {
      for (const each of contacts) {
        const seconds = this.#keep(relaying, each);
        const { wanted } = each;
        if (seconds > 0) response.headers.append('Contact', `<${wanted.contact}>${wanted.params};expires=${seconds}`);
      }
    } catch (error) {
      // RFC 3261 §10.3 step 8: what could not be stored did not happen.
      onError(error);
      return refusals.refuse(transaction, 'internal-error');
    }
    if (contacts.some(({ left }) => left > 0)) {
      guard.vouch(flow.remote.address);
      guard.access.proved(packetOf(flow));
    }
    this.#record(relaying, 'admitted', response.status, routine);
    transaction.respond(response);
  }

  /** The seconds that the telephone is told, of the `left` that its registrar grants. */
  #keep(
    { transaction, terms, nat, addressOfRecord }: Relaying,
    { wanted, of, left }: Renamed & { left: number },
  ): number {
    const { telephones, clock } = this.#parts;
    if (left <= 0) {
      telephones.remove(of);
      return 0;
    }
    const now = clock.now();
    const { request, flow } = transaction;
    const interval = flow.reliable ? terms.natSeconds.tcp : terms.natSeconds.udp;
    const seconds = terms.caches && nat && interval > 0 ? Math.min(interval, left) : left;
    const { contact, params, q, instance } = wanted;
    const source = { transport: flow.transport, ...flow.remote };
    const times = { registeredAt: now, expiresAt: now + seconds * 1000 };
    const { callId = '', cseq } = request;
    const about = { contact, params, q, instance, callId, cseq: cseq?.number ?? 0, path: [], flow: nat };
    telephones.put(of, { ...about, ...times, relayed: { addressOfRecord, source } });
    return seconds;
  }

  #record(
    { transaction, decision }: Pick<Relaying, 'transaction' | 'decision'>,
    reason: ReasonCode,
    status: number,
    routine = false,
  ): void {
    const { request, flow } = transaction;
    const about = { callId: request.callId ?? '', at: decision.at, source: sourceOf(flow) };
    const outcome = { decision, reason, status, routine };
    this.#parts.journal.record({ kind: 'registration', ...about, addressOfRecord: request.to?.uri ?? '', ...outcome });
  }
}

/** Reads the seconds that a registrar grants, by the name that a contact goes by; 0 for one that it does not list. */
function grantedIn({ headers }: SipResponse): (user: string) => number {
  const common = decimal(headers.get('expires') ?? '') ?? 0;
  const granted = new Map<string, number>();
  for (const value of headers.values('contact')) {
    const address = parseNameAddr(value);
    const { user } = userAndHost(address?.uri ?? '');
    const expires = address?.params.get('expires');
    if (user !== null) granted.set(user, expires == null ? common : (decimal(expires) ?? 0));
  }
  return (user) => granted.get(user) ?? 0;
}
