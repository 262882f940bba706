import { Type } from 'typebox';
import { invalid } from './errors.ts';
import type { Answer, Call } from './operation.ts';
import { optional, readQuery } from './read-body.ts';

const PageQuery = Type.Object({
  max: optional(Type.Integer({ minimum: 1 })),
  start: optional(Type.Integer({ minimum: 0 })),
  order: optional(Type.String({ maxLength: 64 })),
});

/** An answer that is one page of a list; the next page's URL goes into the Link header. */
export class Page {
  readonly body: object;
  readonly next: string | null;

  constructor(body: object, next: string | null) {
    this.body = body;
    this.next = next;
  }
}

interface PageOptions {
  /** Items of a page when the client does not say, and the most that it gets. */
  readonly most: number;
  /** Members beside the items. */
  readonly more?: object;
}

/**
 * The page of `items` that the request asks for by `max` and `start`, under `key`. Wishes for more than the most get
 * that many. Throws 400 for what is no number.
 */
export async function page<Item>(
  call: Call,
  key: string,
  items: readonly Item[],
  render: (item: Item) => object | string | Promise<object>,
  { most, more }: PageOptions,
): Promise<Answer> {
  const { max = most, start = 0 } = readQuery(PageQuery, call.query);
  const size = Math.min(max, most);
  const shown: (object | string)[] = [];
  for (const item of items.slice(start, start + size)) shown.push(await render(item));
  const query = new URLSearchParams(call.query);
  query.set('max', String(size));
  query.set('start', String(start + size));
  const next = start + size < items.length ? `${call.origin}${call.path}?${query.toString()}` : null;
  return new Page({ [key]: shown, ...more }, next);
}

/**
 * Orders items by a member that `order` names, such as `name` or `name-desc`, else by the first of `members`.
 * Throws 400 for a member that cannot be ordered by.
 */
export function ordered<Item>(
  call: Call,
  items: readonly Item[],
  members: Readonly<Record<string, (item: Item) => string>>,
): Item[] {
  const { order = '' } = readQuery(PageQuery, call.query);
  const [, name = '', direction = ''] = /^([A-Za-z]*)(?:[-: ](asc|desc))?$/i.exec(order.split(',', 1)[0] ?? '') ?? [];
  const [fallback] = Object.keys(members);
  const member = name === '' ? (fallback ?? '') : name;
  // Every object has a member such as `valueOf`, which orders nothing.
  const text = Object.hasOwn(members, member) ? members[member] : undefined;
  if (!text) throw invalid(`order must be one of ${Object.keys(members).join(', ')}`);
  const sign = direction.toLowerCase() === 'desc' ? -1 : 1;
  return items.toSorted((a, b) => sign * text(a).localeCompare(text(b), 'en'));
}
