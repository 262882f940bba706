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
  readonly rule: RuleReference;
}
