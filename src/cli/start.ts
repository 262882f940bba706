import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Gate } from '../main.ts';
import { systemClock, type Clock } from '../kit/clock.ts';
import { SETTING_OPTIONS, type Settings } from '../settings/settings.ts';
import { quote } from './env.ts';
import { addSettingOptions, readSettings } from './setting-options.ts';

/** Registers `tollgate start`. */
export function register(program: Command): void {
  addSettingOptions(program.command('start').description('open the gate and serve until told to stop')).action(
    async (flags: Record<string, unknown>) => {
      const settings = await readSettings(flags);
      const { startGate } = await import('../main.ts');
      const gate = await startGate(settings);
      // Exits by itself: a client's half-open connection must not keep a stopped gate alive.
      const end = await serve(gate, settings, { signals: process, clock: systemClock, print: console.log });
      if (end === 'reboot')
        process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
      process.exit(end === 'reboot' ? 0 : end);
    },
  );
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type StopSignal = (typeof STOP_SIGNALS)[number];

/** A terminal and the programs above us send the same Ctrl-C each; only a later signal means "now". */
const IMPATIENCE_MS = 1000;

interface Surroundings {
  readonly signals: {
    on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
    off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  };
  readonly clock: Clock;
  readonly print: (text: string) => void;
}

/**
 * Says that the gate is open, and stops it in an orderly way at the first SIGINT or SIGTERM; a second one does not
 * wait. Resolves to the exit code, or to `reboot` when the gate was asked to start anew. Rejects when stopping fails.
 */
export async function serve(
  gate: Gate,
  settings: Settings,
  { signals, clock, print }: Surroundings,
): Promise<number | 'reboot'> {
  const asked = Promise.withResolvers<0 | 'reboot'>();
  const insisted = Promise.withResolvers<number>();
  let askedAt: number | null = null;
  const onSignal = (signal: StopSignal): void => {
    if (askedAt === null) {
      askedAt = clock.now();
      asked.resolve(0);
    } else if (clock.now() - askedAt >= IMPATIENCE_MS) insisted.resolve(128 + constants.signals[signal]);
  };
  for (const signal of STOP_SIGNALS) signals.on(signal, onSignal);
  print(banner(gate, settings));
  void gate.rebootAsked.then(() => asked.resolve('reboot'));
  const end = await asked.promise;
  print('tollgate: no new calls; finishing those that run (once more to stop now)');
  try {
    return await Promise.race([gate.stop().then(() => end), insisted.promise]);
  } finally {
    for (const signal of STOP_SIGNALS) signals.off(signal, onSignal);
  }
}

function banner(gate: Gate, settings: Settings): string {
  return [
    'Tollgate is open.',
    `  control APIs  http://${gate.http}  https://${gate.https}`,
    `  SIP           ${gate.sip.join('  ')}`,
    `  data          ${settings.data} (revision ${gate.revision})`,
    `  clients       eval "$(${['npx tollgate env', ...placeFlags(gate, settings)].join(' ')})"`,
  ].join('\n');
}

/** What a command in another shell must be told of this gate, which may have its place from variables or a file. */
function placeFlags({ http, https }: Gate, { data }: Settings): string[] {
  return Object.entries({ data, http, https }).flatMap(([flag, value]) => {
    const usual = SETTING_OPTIONS.find((option) => option.flag === flag)?.fallback ?? '';
    if (value === (flag === 'data' ? resolve(usual) : usual)) return [];
    return [`--${flag} ${/^[\w./:-]+$/.test(value) ? value : quote(value)}`];
  });
}
