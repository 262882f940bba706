import { constants } from 'node:os';
import type { Command } from 'commander';
import type { Gate } from '../main.ts';
import { systemClock, type Clock } from '../kit/clock.ts';
import type { Settings } from '../settings/settings.ts';
import { addSettingOptions, readSettings } from './setting-options.ts';

/** Registers `tollgate start`. */
export function register(program: Command): void {
  addSettingOptions(program.command('start').description('open the gate and serve until told to stop')).action(
    async (flags: Record<string, unknown>) => {
      const settings = await readSettings(flags);
      const { startGate } = await import('../main.ts');
      const gate = await startGate(settings);
      // Exits by itself: a client's half-open connection must not keep a stopped gate alive.
      process.exit(await serve(gate, settings, { signals: process, clock: systemClock, print: console.log }));
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
 * wait. Resolves to the exit code. Rejects when stopping fails.
 */
export async function serve(gate: Gate, settings: Settings, { signals, clock, print }: Surroundings): Promise<number> {
  const asked = Promise.withResolvers<void>();
  const insisted = Promise.withResolvers<number>();
  let askedAt: number | null = null;
  const onSignal = (signal: StopSignal): void => {
    if (askedAt === null) {
      askedAt = clock.now();
      asked.resolve();
    } else if (clock.now() - askedAt >= IMPATIENCE_MS) insisted.resolve(128 + constants.signals[signal]);
  };
  for (const signal of STOP_SIGNALS) signals.on(signal, onSignal);
  print(banner(gate, settings));
  await asked.promise;
  print('tollgate: no new calls; finishing those that run (once more to stop now)');
  try {
    return await Promise.race([gate.stop().then(() => 0), insisted.promise]);
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
    '  clients       eval "$(npx tollgate env)"',
  ].join('\n');
}
