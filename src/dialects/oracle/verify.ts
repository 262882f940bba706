import { hasCertificate } from './certificates.ts';
import { keyOf, valueOf, valuesOf, type Element } from './element.ts';
import { accessControl } from './element-types/access-control.ts';
import { steeringPool } from './element-types/interfaces.ts';
import { localPolicy, policyAttribute } from './element-types/local-policy.ts';
import { sessionAgent } from './element-types/session-agent.ts';
import { sessionGroup } from './element-types/session-group.ts';
import { sipInterface, sipPort } from './element-types/sip-interface.ts';
import { nameOf, referencesIn, typeOf } from './references.ts';

/** Something wrong with a configuration. */
export interface Fault {
  /** Names element and attribute. */
  readonly message: string;
  /** Whether a configuration with it cannot be activated. */
  readonly blocks: boolean;
}

/**
 * What is wrong with a configuration: mentions of elements that are not there, access rules of no realm, two listeners
 * at one place, TLS without a certificate, policies that lead nowhere. Empty when all is well.
 */
export function verify(elements: readonly Element[]): Fault[] {
  const index = new Index(elements);
  return [
    ...danglingReferences(elements, index),
    ...accessOfNoRealm(elements),
    ...accessToNowhere(elements),
    ...overlappingListeners(elements),
    ...listenersWithoutCertificate(elements, index),
    ...groupsOfNobody(elements, index),
    ...groupsOfThemselves(elements, index),
    ...emptyPools(elements),
    ...policiesToNowhere(elements, index),
    ...furtherLookups(elements),
  ];
}

/** An element by its type and keys, for people. */
export function describe(element: Element, type = typeOf(element.type)): string {
  const keys = type ? keyOf(element, type).flatMap(([, value]) => value || []) : [];
  return [element.type, keys.join(', ')].join(' ').trim();
}

/** The elements by type and name. */
class Index {
  readonly #elements = new Map<string, Element>();

  constructor(elements: readonly Element[]) {
    for (const element of elements) this.#elements.set(`${element.type} ${nameOf(element)}`, element);
  }

  find(type: string, name: string): Element | undefined {
    return this.#elements.get(`${type} ${name}`);
  }
}

function fault(element: Element, text: string, blocks = true): Fault {
  return { message: `${describe(element)}: ${text}`, blocks };
}

function danglingReferences(elements: readonly Element[], index: Index): Fault[] {
  return referencesIn(elements)
    .filter(({ to, name }) => !index.find(to, name))
    .map(({ from, attribute, to, name }) => fault(from, `${attribute} names ${to} ${name}, which does not exist`));
}

/** A rule that denies and holds nowhere would let everybody in without a word (reference §9: an existing realm). */
function accessOfNoRealm(elements: readonly Element[]): Fault[] {
  return elements
    .filter(({ type }) => type === accessControl.name)
    .filter((entry) => valueOf(entry, accessControl, 'realm-id') === '')
    .map((entry) => fault(entry, 'realm-id is empty: it holds in no realm'));
}

/** The vendor asks for a destination where no application says which sockets are meant (reference §9). */
function accessToNowhere(elements: readonly Element[]): Fault[] {
  return elements
    .filter(({ type }) => type === accessControl.name)
    .filter((entry) => valueOf(entry, accessControl, 'application-protocol') === 'NONE')
    .filter((entry) => valueOf(entry, accessControl, 'destination-address') === ANYWHERE)
    .map((entry) => fault(entry, 'application-protocol is NONE, which needs a destination-address'));
}

/** What destination-address is where it is not given. */
const ANYWHERE = '0.0.0.0';

function overlappingListeners(elements: readonly Element[]): Fault[] {
  const taken = new Map<string, { owner: Element; address: string }[]>();
  const faults: Fault[] = [];
  for (const { owner, port } of listeners(elements)) {
    const value = (name: string): string => valueOf(port, sipPort, name);
    const [transport, address] = [value('transport-protocol'), value('address')];
    // TLS listens on a TCP port.
    const socket = `${transport === 'TLS' ? 'TCP' : transport} ${value('port')}`;
    const others = taken.get(socket) ?? [];
    const other = others.find((each) => overlap(each.address, address));
    if (other)
      faults.push(
        fault(owner, `sip-port ${transport} ${address}:${value('port')} overlaps with one of ${describe(other.owner)}`),
      );
    taken.set(socket, [...others, { owner, address }]);
  }
  return faults;
}

function overlap(one: string, other: string): boolean {
  return one === other || [one, other].some((address) => address === '0.0.0.0' || address === '::');
}

/** Ports of interfaces that are enabled, each with its interface. */
function listeners(elements: readonly Element[]): { owner: Element; port: Element }[] {
  return elements
    .filter(({ type }) => type === sipInterface.name)
    .filter((element) => valueOf(element, sipInterface, 'state') === 'enabled')
    .flatMap((owner) => owner.subElements.map((port) => ({ owner, port })));
}

function listenersWithoutCertificate(elements: readonly Element[], index: Index): Fault[] {
  return listeners(elements).flatMap(({ owner, port }) => {
    const profile = index.find('tls-profile', valueOf(port, sipPort, 'tls-profile'));
    const name = profile?.attributes['end-entity-certificate']?.[0] ?? '';
    const record = index.find('certificate-record', name);
    if (valueOf(port, sipPort, 'transport-protocol') !== 'TLS' || !profile) return [];
    if (name === '')
      return [fault(owner, `tls-profile names ${describe(profile)}, whose end-entity-certificate is empty`)];
    if (!record || hasCertificate(record)) return [];
    return [fault(owner, `tls-profile names ${describe(profile)}, for whose ${describe(record)} none was imported`)];
  });
}

function emptyPools(elements: readonly Element[]): Fault[] {
  return elements
    .filter(({ type }) => type === steeringPool.name)
    .filter(
      (pool) => Number(valueOf(pool, steeringPool, 'end-port')) <= Number(valueOf(pool, steeringPool, 'start-port')),
    )
    .map((pool) => fault(pool, 'end-port must be greater than start-port'));
}

/** Members may be addresses and host names; a bare name must be an agent or a group. */
function groupsOfNobody(elements: readonly Element[], index: Index): Fault[] {
  return elements
    .filter(({ type }) => type === sessionGroup.name)
    .flatMap((group) =>
      (group.attributes['dest'] ?? [])
        .filter((name) => name !== '' && !isHost(name))
        .filter((name) => !index.find(sessionAgent.name, name) && !index.find(sessionGroup.name, name))
        .map((name) => fault(group, `dest names ${name}, which is neither a session-agent nor a session-group`)),
    );
}

/** A group inside itself, near or far, adds no member. */
function groupsOfThemselves(elements: readonly Element[], index: Index): Fault[] {
  return elements
    .filter(({ type }) => type === sessionGroup.name)
    .flatMap((group) =>
      membersOf(group)
        .filter((name) => groupsBehind(name, index).has(group))
        .map((name) => fault(group, `dest names ${name}, which leads back to this group`)),
    );
}

/** The group that a member is, and all groups inside it; none for an agent, which comes before a group of its name. */
function groupsBehind(member: string, index: Index): Set<Element> {
  const found = new Set<Element>();
  const names = [member];
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const group = index.find(sessionAgent.name, name)
      ? undefined
      : index.find(sessionGroup.name, name.replace(/^SAG:/i, ''));
    if (!group || found.has(group)) continue;
    found.add(group);
    names.push(...membersOf(group));
  }
  return found;
}

function policiesToNowhere(elements: readonly Element[], index: Index): Fault[] {
  return elements
    .filter(({ type }) => type === localPolicy.name)
    .filter((policy) => valueOf(policy, localPolicy, 'state') === 'enabled')
    .flatMap((policy) => {
      const hops = policy.subElements.filter((hop) => valueOf(hop, policyAttribute, 'state') === 'enabled');
      if (hops.length === 0)
        return [fault(policy, 'it has no policy-attribute that is enabled: it routes nowhere', false)];
      return hops
        .flatMap((hop) => nowhere(valueOf(hop, policyAttribute, 'next-hop'), index))
        .map((text) => fault(policy, `next-hop of policy-attribute ${text}`, false));
    });
}

/** A result is looked up no further here; of a group the vendor does not allow it either. */
function furtherLookups(elements: readonly Element[]): Fault[] {
  return elements
    .filter(({ type }) => type === localPolicy.name)
    .flatMap((policy) =>
      policy.subElements
        .filter((hop) => valueOf(hop, policyAttribute, 'lookup') === 'multi')
        .map((hop) => {
          const nextHop = valueOf(hop, policyAttribute, 'next-hop');
          const ofGroup = /^SAG:/i.test(nextHop);
          const why = ofGroup ? 'a group cannot be looked up' : 'which is not served: calls go to the next hop itself';
          return fault(policy, `lookup of policy-attribute ${nextHop} is multi, ${why}`, ofGroup);
        }),
    );
}

/** Why a next hop leads nowhere; empty when it leads somewhere. A group that is not there is a reference. */
function nowhere(hop: string, index: Index): string[] {
  const group = /^SAG:(.*)$/i.exec(hop)?.[1];
  if (group !== undefined) {
    const found = index.find(sessionGroup.name, group);
    const members = found ? membersOf(found) : [];
    return found && members.length === 0 ? [`is ${hop}, which has no members: it routes nowhere`] : [];
  }
  if (/^(?:lrt|enum):/i.test(hop)) return [`is ${hop}, which cannot be looked up here: it routes nowhere`];
  if (isHost(hop) || index.find(sessionAgent.name, hop)) return [];
  return [`is ${hop}, which is neither a session-agent nor an address: it routes nowhere`];
}

function membersOf(group: Element): readonly string[] {
  const dest = sessionGroup.attributes.find(({ name }) => name === 'dest');
  return dest ? valuesOf(group, dest).filter((name) => name !== '') : [];
}

/** An address or a full host name, with or without a port. */
function isHost(text: string): boolean {
  return /[.:]/.test(text);
}
