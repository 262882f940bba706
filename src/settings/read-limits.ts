import { distinct, Expectation, listOf } from '../kit/read-text.ts';

/** What of calls may be limited: minutes, cost and calls a day; the others as docs/spending.md says. */
export const LIMITED = [
  'minutes',
  'cost',
  'calls',
  'concurrent',
  'calls-per-second',
  'calls-per-minute',
  'international',
  'range',
  'sequence',
] as const;

/** The most of each; what is not there is not limited. */
export type SpendingLimits = { readonly [Name in (typeof LIMITED)[number]]?: number };

/** Amounts above 0 by name, each at most once, such as `minutes=600,cost=12.50`; `none`. */
export function readLimits(text: string): SpendingLimits {
  if (text === 'none') return {};
  const expected = new Expectation(`must be none, or list limits such as minutes=600, of ${LIMITED.join(', ')}`);
  const limits = listOf(text).map((part) => {
    const [, name, amount] = /^([a-z-]+)=(\d{1,9}(?:\.\d{1,4})?)$/.exec(part) ?? [];
    const known = LIMITED.find((candidate) => candidate === name);
    if (known === undefined || !(Number(amount) > 0)) throw expected;
    return [known, Number(amount)] as const;
  });
  distinct(limits.map(([name]) => name));
  return Object.fromEntries(limits);
}
