// How a session group of three agents shares the calls of a real gate, by strategy. By hand, a thousand calls of each:
//   node test/acceptance/strategies.ts
import { SbcClient } from '../support/border.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { Callee } from './callee.ts';
import { Telephone } from './telephone.ts';

type Values = Readonly<Record<string, string>>;

/** A strategy, and what is said of each of the three agents. */
interface Setting {
  readonly name: string;
  readonly strategy: string;
  readonly agents: readonly [Values, Values, Values];
}

/** Calls that are begun in a second, and milliseconds that each is held: twenty are up at a time. */
const RATE = 100;
const HOLD = 200;

/** Sessions that the limited agent of Hunt has room for: fewer than are up. */
export const ROOM = 5;

const FREE: Setting['agents'] = [{}, {}, {}];

function limited(attribute: string, ...limits: readonly [number, number, number]): Setting['agents'] {
  const [first, second, third] = limits;
  const limit = (most: number): Values => ({ constraints: 'enabled', [attribute]: String(most) });
  return [limit(first), limit(second), limit(third)];
}

const SETTINGS: readonly Setting[] = [
  { name: 'Hunt', strategy: 'Hunt', agents: FREE },
  { name: 'Hunt, the first nearly full', strategy: 'Hunt', agents: limited('max-sessions', ROOM, 0, 0) },
  { name: 'RoundRobin', strategy: 'RoundRobin', agents: FREE },
  { name: 'LeastBusy, 100:200:200', strategy: 'LeastBusy', agents: limited('max-outbound-sessions', 100, 200, 200) },
  { name: 'PropDist, 200:300:500', strategy: 'PropDist', agents: limited('max-sessions', 200, 300, 500) },
  { name: 'LowSusRate', strategy: 'LowSusRate', agents: limited('sustain-rate-window', 10, 10, 10) },
];

/** What became of the calls of one strategy. */
export interface Row {
  readonly name: string;
  /** Calls that were answered with 200 and hung up with 200. */
  readonly good: number;
  /** Calls that reached each agent. */
  readonly spread: readonly number[];
  /** The most that were up at once at each. */
  readonly peaks: readonly number[];
}

/** Places the calls in a realm of their own, whose only policy leads to a group of three new agents. */
async function measure(
  sbc: SbcClient,
  { name, strategy, agents, place, calls }: Setting & { readonly place: number; readonly calls: number },
): Promise<Row> {
  await using parts = new AsyncDisposableStack();
  const callees: Callee[] = [];
  for (const index of agents.keys())
    callees.push(parts.use(await Callee.open(`127.0.0.${20 + place * agents.length + index}`, { rings: 0 })));
  const [realm, port] = [`realm${place}`, await freePort()];
  await sbc.addRealm(realm, port);
  for (const [index, callee] of callees.entries()) await sbc.addAgent(callee, agents[index]);
  const dest = callees.map(({ address }) => address);
  await sbc.add('session-group', { 'group-name': realm, dest, strategy });
  await sbc.addPolicy(realm, `SAG:${realm}`);
  await sbc.apply();
  const line = { gate: { address: '127.0.0.1', port }, host: `127.0.0.1:${port}`, user: '', password: '' };
  const phone = parts.use(await Telephone.open('127.0.0.2', line));
  const results = await phone.load(calls, RATE, HOLD);
  return {
    name,
    good: results.filter(({ status, ended }) => status === 200 && ended === 200).length,
    spread: callees.map((callee) => callee.calls.size),
    peaks: callees.map(({ peak }) => peak),
  };
}

/** Each strategy with this many calls, one after the other at one gate. */
export async function* measureStrategies(calls: number): AsyncGenerator<Row> {
  await using gate = await TestGate.start();
  const sbc = await SbcClient.open(gate);
  for (const [place, setting] of SETTINGS.entries()) yield await measure(sbc, { place, calls, ...setting });
}

async function main(): Promise<void> {
  console.log('| strategy | answered and ended of 1000 | at the agents | up at once, at most |');
  console.log('|---|---|---|---|');
  for await (const { name, good, spread, peaks } of measureStrategies(1000))
    console.log(`| ${name} | ${good} | ${spread.join(', ')} | ${peaks.join(', ')} |`);
}

if (import.meta.main) await main();
