import type { HttpResult } from '../load/http-plan.ts';
import { runLoad } from '../load/run.ts';
import { medians, type Effort, type Figures, type Section } from '../report/section.ts';
import type { Tollgate } from '../servers/tollgate.ts';
import { CALLS_AT_ONCE, lostOf, planOf } from './calls.ts';
import { askApi, byWorkers, callersOf } from './threaded.ts';

/** Requests of each kind a second, far below what the API can do, and connections of each kind. */
const REQUESTS = 100;
const CONNECTIONS = 4;

/** Seconds that calls go on after the warm-up beyond those that requests are counted in, so that none is without calls. */
const BEYOND = 1;

/** How long the API takes to answer while calls come as fast as they go. */
export async function apiBesideCalls(effort: Effort): Promise<Section> {
  return {
    name: 'threads-api',
    title: `Answers of the control API to ${REQUESTS} GET and ${REQUESTS} PUT a second, while calls come as fast as they go`,
    metrics: {
      quietGetP50: { title: 'no calls: GET, p50 ms', digits: 1, better: 'less' },
      quietGetP99: { title: 'p99 ms', digits: 1, better: 'less' },
      quietPutP50: { title: 'PUT, p50 ms', digits: 1, better: 'less' },
      quietPutP99: { title: 'p99 ms', digits: 1, better: 'less' },
      calls: { title: 'with calls: calls a second', digits: 0, better: 'more' },
      lost: { title: '% failed or repeated', digits: 2, better: 'less' },
      getP50: { title: 'GET, p50 ms', digits: 1, better: 'less' },
      getP99: { title: 'p99 ms', digits: 1, better: 'less' },
      putP50: { title: 'PUT, p50 ms', digits: 1, better: 'less' },
      putP99: { title: 'p99 ms', digits: 1, better: 'less' },
    },
    rows: await medians(await byWorkers(effort, (gate) => measure(gate, effort)), effort),
    ratio: null,
    notes: [
      `The gate has all cores, all loads share the second. ${CALLS_AT_ONCE} calls at once, each followed by another. ${CONNECTIONS} connections for GET and ${CONNECTIONS} for PUT, which take turns; a GET reads a Voice Connector, a PUT changes a credential and is answered once every thread decides by it.`,
    ],
  };
}

async function measure(gate: Tollgate, effort: Effort): Promise<Figures> {
  const quiet = await ask(gate, effort);
  const plan = { ...planOf(gate, effort, 'calls'), users: callersOf(gate), seconds: effort.seconds + BEYOND };
  const [flooded, { get, put }] = await Promise.all([runLoad(plan), ask(gate, effort)]);
  return {
    quietGetP50: quiet.get.p50,
    quietGetP99: quiet.get.p99,
    quietPutP50: quiet.put.p50,
    quietPutP99: quiet.put.p99,
    calls: flooded.perSecond,
    lost: lostOf(flooded),
    getP50: get.p50,
    getP99: get.p99,
    putP50: put.p50,
    putP99: put.p99,
  };
}

/** Both kinds at the same time. */
async function ask(gate: Tollgate, { warmUp, seconds }: Effort): Promise<Record<'get' | 'put', HttpResult>> {
  const asked = { rate: REQUESTS, connections: CONNECTIONS, warmUp, seconds };
  const [get, put] = await Promise.all([
    askApi(gate, { kind: 'get', ...asked }),
    askApi(gate, { kind: 'put', ...asked }),
  ]);
  const wrong = get.wrong + put.wrong;
  if (wrong > 0) throw new Error(`${wrong} requests were not answered as they should be`);
  return { get, put };
}
