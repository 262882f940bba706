import type { RuleReference } from './rule.ts';

/** What an address of a call must be like: digits count as a prefix, a host as itself or a domain above it. */
export type AddressPattern = { readonly kind: 'any' } | { readonly kind: 'digits' | 'host'; readonly text: string };

/** Where calls go by the network they come from, their caller and whom they call. */
export interface Policy {
  readonly id: string;
  readonly from: readonly AddressPattern[];
  readonly to: readonly AddressPattern[];
  /** Trunks that the call may come in by; null: any. */
  readonly trunks: readonly string[] | null;
  readonly enabled: boolean;
  /** Milliseconds since the epoch; null: no bound. */
  readonly activeFrom: number | null;
  readonly activeUntil: number | null;
  readonly routes: readonly PolicyRoute[];
  readonly rule: RuleReference;
}

export type NextHop =
  | { readonly kind: 'agent'; readonly id: string }
  | { readonly kind: 'group'; readonly id: string }
  | { readonly kind: 'address'; readonly host: string; readonly port: number | null }
  /** A kind of next hop that is not served here. */
  | { readonly kind: 'unknown'; readonly text: string };

/** One next hop of a policy, and when it counts. */
export interface PolicyRoute {
  readonly hop: NextHop;
  /** The trunk whose network the call leaves by; null: that of the next hop. */
  readonly egress: string | null;
  readonly action: 'forward' | 'redirect';
  /** No further route is tried after this one. */
  readonly last: boolean;
  /** Minutes of the local day; `until` is not included. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Lower is preferred. */
  readonly cost: number;
  readonly enabled: boolean;
  /** SIP methods; empty: all. */
  readonly methods: readonly string[];
  readonly rule: RuleReference;
}

/** An end of a call as policies see it. */
export interface PolicyAddress {
  readonly user: string | null;
  readonly host: string | null;
}

/** What a call is looked up by. */
export interface PolicyQuery {
  readonly trunk: string;
  readonly from: PolicyAddress;
  readonly to: PolicyAddress;
  readonly method: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Ranked {
  readonly policy: Policy;
  readonly route: PolicyRoute;
  /** Lengths of the patterns that matched; -1 where anything does. */
  readonly to: number;
  readonly from: number;
}

/**
 * The routes for a call, best first: lowest cost, longest match of whom it calls, longest match of the caller, fewest
 * days, shortest time of day; what matches anything comes last among equals. Nothing is behind a route that is `last`.
 */
export function routesFor(policies: readonly Policy[], query: PolicyQuery): { policy: Policy; route: PolicyRoute }[] {
  const found = policies.flatMap((policy): Ranked[] => {
    if (!applies(policy, query)) return [];
    const to = longest(policy.to, query.to);
    const from = longest(policy.from, query.from);
    if (to === undefined || from === undefined) return [];
    return policy.routes.filter((route) => counts(route, query)).map((route) => ({ policy, route, to, from }));
  });
  // The sort keeps the order of equals, which is that of the configuration.
  const ranked = found.toSorted(
    (a, b) =>
      a.route.cost - b.route.cost ||
      b.to - a.to ||
      b.from - a.from ||
      a.route.days.length - b.route.days.length ||
      spanOf(a.route) - spanOf(b.route),
  );
  const end = ranked.findIndex(({ route }) => route.last);
  return end < 0 ? ranked : ranked.slice(0, end + 1);
}

function applies({ enabled, activeFrom, activeUntil, trunks }: Policy, { trunk, now }: PolicyQuery): boolean {
  if (!enabled || (activeFrom !== null && now < activeFrom) || (activeUntil !== null && now >= activeUntil))
    return false;
  return trunks === null || trunks.includes(trunk);
}

function counts(
  { enabled, days, fromMinute, untilMinute, methods }: PolicyRoute,
  { now, method }: PolicyQuery,
): boolean {
  if (!enabled || (methods.length > 0 && !methods.includes(method))) return false;
  const at = new Date(now);
  const minute = at.getHours() * 60 + at.getMinutes();
  return days.includes(at.getDay()) && fromMinute <= minute && minute < untilMinute;
}

function spanOf({ fromMinute, untilMinute }: PolicyRoute): number {
  return untilMinute - fromMinute;
}

/** Length of the longest pattern that an address matches; undefined when it matches none. */
function longest(patterns: readonly AddressPattern[], address: PolicyAddress): number | undefined {
  const lengths = patterns.filter((pattern) => matches(pattern, address)).map(lengthOf);
  return lengths.length > 0 ? Math.max(...lengths) : undefined;
}

function lengthOf(pattern: AddressPattern): number {
  return pattern.kind === 'any' ? -1 : pattern.text.length;
}

function matches(pattern: AddressPattern, { user, host }: PolicyAddress): boolean {
  if (pattern.kind === 'any') return true;
  if (pattern.kind === 'digits') return withoutSeparators(user ?? '').startsWith(pattern.text);
  return host !== null && (host === pattern.text || host.endsWith(`.${pattern.text}`));
}

/** RFC 3966 §3: separators and parameters are no part of a number. */
function withoutSeparators(user: string): string {
  return (user.split(';', 1)[0] ?? '').replaceAll(/[-.() ]/g, '');
}
