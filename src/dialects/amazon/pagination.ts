import { bodyOf, DIALECT, type Bodies, type Kind } from './documents.ts';
import { badRequest } from './errors.ts';
import type { Call } from './operation.ts';

/** Most results of one page; also the page's size when the client names none (the vendor's default is not documented). */
const MOST_RESULTS = 100;
/** Documents read at a time while a filter looks for matches. */
const BATCH = 500;

export interface Page {
  readonly limit: number;
  /** The last item of the page before. */
  readonly after: string | undefined;
}

/** Reads `max-results` and `next-token`. A token is good for the operation that gave it. */
export function readPage(call: Call, most = MOST_RESULTS): Page {
  const limit = call.query.get('max-results') ?? String(Math.min(most, MOST_RESULTS));
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > most)
    throw badRequest(`max-results must be an integer from 1 to ${most}`);
  const token = call.query.get('next-token');
  return { limit: Number(limit), after: token ? openToken(call, token) : undefined };
}

/** An opaque token for the page after the item `last`. */
export function tokenAfter(call: Call, last: string): string {
  return Buffer.from(JSON.stringify([call.author.operation, last])).toString('base64url');
}

/** One page of a kind's documents in the order of their ids, those that `keep` says. */
export async function listPage<K extends Kind>(
  call: Call,
  kind: K,
  keep: (body: Bodies[K]) => boolean = () => true,
): Promise<{ bodies: Bodies[K][]; NextToken?: string }> {
  const { limit, after } = readPage(call);
  const found: { id: string; body: Bodies[K] }[] = [];
  for (let place = after; ;) {
    const batch = await call.service.ledger.list({ dialect: DIALECT, kind, after: place, limit: BATCH });
    for (const { id, body } of batch) if (keep(bodyOf(kind, body))) found.push({ id, body: bodyOf(kind, body) });
    place = batch.at(-1)?.id;
    if (batch.length < BATCH || found.length > limit) break;
  }
  const page = found.slice(0, limit);
  const bodies = page.map(({ body }) => body);
  return found.length > limit ? { bodies, NextToken: tokenAfter(call, page.at(-1)?.id ?? '') } : { bodies };
}

function openToken(call: Call, token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const last = /^\["(?<operation>\w+)","(?<last>[^"\\]+)"\]$/.exec(text)?.groups;
  if (
    last?.['operation'] !== call.author.operation ||
    last['last'] === undefined ||
    tokenAfter(call, last['last']) !== token
  )
    throw badRequest('next-token is not valid');
  return last['last'];
}
