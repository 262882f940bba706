import type { CallSink } from '../journal/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { Peers } from '../kit/peers.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { DigestAlgorithm } from '../sip/digest.ts';
import type { NameServer } from '../sip/resolve-dns.ts';
import type { TlsMaterial, TransportCounters } from '../sip/transport/transport.ts';
import type { CredentialFinder } from './credential-finder.ts';
import type { BanStore } from '../journal/bans.ts';
import type { BindingStore } from './registrar/bindings.ts';
import type { SpendingAlarm, SpendingStore, SpendingTerms } from './spending/spending.ts';
import type { CallStore } from './standing-calls.ts';

/** What an edge is made of. */
export interface EdgeOptions {
  readonly rulebook: Rulebook;
  readonly credentials: CredentialFinder;
  readonly journal: CallSink;
  readonly counters?: TransportCounters;
  readonly clock: Clock;
  /** 32 bytes from which nonces and route tokens are keyed; edges that share it accept each other's. */
  readonly key: Buffer;
  readonly algorithms: readonly DigestAlgorithm[];
  /** Milliseconds that a nonce may be answered. */
  readonly nonceLifetime: number;
  readonly tls: TlsMaterial;
  /** Origins whose pages may open WebSockets; null or absent: the host that was asked for. */
  readonly origins?: readonly string[] | null;
  /** Host name or address to tell others, when it is not the one listened on. */
  readonly advertise: string | null;
  /** A number in [0, 1), for weights. */
  readonly dice: () => number;
  /** Milliseconds between two probes of a gateway; none when absent or 0. */
  readonly probeInterval?: number;
  /** Who is asked for DNS records; the system's servers when absent. */
  readonly names?: NameServer;
  /** Where bans outlive a restart. */
  readonly bans: BanStore;
  /** What a source on no list gets: a bare refusal, or silence. */
  readonly strangers: 'refuse' | 'drop';
  /** Milliseconds that a call may last. */
  readonly longestCall: number;
  /** Keeps answered calls over a restart; afterwards none is counted or ended when absent. */
  readonly standingCalls?: CallStore;
  /** What trunks and users may spend; nothing is limited when absent. */
  readonly spending?: SpendingTerms;
  /** Keeps what they spent over a restart. */
  readonly spendingStore?: SpendingStore;
  /** Told when one comes to half of a limit, or to all of it. */
  readonly onAlarm?: (alarm: SpendingAlarm) => void;
  /** Milliseconds that the event loop is behind; never, when absent. */
  readonly loopDelay?: () => number;
  /** Limits of packets and sweeps hold for loopback too: for tests. */
  readonly limitLoopback?: boolean;
  /** Calls in set-up at once; 20,000 when absent. */
  readonly capacity?: number;
  /** 32 bytes that the voice endpoint shares; made up when absent, and then nothing speaks for an application. */
  readonly applicationKey?: Buffer;
  /** Address that peers elsewhere send media of applications to; the one that they reach this edge by when absent. */
  readonly mediaAddress?: string | null;
  /** Keeps registrations over a restart; they end with the process when absent. */
  readonly registrations?: BindingStore;
  readonly onError: (error: unknown) => void;
  /** The other threads that serve calls; there are none when absent. */
  readonly peers?: Peers;
}
