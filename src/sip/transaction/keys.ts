import { hex } from '../../kit/ids.ts';
import { hashOf } from '../../kit/text-hash.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { Via } from '../message/via.ts';

/** A branch that begins so is unique to its transaction (RFC 3261 §8.1.1.7). */
const COOKIE = 'z9hG4bK';

/** What tells a transaction from all others of its side, hashed once for all tables that it comes to. */
export interface Key {
  readonly text: string;
  readonly hash: number;
}

/** The key of that text. */
export function keyOf(text: string): Key {
  return { text, hash: hashOf(text) };
}

/** Between the parts of a key; no part can hold it, a line of a message ends there. */
const SEPARATOR = '\n';

/** After the cookie, in branches of threads that share their ports: no other branch of ours has it there. */
const THREAD = 't';

/** A fresh branch for a Via of ours (§8.1.1.7); `thread` is who sends, where several share a port. */
export function newBranch(thread?: number): string {
  return thread === undefined ? COOKIE + hex(12) : `${COOKIE}${THREAD}${thread}-${hex(12)}`;
}

/** Which of `count` threads sent the request that was answered; undefined when its branch tells of none. */
export function threadOfBranch(response: SipResponse, count: number): number | undefined {
  const branch = response.via?.params.get('branch');
  if (!branch?.startsWith(COOKIE + THREAD)) return undefined;
  const thread = Number.parseInt(branch.slice(COOKIE.length + THREAD.length), 10);
  // A stranger may have written it, so it can be below nought too.
  return thread >= 0 && thread < count ? thread : undefined;
}

/**
 * Names the server transaction that `request` belongs to were its method `method` (§17.2.3):
 * by branch, sent-by and method, or the way of RFC 2543 when the branch lacks the cookie or is nothing but it.
 * Undefined without a usable Via.
 */
export function serverKey(request: SipRequest, method: string): Key | undefined {
  return branchKey(request, method) ?? oldKey(request, method);
}

/** Names the client transaction that `response` answers (§17.1.3); its sent-by must be ours as well (§18.1.2). */
export function clientKey(message: SipMessage): Key | undefined {
  const method = message.cseq?.method;
  return method === undefined ? undefined : branchKey(message, method);
}

/** Whether the request is told from others by a branch alone, as RFC 3261 has it, and not the way of RFC 2543. */
export function hasUniqueBranch(message: SipMessage): boolean {
  return message.via !== undefined && uniqueBranchOf(message.via) !== undefined;
}

function uniqueBranchOf({ params }: Via): string | undefined {
  const branch = params.get('branch');
  return branch && branch.length > COOKIE.length && branch.startsWith(COOKIE) ? branch : undefined;
}

function branchKey(message: SipRequest | SipResponse, method: string): Key | undefined {
  const { via } = message;
  const branch = via && uniqueBranchOf(via);
  if (!via || branch === undefined) return undefined;
  return keyOf(`${branch}${SEPARATOR}${via.host}${SEPARATOR}${via.port ?? ''}${SEPARATOR}${method}`);
}

/** All that §17.2.3 compares without a branch but the To tag, which an ACK has from our own answer. */
function oldKey(request: SipRequest, method: string): Key | undefined {
  const { cseq, callId, from } = request;
  const via = request.headers.firstValue('via');
  if (via === undefined || !cseq || callId === undefined) return undefined;
  return keyOf(['', request.uri, from?.tag ?? '', callId, cseq.number, via, method].join(SEPARATOR));
}
