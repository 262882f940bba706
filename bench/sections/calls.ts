import { runLoad } from '../load/run.ts';
import type { LoadPlan, LoadResult } from '../load/plan.ts';
import { medians, type Benchmark, type Effort, type Figures, type Section } from '../report/section.ts';
import type { SipServer } from '../servers/sip-server.ts';
import { kamailios, tollgates, type Contestant } from './contestants.ts';

/** Calls, and requests, at once: enough to keep one core busy, few enough for no queue to overflow. */
export const CALLS_AT_ONCE = 64;
const REQUESTS_AT_ONCE = 256;

const METRICS = {
  perSecond: { title: 'calls a second', digits: 0, better: 'more' },
  cpu: { title: 'CPU µs a call', digits: 1, better: 'less' },
  capacity: { title: 'calls a second by CPU', digits: 0, better: 'more' },
  lost: { title: '% failed or repeated', digits: 2, better: 'less' },
  server: { title: 'server, share of its core', digits: 2, better: 'more' },
  load: { title: 'load, share of its core', digits: 2, better: 'less' },
} as const;

/** Full authenticated calls as fast as they go. */
export const calls: Benchmark = {
  name: 'calls',
  async run(effort) {
    const contestants = await everybody(effort);
    const rows = await medians(
      contestants.map((contestant) => ({
        name: contestant.name,
        measure: () => on(contestant, async (server) => describe(await runLoad(planOf(server, effort, 'calls')))),
      })),
      effort,
    );
    const section: Section = {
      name: 'calls',
      title: 'Full authenticated calls, as fast as they go',
      metrics: METRICS,
      rows,
      ratio: { metric: 'cpu', subject: contestants[0]?.name ?? '' },
      notes: [
        `${CALLS_AT_ONCE} calls at once, each followed by another: INVITE, 407, ACK, INVITE with credentials, 180, 200, ACK, BYE, 200; 10,000 users.`,
        'CPU is that of all threads and processes of the server (for auth_db: PostgreSQL too), from schedstat. "By CPU" is what one whole core would do; where the load used its whole core, the calls a second are the limit of the load.',
        'Kamailio checks no source, keeps no journal and no metrics; the gate does.',
      ],
    };
    return [section];
  },
};

/** OPTIONS and challenges, for which no state is kept. */
export const stateless: Benchmark = {
  name: 'stateless',
  async run(effort) {
    const contestants = [...(await tollgates(effort, ['MD5'])), ...kamailios(null, ['fm'])];
    const sections: Section[] = [];
    for (const kind of ['options', 'challenge'] as const) {
      const rows = await medians(
        contestants.map((contestant) => ({
          name: contestant.name,
          measure: () => on(contestant, async (server) => describe(await runLoad(planOf(server, effort, kind)))),
        })),
        effort,
      );
      const what = kind === 'options' ? 'OPTIONS' : 'challenges (INVITE, 407)';
      sections.push({
        name: kind,
        title: `${what}, as fast as they go`,
        metrics: {
          ...METRICS,
          perSecond: { ...METRICS.perSecond, title: 'a second' },
          cpu: { ...METRICS.cpu, title: 'CPU µs each' },
          capacity: { ...METRICS.capacity, title: 'a second by CPU' },
          lost: { ...METRICS.lost, title: '% lost or wrong' },
        },
        rows,
        ratio: { metric: 'cpu', subject: contestants[0]?.name ?? '' },
        notes: [`${REQUESTS_AT_ONCE} at once. Above about 100,000 a second the load is the limit: compare by CPU.`],
      });
    }
    return sections;
  },
};

/** The plan that fills a server with calls or requests. */
export function planOf(
  server: SipServer,
  { warmUp, seconds }: Effort,
  kind: LoadPlan['kind'],
  rate: number | null = null,
): LoadPlan {
  const { target, gateways, users, pids } = server;
  const window = kind === 'calls' ? CALLS_AT_ONCE : REQUESTS_AT_ONCE;
  return { target, gateways, users, pids, kind, rate, window, warmUp, seconds };
}

/** Starts a contestant, has it measured, and ends it. */
export async function on<Value>(
  contestant: Contestant,
  measure: (server: SipServer) => Promise<Value>,
): Promise<Value> {
  await using server = await contestant.start();
  return await measure(server);
}

/** Percent of calls that failed or of which anything was sent twice; of requests that were lost or answered wrongly. */
export function lostOf({ calls: made, flood }: LoadResult): number {
  if (made) return (100 * (made.failed + made.repeated)) / Math.max(made.completed + made.failed, 1);
  if (flood) return (100 * (flood.lost + flood.wrong)) / Math.max(flood.answered + flood.lost + flood.wrong, 1);
  return 0;
}

function describe(result: LoadResult): Figures {
  return {
    perSecond: result.perSecond,
    cpu: result.cpuMicros,
    capacity: result.cpuMicros === null ? null : 1e6 / result.cpuMicros,
    lost: lostOf(result),
    server: result.serverShare,
    load: result.loadShare,
  };
}

async function everybody(effort: Effort): Promise<Contestant[]> {
  const gates = await tollgates(effort, ['MD5', 'SHA-256,MD5']);
  return [...gates, ...kamailios(null, ['fm', 'default']), ...kamailios('database', ['fm'])];
}
