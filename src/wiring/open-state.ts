import { join } from 'node:path';
import { CallsAtFirst } from '../edge/calls-at-first.ts';
import type { BindingStore } from '../edge/registrar/bindings.ts';
import { SqliteBindings } from '../edge/registrar/sqlite-bindings.ts';
import type { SpendingStore } from '../edge/spending/spending.ts';
import type { CallStore } from '../edge/standing-calls.ts';
import { StateThread } from '../edge/state-thread.ts';
import { BanFile, readBans, type BanStore } from '../journal/bans.ts';
import type { Clock } from '../kit/clock.ts';
import { FIRST, type Peers } from '../kit/peers.ts';

/** What the edge keeps over a restart. */
export interface State {
  readonly stores: {
    readonly bans: BanStore;
    readonly standingCalls: CallStore;
    /** None in a thread that is not FIRST: what it has of them it is told. */
    readonly registrations?: BindingStore;
    readonly spendingStore?: SpendingStore;
  };
  /** Resolves when all of it is written. */
  close(): Promise<void>;
}

interface StateParts {
  /** The gate's data folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly peers: Peers;
  readonly onError: (error: unknown) => void;
}

/** Opens what the edge keeps. Of several threads FIRST alone writes. */
export function openState(parts: StateParts): State {
  return parts.peers.self === FIRST ? openFiles(parts) : openFollowing(parts);
}

function openFiles({ folder, clock, peers, onError }: StateParts): State {
  const bans = new BanFile({ file: join(folder, 'bans.db'), clock, onError });
  const files = { calls: join(folder, 'calls.db'), spending: join(folder, 'spending.db') };
  const kept = new StateThread({ ...files, clock, peers, onError });
  return {
    stores: {
      bans,
      standingCalls: kept.calls,
      registrations: new SqliteBindings(join(folder, 'registrations.db')),
      spendingStore: kept.spending,
    },
    async close() {
      await kept.close();
      bans.close();
    },
  };
}

function openFollowing({ folder, peers, onError }: StateParts): State {
  const standingCalls = new CallsAtFirst({ file: join(folder, 'calls.db'), peers, onError });
  return {
    stores: {
      // FIRST comes to the same bans, and writes them.
      bans: { load: () => readBans(join(folder, 'bans.db')), save: () => {}, remove: () => {} },
      standingCalls,
    },
    close: () => standingCalls.settled(),
  };
}
