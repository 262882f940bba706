import { FIRST } from '../../src/kit/peers.ts';
import type { CallFigures } from '../load/calls.ts';
import type { Crash, CrashPlan, CrashResult } from '../load/crash-plan.ts';
import { runProcess } from '../load/run.ts';
import { medianOf, type Effort, type Figures, type Section } from '../report/section.ts';
import { Tollgate } from '../servers/tollgate.ts';
import { callersOf } from './threaded.ts';

/** Threads that serve calls. */
const WORKERS = 2;

/** Threads that end, whatever the effort: the gate lets each of the two die five times a minute. In a quick run, one each. */
const CRASHES = 10;
const QUICK_CRASHES = 2;

/** Seconds from one crash to the next: by then there is a spare thread again. */
const EVERY = 3;

/** Calls a second. */
const CALLS = 200;

const CRASHER = new URL('../servers/thread-crasher.ts', import.meta.url).href;

/** What the gate's log says of a thread, with the milliseconds that it was missing. */
const REPLACED = /"took":(\d+)[^\n]*"the thread that serves calls was replaced"/g;

/** A crash with what the gate's log says of it, milliseconds. */
type LoggedCrash = Crash & { readonly took: number };

/** How long a thread that serves calls is missing after a fault in it, and what becomes of calls. */
export async function crashesBesideCalls(effort: Effort): Promise<Section> {
  const count = effort.quick ? QUICK_CRASHES : CRASHES;
  effort.say(`${count} crashes`);
  const { crashes, calls } = await measure(effort, count);
  const { completed, failed, repeated } = calls;
  return {
    name: 'threads-crash',
    title: `A thread that serves calls ends by a fault and is replaced, at ${CALLS} calls a second`,
    metrics: {
      crashes: { title: 'crashes', digits: 0, better: 'more' },
      missing: { title: 'missing ms, median', digits: 0, better: 'less' },
      slowest: { title: 'slowest ms', digits: 0, better: 'less' },
      took: { title: 'by the log of the gate, median ms', digits: 0, better: 'less' },
      calls: { title: 'calls', digits: 0, better: 'more' },
      failed: { title: 'failed', digits: 0, better: 'less' },
      repeated: { title: 'sent again', digits: 0, better: 'less' },
    },
    rows: [
      {
        subject: 'the first, which counts for all',
        figures: describe(crashes.filter(({ thread }) => thread === FIRST)),
      },
      { subject: 'the other', figures: describe(crashes.filter(({ thread }) => thread !== FIRST)) },
      { subject: 'both in turns', figures: { ...describe(crashes), calls: completed + failed, failed, repeated } },
    ],
    ratio: null,
    notes: [
      `${WORKERS} threads for calls, one for the rest, on all cores. A module that the benchmark preloads throws in the two threads in turns, once in ${EVERY} s. Goal: 200 ms.`,
      'Each thread is sent an OPTIONS every 2 ms, with a Call-ID that is its own. Missing is from when the first left that nobody answered until one is answered that left after the last such. The gate itself counts from when it hears of the end, which takes time too, until the next has taken over everything.',
      'Failed are calls that begin while the first is missing, which the other refuses (503), and calls whose answer was lost with a thread. Callers send a request again that gets none.',
    ],
  };
}

async function measure(effort: Effort, count: number): Promise<{ crashes: LoggedCrash[]; calls: CallFigures }> {
  const earlier = await effort.provisioned();
  const flags = ['--workers', String(WORKERS)];
  await using gate = await Tollgate.start({ earlier, flags, core: null, preload: CRASHER });
  const { target, gateways, pids } = gate;
  const plan: CrashPlan = {
    target,
    gateways,
    users: callersOf(gate),
    rate: CALLS,
    pid: pids[0] ?? 0,
    threads: WORKERS,
    crashes: count,
    warmUp: effort.warmUp,
    every: EVERY,
  };
  const { crashes, calls } = await runProcess<CrashResult>('crashes.ts', plan, plan.warmUp + count * EVERY);
  // The log names no thread, but tells of them in the same order.
  const logged = [...gate.printed.matchAll(REPLACED)].map((found) => Number(found[1]));
  if (logged.length !== count) throw new Error(`${logged.length} of ${count} threads were replaced:\n${gate.printed}`);
  return { crashes: crashes.map((crash, index) => ({ ...crash, took: logged[index] ?? 0 })), calls };
}

function describe(crashes: readonly LoggedCrash[]): Figures {
  const each = crashes.map(({ missing, took }) => ({ missing, took }));
  return { crashes: each.length, ...medianOf(each), slowest: Math.max(...each.map(({ missing }) => missing)) };
}
