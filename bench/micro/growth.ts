import { Credentials } from '../../src/dialects/credentials.ts';
import { followLedger } from '../../src/dialects/follow.ts';
import { decide } from '../../src/rulebook/decide/decide.ts';
import type { CallAttempt } from '../../src/rulebook/attempt.ts';
import type { Route } from '../../src/rulebook/route.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import type { MicroEffort, MicroRow } from './row.ts';
import { microsOf } from './time.ts';
import { connectorId, sourceOf, World } from './world.ts';

const CARRIER: Route = {
  host: '192.0.2.9',
  port: 5060,
  transport: 'udp',
  priority: 1,
  weight: 1,
  rule: { resource: 'bench', field: 'carrier' },
};

/** Changes of one trunk whose median counts. */
const CHANGES = 25;

/** Users that are asked for once each, so that none is ready; fewer than the gate keeps ready. */
const FRESH_USERS = 2000;

/** What a decision, and a change of one trunk, cost as trunks and entries of source lists grow. */
export async function trunkGrowth({ milliseconds, quick }: MicroEffort): Promise<MicroRow[]> {
  const sizes = quick ? [10, 1000, 10_000] : [10, 1000, 10_000, 100_000];
  await using world = new World();
  const rows: MicroRow[] = [];
  let there = 0;
  for (const size of sizes) {
    await world.addTrunks(there, size);
    there = size;
    const before = heapMegabytes();
    const rulebook = new Rulebook([CARRIER]);
    const stop = await followLedger(world.ledger, [world.compiler], rulebook, fail);
    const heap = heapMegabytes() - before;
    let next = 0;
    const calls = Array.from({ length: Math.min(size, 5000) }, (_, index) =>
      callTo(Math.floor((index * size) / Math.min(size, 5000))),
    );
    const judge = (): void => {
      const decision = decide(rulebook, calls[next] as CallAttempt, 0);
      if (decision.verdict !== 'admit') throw new Error(`not admitted: ${decision.reason}`);
      next = (next + 1) % calls.length;
    };
    const micros = microsOf(judge, milliseconds);
    const { inForce, recompiled } = await timeChanges(world, rulebook, size);
    stop();
    rows.push({
      subject: `${size.toLocaleString('en-US')} trunks and source entries`,
      figures: { micros, recompiled, inForce, heap },
    });
  }
  return rows;
}

/** What finding a credential costs as credentials grow. */
export async function credentialGrowth({ milliseconds, quick }: MicroEffort): Promise<MicroRow[]> {
  const sizes = quick ? [100, 10_000] : [100, 10_000, 100_000, 1_000_000];
  await using world = new World();
  await world.addTrunks(0, 1);
  const rows: MicroRow[] = [];
  let there = 0;
  for (const size of sizes) {
    await world.addUsers(there, size);
    there = size;
    const before = heapMegabytes();
    const credentials = new Credentials(world.ledger, [world.compiler]);
    const find = (user: number) => credentials.find(`amazon:${connectorId(0)}`, [connectorId(0)], `user${user}`);
    const fresh = Math.min(size, FRESH_USERS);
    const begunAt = performance.now();
    for (let index = 0; index < fresh; index += 1)
      if (!(await find(Math.floor((index * size) / fresh)))) throw new Error('a user is missing');
    const read = ((performance.now() - begunAt) * 1000) / fresh;
    const cached = microsOf(() => find(0), milliseconds);
    rows.push({
      subject: `${size.toLocaleString('en-US')} credentials`,
      figures: { read, cached, heap: heapMegabytes() - before },
    });
  }
  return rows;
}

/** `inForce`: from the commit to the rulebook, milliseconds, the sync to disk included; `recompiled`: without it. */
async function timeChanges(
  world: World,
  rulebook: Rulebook,
  size: number,
): Promise<{ inForce: number; recompiled: number }> {
  const whole: number[] = [];
  const alone: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const index = Math.floor((change * size) / CHANGES);
    const begunAt = performance.now();
    await world.changeTrunk(index, 100 + change);
    whole.push(performance.now() - begunAt);
    const id = `amazon:${connectorId(index)}`;
    if (rulebook.trunk(id)?.termination?.callsPerSecond?.limit !== 100 + change)
      throw new Error('the change is not in force');
    const compileAt = performance.now();
    rulebook.apply(rulebook.revision, [await world.compiler.compile({ kind: 'trunk', id }, world.ledger)]);
    alone.push(performance.now() - compileAt);
  }
  const middle = (values: number[]): number =>
    values.sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
  return { inForce: middle(whole), recompiled: middle(alone) };
}

function callTo(trunk: number): CallAttempt {
  const host = `${connectorId(trunk)}.bench.example`;
  return {
    id: 'bench',
    source: { address: sourceOf(trunk), port: 5060, transport: 'udp', secure: false },
    fromCarrier: false,
    forwarded: false,
    requestUri: { user: '+12065550100', host },
    toHost: host,
    fromHost: host,
    addressedToEdge: false,
    callerIds: ['+12065550199'],
    digest: { outcome: 'valid', username: 'user0' },
    callsInLastSecond: 0,
    callsInProgress: 0,
    usage: [],
    spent: [],
    leg: null,
    uri: `sip:+12065550100@${host}`,
    place: null,
    dice: 0.5,
  };
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function fail(error: unknown): void {
  throw error;
}
