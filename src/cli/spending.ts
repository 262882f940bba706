import type { Command } from 'commander';
import { ApiError, deleteFromGate, getFromGate, type ApiOptions } from './api.ts';
import { visible, visibleJson } from './visible.ts';

interface SpendingFlags extends ApiOptions {
  readonly lift?: string;
  readonly user?: string;
  readonly json?: boolean;
}

/** What a trunk or a user has called, as the gate tells it. */
interface ListedSpender {
  readonly trunk: string;
  readonly user: string | null;
  readonly callsUp: number;
  readonly measures: readonly {
    readonly measure: string;
    readonly used: number;
    readonly limit: number | null;
    readonly state: string;
  }[];
}

/** What the gate answers. */
interface Listed {
  /** By measure; empty where nothing is limited. */
  readonly limits: { readonly trunk: object; readonly user: object };
  readonly spenders: readonly ListedSpender[];
}

/** `tollgate spending`: what trunks and users have called, and the way to let one call on. */
export function register(program: Command): void {
  program
    .command('spending')
    .description('list what trunks and their users have called today, or let one that reached a limit call on')
    .option('--lift <trunk>', 'count this trunk from nothing again')
    .option('--user <name>', 'with --lift: this user of the trunk, in place of the trunk itself')
    .option('--json', 'print the whole answer')
    .option('--api <url>', "the gate's HTTP address (TOLLGATE_API; default http://127.0.0.1:8080)")
    .option('--data <folder>', "the gate's data folder, for the admin token (TOLLGATE_DATA; default ./data)")
    .addHelpText('after', '\nExit code: 0 done, 2 usage or nobody by this name, 3 no gate answers.')
    .action((flags: SpendingFlags) => spending(flags));
}

async function spending({ lift, user, json = false, api, data }: SpendingFlags): Promise<void> {
  try {
    if (lift !== undefined) {
      const query = user === undefined ? '' : `?user=${encodeURIComponent(user)}`;
      await deleteFromGate(`/tollgate/v1/spending/${encodeURIComponent(lift)}${query}`, { api, data });
      console.log(`${user === undefined ? lift : `${user} of ${lift}`} is counted from nothing again`);
      return;
    }
    const answer = (await getFromGate('/tollgate/v1/spending', { api, data })) as Listed;
    console.log(json ? visibleJson(answer) : describe(answer));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(`tollgate spending: ${error.message}`);
    process.exitCode = error.refused ? 2 : 3;
  }
}

function describe({ limits, spenders }: Listed): string {
  const limited = Object.keys({ ...limits.trunk, ...limits.user }).length > 0;
  if (!limited) return 'nothing is counted, because nothing is limited: --trunk-limits and --user-limits set limits';
  if (spenders.length === 0) return 'nobody has called today';
  return spenders
    .map(({ trunk, user, callsUp, measures }) => {
      const used = measures
        .filter((measure) => measure.used > 0 || measure.limit !== null)
        .map(({ measure, used: count, limit, state }) => {
          const most = limit === null ? '' : `/${limit}`;
          return `${measure} ${count}${most}${state === 'warning' || state === 'stopped' ? ` (${state})` : ''}`;
        });
      return visible(`${user === null ? trunk : `${trunk} ${user}`}: ${callsUp} up, ${used.join(', ')}`);
    })
    .join('\n');
}
