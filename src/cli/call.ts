import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import type { Command } from 'commander';
import type { Credentials } from '../exchange/credentials.ts';
import { localAddressTowards } from '../exchange/local-address.ts';
import { placeCall, type CallReport } from '../exchange/place-call.ts';
import { UserAgent } from '../exchange/user-agent.ts';
import { systemClock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { parseUri } from '../sip/uri.ts';
import { ApiError, postToGate } from './api.ts';
import { addCallOptions, PASSWORD_VARIABLE, TEST_CALLER, type CallFlags } from './call-options.ts';
import { describeEntry, describeReport } from './call-text.ts';
import { visibleJson } from './visible.ts';

/** Exit codes by outcome; usage errors end with 2. */
const EXIT = { answered: 0, refused: 1, unanswered: 3, cancelled: 3, failed: 3 } as const;

/** `tollgate call`: places a real call and prints its ladder. */
export function register(program: Command): void {
  const command = program.command('call').description('place a real call through the gate and print its ladder');
  addCallOptions(command).action((flags: CallFlags) => call(flags, command));
}

async function call(flags: CallFlags, command: Command): Promise<void> {
  if (parseUri(flags.to)?.scheme === 'tel' && !flags.asCarrier)
    command.error('error: a tel: number is called with --as-carrier; through the gate it is sip:+1…@HOST');
  const report = flags.asCarrier ? await callAsCarrier(flags) : await callThroughProxy(flags, command);
  if (report) console.log(flags.json ? visibleJson(report) : describeReport(report));
  process.exitCode = EXIT[report?.outcome ?? 'failed'];
}

/** Has the exchange of the running gate place the call. */
async function callAsCarrier({ to, from, hold, json, api, data }: CallFlags): Promise<CallReport | undefined> {
  const wanted = { to, ...(from !== undefined && { from }), holdSeconds: hold };
  try {
    const report = (await postToGate('/tollgate/v1/exchange/calls', wanted, { api, data })) as CallReport;
    if (!json) for (const entry of report.ladder) console.log(describeEntry(entry));
    return report;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return giveUp(error);
  }
}

async function callThroughProxy(flags: CallFlags, command: Command): Promise<CallReport | undefined> {
  const { to, from, via, hold, timeout, json, insecure = false, srtp = false } = flags;
  const credentials = readCredentials(flags, command);
  if (via.transport === 'tls' && !insecure) trustAuthority(flags, command);
  let address: string;
  let agent: UserAgent;
  try {
    ({ address } = await lookup(via.host));
    const own = flags.bind ?? (await localAddressTowards({ address, port: via.port }));
    agent = await UserAgent.open({ address: own, port: 0, clock: systemClock });
  } catch (error) {
    return giveUp(error as Error);
  }
  const { transport, host, port } = via;
  const placed = placeCall(agent, {
    uri: to,
    from: from ?? `sip:${TEST_CALLER}@${hostOf(to)}`,
    flow: agent.flowToPeer({ transport, address, port, serverName: host, rejectUnauthorized: !insecure }),
    credentials,
    encrypted: srtp,
    hold: hold * 1000,
    patience: timeout * 1000,
    onEntry: json ? undefined : (entry) => console.log(describeEntry(entry)),
  });
  const interrupt = (): void => placed.end();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const report = await placed.report;
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  await agent.close();
  return report;
}

function giveUp({ message }: Error): undefined {
  console.error(`tollgate call: ${message}`);
}

function readCredentials({ user, password, algorithm }: CallFlags, command: Command): Credentials | undefined {
  const secret = password ?? process.env[PASSWORD_VARIABLE];
  if (user === undefined) {
    if (password !== undefined) command.error('error: --password needs --user');
    return undefined;
  }
  if (secret === undefined) command.error(`error: --user needs ${PASSWORD_VARIABLE} in the environment, or --password`);
  return { username: user, password: secret, algorithm };
}

/** The gate's own authority in place of the well-known ones; those stay when it has none and none was asked for. */
function trustAuthority({ ca, data }: CallFlags, command: Command): void {
  const file = ca ?? join(data ?? process.env['TOLLGATE_DATA'] ?? './data', 'tls', 'ca.pem');
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch {
    if (ca !== undefined) command.error(`error: --ca ${ca} cannot be read`);
    return;
  }
  try {
    setDefaultCACertificates([pem]);
  } catch {
    command.error(`error: ${file} holds no certificate`);
  }
}

/** Host and port of a URI as written there. */
function hostOf(uri: string): string {
  const { host = '', port } = parseUri(uri) ?? {};
  if (port !== undefined) return hostPort(host, port);
  return host.includes(':') ? `[${host}]` : host;
}
