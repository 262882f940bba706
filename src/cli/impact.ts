import type { Command } from 'commander';
import { ApiError, postToGate, type ApiOptions } from './api.ts';
import { visible, visibleJson } from './visible.ts';

interface ImpactFlags extends ApiOptions {
  readonly hours: string;
  readonly candidate: string;
  readonly json?: boolean;
}

/** The parts of a decision that are printed. */
interface ToldDecision {
  readonly verdict: string;
  readonly reason: string;
  readonly status: number;
  readonly trace: readonly {
    readonly check: string;
    readonly outcome: string;
    readonly detail: string;
    readonly rule?: { readonly resource: string; readonly field: string };
  }[];
}

interface ToldImpact {
  readonly since: string;
  readonly calls: number;
  readonly changed: number;
  readonly unknown: number;
  readonly more: boolean;
  readonly list: readonly {
    readonly callId: string;
    readonly at: string;
    readonly source: { readonly address: string };
    readonly from: string;
    readonly to: string;
    readonly before: ToldDecision;
    readonly after: ToldDecision;
  }[];
}

/** `tollgate impact`: what the SBC configuration that is being edited would have made of the calls of late. */
export function register(program: Command): void {
  program
    .command('impact')
    .description('judge the calls of the last hours by the SBC configuration that is not running yet')
    .option('--hours <number>', 'how far to look back', '24')
    .option('--candidate <name>', 'editing, or saved: what activate would put in force', 'editing')
    .option('--json', 'print the whole answer')
    .option('--api <url>', "the gate's HTTP address (TOLLGATE_API; default http://127.0.0.1:8080)")
    .option('--data <folder>', "the gate's data folder, for the admin token (TOLLGATE_DATA; default ./data)")
    .addHelpText('after', '\nExit code: 0 no call would end otherwise, 1 some would, 2 usage, 3 no gate answers.')
    .action((flags: ImpactFlags) => impact(flags));
}

async function impact({ hours, candidate, json = false, api, data }: ImpactFlags): Promise<void> {
  try {
    const query = { hours: Number(hours), candidate };
    const answer = (await postToGate('/tollgate/v1/candidate/impact', query, { api, data })) as ToldImpact;
    console.log(json ? visibleJson(answer) : describe(answer));
    process.exitCode = answer.changed > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    console.error(`tollgate impact: ${error.message}`);
    process.exitCode = error.refused ? 2 : 3;
  }
}

function describe({ since, calls, changed, unknown, more, list }: ToldImpact): string {
  const told = list.flatMap(({ callId, at, source, from, to, before, after }) => [
    '',
    `${at}  ${source.address}  ${from} → ${to}  (${callId})`,
    `  now    ${verdictOf(before)}`,
    `  after  ${verdictOf(after)}`,
    ...decidingStep(after),
  ]);
  const notes = [
    ...(list.length < changed ? [`the newest ${list.length} are shown`] : []),
    ...(unknown > 0 ? [`${unknown} calls cannot be judged anew: the journal has too little of them`] : []),
    ...(more ? ['there were more calls, which were not looked at'] : []),
  ];
  return [`${changed} of ${calls} calls since ${since} would end otherwise`, ...notes, ...told].map(visible).join('\n');
}

function verdictOf({ verdict, reason, status }: ToldDecision): string {
  return `${verdict} (${reason}), SIP ${status}`;
}

/** The step that settled it, which is the last. */
function decidingStep({ trace }: ToldDecision): string[] {
  const last = trace.at(-1);
  if (!last) return [];
  return [`         ${last.check}: ${last.detail}${last.rule ? ` (${last.rule.resource}, ${last.rule.field})` : ''}`];
}
