import { orderByPriorityAndWeight } from '../../kit/order.ts';
import { limitReached, type Agent, type AgentGroup, type Limits, type Loads } from '../agent.ts';
import type { CallAttempt } from '../attempt.ts';
import type { FailoverRow } from '../failover.ts';
import type { PolicyRoute } from '../policy.ts';
import type { Realm } from '../realm.ts';
import type { Route } from '../route.ts';
import type { Rulebook } from '../rulebook.ts';
import type { RuleReference } from '../rule.ts';
import type { Target } from './decision.ts';

/** Groups inside groups are followed this deep. */
const DEEPEST = 5;

/** What choosing next hops finds out on the way. */
export interface Choice {
  readonly targets: Target[];
  /** Why a next hop was passed over, in words, with the rule that says so; `remedy` where service and room do not help. */
  readonly passedOver: { readonly detail: string; readonly rule: RuleReference; readonly remedy?: string }[];
  /** Counters of agents that would have been chosen but for their limits. */
  readonly exceeded: string[];
  /** Groups that chose. */
  readonly groups: string[];
}

export interface Chooser {
  readonly rulebook: Rulebook;
  readonly attempt: CallAttempt;
  readonly loads: Loads;
  /** What final answers mean for the network that the call came from. */
  readonly recursion: readonly FailoverRow[];
  readonly trunk: string;
}

/** Adds the places behind one route of a policy to `choice`. */
export function addNextHop(chooser: Chooser, route: PolicyRoute, choice: Choice): void {
  const { hop, rule, egress } = route;
  if (hop.kind === 'agent') {
    const agent = chooser.rulebook.agent(hop.id);
    if (agent && isUsable(chooser, agent, route, choice)) choice.targets.push(...targetsOf(chooser, agent, route));
    if (!agent) choice.passedOver.push({ detail: `there is no ${hop.id}`, rule });
  } else if (hop.kind === 'group') {
    const group = chooser.rulebook.agentGroup(hop.id);
    if (group) addGroup(chooser, group, route, choice);
    else choice.passedOver.push({ detail: `there is no ${hop.id}`, rule });
  } else if (hop.kind === 'address') {
    const place: Route = { host: hop.host, port: hop.port, transport: hop.port === null ? null : 'udp', ...BARE, rule };
    if (!hasRoom(chooser, limitsOf(chooser, egress), hop.host, choice)) return;
    choice.targets.push(target(chooser, { ...place, failover: chooser.recursion }, { egress }));
  } else {
    choice.passedOver.push({ detail: `${hop.text} is a kind of next hop that is not served here`, rule });
  }
}

const BARE = { priority: 1, weight: 1 };

function addGroup(chooser: Chooser, group: AgentGroup, route: PolicyRoute, choice: Choice): void {
  if (!group.enabled) {
    choice.passedOver.push({ detail: `${group.name} is disabled`, rule: group.rule });
    return;
  }
  const members = membersOf(chooser.rulebook, group);
  if (members.length === 0) choice.passedOver.push({ detail: `${group.name} has no members`, rule: group.rule });
  const usable = members.filter((agent) => isUsable(chooser, agent, route, choice));
  if (usable.length === 0) return;
  choice.groups.push(group.id);
  const ordered = inOrder(chooser, group, usable);
  const stop = group.stop.map((range): FailoverRow => ({ ...range, meaning: 'leave-group' }));
  for (const agent of group.recursion ? ordered : ordered.slice(0, 1))
    for (const place of targetsOf(chooser, agent, route))
      choice.targets.push({
        ...place,
        group: group.id,
        route: place.route && { ...place.route, failover: [...stop, ...(place.route.failover ?? [])] },
      });
}

/** The agents of a group, those of groups inside it at their place; each once. */
function membersOf(rulebook: Rulebook, group: AgentGroup, depth = 1): Agent[] {
  const found = group.members.flatMap((id): readonly Agent[] => {
    const agent = rulebook.agent(id);
    if (agent) return [agent];
    const inner = rulebook.agentGroup(id);
    return inner?.enabled && depth < DEEPEST ? membersOf(rulebook, inner, depth + 1) : [];
  });
  return [...new Set(found)];
}

/** The members in the order to try them in. */
function inOrder({ attempt, loads }: Chooser, group: AgentGroup, members: readonly Agent[]): readonly Agent[] {
  switch (group.strategy) {
    case 'hunt':
      return members;
    case 'round-robin': {
      const start = loads.turns(group.id) % members.length;
      return [...members.slice(start), ...members.slice(0, start)];
    }
    case 'least-busy':
      return by(members, (agent) => {
        const { outbound } = loads.of(agent.id).sessions;
        return [outbound / capacityOf(agent), outbound];
      });
    case 'proportional': {
      const weighted = members.map((agent) => ({ agent, priority: 1, weight: shareOf(agent) }));
      return orderByPriorityAndWeight(weighted, attempt.dice).map(({ agent }) => agent);
    }
    case 'lowest-rate':
      return by(members, (agent) => [loads.of(agent.id).sustained.outbound]);
  }
}

/** Lowest first; equals stay in their order. */
function by(members: readonly Agent[], key: (agent: Agent) => readonly number[]): Agent[] {
  return members
    .map((agent) => ({ agent, key: key(agent) }))
    .toSorted((a, b) => a.key.map((part, index) => part - (b.key[index] ?? 0)).find((part) => part !== 0) ?? 0)
    .map(({ agent }) => agent);
}

/** Sessions that may go to it; without a limit any number. */
function capacityOf({ limits }: Agent): number {
  const { outbound = 0, all = 0 } = limits?.sessions ?? {};
  return outbound || all || Infinity;
}

function shareOf(agent: Agent): number {
  const capacity = capacityOf(agent);
  return capacity === Infinity ? 1 : capacity;
}

function isUsable(chooser: Chooser, agent: Agent, route: PolicyRoute, choice: Choice): boolean {
  const { rules, name, limits } = agent;
  const skip = (detail: string, rule: RuleReference, remedy?: string): false => {
    choice.passedOver.push({ detail: `${name} ${detail}`, rule, ...(remedy !== undefined && { remedy }) });
    return false;
  };
  if (!agent.enabled) return skip('is disabled', rules.enabled);
  if (!agent.reachable)
    return skip('may not be a next hop of policies', rules.reachable, 'a next hop that policies may choose');
  if (agent.port === null) return skip('takes no calls: its port is 0', rules.port, 'a next hop that takes calls');
  const { out } = chooser.loads.of(agent.id);
  if (out !== null) return skip(`is out of service: ${out}`, rules.enabled);
  const all = [...(limits ? [limits] : []), ...limitsOf(chooser, egressOf(agent, route))];
  return hasRoom(chooser, all, name, choice);
}

/** Whether none of the limits keeps one more call from going there. */
function hasRoom({ loads }: Chooser, all: readonly Limits[], name: string, choice: Choice): boolean {
  for (const limits of all) {
    const load = loads.of(limits.counter);
    const reached = load.out ?? limitReached(limits, load, 'outbound')?.detail;
    if (reached === undefined) continue;
    choice.exceeded.push(limits.counter);
    choice.passedOver.push({ detail: `${name} takes no more calls: ${reached}`, rule: limits.rule });
    return false;
  }
  return true;
}

/** What the network that a call leaves by has as limits. */
function limitsOf({ rulebook }: Chooser, egress: string | null): readonly Limits[] {
  return (egress === null ? undefined : rulebook.trunk(egress)?.realm?.limits) ?? [];
}

function egressOf({ egress, trunk }: Agent, route: PolicyRoute): string | null {
  return route.egress ?? egress ?? trunk;
}

/** How long calls may last that an agent, or anybody else of a network, has part in. */
export function longestOf(agent: Agent | null, realm: Realm | null | undefined): { longestSeconds?: number } {
  const seconds = agent?.longestSeconds === undefined ? realm?.longestSeconds : agent.longestSeconds;
  return seconds == null ? {} : { longestSeconds: seconds };
}

function targetsOf(chooser: Chooser, agent: Agent, route: PolicyRoute): Target[] {
  const { host, port, transports, recursion, id } = agent;
  return transports.map((transport) =>
    target(
      chooser,
      { host, port, transport, ...BARE, rule: route.rule, failover: [...recursion, ...chooser.recursion] },
      { agent: id, egress: egressOf(agent, route) },
    ),
  );
}

function target(chooser: Chooser, route: Route, { agent, egress }: { agent?: string; egress: string | null }): Target {
  const counters = [
    ...limitsOf(chooser, egress).map(({ counter }) => counter),
    ...(agent === undefined ? [] : [agent]),
  ];
  return {
    trunk: chooser.trunk,
    user: chooser.attempt.requestUri.user ?? '',
    route,
    headers: [],
    counters,
    ...longestOf(
      (agent === undefined ? undefined : chooser.rulebook.agent(agent)) ?? null,
      egress === null ? null : chooser.rulebook.trunk(egress)?.realm,
    ),
    ...(agent !== undefined && { agent }),
    ...(egress !== null && { egress }),
  };
}
