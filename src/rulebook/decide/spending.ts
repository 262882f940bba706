import { countryOf } from '../number-plan.ts';
import type { RuleReference } from '../rule.ts';
import { termsOf, type Spent } from '../spending.ts';
import { isEmergency, pass, skip, type Context, type Outcome, type Stopped } from './context.ts';

/** Limits are the operator's, not a vendor's. */
const RULES: Readonly<Record<Spent['of'], RuleReference>> = {
  trunk: { resource: 'Settings', field: 'trunk-limits' },
  user: { resource: 'Settings', field: 'user-limits' },
};

/** What a trunk or a user may call in a day, and calls that look like toll fraud; emergency calls are never counted out. */
export function checkSpending(context: Context): Outcome {
  const { attempt, found } = context;
  const [first] = attempt.spent;
  if (!first) return skip('no limit of spending applies');
  if (isEmergency(found.called)) return skip('emergency calls are not limited', RULES[first.of]);
  if (context.found.called?.kind === 'internal') return skip('calls within the company cost nothing', RULES[first.of]);
  const abroad = attempt.spent.some(({ measure }) => measure === 'international') && isAbroad(context);
  found.abroad = abroad;
  const counting = attempt.spent.filter(({ measure }) => abroad || measure !== 'international');
  const reached = counting.find(({ used, limit }) => used >= limit);
  if (!reached) {
    const fullest = counting.toSorted((a, b) => b.used / b.limit - a.used / a.limit)[0];
    return pass(fullest ? describe(fullest) : 'not a call abroad', RULES[(fullest ?? first).of]);
  }
  return overspent(reached);
}

/** What the operator allows a trunk of calls from the telephone network: they cost nothing, but take room. */
export function checkRoom(spent: readonly Spent[]): Outcome {
  const [first] = spent;
  if (!first) return skip('no limit of the operator applies');
  const reached = spent.find(({ used, limit }) => used >= limit);
  return reached ? overspent(reached) : pass(describe(first), RULES[first.of]);
}

function overspent(reached: Spent): Stopped {
  const { reason, retryAfter } = termsOf(reached.measure);
  return {
    outcome: 'refuse',
    reason,
    detail: describe(reached),
    rule: RULES[reached.of],
    remedy: 'waiting, a higher limit, or `tollgate spending --lift`',
    retryAfter,
  };
}

function describe({ of, measure, used, limit }: Spent): string {
  return `the ${of} has had ${Math.floor(used * 100) / 100} of ${limit} ${termsOf(measure).text}`;
}

/** At home is where the caller's place is; else the country of the number that it shows, else the first that the trunk may call. */
function isAbroad({ termination, found }: Context): boolean {
  const shown = found.caller === null ? null : countryOf(found.caller);
  const home = termination.dialling?.country ?? shown ?? termination.countries?.allowed[0];
  return found.called?.country !== home;
}
