import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Program } from '../../measure/program.ts';
import { freeTcpPort } from '../ports.ts';

const DATABASE = 'bench';
const ROLE = 'bench';

/** A private cluster of Debian's PostgreSQL on loopback, with its defaults; it is gone when it ends. */
export class Postgres implements AsyncDisposable {
  readonly url: string;
  readonly #program: Program;
  readonly #folder: string;

  private constructor(url: string, program: Program, folder: string) {
    this.url = url;
    this.#program = program;
    this.#folder = folder;
  }

  /** Resolves when `sql` has been run in a database of its own. */
  static async start(sql: string): Promise<Postgres> {
    const programs = binaries();
    const owner = ownerOfCluster();
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
    if (owner) chownSync(folder, owner.uid, owner.gid);
    const cluster = join(folder, 'cluster');
    const port = await freeTcpPort();
    const run = { ...owner, cwd: folder };
    execFileSync(join(programs, 'initdb'), ['-D', cluster, '-U', ROLE, '-A', 'trust', '--no-sync'], {
      ...run,
      stdio: 'ignore',
    });
    const flags = ['-D', cluster, '-h', '127.0.0.1', '-p', String(port), '-k', folder];
    const program = new Program(join(programs, 'postgres'), flags, { core: 0, ...run });
    const server = new Postgres(`postgres://${ROLE}@127.0.0.1:${port}/${DATABASE}`, program, folder);
    try {
      await program.until(() => isReady(programs, port));
      const psql = (database: string, input: string): Buffer =>
        execFileSync(
          join(programs, 'psql'),
          ['-q', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', String(port), '-U', ROLE, '-d', database],
          { ...run, input, stdio: ['pipe', 'ignore', 'inherit'] },
        );
      psql('postgres', `CREATE DATABASE ${DATABASE}`);
      psql(DATABASE, sql);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#program.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Fast shutdown: ends what is connected.
    await this.#program.stop('SIGINT');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Debian keeps the server's programs out of the path, by version. */
function binaries(): string {
  const found = globSync('/usr/lib/postgresql/*/bin/initdb').sort().at(-1);
  if (found === undefined) throw new Error('PostgreSQL is not installed');
  return dirname(found);
}

/** PostgreSQL refuses to run as root; Debian makes a user for it. */
function ownerOfCluster(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const line = existsSync('/etc/passwd')
    ? /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
    : null;
  if (!line) throw new Error('there is no user postgres');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

function isReady(programs: string, port: number): boolean {
  try {
    execFileSync(join(programs, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
