import { LRUCache } from 'lru-cache';

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
}
