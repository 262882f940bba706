// Installs what a command needs and is missing. Runs on the system's Node 20, before anything is installed.
//   node scripts/setup.mjs runtime | development | bench | test
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stage = process.argv[2] ?? 'runtime';

installPackages(stage === 'runtime' ? 'runtime' : 'development');
if (stage === 'test') installPeers();
if (stage !== 'development') {
  addon();
  bundle();
}

/** Brings node_modules to what package-lock.json says; does nothing when it is there already. */
function installPackages(wanted) {
  const marker = join(root, 'node_modules', '.tollgate');
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : '';
  if (installed === `${hash} development` || installed === `${hash} ${wanted}`) return;
  console.error(`tollgate: installing ${wanted} packages (once)…`);
  // NODE_ENV=production would leave out the development packages.
  const env = { ...process.env, NODE_ENV: '' };
  // "ci" begins by deleting, which a gate that runs from this folder would not survive.
  const begin = existsSync(join(root, 'node_modules')) ? ['install', '--no-save'] : ['ci'];
  const flags = [...begin, '--no-audit', '--no-fund', '--loglevel=error'];
  if (wanted === 'runtime') flags.push('--omit=dev');
  const npm = process.env.npm_execpath;
  const options = { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] };
  if (npm?.endsWith('.js')) execFileSync(process.execPath, [npm, ...flags], options);
  else
    execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', flags, {
      ...options,
      shell: process.platform === 'win32',
    });
  writeFileSync(marker, `${hash} ${wanted}`);
}

/** Makes the addon that takes datagrams in batches, where there is a C compiler. */
function addon() {
  const { status } = run('scripts/native.mjs', 'inherit');
  if (status !== 0) console.error('tollgate: takes datagrams one at a time');
}

/** Makes the bundle that the launcher starts from; without it the program runs from its sources, which takes it longer. */
function bundle() {
  const { status, stderr } = run('scripts/bundle.mjs', 'pipe');
  if (status !== 0) console.error(`tollgate: starts from its sources, for they could not be bundled: ${stderr}`);
}

/** Runs a script on the Node that was installed. */
function run(script, stderr) {
  const windows = process.platform === 'win32';
  const node = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
  return spawnSync(node, [script], { cwd: root, stdio: ['ignore', 'ignore', stderr], shell: windows });
}

/** The real SIP and AWS clients, and the scanner, that the tests drive, from Debian's own packages. */
function installPeers() {
  const peers = {
    '/usr/bin/sipp': 'sip-tester',
    '/usr/bin/linphonec': 'linphone-cli',
    '/usr/bin/aws': 'awscli',
    '/usr/bin/svcrack': 'sipvicious',
    '/usr/bin/espeak-ng': 'espeak-ng',
    '/usr/lib/python3/dist-packages/twilio/__init__.py': 'python3-twilio',
    '/usr/lib/python3/dist-packages/requests/__init__.py': 'python3-requests',
  };
  const missing = Object.entries(peers)
    .filter(([file]) => !existsSync(file))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    console.error(`tollgate: the tests need ${missing.join(', ')}; install them, or run as root on Debian`);
    process.exit(1);
  }
  console.error(`tollgate: installing ${missing.join(', ')} (once)…`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
}
