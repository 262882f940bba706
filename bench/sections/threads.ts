import { runLoad } from '../load/run.ts';
import { medians, type Benchmark, type Effort, type Figures, type Section } from '../report/section.ts';
import type { Tollgate } from '../servers/tollgate.ts';
import { lostOf, planOf } from './calls.ts';
import { crashesBesideCalls } from './threads-crash.ts';
import { apiBesideCalls } from './threads-api.ts';
import { askApi, byWorkers, callersOf, settled } from './threaded.ts';

/** Calls a second, well below what one core does: what is asked is how long they take beside something else. */
const CALLS = 200;

/** Writes a second that the API is asked for, over this many connections. */
const WRITES = 2000;
const CONNECTIONS = 8;

/** What calls and the API feel of each other, by the number of threads that serve calls, and of a thread that ends. */
export const threads: Benchmark = {
  name: 'threads',
  async run(chosen) {
    const effort = settled(chosen);
    return [await callsBesideApi(effort), await apiBesideCalls(effort), await crashesBesideCalls(effort)];
  },
};

/** How long calls take to be set up while the API is flooded. */
async function callsBesideApi(effort: Effort): Promise<Section> {
  return {
    name: 'threads',
    title: `Call set-up at ${CALLS} calls a second, while the API is asked for ${WRITES} writes a second`,
    metrics: {
      quietP50: { title: 'no writes: p50 ms', digits: 1, better: 'less' },
      quietP99: { title: 'p99 ms', digits: 1, better: 'less' },
      writes: { title: 'with writes: writes a second', digits: 0, better: 'more' },
      p50: { title: 'p50 ms', digits: 1, better: 'less' },
      p99: { title: 'p99 ms', digits: 1, better: 'less' },
      lost: { title: '% failed or repeated', digits: 2, better: 'less' },
    },
    rows: await medians(await byWorkers(effort, (gate) => measure(gate, effort)), effort),
    ratio: null,
    notes: [
      `The gate has all cores, both loads share the second. A write changes a credential, over ${CONNECTIONS} connections.`,
    ],
  };
}

async function measure(gate: Tollgate, effort: Effort): Promise<Figures> {
  const { warmUp, seconds, quick } = effort;
  // The warm-up is longer until each user has called, at the most by three times: a quick run has fewer of them.
  const users = callersOf(gate).slice(0, quick ? CALLS * warmUp : Infinity);
  const longer = quick ? 1 : 3 * warmUp;
  const plan = { ...planOf(gate, effort, 'calls', CALLS), users };
  const quiet = await runLoad(plan);
  // Writes for as long as the calls go at the most.
  const writes = { rate: WRITES, connections: CONNECTIONS, warmUp, seconds: longer + seconds };
  const [flooded, http] = await Promise.all([runLoad(plan), askApi(gate, { kind: 'put', ...writes })]);
  const { setup: before } = quiet.calls ?? {};
  const { setup } = flooded.calls ?? {};
  return {
    quietP50: before?.p50 ?? null,
    quietP99: before?.p99 ?? null,
    writes: http.perSecond,
    p50: setup?.p50 ?? null,
    p99: setup?.p99 ?? null,
    lost: lostOf(flooded),
  };
}
