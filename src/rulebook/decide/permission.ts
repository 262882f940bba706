import type { CallAttempt } from '../attempt.ts';
import type { LineEntry } from '../dialling.ts';
import { readContext } from '../number-plan.ts';
import { permit, type PermissionPlan, type Permitted } from '../permission.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Trunk } from '../trunk.ts';
import { pass, refuse, skip, type Context, type Outcome } from './context.ts';
import type { AppliedPermission } from './decision.ts';
import { calledNumber, understand, type Dialled } from './dialled.ts';

/** What was dialled must be a number of the company, a short code, or a number of the world. */
export function checkDialled({ rulebook, attempt, trunk, termination, found }: Context): Outcome {
  const { dialling } = termination;
  if (!dialling) return refuse('called-number-unknown', 'nothing says how numbers are dialled here');
  found.line = callerOf(rulebook, trunk, attempt);
  const { user, host } = attempt.requestUri;
  const dialled = understand(rulebook, trunk.account, dialling, readContext(user ?? '', [host, ...trunk.hosts]));
  found.dialled = dialled;
  if (dialled.type === 'unknown')
    return refuse(
      'called-number-unknown',
      `"${dialled.number.slice(0, 40)}": ${dialled.because}`,
      dialling.rule,
      'an extension, or a number as it is dialled in the country of the place',
    );
  found.called = calledNumber(dialled);
  return pass(`${dialled.number}: ${dialled.type} (${dialled.because})`, dialling.rule);
}

function callerOf(rulebook: Rulebook, trunk: Trunk, { digest, line }: CallAttempt): LineEntry | undefined {
  const { directory } = rulebook;
  if (line !== undefined) return directory.line(line);
  const username = 'username' in digest ? digest.username : null;
  return username === null ? undefined : directory.lineOfUser(trunk.id, username);
}

/** What a line shows is said by its settings, not by its telephone; premises show what they like. */
export function checkLineIdentity(context: Context): Outcome {
  const { rulebook, attempt, termination, found } = context;
  const { line } = found;
  const shown = attempt.callerIds[0] ?? null;
  const fallback = termination.callerId?.fallback ?? null;
  if (line === undefined || line.premises) {
    found.caller = shown ?? fallback;
    return pass(`premises show ${found.caller ?? 'no number'}`, line?.rule);
  }
  if (found.dialled?.type === 'internal' && line.extension !== null) {
    const dialling = rulebook.trunk(line.trunk)?.termination?.dialling;
    const called = found.dialled.reached;
    const same = called?.kind === 'line' && called.line.trunk === line.trunk;
    found.caller = same ? line.extension : `${dialling?.routingPrefix ?? ''}${line.extension}`;
  } else found.caller = line.callerId ?? fallback;
  return pass(`the line shows ${found.caller ?? 'no number'}`, line.rule);
}

/** The levels of permissions, the line before its place, must let the call through. */
export function checkPermission(context: Context): Outcome {
  const { attempt, termination, found } = context;
  const { line, dialled } = found;
  const { dialling } = termination;
  if (!dialled || !dialling) return refuse('call-blocked', 'nothing says whom the trunk may call');
  const { type, spellings } = dialled;
  if (type === 'emergency') return skip('emergency calls need no permission', dialling.rule);
  // Numbers that only came this way have been judged where they were dialled.
  if (type === 'internal' && (line?.premises ?? dialling.premises))
    return skip('calls of the premises to people of the company need no permission', dialling.rule);
  const levels: PermissionPlan[] = [...(line ? [line.permissions] : []), dialling.permissions];
  const permitted = permit(levels, type, spellings);
  if (permitted.outcome === 'silent') return refuse('call-blocked', `nothing is said of ${type} calls`, dialling.rule);
  found.permission = applied(permitted, dialled, line?.id ?? null);
  if (attempt.forwarded && permitted.outcome !== 'block') return judgeForwarded(permitted);
  return carryOut(context, permitted);
}

/** What may be called by the one who dialled it. */
function carryOut(context: Context, permitted: Exclude<Permitted, { outcome: 'silent' }>): Outcome {
  const { rulebook, attempt, trunk, termination, found } = context;
  const { because, permission } = permitted;
  if (permitted.outcome === 'allow') return pass(`${because} are allowed`, permission.rule);
  if (permitted.outcome === 'block') {
    const number = found.dialled?.number ?? '';
    return refuse('call-blocked', `${number}: ${because} are blocked`, permission.rule, 'ALLOW in place of it');
  }
  if (permitted.outcome === 'code') {
    // Whoever answers for the call asks for it only after it heard a right one.
    if (attempt.leg) return pass(`${because}: the code was right`, permission.rule);
    if (rulebook.applications) return pass(`${because}: a code is asked for`, permission.rule);
    return refuse('no-application', 'nobody is there to ask for a code', permission.rule, 'a gate with voice');
  }
  const { number, index } = permitted;
  const { dialling } = termination;
  if (number === null || !dialling)
    return refuse('transfer-number-missing', `${because}: transfer number ${index} is not set`, permission.rule);
  const other: Dialled = understand(rulebook, trunk.account, dialling, number);
  if (other.type === 'unknown')
    return refuse('transfer-number-missing', `transfer number ${index}: ${other.because}`, permission.rule);
  found.dialled = other;
  found.called = calledNumber(other);
  return pass(`${because} go to ${other.number}, who decides`, permission.rule);
}

/** Nobody can be asked, or decide, once somebody else is sent there. */
function judgeForwarded(permitted: Exclude<Permitted, { outcome: 'silent' }>): Outcome {
  const { outcome, because, permission } = permitted;
  if (outcome === 'allow' && permission.transferable)
    return pass(`${because} are allowed, by transfer too`, permission.rule);
  const detail =
    outcome === 'allow'
      ? `${because} are allowed, but not by transfer or forwarding`
      : `${because} are for somebody who can be asked, or decide`;
  return refuse('transfer-not-allowed', detail, permission.rule, 'transferEnabled for it, and ALLOW');
}

function applied(
  permitted: Exclude<Permitted, { outcome: 'silent' }>,
  { type, number }: Dialled,
  line: string | null,
): AppliedPermission {
  const { permission, pattern } = permitted;
  return {
    line,
    action: permission.action,
    type,
    pattern: pattern && { name: pattern.name, pattern: pattern.pattern },
    number,
    transferNumber: permitted.outcome === 'transfer' ? permitted.number : null,
    codeSets: permitted.outcome === 'code' ? permitted.codeSets : [],
    rule: permission.rule,
  };
}
