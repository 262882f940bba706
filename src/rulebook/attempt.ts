import type { Spent } from './spending.ts';
import type { LegClaim } from './call-pass.ts';
import type { Route } from './route.ts';

/** The digest answer of a request, as far as it could be checked before deciding (RFC 7616). */
export type DigestEvidence =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'malformed' }
  /** Guessed at too often of late: the answer was not looked at. */
  | { readonly outcome: 'slowed'; readonly username: string; readonly retryAfter: number }
  /** The request belongs to a call that was admitted before (RFC 3261 §22.1). */
  | { readonly outcome: 'in-dialog'; readonly username: string | null }
  | {
      readonly outcome:
        | 'valid'
        | 'unknown-user'
        | 'wrong-response'
        | 'nonce-foreign'
        | 'nonce-stale'
        | 'nonce-replayed';
      readonly username: string;
    };

/** What every check of a trunk needs to know of a request. */
export interface RequestAttempt {
  /** Unique name of this decision. */
  readonly id: string;
  readonly source: {
    readonly address: string;
    readonly port: number;
    readonly transport: string;
    readonly secure: boolean;
    /** Our address that it came to; absent where nobody knows. */
    readonly local?: { readonly address: string; readonly port: number };
    /** Host names, lower case, of the certificate that the sender proved to own; absent without one. */
    readonly names?: readonly string[] | undefined;
  };
  readonly requestUri: { readonly user: string | null; readonly host: string };
  /** Whether the host of the Request-URI is this edge's own address rather than a name of a trunk. */
  readonly addressedToEdge: boolean;
  readonly toHost: string | null;
  readonly fromHost: string | null;
  readonly fromUser?: string | null;
  readonly digest: DigestEvidence;
}

/** How busy a trunk is. */
export interface TrunkUsage {
  readonly trunk: string;
  /** From the telephone network. */
  readonly callsInLastSecond: number;
  /** In both directions. */
  readonly callsInProgress: number;
  /** Of what the operator allows it in both directions. */
  readonly spent: readonly Spent[];
}

/** A REGISTER and all that is known about it: what decideRegistration() judges. */
export interface RegistrationAttempt extends RequestAttempt {
  /** Whose calls are to be taken: the To URI. `atEdge`: its host is this edge's own address. */
  readonly addressOfRecord: { readonly user: string | null; readonly host: string; readonly atEdge: boolean };
}

/** A request for a new call and all that is known about it: what decide() judges. */
export interface CallAttempt extends RequestAttempt {
  /** Whether it came from one of our carriers, that is, from the telephone network. */
  readonly fromCarrier: boolean;
  /** Of a leg that an application wants; null for a call of anybody else. */
  readonly leg: LegClaim | null;
  /** The Request-URI in full. */
  readonly uri: string;
  /** LineEntry.id of who calls, where nobody logged in: of a call that is only asked about. */
  readonly line?: string | undefined;
  /** Whether it offers audio that could go unencrypted; absent: nobody looked, as the trunk does not ask. */
  readonly plainAudio?: boolean;
  /** Whether somebody is sent there by another: by a transfer (RFC 3515), or forwarded (RFC 5806). */
  readonly forwarded: boolean;
  /** Where the Request-URI says that it is to go (RFC 3263 §4); null when nothing can be sent there. */
  readonly place: Pick<Route, 'host' | 'port' | 'transport'> | null;
  /** User parts of P-Asserted-Identity, P-Preferred-Identity and From, in that order, those that are there. */
  readonly callerIds: readonly string[];
  /** Calls that the trunk has started within the last second. */
  readonly callsInLastSecond: number;
  /** Calls of the trunk that are in set-up or last. */
  readonly callsInProgress: number;
  /** The same of each trunk that a call from the telephone network may be delivered to; empty for other calls. */
  readonly usage: readonly TrunkUsage[];
  /** What the trunk and its user have used of what the operator allows them; empty where nothing is limited. */
  readonly spent: readonly Spent[];
  /** Agents whose names had the sender's address at the time, by their ids; absent: none. */
  readonly namedAgents?: readonly string[];
  /** At a border: whether the sender registered through there. */
  readonly fromRegistered?: boolean;
  /** The telephone that registered through a border under the user of the Request-URI; absent: none. */
  readonly registered?: { readonly trunk: string; readonly user: string };
  /** Why the sender is denied at the moment, in words; absent: it is not. */
  readonly denied?: string;
  /** A number in [0, 1): the only chance in the decision, so that the same attempt decides the same. */
  readonly dice: number;
}
