import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, listens } from './ports.ts';

/** How long a server may take to open its port, and to end its calls; generous, for a busy machine. */
const PATIENCE = 10_000;

/** Seconds after which SIPp gives up and fails, whatever it waits for. */
const LONGEST_RUN = '90';

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

/** The text of a scenario file beside this one. */
export function scenario(name: string): string {
  return readFileSync(join(import.meta.dirname, 'sipp', `${name}.xml`), 'utf8');
}

/** The program SIPp, playing a scenario. It listens on loopback only. */
export class Sipp implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tollgate-sipp-'));
  readonly #result: Promise<SippResult>;

  /** `text` is that of a scenario file; `address` is where it listens and where its calls come from. */
  constructor(text: string, address: string, args: readonly string[]) {
    const file = join(this.#folder, 'scenario.xml');
    writeFileSync(file, text);
    const local = ['-i', address, '-mi', address, '-ci', address];
    // The watchdog ends SIPp on a machine that is busy with something else.
    const bounds = ['-timeout', LONGEST_RUN, '-timeout_error', '-watchdog_interval', '0'];
    const common = ['-sf', file, ...local, '-nostdin', ...bounds];
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
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE);
    return this.#result.finally(() => clearTimeout(timer));
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
    // Its last screen has each count twice: of the last period, and in all.
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
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly #sipp: Sipp;

  private constructor(sipp: Sipp, transport: 'udp' | 'tcp', address: string, port: number) {
    this.#sipp = sipp;
    this.transport = transport;
    this.address = address;
    this.port = port;
  }

  /** Resolves when it listens; `status` is what it answers, from 200 on. */
  static async open(address: string, status: number, transport: 'udp' | 'tcp' = 'udp'): Promise<SippServer> {
    const port = await freePort(address);
    // SIPp takes no variable there.
    const played = status < 300 ? scenario('uas-answer') : scenario('uas-refuse').replace('[status]', String(status));
    await using started = new AsyncDisposableStack();
    const sipp = started.use(new Sipp(played, address, ['-t', transport === 'udp' ? 'u1' : 't1', '-p', String(port)]));
    const deadline = Date.now() + PATIENCE;
    while (!(await listens(transport, address, port))) {
      if (sipp.ended || Date.now() > deadline) throw new Error(`SIPp did not start: ${(await sipp.stop()).output}`);
      await delay(10);
    }
    started.move();
    return new SippServer(sipp, transport, address, port);
  }

  /** Ends it; resolves to the number of calls it got. Rejects when one of them did not go by the scenario. */
  async calls(): Promise<number> {
    const { calls, failed, output } = await this.#sipp.stop();
    if (failed !== 0) throw new Error(output);
    return calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sipp[Symbol.asyncDispose]();
  }
}
