import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Cores: what is measured runs on the first, what measures it on the second. */
export type Core = 0 | 1;

/** Milliseconds that a program gets to end by itself before it is killed. */
const GRACE = 40_000;

/** A command line that runs on one core only, where there are two; on all of them for null. */
export function pinned(core: Core | null, command: string, args: readonly string[]): [string, string[]] {
  if (core === null || availableParallelism() < 2) return [command, [...args]];
  return ['taskset', ['-c', String(core), command, ...args]];
}

export interface ProgramOptions {
  readonly core: Core | null;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user id and group id. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A program that runs until it is stopped. Ends with `await using`, by its process id. */
export class Program implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #launchedAt = performance.now();
  #printed = '';

  constructor(command: string, args: readonly string[], { core, env, ...options }: ProgramOptions) {
    this.#name = command;
    this.#process = spawn(...pinned(core, command, args), {
      ...options,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.on('error', (error) => (this.#printed += error.message));
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#printed = (this.#printed + chunk.toString()).slice(-100_000)));
  }

  /** taskset becomes the program, so this is its own id. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What it printed so far. */
  get printed(): string {
    return this.#printed;
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Waits until `ready` holds, asked every 20 ms. Throws when the program ends, or after `patience` milliseconds. */
  async until(ready: () => boolean | Promise<boolean>, patience = 20_000): Promise<void> {
    const deadline = performance.now() + patience;
    while (!(await ready())) {
      if (this.ended) throw new Error(`${this.#name} ended:\n${this.#printed}`);
      if (performance.now() > deadline) throw new Error(`${this.#name} is not ready:\n${this.#printed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until it has printed that; the milliseconds since it was launched. Throws when it ends before. */
  async printing(pattern: RegExp): Promise<number> {
    while (!pattern.test(this.#printed)) {
      if (this.ended) throw new Error(`${this.#name} ended:\n${this.#printed}`);
      await new Promise((resolve) => {
        this.#process.stdout?.once('data', resolve);
        this.#process.once('exit', resolve);
      });
    }
    return performance.now() - this.#launchedAt;
  }

  /**
   * Resolves with what it printed when it has ended by itself, with one of these codes; kills it after `patience`
   * milliseconds and throws.
   */
  async finish(patience: number, codes: readonly number[] = [0]): Promise<string> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), patience);
    if (!this.ended) await once(this.#process, 'close');
    clearTimeout(timer);
    if (!codes.includes(this.#process.exitCode ?? -1)) throw new Error(`${this.#name} failed:\n${this.#printed}`);
    return this.#printed;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), GRACE);
    const closed = once(this.#process, 'exit');
    this.#process.kill(signal);
    await closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
