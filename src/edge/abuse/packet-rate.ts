/** Milliseconds of one window. */
const WINDOW = 2000;

/** Packets of a stranger in one window (checklist 10.2: ivozprovider's 100 in 2 s). */
export const STRANGER_PACKETS = 100;

/** Packets of a known source in one window: more than one process can serve, so only a runaway meets it. */
export const KNOWN_PACKETS = 20_000;

/** Sources counted in one window; in a flood from more of them those beyond pass uncounted, as nothing is known of them. */
const MOST_SOURCES = 100_000;

/**
 * Counts packets per source in windows that all begin together, so that forgetting is free. What it says is a limit and
 * never evidence: over UDP anybody can send in another's name.
 */
export class PacketRate {
  #counts = new Map<string, number>();
  #begunAt = -Infinity;

  /** Counts a packet; false when the source has had its share. `isKnown` is asked only above a stranger's share. */
  take(source: string, now: number, isKnown: () => boolean): boolean {
    if (now - this.#begunAt >= WINDOW || now < this.#begunAt) {
      this.#counts = new Map();
      this.#begunAt = now;
    }
    const count = (this.#counts.get(source) ?? 0) + 1;
    if (count === 1 && this.#counts.size >= MOST_SOURCES) return true;
    this.#counts.set(source, count);
    return count <= STRANGER_PACKETS || (count <= KNOWN_PACKETS && isKnown());
  }
}
