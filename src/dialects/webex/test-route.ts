import type { LineKind, Owner } from './documents.ts';
import type { Action, CallTypeName } from './permissions.ts';

/** A call to try without placing it. */
export interface RouteQuery {
  readonly originator: Owner<LineKind | 'trunk'>;
  /** Number that the originator shows; null: its own. */
  readonly originatorNumber: string | null;
  /** As dialled: a number, an extension, a SIP URI. */
  readonly destination: string;
}

/** Where the rule stands that was applied, in the vendor's words. */
export type ConfigurationLevel = 'LOCATION' | 'PEOPLE' | 'PLACE' | 'VIRTUAL_LINE';

/** A permission that was applied to the call. */
export interface AppliedPermission {
  readonly configurationLevel: ConfigurationLevel;
  /** What decided: the type of call, or a pattern. */
  readonly by: { readonly callType: CallTypeName } | { readonly name: string; readonly pattern: string };
  readonly permission: Action;
  /** Number of whoever decides, where the permission is to transfer and it is set. */
  readonly transferNumber: string | null;
  /** Such as `TRANSFER_NUMBER_1_NOT_CONFIGURED`. */
  readonly reason: string | null;
  /** The number that it was applied to. */
  readonly number: string;
}

/** Where the call would go. Ids are bare UUIDs. */
export interface RouteResult {
  readonly destination:
    | { readonly type: 'HOSTED_AGENT'; readonly line: Owner<LineKind> }
    | {
        readonly type: 'PBX_USER';
        readonly dialPlanId: string;
        readonly dialPattern: string;
        readonly trunkId: string | null;
      }
    | { readonly type: 'PSTN_NUMBER'; readonly trunkId: string | null; readonly routeGroupId: string | null }
    | { readonly type: 'ROUTE_LIST'; readonly routeListId: string }
    | { readonly type: 'EMERGENCY' }
    | { readonly type: 'UNKNOWN_EXTENSION' | 'UNKNOWN_NUMBER' };
  readonly routingAddress: string;
  readonly isRejected: boolean;
  /** Outside digit that was dialled; null: none. */
  readonly outsideAccessCode: string | null;
  readonly applied: readonly AppliedPermission[];
}

/** Decides a call as the gate would decide a real one. Undefined: the originator makes no calls. */
export type TestRoute = (query: RouteQuery) => Promise<RouteResult | undefined>;
