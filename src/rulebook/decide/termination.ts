import { orderByPriorityAndWeight } from '../../kit/order.ts';
import { readCalledNumber, readContext, toE164, type CalledNumber, type NumberRisk } from '../number-plan.ts';
import type { HighRisk, Termination } from '../trunk.ts';
import { isEmergency, pass, refuse, skip, type Context, type Outcome, type RequestContext } from './context.ts';

type Limit = NonNullable<Termination['callsPerSecond']>;

/** The trunk must take calls at all. */
export function checkEnabled({ termination }: RequestContext): Outcome {
  const { value, rule } = termination.enabled;
  return value
    ? pass('termination is enabled', rule)
    : refuse('termination-disabled', 'termination is switched off', rule, 'switching it on');
}

/** A trunk that requires encryption takes signalling over TLS only. */
export function checkTransportSecurity({ attempt, trunk }: RequestContext): Outcome {
  const { required, rule } = trunk.encryption;
  const { transport, secure } = attempt.source;
  if (!required) return skip('the trunk does not require encryption', rule);
  return secure
    ? pass(`${transport} is encrypted`, rule)
    : refuse('encryption-required', `${transport} is not encrypted`, rule, 'the same call over TLS');
}

/** A trunk that requires encrypted media takes no offer of plain audio; without an offer the answer decides. */
export function checkMediaSecurity({ attempt, trunk }: Context): Outcome {
  const { rule } = trunk.encryption;
  if (attempt.plainAudio === undefined) return skip('there is no offer to look at; plain audio would be refused', rule);
  const remedy = 'an offer of audio over RTP/SAVP (SRTP) alone';
  return attempt.plainAudio
    ? refuse('media-not-encrypted', 'audio is offered without encryption', rule, remedy)
    : pass('no audio is offered without encryption', rule);
}

/** The called number must be one; emergency numbers are recognised here, because later checks exempt them. */
export function checkCalledNumber({ attempt, trunk, termination, found }: Context): Outcome {
  const { user, host } = attempt.requestUri;
  const dialled = readContext(user ?? '', [host, ...trunk.hosts]);
  const called = readCalledNumber(dialled, termination.countries?.allowed ?? []);
  const shown = dialled.slice(0, 40);
  const remedy = 'an E.164 number, such as +12065550100';
  if (!called) return refuse('called-number-invalid', `"${shown}" is no telephone number`, undefined, remedy);
  const { plusSign } = termination;
  if (plusSign && called.kind === 'e164' && !dialled.startsWith('+'))
    return refuse('called-number-invalid', `"${shown}" has no plus sign`, plusSign.rule, remedy);
  found.called = called;
  return pass(
    called.kind === 'e164'
      ? `${called.number} (${called.country ?? 'no country'})`
      : `${called.number} is an ${called.kind} number`,
  );
}

/**
 * Every number that the caller states must belong to the account: the called side may be shown any of them. So must the
 * trunk's own that stands in where none is stated.
 */
export function checkCallerId({ rulebook, attempt, trunk, termination, found }: Context): Outcome {
  const { callerId } = termination;
  const stated = attempt.callerIds.flatMap((user) => toE164(user) ?? []);
  found.caller = stated[0] ?? null;
  if (!callerId) return skip('the trunk does not check caller ids');
  const { fallback, rule } = callerId;
  if (isEmergency(found.called)) return skip('emergency calls pass with any caller id', rule);
  const standsIn = found.caller === null && fallback !== null;
  const shown = standsIn ? [fallback] : stated;
  found.caller ??= fallback;
  const foreign = shown.find((number) => !rulebook.owns(trunk.account, number));
  if (found.caller !== null && foreign === undefined)
    return pass(standsIn ? `no number shown; ${fallback} stands in` : `${found.caller} belongs to the account`, rule);
  // Without any number there is nothing that the caller could show: a fresh account can call at once.
  if (rulebook.numbersOwned(trunk.account) === 0) return skip('the account has no numbers to check against', rule);
  if (foreign === undefined) return refuse('caller-id-not-owned', 'the caller shows no number', rule, OWN_NUMBERS);
  const detail = `${foreign}${standsIn ? ', which stands in,' : ''} is no number of the account`;
  return refuse('caller-id-not-owned', detail, rule, OWN_NUMBERS);
}

const OWN_NUMBERS = 'numbers of the account alone in From and P-Asserted-Identity';

/** At most so many new calls in one second; emergency calls are never counted out. */
export function checkRate({ attempt, termination, found }: Context): Outcome {
  const { callsPerSecond } = termination;
  if (!callsPerSecond) return skip('the trunk has no limit of calls per second');
  if (isEmergency(found.called)) return skip('emergency calls are not limited', callsPerSecond.rule);
  return withinRate(attempt.callsInLastSecond, callsPerSecond);
}

/** Whether one more call may start where `started` did within a second. */
export function withinRate(started: number, { limit, rule }: Limit): Outcome {
  if (started < limit) return pass(`${started} of ${limit} calls started in this second`, rule);
  return {
    outcome: 'refuse',
    reason: 'rate-exceeded',
    detail: `${started} calls started within a second, ${limit} allowed`,
    rule,
    remedy: 'a slower pace, or a higher limit',
    retryAfter: 1,
  };
}

/** At most so many calls at once; emergency calls are never counted out. */
export function checkConcurrency({ attempt, termination, found }: Context): Outcome {
  const { concurrentCalls } = termination;
  if (!concurrentCalls) return skip('the trunk has no limit of calls at once');
  if (isEmergency(found.called)) return skip('emergency calls are not limited', concurrentCalls.rule);
  return withinConcurrency(attempt.callsInProgress, concurrentCalls);
}

/** Whether there is room for one more call beside `up` others. */
export function withinConcurrency(up: number, { limit, rule }: Limit): Outcome {
  if (up < limit) return pass(`${up} of ${limit} calls are up`, rule);
  return {
    outcome: 'refuse',
    reason: 'concurrency-exceeded',
    detail: `${up} calls are up, ${limit} allowed`,
    rule,
    remedy: 'the end of another call, or a higher limit',
    retryAfter: 10,
  };
}

/** The country of the called number must be on the trunk's list, and the number none that is too dear. */
export function checkCountry({ termination, found }: Context): Outcome {
  const { countries, highRisk } = termination;
  const { called } = found;
  if (isEmergency(called)) return skip('emergency calls pass to any country', countries?.rule);
  const risk = called?.kind === 'e164' ? called.risk : null;
  if (highRisk && risk !== null && called?.country != null) return checkRisk(risk, called, highRisk);
  // What toll fraud is after: no list of countries is meant to open it.
  if (risk === 'premium') {
    return refuse(
      'premium-not-allowed',
      `${called?.number} is a premium number`,
      countries?.rule,
      'an ordinary number',
    );
  }
  if (!countries) return skip('the trunk may call any country');
  const country = called?.country;
  if (country == null) {
    return refuse(
      'country-unknown',
      `${called?.number} is in no country's plan`,
      countries.rule,
      'a number that is in use',
    );
  }
  if (countries.allowed.includes(country)) return pass(`${country} may be called`, countries.rule);
  return refuse(
    'country-not-allowed',
    `${country} is not among ${countries.allowed.join(', ') || 'no countries'}`,
    countries.rule,
    `${country} on the list`,
  );
}

/** What the trunk says of numbers of a risk stands for what it says of their countries. */
function checkRisk(risk: NumberRisk, { number, country }: CalledNumber, highRisk: HighRisk): Outcome {
  const { special, unallocated, rule } = highRisk;
  const open = risk === 'unallocated' ? unallocated : special;
  const about = `${number}: ${risk} numbers of ${country}`;
  if (open.some((code) => code === country)) return pass(`${about} may be called`, rule);
  return refuse('high-risk-not-allowed', `${about} may not be called`, rule, `opening them for ${country}`);
}

/** Calls from customers go to the trunk's own carriers or to the gate's, in their order. */
export function chooseCarriers({ rulebook, attempt, trunk, termination, found }: Context): Outcome {
  const { called } = found;
  const emergency = termination.emergency.find((route) => route.country === called?.country);
  let user = called?.number ?? '';
  if (emergency && called?.kind === 'emergency') user = emergency.number;
  if (emergency && called?.kind === 'emergency-test') user = emergency.testNumber ?? user;
  const routes = orderByPriorityAndWeight(termination.carriers ?? rulebook.carriers, attempt.dice);
  if (routes.length === 0)
    return refuse('no-carrier', 'the gate was started without carriers', undefined, 'a carrier in the settings');
  found.targets = routes.map((route) => ({ trunk: trunk.id, user, route, headers: [] }));
  return pass(
    `${routes.length} carrier${routes.length === 1 ? '' : 's'} for ${user}`,
    user === called?.number ? undefined : emergency?.rule,
  );
}
