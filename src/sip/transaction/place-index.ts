/** Slots of an empty index; always a power of two. */
const LEAST_SLOTS = 64;

/** Finds places by hash, in a few flat tables however many there are. Several may have the same hash. */
export class PlaceIndex {
  /** Places and 1, each in the first free slot from that of its hash on; 0 is a free slot. */
  #places = new Float64Array(LEAST_SLOTS);
  #hashes = new Uint32Array(LEAST_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first place with this hash that `isIt`; undefined when there is none. */
  find(hash: number, isIt: (place: number) => boolean): number | undefined {
    const mask = this.#places.length - 1;
    for (let slot = hash & mask; this.#places[slot] !== 0; slot = (slot + 1) & mask) {
      const place = this.#placeIn(slot);
      if (this.#hashes[slot] === hash && isIt(place)) return place;
    }
    return undefined;
  }

  add(hash: number, place: number): void {
    this.#size += 1;
    if (this.#size * 2 > this.#places.length) this.#resize(this.#places.length * 2);
    this.#put(hash, place);
  }

  /** Takes out a place that is here, and moves those up that would not be found any more behind the gap. */
  delete(hash: number, place: number): void {
    const mask = this.#places.length - 1;
    let gap = hash & mask;
    while (this.#placeIn(gap) !== place) gap = (gap + 1) & mask;
    for (let slot = (gap + 1) & mask; this.#places[slot] !== 0; slot = (slot + 1) & mask) {
      const isBehindGap = ((slot - this.#hashIn(slot)) & mask) >= ((slot - gap) & mask);
      if (!isBehindGap) continue;
      this.#places[gap] = this.#placeIn(slot) + 1;
      this.#hashes[gap] = this.#hashIn(slot);
      gap = slot;
    }
    this.#places[gap] = 0;
    this.#size -= 1;
    if (this.#places.length > LEAST_SLOTS && this.#size * 8 < this.#places.length)
      this.#resize(this.#places.length / 2);
  }

  #put(hash: number, place: number): void {
    const mask = this.#places.length - 1;
    let slot = hash & mask;
    while (this.#places[slot] !== 0) slot = (slot + 1) & mask;
    this.#places[slot] = place + 1;
    this.#hashes[slot] = hash;
  }

  #placeIn(slot: number): number {
    return (this.#places[slot] ?? 0) - 1;
  }

  #hashIn(slot: number): number {
    return this.#hashes[slot] ?? 0;
  }

  #resize(slots: number): void {
    const [places, hashes] = [this.#places, this.#hashes];
    this.#places = new Float64Array(slots);
    this.#hashes = new Uint32Array(slots);
    for (const [slot, place] of places.entries()) if (place !== 0) this.#put(hashes[slot] ?? 0, place - 1);
  }
}
