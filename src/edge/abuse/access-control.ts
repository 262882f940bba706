import type { Clock } from '../../kit/clock.ts';
import { hostPort } from '../../kit/ip.ts';
import { Recent } from '../../kit/recent.ts';
import { accessRuleFor, type AccessRule, type Packet } from '../../rulebook/access.ts';
import type { Agent } from '../../rulebook/agent.ts';
import { listenerKey, type Listener } from '../../rulebook/border.ts';
import { agentFrom, takesCaller, takesRegistrant } from '../../rulebook/decide/transit.ts';
import type { Realm } from '../../rulebook/realm.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { AccessDrop } from '../../journal/event.ts';
import { sourceName } from './source.ts';
import { TrustLevels, type Fault } from './trust-levels.ts';

/** Senders whose rule is remembered, so that a list is not searched for every packet; the quietest is forgotten. */
const MOST_FOUND = 20_000;

/** Why a packet is dropped, and the rule that says so. */
export interface Denied {
  readonly reason: AccessDrop;
  readonly rule: RuleReference;
}

/** What the rules of a network say of one sender. */
interface Found {
  readonly realm: Realm;
  readonly rule: AccessRule | undefined;
}

/** Keeps packets out that the access rules of a listener's network deny, and counts what the others send. */
export class AccessControl {
  readonly #rulebook: Rulebook;
  readonly #clock: Clock;
  readonly #levels = new TrustLevels();
  readonly #found = new Recent<string, Found>(MOST_FOUND);

  constructor(rulebook: Rulebook, clock: Clock) {
    this.#rulebook = rulebook;
    this.#clock = clock;
  }

  /** Asked for each datagram and each new connection, before a byte is read; undefined: it is heard. */
  arrival(packet: Packet, bytes: number): Denied | undefined {
    return packet.transport === 'udp' ? this.#datagram(packet, bytes) : this.#connection(packet);
  }

  #datagram(packet: Packet, bytes: number): Denied | undefined {
    const place = this.#placeOf(packet);
    return place && (deniedByRule(place) ?? this.#deniedByTrust(place, packet, bytes));
  }

  /** Where only some may call, others are not even connected. */
  #connection(packet: Packet): Denied | undefined {
    const place = this.#placeOf(packet);
    if (!place) return undefined;
    const denied = deniedByRule(place) ?? this.#deniedNow(place, packet);
    if (denied) return denied;
    const { listener } = place;
    const agent = agentFrom(this.#rulebook, listener.trunk, { source: { ...packet, secure: false } });
    const { address } = packet;
    const caller = { agent, address, registered: false };
    const taken = takesCaller(listener, place.realm, caller) || mayRegister(listener, place.realm, agent, address);
    return taken ? undefined : { reason: 'access-anonymous', rule: listener.rule };
  }

  /** Asked for each message that came by a connection. */
  message(packet: Packet, bytes: () => number): Denied | undefined {
    const place = this.#placeOf(packet);
    if (!place) return undefined;
    const { bytesPerSecond } = termsOf(place);
    return deniedByRule(place) ?? this.#deniedByTrust(place, packet, bytesPerSecond > 0 ? bytes() : 0);
  }

  /** Something was wrong with what the sender sent. */
  fault(packet: Packet, fault: Fault): void {
    const place = this.#placeOf(packet);
    if (place) this.#levels.fault(keyOf(place, packet), termsOf(place), fault, this.#clock.now());
  }

  /** A call of the sender was answered. */
  proved(packet: Packet): void {
    const place = this.#placeOf(packet);
    if (place) this.#levels.proved(keyOf(place, packet), termsOf(place), this.#clock.now());
  }

  /** Why the sender is denied for what it did before, in words; undefined when it is not. */
  explain(packet: Packet): string | undefined {
    const place = this.#placeOf(packet);
    const denial = place && this.#levels.denial(keyOf(place, packet), termsOf(place), this.#clock.now());
    return denial && `sent ${denial.cause}, and is denied until ${new Date(denial.until).toISOString()}`;
  }

  /** Whether a rule that names the sender lets it in, or it is an agent. */
  lists(packet: Packet): boolean {
    const place = this.#placeOf(packet);
    if (!place) return false;
    const { rule, listener } = place;
    const named = rule !== undefined && rule.source.block !== null && rule.access === 'permit';
    return named || agentFrom(this.#rulebook, listener.trunk, { source: { ...packet, secure: false } }) !== null;
  }

  #deniedNow(place: Found & { listener: Listener }, packet: Packet): Denied | undefined {
    const terms = termsOf(place);
    const denial = this.#levels.denial(keyOf(place, packet), terms, this.#clock.now());
    return denial && { reason: 'access-demoted', rule: terms.rule };
  }

  #deniedByTrust(place: Found & { listener: Listener }, packet: Packet, bytes: number): Denied | undefined {
    const terms = termsOf(place);
    const taken = this.#levels.takes(keyOf(place, packet), terms, bytes, this.#clock.now());
    if (taken === 'yes') return undefined;
    return { reason: taken === 'denied' ? 'access-demoted' : 'access-rate', rule: terms.rule };
  }

  #placeOf(packet: Packet): (Found & { listener: Listener }) | undefined {
    if (!this.#rulebook.hasListeners) return undefined;
    const { transport, local, address, port } = packet;
    const listener = this.#rulebook.listener(listenerKey({ transport, ...local }));
    const realm = listener && this.#rulebook.trunk(listener.trunk)?.realm;
    if (!realm) return undefined;
    const key = `${transport} ${hostPort(local.address, local.port)} ${hostPort(address, port)}`;
    let found = this.#found.get(key);
    if (found?.realm !== realm) {
      found = { realm, rule: accessRuleFor(realm.access, packet) };
      this.#found.set(key, found);
    }
    return { ...found, listener };
  }
}

function deniedByRule({ rule }: Found): Denied | undefined {
  return rule?.access === 'deny' ? { reason: 'access-denied', rule: rule.rule } : undefined;
}

/** Where only registered telephones may call, they have to be connected to register. */
function mayRegister(listener: Listener, realm: Realm, agent: Agent | null, address: string): boolean {
  return listener.callers === 'registered' && takesRegistrant(listener, realm, agent, address);
}

function termsOf({ rule, realm }: Found): Realm['trust'] {
  return rule?.trust ?? realm.trust;
}

/** A sender is an address, whatever its port: a flood may come from many. */
function keyOf({ listener }: { listener: Listener }, { address }: Packet): string {
  return `${listener.trunk} ${sourceName(address)}`;
}
