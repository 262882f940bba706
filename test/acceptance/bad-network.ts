// Calls over a network that loses, doubles and reorders datagrams. By hand, for the full measure (Linux, as root):
//   node test/acceptance/bad-network.ts --calls 200 --rate 10
import { parseArgs } from 'node:util';
import { CONNECTOR_USER, openTermination, permit } from '../support/connector.ts';
import { freePort } from '../support/ports.ts';
import { TestGate } from '../support/gate.ts';
import { seeded } from '../support/seeded.ts';
import { Callee } from './callee.ts';
import { enterPrivateNetwork, GATE, GATEWAY, HONEST, lossCounters, makeLossy } from './private-network.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { Telephone, type CallResult } from './telephone.ts';

/** Milliseconds that a call is held. */
const HOLD = 500;

/** What became of the calls. */
export interface Tally {
  readonly calls: number;
  /** Answered, and ended by an answered BYE. */
  readonly good: number;
  /** INVITE to the final answer, milliseconds. */
  readonly slowest: number;
  /** Calls that the callee saw, saw as more than one, never saw acknowledged, and never saw ended. */
  readonly seen: number;
  readonly doubled: number;
  readonly unacknowledged: number;
  readonly open: number;
}

export function tally(results: readonly CallResult[], callee: Callee): Tally {
  const seen = [...callee.calls.values()];
  return {
    calls: results.length,
    good: results.filter(({ status, ended }) => status === 200 && ended === 200).length,
    slowest: Math.max(...results.map(({ begunAt, answeredAt }) => answeredAt - begunAt)),
    seen: seen.length,
    doubled: callee.doubled,
    unacknowledged: seen.filter(({ acknowledged }) => !acknowledged).length,
    open: seen.filter(({ ended }) => !ended).length,
  };
}

/** Calls with a relay on both sides of the gate that does its worst. */
export async function callThroughRelays(calls: number, rate: number, options: RelayOptions) {
  await using callee = await Callee.open('127.0.0.12');
  await using toCallee = await Relay.open('127.0.0.13', callee, options);
  callee.reachedBy = toCallee;
  const carriers = `sip:${toCallee.address}:${toCallee.port}`;
  await using gate = await TestGate.start({ flags: ['--carriers', carriers] });
  const { host } = await openTermination(gate.voiceClient());
  await using toGate = await Relay.open('127.0.0.14', { address: '127.0.0.1', port: gate.sip.udp }, options);
  const { Username: user, Password: password } = CONNECTOR_USER;
  await using phone = await Telephone.open('127.0.0.2', { gate: toGate, host, user, password });
  const results = await phone.load(calls, rate, HOLD);
  return { ...tally(results, callee), relays: [toGate.counts, toCallee.counts] };
}

/** Calls in a network of their own that loses and doubles one datagram in ten, both at every hop. */
async function callThroughLoss(calls: number, rate: number) {
  await using callee = await Callee.open(GATEWAY);
  const port = await freePort(GATE);
  const sip = `udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0,udp:${GATE}:${port},tcp:${GATE}:${port}`;
  await using gate = await TestGate.start({ flags: ['--carriers', callee.uri, '--sip', sip] });
  const { host, id } = await openTermination(gate.voiceClient());
  await permit(gate.voiceClient(), id, [`${HONEST}/32`]);
  makeLossy();
  const { Username: user, Password: password } = CONNECTOR_USER;
  await using phone = await Telephone.open(HONEST, { gate: { address: GATE, port }, host, user, password });
  const results = await phone.load(calls, rate, HOLD);
  return { ...tally(results, callee), ...lossCounters() };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { calls: { type: 'string', default: '200' }, rate: { type: 'string', default: '10' } },
  });
  enterPrivateNetwork();
  const [calls, rate] = [Number(values.calls), Number(values.rate)];
  const bad: RelayOptions = { loss: 0.1, duplication: 0.1, delay: 200, random: seeded(1) };
  console.log('relays that reorder by up to 200 ms, and lose and double 10 %:');
  console.log(await callThroughRelays(calls, rate, bad));
  console.log('nftables that lose and double 10 %:');
  console.log(await callThroughLoss(calls, rate));
}

if (import.meta.main) await main();
