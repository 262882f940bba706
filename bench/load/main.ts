// The load generator: one process that is the telephones and the gateways. Reads a LoadPlan as JSON from a file,
// prints a LoadResult as JSON. Every run is bounded by the plan's seconds.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf, residentOf, treeOf } from '../measure/process.ts';
import { Calls } from './calls.ts';
import { Flood } from './flood.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import { connect, openSocket, readEndpoint } from './sockets.ts';

/** Sockets that the telephones share. */
const CALLERS = 4;

/** Milliseconds for calls that run to end before the process does. */
const LAST_CALLS = 3000;

/** How many times as long the warm-up may take again, until each user has called. */
const LONGEST_WARM_UP = 3;

/** Milliseconds between two looks at the server's memory. */
const LOOK_EVERY = 500;

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadPlan;
const target = readEndpoint(plan.target);
const callers = await Promise.all(Array.from({ length: CALLERS }, () => openSocket('127.0.0.1', 0)));
const gateways = await Promise.all(
  plan.gateways.map((text) => {
    const { address, port } = readEndpoint(text);
    return openSocket(address, port);
  }),
);
await Promise.all([...callers, ...gateways].map((socket) => connect(socket, target)));
const result = plan.kind === 'calls' ? await placeCalls() : await flood(plan.kind);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

async function placeCalls(): Promise<LoadResult> {
  const calls = new Calls({ callers, gateways }, plan.users, plan.rate === null ? plan.window : plan.rate * 2 + 1000);
  const pace = plan.rate === null ? startClosedLoop(calls, plan.window) : startPace(calls, plan.rate);
  await warmUp(calls);
  calls.take();
  const seen = await measure(() => calls.take());
  pace.stop();
  const deadline = performance.now() + LAST_CALLS;
  while (calls.running > 0 && performance.now() < deadline) await delay(50);
  calls.close();
  return describe(seen, seen.figures.completed, { calls: seen.figures, flood: null });
}

/** Until each user has called once, so that no cache is cold, but not for ever with a slow server. */
async function warmUp(calls: Calls): Promise<void> {
  await delay(plan.warmUp * 1000);
  for (let left = plan.warmUp * LONGEST_WARM_UP; left > 0 && !calls.everyUserCalled; left -= 0.1) await delay(100);
}

async function flood(kind: 'options' | 'challenge'): Promise<LoadResult> {
  const requests = new Flood(kind, callers, plan.users, plan.window);
  requests.start();
  await delay(plan.warmUp * 1000);
  requests.take();
  const seen = await measure(() => requests.take());
  requests.close();
  return describe(seen, seen.figures.answered, { calls: null, flood: seen.figures });
}

function startClosedLoop(calls: Calls, window: number): { stop(): void } {
  calls.closedLoop = true;
  for (let index = 0; index < window; index += 1) calls.begin();
  return { stop: () => (calls.closedLoop = false) };
}

/** Places calls evenly spaced. Never sleeps: a timer would place them in bunches, which are felt as latency. */
function startPace(calls: Calls, rate: number): { stop(): void } {
  const begunAt = performance.now();
  let begun = 0;
  let going = true;
  const turn = (): void => {
    if (!going) return;
    const due = Math.floor(((performance.now() - begunAt) * rate) / 1000);
    for (; begun < due; begun += 1) calls.begin();
    setImmediate(turn);
  };
  turn();
  return { stop: () => (going = false) };
}

interface Seen<Figures> {
  readonly figures: Figures;
  readonly seconds: number;
  readonly serverCpu: number;
  readonly ownCpu: number;
  readonly resident: number;
}

async function measure<Figures>(take: () => Figures): Promise<Seen<Figures>> {
  const pids = plan.pids.flatMap(treeOf);
  let resident = residentOf(pids);
  const watch = setInterval(() => (resident = Math.max(resident, residentOf(pids))), LOOK_EVERY);
  const from = { at: performance.now(), server: cpuOf(pids), own: cpuOf([process.pid]) };
  await delay(plan.seconds * 1000);
  const figures = take();
  const to = { at: performance.now(), server: cpuOf(pids), own: cpuOf([process.pid]) };
  clearInterval(watch);
  const seconds = (to.at - from.at) / 1000;
  return { figures, seconds, serverCpu: to.server - from.server, ownCpu: to.own - from.own, resident };
}

function describe(
  { seconds, serverCpu, ownCpu, resident }: Seen<unknown>,
  done: number,
  figures: Pick<LoadResult, 'calls' | 'flood'>,
): LoadResult {
  const known = plan.pids.length > 0;
  return {
    seconds,
    ...figures,
    perSecond: done / seconds,
    cpuMicros: known && done > 0 ? serverCpu / 1000 / done : null,
    serverShare: known ? serverCpu / 1e9 / seconds : null,
    loadShare: ownCpu / 1e9 / seconds,
    resident: known ? resident : null,
  };
}
