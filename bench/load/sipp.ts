import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuOf, treeOf } from '../measure/process.ts';
import { Program } from '../measure/program.ts';
import type { SipServer } from '../servers/sip-server.ts';
import { freeUdpPort, isBound } from '../servers/ports.ts';
import { readEndpoint } from './sockets.ts';

const SCENARIOS = join(import.meta.dirname, '../servers/sipp');

/** Milliseconds that SIPp may take beyond its calls. */
const SPARE = 40_000;

/** What SIPp saw. */
export interface SippResult {
  readonly completed: number;
  readonly failed: number;
  readonly repeated: number;
  /** Microseconds of the server's CPU for each call, start and end included. */
  readonly cpuMicros: number;
}

/** Full authenticated calls by SIPp, an independent client: `rate` a second, `rate * seconds` in all. */
export async function runSipp(server: SipServer, rate: number, seconds: number): Promise<SippResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const [gateway = ''] = server.gateways;
  const { address, port } = readEndpoint(gateway);
  const common = ['-nostdin', '-watchdog_interval', '0', '-timeout_error', '-timeout', `${seconds * 2 + 20}s`];
  const users = join(folder, 'users.csv');
  const lines = server.users.map(
    (user) => `[authentication username=${user.username} password=${user.password}];${user.host}\n`,
  );
  writeFileSync(users, `SEQUENTIAL\n${lines.join('')}`);
  const statistics = join(folder, 'statistics.csv');
  const uas = ['-sf', join(SCENARIOS, 'uas.xml'), '-i', address, '-p', String(port), ...common];
  const calls = Math.round(rate * seconds);
  const limits = ['-r', String(rate), '-m', String(calls), '-l', String(rate * 4)];
  const trace = ['-trace_stat', '-stf', statistics, '-fd', '1'];
  const uac = [
    '-sf',
    join(SCENARIOS, 'uac.xml'),
    '-i',
    '127.0.0.1',
    '-p',
    String(await freeUdpPort()),
    '-inf',
    users,
    ...limits,
    ...trace,
    ...common,
    server.target,
  ];
  await using answering = new Program('sipp', uas, { core: 1, cwd: folder });
  try {
    await answering.until(() => isBound(port));
    const pids = server.pids.flatMap(treeOf);
    const before = cpuOf(pids);
    const calling = new Program('sipp', uac, { core: 1, cwd: folder });
    // 1: some call failed, which is counted.
    await calling.finish(seconds * 1000 + SPARE, [0, 1]);
    const column = readStatistics(statistics);
    const completed = column('SuccessfulCall(C)');
    return {
      completed,
      failed: column('FailedCall(C)'),
      repeated: column('Retransmissions(C)'),
      cpuMicros: (cpuOf(pids) - before) / 1000 / Math.max(completed, 1),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last line of SIPp's statistics, by the names of its columns. */
function readStatistics(file: string): (name: string) => number {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const names = (lines[0] ?? '').split(';');
  const values = (lines.at(-1) ?? '').split(';');
  return (name) => Number(values[names.indexOf(name)] ?? 0);
}
