import type { Sealer } from '../../kit/seal.ts';
import { canonicalAddress } from '../../kit/ip.ts';
import type { Agent, AgentGroup, ByDirection, HealthTerms, Limits, Ping, Strategy } from '../../rulebook/agent.ts';
import type { FailoverRow } from '../../rulebook/failover.ts';
import type { RouteTransport } from '../../rulebook/route.ts';
import { readIp } from './compile-access.ts';
import type { Element } from './element.ts';
import { openSecret } from './secrets.ts';
import { agentId, groupId, trunkId } from './names.ts';
import { readPingMethod } from './ping-method.ts';
import { readAll, type Reading } from './reading.ts';

/** Unanswered calls in a row that put an agent out of service, and the same of one that is pinged. */
const TIMEOUTS = 5;
const TIMEOUTS_WITH_PING = 10;

/** The session agents that speak SIP, in the order of their precedence. */
export function compileAgents(elements: readonly Element[], sealer: Sealer | null): Agent[] {
  const agents = readAll(elements, 'session-agent')
    .filter((agent) => agent.text('app-protocol') === 'SIP')
    .toSorted((a, b) => a.integer('precedence') - b.integer('precedence'))
    .map((agent) => compileAgent(agent, sealer));
  return [...agents, ...bareMembers(elements, agents)];
}

/** Members of groups that are addresses or host names without an agent: they are called, and nobody is known by them. */
function bareMembers(elements: readonly Element[], agents: readonly Agent[]): Agent[] {
  const groups = readAll(elements, 'session-group');
  const known = new Set([
    ...agents.map(({ id }) => id),
    ...groups.map((group) => agentId(group.text('group-name'))),
    ...readAll(elements, 'session-agent').map((agent) => agentId(agent.text('hostname'))),
  ]);
  const bare = groups.flatMap((group) => group.values('dest')).filter((dest) => !known.has(agentId(dest)));
  return [...new Set(bare)]
    .filter((dest) => !/^SAG:/i.test(dest) && /[.:]/.test(dest))
    .flatMap((hostname) =>
      readAll([{ type: 'session-agent', attributes: { hostname: [hostname] }, subElements: [] }], 'session-agent'),
    )
    .map((agent) => ({ ...compileAgent(agent, null), addresses: [], named: false }));
}

function compileAgent(agent: Reading, sealer: Sealer | null): Agent {
  const hostname = agent.text('hostname');
  const address = readIp(agent.text('ip-address')) ?? readIp(hostname);
  const port = agent.integer('port');
  const realm = agent.text('realm-id');
  const egress = agent.text('egress-realm-id');
  return {
    id: agentId(hostname),
    name: `session agent ${hostname}`,
    trunk: realm === '' || realm === '*' ? null : trunkId(realm),
    egress: egress === '' ? null : trunkId(egress),
    host: address ?? hostname.toLowerCase(),
    port: port === 0 ? null : port,
    transports: TRANSPORTS[agent.text('transport-method')] ?? [],
    addresses: address === undefined ? [] : [canonicalAddress(address)],
    named: address === undefined,
    enabled: agent.on('state'),
    reachable: agent.on('allow-next-hop-lp'),
    limits: agent.on('constraints') ? compileLimits(agent, agentId(hostname)) : null,
    credentials: sealer ? compileCredentials(agent, sealer) : [],
    longestSeconds: readLongest(agent),
    ping: compilePing(agent),
    health: compileHealth(agent),
    recursion: finalAfter(agent.codes('stop-recurse')),
    rules: { enabled: agent.rule('state'), reachable: agent.rule('allow-next-hop-lp'), port: agent.rule('port') },
  };
}

function compileCredentials(agent: Reading, sealer: Sealer): Agent['credentials'] {
  return agent.inside('auth-attribute').map((each) => ({
    realm: each.text('auth-realm'),
    username: each.text('username'),
    password: openSecret(each.element, 'password', sealer),
  }));
}

/** Seconds of session-max-life-limit; null: no limit; undefined where the element leaves it to others. */
export function readLongest(element: Reading): number | null | undefined {
  const text = element.text('session-max-life-limit');
  if (text === 'unlimited') return null;
  return /^\d{1,9}$/.test(text) ? Number(text) || undefined : undefined;
}

/** Answers after which no other route is tried. */
export function finalAfter(codes: readonly { readonly from: number; readonly to: number }[]): FailoverRow[] {
  return codes.map((range) => ({ ...range, meaning: 'final' }));
}

const TRANSPORTS: Readonly<Record<string, readonly RouteTransport[]>> = {
  UDP: ['udp'],
  'UDP+TCP': ['udp', 'tcp'],
  DynamicTCP: ['tcp'],
  StaticTCP: ['tcp'],
  DynamicTLS: ['tls'],
  StaticTLS: ['tls'],
};

function compilePing(agent: Reading): Ping | null {
  const asked = readPingMethod(agent.text('ping-method'));
  const seconds = agent.integer('ping-interval');
  if (!asked || seconds === 0) return null;
  return {
    ...asked,
    seconds,
    onlyIdle: agent.text('ping-send-mode') === 'keep-alive',
    healthy: agent.codes('ping-in-service-response-codes'),
    fromUser: userPart(agent.text('ping-from-user-part')),
    toUser: userPart(agent.text('ping-to-user-part')),
  };
}

/** Text that can stand in a URI as it is; none otherwise. */
function userPart(text: string): string {
  return /^[\w.!~*'()&=+$,;?/-]*$/.test(text) ? text : '';
}

function compileHealth(agent: Reading): HealthTerms {
  const option = agent.values('options').find((each) => /^\+?trans-timeouts=\d{1,9}$/.test(each));
  const usual = compilePing(agent) ? TIMEOUTS_WITH_PING : TIMEOUTS;
  return {
    outCodes: agent.codes('out-service-response-codes'),
    timeouts: option === undefined ? usual : Number(option.split('=')[1]),
    resumeSeconds: agent.integer('ttr-no-response'),
    inServiceSeconds: agent.integer('in-service-period'),
  };
}

/** The limits of a session agent or of session-constraints, counted under `counter`. */
export function compileLimits(from: Reading, counter: string): Limits {
  const invite = from.inside('rate-constraints').find((each) => each.text('method') === 'INVITE');
  const rates = (kind: 'burst' | 'sustain'): ByDirection & { seconds: number } => ({
    all: from.integer(`max-${kind}-rate`),
    inbound: lower(from, invite, `max-inbound-${kind}-rate`),
    outbound: lower(from, invite, `max-outbound-${kind}-rate`),
    seconds: from.integer(`${kind}-rate-window`),
  });
  return {
    counter,
    sessions: {
      all: from.integer('max-sessions'),
      inbound: from.integer('max-inbound-sessions'),
      outbound: from.integer('max-outbound-sessions'),
    },
    burst: rates('burst'),
    sustained: rates('sustain'),
    answers: { percent: from.integer('min-asr'), seizures: from.integer('min-seizures') },
    resumeSeconds: from.integer('time-to-resume'),
    rule: from.rule('max-sessions'),
  };
}

/** The stricter of the common rate and that of INVITE; 0 is none. */
function lower(from: Reading, invite: Reading | undefined, attribute: string): number {
  const given = [from.integer(attribute), invite?.integer(attribute) ?? 0].filter((rate) => rate > 0);
  return given.length > 0 ? Math.min(...given) : 0;
}

/** The session groups that speak SIP. */
export function compileGroups(elements: readonly Element[], agents: readonly Agent[]): AgentGroup[] {
  const known = new Set(agents.map(({ id }) => id));
  return readAll(elements, 'session-group')
    .filter((group) => group.text('app-protocol') === 'SIP')
    .map((group): AgentGroup => {
      const name = group.text('group-name');
      return {
        id: groupId(name),
        name: `session group ${name}`,
        enabled: group.on('state'),
        strategy: STRATEGIES[group.text('strategy')] ?? 'hunt',
        members: group.values('dest').map((dest) => (known.has(agentId(dest)) ? agentId(dest) : groupId(dest))),
        recursion: group.on('sag-recursion'),
        stop: group.codes('stop-sag-recurse'),
        rule: group.rule('dest'),
      };
    });
}

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  Hunt: 'hunt',
  RoundRobin: 'round-robin',
  LeastBusy: 'least-busy',
  PropDist: 'proportional',
  LowSusRate: 'lowest-rate',
};
