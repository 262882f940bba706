import type { HttpPlan, HttpResult } from '../load/http-plan.ts';
import { callWithNewPasswords } from '../load/in-force.ts';
import { runProcess } from '../load/run.ts';
import { medians, type Benchmark, type Effort, type Figures, type Section, type Subject } from '../report/section.ts';
import type { Keys } from '../load/sign.ts';
import { STAND_INS, startStandIn } from '../servers/http/stand-ins.ts';
import { Tollgate } from '../servers/tollgate.ts';

/** Connections at once. */
const CONNECTIONS = 32;

/** New passwords that are called with at once. */
const CHANGES = 500;

/** Before these, while the gate runs much of its code for the first time. */
const FIRST_CHANGES = 100;

/** Reading a Voice Connector and giving it a credential, over signed requests, beside servers that do nothing. */
export const api: Benchmark = {
  name: 'api',
  async run(effort) {
    const provisioned = await effort.provisioned();
    const { connectors, keys } = provisioned;
    const sections: Section[] = [];
    for (const kind of ['get', 'put'] as const) {
      const common = { kind, keys, connectors, connections: CONNECTIONS, ...secondsOf(effort) };
      const ours: Subject = {
        name: 'Tollgate',
        async measure() {
          await using gate = await Tollgate.start({ earlier: provisioned });
          return describe(await load({ ...common, target: new URL(gate.http).host, pids: gate.pids }));
        },
      };
      const others = Object.entries(STAND_INS).map(([name, command]) => ({
        name,
        async measure(): Promise<Figures> {
          await using server = await startStandIn(command);
          return describe(await load({ ...common, target: server.target, pids: server.pids }));
        },
      }));
      sections.push({
        name: `api-${kind}`,
        title:
          kind === 'get'
            ? 'GetVoiceConnector, signed'
            : 'PutVoiceConnectorTerminationCredentials, signed; Tollgate hashes, seals and syncs to disk',
        metrics: {
          perSecond: { title: 'requests a second', digits: 0, better: 'more' },
          cpu: { title: 'CPU µs each', digits: 1, better: 'less' },
          p50: { title: 'p50 ms', digits: 2, better: 'less' },
          p99: { title: 'p99 ms', digits: 2, better: 'less' },
          server: { title: 'server, share of its core', digits: 2, better: 'more' },
          load: { title: 'load, share of its core', digits: 2, better: 'less' },
        },
        rows: await medians([ours, ...others], effort),
        ratio: { metric: 'perSecond', subject: 'Tollgate' },
        notes: [
          `${CONNECTIONS} connections, each asking again when it is answered; all get the same signed requests. The others check, store and sync nothing.`,
        ],
      });
    }
    return [...sections, await inForce(provisioned, keys)];
  },
};

/** How soon after its answer a change decides calls. */
async function inForce(provisioned: Tollgate, keys: Keys): Promise<Section> {
  await using gate = await Tollgate.start({ earlier: provisioned });
  const { connectors, users, gateways } = gate;
  const http = new URL(gate.http).host;
  const called = users.slice(0, FIRST_CHANGES + CHANGES);
  const changed = { http, sip: gate.target, gateways, keys, connectors, users: called, warmUp: FIRST_CHANGES };
  const { completed, failed, setup } = await callWithNewPasswords(changed);
  return {
    name: 'api-in-force',
    title: 'A new password, called with as soon as the API has answered',
    metrics: {
      completed: { title: 'calls answered', digits: 0, better: 'more' },
      failed: { title: 'refused', digits: 0, better: 'less' },
      p50: { title: 'from the answer of the API to that of the call, p50 ms', digits: 2, better: 'less' },
      p99: { title: 'p99 ms', digits: 2, better: 'less' },
    },
    rows: [{ subject: 'Tollgate', figures: { completed, failed, p50: setup.p50, p99: setup.p99 } }],
    ratio: null,
    notes: [
      'INVITE, 407, ACK, INVITE with the new password, 200: a call refused would have found the old one in force.',
      `${FIRST_CHANGES} before these are not counted: the first calls after a start take longer, while code is read and compiled.`,
    ],
  };
}

function secondsOf({ warmUp, seconds }: Effort): Pick<HttpPlan, 'warmUp' | 'seconds'> {
  return { warmUp, seconds };
}

function load(plan: HttpPlan): Promise<HttpResult> {
  return runProcess<HttpResult>('http.ts', plan, plan.warmUp + plan.seconds);
}

function describe({ perSecond, wrong, cpuMicros, p50, p99, serverShare, loadShare }: HttpResult): Figures {
  if (wrong > 0) throw new Error(`${wrong} requests were not answered as they should be`);
  return { perSecond, cpu: cpuMicros, p50, p99, server: serverShare, load: loadShare };
}
