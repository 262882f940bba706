/** How long and how often a webhook is tried: the vendor's "connection overrides", in the URL's fragment. */
export interface Patience {
  /** `ct`: milliseconds to connect. */
  readonly connect: number;
  /** `rt`: milliseconds of silence after the request and between parts of the answer. */
  readonly read: number;
  /** `tt`: milliseconds for everything, retries included. */
  readonly total: number;
  /** `rc`: how often it is tried again. */
  readonly retries: number;
  /** `rp`: which failures are tried again. */
  readonly policy: ReadonlySet<string>;
}

const POLICIES = new Set(['4xx', '5xx', 'ct', 'rt', 'all']);

/** Reads the overrides of a URL's fragment; what is missing or out of range is as the vendor documents it. */
export function readOverrides(fragment: string): Patience {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const number = (name: string, least: number, most: number, fallback: number): number => {
    const text = given.get(name) ?? '';
    const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : fallback;
  };
  const policy = (given.get('rp') ?? '').split(',').filter((name) => POLICIES.has(name));
  return {
    connect: number('ct', 100, 10_000, 5000),
    read: number('rt', 100, 15_000, 15_000),
    total: number('tt', 100, 15_000, 15_000),
    retries: number('rc', 0, 5, 1),
    policy: new Set(policy.length > 0 ? policy : ['ct']),
  };
}
