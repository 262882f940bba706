import type { PermissionPlan } from './permission.ts';
import type { RuleReference } from './rule.ts';

/** A trunk or a group of trunks of the customer. */
export interface Gateways {
  readonly kind: 'trunk' | 'group';
  readonly id: string;
  readonly rule: RuleReference;
}

/** How people dial from a trunk, and whom they may call. */
export interface Dialling {
  /** Trunk.id of the place whose extensions are dialled as they are: the trunk itself, or the one that its people belong to. */
  readonly place: string;
  /** ISO 3166-1 alpha-2 of the place. */
  readonly country: string;
  /** What is dialled for an outside line; null: nothing. */
  readonly outsideDigit: string | null;
  /** Whether outside numbers without that digit are no numbers at all. */
  readonly enforceOutsideDigit: boolean;
  /** What others of the account dial before this place's extensions; null: extensions are dialled alone. */
  readonly routingPrefix: string | null;
  /** What holds for lines that say nothing of their own. */
  readonly permissions: PermissionPlan;
  /** The way to the telephone network through gateways of the customer; null: the trunk's carriers. */
  readonly connection: Gateways | null;
  /** Behind it are not people of this trunk but premises with people of their own, who are judged there when they call within. */
  readonly premises: boolean;
  readonly rule: RuleReference;
}

/** A user of a trunk who has permissions, and numbers, of his own. */
export interface LineEntry {
  /** `dialect:vendor-id`. */
  readonly id: string;
  readonly account: string;
  /** Trunk.id of the place. */
  readonly trunk: string;
  /** Digest user name, and user part of the address that its telephone registers; null: it has no telephone. */
  readonly username: string | null;
  /** Whether it may register. */
  readonly registers: boolean;
  readonly extension: string | null;
  /** Its own, E.164. */
  readonly number: string | null;
  /** What it shows outside, E.164; null: the fallback of the trunk. */
  readonly callerId: string | null;
  /** What it may call; null parts are left to the place. */
  readonly permissions: PermissionPlan;
  /** No person but premises of the customer, which register as one user and show the numbers of their people. */
  readonly premises: boolean;
  readonly rule: RuleReference;
}

/** Numbers that are reached through gateways of the customer. */
export interface RangeEntry {
  /** `dialect:kind:pattern`. */
  readonly id: string;
  readonly account: string;
  /** As of a DigitPattern. */
  readonly pattern: string;
  readonly gateways: Gateways;
  /** Whether people of the company answer there; otherwise only the way is another. */
  readonly internal: boolean;
}
