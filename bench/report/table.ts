import type { Metric, Section } from './section.ts';

/** A section as a Markdown table with its notes. */
export function tableOf(section: Section): string {
  const { metrics, rows, ratio, notes } = section;
  const keys = Object.keys(metrics);
  const reference = ratio && rows.find(({ subject }) => subject === ratio.subject);
  const better = ratio && metrics[ratio.metric]?.better;
  const head = ['', ...keys.map((key) => metrics[key]?.title ?? key)];
  if (ratio) head.push(`Tollgate against it (by ${better === 'less' ? 'cost' : 'rate'})`);
  const body = rows.map(({ subject, figures }) => {
    const cells = [subject, ...keys.map((key) => shown(figures[key], metrics[key]))];
    if (ratio) cells.push(ratioOf(reference?.figures[ratio.metric], figures[ratio.metric], better === 'less'));
    return cells;
  });
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...body];
  return [
    `**${section.title}**`,
    '',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...notes.map((note) => `- ${note}`),
  ]
    .join('\n')
    .trimEnd();
}

/** A figure with thousands separated; a dash for none. */
export function shown(value: number | null | undefined, metric: Metric | undefined): string {
  if (value === null || value === undefined) return '–';
  const digits = metric?.digits ?? 0;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function ratioOf(ours: number | null | undefined, theirs: number | null | undefined, less: boolean): string {
  if (!ours || !theirs) return '–';
  return `${(less ? theirs / ours : ours / theirs).toFixed(2)}×`;
}
