import type { DigestEvidence } from '../attempt.ts';
import { pass, skip, type Outcome, type RequestContext } from './context.ts';
import type { ReasonCode } from './reasons.ts';

interface Failure {
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly remedy: string;
}

const NEWEST = 'an answer to the newest challenge';

/** Why each outcome of checking a digest does not prove the caller. */
const FAILURES: Readonly<Record<Exclude<DigestEvidence['outcome'], 'valid' | 'in-dialog' | 'slowed'>, Failure>> = {
  none: {
    reason: 'credentials-required',
    detail: 'no digest answer for this realm',
    remedy: 'a credential of the trunk',
  },
  malformed: {
    reason: 'credentials-malformed',
    detail: 'the digest answer cannot be read, or is not for this server',
    remedy: 'one Digest answer',
  },
  'unknown-user': {
    reason: 'credentials-unknown-user',
    detail: 'no credential with this name',
    remedy: 'a credential of the trunk',
  },
  'wrong-response': {
    reason: 'credentials-wrong',
    detail: 'the response does not fit the password',
    remedy: 'the right password',
  },
  'nonce-foreign': {
    reason: 'nonce-foreign',
    detail: 'the nonce was not issued here for this algorithm',
    remedy: NEWEST,
  },
  'nonce-stale': { reason: 'nonce-stale', detail: 'the nonce has aged', remedy: NEWEST },
  'nonce-replayed': { reason: 'nonce-replayed', detail: 'the nonce count was used before', remedy: NEWEST },
};

const NONE_LEFT: Failure = {
  reason: 'credentials-none-left',
  detail: 'every credential of the trunk was deleted',
  remedy: 'a credential on the trunk',
};

/** The caller must prove to know the password of one of the trunk's credentials (RFC 3261 §22.3). */
export function checkDigest({ attempt, termination, found }: RequestContext): Outcome {
  const { digest } = termination;
  if (!digest) return skip('the trunk asks for no credentials; its source list alone decides');
  if (found.sourceBound) return skip('a sender that is known by its address needs no credentials');
  const { digest: evidence } = attempt;
  if (evidence.outcome === 'valid') {
    found.sourceTrusted = true;
    return pass(`user ${evidence.username} proved to know the password`, digest.rule);
  }
  if (evidence.outcome === 'in-dialog') return pass('the call that this belongs to was admitted', digest.rule);
  if (evidence.outcome === 'slowed') {
    const user = evidence.username.slice(0, 64);
    const detail = `user ${user} failed too often of late: its answer was not looked at`;
    const { retryAfter } = evidence;
    return {
      outcome: 'refuse',
      reason: 'credentials-slowed',
      detail,
      rule: digest.rule,
      remedy: `waiting ${retryAfter} s`,
      retryAfter,
    };
  }
  const failure = digest.empty && evidence.outcome !== 'none' ? NONE_LEFT : FAILURES[evidence.outcome];
  const user = 'username' in evidence ? `user ${evidence.username.slice(0, 64)}: ` : '';
  return {
    outcome: 'challenge',
    reason: failure.reason,
    detail: user + failure.detail,
    rule: digest.rule,
    remedy: failure.remedy,
  };
}
