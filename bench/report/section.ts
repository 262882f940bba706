import type { Tollgate } from '../servers/tollgate.ts';

/** What is measured of each subject. */
export interface Metric {
  readonly title: string;
  /** Decimals shown. */
  readonly digits: number;
  readonly better: 'more' | 'less';
}

/** Figures by the metric's key; null where there is none. */
export type Figures = Readonly<Record<string, number | null>>;

/** One table of the report. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly rows: readonly { readonly subject: string; readonly figures: Figures }[];
  /** The metric and the row that ratios are made of; null makes none. */
  readonly ratio: { readonly metric: string; readonly subject: string } | null;
  /** What limits the figures, and how they were made. */
  readonly notes: readonly string[];
}

/** How thorough a run is. */
export interface Effort {
  /** Runs of each subject, of which the median counts. */
  readonly runs: number;
  /** Seconds that one run counts. */
  readonly seconds: number;
  readonly warmUp: number;
  readonly quick: boolean;
  /** Says what is going on. */
  readonly say: (text: string) => void;
  /** A gate that is not running, with 10,000 users: its data is for others to run on. Made when first asked for. */
  readonly provisioned: () => Promise<Tollgate>;
}

/** One part of the benchmark. */
export interface Benchmark {
  readonly name: string;
  /** A short run of it would say nothing: a quick one leaves it out, unless it is asked for by name. */
  readonly long?: true;
  run(effort: Effort): Promise<Section[]>;
}

/** A subject and what one run of it gives. */
export interface Subject {
  readonly name: string;
  measure(): Promise<Figures>;
}

/** Measures every subject as often as asked, in an order that turns about, and takes the median of each metric. */
export async function medians(subjects: readonly Subject[], { runs, say }: Effort): Promise<Section['rows']> {
  const seen = new Map<string, Figures[]>(subjects.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run += 1)
    for (const subject of run % 2 === 0 ? subjects : [...subjects].reverse()) {
      say(`${subject.name}${runs > 1 ? `, run ${run + 1} of ${runs}` : ''}`);
      seen.get(subject.name)?.push(await subject.measure());
    }
  return subjects.map(({ name }) => ({ subject: name, figures: medianOf(seen.get(name) ?? []) }));
}

/** The middle value of each metric. */
export function medianOf(runs: readonly Figures[]): Figures {
  const keys = Object.keys(runs[0] ?? {});
  return Object.fromEntries(
    keys.map((key) => {
      const values = runs.flatMap((run) => run[key] ?? []).sort((left, right) => left - right);
      return [key, values[Math.floor(values.length / 2)] ?? null];
    }),
  );
}
