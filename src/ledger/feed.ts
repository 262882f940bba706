import type { Ledger, Revision } from './ledger.ts';

/** Told of a follower that failed; must not throw itself. */
export type FollowerErrorHandler = (error: unknown, revision: Revision) => void;

/** The followers of a ledger in this process. */
export interface Feed {
  readonly follow: Ledger['follow'];
  /** Hands committed revisions to every follower, oldest first. Those before them must have been announced. */
  announce(revisions: readonly Revision[]): void;
  /** Resolves when every follower is done with all that was announced so far. */
  settled(): Promise<void>;
}

interface Follower {
  readonly listener: Parameters<Ledger['follow']>[0];
  readonly ahead: boolean;
  /** Settles when it is done with all that were handed to it. */
  done: Promise<void>;
}

/**
 * A feed without followers yet. Each follower has one revision at a time, unless it takes them ahead, in order, at its own
 * pace; one that fails is reported and gets the next revision all the same.
 */
export function createFeed(onError: FollowerErrorHandler): Feed {
  const followers = new Set<Follower>();

  /** Nothing is returned where there is nothing to wait for. */
  function deliver(follower: Follower, revision: Revision): void | Promise<void> {
    if (!followers.has(follower)) return;
    const failed = (error: unknown): void => onError(error, revision);
    try {
      return follower.listener(revision)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  async function handTo(follower: Follower, revisions: readonly Revision[]): Promise<void> {
    const { ahead, done } = follower;
    if (ahead) return void (await Promise.all([done, ...revisions.map((revision) => deliver(follower, revision))]));
    await done;
    for (const revision of revisions) {
      const delivered = deliver(follower, revision);
      if (delivered) await delivered;
    }
  }

  return {
    follow(listener, { ahead = false } = {}) {
      const follower = { listener, ahead, done: Promise.resolve() };
      followers.add(follower);
      return () => {
        followers.delete(follower);
      };
    },
    announce(revisions) {
      for (const follower of followers) follower.done = handTo(follower, revisions);
    },
    async settled() {
      await Promise.all(Array.from(followers, ({ done }) => done));
    },
  };
}
