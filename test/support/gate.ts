import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseEnv } from 'node:util';
import { ChimeSDKVoiceClient } from '@aws-sdk/client-chime-sdk-voice';

const LAUNCHER = join(import.meta.dirname, '../../bin/tollgate');

/** The last line of the banner: by then every listener is open. */
const LAST_LINE = /^ {2}clients/;

export interface GateOptions {
  /** Keep the data of an earlier gate. */
  readonly data?: string;
  /** Further flags of `tollgate start`. */
  readonly flags?: readonly string[];
  /** Leave what the gate prints as errors in `output`, instead of passing it through. */
  readonly capture?: boolean;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real gate in a process of its own, on free loopback ports, as `npm start` runs it. */
export class TestGate implements AsyncDisposable {
  readonly data: string;
  readonly http: string;
  readonly https: string;
  /** Ports of the SIP listeners on 127.0.0.1. */
  readonly sip: { readonly udp: number; readonly tcp: number; readonly tls: number };
  readonly process: ChildProcess;
  /** The variables of DATA/credentials.env. */
  readonly credentials: Readonly<Record<string, string | undefined>>;
  readonly #keepsData: boolean;
  readonly #printed: readonly Buffer[];

  private constructor(
    data: string,
    keepsData: boolean,
    { child, printed, banner }: { child: ChildProcess; printed: readonly Buffer[]; banner: string },
  ) {
    const find = (pattern: RegExp): string => {
      const found = pattern.exec(banner)?.[1];
      if (found === undefined) throw new Error(`the banner does not show ${pattern}:\n${banner}`);
      return found;
    };
    this.data = data;
    this.#keepsData = keepsData;
    this.#printed = printed;
    this.process = child;
    this.http = find(/(http:\/\/\S+)/);
    this.https = find(/(https:\/\/\S+)/);
    const port = (transport: string): number => Number(find(new RegExp(`${transport}:127\\.0\\.0\\.1:(\\d+)`)));
    this.sip = { udp: port('udp'), tcp: port('tcp'), tls: port('tls') };
    this.credentials = parseEnv(readFileSync(join(data, 'credentials.env'), 'utf8'));
  }

  /** Resolves when the gate is ready. Rejects with what it printed when it ends instead. */
  static async start({ data, flags = [], capture = false, env = {} }: GateOptions = {}): Promise<TestGate> {
    const folder = data ?? mkdtempSync(join(tmpdir(), 'tollgate-test-'));
    const sip = 'udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0';
    const common = [
      'start',
      '--data',
      folder,
      '--http',
      '127.0.0.1:0',
      '--https',
      '127.0.0.1:0',
      '--log-level',
      'error',
    ];
    const sipFlags = flags.includes('--sip') ? [] : ['--sip', sip];
    // SIPp's scripts take an OPTIONS for a fault.
    const probeFlags = flags.includes('--probe-interval') ? [] : ['--probe-interval', '0'];
    const child = spawn(process.execPath, [LAUNCHER, ...common, ...sipFlags, ...probeFlags, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Threads of their own cost a third more for each of hundreds of starts; tests about them ask for them.
      env: { TOLLGATE_WORKERS: '0', ...process.env, ...env },
    });
    const printed: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
    if (!capture) child.stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    let banner = '';
    for await (const line of createInterface({ input: child.stdout })) {
      banner += `${line}\n`;
      if (!LAST_LINE.test(line)) continue;
      // The reader of lines leaves it paused.
      child.stdout.resume();
      return new TestGate(folder, data !== undefined, { child, printed, banner });
    }
    throw new Error(`the gate did not start:\n${banner}`);
  }

  /** All that the gate printed so far, on both streams. */
  get output(): string {
    return Buffer.concat(this.#printed).toString();
  }

  /** A client of the vendor's SDK that is pointed here by configuration alone. */
  voiceClient(): ChimeSDKVoiceClient {
    return new ChimeSDKVoiceClient({
      endpoint: this.http,
      region: 'us-east-1',
      credentials: {
        accessKeyId: this.credentials['TOLLGATE_AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: this.credentials['TOLLGATE_AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  }

  /** Asks Tollgate's own API. */
  async api(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.http}/tollgate/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.credentials['TOLLGATE_ADMIN_TOKEN']}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return response.json();
  }

  /** Ends the process and waits for it; resolves to its exit code, null after SIGKILL. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, 'exit');
      this.process.kill(signal);
      await exit;
    }
    return this.process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    if (!this.#keepsData) rmSync(this.data, { recursive: true, force: true });
  }
}

/** What `tollgate …` printed and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and collects what it prints. */
export async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  /** Milliseconds after which it is ended; never, when absent. */
  timeout?: number,
): Promise<CommandResult> {
  const options = { env: { ...process.env, ...env }, timeout };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Runs `tollgate …` as a user would. */
export function tollgate(...args: readonly string[]): Promise<CommandResult> {
  return run(process.execPath, [LAUNCHER, ...args]);
}
