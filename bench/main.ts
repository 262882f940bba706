// npm run bench: the gate beside its peers, on the same cores. --help says what can be chosen.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installMissing } from './install.ts';
import { thisMachine } from './report/machine.ts';
import {
  fillDocument,
  headOf,
  movedSince,
  readBaseline,
  writeBaseline,
  writeResults,
  type Report,
} from './report/report.ts';
import type { Benchmark, Effort, Section } from './report/section.ts';
import { tableOf } from './report/table.ts';
import { api } from './sections/api.ts';
import { knee, memory, sipp } from './sections/load.ts';
import { start } from './sections/start.ts';
import { growth, parsers } from './sections/micro.ts';
import { threads } from './sections/threads.ts';
import { Tollgate } from './servers/tollgate.ts';
import { calls, stateless } from './sections/calls.ts';

const BENCHMARKS: readonly Benchmark[] = [calls, stateless, knee, memory, sipp, start, parsers, growth, api, threads];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    runs: { type: 'string', default: '3' },
    'write-docs': { type: 'boolean', default: false },
    'write-baseline': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run bench -- [options]
  --quick           one short run of most, under three minutes: not of the highest rate, the minute at it and SIPp
  --only NAME       only this part (may come again): ${BENCHMARKS.map(({ name }) => name).join(', ')}
  --runs N          runs of each subject, of which the median counts (3)
  --write-docs      fill the tables of docs/performance.md and README.md
  --write-baseline  make this run the one that later ones are compared with`;

const shared: { gate?: Promise<Tollgate> } = {};
const common = { say, provisioned: () => (shared.gate ??= provision()) };
const QUICK: Effort = { ...common, runs: 1, seconds: 1.5, warmUp: 1.5, quick: true };
const FULL: Effort = { ...common, runs: Number(values.runs), seconds: 6, warmUp: 4, quick: false };

if (values.help) console.log(HELP);
else
  try {
    await main();
  } finally {
    await (await shared.gate)?.[Symbol.asyncDispose]();
  }

async function main(): Promise<void> {
  const unknown = values.only.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0 || !(Number(values.runs) >= 1 && Number(values.runs) <= 100)) {
    console.error(HELP);
    process.exit(2);
  }
  installMissing(say);
  const machine = thisMachine();
  const sections: Section[] = [];
  for (const benchmark of BENCHMARKS) {
    const wanted = values.only.length > 0 ? values.only.includes(benchmark.name) : !(values.quick && benchmark.long);
    if (!wanted) continue;
    const found = await benchmark.run(values.quick ? QUICK : FULL);
    for (const section of found) console.log(`\n${tableOf(section)}\n`);
    sections.push(...found);
  }
  const flags = process.argv.slice(2).filter((flag) => !flag.startsWith('--write'));
  const command = ['npm run bench', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
  finish({ date: new Date().toISOString(), command, quick: values.quick, machine, sections });
}

async function provision(): Promise<Tollgate> {
  say('provisioning 10,000 users through the API');
  const made = await Tollgate.start();
  await made.stop();
  return made;
}

function finish(report: Report): void {
  console.log(headOf(report));
  console.log(`written to ${writeResults(report)}`);
  const baseline = readBaseline();
  if (baseline) {
    const moved = movedSince(baseline, report);
    console.log(
      `\nagainst the baseline of ${baseline.date.slice(0, 10)}${baseline.quick === report.quick ? '' : ', which was made with other effort'}:`,
    );
    console.log(moved.length > 0 ? moved.join('\n') : 'nothing moved by more than 10 %');
  }
  if (values['write-baseline']) writeBaseline(report);
  const root = join(import.meta.dirname, '..');
  if (values['write-docs'])
    for (const file of ['README.md', 'docs/performance.md']) fillDocument(join(root, file), report);
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
