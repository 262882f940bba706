import type { LineEntry, RangeEntry } from './dialling.ts';
import { fits } from './permission.ts';
import type { Trunk } from './trunk.ts';

/** Digits of the longest number or pattern that is looked up. */
const LONGEST = 33;

/** Who can be called within an account: lines by name and extension, places by prefix, ranges behind gateways. */
export class Directory {
  readonly #lines = new Map<string, LineEntry>();
  readonly #byUser = new Map<string, LineEntry>();
  readonly #byExtension = new Map<string, LineEntry>();
  readonly #byBareExtension = new Map<string, Set<LineEntry>>();
  readonly #places = new Map<string, Set<string>>();
  readonly #prefixes = new Map<string, string>();
  readonly #ranges = new Map<string, RangeEntry>();
  readonly #byStart = new Map<string, Map<string, RangeEntry>>();

  get size(): number {
    return this.#lines.size + this.#ranges.size;
  }

  line(id: string): LineEntry | undefined {
    return this.#lines.get(id);
  }

  /** The line that goes by this user name at a trunk. */
  lineOfUser(trunk: string, username: string): LineEntry | undefined {
    return this.#byUser.get(`${trunk}\n${username}`);
  }

  lineOfExtension(trunk: string, extension: string): LineEntry | undefined {
    return this.#byExtension.get(`${trunk}\n${extension}`);
  }

  /** The line of this extension at any place of the account that needs no prefix; undefined where several have it. */
  lineOfPlainExtension(account: string, extension: string): LineEntry | undefined {
    const plain = this.#places.get(`${account}\n`);
    let only: LineEntry | undefined;
    for (const line of this.#byBareExtension.get(`${account}\n${extension}`) ?? []) {
      if (!plain?.has(line.trunk)) continue;
      if (only) return undefined;
      only = line;
    }
    return only;
  }

  /** The line that prefix and extension name. */
  lineBehindPrefix(account: string, digits: string): LineEntry | undefined {
    for (let length = 1; length < digits.length; length += 1) {
      const place = this.#prefixes.get(`${account}\n${digits.slice(0, length)}`);
      const line = place === undefined ? undefined : this.lineOfExtension(place, digits.slice(length));
      if (line) return line;
    }
    return undefined;
  }

  /** The range that a number is in: of several the one with the longest fixed beginning. */
  rangeOf(account: string, number: string): RangeEntry | undefined {
    for (let length = Math.min(number.length, LONGEST); length >= 0; length -= 1) {
      const found = this.#byStart.get(`${account}\n${number.slice(0, length)}`)?.values() ?? [];
      const fitting = [...found].filter(({ pattern }) => fits(pattern, number));
      // Of those with the same beginning a pattern of as many digits says more than an open one.
      const [best] = fitting.toSorted((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || (a.id < b.id ? -1 : 1));
      if (best) return best;
    }
    return undefined;
  }

  setLine(id: string, line: LineEntry | null): void {
    const before = this.#lines.get(id);
    if (before) {
      forget(this.#byUser, `${before.trunk}\n${before.username}`, before);
      forget(this.#byExtension, `${before.trunk}\n${before.extension}`, before);
      const others = this.#byBareExtension.get(`${before.account}\n${before.extension}`);
      others?.delete(before);
      if (others?.size === 0) this.#byBareExtension.delete(`${before.account}\n${before.extension}`);
      this.#lines.delete(id);
    }
    if (!line) return;
    this.#lines.set(id, line);
    if (line.username !== null) this.#byUser.set(`${line.trunk}\n${line.username}`, line);
    if (line.extension === null) return;
    this.#byExtension.set(`${line.trunk}\n${line.extension}`, line);
    const key = `${line.account}\n${line.extension}`;
    this.#byBareExtension.set(key, (this.#byBareExtension.get(key) ?? new Set()).add(line));
  }

  setRange(id: string, range: RangeEntry | null): void {
    const before = this.#ranges.get(id);
    if (before) {
      const start = startOf(before);
      const others = this.#byStart.get(start);
      others?.delete(id);
      if (others?.size === 0) this.#byStart.delete(start);
      this.#ranges.delete(id);
    }
    if (!range) return;
    this.#ranges.set(id, range);
    const start = startOf(range);
    this.#byStart.set(start, (this.#byStart.get(start) ?? new Map<string, RangeEntry>()).set(id, range));
  }

  /** A trunk came in place of another, or of none: places are found by what is dialled before their extensions. */
  replacePlace(before: Trunk | undefined, after: Trunk | null): void {
    const old = before && placeKey(before);
    if (before && old !== undefined) {
      const left = this.#places.get(old);
      left?.delete(before.id);
      if (left?.size === 0) this.#places.delete(old);
      if (this.#prefixes.get(old) === before.id) this.#prefixes.delete(old);
    }
    const key = after && placeKey(after);
    if (!after || key == null) return;
    this.#places.set(key, (this.#places.get(key) ?? new Set()).add(after.id));
    if (!key.endsWith('\n')) this.#prefixes.set(key, after.id);
  }
}

/** Account and prefix of a place; undefined for a trunk that is none. */
function placeKey({ id, account, termination }: Trunk): string | undefined {
  const dialling = termination?.dialling;
  return dialling?.place === id ? `${account}\n${dialling.routingPrefix ?? ''}` : undefined;
}

function startOf({ account, pattern }: RangeEntry): string {
  return `${account}\n${/^[^X!]*/.exec(pattern)?.[0] ?? ''}`;
}

function isOpen({ pattern }: RangeEntry): boolean {
  return pattern.endsWith('!');
}

/** Only what is its own: another line may have taken the place in the same revision. */
function forget(index: Map<string, LineEntry>, key: string, line: LineEntry): void {
  if (index.get(key)?.id === line.id) index.delete(key);
}
