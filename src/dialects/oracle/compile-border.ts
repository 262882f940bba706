import { parseAddress, type Block, mask } from '../../kit/ip.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Limits } from '../../rulebook/agent.ts';
import type { Border, Listener } from '../../rulebook/border.ts';
import type { FailoverRow } from '../../rulebook/failover.ts';
import type { Realm } from '../../rulebook/realm.ts';
import type { RouteTransport } from '../../rulebook/route.ts';
import type { Trunk } from '../../rulebook/trunk.ts';
import { compileAccess, compileTrust, readIp } from './compile-access.ts';
import { compileAgents, compileGroups, compileLimits, finalAfter, readLongest } from './compile-agents.ts';
import { compileTls } from './compile-tls.ts';
import { compileRelay } from './compile-relay.ts';
import { compilePolicies } from './compile-policy.ts';
import { DIALECT } from './documents.ts';
import type { Element } from './element.ts';
import { trunkId } from './names.ts';
import { readAll, type Reading } from './reading.ts';

/** Any failure leads on to the next route, but what stops recursion; where a callee moved is told to nobody. */
const RECURSION: readonly FailoverRow[] = [
  { from: 300, to: 399, meaning: 'final' },
  { from: 400, to: 599, meaning: 'next' },
];

/**
 * What a configuration means for calls. Elements that lead nowhere are left out: `verify` has said so. `sealer` opens the
 * keys of certificates; without it nothing is served with them.
 */
export function compileBorder(elements: readonly Element[], sealer: Sealer | null = null): Border {
  const realms = new Map(readAll(elements, 'realm-config').map((realm) => [realm.text('identifier'), realm]));
  const interfaces = readAll(elements, 'sip-interface')
    .filter((each) => each.on('state') && stackIsOn(elements))
    .flatMap((each) => {
      const realm = realms.get(each.text('realm-id'));
      return realm ? [{ realm, each }] : [];
    });
  const agents = compileAgents(elements);
  return {
    id: DIALECT,
    trunks: interfaces.map(({ realm, each }) => compileTrunk(realm, each, elements)),
    listeners: interfaces.flatMap(({ each }) => compileListeners(each, elements, sealer)),
    agents,
    groups: compileGroups(elements, agents),
    policies: compilePolicies(elements, new Set(agents.map(({ id }) => id))),
  };
}

/** Whether sip-config, where there is one, has SIP served at all. */
function stackIsOn(elements: readonly Element[]): boolean {
  return readAll(elements, 'sip-config').every((config) => config.on('state'));
}

function compileTrunk(realm: Reading, sipInterface: Reading, elements: readonly Element[]): Trunk {
  const rule = realm.rule('identifier');
  return {
    id: trunkId(realm.text('identifier')),
    account: `${DIALECT}:sbc`,
    hosts: [],
    encryption: { required: false, rule },
    termination: null,
    registration: null,
    origination: null,
    realm: compileRealm(realm, sipInterface, elements),
    missing: { termination: rule, origination: rule },
  };
}

function compileRealm(realm: Reading, sipInterface: Reading, elements: readonly Element[]): Realm {
  const name = realm.text('identifier');
  return {
    name: `realm ${name}`,
    prefixes: readPrefixes([realm.text('addr-prefix'), ...realm.values('additional-prefixes')]),
    access: compileAccess(elements, name),
    trust: compileTrust(realm, 'access-control-trust-level', elements),
    limits: [
      ...constraints(realm, `${DIALECT}:realm/${name}`, elements),
      ...constraints(sipInterface, `${DIALECT}:interface/${name}`, elements),
    ],
    registration: compileRelay(sipInterface, elements),
    trusts: TRUSTS[sipInterface.text('trust-mode')] ?? 'nobody',
    longestSeconds: longestOf([realm, sipInterface, ...readAll(elements, 'sip-config')]),
    recursion: [...finalAfter(sipInterface.codes('stop-recurse')), ...RECURSION],
    rule: realm.rule('identifier'),
  };
}

const TRUSTS: Readonly<Record<string, Realm['trusts']>> = {
  all: 'anybody',
  'agents-only': 'agents',
  'realm-prefix': 'prefix',
  registered: 'registered',
};

/** The narrowest that says something of it. */
function longestOf(elements: readonly Reading[]): number | null {
  return elements.map(readLongest).find((seconds) => seconds !== undefined) ?? null;
}

/** The session-constraints that an element names; each element counts by itself. */
function constraints(owner: Reading, counter: string, elements: readonly Element[]): Limits[] {
  return readAll(elements, 'session-constraints')
    .filter((each) => each.text('name') === owner.text('constraint-name') && each.on('state'))
    .map((each) => compileLimits(each, counter));
}

/** The blocks of a realm's addresses; none where one of them is everything. */
function readPrefixes(texts: readonly string[]): Block[] {
  const blocks = texts.flatMap((text): Block[] => {
    const [address = '', bits] = text.split('/');
    const parsed = parseAddress(address);
    if (!parsed) return [];
    const whole = parsed.value === 0n && bits === undefined;
    return [mask(parsed, whole ? 0 : Math.min(Number(bits ?? parsed.bits), parsed.bits))];
  });
  return blocks.some(({ length }) => length === 0) ? [] : blocks;
}

function compileListeners(sipInterface: Reading, elements: readonly Element[], sealer: Sealer | null): Listener[] {
  return sipInterface.inside('sip-port').flatMap((port): Listener[] => {
    const address = readIp(port.text('address'));
    const transport = TRANSPORTS[port.text('transport-protocol')];
    if (address === undefined || transport === undefined) return [];
    return [
      {
        transport,
        address,
        port: port.integer('port'),
        trunk: trunkId(sipInterface.text('realm-id')),
        tls: transport === 'tls' ? compileTls(port.text('tls-profile'), elements, sealer) : null,
        ...(PEERS[port.text('allow-anonymous')] ?? AGENTS_ONLY),
        rule: port.rule('allow-anonymous'),
      },
    ];
  });
}

const TRANSPORTS: Readonly<Record<string, RouteTransport>> = { UDP: 'udp', TCP: 'tcp', TLS: 'tls' };

type Peers = Pick<Listener, 'callers' | 'registrants'>;

const AGENTS_ONLY: Peers = { callers: 'nobody', registrants: 'nobody' };

/** Who is served at a sip-port besides agents, by its allow-anonymous. */
const PEERS: Readonly<Record<string, Peers>> = {
  all: { callers: 'anybody', registrants: 'anybody' },
  'agents-only': AGENTS_ONLY,
  'realm-prefix': { callers: 'prefix', registrants: 'prefix' },
  registered: { callers: 'registered', registrants: 'anybody' },
  'register-prefix': { callers: 'registered', registrants: 'prefix' },
};
