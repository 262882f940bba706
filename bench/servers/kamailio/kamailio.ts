import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSocket, connect, readEndpoint } from '../../load/sockets.ts';
import type { User } from '../../load/digest.ts';
import { Program } from '../../measure/program.ts';
import { freeGateways, freeUdpPort } from '../ports.ts';
import { USERS, type SipServer } from '../sip-server.ts';
import type { Postgres } from './postgres.ts';

const CONFIGURATION = join(import.meta.dirname, 'kamailio.cfg');

/** The realm, and the host that users call at. */
export const REALM = 'bench.example';

/** Megabytes of shared and of private memory, enough for all transactions of the fastest run. */
const SHARED_MEMORY = '1024';
const PRIVATE_MEMORY = '32';

export interface KamailioOptions {
  /** `fm` is the fast allocator, without which Debian's default, made for finding faults, is used. */
  readonly allocator: 'fm' | 'default';
  /** Where the credentials are, ended together with it; null holds them in memory (htable). */
  readonly database: Postgres | null;
  /** Processes that take requests. */
  readonly workers: number;
}

/** Debian's Kamailio with a configuration of ours. */
export class Kamailio implements SipServer {
  readonly target: string;
  readonly gateways: readonly string[];
  readonly users: readonly User[] = kamailioUsers();
  readonly #program: Program;
  readonly #folder: string;
  readonly #database: Postgres | null;

  private constructor({
    target,
    gateways,
    program,
    folder,
    database,
  }: {
    target: string;
    gateways: readonly string[];
    program: Program;
    folder: string;
    database: Postgres | null;
  }) {
    this.target = target;
    this.gateways = gateways;
    this.#program = program;
    this.#folder = folder;
    this.#database = database;
  }

  /** Resolves when it answers. */
  static async start({ allocator, database, workers }: KamailioOptions): Promise<Kamailio> {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
    const gateways = await freeGateways();
    const target = `127.0.0.1:${await freeUdpPort()}`;
    const gatewaysFile = join(folder, 'gateways.list');
    writeFileSync(gatewaysFile, gateways.map((gateway, index) => `1 sip:${gateway} 0 ${10 - index}\n`).join(''));
    const defines = [
      `GATEWAYS_FILE="${gatewaysFile}"`,
      ...(database ? ['WITH_DATABASE', `DATABASE_URL="${database.url}"`] : memoryDefines(folder)),
    ];
    const memory = ['-m', SHARED_MEMORY, '-M', PRIVATE_MEMORY, ...(allocator === 'fm' ? ['-x', 'fm', '-X', 'fm'] : [])];
    const place = ['-l', `udp:${target}`, '-n', String(workers), '-P', join(folder, 'pid'), '-Y', folder];
    const args = [
      '-f',
      CONFIGURATION,
      '-DD',
      '-E',
      ...place,
      ...memory,
      ...defines.flatMap((define) => ['-A', define]),
    ];
    const program = new Program('kamailio', args, { core: 0 });
    const server = new Kamailio({ target, gateways, program, folder, database });
    try {
      await program.until(() => answers(target));
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pids(): number[] {
    return [this.#program.pid, ...(this.#database ? [this.#database.pid] : [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop('SIGTERM');
    await this.#database?.[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The same for every Kamailio. */
export function kamailioUsers(): User[] {
  return Array.from({ length: USERS }, (_, user) => ({
    username: `user${user}`,
    password: `secret-${user}`,
    host: REALM,
  }));
}

/** HA1 of RFC 7616 with MD5, which is what both of Kamailio's stores hold. */
export function ha1Of({ username, password }: User): string {
  return createHash('md5').update(`${username}:${REALM}:${password}`).digest('hex');
}

/** Writes the credentials as a table of db_text, from which the htable is filled. */
function memoryDefines(folder: string): string[] {
  const rows = kamailioUsers().map((user) => `${user.username}:0:0:${ha1Of(user)}:0\n`);
  const head = 'key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n';
  writeFileSync(join(folder, 'ha1'), head + rows.join(''));
  return [`USERS_FOLDER="text://${folder}"`];
}

/** Whether an OPTIONS is answered within 100 ms. */
async function answers(target: string): Promise<boolean> {
  const socket = await openSocket('127.0.0.1', 0);
  try {
    await connect(socket, readEndpoint(target));
    const { port } = socket.address();
    socket.send(
      `OPTIONS sip:${REALM} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKready;rport\r\nMax-Forwards: 70\r\n` +
        `From: <sip:bench@${REALM}>;tag=1\r\nTo: <sip:${REALM}>\r\nCall-ID: ready\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), 100);
      const settle = (answered: boolean) => (): void => {
        clearTimeout(timer);
        resolve(answered);
      };
      socket.once('message', settle(true));
      socket.once('error', settle(false));
    });
  } finally {
    socket.close();
  }
}
