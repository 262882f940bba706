/** The request that asks an agent whether it lives. */
export interface PingMethod {
  readonly method: string;
  /** Its Max-Forwards. */
  readonly hops: number;
}

/**
 * Methods that an agent may be asked with. The others begin, change or end something: a 2xx of an INVITE would have to
 * be acknowledged and hung up (RFC 3261 §13.2.2.4), that of a SUBSCRIBE or REFER is a subscription, and so on.
 */
const METHODS: ReadonlySet<string> = new Set(['OPTIONS', 'INFO']);

/** Where hops start to count, and the most that may be asked for (RFC 3261 §8.1.1.6). */
const MAX_FORWARDS = 70;

/** Reads `METHOD` or `METHOD;hops=N`, as `OPTIONS;hops=0`; undefined where it is neither. */
export function readPingMethod(text: string): PingMethod | undefined {
  const [, method = '', hops] = /^([A-Za-z]+)(?:;hops=(\d{1,2}))?$/.exec(text) ?? [];
  const found: PingMethod = { method: method.toUpperCase(), hops: Number(hops ?? MAX_FORWARDS) };
  return METHODS.has(found.method) && found.hops <= MAX_FORWARDS ? found : undefined;
}
