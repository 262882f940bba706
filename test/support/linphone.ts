import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long linphonec may take to its next log line of interest; generous, for a busy machine. */
const PATIENCE = 20_000;

export interface LinphoneOptions {
  /** `host:port;transport=…` of its outbound proxy. */
  readonly proxy: string;
  /** Host of its address. */
  readonly domain: string;
  /** Realm of its credential; that host when it is missing. */
  readonly realm?: string;
  readonly user: string;
  readonly password: string;
  /** File with the authority that it trusts over TLS. */
  readonly authority: string;
  /** Whether it registers where it can be called. */
  readonly registers?: boolean;
  /** Whether it offers its sound over SRTP only. */
  readonly encrypts?: boolean;
}

/** The telephone `linphonec` of Debian, driven as a person does, read by its log. It listens on 127.0.0.1 only. */
export class Linphone implements AsyncDisposable {
  readonly log: string[] = [];
  readonly #home: string;
  readonly #process: ChildProcessWithoutNullStreams;
  #lookedAt = 0;
  #more = Promise.withResolvers<void>();

  constructor(options: LinphoneOptions) {
    this.#home = mkdtempSync(join(tmpdir(), 'tollgate-linphone-'));
    // It keeps its databases there and does not make the folder.
    mkdirSync(join(this.#home, '.local/share/linphone'), { recursive: true });
    const settings = join(this.#home, 'linphonerc');
    writeFileSync(settings, settingsFor(options), { mode: 0o600 });
    this.#process = spawn('linphonec', ['-c', settings, '-d', '6'], {
      cwd: this.#home,
      // No sound server: it would be started for this, and outlive the test.
      env: {
        PATH: process.env['PATH'],
        HOME: this.#home,
        TERM: 'dumb',
        PULSE_SERVER: 'none',
        XDG_RUNTIME_DIR: this.#home,
      },
    });
    this.#process.stderr.resume();
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.log.push(line);
      this.#hearMore();
    });
    this.#process.once('close', () => this.#hearMore());
    this.say('soundcard use files');
  }

  /** Types a command. */
  say(command: string): void {
    this.#process.stdin.write(`${command}\n`);
  }

  /** The next line of its log that matches, after the one that was waited for last; rejects when none comes. */
  async logs(pattern: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(PATIENCE);
    for (;;) {
      const index = this.log.findIndex((line, at) => at >= this.#lookedAt && pattern.test(line));
      if (index >= 0) {
        this.#lookedAt = index + 1;
        return this.log[index] ?? '';
      }
      if (deadline.aborted || this.#process.exitCode !== null)
        throw new Error(`linphonec did not log ${pattern}:\n${this.log.slice(-40).join('\n')}`);
      await Promise.race([this.#more.promise, once(deadline, 'abort')]);
    }
  }

  /** Has it quit; resolves to its exit code. */
  async quit(): Promise<number | null> {
    const closed = once(this.#process, 'close');
    this.say('quit');
    await closed;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.#process.kill('SIGKILL');
      await closed;
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  #hearMore(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}

function settingsFor({
  proxy,
  domain,
  realm = domain,
  user,
  password,
  authority,
  registers = false,
  encrypts = false,
}: LinphoneOptions): string {
  const sections = {
    sip: {
      sip_port: -1,
      sip_tcp_port: -1,
      sip_tls_port: -1,
      bind_address: '127.0.0.1',
      root_ca: authority,
      verify_server_certs: 1,
      verify_server_cn: 1,
      media_encryption: encrypts ? 'srtp' : 'none',
      guess_hostname: 0,
      // It registers only when it has looked for a network itself.
      auto_net_state_mon: registers ? 1 : 0,
      register_only_when_network_is_up: 0,
    },
    rtp: { audio_rtp_port: -1, bind_address: '127.0.0.1' },
    proxy_0: {
      reg_proxy: `<sip:${proxy}>`,
      reg_route: `<sip:${proxy};lr>`,
      reg_identity: `sip:${user}@${domain}`,
      reg_sendregister: registers ? 1 : 0,
      reg_expires: 600,
      publish: 0,
    },
    auth_info_0: { username: user, passwd: password, realm },
    video: { display: 0, capture: 0 },
  };
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}
