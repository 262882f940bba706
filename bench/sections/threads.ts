import type { HttpPlan, HttpResult } from '../load/http-plan.ts';
import { runLoad, runProcess } from '../load/run.ts';
import { medians, type Benchmark, type Effort, type Figures } from '../report/section.ts';
import { Tollgate } from '../servers/tollgate.ts';
import { lostOf, planOf } from './calls.ts';

/** Numbers of threads for calls that are compared. */
const WORKERS = [0, 1, 2];

/** Calls a second, well below what one core does: what is asked is how long they take beside something else. */
const CALLS = 200;

/** Writes a second that the API is asked for, over this many connections. */
const WRITES = 2000;
const CONNECTIONS = 8;

/** Seconds until the gate has read what no call needs, and has its spare thread. */
const SETTLED = 4;

/** How long calls take to be set up while the API is flooded, by the number of threads that serve calls. */
export const threads: Benchmark = {
  name: 'threads',
  async run(chosen) {
    const effort = { ...chosen, warmUp: Math.max(chosen.warmUp, SETTLED) };
    const provisioned = await effort.provisioned();
    const compared = effort.quick ? WORKERS.slice(0, 2) : WORKERS;
    const subjects = compared.map((workers) => ({
      name: workers === 0 ? 'one thread for all' : `${workers} for calls, one for the rest`,
      measure: () => measure(provisioned, workers, effort),
    }));
    return [
      {
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
        rows: await medians(subjects, effort),
        ratio: null,
        notes: [
          `The gate has all cores, both loads share the second. A write changes a credential, over ${CONNECTIONS} connections.`,
        ],
      },
    ];
  },
};

async function measure(provisioned: Tollgate, workers: number, effort: Effort): Promise<Figures> {
  await using gate = await Tollgate.start({ earlier: provisioned, flags: ['--workers', String(workers)], core: null });
  // The writes change the password of the first user of each trunk.
  const users = gate.users.filter(({ username }) => !username.endsWith('x0'));
  const plan = { ...planOf(gate, effort, 'calls', CALLS), users };
  const quiet = await runLoad(plan);
  const [flooded, http] = await Promise.all([runLoad(plan), flood(gate, effort)]);
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

/** Writes for as long as the calls go at the most. */
async function flood(gate: Tollgate, { warmUp, seconds }: Effort): Promise<HttpResult> {
  const { credentials, connectors, pids } = gate;
  const plan: HttpPlan = {
    target: new URL(gate.http).host,
    kind: 'put',
    keys: {
      id: credentials['TOLLGATE_AWS_ACCESS_KEY_ID'] ?? '',
      secret: credentials['TOLLGATE_AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    connectors,
    connections: CONNECTIONS,
    rate: WRITES,
    warmUp,
    // The calls warm up until each user has called, at the most three times as long.
    seconds: 3 * warmUp + seconds,
    pids,
  };
  return runProcess<HttpResult>('http.ts', plan, plan.warmUp + plan.seconds);
}
