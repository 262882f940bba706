import type { User } from '../load/digest.ts';
import type { HttpPlan, HttpResult } from '../load/http-plan.ts';
import { runProcess } from '../load/run.ts';
import type { Effort, Figures, Subject } from '../report/section.ts';
import { Tollgate } from '../servers/tollgate.ts';

/** Numbers of threads for calls that are compared. */
const WORKERS = [0, 1, 2];

/** Seconds until the gate has read what no call needs, and has its spare thread. */
const SETTLED = 4;

/** The effort, with a warm-up after which the gate does nothing more by itself. */
export function settled(effort: Effort): Effort {
  return { ...effort, warmUp: Math.max(effort.warmUp, SETTLED) };
}

/** A subject for each number of threads, which has a fresh gate on all cores measured. A quick run has the first two. */
export async function byWorkers(effort: Effort, measure: (gate: Tollgate) => Promise<Figures>): Promise<Subject[]> {
  const earlier = await effort.provisioned();
  const compared = effort.quick ? WORKERS.slice(0, 2) : WORKERS;
  return compared.map((workers) => ({
    name: workers === 0 ? 'one thread for all' : `${workers} for calls, one for the rest`,
    async measure() {
      await using gate = await Tollgate.start({ earlier, flags: ['--workers', String(workers)], core: null });
      return await measure(gate);
    },
  }));
}

/** Those who may call: writes change the password of the first user of each trunk. */
export function callersOf(gate: Tollgate): User[] {
  return gate.users.filter(({ username }) => !username.endsWith('x0'));
}

/** Asks the API of a gate, from a process of its own. */
export function askApi(
  { http, keys, connectors, pids }: Tollgate,
  asked: Pick<HttpPlan, 'kind' | 'rate' | 'connections' | 'warmUp' | 'seconds'>,
): Promise<HttpResult> {
  const plan: HttpPlan = { ...asked, target: new URL(http).host, keys, connectors, pids };
  return runProcess<HttpResult>('http.ts', plan, plan.warmUp + plan.seconds);
}
