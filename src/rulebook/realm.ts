import type { Block } from '../kit/ip.ts';
import type { AccessRule, TrustTerms } from './access.ts';
import type { Limits } from './agent.ts';
import type { FailoverRow } from './failover.ts';
import type { RuleReference } from './rule.ts';

/** What holds for a network on one side of a border. */
export interface Realm {
  readonly name: string;
  /** Addresses that belong to it; empty: all. */
  readonly prefixes: readonly Block[];
  /** The first that matches a sender decides: the narrowest stand first. */
  readonly access: readonly AccessRule[];
  /** For senders that no access rule matches. */
  readonly trust: TrustTerms;
  /** What all calls of the network together may use; each with counters of its own. */
  readonly limits: readonly Limits[];
  /** What final answers mean for calls from here, before the common table. */
  readonly recursion: readonly FailoverRow[];
  readonly registration: RelayTerms;
  /** Whose word is taken for who calls; what others say of it goes no further (RFC 3325 §5). */
  readonly trusts: 'anybody' | 'agents' | 'prefix' | 'registered' | 'nobody';
  /** Seconds that its calls may last; null: as long as any. */
  readonly longestSeconds: number | null;
  readonly rule: RuleReference;
}

/** How the registrations of a network's telephones are passed on to their registrar. */
export interface RelayTerms {
  /** Where they go to that ask for `domain` (null: any); without one, where policies lead. Host null: as they ask. */
  readonly registrar: { readonly domain: string | null; readonly host: string | null; readonly port: number } | null;
  /** Whether a telephone that comes back before its registrar expects it is answered here. */
  readonly caches: boolean;
  /** Which telephones are taken to be behind a NAT, and called where their REGISTER came from: those that ask for `rport`, say. */
  readonly nat: 'none' | 'rport' | 'always';
  /** Seconds after which a telephone behind a NAT has to come back, where that is answered here. */
  readonly natSeconds: { readonly udp: number; readonly tcp: number };
  /** Seconds that such a telephone is registered for. */
  readonly registrarSeconds: number;
  readonly rule: RuleReference;
}
