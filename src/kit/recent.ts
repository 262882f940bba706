import { LRUCache } from 'lru-cache';
import { firstOf } from './first.ts';

/**
 * Keeps the `most` entries that were used last. Takes up what is in it: LRUCache alone, told how many, makes room for all
 * of them at once, which for the dozen tables of a gate is megabytes that an idle one never needs.
 */
export class Recent<Key extends {}, Value extends {}> extends LRUCache<Key, Value> {
  /** `evicted` is told of what had to make room. */
  constructor(most: number, evicted?: (value: Value) => void) {
    super({
      maxSize: most,
      sizeCalculation: () => 1,
      ...(evicted && { dispose: (value, _key, reason) => reason === 'evict' && evicted(value) }),
    });
  }

  /** The `most` entries that were used last, the latest first. */
  latest(most: number): [Key, Value][] {
    return firstOf(this.entries(), most);
  }

  /** Takes over what `latest` gave elsewhere, where there is nothing of it here, or `isNewer` says so. */
  takeOver(latest: readonly (readonly [Key, Value])[], isNewer: (theirs: Value, own: Value) => boolean): void {
    for (const [key, theirs] of latest.toReversed()) {
      const own = this.peek(key);
      if (own === undefined || isNewer(theirs, own)) this.set(key, theirs);
    }
  }
}
