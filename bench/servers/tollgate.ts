import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import {
  ChimeSDKVoiceClient,
  CreateVoiceConnectorCommand,
  PutVoiceConnectorTerminationCommand,
  PutVoiceConnectorTerminationCredentialsCommand,
} from '@aws-sdk/client-chime-sdk-voice';
import type { User } from '../load/digest.ts';
import type { Keys } from '../load/sign.ts';
import { Program, type Core } from '../measure/program.ts';
import { freeGateways } from './ports.ts';
import { USERS, type SipServer } from './sip-server.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/tollgate');

/** What `npm start` gives Node. */
const LAUNCH_FLAGS = ['--max-semi-space-size=8'];

/** The last line of the banner: by then every listener is open. */
const LAST_LINE = /^ {2}clients/m;

/** Most calls a second that the vendor lets a trunk have. */
const CALLS_PER_SECOND = 256;

/** What the load comes from: the one entry of each trunk's source list, so that there are as many entries as trunks. */
const LOOPBACK = '127.0.0.0/27';

/** Most credentials that the vendor lets a trunk have: 10,000 users make 1,000 trunks, where 200 were asked for. */
const USERS_OF_TRUNK = 10;

/** Provisioning requests at once. */
const LANES = 8;

export interface TollgateOptions {
  /** Digest algorithms as `--digest-algorithms` takes them; MD5 alone is what the peers know. */
  readonly algorithms?: string;
  readonly users?: number;
  /** Keep the data of an earlier one, with its users, and provision nothing. */
  readonly earlier?: Tollgate | null;
  /** Folder for a profile of the CPU, written when it stops; null takes none. */
  readonly profile?: string | null;
  /** Further flags of `tollgate start`. */
  readonly flags?: readonly string[];
  /** The core that it runs on, the first one when absent; null: on all. */
  readonly core?: Core | null;
  /** URL of a module that each of its threads reads before all else; null reads none. */
  readonly preload?: string | null;
}

/** A gate as `npm start` runs it, with everything on that is on by default. */
export class Tollgate implements SipServer {
  readonly data: string;
  readonly gateways: readonly string[];
  users: readonly User[] = [];
  /** Ids of its Voice Connectors. */
  connectors: readonly string[] = [];
  /** Milliseconds from its launch until all listeners were open. */
  readyAfter = 0;
  readonly #program: Program;
  readonly #keepsData: boolean;

  private constructor(
    program: Program,
    { data, gateways, keepsData }: { data: string; gateways: readonly string[]; keepsData: boolean },
  ) {
    this.#program = program;
    this.data = data;
    this.gateways = gateways;
    this.#keepsData = keepsData;
  }

  /** Resolves when it is provisioned through its API and ready for calls. */
  static async start(options: TollgateOptions = {}): Promise<Tollgate> {
    const { algorithms = 'MD5', users = USERS, flags = [], profile = null, earlier = null, core = 0 } = options;
    const { preload = null } = options;
    const data = earlier?.data ?? mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
    const gateways = await freeGateways();
    const carriers = gateways.map((gateway) => `sip:${gateway}`).join();
    const sip = 'udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0';
    const listeners = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--sip', sip];
    const own = ['--data', data, '--carriers', carriers, '--digest-algorithms', algorithms, ...flags];
    const preloading = preload === null ? [] : [`--import=${preload}`];
    const command = [...LAUNCH_FLAGS, ...preloading, ...profiling(profile), LAUNCHER, 'start', ...listeners, ...own];
    const program = new Program(process.execPath, command, { core });
    const gate = new Tollgate(program, {
      data,
      gateways,
      keepsData: earlier !== null,
    });
    try {
      gate.readyAfter = await program.printing(LAST_LINE);
      if (earlier) [gate.users, gate.connectors] = [earlier.users, earlier.connectors];
      else await gate.#provision(users);
      return gate;
    } catch (error) {
      await gate[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pids(): number[] {
    return [this.#program.pid];
  }

  get target(): string {
    return this.#find(/udp:(127\.0\.0\.1:\d+)/);
  }

  get http(): string {
    return this.#find(/(http:\/\/\S+)/);
  }

  /** What requests to its control API are signed with. */
  get keys(): Keys {
    const variables = parseEnv(readFileSync(join(this.data, 'credentials.env'), 'utf8'));
    return {
      id: variables['TOLLGATE_AWS_ACCESS_KEY_ID'] ?? '',
      secret: variables['TOLLGATE_AWS_SECRET_ACCESS_KEY'] ?? '',
    };
  }

  /** Its banner and its log so far. */
  get printed(): string {
    return this.#program.printed;
  }

  /** Ends it in order, so that it writes its profile. */
  stop(): Promise<void> {
    return this.#program.stop('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.stop('SIGKILL');
    if (!this.#keepsData) rmSync(this.data, { recursive: true, force: true });
  }

  #find(pattern: RegExp): string {
    const found = pattern.exec(this.#program.printed)?.[1];
    if (found === undefined) throw new Error(`the banner does not show ${pattern}`);
    return found;
  }

  async #provision(users: number): Promise<void> {
    const { id, secret } = this.keys;
    const client = new ChimeSDKVoiceClient({
      endpoint: this.http,
      region: 'us-east-1',
      credentials: { accessKeyId: id, secretAccessKey: secret },
    });
    const made: { id: string; users: User[] }[] = [];
    const trunks = Math.ceil(users / USERS_OF_TRUNK);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < trunks) {
        const trunk = next;
        next += 1;
        made[trunk] = await openTrunk(client, trunk);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    client.destroy();
    this.connectors = made.map((trunk) => trunk.id);
    // Calls of one trunk lie far apart, so that none exceeds its calls a second.
    this.users = Array.from({ length: USERS_OF_TRUNK }, (_, row) =>
      made.flatMap((trunk) => trunk.users[row] ?? []),
    ).flat();
  }
}

function profiling(folder: string | null): string[] {
  return folder === null ? [] : ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`];
}

async function openTrunk(client: ChimeSDKVoiceClient, trunk: number): Promise<{ id: string; users: User[] }> {
  const { VoiceConnector } = await client.send(
    new CreateVoiceConnectorCommand({ Name: `trunk${trunk}`, RequireEncryption: false }),
  );
  const { VoiceConnectorId = '', OutboundHostName = '' } = VoiceConnector ?? {};
  await client.send(
    new PutVoiceConnectorTerminationCommand({
      VoiceConnectorId,
      Termination: { CidrAllowedList: [LOOPBACK], CallingRegions: ['US'], CpsLimit: CALLS_PER_SECOND },
    }),
  );
  const credentials = Array.from({ length: USERS_OF_TRUNK }, (_, user) => ({
    Username: `user${trunk}x${user}`,
    Password: `secret-${trunk}-${user}`,
  }));
  await client.send(new PutVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId, Credentials: credentials }));
  return {
    id: VoiceConnectorId,
    users: credentials.map(({ Username, Password }) => ({
      username: Username,
      password: Password,
      host: OutboundHostName,
    })),
  };
}
