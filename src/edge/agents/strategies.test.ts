import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { borderCall, borderOf, element, policy, realm, SENDER } from '../../../test/support/border-rules.ts';
import type { Element } from '../../dialects/oracle/element.ts';
import { ManualClock } from '../../kit/clock.ts';
import { decide } from '../../rulebook/decide/decide.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { AgentBoard, outbound } from './agent-board.ts';

const CALLS = 1000;
const AGENTS = ['203.0.113.1', '203.0.113.2', '203.0.113.3'];

type Values = Record<string, string | string[]>;

/** A border with a group of agents, and the calls that are up. */
class Scene {
  readonly clock = new ManualClock();
  readonly sessions = new Map<string, number>();
  readonly board: AgentBoard;
  readonly #rulebook: ReturnType<typeof borderOf>;
  /** Spread evenly over [0, 1): the golden ratio's multiples. */
  #dice = 0;

  constructor(group: Values, agents: readonly Values[], more: readonly Element[] = []) {
    this.#rulebook = borderOf(
      realm('core'),
      AGENTS.map((hostname, index) => element('session-agent', { hostname, ...agents[index] })),
      element('session-group', { 'group-name': 'one', dest: AGENTS, ...group }),
      policy({}, { 'next-hop': 'SAG:one' }),
      more,
    );
    const { clock } = this;
    this.board = new AgentBoard({ rulebook: this.#rulebook, clock, sessions: (key) => this.sessions.get(key) ?? 0 });
  }

  decide(): Decision {
    this.#dice = (this.#dice + 0.618_033_988_75) % 1;
    const decision = decide(this.#rulebook, borderCall({ dice: this.#dice }), this.clock.now(), this.board);
    this.board.judged(decision);
    return decision;
  }

  /** Places a call at the first target; the agent it went to, by its place in the list. */
  call(): number {
    const [target] = this.decide().targets;
    for (const id of target?.counters ?? [])
      this.sessions.set(outbound(id), (this.sessions.get(outbound(id)) ?? 0) + 1);
    this.board.tried(target?.counters ?? []);
    return AGENTS.indexOf(target?.route?.host ?? '');
  }

  hangUp(agent: number): void {
    const key = outbound(idOf(agent));
    this.sessions.set(key, (this.sessions.get(key) ?? 0) - 1);
    this.board.freed([key]);
  }

  /** How many of a thousand calls each agent gets; `each` is done after every one. */
  spread(each: (agent: number) => void = () => {}): number[] {
    const counts = [0, 0, 0];
    for (let index = 0; index < CALLS; index += 1) {
      const agent = this.call();
      counts[agent] = (counts[agent] ?? 0) + 1;
      each(agent);
    }
    return counts;
  }

  goOut(agent: number): void {
    const held = this.board.healthOf(idOf(agent));
    held?.health.pingFailed(held.agent, this.clock.now());
  }
}

function idOf(agent: number): string {
  return `oracle:agent/${AGENTS[agent]}`;
}

describe('group strategies, over a thousand calls', () => {
  test('Hunt gives all to the first that is in service', () => {
    const scene = new Scene({ strategy: 'Hunt' }, []);
    assert.deepEqual(scene.spread(), [1000, 0, 0]);
    scene.goOut(0);
    assert.deepEqual(scene.spread(), [0, 1000, 0]);
  });

  test('Hunt passes over an agent at its limit, and returns to it', () => {
    const limited = { constraints: 'enabled', 'max-sessions': '400' };
    const scene = new Scene({ strategy: 'Hunt' }, [limited]);
    assert.deepEqual(scene.spread(), [400, 600, 0]);
    scene.hangUp(0);
    assert.equal(scene.call(), 0);
    assert.equal(scene.call(), 1);
  });

  test('RoundRobin gives each the same, in turn', () => {
    const scene = new Scene({ strategy: 'RoundRobin' }, []);
    assert.deepEqual([scene.call(), scene.call(), scene.call(), scene.call()], [0, 1, 2, 0]);
    const counts = scene.spread().toSorted((a, b) => a - b);
    assert.deepEqual(counts, [333, 333, 334]);
    scene.goOut(1);
    assert.deepEqual(scene.spread(), [500, 0, 500]);
  });

  test('LeastBusy keeps the shares of the limits even', () => {
    const limits = ['100', '200', '200'].map((most) => ({ constraints: 'enabled', 'max-outbound-sessions': most }));
    const scene = new Scene({ strategy: 'LeastBusy' }, limits);
    const up: number[] = [];
    const counts = scene.spread((agent) => {
      up.push(agent);
      // A quarter of the room is used throughout.
      if (up.length > 125) scene.hangUp(up.shift() ?? 0);
    });
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      CALLS,
    );
    const [first = 0, second = 0, third = 0] = counts;
    assert.ok(
      Math.abs(first - 200) <= 10 && Math.abs(second - 400) <= 10 && Math.abs(third - 400) <= 10,
      String(counts),
    );
  });

  test('PropDist splits in proportion to the limits', () => {
    const limits = ['2000', '3000', '5000'].map((most) => ({ constraints: 'enabled', 'max-sessions': most }));
    const scene = new Scene({ strategy: 'PropDist' }, limits);
    const [first = 0, second = 0, third = 0] = scene.spread();
    assert.ok(Math.abs(first - 200) <= 10 && Math.abs(second - 300) <= 10 && Math.abs(third - 500) <= 10);
  });

  test('LowSusRate evens out the calls begun within the window', () => {
    const window = { constraints: 'enabled', 'sustain-rate-window': '10' };
    const scene = new Scene({ strategy: 'LowSusRate' }, [window, window, window]);
    for (let index = 0; index < 30; index += 1) scene.board.tried([idOf(0)]);
    const early = [0, 0, 0];
    for (let index = 0; index < 60; index += 1) {
      const agent = scene.call();
      early[agent] = (early[agent] ?? 0) + 1;
    }
    assert.deepEqual(early, [0, 30, 30], 'the busy one is spared');
    scene.clock.advance(20_000);
    const counts = scene.spread(() => scene.clock.advance(10)).toSorted((a, b) => a - b);
    assert.deepEqual(counts, [333, 333, 334]);
  });
});

describe('groups', () => {
  test('with recursion offer all members, and one of which answers stop it; without, one', () => {
    const one = new Scene({ strategy: 'Hunt' }, []).decide();
    assert.deepEqual(
      one.targets.map(({ route }) => route?.host),
      ['203.0.113.1'],
    );
    const all = new Scene(
      { strategy: 'Hunt', 'sag-recursion': 'enabled', 'stop-sag-recurse': ['404', '500-503'] },
      [],
    ).decide();
    assert.deepEqual(
      all.targets.map(({ route }) => route?.host),
      AGENTS,
    );
    assert.deepEqual(all.targets[0]?.route?.failover?.slice(0, 2), [
      { from: 404, to: 404, meaning: 'leave-group' },
      { from: 500, to: 503, meaning: 'leave-group' },
    ]);
  });

  test('hold other groups, and agents once', () => {
    const inner = element('session-group', { 'group-name': 'inner', dest: [AGENTS[2] ?? '', AGENTS[0] ?? '', 'one'] });
    const scene = new Scene({ dest: ['inner', AGENTS[1] ?? ''], 'sag-recursion': 'enabled' }, [], [inner]);
    assert.deepEqual(
      scene.decide().targets.map(({ route }) => AGENTS.indexOf(route?.host ?? '')),
      [2, 0, 1],
    );
  });

  test('with nobody left are passed over, and the call is refused with every cause', () => {
    const scene = new Scene({}, [{ state: 'disabled' }, { 'allow-next-hop-lp': 'disabled' }, { port: '0' }]);
    const { reason, status, trace } = scene.decide();
    assert.equal(reason, 'next-hop-unavailable');
    assert.equal(status, 503);
    assert.match(trace.at(-1)?.detail ?? '', /203.0.113.1 is disabled; .*may not be a next hop.*; .*its port is 0/);
  });
});

describe('the trace', () => {
  test('names the next hop that was chosen, not the one that was passed over', () => {
    const rulebook = borderOf(
      realm('core'),
      element('session-agent', { hostname: AGENTS[0] ?? '', state: 'disabled' }),
      policy({}, { 'next-hop': AGENTS[0] ?? '' }, { 'next-hop': '203.0.113.9' }),
    );
    const last = decide(rulebook, borderCall(), 0).trace.at(-1);
    assert.equal(last?.detail, '203.0.113.9:5060 (session agent 203.0.113.1 is disabled)');
    assert.equal(last.rule?.field, 'next-hop 203.0.113.9');
  });

  test('names the attribute that keeps an agent from being called, and what it takes', () => {
    for (const [values, field, remedy] of [
      [{ state: 'disabled' }, 'state', 'a next hop that is in service and has room'],
      [{ 'allow-next-hop-lp': 'disabled' }, 'allow-next-hop-lp', 'a next hop that policies may choose'],
      [{ port: '0' }, 'port', 'a next hop that takes calls'],
    ] as const) {
      const agent = element('session-agent', { hostname: AGENTS[0] ?? '', ...values });
      const rulebook = borderOf(realm('core'), agent, policy({}, { 'next-hop': AGENTS[0] ?? '' }));
      const last = decide(rulebook, borderCall(), 0).trace.at(-1);
      assert.deepEqual([last?.rule?.field, last?.remedy], [field, remedy]);
    }
  });

  test('says of a group without members that it has none', () => {
    const { reason, trace } = new Scene({ dest: [] }, []).decide();
    assert.equal(reason, 'next-hop-unavailable');
    assert.equal(trace.at(-1)?.detail, 'session group one has no members');
  });
});

describe('constraints', () => {
  const AGENT: Values = { hostname: AGENTS[0] ?? '', constraints: 'enabled' };

  function limited(values: Values): Scene {
    return new Scene({ dest: [AGENTS[0] ?? ''] }, [{ ...AGENT, ...values }]);
  }

  test('count nothing while they are disabled', () => {
    const scene = limited({ constraints: 'disabled', 'max-sessions': '1' });
    assert.deepEqual([scene.call(), scene.call()], [0, 0]);
  });

  test('refuse what is above the sessions, and take more after time-to-resume', () => {
    const scene = limited({ 'max-outbound-sessions': '2', 'time-to-resume': '10' });
    assert.deepEqual([scene.call(), scene.call()], [0, 0]);
    const refused = scene.decide();
    assert.equal(refused.status, 503);
    assert.match(refused.trace.at(-1)?.detail ?? '', /2 of 2 outbound sessions are up/);
    scene.hangUp(0);
    assert.equal(scene.decide().status, 503, 'it waits');
    scene.clock.advance(9_999);
    assert.equal(scene.decide().status, 503);
    scene.clock.advance(1);
    assert.equal(scene.call(), 0);
  });

  test('take calls again at once without time-to-resume', () => {
    const scene = limited({ 'max-sessions': '1' });
    assert.equal(scene.call(), 0);
    assert.equal(scene.decide().status, 503);
    scene.hangUp(0);
    assert.equal(scene.call(), 0);
  });

  test('hold rates over their windows, and only where there is one', () => {
    const scene = limited({ 'max-outbound-burst-rate': '2', 'burst-rate-window': '5' });
    for (let index = 0; index < 10; index += 1) assert.equal(scene.call(), 0);
    assert.match(scene.decide().trace.at(-1)?.detail ?? '', /above the burst rate of 2 a second/);
    scene.clock.advance(5_500);
    assert.equal(scene.call(), 0);
    const open = limited({ 'max-outbound-burst-rate': '1' });
    for (let index = 0; index < 10; index += 1) assert.equal(open.call(), 0);
  });

  test('suspend an agent that answers too few calls', () => {
    const scene = limited({ 'min-asr': '50', 'min-seizures': '4', 'time-to-resume': '30' });
    for (const answered of [true, false, false]) scene.board.ended(idOf(0), answered);
    assert.equal(scene.decide().verdict, 'admit', 'too few to judge');
    scene.board.ended(idOf(0), false);
    assert.equal(scene.decide().status, 503);
    scene.clock.advance(30_000);
    assert.equal(scene.decide().verdict, 'admit');
  });

  test('of a realm refuse what comes in above them, with 503 and Retry-After', () => {
    const rulebook = borderOf(
      realm('core', { 'constraint-name': 'few' }),
      element('session-constraints', { name: 'few', 'max-inbound-sessions': '1' }),
      policy({}, { 'next-hop': '203.0.113.9' }),
    );
    const board = new AgentBoard({
      rulebook,
      clock: new ManualClock(),
      sessions: (key) => (key.startsWith('in ') ? 1 : 0),
    });
    const decision = decide(rulebook, borderCall(), 0, board);
    assert.equal(decision.reason, 'concurrency-exceeded');
    assert.equal(decision.status, 503);
    assert.equal(decision.retryAfter, 1);
    assert.equal(decide(rulebook, borderCall(), 0).verdict, 'admit');
  });

  test('of the calling agent count what comes from it', () => {
    const rulebook = borderOf(
      realm('core'),
      element('session-agent', { hostname: SENDER.address, constraints: 'enabled', 'max-inbound-sessions': '1' }),
      policy({}, { 'next-hop': '203.0.113.9' }),
    );
    const board = new AgentBoard({ rulebook, clock: new ManualClock(), sessions: () => 1 });
    assert.equal(decide(rulebook, borderCall(), 0, board).status, 503);
    assert.deepEqual(decide(rulebook, borderCall(), 0).counters, [`oracle:agent/${SENDER.address}`]);
  });
});
