import { createRequire } from 'node:module';
import { later } from '../kit/later.ts';

const require = createRequire(import.meta.url);
const promClient = later(() => require('prom-client') as typeof import('prom-client'));

/** Labels of one sample. Their values come from closed lists: nothing a stranger sends becomes a label. */
export type Labels = Readonly<Record<string, string | number>>;

/** Lines of one metric in the text format, without its HELP and TYPE. */
type Samples = () => Iterable<readonly [suffix: string, labels: Labels, value: number]>;

const NONE: Labels = {};

/** Counters, gauges and histograms in the text format of Prometheus, with those that prom-client has of the process. */
export class Metrics {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly #metrics: { readonly head: string; readonly name: string; readonly samples: Samples }[] = [];
  #process: { metrics(): Promise<string> } | undefined;

  counter(name: string, help: string): Counter {
    const counter = new Counter();
    this.#add(name, help, 'counter', () => counter.samples());
    return counter;
  }

  labelledCounter(name: string, help: string): LabelledCounter {
    const counter = new LabelledCounter();
    this.#add(name, help, 'counter', () => counter.samples());
    return counter;
  }

  /** A gauge that is read when it is scraped. */
  gauge(name: string, help: string, read: () => number): void {
    this.#add(name, help, 'gauge', () => [['', NONE, read()]]);
  }

  /** `bounds`: upper bounds of the buckets, rising. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds);
    this.#add(name, help, 'histogram', () => histogram.samples());
    return histogram;
  }

  /** Everything as text, with what is told of the process. */
  async metrics(): Promise<string> {
    return `${this.ownMetrics()}\n${await this.watchProcess().metrics()}`;
  }

  /** What was added here, as text. */
  ownMetrics(): string {
    const own = this.#metrics.map(({ head, name, samples }) => {
      let text = head;
      for (const [suffix, labels, value] of samples()) text += `${name}${suffix}${print(labels)} ${value}\n`;
      return text;
    });
    return own.join('\n');
  }

  /** Begins to watch memory, processor and event loop, if that has not begun yet. */
  watchProcess(): { metrics(): Promise<string> } {
    if (!this.#process) {
      const { Registry, collectDefaultMetrics } = promClient();
      const register = new Registry();
      collectDefaultMetrics({ register });
      this.#process = register;
    }
    return this.#process;
  }

  #add(name: string, help: string, type: string, samples: Samples): void {
    this.#metrics.push({ name, head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, samples });
  }
}

/** Counts up. */
export class Counter {
  #count = 0;

  inc(count = 1): void {
    this.#count += count;
  }

  *samples(): Generator<readonly ['', Labels, number]> {
    yield ['', NONE, this.#count];
  }
}

/** Counts up by labels. An addition costs one lookup. */
export class LabelledCounter {
  readonly #counts = new Map<string | number, { readonly labels: Labels; count: number }>();

  /** `key` names the labels: equal for equal ones. */
  add(key: string | number, labels: Labels, count = 1): void {
    const entry = this.#counts.get(key);
    if (entry) entry.count += count;
    else this.#counts.set(key, { labels, count });
  }

  *samples(): Generator<readonly ['', Labels, number]> {
    for (const { labels, count } of this.#counts.values()) yield ['', labels, count];
  }
}

/** Counts values by size. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = [...bounds, Infinity].map(() => 0);
  }

  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    const index = found < 0 ? this.#bounds.length : found;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  *samples(): Generator<readonly [suffix: string, labels: Labels, value: number]> {
    let total = 0;
    for (const [index, count] of this.#counts.entries()) {
      total += count;
      yield ['_bucket', { le: this.#bounds[index] ?? '+Inf' }, total];
    }
    yield ['_sum', NONE, this.#sum];
    yield ['_count', NONE, total];
  }
}

function print(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
