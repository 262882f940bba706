import { mask, type Address, type Block } from '../kit/ip.ts';
import type { Agent, AgentGroup, Limits } from './agent.ts';
import { listenerKey, type Border, type Listener } from './border.ts';
import { Directory } from './directory.ts';
import type { CompiledEntry } from './entry.ts';
import type { Route } from './route.ts';
import type { NumberEntry, Trunk, TrunkGroup } from './trunk.ts';

/** Five minutes: what failed is tried again in the meantime. */
const MOST_BEHIND = 300_000;

/**
 * What the provisioned documents mean for calls, indexed for decide(). Entries are immutable; `apply` swaps whole
 * entries in one go between two decisions, so no decision ever sees half a revision.
 */
export class Rulebook {
  /** The ledger revision that the entries reflect; -1 until the first compilation is complete. */
  revision = -1;
  /** Since when they have missed a change that was acknowledged, in milliseconds since the epoch; null: they miss none. */
  behindSince: number | null = null;
  /** Milliseconds that they may miss one; afterwards only emergency calls are let through. */
  mostBehind = MOST_BEHIND;
  /** Ways to the telephone network, tried in order. */
  readonly carriers: readonly Route[];
  /** Where calls go that an application answers for; null while nothing here does. */
  readonly applications: Route | null;
  /** Who can be called within an account. */
  readonly directory = new Directory();

  readonly #trunks = new Map<string, Trunk>();
  readonly #groups = new Map<string, TrunkGroup>();
  readonly #numbers = new Map<string, NumberEntry>();
  readonly #trunksByAccount = new Map<string, Set<string>>();
  readonly #trunksByHost = new Map<string, Trunk>();
  readonly #numbersByE164 = new Map<string, NumberEntry[]>();
  readonly #numbersOwned = new Map<string, number>();
  readonly #trunksByCertificate = new Map<string, Trunk>();
  readonly #trunksByBlock = new SourceIndex();
  readonly #trunksByBoundBlock = new SourceIndex();
  readonly #borders = new Map<string, Border>();
  #listeners = new Map<string, Listener>();
  #agents = new Map<string, Agent>();
  #agentGroups = new Map<string, AgentGroup>();
  #limits = new Map<string, Limits>();
  #agentsByAddress = new Map<string, Agent[]>();
  /** What DNS says of the names of agents, by their ids. */
  #addressesOfNames: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(carriers: readonly Route[], applications: Route | null = null) {
    this.carriers = carriers;
    this.applications = applications;
  }

  get size(): number {
    return this.#trunks.size + this.#groups.size + this.#numbers.size + this.directory.size;
  }

  trunk(id: string): Trunk | undefined {
    return this.#trunks.get(id);
  }

  /** The trunks of an account, in the order of their ids. */
  trunksOf(account: string): Trunk[] {
    const ids = [...(this.#trunksByAccount.get(account) ?? [])];
    return ids.sort().flatMap((id) => this.trunk(id) ?? []);
  }

  group(id: string): TrunkGroup | undefined {
    return this.#groups.get(id);
  }

  /** The trunk that has this host name (lower case). */
  trunkByHost(host: string): Trunk | undefined {
    return this.#trunksByHost.get(host);
  }

  /** The trunk of whoever owns a certificate with one of these names. */
  trunkByCertificate(names: readonly string[]): Trunk | undefined {
    for (const name of names) {
      const trunk = this.#trunksByCertificate.get(name);
      if (trunk) return trunk;
    }
    return undefined;
  }

  /** The trunks that the address is bound to; where there are none, those whose source list holds it. */
  trunksBySource(address: Address): Trunk[] {
    const bound = this.#trunksByBoundBlock.find(address);
    const ids = bound.length > 0 ? bound : this.#trunksByBlock.find(address);
    return ids.flatMap((id) => this.#trunks.get(id) ?? []);
  }

  get borders(): readonly Border[] {
    return [...this.#borders.values()];
  }

  /** Whether any border has a listener: asked for every packet. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** The listener of a border at this place (`listenerKey`). */
  listener(key: string): Listener | undefined {
    return this.#listeners.get(key);
  }

  agent(id: string): Agent | undefined {
    return this.#agents.get(id);
  }

  agentGroup(id: string): AgentGroup | undefined {
    return this.#agentGroups.get(id);
  }

  /** The limits of an agent or a network, by their counter. */
  limits(counter: string): Limits | undefined {
    return this.#limits.get(counter);
  }

  /** The listeners of a trunk's network. */
  listenersOf(trunk: string): Listener[] {
    return this.borders.flatMap(({ listeners }) => listeners.filter((listener) => listener.trunk === trunk));
  }

  /** The agents that call from an address (canonical spelling), in the order that they are to be taken in. */
  agentsAt(address: string): readonly Agent[] {
    return this.#agentsByAddress.get(address) ?? [];
  }

  /** Takes over which addresses (canonical spelling) the names of agents have, by the agents' ids. */
  learnAddresses(found: ReadonlyMap<string, readonly string[]>): void {
    this.#addressesOfNames = found;
    this.#indexAddresses();
  }

  /** The entries of an E.164 number, one for each dialect that has it. */
  numbers(e164: string): readonly NumberEntry[] {
    return this.#numbersByE164.get(e164) ?? [];
  }

  /** Whether the number belongs to the account. */
  owns(account: string, e164: string): boolean {
    return this.numbers(e164).some((entry) => entry.account === account);
  }

  /** How many numbers the account has. */
  numbersOwned(account: string): number {
    return this.#numbersOwned.get(account) ?? 0;
  }

  /** Swaps entries and moves to `revision`. */
  apply(revision: number, entries: readonly CompiledEntry[]): void {
    for (const compiled of entries) {
      const { kind, id } = compiled;
      if (kind === 'trunk') this.#setTrunk(id, compiled.entry);
      else if (kind === 'number') this.#setNumber(id, compiled.entry);
      else if (kind === 'border') this.#setBorder(id, compiled.entry);
      else if (kind === 'line') this.directory.setLine(id, compiled.entry);
      else if (kind === 'range') this.directory.setRange(id, compiled.entry);
      else if (compiled.entry) this.#groups.set(id, compiled.entry);
      else this.#groups.delete(id);
    }
    this.revision = revision;
  }

  #setBorder(id: string, border: Border | null): void {
    for (const trunk of this.#borders.get(id)?.trunks ?? []) this.#setTrunk(trunk.id, null);
    if (border) this.#borders.set(id, border);
    else this.#borders.delete(id);
    for (const trunk of border?.trunks ?? []) this.#setTrunk(trunk.id, trunk);
    const { borders } = this;
    const agents = borders.flatMap((each) => each.agents);
    this.#listeners = new Map(borders.flatMap((each) => each.listeners).map((each) => [listenerKey(each), each]));
    this.#agents = new Map(agents.map((agent) => [agent.id, agent]));
    this.#agentGroups = new Map(borders.flatMap((each) => each.groups).map((group) => [group.id, group]));
    const limits = [
      ...agents.flatMap((agent) => agent.limits ?? []),
      ...borders.flatMap(({ trunks }) => trunks.flatMap(({ realm }) => realm?.limits ?? [])),
    ];
    this.#limits = new Map(limits.map((each) => [each.counter, each]));
    this.#indexAddresses();
  }

  #indexAddresses(): void {
    this.#agentsByAddress = new Map();
    for (const agent of this.#agents.values()) {
      const learned = agent.named ? (this.#addressesOfNames.get(agent.id) ?? []) : [];
      for (const address of [...agent.addresses, ...learned])
        this.#agentsByAddress.set(address, [...this.agentsAt(address), agent]);
    }
  }

  #setTrunk(id: string, trunk: Trunk | null): void {
    const before = this.#trunks.get(id);
    this.directory.replacePlace(before, trunk);
    if (before) {
      for (const host of before.hosts) this.#trunksByHost.delete(host);
      for (const name of before.termination?.certificates?.names ?? []) this.#trunksByCertificate.delete(name);
      this.#trunksByBlock.remove(id, before.termination?.sources?.blocks);
      this.#trunksByBoundBlock.remove(id, before.termination?.boundSources?.blocks);
      const others = this.#trunksByAccount.get(before.account);
      others?.delete(id);
      if (others?.size === 0) this.#trunksByAccount.delete(before.account);
    }
    if (!trunk) {
      this.#trunks.delete(id);
      return;
    }
    this.#trunks.set(id, trunk);
    for (const host of trunk.hosts) this.#trunksByHost.set(host, trunk);
    for (const name of trunk.termination?.certificates?.names ?? []) this.#trunksByCertificate.set(name, trunk);
    this.#trunksByBlock.add(id, trunk.termination?.sources?.blocks);
    this.#trunksByBoundBlock.add(id, trunk.termination?.boundSources?.blocks);
    this.#trunksByAccount.set(trunk.account, (this.#trunksByAccount.get(trunk.account) ?? new Set()).add(id));
  }

  #setNumber(id: string, number: NumberEntry | null): void {
    const before = this.#numbers.get(id);
    if (before) {
      const others = this.numbers(before.e164).filter((entry) => entry.id !== id);
      if (others.length > 0) this.#numbersByE164.set(before.e164, others);
      else this.#numbersByE164.delete(before.e164);
      this.#numbersOwned.set(before.account, this.numbersOwned(before.account) - 1);
    }
    if (!number) {
      this.#numbers.delete(id);
      return;
    }
    this.#numbers.set(id, number);
    this.#numbersByE164.set(number.e164, [...this.numbers(number.e164), number]);
    this.#numbersOwned.set(number.account, this.numbersOwned(number.account) + 1);
  }
}

/** Finds the trunks whose lists hold an address: one map for each prefix length in use, so cost does not grow with trunks. */
class SourceIndex {
  readonly #lengths = new Map<string, Map<bigint, Set<string>>>();

  add(trunk: string, list: readonly Block[] = []): void {
    for (const block of list) {
      const length = `${block.bits}/${block.length}`;
      const blocks = this.#lengths.get(length) ?? new Map<bigint, Set<string>>();
      this.#lengths.set(length, blocks);
      blocks.set(block.value, (blocks.get(block.value) ?? new Set()).add(trunk));
    }
  }

  remove(trunk: string, list: readonly Block[] = []): void {
    for (const block of list) {
      const length = `${block.bits}/${block.length}`;
      const blocks = this.#lengths.get(length);
      const ids = blocks?.get(block.value);
      ids?.delete(trunk);
      if (ids?.size === 0) blocks?.delete(block.value);
      if (blocks?.size === 0) this.#lengths.delete(length);
    }
  }

  find(address: Address): string[] {
    const found = new Set<string>();
    for (const [name, blocks] of this.#lengths) {
      const [bits, length] = name.split('/').map(Number);
      if (bits !== address.bits || length === undefined) continue;
      for (const id of blocks.get(mask(address, length).value) ?? []) found.add(id);
    }
    return [...found].sort();
  }
}
