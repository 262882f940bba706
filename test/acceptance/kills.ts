// Calls while the gate is killed. By hand, for the full measure:
//   node test/acceptance/kills.ts --kills 3 --rate 20
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { Callee } from './callee.ts';
import { Telephone, type CallResult } from './telephone.ts';

/** Milliseconds that a call is held: longer than a restart takes, so that each kill meets calls that stand. */
const HOLD = 3000;
/** Milliseconds between two kills, and before the first. */
const BETWEEN = 4000;

export interface Kill {
  readonly at: number;
  /** Milliseconds from the kill to the first OPTIONS that the next gate answered. */
  readonly backAfter: number;
  /** Calls that stood at the kill, and those of them whose BYE was answered with 200 and reached the callee. */
  readonly standing: number;
  readonly ended: number;
  /** Calls in set-up at the kill, and those of them that failed. */
  readonly inSetup: number;
  readonly failedInSetup: number;
}

/** Kills the gate `kills` times under calls, and starts it again each time as a supervisor would, at once. */
export async function callUnderKills(kills: number, rate: number, patience?: number) {
  const data = mkdtempSync(join(tmpdir(), 'tollgate-kills-'));
  await using callee = await Callee.open('127.0.0.12', { rings: 200 });
  const port = await freePort();
  const sip = `udp:127.0.0.1:${port},tcp:127.0.0.1:${port},tls:127.0.0.1:0`;
  const flags = ['--carriers', callee.uri, '--sip', sip];
  let gate = await TestGate.start({ data, flags });
  try {
    const { host } = await openTermination(gate.voiceClient());
    const { Username: user, Password: password } = CONNECTOR_USER;
    const line = {
      gate: { address: '127.0.0.1', port },
      host,
      user,
      password,
      ...(patience !== undefined && { patience }),
    };
    await using phone = await Telephone.open('127.0.0.2', line);
    await using probe = await Telephone.open('127.0.0.3', line);
    const seconds = ((kills + 1) * BETWEEN) / 1000;
    const calls = phone.load(seconds * rate, rate, HOLD);
    const times: { at: number; backAfter: number }[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      await pause(BETWEEN);
      const at = Date.now();
      const stopped = gate.stop('SIGKILL');
      const back = probe.untilAnswered().then(() => Date.now() - at);
      await stopped;
      gate = await TestGate.start({ data, flags });
      times.push({ at, backAfter: await back });
    }
    const results = await calls;
    return report(results, times, callee);
  } finally {
    await gate.stop('SIGKILL');
    rmSync(data, { recursive: true });
  }
}

function report(results: readonly CallResult[], times: readonly { at: number; backAfter: number }[], callee: Callee) {
  const failed = (call: CallResult): boolean => call.status !== 200 || call.ended !== 200;
  /** Of the first kill alone: a call that failed by it may still wait at the next. */
  const inSetup = ({ begunAt, answeredAt }: CallResult, kill: number): boolean =>
    times.find(({ at }) => begunAt <= at && at <= answeredAt)?.at === kill;
  const kills = times.map(({ at, backAfter }): Kill => {
    const standing = results.filter((call) => call.answeredAt < at && at < call.endedAt && call.status === 200);
    const under = results.filter((call) => inSetup(call, at));
    const ended = standing.filter((call) => call.ended === 200 && callee.calls.get(call.callId)?.ended);
    const failedInSetup = under.filter(failed).length;
    return { at, backAfter, standing: standing.length, ended: ended.length, inSetup: under.length, failedInSetup };
  });
  const others = results.filter((call) => !times.some(({ at }) => inSetup(call, at)));
  return {
    calls: results.length,
    failed: results.filter(failed).length,
    /** Neither in set-up at a kill, nor good. */
    failedOthers: others.filter(failed).length,
    doubledOthers: others.filter(({ callId }) => (callee.calls.get(callId)?.tags.size ?? 0) > 1).length,
    kills,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '3' }, rate: { type: 'string', default: '20' } },
  });
  console.log(await callUnderKills(Number(values.kills), Number(values.rate)));
}

if (import.meta.main) await main();
