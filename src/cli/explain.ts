import type { Command } from 'commander';
import { hostPort } from '../kit/ip.ts';
import { ApiError, getFromGate, postToGate, type ApiOptions } from './api.ts';
import { visible, visibleJson } from './visible.ts';

interface ExplainFlags extends ApiOptions {
  readonly to?: string;
  readonly decision?: string;
  readonly from?: string;
  readonly source: string;
  readonly user?: string;
  readonly transport?: string;
  readonly asCarrier?: boolean;
  readonly json?: boolean;
}

/** The part of a Decision that is printed. */
interface Explained {
  readonly verdict: string;
  readonly reason: string;
  readonly status: number;
  readonly revision: number;
  readonly trunk: string | null;
  readonly targets: readonly {
    readonly user: string;
    readonly route: { readonly host: string; readonly port: number | null } | null;
  }[];
  readonly trace: readonly {
    readonly check: string;
    readonly outcome: string;
    readonly detail: string;
    readonly rule?: { readonly resource: string; readonly field: string };
    readonly remedy?: string;
  }[];
}

const MARKS: Readonly<Record<string, string>> = { pass: '✓', skip: '·', challenge: '?', refuse: '✗' };

/** `tollgate explain`: the decision that a call would get, without placing it. */
export function register(program: Command): void {
  program
    .command('explain')
    .description('say whether a call would pass, and which rule decides it, without placing it; or why one did not')
    .option('--to <uri>', 'Request-URI, such as sip:+12065550100@HOST')
    .option('--decision <id>', 'a decision that was made: the id from X-Tollgate-Decision or the journal')
    .option('--from <uri>', 'From URI')
    .option('--source <ip>', 'IP address of the sender', '127.0.0.1')
    .option('--user <name>', 'digest user name; its right password is assumed')
    .option('--transport <name>', 'udp, tcp, tls, ws or wss', 'udp')
    .option('--as-carrier', 'judge it as a call from the telephone network')
    .option('--json', 'print the whole Decision')
    .option('--api <url>', "the gate's HTTP address (TOLLGATE_API; default http://127.0.0.1:8080)")
    .option('--data <folder>', "the gate's data folder, for the admin token (TOLLGATE_DATA; default ./data)")
    .addHelpText(
      'after',
      '\nExit code: 0 the call would pass, 1 it would be challenged or refused, 2 usage, 3 no gate answers.',
    )
    .action((flags: ExplainFlags, command: Command) => explain(flags, command));
}

async function explain(flags: ExplainFlags, command: Command): Promise<void> {
  const { api, data, json = false, decision: id, ...query } = flags;
  if ((query.to === undefined) === (id === undefined)) command.error('error: give either --to or --decision');
  let decision: Explained;
  try {
    const answer =
      id === undefined
        ? postToGate('/tollgate/v1/explain', query, { api, data })
        : getFromGate(`/tollgate/v1/decisions/${encodeURIComponent(id)}`, { api, data });
    decision = (await answer) as Explained;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(`tollgate explain: ${error.message}`);
    process.exitCode = error.refused ? 2 : 3;
    return;
  }
  console.log(json ? visibleJson(decision) : describe(decision));
  process.exitCode = decision.verdict === 'admit' ? 0 : 1;
}

function describe(decision: Explained): string {
  const steps = decision.trace.flatMap(({ check, outcome, detail, rule, remedy }) => [
    `  ${MARKS[outcome] ?? ' '} ${check.padEnd(18)} ${detail}`,
    ...(rule && outcome !== 'skip' ? [`${' '.repeat(23)}${rule.resource}, ${rule.field}`] : []),
    ...(remedy === undefined ? [] : [`${' '.repeat(23)}what would do: ${remedy}`]),
  ]);
  const targets = decision.targets.map(({ user, route }) =>
    route ? `  → ${user} at ${hostPort(route.host, route.port)}` : `  → wherever ${user} is registered`,
  );
  const verdict = `${decision.verdict} (${decision.reason}), SIP ${decision.status}, by revision ${decision.revision}`;
  return [decision.trunk ?? 'no trunk', ...steps, ...targets, verdict].map(visible).join('\n');
}
