/** Wrong codes of a line, and of all lines of a location, after which it is locked: three calls of three tries, ten lines of that. */
const LINE_TRIES = 9;
const LOCATION_TRIES = 90;
/** Milliseconds within which they count together, and for which it is locked then. */
const WINDOW = 900_000;
/** Lines and locations with wrong codes. */
const MOST_WATCHED = 20_000;

interface Watched {
  tries: number;
  /** Milliseconds since the epoch. */
  first: number;
  lockedUntil: number | null;
}

/** One that may try no codes for a while. */
export interface Lockout {
  readonly kind: 'line' | 'location';
  /** UUID. */
  readonly id: string;
  readonly wrongCodes: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Counts wrong codes per line and per location, and locks out those with too many. In memory: lock-outs are kept by whoever
 * asks for them, and what did not come to one is forgiven by a restart, which nobody who dials can bring about. At its bound
 * the one whose wrong codes began longest ago is forgotten.
 */
export class Lockouts {
  readonly #watched = { line: new Map<string, Watched>(), location: new Map<string, Watched>() };

  /**
   * Takes a try: counted as wrong until `right` takes it back, so that tries at the same time count too.
   * Returns until when the line or its location is locked, or null when the try may be made.
   */
  begin(line: string, location: string, now: number): number | null {
    const until = this.lockedUntil(line, location, now);
    if (until !== null) return until;
    this.#count('line', line, LINE_TRIES, now);
    this.#count('location', location, LOCATION_TRIES, now);
    return null;
  }

  /** The try was right: the line begins anew, and its location is not charged for it. */
  right(line: string, location: string): void {
    this.#watched.line.delete(line);
    const place = this.#watched.location.get(location);
    if (!place) return;
    place.tries -= 1;
    if (place.tries < LOCATION_TRIES) place.lockedUntil = null;
    if (place.tries <= 0) this.#watched.location.delete(location);
  }

  /** Until when a line of a location may make no try; null when it may. */
  lockedUntil(line: string, location: string, now: number): number | null {
    const until = Math.max(this.#lockedUntil('line', line, now), this.#lockedUntil('location', location, now));
    return until > now ? until : null;
  }

  /** Tries that the line has left. */
  left(line: string, now: number): number {
    const known = this.#current('line', line, now);
    return Math.max(0, LINE_TRIES - (known?.tries ?? 0));
  }

  list(now: number): Lockout[] {
    return (['line', 'location'] as const).flatMap((kind) =>
      [...this.#watched[kind].keys()].flatMap((id) => this.of(kind, id, now) ?? []),
    );
  }

  /** The lock-out of a line or a location; undefined when it may try. */
  of(kind: Lockout['kind'], id: string, now: number): Lockout | undefined {
    const { tries = 0, lockedUntil: until = null } = this.#current(kind, id, now) ?? {};
    return until !== null && until > now ? { kind, id, wrongCodes: tries, until } : undefined;
  }

  /** Takes one up that began before this process. */
  restore({ kind, id, wrongCodes, until }: Lockout): void {
    this.#watched[kind].set(id, { tries: wrongCodes, first: until - WINDOW, lockedUntil: until });
  }

  /** Lets a line or a location try again. False when nothing was held against it. */
  lift(id: string): boolean {
    const [line, location] = [this.#watched.line.delete(id), this.#watched.location.delete(id)];
    return line || location;
  }

  #lockedUntil(kind: Lockout['kind'], id: string, now: number): number {
    return this.#current(kind, id, now)?.lockedUntil ?? 0;
  }

  #current(kind: Lockout['kind'], id: string, now: number): Watched | undefined {
    const known = this.#watched[kind].get(id);
    const end = known && (known.lockedUntil ?? known.first + WINDOW);
    return end !== undefined && end > now ? known : undefined;
  }

  #count(kind: Lockout['kind'], id: string, most: number, now: number): void {
    const table = this.#watched[kind];
    const known = this.#current(kind, id, now);
    const tries = (known?.tries ?? 0) + 1;
    const lockedUntil = tries >= most ? now + WINDOW : null;
    if (!known) {
      table.delete(id);
      const [oldest] = table.keys();
      if (oldest !== undefined && table.size >= MOST_WATCHED) table.delete(oldest);
    }
    table.set(id, { tries, first: known?.first ?? now, lockedUntil });
  }
}
