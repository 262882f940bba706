import type { Command } from 'commander';
import { ApiError, deleteFromGate, getFromGate, type ApiOptions } from './api.ts';
import { visibleJson } from './visible.ts';

interface BansFlags extends ApiOptions {
  readonly lift?: string;
  readonly json?: boolean;
}

/** A ban as the gate tells it. */
interface ListedBan {
  readonly source: string;
  readonly reason: string;
  readonly evidence: number;
  readonly since: string;
  readonly until: string;
}

/** A stranger over UDP that is told no refusals. */
interface ListedSilence {
  readonly source: string;
  readonly refusals: number;
  readonly until: string;
}

interface Answer {
  readonly bans: readonly ListedBan[];
  readonly silenced: readonly ListedSilence[];
}

/** `tollgate bans`: the sources that are not heard, and the way to hear one again. */
export function register(program: Command): void {
  program
    .command('bans')
    .description('list the sources that are banned or silenced, or lift that')
    .option('--lift <address>', 'hear this address again')
    .option('--json', 'print the whole answer')
    .option('--api <url>', "the gate's HTTP address (TOLLGATE_API; default http://127.0.0.1:8080)")
    .option('--data <folder>', "the gate's data folder, for the admin token (TOLLGATE_DATA; default ./data)")
    .addHelpText('after', '\nExit code: 0 done, 2 usage or no such ban, 3 no gate answers.')
    .action((flags: BansFlags) => bans(flags));
}

async function bans({ lift, json = false, api, data }: BansFlags): Promise<void> {
  try {
    if (lift !== undefined) {
      await deleteFromGate(`/tollgate/v1/bans/${encodeURIComponent(lift)}`, { api, data });
      console.log(`${lift} is heard again`);
      return;
    }
    const answer = (await getFromGate('/tollgate/v1/bans', { api, data })) as Answer;
    console.log(json ? visibleJson(answer) : describe(answer));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(`tollgate bans: ${error.message}`);
    process.exitCode = error.refused ? 2 : 3;
  }
}

function describe({ bans: listed, silenced }: Answer): string {
  if (listed.length + silenced.length === 0) return 'nobody is banned';
  return [
    ...listed.map(({ source, reason, evidence, until }) => line(source, reason, evidence, until)),
    ...silenced.map(({ source, refusals, until }) => line(source, 'silenced', refusals, until)),
  ].join('\n');
}

function line(source: string, reason: string, evidence: number, until: string): string {
  return `${source.padEnd(28)} ${reason.padEnd(14)} ${evidence} until ${until}`;
}
