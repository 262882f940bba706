import { contains, parseAddress, type Address, type Block } from '../kit/ip.ts';
import type { RuleReference } from './rule.ts';

/** A range of addresses and ports. */
export interface Place {
  /** Null: any address. */
  readonly block: Block | null;
  /** Null: any port; else those whose first `bits` bits of 16 are those of `value`. */
  readonly ports: { readonly value: number; readonly bits: number } | null;
}

/** Lets packets of some senders in, or keeps them out before they are read. */
export interface AccessRule {
  readonly source: Place;
  /** Null: wherever the packet came to. */
  readonly destination: Place | null;
  /** Null: any. TLS is over TCP. */
  readonly transport: 'udp' | 'tcp' | null;
  readonly access: 'permit' | 'deny';
  readonly trust: TrustTerms;
  readonly rule: RuleReference;
}

/**
 * How a sender may gain and lose trust. `none` never changes; `low` may end denied, `medium` only untrusted; `high` is
 * trusted for ever. A threshold of 0 is off.
 */
export interface TrustTerms {
  readonly level: 'none' | 'low' | 'medium' | 'high';
  /** Bytes that a trusted sender may send in a second on average; 0: any. */
  readonly bytesPerSecond: number;
  /** Invalid messages in a window that cost a rank. */
  readonly invalidMessages: number;
  /** Messages in a window that cost a trusted sender its trust. */
  readonly trustedMessages: number;
  /** Messages in a window that get an untrusted sender denied. */
  readonly untrustedMessages: number;
  /** Calls refused for a limit that cost a trusted, or an untrusted, sender its rank; both 0: such calls count as invalid. */
  readonly trustedFailures: number;
  readonly untrustedFailures: number;
  /** Seconds that a sender stays denied. */
  readonly denySeconds: number;
  /** Seconds over which all of these are counted. */
  readonly windowSeconds: number;
  readonly rule: RuleReference;
}

/** Where a packet comes from and came to. */
export interface Packet {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly local: { readonly address: string; readonly port: number };
}

const PORT_BITS = 16;

/** The rule that decides about a packet: the first that matches; undefined when none does. */
export function accessRuleFor(rules: readonly AccessRule[], packet: Packet): AccessRule | undefined {
  const source = parseAddress(packet.address);
  const local = parseAddress(packet.local.address);
  const carried = packet.transport === 'udp' ? 'udp' : 'tcp';
  return rules.find(
    (rule) =>
      (rule.transport === null || rule.transport === carried) &&
      holds(rule.source, source, packet.port) &&
      (rule.destination === null || holds(rule.destination, local, packet.local.port)),
  );
}

/** The narrowest first: longer blocks, then fewer ports, then one transport; where all are equal what denies. */
export function byNarrowness(a: AccessRule, b: AccessRule): number {
  return (
    (b.source.block?.length ?? -1) - (a.source.block?.length ?? -1) ||
    (b.source.ports?.bits ?? -1) - (a.source.ports?.bits ?? -1) ||
    Number(b.transport !== null) - Number(a.transport !== null) ||
    Number(b.access === 'deny') - Number(a.access === 'deny')
  );
}

function holds({ block, ports }: Place, address: Address | undefined, port: number): boolean {
  if (block && !(address && contains(block, address))) return false;
  if (!ports) return true;
  const open = PORT_BITS - ports.bits;
  return port >> open === ports.value >> open;
}
