import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest } from '../../src/sip/message/message.ts';
import { answerAll, callBy, finalOf, hangUp, invite } from '../support/border.ts';
import { borderOf, element, policy, realm } from '../support/border-rules.ts';
import { inDialog, makeRequest, openEdge, type TestEdge } from '../support/edge.ts';
import { freePort } from '../support/ports.ts';
import type { NameServer } from '../../src/sip/resolve-dns.ts';
import { SipPeer } from '../support/sip-peer.ts';
import type { Element } from '../../src/dialects/oracle/element.ts';

type Values = Record<string, string | string[]>;

/** A border whose realm core listens on loopback, a caller, and agents. */
interface Scene extends AsyncDisposable {
  readonly gate: TestEdge;
  readonly port: number;
  readonly caller: SipPeer;
  readonly agents: readonly SipPeer[];
}

/** Opens it; each of `agents` has a peer of its own that answers calls with 200. */
async function open(
  {
    agents,
    realmValues = {},
    portValues = {},
    interfaceValues = {},
  }: { agents: readonly Values[]; realmValues?: Values; portValues?: Values; interfaceValues?: Values },
  more: (hosts: readonly string[]) => readonly Element[],
): Promise<Scene> {
  const caller = await SipPeer.open('127.0.0.2');
  const peers = await Promise.all(agents.map((_agent, index) => SipPeer.open(`127.0.0.${20 + index}`)));
  for (const peer of peers) answerAll(peer);
  const port = await freePort();
  const rulebook = borderOf(
    realm('core', realmValues, { address: '127.0.0.1', port: String(port), ...portValues }, interfaceValues),
    peers.map(({ address, port: at }, index) =>
      element('session-agent', { hostname: address, port: String(at), ...agents[index] }),
    ),
    more(peers.map(({ address }) => address)),
  );
  const gate = await openEdge(rulebook);
  return {
    gate,
    port,
    caller,
    agents: peers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([gate, caller, ...peers].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

const toFirst = ([first = '']: readonly string[]): Element[] => [policy({}, { 'next-hop': first })];

describe('agents of a border', () => {
  test('one that stops to answer its pings goes out of service, and returns when it answers', async () => {
    await using scene = await open(
      {
        agents: [
          {
            'ping-method': 'OPTIONS;hops=0',
            'ping-interval': '10',
            'ping-send-mode': 'continuous',
            'ping-to-user-part': 'ping',
          },
        ],
      },
      toFirst,
    );
    const { gate, agents, caller, port } = scene;
    const [agent] = agents;
    assert.ok(agent);
    gate.clock.advance(1000);
    const ping = await agent.method('OPTIONS');
    assert.equal(ping.uri, `sip:ping@${agent.address}:${agent.port}`);
    assert.equal(ping.maxForwards, 0);
    assert.equal((await callBy(caller, port)).status, 200);
    agent.onRequest = undefined;
    gate.clock.advance(10_000);
    await agent.method('OPTIONS');
    gate.clock.advance(4000);
    assert.equal((await callBy(caller, port)).status, 503, 'it did not answer');
    const [report] = gate.edge.agents.report();
    assert.deepEqual([report?.state, report?.why], ['out', 'it did not answer a ping']);
    answerAll(agent);
    gate.clock.advance(6000);
    await agent.method('OPTIONS');
    // Its answer is on the way; a refused call tells nothing of it.
    const statuses: number[] = [];
    while (statuses.at(-1) !== 200 && statuses.length < 50) statuses.push((await callBy(caller, port)).status);
    assert.equal(statuses.at(-1), 200, String(statuses));
  });

  test('one that leaves calls unanswered goes out of service, and is tried again after ttr-no-response', async () => {
    await using scene = await open(
      { agents: [{ options: 'trans-timeouts=1', 'ttr-no-response': '60' }, {}] },
      (hosts) => [policy({}, ...hosts.map((host, cost) => ({ 'next-hop': host, cost: String(cost) })))],
    );
    const { gate, agents, caller, port } = scene;
    const [first, second] = agents;
    assert.ok(first && second);
    first.onRequest = undefined;
    const request = invite(caller, port);
    await first.method('INVITE');
    gate.clock.advance(4000);
    assert.equal((await finalOf(caller, request)).status, 200);
    await second.method('INVITE');
    answerAll(first);
    assert.equal((await callBy(caller, port)).status, 200);
    assert.equal(
      first.received.filter((message) => message instanceof SipRequest && message.callId !== request.callId).length,
      0,
    );
    gate.clock.advance(60_000);
    assert.equal((await callBy(caller, port)).status, 200);
    const again = await first.next((message) => message instanceof SipRequest && message.callId !== request.callId);
    assert.ok(again instanceof SipRequest);
  });

  test('failures lead from route to route but for those that stop recursion', async () => {
    await using scene = await open({ agents: [{}, {}] }, (hosts) => [
      policy({}, ...hosts.map((host, cost) => ({ 'next-hop': host, cost: String(cost) }))),
    ]);
    const { agents, caller, port } = scene;
    const [first, second] = agents;
    assert.ok(first && second);
    answerAll(first, 486);
    assert.equal((await callBy(caller, port)).status, 200, 'busy there is not busy here');
    answerAll(first, 407);
    assert.equal((await callBy(caller, port)).status, 407, 'stop-recurse of the interface');
  });

  test('a stop code of a group leads past its other members to the next route', async () => {
    await using scene = await open({ agents: [{}, {}, {}] }, ([first = '', second = '', third = '']) => [
      element('session-group', {
        'group-name': 'one',
        dest: [first, second],
        'sag-recursion': 'enabled',
        'stop-sag-recurse': ['404'],
      }),
      policy({}, { 'next-hop': 'SAG:one' }, { 'next-hop': third, cost: '1' }),
    ]);
    const { agents, caller, port, gate } = scene;
    const tried = (): string[] =>
      gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.target.split(':')[1] ?? ''] : []));
    const [first] = agents;
    assert.ok(first);
    answerAll(first, 500);
    assert.equal((await callBy(caller, port)).status, 200);
    assert.deepEqual(tried(), ['127.0.0.20', '127.0.0.21']);
    answerAll(first, 404);
    assert.equal((await callBy(caller, port)).status, 200);
    assert.deepEqual(tried().slice(2), ['127.0.0.20', '127.0.0.22']);
  });

  test('RoundRobin takes turns on the wire', async () => {
    await using scene = await open({ agents: [{}, {}] }, (hosts) => [
      element('session-group', { 'group-name': 'one', dest: hosts, strategy: 'RoundRobin' }),
      policy({}, { 'next-hop': 'SAG:one' }),
    ]);
    for (const turn of [0, 1, 0, 1]) {
      assert.equal((await callBy(scene.caller, scene.port)).status, 200);
      await scene.agents[turn]?.method('INVITE');
    }
  });

  test('a limit of sessions refuses the call above it with 503, until one ends', async () => {
    await using scene = await open({ agents: [{ constraints: 'enabled', 'max-sessions': '1' }] }, toFirst);
    const { caller, port, gate } = scene;
    const request = invite(caller, port);
    const answer = await finalOf(caller, request);
    assert.equal(answer.status, 200);
    caller.send(inDialog('ACK', request, answer, 1), { address: '127.0.0.1', port });
    assert.equal((await callBy(caller, port)).status, 503);
    const [why] = gate.events.flatMap((event) =>
      event.kind === 'decision' && event.decision.verdict === 'refuse' ? [event.decision] : [],
    );
    assert.equal(why?.reason, 'next-hop-unavailable');
    assert.match(why?.trace.at(-1)?.rule?.field ?? '', /max-sessions/);
    await hangUp(caller, port, { request, answer });
    assert.equal((await callBy(caller, port)).status, 200);
  });

  test('session-constraints of a realm refuse what comes in above them with 503', async () => {
    await using scene = await open({ agents: [{}], realmValues: { 'constraint-name': 'few' } }, (hosts) => [
      ...toFirst(hosts),
      element('session-constraints', { name: 'few', 'max-sessions': '1' }),
    ]);
    const { caller, port } = scene;
    assert.equal((await callBy(caller, port, true)).status, 200);
    const refused = await callBy(caller, port);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '1');
  });

  test('a redirecting policy answers 302 with the next hop', async () => {
    await using scene = await open({ agents: [{}] }, ([first = '']) => [
      policy({}, { 'next-hop': first, action: 'redirect' }),
    ]);
    const answer = await callBy(scene.caller, scene.port);
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get('contact'), `<sip:5551234@127.0.0.20:${scene.agents[0]?.port}>`);
  });
});

describe('how long a call at a border may last', () => {
  const LIMIT = 'session-max-life-limit';
  const cases: readonly [name: string, realmValues: Values, agent: Values, seconds: number | null][] = [
    ['what its realm says', { [LIMIT]: '60' }, {}, 60],
    ['what the agent says before its realm', { [LIMIT]: '600' }, { [LIMIT]: '60', 'realm-id': 'core' }, 60],
    ['without end where the agent is not limited', {}, { [LIMIT]: 'unlimited' }, null],
  ];
  for (const [name, realmValues, agentValues, seconds] of cases)
    test(name, async () => {
      await using scene = await open({ agents: [agentValues], realmValues }, toFirst);
      const { caller, port, gate, agents } = scene;
      const [agent] = agents;
      assert.equal((await callBy(caller, port, true)).status, 200);
      gate.clock.advance((seconds ?? 4000) * 1000 - 10_000);
      assert.equal(gate.edge.calls, 1);
      gate.clock.advance(20_000);
      if (seconds === null) return assert.equal(gate.edge.calls, 1);
      assert.equal(gate.edge.calls, 0);
      const [told, toldToo] = [await agent?.method('BYE'), await caller.method('BYE')];
      assert.match(
        `${told?.headers.get('reason')} ${toldToo.headers.get('reason')}`,
        /lasted as long .* lasted as long/,
      );
    });
});

describe('whose word is taken for who calls', () => {
  for (const [mode, asserted] of [
    ['all', true],
    ['realm-prefix', true],
    ['agents-only', false],
    ['none', false],
  ] as const)
    test(`trust-mode ${mode}`, async () => {
      const interfaceValues = { 'trust-mode': mode };
      await using scene = await open({ agents: [{}], interfaceValues }, toFirst);
      const { caller, port, agents } = scene;
      const identity = { 'P-Asserted-Identity': '<sip:5550123@pbx.example>' };
      const request = makeRequest('INVITE', `sip:5551234@127.0.0.1:${port}`, caller, identity);
      caller.send(request, { address: '127.0.0.1', port });
      await finalOf(caller, request);
      const seen = await agents[0]?.method('INVITE');
      assert.match(seen?.headers.get('p-asserted-identity') ?? 'none', asserted ? /^<sip:5550123@/ : /^none$/);
    });
});

describe('whom an agent is asked for', () => {
  for (const [called, asked] of [
    ['b%20b', 'b%20b@'],
    ['bob%40home.example', 'bob%40home.example@'],
    ['100%25', '100%25@'],
    ['%2A9%23', '*9%23@'],
    ['a%0D%0AX-Evil:%201', 'a%0D%0AX-Evil%3A%201@'],
    ['j%C3%BCrgen', 'j%C3%BCrgen@'],
    ['', ''],
  ] as const)
    test(`RFC 3261 §19.1.2: ${called || 'nobody'}`, async () => {
      await using scene = await open({ agents: [{}] }, toFirst);
      const { caller, port, agents } = scene;
      const [agent] = agents;
      assert.ok(agent);
      const uri = `sip:${called.replace(':', '%3A')}${called && '@'}127.0.0.1:${port}`;
      const request = makeRequest('INVITE', uri, caller);
      caller.send(request, { address: '127.0.0.1', port });
      assert.equal((await finalOf(caller, request)).status, 200);
      assert.equal((await agent.method('INVITE')).uri, `sip:${asked}${agent.address}:${agent.port}`);
    });
});

describe('who may call at a border', () => {
  test('agents only: others get 403, and agents are served', async () => {
    await using scene = await open({ agents: [{}], portValues: { 'allow-anonymous': 'agents-only' } }, toFirst);
    assert.equal((await callBy(scene.caller, scene.port)).status, 403);
    const [agent] = scene.agents;
    assert.ok(agent);
    assert.equal((await callBy(agent, scene.port)).status, 200);
  });

  test('the realm alone: by its address prefix', async () => {
    await using scene = await open(
      {
        agents: [{}],
        realmValues: { 'addr-prefix': '127.0.0.2/32' },
        portValues: { 'allow-anonymous': 'realm-prefix' },
      },
      toFirst,
    );
    await using stranger = await SipPeer.open('127.0.0.3');
    assert.equal((await callBy(scene.caller, scene.port)).status, 200);
    assert.equal((await callBy(stranger, scene.port)).status, 403);
  });
});

describe('an agent that is known by its name alone', () => {
  const PBX = { hostname: 'pbx.example', port: '5060' };

  test('is recognised by the addresses of its name, and by new ones when the name moves', async () => {
    await using old = await SipPeer.open('127.0.0.2');
    await using moved = await SipPeer.open('127.0.0.3');
    await using callee = await SipPeer.open('127.0.0.20');
    answerAll(callee);
    let records: string[] | null = [old.address];
    const none = async () => ({ records: [], ttl: 60 });
    const names: NameServer = {
      naptr: none,
      srv: none,
      addresses: () => (records ? Promise.resolve({ records, ttl: 60 }) : Promise.reject(new Error('no answer'))),
      local: none,
    };
    const port = await freePort();
    const rulebook = borderOf(
      realm('core', {}, { address: '127.0.0.1', port: String(port), 'allow-anonymous': 'agents-only' }),
      element('session-agent', PBX),
      element('session-agent', { hostname: callee.address, port: String(callee.port) }),
      policy({}, { 'next-hop': callee.address }),
    );
    await using gate = await openEdge(rulebook, { names });
    /** Calls until the answer is this; what was looked up comes when it comes. */
    const until = async (peer: SipPeer, status: number): Promise<void> => {
      const seen: number[] = [];
      while (seen.at(-1) !== status && seen.length < 50) seen.push((await callBy(peer, port)).status);
      assert.equal(seen.at(-1), status);
    };
    await until(old, 200);
    assert.equal((await callBy(moved, port)).status, 403);

    records = null;
    gate.clock.advance(70_000);
    assert.equal((await callBy(old, port)).status, 200, 'who cannot be looked up stays known');

    records = [moved.address];
    gate.clock.advance(70_000);
    await until(moved, 200);
    assert.equal((await callBy(old, port)).status, 403);
    rulebook.apply(8, [{ kind: 'border', id: 'oracle', entry: null }]);
    assert.deepEqual(rulebook.agentsAt(moved.address), []);
  });
});

describe('trust at a border', () => {
  const TRUST = {
    'access-control-trust-level': 'low',
    'maximum-signal-threshold': '20',
    'untrusted-signal-threshold': '10',
    'deny-period': '60',
  };

  test('a flooding source is demoted, then denied without a word, and comes back after its deny-period', async () => {
    await using scene = await open({ agents: [{}], realmValues: TRUST }, toFirst);
    const { caller, port, gate } = scene;
    await using witness = await SipPeer.open('127.0.0.3');
    assert.equal((await callBy(caller, port)).status, 200, 'its answered call makes it trusted');
    // Above 20 it is untrusted, above 10 more denied.
    for (let count = 0; count < 40; count += 1) caller.send(Buffer.from('\r\n\r\n'), { address: '127.0.0.1', port });
    const lost = invite(caller, port);
    assert.equal((await callBy(witness, port)).status, 200, 'others are served');
    gate.clock.advance(2000);
    const dropped = gate.events.flatMap((event) => (event.kind === 'drop' ? [event] : []));
    assert.equal(dropped[0]?.reason, 'access-demoted');
    assert.equal(dropped[0]?.rule?.resource, 'realm-config core');
    assert.ok(!gate.events.some((event) => event.callId === lost.callId), 'it was not even read');
    gate.clock.advance(58_000);
    assert.equal((await callBy(caller, port)).status, 200);
  });
});
