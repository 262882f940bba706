import { readFileSync } from 'node:fs';

/** What calls cost. */
export interface Tariff {
  /** Price of a minute to an E.164 number. */
  priceOf(number: string): number;
}

/** For a gate without a tariff. */
export const FREE: Tariff = { priceOf: () => 0 };

/** Digits of the longest prefix that may be priced: a whole number (ITU-T E.164 §6). */
const LONGEST_PREFIX = 15;

/**
 * Reads a tariff: a line for each prefix of numbers with the price of a minute, such as `+44 0.02`; the longest prefix
 * that fits decides. A number that no line fits costs as much as the dearest. Empty lines, and what follows a `#`, say
 * nothing. Throws an Error that names the line at fault.
 */
export function readTariff(text: string): Tariff {
  const prices = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.split('#', 1)[0]?.trim() ?? '';
    if (content === '') continue;
    const match = /^\+([1-9]\d{0,14})[\s,;]+(\d{1,6}(?:\.\d{1,6})?)$/.exec(content);
    const [, prefix, price] = match ?? [];
    if (prefix === undefined) throw new Error(`line ${index + 1} must be a prefix and the price of a minute: +44 0.02`);
    if (prices.has(prefix)) throw new Error(`line ${index + 1} prices +${prefix} a second time`);
    prices.set(prefix, Number(price));
  }
  if (prices.size === 0) throw new Error('there is no price in it');
  const dearest = [...prices.values()].reduce((most, price) => Math.max(most, price), 0);
  return { priceOf: (number) => longest(prices, number.replace('+', '')) ?? dearest };
}

/** Reads the file of a tariff. Throws an Error that names the file and what is wrong with it. */
export function loadTariff(path: string): Tariff {
  try {
    return readTariff(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`the tariff ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function longest(prices: ReadonlyMap<string, number>, digits: string): number | undefined {
  for (let length = Math.min(digits.length, LONGEST_PREFIX); length > 0; length -= 1) {
    const price = prices.get(digits.slice(0, length));
    if (price !== undefined) return price;
  }
  return undefined;
}
