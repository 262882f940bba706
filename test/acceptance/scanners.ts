// The scanning tools of Debian's sipvicious against a gate. By hand (Linux, as root):
//   node test/acceptance/scanners.ts [--listed] [--output]
// --listed: only from an address on the list of the trunk; --output: with what the tools print.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutVoiceConnectorTerminationCredentialsCommand } from '@aws-sdk/client-chime-sdk-voice';
import { createConnector, permit } from '../support/connector.ts';
import { run, TestGate, tollgate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import type { Address } from '../torture/replay.ts';
import { ATTACKER, enterPrivateNetwork, GATE, HONEST } from './private-network.ts';
import { Telephone } from './telephone.ts';

/** An extension among those that are asked for, and a password among those that are tried. */
const EXTENSION = '1050';
const PASSWORD = 'welcome1050';
const WORDS = 300;
/** Its place among the words: late enough that a limit of guesses can work. */
const PLACE = 150;

/** Calls of the honest user while a tool runs. */
const CALLS_A_SECOND = 5;

/** Datagrams of one tool that are passed on: svcrack asks for ever where it is refused and never challenged. */
const MOST_SENT = 600;

/** Milliseconds that a tool may take. */
const LONGEST = 90_000;

/** Requests in a row without an answer that are silence. */
const SILENCE = 10;

/** What a tool got from the gate. */
export interface Attack {
  readonly tool: string;
  /** Names or passwords that the tool reported as found. */
  readonly found: boolean;
  readonly output: string;
  /** Its requests, those of them with a guess of a password, and the answers. */
  readonly sent: number;
  readonly guesses: number;
  readonly answered: number;
  /** Whether the gate did not answer its last requests. */
  readonly silenced: boolean;
  /** Ended by us: it would have gone on. */
  readonly endless: boolean;
  /** Why the source is banned after it; null when it is not. */
  readonly ban: string | null;
  readonly honestCalls: number;
  readonly honestFailed: number;
}

interface Scene {
  readonly gate: TestGate;
  readonly target: Address;
  readonly attacker: string;
  readonly honest: Telephone;
  readonly host: string;
}

/** Tools as they come, and as an attacker uses them who knows better than to call himself by their name. */
const TOOLS: readonly { name: string; disguised?: boolean; args: (words: string, host: string) => string[] }[] = [
  { name: 'svmap', args: () => [] },
  { name: 'svmap', disguised: true, args: () => ['-m', 'INVITE', '-e', EXTENSION] },
  ...(['REGISTER', 'OPTIONS', 'INVITE'] as const).flatMap((method) =>
    [false, true].map((disguised) => ({
      name: 'svwar',
      disguised,
      args: (_words: string, host: string) => [
        '--force',
        '--maximumtime',
        '3',
        '-m',
        method,
        '-e',
        '1000-1099',
        '--domain',
        host,
      ],
    })),
  ),
  ...(['REGISTER', 'INVITE'] as const).flatMap((method) =>
    [false, true].map((disguised) => ({
      name: 'svcrack',
      disguised,
      args: (words: string, host: string) => {
        const uri = method === 'INVITE' ? ['--requesturi', `sip:+12065550100@${host}`] : [];
        return ['--maximumtime', '3', '-u', EXTENSION, '-d', words, '-m', method, '--domain', host, ...uri];
      },
    })),
  ),
];

/** Runs every tool; the ban that one earned is lifted before the next. */
export async function* attack(
  { gate, target, attacker, honest, host }: Scene,
  isMeant: (name: string, disguised: boolean, method: string) => boolean = () => true,
): AsyncGenerator<Attack> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-scan-'));
  try {
    const words = join(folder, 'words');
    const list = Array.from({ length: WORDS }, (_, index) => (index === PLACE ? PASSWORD : `guess${index}`));
    writeFileSync(words, `${list.join('\n')}\n`);
    for (const { name, disguised = false, args } of TOOLS) {
      const flags = args(words, host);
      if (!isMeant(name, disguised, flags[flags.indexOf('-m') + 1] ?? '')) continue;
      // The tools take an address to send from, and do not keep to it.
      await using door = await Door.open(attacker, target, disguised);
      const { address, port } = door;
      const bound = ['-x', attacker, '-P', String(await freePort(attacker)), '-p', String(port)];
      let over = false;
      const calls = callUntil(honest, () => over);
      const { code, stdout, stderr } = await run(name, [...bound, ...flags, address], { HOME: folder }, LONGEST);
      over = true;
      const results = await calls;
      const { bans } = (await gate.api('GET', '/bans')) as { bans: { source: string; reason: string }[] };
      const ban = bans.find(({ source }) => source === attacker)?.reason ?? null;
      if (ban !== null) await tollgate('bans', '--lift', attacker, '--api', gate.http, '--data', gate.data);
      const output = `${stdout}${stderr}`;
      yield {
        tool: [name, ...flags, disguised ? '(disguised)' : ''].join(' ').replace(words, 'words'),
        found: isFound(name, output),
        output,
        ...door.count,
        endless: code === null || door.count.sent >= MOST_SENT,
        ban,
        honestCalls: results.length,
        honestFailed: results.filter((good) => !good).length,
      };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The tools report in a table: of devices, of extensions, or of passwords. A device is no secret: it answers. */
function isFound(name: string, output: string): boolean {
  return name !== 'svmap' && new RegExp(`\\| *${EXTENSION} *\\|`).test(output);
}

async function callUntil(honest: Telephone, over: () => boolean): Promise<boolean[]> {
  const results: boolean[] = [];
  while (results.length < CALLS_A_SECOND || !over()) {
    const { status, ended } = await honest.call(1000 / CALLS_A_SECOND);
    results.push(status === 200 && ended === 200);
  }
  return results;
}

/** Passes a tool's datagrams on from the attacker's address, in disguise under the name of a telephone. */
class Door implements AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly #sockets: readonly Socket[];
  #sent = 0;
  #guesses = 0;
  #answered = 0;
  /** Requests since the last answer. */
  #unanswered = 0;

  private constructor(front: Socket, back: Socket, to: Address, disguised: boolean) {
    this.#sockets = [front, back];
    ({ address: this.address, port: this.port } = front.address());
    let tool: Address | null = null;
    front.on('message', (bytes, sender) => {
      tool = sender;
      if (this.#sent >= MOST_SENT) return;
      const text = bytes.toString('latin1');
      if (!text.startsWith('ACK')) {
        this.#sent += 1;
        this.#unanswered += 1;
        if (/^(?:Proxy-)?Authorization:/im.test(text)) this.#guesses += 1;
      }
      const sent = disguised ? text.replaceAll('friendly-scanner', 'Yealink SIP-T46S') : text;
      back.send(Buffer.from(sent, 'latin1'), to.port, to.address);
    });
    back.on('message', (bytes) => {
      this.#answered += 1;
      this.#unanswered = 0;
      if (tool) front.send(bytes, tool.port, tool.address);
    });
  }

  /** What passed. */
  get count(): Pick<Attack, 'sent' | 'guesses' | 'answered' | 'silenced'> {
    const silenced = this.#answered === 0 || this.#unanswered >= SILENCE;
    return { sent: this.#sent, guesses: this.#guesses, answered: this.#answered, silenced };
  }

  static async open(address: string, to: Address, disguised: boolean): Promise<Door> {
    const sockets = [0, 0].map((port) => createSocket('udp4').bind(port, address));
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    const [front, back] = sockets as [Socket, Socket];
    return new Door(front, back, to, disguised);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#sockets.map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.close();
    await Promise.all(closed);
  }
}

/** The tools know MD5 alone, and crash on anything else. */
export function startMd5Gate(flags: string[] = []): Promise<TestGate> {
  return TestGate.start({ flags: ['--digest-algorithms', 'MD5', ...flags] });
}

/** A trunk whose user has the weak password; calls from these blocks may use it. */
export async function openWeakTrunk(gate: TestGate, blocks: string[]): Promise<string> {
  const client = gate.voiceClient();
  const { id, host } = await createConnector(client);
  await permit(client, id, blocks);
  const Credentials = [{ Username: EXTENSION, Password: PASSWORD }];
  await client.send(new PutVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId: id, Credentials }));
  return host;
}

/** The user of that trunk. */
export function openHonest(address: string, target: Address, host: string): Promise<Telephone> {
  return Telephone.open(address, { gate: target, host, user: EXTENSION, password: PASSWORD });
}

/** In words. */
function verdictOf({ found, ban, silenced, answered, guesses, endless, honestFailed }: Omit<Attack, 'output'>): string {
  if (found || honestFailed > 0) return 'FAILED';
  const quiet = answered === 0 ? 'never answered' : silenced ? 'silenced' : 'answered, and told nothing';
  const fate = ban === null ? quiet : `banned (${ban})`;
  return `nothing found after ${guesses} guesses; ${fate}${endless ? '; would ask for ever, ended by us' : ''}`;
}

async function main(): Promise<void> {
  enterPrivateNetwork();
  for (const listed of process.argv.includes('--listed') ? [true] : [false, true]) {
    const port = await freePort(GATE);
    const sip = `udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0,udp:${GATE}:${port},tcp:${GATE}:${port}`;
    await using gate = await startMd5Gate(['--sip', sip]);
    const host = await openWeakTrunk(gate, [`${HONEST}/32`, ...(listed ? [`${ATTACKER}/32`] : [])]);
    const target = { address: GATE, port };
    await using honest = await openHonest(HONEST, target, host);
    console.log(listed ? '\nThe attacker is on the list of the trunk:' : 'The attacker is a stranger:');
    for await (const { output, ...result } of attack({ gate, target, attacker: ATTACKER, honest, host })) {
      console.log(`${JSON.stringify(result)}\n  ${verdictOf(result)}`);
      if (process.argv.includes('--output')) console.log(output);
    }
    console.log((await tollgate('bans', '--api', gate.http, '--data', gate.data)).stdout);
  }
}

if (import.meta.main) await main();
