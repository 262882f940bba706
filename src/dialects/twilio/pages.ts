import type { StoredDocument } from '../../ledger/ledger.ts';
import { bodyOf, DIALECT, type Bodies, type Kind } from './documents.ts';
import { refusal } from './errors.ts';
import type { Call } from './operation.ts';

const DEFAULT_SIZE = 50;
/** Wishes for more get this many. */
const MOST_SIZE = 1000;
const LAST_PAGE = 999_999;
/** Documents read at a time while a filter looks for matches. */
const BATCH = 500;

/** The page that a client asks for. */
export interface PageQuery {
  /** From 0. */
  readonly page: number;
  readonly size: number;
  /** The last item of the page before, by SID; without it the page's number says where the page begins. */
  readonly after: string | undefined;
}

/** Reads `PageSize`, `Page` and `PageToken`. Throws 20001, or 21481 for a token that none was given of. */
export function readPageQuery({ query }: Call): PageQuery {
  const size = readNumber(query, 'PageSize', DEFAULT_SIZE, [1, MOST_SIZE]);
  const page = readNumber(query, 'Page', 0, [0, LAST_PAGE]);
  const token = query.get('PageToken');
  if (token && !/^PA[\w+]{1,64}$/.test(token)) throw refusal(21481, 'Invalid PageToken');
  return { page, size: Math.min(size, MOST_SIZE), after: token?.slice(2) || undefined };
}

/** At most six digits. `most` is for the refusal only: what is greater is the caller's to lower. */
function readNumber(
  query: URLSearchParams,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const text = query.get(name) ?? '';
  if (text === '') return otherwise;
  const number = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (number < least) throw refusal(20001, `${name} must be an integer from ${least} to ${most}`);
  return number;
}

/**
 * A page in the envelope of the request's API: that of 2010 with relative URIs, that of v1 with absolute URLs on the
 * host that the client used. `last` is the SID of the page's last item when there are more, else undefined.
 */
export function pageAnswer(
  call: Call,
  key: string,
  { page, size }: PageQuery,
  items: readonly object[],
  last: string | undefined,
): object {
  const base = call.path.startsWith('/2010-04-01/') ? call.path : call.origin + call.path;
  const link = (number: number, token?: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('PageSize', String(size));
    query.set('Page', String(number));
    if (token === undefined) query.delete('PageToken');
    else query.set('PageToken', token);
    return `${base}?${query.toString()}`;
  };
  const here = link(page, call.query.get('PageToken') ?? undefined);
  const first = link(0);
  const next = last === undefined ? null : link(page + 1, `PA${last}`);
  const previous = page === 0 ? null : link(page - 1);
  if (!call.path.startsWith('/2010-04-01/')) {
    const urls = { first_page_url: first, previous_page_url: previous, url: here, next_page_url: next };
    return { [key]: items, meta: { page, page_size: size, ...urls, key } };
  }
  const start = items.length === 0 ? 0 : page * size;
  return {
    [key]: items,
    page,
    page_size: size,
    start,
    end: items.length === 0 ? 0 : start + items.length - 1,
    uri: here,
    first_page_uri: first,
    next_page_uri: next,
    previous_page_uri: previous,
  };
}

/** What a list walks: the documents of one kind, those of one parent or all, those that `keep` says. */
interface Listed<K extends Kind> {
  readonly kind: K;
  /** The parent's SID. */
  readonly parent?: string;
  readonly keep?: (body: Bodies[K]) => boolean;
}

/** One page of a kind's documents, the newest first, each as `render` writes it, under the envelope's `key`. */
export async function listPage<K extends Kind>(
  call: Call,
  key: string,
  { kind, parent, keep = () => true }: Listed<K>,
  render: (body: Bodies[K]) => object | Promise<object>,
): Promise<object> {
  const asked = readPageQuery(call);
  const prefix = parent === undefined ? '' : `${parent}/`;
  // Without a token everything before the page is counted off.
  const skip = asked.after === undefined ? asked.page * asked.size : 0;
  const wanted = skip + asked.size + 1;
  const found: StoredDocument[] = [];
  for (let after = asked.after && prefix + asked.after; ;) {
    const batch = await call.service.ledger.list({ dialect: DIALECT, kind, prefix, after, limit: BATCH });
    found.push(...batch.filter(({ body }) => keep(bodyOf(kind, body))));
    after = batch.at(-1)?.id;
    if (batch.length < BATCH || found.length >= wanted) break;
  }
  const page = found.slice(skip, wanted - 1);
  const last = found.length >= wanted ? page.at(-1)?.id.slice(prefix.length) : undefined;
  const items: object[] = [];
  for (const { body } of page) items.push(await render(bodyOf(kind, body)));
  return pageAnswer(call, key, asked, items, last);
}
