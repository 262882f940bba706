import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Section } from './section.ts';
import { shown, tableOf } from './table.ts';

/** What a whole run found. */
export interface Report {
  /** ISO 8601. */
  readonly date: string;
  readonly command: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly sections: readonly Section[];
}

const FOLDER = join(import.meta.dirname, '..');
const BASELINE = join(FOLDER, 'baseline.json');

/** Moves below this share are noise. */
const NOISE = 0.1;

/** Writes `bench/results/<date>.json`; its path. */
export function writeResults(report: Report): string {
  const folder = join(FOLDER, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.date.slice(0, 19).replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

/** Makes this report the one that later ones are compared with; sections that were not run stay. */
export function writeBaseline(report: Report): void {
  const before = readBaseline()?.sections ?? [];
  const kept = before.filter(({ name }) => !report.sections.some((section) => section.name === name));
  writeFileSync(BASELINE, `${JSON.stringify({ ...report, sections: [...report.sections, ...kept] }, null, 2)}\n`);
}

/** Null where none was committed. */
export function readBaseline(): Report | null {
  try {
    return JSON.parse(readFileSync(BASELINE, 'utf8')) as Report;
  } catch {
    return null;
  }
}

/** One line for each figure that moved by more than noise. */
export function movedSince(baseline: Report, report: Report): string[] {
  return report.sections.flatMap((section) => {
    const before = baseline.sections.find(({ name }) => name === section.name);
    return section.rows.flatMap(({ subject, figures }) => {
      const old = before?.rows.find((row) => row.subject === subject)?.figures ?? {};
      return Object.entries(section.metrics).flatMap(([key, metric]) => {
        const [from, to] = [old[key], figures[key]];
        if (!from || to === null || to === undefined || Math.abs(to / from - 1) < NOISE) return [];
        const better = to > from === (metric.better === 'more');
        const percent = `${to > from ? '+' : ''}${Math.round((to / from - 1) * 100)} %`;
        return `${better ? 'better' : 'worse '}  ${section.name}: ${subject}, ${metric.title}: ${shown(from, metric)} → ${shown(to, metric)} (${percent})`;
      });
    });
  });
}

/** The head of a report, for people. */
export function headOf({ date, command, machine }: Report): string {
  const { processor, cores, memoryGigabytes, system, node, commit, loadBefore } = machine;
  const quiet = loadBefore > 0.5 ? `; the machine was not quiet (load ${loadBefore.toFixed(1)} before the run)` : '';
  return `${date.slice(0, 10)}, ${processor}, ${cores} cores, ${memoryGigabytes} GB, ${system}, Node ${node}, commit ${commit}: \`${command}\`${quiet}.`;
}

/** Fills the part of a document between `<!-- bench:NAME -->` and `<!-- /bench -->` for each section, and `bench:head`. */
export function fillDocument(file: string, report: Report): void {
  let text = readFileSync(file, 'utf8');
  const parts = new Map([
    ['head', headOf(report)],
    ...report.sections.map((section) => [section.name, tableOf(section)] as const),
  ]);
  for (const [name, content] of parts) {
    const pattern = new RegExp(`(<!-- bench:${name} -->\\n)[^]*?(<!-- /bench -->)`, 'g');
    text = text.replace(pattern, (_, begin: string, end: string) => `${begin}${content}\n${end}`);
  }
  writeFileSync(file, text);
}
