import type { Ledger, Revision } from './ledger.ts';

/** Told of a follower that threw; must not throw itself. */
export type FollowerErrorHandler = (error: unknown, revision: Revision) => void;

/** The followers of a ledger in this process. */
export interface Feed {
  readonly follow: Ledger['follow'];
  /** Hands a committed revision to every follower; one that throws is reported, and the others still hear of it. */
  announce(revision: Revision): void;
}

/** A feed without followers yet. */
export function createFeed(onError: FollowerErrorHandler): Feed {
  const followers = new Set<{ readonly listener: (revision: Revision) => void }>();
  return {
    follow(listener) {
      const follower = { listener };
      followers.add(follower);
      return () => {
        followers.delete(follower);
      };
    },
    announce(revision) {
      // A copy: who begins to follow meanwhile begins with the next revision. Who stopped meanwhile is left alone.
      for (const follower of Array.from(followers)) {
        if (!followers.has(follower)) continue;
        try {
          follower.listener(revision);
        } catch (error) {
          onError(error, revision);
        }
      }
    },
  };
}
