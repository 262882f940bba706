// What one full call costs the thread that serves calls, without sockets and without other processes:
//   node bench/micro/call-path.ts [--calls N] [--against CHECKOUT] [--garbage]
// With --against, the same for the sources of another checkout, turn about in the same process: on a machine that others
// use too, only such a ratio means anything. --garbage lists the functions that make garbage.
import dgram from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import perfHooks from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { CallPath, type Cost } from './call-plane.ts';
import { garbageBySite } from './garbage.ts';
import { Network } from './network.ts';
import { World } from './world.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '8000' },
    against: { type: 'string' },
    garbage: { type: 'boolean', default: false },
  },
});

const TRUNKS = 1000;
const USERS_OF_TRUNK = 10;

// The sources take these from the runtime, so they have to be replaced before any of them is read.
dgram.createSocket = () => Network.current.socket();
// However busy the machine is, no call is shed.
const nothing = (): boolean => true;
perfHooks.monitorEventLoopDelay = () =>
  Object.assign(perfHooks.createHistogram(), { enable: nothing, disable: nothing, [Symbol.dispose]: nothing });
syncBuiltinESMExports();

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
await using world = new World();
await world.addTrunks(0, TRUNKS);
const users = await world.addTelephones(TRUNKS, USERS_OF_TRUNK);
const here = join(import.meta.dirname, '../..');
const checkouts = [here, ...(values.against === undefined ? [] : [resolve(values.against)])];
const paths: CallPath[] = [];
for (const checkout of checkouts)
  paths.push(
    await CallPath.open({ checkout, world, trunks: TRUNKS, users, folder: join(folder, String(paths.length)) }),
  );

const count = Number(values.calls);
for (const path of paths) await path.warmUp();
if (values.garbage) await garbageBySite(play, count * paths.length);
else await play();
for (const [index, path] of paths.entries()) console.log(checkouts[index], summary(path.costs));
const [own = [], other] = paths.map(({ costs }) => costs);
if (other) {
  const ratios = own.map(({ micros }, index) => micros / (other[index]?.micros ?? NaN));
  console.log('Time against the other, median of the rounds:', Math.round(quantile(ratios, 0.5) * 1000) / 1000);
}
for (const path of paths) await path.close();
rmSync(folder, { recursive: true, force: true });

async function play(): Promise<void> {
  for (let played = 0; played < count; played += CallPath.ABREAST) for (const path of paths) await path.round();
}

/** Of one call. The fastest rounds are those that nobody else disturbed. */
function summary(costs: readonly Cost[]): object {
  const micros = costs.map((cost) => cost.micros);
  const bytes = costs.reduce((sum, cost) => sum + cost.bytes, 0) / costs.length;
  return {
    microsFastest: Math.round(quantile(micros, 0.02) * 10) / 10,
    microsMedian: Math.round(quantile(micros, 0.5) * 10) / 10,
    bytes: Math.round(bytes),
  };
}

function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? NaN;
}
