import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SCENARIOS = join(import.meta.dirname, 'sipp');

/** How long a server may take to open its port; generous, for a busy machine. */
const PATIENCE = 10_000;

/** What SIPp counted, once it has ended. */
export interface SippResult {
  /** 0: every call went by the scenario. */
  readonly code: number | null;
  readonly calls: number;
  readonly successful: number;
  readonly failed: number;
  /** Its last screens, for a test that fails. */
  readonly output: string;
}

/** The program SIPp, playing one of the scenario files beside this one. It listens on loopback only. */
export class Sipp implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tollgate-sipp-'));
  readonly #result: Promise<SippResult>;

  /** `scenario` is a file name without its ending; `address` is where it listens and where its calls come from. */
  constructor(scenario: string, address: string, args: readonly string[]) {
    const local = ['-i', address, '-mi', address, '-ci', address];
    // The watchdog ends SIPp on a machine that is busy with something else.
    const common = ['-sf', join(SCENARIOS, `${scenario}.xml`), ...local, '-nostdin', '-watchdog_interval', '0'];
    this.#process = spawn('sipp', [...common, ...args], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#result = this.#collect(this.#process);
  }

  /** Resolves when it has ended by itself. */
  get result(): Promise<SippResult> {
    return this.#result;
  }

  /** Has it finish the calls that run, and ends it. */
  async stop(): Promise<SippResult> {
    this.#process.kill('SIGUSR1');
    return this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#result;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #collect(child: ChildProcess): Promise<SippResult> {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    // The statistics of the last screen: period and sum.
    const count = (name: string): number =>
      Number(new RegExp(`${name} *\\|[^|]*\\| *(\\d+)`).exec(output)?.[1] ?? Number.NaN);
    return {
      code,
      calls: count('Total Calls created'),
      successful: count('Successful call'),
      failed: count('Failed call'),
      output,
    };
  }
}

/** A phone system that SIPp plays on an address of its own. */
export class SippServer implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #sipp: Sipp;

  private constructor(sipp: Sipp, address: string, port: number) {
    this.#sipp = sipp;
    this.address = address;
    this.port = port;
  }

  /** Resolves when it listens; `status` is what it answers, from 200 on. */
  static async open(address: string, status: number): Promise<SippServer> {
    const port = await freePort(address);
    const scenario = status < 300 ? 'uas-answer' : 'uas-refuse';
    const sipp = new Sipp(scenario, address, ['-p', String(port), '-key', 'status', String(status)]);
    const deadline = Date.now() + PATIENCE;
    while (!(await isTaken(address, port))) {
      if (sipp.ended || Date.now() > deadline) throw new Error(`SIPp did not start: ${(await sipp.stop()).output}`);
      await delay(10);
    }
    return new SippServer(sipp, address, port);
  }

  /** Ends it; resolves to the number of calls it got. */
  async calls(): Promise<number> {
    return (await this.#sipp.stop()).calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sipp[Symbol.asyncDispose]();
  }
}

async function freePort(address: string): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

async function isTaken(address: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const closed = once(socket, 'close');
  const taken = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(true));
    socket.bind(port, address, () => resolve(false));
  });
  socket.close();
  await closed;
  return taken;
}
