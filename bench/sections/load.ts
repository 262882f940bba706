import { runLoad } from '../load/run.ts';
import { runSipp } from '../load/sipp.ts';
import type { LoadResult } from '../load/plan.ts';
import { medians, type Benchmark, type Effort, type Figures } from '../report/section.ts';
import { lostOf, on, planOf } from './calls.ts';
import { kamailios, tollgates, type Contestant } from './contestants.ts';

/** Percent of calls that may fail or be repeated at the knee. */
const TOLERATED = 0.1;

/** Halvings of the range in which the knee is sought. */
const STEPS = 5;

/** Calls a second, and seconds, of the long run. */
const LONG_RATE = 9000;
const LONG_SECONDS = 60;

/** Share of the knee at which the long run goes when the knee is below its rate. */
const BELOW_KNEE = 0.9;

/** What was found last in this run, by the contestant's name. */
const knees = new Map<string, number>();

/** The highest rate without trouble, and what calls feel at half of it. */
export const knee: Benchmark = {
  name: 'knee',
  long: true,
  async run(effort) {
    const contestants = [...(await tollgates(effort, ['MD5'])), ...kamailios(null, ['fm', 'default'])];
    const rows = await medians(
      contestants.map((contestant) => ({ name: contestant.name, measure: () => measureKnee(contestant, effort) })),
      effort,
    );
    return [
      {
        name: 'knee',
        title: `The highest rate with at most ${TOLERATED} % failed or repeated, and the latency at half of it`,
        metrics: {
          knee: { title: 'calls a second', digits: 0, better: 'more' },
          addedP50: { title: 'added to an INVITE, p50 ms', digits: 2, better: 'less' },
          addedP99: { title: 'p99 ms', digits: 2, better: 'less' },
          addedMax: { title: 'longest ms', digits: 1, better: 'less' },
          setupP50: { title: 'set-up, p50 ms', digits: 2, better: 'less' },
          setupP99: { title: 'p99 ms', digits: 2, better: 'less' },
        },
        rows,
        ratio: { metric: 'knee', subject: contestants[0]?.name ?? '' },
        notes: [
          '"Added" is from the INVITE with credentials leaving the caller to its arrival at the gateway; set-up is from the first INVITE to the 200. Both include the sockets of the load, which places calls evenly spaced.',
          `${STEPS} halvings between nothing and what one core would do by CPU; the load itself ends at about 15,000 calls a second.`,
          'Each step is a fresh server, which first gets calls as fast as it takes them until each user has called: what a program compiles in its first seconds, and reads for the first time, is no part of the question.',
        ],
      },
    ];
  },
};

/** Calls a second of SIPp: far below what it and the servers can do, so that all succeed. */
const SIPP_RATE = 1000;

/** The same calls by SIPp, as a second opinion on the load of our own. */
export const sipp: Benchmark = {
  name: 'sipp',
  long: true,
  async run(effort) {
    const contestants = [...(await tollgates(effort, ['MD5'])), ...kamailios(null, ['fm'])];
    const rate = effort.quick ? SIPP_RATE / 5 : SIPP_RATE;
    const rows = await medians(
      contestants.map((contestant) => ({
        name: contestant.name,
        async measure(): Promise<Figures> {
          const seconds = effort.quick ? 3 : 10;
          const { completed, failed, repeated, cpuMicros } = await on(contestant, (server) =>
            runSipp(server, rate, seconds),
          );
          return { completed, failed, repeated, cpu: cpuMicros };
        },
      })),
      effort,
    );
    return [
      {
        name: 'sipp',
        title: `Full authenticated calls by SIPp, ${rate} a second`,
        metrics: {
          completed: { title: 'calls', digits: 0, better: 'more' },
          failed: { title: 'failed', digits: 0, better: 'less' },
          repeated: { title: 'sent again', digits: 0, better: 'less' },
          cpu: { title: 'CPU µs a call', digits: 1, better: 'less' },
        },
        rows,
        ratio: { metric: 'cpu', subject: contestants[0]?.name ?? '' },
        notes: [
          'An independent client and gateway. At a low rate each message wakes the server, so a call costs more than at full speed; SIPp itself ends at about 12,000 calls a second.',
        ],
      },
    ];
  },
};

/** Memory, and pauses, over a minute at a high rate, when transactions have begun to end as well; and at one far too high. */
export const memory: Benchmark = {
  name: 'memory',
  long: true,
  async run(effort) {
    const [gate] = await tollgates(effort, ['MD5']);
    if (!gate) throw new Error('there is no gate');
    const reached = Math.floor(BELOW_KNEE * (knees.get(gate.name) ?? (await kneeOf(gate, effort))));
    const minutes: [Contestant, number][] = [gate, ...kamailios(null, ['fm'])].map((each) => [each, LONG_RATE]);
    if (reached < LONG_RATE) minutes.unshift([gate, reached]);
    const rows: { subject: string; figures: Figures }[] = [];
    for (const [contestant, rate] of minutes) {
      const subject = `${contestant.name}, ${rate === LONG_RATE ? LONG_RATE.toLocaleString('en-US') : `${BELOW_KNEE} of its knee`}`;
      effort.say(`${subject}, for ${LONG_SECONDS} s`);
      const result = await runWarm(contestant, { ...effort, seconds: LONG_SECONDS }, rate);
      const { perSecond, resident, cpuMicros, calls } = result;
      rows.push({
        subject,
        figures: {
          rate,
          completed: perSecond,
          lost: lostOf(result),
          resident,
          cpu: cpuMicros,
          addedP99: calls?.added.p99 ?? null,
          pause: calls?.added.max ?? null,
        },
      });
    }
    return [
      {
        name: 'memory',
        title: `${LONG_SECONDS} seconds at a high rate`,
        metrics: {
          rate: { title: 'calls a second', digits: 0, better: 'more' },
          completed: { title: 'of these set up and ended', digits: 0, better: 'more' },
          lost: { title: '% failed or repeated', digits: 2, better: 'less' },
          resident: { title: 'most resident MB', digits: 0, better: 'less' },
          cpu: { title: 'CPU µs for each set up', digits: 1, better: 'less' },
          addedP99: { title: 'added to an INVITE, p99 ms', digits: 2, better: 'less' },
          pause: { title: 'longest ms', digits: 1, better: 'less' },
        },
        rows,
        ratio: null,
        notes: [
          `${BELOW_KNEE} of the knee, and ${LONG_RATE.toLocaleString('en-US')} calls a second, which may be far more than it can do: then it refuses new calls (503) to serve the others. The gate is warm when it begins. Goals: 200 MB, and no pause above 20 ms; the longest added latency is an upper bound of pauses.`,
        ],
      },
    ];
  },
};

async function measureKnee(contestant: Contestant, effort: Effort): Promise<Figures> {
  const found = await kneeOf(contestant, effort);
  knees.set(contestant.name, found);
  const { calls } = await runWarm(contestant, effort, Math.max(Math.floor(found / 2), 1));
  if (!calls) throw new Error('no calls were placed');
  const { added, setup } = calls;
  return {
    knee: found,
    addedP50: added.p50,
    addedP99: added.p99,
    addedMax: added.max,
    setupP50: setup.p50,
    setupP99: setup.p99,
  };
}

/** Calls a second. Each step is a fresh server, since one that was overrun takes long to forget it. */
async function kneeOf(contestant: Contestant, effort: Effort): Promise<number> {
  const flat = await on(contestant, (server) => runLoad(planOf(server, effort, 'calls')));
  let good = 0;
  let bad = Math.ceil(1e6 / (flat.cpuMicros ?? 1e6));
  for (let step = 0; step < STEPS; step += 1) {
    const rate = Math.floor(step === 0 ? flat.perSecond * BELOW_KNEE : (good + bad) / 2);
    const result = await runWarm(contestant, effort, rate);
    if (isGood(result, rate)) good = rate;
    else bad = rate;
    effort.say(`${contestant.name}, ${rate} calls a second: ${lostOf(result).toFixed(2)} % failed or repeated`);
  }
  return good;
}

/** Calls at a rate, by a server that is warm: before, it gets as many as it takes, so that it is not overrun while it is cold. */
function runWarm(contestant: Contestant, effort: Effort, rate: number): Promise<LoadResult> {
  return on(contestant, async (server) => {
    await runLoad({ ...planOf(server, effort, 'calls'), seconds: 0 });
    return runLoad(planOf(server, effort, 'calls', rate));
  });
}

/** A rate that is not reached is no good either. */
function isGood(result: LoadResult, rate: number): boolean {
  return lostOf(result) <= TOLERATED && result.perSecond > rate * 0.99;
}
