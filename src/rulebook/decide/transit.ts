import { canonicalAddress, contains, hostPort, parseAddress } from '../../kit/ip.ts';
import { accessRuleFor } from '../access.ts';
import { limitReached, type Agent, type Limits, type Loads } from '../agent.ts';
import type { CallAttempt } from '../attempt.ts';
import type { Listener } from '../border.ts';
import { readCalledNumber } from '../number-plan.ts';
import { routesFor } from '../policy.ts';
import type { Realm } from '../realm.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Trunk } from '../trunk.ts';
import { checkAge, conclude, note, stops } from './conclude.ts';
import { pass, refuse, skip, type Findings, type Outcome, type Stopped } from './context.ts';
import type { CheckName, Decision, TraceStep } from './decision.ts';
import { identify } from './identify.ts';
import { addNextHop, longestOf, type Choice } from './next-hops.ts';
import { checkSpending } from './spending.ts';

/** What a check of a call between two networks sees. */
interface TransitContext extends TransitQuery {
  readonly trunk: Trunk;
  readonly realm: Realm;
  /** The agent that the call comes from; null for anybody else. */
  readonly agent: Agent | null;
  readonly found: Findings & Omit<Choice, 'targets' | 'passedOver'> & { redirect: string | null };
}

/** What a call must pass at the border of a network, in this order; the first that stops it decides. */
const CALL_CHECKS: readonly (readonly [CheckName, (context: TransitContext) => Outcome])[] = [
  ['access', checkAccess],
  ['source', checkCaller],
  ['rules', checkFreshness],
  ['concurrency', checkLimits],
  ['spending', ({ attempt, found, trunk }) => checkSpending({ attempt, found, termination: trunk.termination })],
  ['route', chooseNextHops],
];

/** The same of a registration, on its way to the registrar of its telephone. */
const REGISTRATION_CHECKS: typeof CALL_CHECKS = [
  ['access', checkAccess],
  ['source', checkRegistrant],
  ['rules', checkFreshness],
  ['route', chooseRegistrar],
];

/** What a call that came in by a listener of a border is judged by. */
export interface TransitQuery {
  readonly method: 'INVITE' | 'REGISTER';
  readonly rulebook: Rulebook;
  readonly attempt: CallAttempt;
  readonly listener: Listener;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly loads: Loads;
}

/** Judges a call, or a registration, that came in by a listener of a border. Pure, as decide() is. */
export function decideTransit(query: TransitQuery): Decision {
  const { rulebook, attempt, listener, now, method } = query;
  const trace: TraceStep[] = [];
  const { trunk, outcome } = identify(rulebook, attempt);
  const [caller = null] = attempt.callerIds;
  const number = readCalledNumber(attempt.requestUri.user ?? '', []) ?? null;
  const found: TransitContext['found'] = {
    called: number,
    caller,
    sourceTrusted: false,
    sourceBound: false,
    abroad: false,
    targets: [],
    exceeded: [],
    groups: [],
    redirect: null,
  };
  let last = note(trace, 'identify', outcome);
  const agent = agentFrom(rulebook, listener.trunk, attempt);
  if (trunk?.realm) {
    const context = { ...query, trunk, realm: trunk.realm, agent, found };
    for (const [check, run] of method === 'INVITE' ? CALL_CHECKS : REGISTRATION_CHECKS) {
      last = note(trace, check, run(context));
      if (stops(last)) break;
    }
  }
  return conclude(last, {
    id: attempt.id,
    at: now,
    revision: rulebook.revision,
    direction: method === 'INVITE' ? 'transit' : 'registration',
    trunk: listener.trunk,
    account: trunk?.account ?? null,
    called: number?.number ?? attempt.requestUri.user,
    caller: trunk?.realm && trustsCaller(trunk.realm, agent, attempt) ? caller : null,
    abroad: found.abroad,
    username: null,
    sourceTrusted: found.sourceTrusted,
    challenge: null,
    targets: found.targets,
    counters: [...(trunk?.realm?.limits ?? []).map(({ counter }) => counter), ...(agent ? [agent.id] : [])],
    exceeded: found.exceeded,
    groups: found.groups,
    ...longestOf(agent, trunk?.realm),
    ...(found.redirect !== null && { redirect: found.redirect }),
    trace,
  });
}

/** The agent that a request comes from: the first at its address that is in this network or in any. */
export function agentFrom(
  rulebook: Rulebook,
  trunk: string,
  { source, namedAgents = [] }: Pick<CallAttempt, 'source' | 'namedAgents'>,
): Agent | null {
  const named = namedAgents.flatMap((id) => rulebook.agent(id) ?? []);
  const agents = [...rulebook.agentsAt(canonicalAddress(source.address)), ...named];
  return agents.find((agent) => agent.trunk === trunk || agent.trunk === null) ?? null;
}

/** Whether who is neither denied nor an agent may ask for calls at this listener; `registered` through it or not. */
export function takesCaller(
  { callers }: Listener,
  realm: Realm,
  { agent, address, registered }: { agent: Agent | null; address: string; registered: boolean },
): boolean {
  if (agent || callers === 'anybody') return true;
  return callers === 'registered' ? registered : callers === 'prefix' && isWithin(realm, address);
}

/** Likewise whether a telephone may register through it. */
export function takesRegistrant(
  { registrants }: Listener,
  realm: Realm,
  agent: Agent | null,
  address: string,
): boolean {
  return agent !== null || registrants === 'anybody' || (registrants === 'prefix' && isWithin(realm, address));
}

/** Whether what the sender says of who calls is taken for true. */
function trustsCaller(
  realm: Realm,
  agent: Agent | null,
  { source, fromRegistered = false }: Pick<CallAttempt, 'source' | 'fromRegistered'>,
): boolean {
  const { trusts } = realm;
  if (trusts === 'anybody' || trusts === 'nobody') return trusts === 'anybody';
  if (agent) return true;
  return trusts === 'registered' ? fromRegistered : trusts === 'prefix' && isWithin(realm, source.address);
}

function isWithin({ prefixes }: Realm, address: string): boolean {
  const source = parseAddress(address);
  return prefixes.length === 0 || prefixes.some((block) => source && contains(block, source));
}

/** Packets of denied senders are dropped unread; here it is said why. */
function checkAccess({ attempt, realm, found, agent }: TransitContext): Outcome {
  const { source, denied } = attempt;
  const packet = { ...source, local: source.local ?? { address: '', port: 0 } };
  const rule = accessRuleFor(realm.access, packet);
  const from = hostPort(source.address, source.port);
  if (rule?.access === 'deny')
    return refuse('source-denied', `${from} is denied`, rule.rule, 'an entry that permits a narrower block');
  const terms = rule?.trust ?? realm.trust;
  if (denied !== undefined)
    return refuse('source-denied', `${from} ${denied}`, terms.rule, 'the end of its deny-period');
  found.sourceTrusted = rule !== undefined || agent !== null;
  const trust = `at trust level ${terms.level}`;
  if (rule) return pass(`${from} is permitted, ${trust}`, rule.rule);
  return pass(`no entry matches ${from}; it is taken ${trust}`, realm.trust.rule);
}

/** Who may call where anonymous callers are limited. */
function checkCaller({ attempt, listener, realm, agent, found }: TransitContext): Outcome {
  const { address } = attempt.source;
  if (agent && !agent.enabled) return agentDisabled(agent);
  const { fromRegistered = false } = attempt;
  if (!takesCaller(listener, realm, { agent, address, registered: fromRegistered })) {
    const also = { prefix: ` and not within ${realm.name}`, registered: ' and has not registered' };
    const detail = `${address} is no agent${also[listener.callers as keyof typeof also] ?? ''}`;
    return refuse('anonymous-not-allowed', detail, listener.rule, 'a session agent at this address');
  }
  if (agent) return pass(`${address} is ${agent.name}`, agent.rules.enabled);
  if (listener.callers === 'anybody') return pass('anybody may call here', listener.rule);
  found.sourceTrusted = true;
  const why = listener.callers === 'registered' ? 'has registered' : `is within ${realm.name}`;
  return pass(`${address} ${why}`, listener.rule);
}

/** Who may register where that is limited. */
function checkRegistrant({ attempt, listener, realm, agent }: TransitContext): Outcome {
  const { address } = attempt.source;
  if (agent && !agent.enabled) return agentDisabled(agent);
  if (takesRegistrant(listener, realm, agent, address)) return pass(`${address} may register here`, listener.rule);
  return refuse(
    'registration-not-allowed',
    `${address} may not register here`,
    listener.rule,
    'another allow-anonymous',
  );
}

function agentDisabled(agent: Agent): Stopped {
  const remedy = 'enabling it';
  return {
    outcome: 'refuse',
    reason: 'next-hop-unavailable',
    detail: `${agent.name} is disabled`,
    rule: agent.rules.enabled,
    remedy,
    retryAfter: 30,
  };
}

/** Who is not let in anyway learns nothing of rules that are too old. */
function checkFreshness({ rulebook, attempt, now }: TransitContext): Outcome {
  return checkAge(rulebook, attempt, { now, countries: [] }) ?? skip('the rules miss no change');
}

/** What the network and the calling agent may use at most. */
function checkLimits({ loads, realm, agent, found }: TransitContext): Outcome {
  const limits = [...realm.limits, ...(agent?.limits ? [agent.limits] : [])];
  for (const each of limits) {
    const stopped = exceeds(each, loads);
    if (!stopped) continue;
    found.exceeded.push(each.counter);
    return stopped;
  }
  return limits.length > 0
    ? pass(`there is room within ${limits.length} limit${limits.length === 1 ? '' : 's'}`, limits[0]?.rule)
    : skip('neither network nor agent has limits');
}

function exceeds(limits: Limits, loads: Loads): Stopped | undefined {
  const load = loads.of(limits.counter);
  const reached = load.out === null ? limitReached(limits, load, 'inbound') : undefined;
  if (load.out === null && !reached) return undefined;
  return {
    outcome: 'refuse',
    reason: reached?.kind === 'rate' ? 'rate-exceeded' : 'concurrency-exceeded',
    detail: reached?.detail ?? load.out ?? '',
    rule: limits.rule,
    remedy: 'fewer calls, or a higher limit',
    retryAfter: Math.max(limits.resumeSeconds, 1),
  };
}

/** The registrar that was given; where none was, the policies' next hops. */
function chooseRegistrar(context: TransitContext): Outcome {
  const { attempt, trunk, realm, found } = context;
  const { registrar, rule } = realm.registration;
  const { host } = attempt.requestUri;
  if (!registrar || (registrar.domain !== null && registrar.domain !== host)) return chooseNextHops(context);
  const place = { host: registrar.host ?? host, port: registrar.port, transport: 'udp' as const };
  const route = { ...place, priority: 1, weight: 1, rule };
  found.targets = [{ trunk: trunk.id, user: '', route, headers: [] }];
  return pass(`the registrar is ${hostPort(place.host, place.port)}`, rule);
}

/** The telephone that registered; for any other call the policies' next hops, best first, those that take none left out. */
function chooseNextHops(context: TransitContext): Outcome {
  const { rulebook, attempt, trunk, realm, now, loads, found, method } = context;
  if (attempt.registered) return chooseTelephone(attempt.registered, context);
  const { policies = [] } = rulebook.borders.find(({ trunks }) => trunks.includes(trunk)) ?? {};
  const routes = routesFor(policies, {
    trunk: trunk.id,
    from: { user: attempt.fromUser ?? null, host: attempt.fromHost },
    to: attempt.requestUri,
    method,
    now,
  });
  const [best] = routes;
  if (!best) {
    const called = `${(attempt.requestUri.user ?? '').slice(0, 40)}@${attempt.requestUri.host.slice(0, 80)}`;
    return refuse('no-route', `no policy leads ${trunk.id} to ${called}`, realm.rule, 'a local policy that matches');
  }
  const choice: Choice = { targets: [], passedOver: [], exceeded: found.exceeded, groups: found.groups };
  const chooser = { rulebook, attempt, loads, recursion: realm.recursion, trunk: trunk.id };
  for (const { route } of routes) {
    if (route.action === 'redirect' && choice.targets.length === 0) {
      const uri = redirectTo(chooser, route);
      if (uri === undefined) continue;
      found.redirect = uri;
      return refuse('redirected', `the caller is sent to ${uri}`, route.rule, 'another action');
    }
    if (route.action === 'forward') addNextHop(chooser, route, choice);
  }
  found.targets = choice.targets;
  const [first] = choice.targets;
  if (first) return pass(describe(choice), first.route?.rule ?? best.route.rule);
  const [why] = choice.passedOver;
  const detail = choice.passedOver.map((each) => each.detail).join('; ') || 'no next hop is left';
  const remedy = why?.remedy ?? 'a next hop that is in service and has room';
  return { ...refuse('next-hop-unavailable', detail, why?.rule ?? best.route.rule, remedy) };
}

/** Under the name that the gate gave it when it registered. */
function chooseTelephone(
  { trunk: id, user }: NonNullable<CallAttempt['registered']>,
  { rulebook, loads, found }: TransitContext,
): Outcome {
  const realm = rulebook.trunk(id)?.realm;
  const { limits = [], rule } = realm ?? {};
  const full = limits.find(
    (each) => loads.of(each.counter).out ?? limitReached(each, loads.of(each.counter), 'outbound'),
  );
  if (full) {
    found.exceeded.push(full.counter);
    return refuse('next-hop-unavailable', `${id} takes no more calls`, full.rule, 'fewer calls, or a higher limit');
  }
  const counters = limits.map(({ counter }) => counter);
  found.targets = [{ trunk: id, user, route: null, headers: [], egress: id, counters, ...longestOf(null, realm) }];
  return pass(`the telephone registered through ${id}`, rule);
}

function describe({ targets, passedOver }: Choice): string {
  const [first] = targets;
  const place = first?.route ? hostPort(first.route.host, first.route.port) : '';
  const others = targets.length > 1 ? `, then ${targets.length - 1} more` : '';
  const skipped = passedOver.length > 0 ? ` (${passedOver.map(({ detail }) => detail).join('; ')})` : '';
  return `${first?.agent ?? place}${others}${skipped}`;
}

function redirectTo(
  chooser: Parameters<typeof addNextHop>[0],
  route: Parameters<typeof addNextHop>[1],
): string | undefined {
  const choice: Choice = { targets: [], passedOver: [], exceeded: [], groups: [] };
  addNextHop(chooser, route, choice);
  const [first] = choice.targets;
  return first?.route ? `sip:${first.user}@${hostPort(first.route.host, first.route.port)}` : undefined;
}
