import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import type { Route } from '../../src/rulebook/route.ts';
import type { CallPlane } from '../../src/wiring/call-plane.ts';
import { Calls } from '../load/calls.ts';
import type { User } from '../load/digest.ts';
import { Network } from './network.ts';
import { sourceOf, type World } from './world.ts';

const LISTENER = { address: '198.51.100.1', port: 5060 };

/** Where calls of applications would go. */
const VOICE: Route = {
  host: '192.0.2.19',
  port: 5060,
  transport: 'udp',
  priority: 1,
  weight: 1,
  rule: { resource: 'bench', field: 'voice' },
};

/** Calls that are set up side by side, and the milliseconds of the plane's clock that they take. */
const ABREAST = 50;
const TIME_OF_ROUND = 250;

/** Milliseconds of that clock after which nothing is left of a call. */
const ALL_OVER = 32_000;

/** Turns of the event loop after which a round is given up. */
const MOST_TURNS = 1000;

/** What a call cost the thread that serves it. */
export interface Cost {
  readonly micros: number;
  readonly bytes: number;
}

interface CallPathOptions {
  /** Whose sources are run. */
  readonly checkout: string;
  readonly world: World;
  /** Its trunks, and their telephones. */
  readonly trunks: number;
  readonly users: readonly User[];
  /** For its files. */
  readonly folder: string;
}

/**
 * A whole call plane, with everything on, and the telephones and gateways of `bench/load` in one thread, with queues
 * between them. Only what the plane does is measured.
 */
export class CallPath {
  static readonly ABREAST = ABREAST;
  readonly #network: Network;
  readonly #plane: CallPlane;
  readonly #calls: Calls;
  readonly #users: number;
  /** Of a call, by rounds. */
  costs: Cost[] = [];

  private constructor(network: Network, plane: CallPlane, calls: Calls, users: number) {
    this.#network = network;
    this.#plane = plane;
    this.#calls = calls;
    this.#users = users;
  }

  static async open({ checkout, world, trunks, users, folder }: CallPathOptions): Promise<CallPath> {
    const read = (path: string): Promise<unknown> => import(pathToFileURL(join(checkout, 'src', path)).href);
    const { openCallPlane } = (await read(
      'wiring/open-call-plane.ts',
    )) as typeof import('../../src/wiring/open-call-plane.ts');
    const { loadSettings } = (await read('settings/settings.ts')) as typeof import('../../src/settings/settings.ts');
    const network = new Network();
    network.enter();
    const gateways = ['192.0.2.11', '192.0.2.12'].map((address) => network.end({ address, port: 5060 }, LISTENER));
    const callers = Array.from({ length: trunks }, (_, trunk) =>
      network.end({ address: sourceOf(trunk), port: 5060 }, LISTENER),
    );
    mkdirSync(folder);
    const carriers = 'sip:192.0.2.11,sip:192.0.2.12';
    const settings = await loadSettings({
      flags: { data: folder, domain: world.domain, digestAlgorithms: 'MD5', carriers },
      env: {},
      readFile: () => '',
    });
    const onError = (error: unknown): void => {
      throw error;
    };
    const plane = await openCallPlane(
      {
        settings,
        accounts: { amazon: world.account, twilio: { sid: `AC${'0'.repeat(32)}`, authToken: 'bench' } },
        keys: { sealing: world.sealingKey, nonce: Buffer.alloc(32, 3) },
        certificate: { cert: '', key: '' },
        exchange: null,
        applications: { route: VOICE, key: Buffer.alloc(32, 4), mediaAddress: null },
      },
      { ledger: world.ledger, clock: network.clock, onAlarm: () => {}, onCallEvent: () => {}, onError },
    );
    await plane.listen([{ transport: 'udp', ...LISTENER }]);
    return new CallPath(network, plane, new Calls({ callers, gateways }, users, ABREAST), users.length);
  }

  /** Until every credential was read once, and transactions linger as long as ever. */
  async warmUp(): Promise<void> {
    const count = this.#users + (ALL_OVER / TIME_OF_ROUND) * ABREAST;
    for (let played = 0; played < count; played += ABREAST) await this.round();
    this.costs = [];
  }

  /** Some calls from the first INVITE to the answer of the BYE. */
  async round(): Promise<void> {
    const network = this.#network;
    network.enter();
    let micros = 0;
    let bytes = 0;
    for (let call = 0; call < ABREAST; call += 1) this.#calls.begin();
    // A credential that is not ready yet is read off the path.
    for (let turn = 0; this.#calls.running > 0 && turn < MOST_TURNS; turn += 1) {
      await new Promise(setImmediate);
      const allocated = getHeapStatistics().total_allocated_bytes;
      // By the clock on the wall: the system counts CPU in ticks that are longer than a round.
      const before = performance.now();
      network.deliverToPlane();
      micros += 1000 * (performance.now() - before);
      bytes += getHeapStatistics().total_allocated_bytes - allocated;
      network.deliverElsewhere();
    }
    network.clock.advance(TIME_OF_ROUND);
    const { failed, failures } = this.#calls.take();
    if (this.#calls.running + failed > 0) throw new Error(`calls did not end well: ${JSON.stringify(failures)}`);
    this.costs.push({ micros: micros / ABREAST, bytes: bytes / ABREAST });
  }

  async close(): Promise<void> {
    this.#network.enter();
    this.#calls.close();
    await this.#plane.close();
  }
}
