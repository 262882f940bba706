// Calls while the gate stands still. By hand, for the full measure:
//   node test/acceptance/freeze.ts --rate 20
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { Callee } from './callee.ts';
import { Telephone } from './telephone.ts';

/** Milliseconds of standing still, of load before it, and of load in all. */
const FROZEN = 3000;
const BEFORE = 4000;
const LOAD = 12_000;

/** Milliseconds until the first callee says anything: with the time of the freeze, more than the gate waits for an answer. */
const SILENCE = 1500;

/** Stops the gate with SIGSTOP for 3 s under calls. There are two gateways; the first answers every call, but late. */
export async function callUnderFreeze(rate: number) {
  await using callee = await Callee.open('127.0.0.12', { silence: SILENCE });
  await using second = await Callee.open('127.0.0.13');
  await using gate = await TestGate.start({ flags: ['--carriers', `${callee.uri},${second.uri}`] });
  const { host } = await openTermination(gate.voiceClient());
  const { Username: user, Password: password } = CONNECTOR_USER;
  const line = { gate: { address: '127.0.0.1', port: gate.sip.udp }, host, user, password };
  await using phone = await Telephone.open('127.0.0.2', line);
  const calls = phone.load((LOAD / 1000) * rate, rate, 1000);
  await pause(BEFORE);
  const repeatsBefore = callee.repeats;
  const pid = gate.process.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await pause(FROZEN);
  process.kill(pid, 'SIGCONT');
  const thawedAt = Date.now();
  const results = await calls;
  const metrics = await (await fetch(`${gate.http}/metrics`)).text();
  const failed = results.filter(({ status, ended }) => status !== 200 || ended !== 200);
  return {
    calls: results.length,
    failed: failed.length,
    statuses: [...new Set(failed.map(({ status, ended }) => `${status}/${ended}`))],
    doubled: callee.doubled,
    /** Calls that the second gateway got: failovers that nothing justifies. */
    failedOver: second.calls.size,
    /** INVITEs that came to the callee again before the freeze, and from then on. */
    repeatsBefore,
    repeatsAfter: callee.repeats - repeatsBefore,
    mostRepeats: Math.max(...[...callee.calls.values()].map(({ repeats }) => repeats)),
    slowest: Math.max(...results.map(({ begunAt, answeredAt }) => answeredAt - begunAt)),
    slowestAfter: Math.max(
      ...results
        .filter(({ begunAt }) => begunAt > thawedAt + 1000)
        .map(({ begunAt, answeredAt }) => answeredAt - begunAt),
    ),
    dropped: /^tollgate_udp_dropped_total (\d+)/m.exec(metrics)?.[1],
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rate: { type: 'string', default: '20' } } });
  console.log(await callUnderFreeze(Number(values.rate)));
}

if (import.meta.main) await main();
