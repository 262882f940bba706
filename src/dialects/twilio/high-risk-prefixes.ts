import { getCountryCallingCode, Metadata, type CountryCode } from 'libphonenumber-js/max';

/** Numbers that cost more because of the service behind them; the rulebook calls them premium and special. */
const TYPES = ['PREMIUM_RATE', 'SHARED_COST', 'PERSONAL_NUMBER', 'PAGER'] as const;

/** Digits after the calling code that a prefix is given to; some patterns tell numbers apart by many more. */
const LONGEST = 4;

const DIGITS = '0123456789'.split('');

/** A part of the metadata that its types leave out. */
interface PlanWithTypes {
  type(name: (typeof TYPES)[number]): { pattern(): string } | undefined;
}

/**
 * The prefixes of a country's premium and special numbers, with the calling code and the plus sign, in order. They are
 * drawn from the patterns of the numbering plan that calls are judged by, but shorter: a prefix may say more than it.
 */
export function highRiskPrefixes(country: CountryCode): string[] {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  const plan = metadata.numberingPlan as unknown as PlanWithTypes;
  const texts = TYPES.flatMap((type) => prefixesOf(plan.type(type)?.pattern() ?? ''));
  return shortest(texts).map((text) => `+${getCountryCallingCode(country)}${text}`);
}

/** What a number may begin with, up to the first digit that may be any. */
function prefixesOf(pattern: string): string[] {
  const found = new PatternReader(pattern).alternatives().map(({ text }) => text.slice(0, LONGEST));
  return found.filter((text) => text !== '');
}

/** A beginning; once it is over, whatever follows is not part of it. */
interface Beginning {
  readonly text: string;
  readonly over: boolean;
}

/** Reads the few signs that the numbering plans' patterns are made of: digits, `\d`, classes, groups, `|`, counts. */
class PatternReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Up to the end of the group, or of the pattern. */
  alternatives(): Beginning[] {
    const found = this.#sequence();
    while (this.#takes('|')) found.push(...this.#sequence());
    return found;
  }

  #sequence(): Beginning[] {
    let found: Beginning[] = [{ text: '', over: false }];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      const next = this.#item();
      found = found.flatMap((one) =>
        one.over ? [one] : next.map(({ text, over }) => ({ text: one.text + text, over })),
      );
    }
    return found;
  }

  #item(): Beginning[] {
    const found = this.#atom();
    const counted = /^(?:\?|\{[\d,]+\})/.exec(this.#pattern.slice(this.#at))?.[0];
    if (counted === undefined) return found;
    this.#at += counted.length;
    // How often it comes is no longer part of a prefix.
    return [{ text: '', over: true }];
  }

  #atom(): Beginning[] {
    if (this.#takes('(?:')) {
      const found = this.alternatives();
      this.#takes(')');
      return found;
    }
    if (this.#takes('\\d')) return [{ text: '', over: true }];
    if (this.#takes('[')) return this.#class();
    const text = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    return [{ text, over: false }];
  }

  #class(): Beginning[] {
    const end = this.#pattern.indexOf(']', this.#at);
    const signs = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    const inside = new RegExp(`[${signs}]`);
    return DIGITS.filter((digit) => inside.test(digit)).map((text) => ({ text, over: false }));
  }

  #takes(sign: string): boolean {
    if (!this.#pattern.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }
}

/** Ten prefixes that differ in the last digit are one; a prefix of another makes the other needless. */
function shortest(texts: readonly string[]): string[] {
  const all = new Set(texts);
  for (const text of [...all].toSorted((left, right) => right.length - left.length)) {
    const parent = text.slice(0, -1);
    if (parent !== '' && DIGITS.every((digit) => all.has(parent + digit))) all.add(parent);
  }
  const every = [...all];
  return every.filter((text) => !every.some((other) => other !== text && text.startsWith(other))).toSorted();
}
