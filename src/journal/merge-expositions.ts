/** Our own metrics; all others are of the process, and every thread tells them alike. */
const OWN_METRIC = /^# HELP tollgate_/;

/**
 * One text of what several threads count, in the text format of Prometheus: of our own metrics the samples of the same
 * name and labels are added up. Everything else is that of the first text.
 */
export function mergeExpositions(texts: readonly string[]): string {
  const [first = [], ...others] = texts.map(metricsOf);
  const byHead = Map.groupBy(others.flat(), headOf);
  return first
    .map((metric) => {
      const more = OWN_METRIC.test(metric) ? (byHead.get(headOf(metric)) ?? []) : [];
      return more.length === 0 ? metric : sumOf([metric, ...more]);
    })
    .join('');
}

/** Each metric with its head, its samples and the line ends behind it. */
function metricsOf(text: string): string[] {
  return text.split(/^(?=# HELP )/m);
}

function headOf(metric: string): string {
  return metric.split('\n', 2).join('\n');
}

function sumOf(metrics: readonly string[]): string {
  const samples = new Map<string, number>();
  for (const line of metrics.flatMap((metric) => metric.trimEnd().split('\n').slice(2))) {
    const end = line.lastIndexOf(' ');
    const sample = line.slice(0, end);
    samples.set(sample, (samples.get(sample) ?? 0) + Number(line.slice(end)));
  }
  const [metric = ''] = metrics;
  const lines = [...samples].map(([sample, value]) => `${sample} ${value}`);
  return [headOf(metric), ...lines, ''].join('\n') + metric.slice(metric.trimEnd().length + 1);
}
