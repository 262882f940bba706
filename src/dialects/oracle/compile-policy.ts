import type { AddressPattern, NextHop, Policy, PolicyRoute } from '../../rulebook/policy.ts';
import { readIp } from './compile-access.ts';
import type { Element } from './element.ts';
import { agentId, groupId, trunkId } from './names.ts';
import { readAll, type Reading } from './reading.ts';

/** Letters of the days, Sunday first; H, a holiday, is no day of a calendar here. */
const DAYS = 'UMTWRFS';

/** The local policies; `agents` are the ids of those that are known. */
export function compilePolicies(elements: readonly Element[], agents: ReadonlySet<string>): Policy[] {
  return readAll(elements, 'local-policy').map((policy): Policy => {
    const realms = policy.values('source-realm');
    const [from, to] = ['from-address', 'to-address'].map((name) => policy.values(name).map(readPattern));
    return {
      id: policy.rule('').resource,
      from: from ?? [],
      to: to ?? [],
      trunks: realms.includes('*') ? null : realms.map(trunkId),
      enabled: policy.on('state'),
      activeFrom: readMoment(policy.text('activate-time')),
      activeUntil: readMoment(policy.text('deactivate-time')),
      routes: policy.inside('policy-attribute').flatMap((route) => compileRoute(route, agents)),
      rule: policy.rule('to-address'),
    };
  });
}

function compileRoute(route: Reading, agents: ReadonlySet<string>): PolicyRoute[] {
  if (route.text('app-protocol') === 'H323') return [];
  const realm = route.text('realm');
  return [
    {
      hop: readNextHop(route.text('next-hop'), agents),
      egress: realm === '' ? null : trunkId(realm),
      action: route.text('action') === 'redirect' ? 'redirect' : 'forward',
      last: route.on('terminate-recursion'),
      fromMinute: readTime(route.text('start-time')),
      untilMinute: readTime(route.text('end-time')),
      days: readDays(route.text('days-of-week')),
      cost: route.integer('cost'),
      enabled: route.on('state'),
      methods: route.values('methods').map((method) => method.toUpperCase()),
      rule: route.rule(`next-hop ${route.text('next-hop')}`),
    },
  ];
}

function readNextHop(text: string, agents: ReadonlySet<string>): NextHop {
  if (/^SAG:/i.test(text)) return { kind: 'group', id: groupId(text) };
  if (agents.has(agentId(text))) return { kind: 'agent', id: agentId(text) };
  const whole = readIp(text);
  if (whole !== undefined) return { kind: 'address', host: whole, port: DEFAULT_PORT };
  const [, host = '', port] = /^(\[[^\]]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host === '') return { kind: 'unknown', text };
  const ip = readIp(host);
  const standard = ip === undefined ? null : DEFAULT_PORT;
  return { kind: 'address', host: ip ?? host.toLowerCase(), port: port === undefined ? standard : Number(port) };
}

const DEFAULT_PORT = 5060;

/** `*`, digits with or without a plus sign, or a host. */
function readPattern(text: string): AddressPattern {
  if (text === '*') return { kind: 'any' };
  if (/^\+?[\d*#]+$/.test(text)) return { kind: 'digits', text };
  return { kind: 'host', text: readIp(text) ?? text.toLowerCase() };
}

/** Minutes of the day from `hhmm`. */
function readTime(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(2));
}

/** Days from letters, ranges (which may go round the end of the week) and lists: `M-F`, `MWF`, `U,S`. */
export function readDays(text: string): number[] {
  const found = new Set<number>();
  for (const [, first = '', last] of text.matchAll(/([A-Z])(?:-([A-Z]))?/g)) {
    const from = DAYS.indexOf(first);
    const to = last === undefined ? from : DAYS.indexOf(last);
    if (from < 0 || to < 0) continue;
    for (let day = from; ; day = (day + 1) % DAYS.length) {
      found.add(day);
      if (day === to) break;
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** A moment of the gate's own time zone; null for none. */
function readMoment(text: string): number | null {
  return text === '' ? null : Date.parse(text.replace(' ', 'T'));
}
