import { Command, CommanderError } from 'commander';
import { allowOptimizing } from '../kit/heap.ts';
import { readVersion } from '../kit/version.ts';
import { SettingsError } from '../settings/settings.ts';

/** Each command's file is loaded only when it is asked for, so that none slows another down. */
const COMMANDS: Readonly<Record<string, () => Promise<{ register: (program: Command) => void }>>> = {
  start: () => import('./start.ts'),
  env: () => import('./env.ts'),
  call: () => import('./call.ts'),
  explain: () => import('./explain.ts'),
  impact: () => import('./impact.ts'),
  bans: () => import('./bans.ts'),
  spending: () => import('./spending.ts'),
};

/** Exit codes that scripts can rely on. */
const FAILURE = 1;
const USAGE_ERROR = 2;

/** Runs the command line. The process ends with 0 when done, 1 when it failed, 2 when used wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('tollgate')
    .description('A self-hosted gate for telephone calls.')
    .version(readVersion(), '-V, --version', 'print the version')
    .exitOverride();
  const [name = ''] = argv;
  const named = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const modules = await Promise.all((named ? [named] : Object.values(COMMANDS)).map((load) => load()));
  for (const { register } of modules) register(program);
  // The gate does so when it is open.
  if (argv[0] !== 'start') allowOptimizing();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    // What a failed command left open must not keep the process alive.
    process.exit(report(error));
  }
}

function report(error: unknown): number {
  // Commander has printed its message already; help and version end this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  console.error(`tollgate: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof SettingsError ? USAGE_ERROR : FAILURE;
}
