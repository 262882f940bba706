import type { RegistrationAttempt } from '../attempt.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Registration, Termination, Trunk } from '../trunk.ts';
import { checkRules, conclude, isStale, note, stops, terminationMissing } from './conclude.ts';
import { pass, refuse, type Outcome, type RequestContext } from './context.ts';
import type { CheckName, Decision, TraceStep } from './decision.ts';
import { checkDigest } from './digest.ts';
import { identify } from './identify.ts';
import { checkSource } from './source.ts';
import { checkEnabled, checkTransportSecurity } from './termination.ts';

interface RegistrationContext extends RequestContext {
  readonly rulebook: Rulebook;
  readonly attempt: RegistrationAttempt;
}

/** What a REGISTER must pass once its trunk is known and takes registrations, in this order (RFC 3261 §10.3). */
const CHECKS: readonly (readonly [CheckName, (context: RegistrationContext) => Outcome])[] = [
  ['enabled', checkEnabled],
  ['transport-security', checkTransportSecurity],
  ['source', checkSource],
  ['digest', checkDigest],
  ['address-of-record', checkAddressOfRecord],
];

/** Judges a REGISTER, as decide() judges a call: pure, and with a trace. `now` is milliseconds since the epoch. */
export function decideRegistration(rulebook: Rulebook, attempt: RegistrationAttempt, now: number): Decision {
  const trace: TraceStep[] = [];
  const found = { sourceTrusted: false, sourceBound: false };
  const rules = checkRules(rulebook);
  const { trunk, outcome } = rules ? { trunk: null, outcome: rules } : identify(rulebook, attempt);
  let last = note(trace, rules ? 'rules' : 'identify', outcome);
  if (trunk) last = note(trace, 'registration', trunk.registration ? taken(trunk.registration) : notTaken(trunk));
  if (trunk && !stops(last) && !trunk.termination) last = note(trace, 'enabled', terminationMissing(trunk));
  const termination = trunk && !stops(last) && registrationTerms(trunk);
  if (trunk && termination) {
    for (const [check, run] of CHECKS) {
      last = note(trace, check, run({ rulebook, attempt, trunk, termination, found }));
      if (stops(last)) break;
    }
  }
  const realm = trunk?.registration?.digest.realm;
  const challenged = realm !== undefined && last.outcome === 'challenge';
  const decision = conclude(last, {
    id: attempt.id,
    at: now,
    revision: rulebook.revision,
    direction: 'registration',
    trunk: trunk?.id ?? null,
    account: trunk?.account ?? null,
    called: attempt.addressOfRecord.user,
    caller: null,
    abroad: false,
    username: 'username' in attempt.digest ? attempt.digest.username : null,
    sourceTrusted: found.sourceTrusted,
    challenge: challenged ? { realm, stale: isStale(attempt) } : null,
    targets: [],
    trace,
  });
  // A registrar asks for itself, not as a proxy (RFC 3261 §22.2).
  return decision.status === 407 ? { ...decision, status: 401 } : decision;
}

/** A registration meets the same terms as a call, but for its own sources and credentials. */
function registrationTerms({ termination, registration }: Trunk): Termination | null {
  if (!termination || !registration) return null;
  const { sources, digest } = registration;
  return { ...termination, sources, boundSources: null, certificates: null, digest };
}

function taken({ rule }: Registration): Outcome {
  return pass('the trunk takes registrations', rule);
}

function notTaken(trunk: Trunk): Outcome {
  return refuse('registration-not-allowed', `${trunk.id} takes no registrations`);
}

/** A user registers its own address, and no other (RFC 3261 §10.3 step 4). */
function checkAddressOfRecord({ rulebook, attempt, trunk }: RegistrationContext): Outcome {
  const { user, host, atEdge } = attempt.addressOfRecord;
  const username = 'username' in attempt.digest ? attempt.digest.username : null;
  const rule = trunk.registration?.rule;
  const named = `${(user ?? '').slice(0, 64)}@${host.slice(0, 255)}`;
  if (user === null || user !== username)
    return refuse('registration-of-another', `${named} is not the address of ${username}`, rule, 'its own address');
  if (!atEdge && !trunk.hosts.includes(host))
    return refuse('registration-of-another', `${named} is no address of ${trunk.id}`, rule, trunk.hosts[0]);
  const line = rulebook.directory.lineOfUser(trunk.id, user);
  if (line?.registers === false)
    return refuse(
      'registration-not-allowed',
      `${user} may call, but not register`,
      line.rule,
      'registration for the line',
    );
  return pass(`${named} is the user's own`, rule);
}
