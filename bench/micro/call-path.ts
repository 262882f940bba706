// What one full call costs the thread that serves calls, without sockets and without other processes:
//   node bench/micro/call-path.ts [--calls N] [--garbage]
// A whole call plane (journal, 1,000 trunks, 10,000 users, their credentials ready) and the telephones and gateways of
// `bench/load` share one process, and a network of queues between them. Only what the plane does is measured.
import dgram from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import perfHooks from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { Calls } from '../load/calls.ts';
import { Network } from './network.ts';
import { garbageBySite } from './garbage.ts';
import { World, connectorId, sourceOf } from './world.ts';

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '8000' }, garbage: { type: 'boolean', default: false } },
});

const TRUNKS = 1000;
const USERS_OF_TRUNK = 10;

const LISTENER = { address: '198.51.100.1', port: 5060 };

/** Calls that are set up side by side, and the milliseconds of the plane's clock that they take. */
const ABREAST = 50;
const TIME_OF_ROUND = 250;

/** Turns of the event loop after which a round is given up. */
const MOST_TURNS = 1000;

const network = new Network();
dgram.createSocket = (() => network.socket()) as typeof dgram.createSocket;
// However busy the machine is, no call is shed.
perfHooks.monitorEventLoopDelay = () =>
  Object.assign(perfHooks.createHistogram(), { enable: () => true, disable: () => true });
syncBuiltinESMExports();
// Only from here on may they be read: they take createSocket from the runtime.
const { openCallPlane } = await import('../../src/wiring/open-call-plane.ts');
const { loadSettings } = await import('../../src/settings/settings.ts');

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
await using world = new World();
await world.addTrunks(0, TRUNKS);
const users = await world.addTelephones(TRUNKS, USERS_OF_TRUNK);

const gateways = ['192.0.2.11', '192.0.2.12'].map((address) => network.end({ address, port: 5060 }, LISTENER));
const callers = Array.from({ length: TRUNKS }, (_, trunk) =>
  network.end({ address: sourceOf(trunk), port: 5060 }, LISTENER),
);
const settings = await loadSettings({
  flags: { data: folder, domain: world.domain, digestAlgorithms: 'MD5', carriers: 'sip:192.0.2.11,sip:192.0.2.12' },
  env: {},
  readFile: () => '',
});
const fail = (error: unknown): void => {
  throw error;
};
const plane = await openCallPlane(
  {
    settings,
    accounts: { amazon: world.account, twilio: { sid: `AC${'0'.repeat(32)}`, authToken: 'bench' } },
    keys: { sealing: world.sealingKey, nonce: Buffer.alloc(32, 3) },
    certificate: { cert: '', key: '' },
    exchange: null,
    applications: {
      route: {
        host: '127.0.0.1',
        port: 9,
        transport: 'udp',
        priority: 1,
        weight: 1,
        rule: { resource: 'b', field: 'b' },
      },
      key: Buffer.alloc(32, 4),
      mediaAddress: null,
    },
  },
  { ledger: world.ledger, clock: network.clock, onAlarm: () => {}, onCallEvent: () => {}, onError: fail },
);
await plane.listen([{ transport: 'udp', ...LISTENER }]);
const calls = new Calls({ callers, gateways }, users, ABREAST);

/** Of each round, by the thread. */
let micros: number[] = [];
let bytes = 0;

async function playRound(): Promise<void> {
  let used = 0;
  for (let call = 0; call < ABREAST; call += 1) calls.begin();
  // A credential that is not ready yet is read off the path.
  for (let turn = 0; calls.running > 0 && turn < MOST_TURNS; turn += 1) {
    await new Promise(setImmediate);
    const allocated = getHeapStatistics().total_allocated_bytes;
    const before = process.threadCpuUsage();
    network.deliverToPlane();
    const { user, system } = process.threadCpuUsage(before);
    used += user + system;
    bytes += getHeapStatistics().total_allocated_bytes - allocated;
    network.deliverElsewhere();
  }
  micros.push(used / ABREAST);
  network.clock.advance(TIME_OF_ROUND);
  if (calls.running > 0) throw new Error('a call did not end');
}

async function play(count: number): Promise<void> {
  micros = [];
  bytes = 0;
  for (let played = 0; played < count; played += ABREAST) await playRound();
}

// Every credential is read once, and transactions linger as long as ever.
await play(TRUNKS * USERS_OF_TRUNK + 32_000 / (TIME_OF_ROUND / ABREAST));
calls.take();
const session = new Session();
session.connect();
const count = Number(values.calls);
const before = process.cpuUsage();
if (values.garbage) await garbageBySite(session, () => play(count), count);
else await play(count);
const { user, system } = process.cpuUsage(before);
const { completed, failed, failures } = calls.take();
if (failed > 0 || completed !== count) throw new Error(`${completed} calls completed: ${JSON.stringify(failures)}`);
console.log('each call:', {
  // On a machine that others use too, the fastest rounds say most.
  micros: {
    tenth: quantile(0.1),
    median: quantile(0.5),
    mean: round(micros.reduce((a, b) => a + b, 0) / micros.length),
  },
  bytes: Math.round(bytes / count),
  // Collecting garbage beside it, and telephones and gateways.
  microsOfProcess: round((user + system) / count),
});

function quantile(share: number): number {
  return round(micros.toSorted((a, b) => a - b)[Math.floor(micros.length * share)] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

calls.close();
await plane.close();
rmSync(folder, { recursive: true, force: true });
