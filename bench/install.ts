import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's packages with the peers, by a file that is there once they are installed. */
const PACKAGES: Readonly<Record<string, string>> = {
  '/usr/sbin/kamailio': 'kamailio',
  '/usr/lib/x86_64-linux-gnu/kamailio/modules/db_postgres.so': 'kamailio-postgres-modules',
  '/usr/share/postgresql-common/pg_wrapper': 'postgresql',
  '/usr/bin/sipp': 'sip-tester',
  '/usr/lib/python3/dist-packages/flask/__init__.py': 'python3-flask',
};

/** Brings the peers that are missing: Debian's by apt-get, npm's into bench/node_modules. Throws when that fails. */
export function installMissing(say: (text: string) => void): void {
  installPackages(say);
  installDebian(say);
}

function installPackages(say: (text: string) => void): void {
  const folder = import.meta.dirname;
  const marker = join(folder, 'node_modules', '.tollgate-bench');
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  say('installing npm packages into bench/ (once)');
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // NODE_ENV=production changes nothing here, but npm's own variables of an outer run would.
    env: { ...process.env, npm_config_global: 'false', npm_config_local_prefix: folder },
  });
  writeFileSync(marker, lock);
}

function installDebian(say: (text: string) => void): void {
  const missing = Object.entries(PACKAGES)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
    throw new Error(`the benchmark needs ${missing.join(', ')}: install them, or run it as root on Debian`);
  say(`installing ${missing.join(', ')} (once)`);
  const options: ExecFileSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
}
