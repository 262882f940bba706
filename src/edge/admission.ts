import type { CallAttempt, DigestEvidence, TrunkUsage } from '../rulebook/attempt.ts';
import type { LegClaim } from '../rulebook/call-pass.ts';
import { trunkOfLeg } from '../rulebook/decide/application.ts';
import { decide } from '../rulebook/decide/decide.ts';
import { isAnsweredHere, type Decision } from '../rulebook/decide/decision.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import { identify, listenerOf } from '../rulebook/decide/identify.ts';
import { trunksBehind } from '../rulebook/decide/origination.ts';
import { agentFrom, decideTransit } from '../rulebook/decide/transit.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Trunk } from '../rulebook/trunk.ts';
import type { Clock } from '../kit/clock.ts';
import { canonicalAddress } from '../kit/ip.ts';
import { newestFirst } from '../kit/ids.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import type { Guard } from './abuse/guard.ts';
import { sourceName } from './abuse/source.ts';
import type { Calls } from './calls.ts';
import type { CallRate } from './limits.ts';
import type { DigestCheck } from './digest-check.ts';
import type { Applications } from './applications.ts';
import type { OwnAddresses } from './addresses.ts';
import type { CarrierList } from './carriers.ts';
import type { CredentialFinder } from './credential-finder.ts';
import { askedBy, callerIdsOf, originOf, type Asked, type Origin } from './asked.ts';
import type { Received } from './loop-check.ts';
import { offersPlainAudio } from './offered-audio.ts';
import type { RelayedTelephones } from './registrar/relayed.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Spending } from './spending/spending.ts';
import { placeOf, targetOf } from '../sip/resolve.ts';
import { parseUri } from '../sip/uri.ts';

/** A call to be judged without being placed. */
export interface HypotheticalCall {
  readonly asked: Asked;
  readonly origin: Origin;
  readonly callerIds: readonly string[];
  readonly username: string | null;
  readonly fromCarrier: boolean;
  /** LineEntry.id of the caller, in place of a user name. */
  readonly line?: string | undefined;
}

export interface AdmissionParts {
  readonly rulebook: Rulebook;
  readonly credentials: CredentialFinder;
  readonly digest: DigestCheck;
  readonly rate: CallRate;
  /** Of calls from the telephone network. */
  readonly arrivals: CallRate;
  readonly calls: Calls;
  readonly spending: Spending;
  readonly guard: Guard;
  readonly agents: AgentBoard;
  readonly carriers: CarrierList;
  readonly addresses: OwnAddresses;
  readonly applications: Applications;
  readonly telephones: RelayedTelephones;
  readonly clock: Clock;
  /** A number in [0, 1), for weights. */
  readonly dice: () => number;
}

/** A call that a customer asks the other side of an established call to place (RFC 3515). */
export interface Transfer {
  readonly trunk: string;
  readonly callId: string;
  /** The user who placed the established call; null when none proved to. */
  readonly user: string | null;
  /** The number that the customer goes by in the established call. */
  readonly number: string | null;
  /** Whom the other side would call. */
  readonly called: string;
}

/** A decision and what it is about. */
export interface Judged {
  readonly attempt: CallAttempt;
  readonly decision: Decision;
}

/** Gathers what a decision needs (credential, counters) and asks for it. */
export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Judges an INVITE, and counts it when it is admitted. Waits only for a credential that is not cached. */
  judge({ request, flow }: Received): Judged | Promise<Judged> {
    const asked = askedBy(request);
    const origin = originOf(flow);
    const leg = this.#parts.applications.legOf({ request, flow });
    if (leg) return this.#judgeLeg(leg, request, this.#facts(asked, origin, callerIdsOf(request), false));
    const seen = {
      ...this.#facts(asked, origin, callerIdsOf(request), this.#parts.carriers.includes(origin)),
      // Who sends a call on says so (RFC 5806).
      forwarded: request.headers.has('diversion'),
    };
    this.#noteAgent(seen);
    const trunk = seen.fromCarrier ? null : identify(this.#parts.rulebook, seen).trunk;
    const facts = trunk?.encryption.media ? { ...seen, plainAudio: offersPlainAudio(request) } : seen;
    const evidence = trunk ? this.#evidence(trunk, request, origin) : NO_EVIDENCE;
    const callId = request.callId ?? '';
    return evidence instanceof Promise
      ? evidence.then((digest) => this.#conclude(facts, trunk, digest, callId))
      : this.#conclude(facts, trunk, evidence, callId);
  }

  #judgeLeg(leg: LegClaim, { uri, callId = '' }: SipRequest, facts: CallAttempt): Judged {
    const { rulebook, rate, addresses, spending } = this.#parts;
    const parsed = parseUri(uri);
    const place = (parsed && targetOf(parsed)) ?? null;
    const here = parsed && placeOf(parsed);
    // Another port of this very machine is another place.
    const addressedToEdge = here === undefined || addresses.isOwn(here.host, here.port);
    const trunk = trunkOfLeg(rulebook, leg, facts.callerIds);
    const judged = this.#decide({ ...facts, addressedToEdge, leg, uri, place }, trunk, {
      outcome: 'in-dialog',
      username: leg.username,
    });
    const { decision } = judged;
    if (decision.verdict !== 'admit') return judged;
    if (leg.placed && trunk) rate.add(trunk.id, decision.at);
    if (decision.direction === 'termination') spending.admitted(decision, callId);
    return judged;
  }

  /** Judges a REGISTER that came in by a listener of a border. */
  judgeRegistration({ request, flow }: Received): Decision {
    const { rulebook, clock, agents } = this.#parts;
    const attempt = this.#facts(askedBy(request), originOf(flow), [], false);
    const listener = listenerOf(rulebook, attempt);
    if (!listener) throw new Error('this listener is of no border');
    this.#noteAgent(attempt);
    return decideTransit({ rulebook, attempt, listener, now: clock.now(), loads: agents, method: 'REGISTER' });
  }

  /** Judges a transfer as if the customer placed the call itself, and counts it when it is admitted. */
  judgeTransfer({ trunk: id, callId, user, number, called }: Transfer, origin: Origin): Decision {
    const trunk = this.#parts.rulebook.trunk(id) ?? null;
    const asked = { requestUri: { user: called, host: trunk?.hosts[0] ?? '' }, toHost: null, fromHost: null };
    const facts = { ...this.#facts(asked, origin, number === null ? [] : [number], false), forwarded: true };
    return this.#conclude(facts, trunk, { outcome: 'in-dialog', username: user }, callId).decision;
  }

  /** The decision that such a call would get, without placing or counting it; a user name stands for its right password. */
  async explain(call: HypotheticalCall): Promise<Decision> {
    const { username, line } = call;
    const facts = { ...this.#facts(call.asked, call.origin, call.callerIds, call.fromCarrier), line };
    const trunk = facts.fromCarrier ? null : identify(this.#parts.rulebook, facts).trunk;
    if (line !== undefined) return this.#decide(facts, trunk, { outcome: 'in-dialog', username: null }).decision;
    const sets = trunk?.termination?.digest?.credentialSets;
    if (!trunk || sets === undefined || username === null) return this.#decide(facts, trunk, NO_EVIDENCE).decision;
    const known = await this.#parts.credentials.find(trunk.id, sets, username);
    return this.#decide(facts, trunk, { outcome: known.length > 0 ? 'valid' : 'unknown-user', username }).decision;
  }

  #facts(asked: Asked, origin: Origin, callerIds: readonly string[], fromCarrier: boolean): CallAttempt {
    const { addresses, dice, guard, rulebook, telephones, clock } = this.#parts;
    const packet = origin.local && { ...origin, local: origin.local };
    const denied = packet && guard.access.explain(packet);
    const listener = listenerOf(rulebook, { source: origin });
    const agents = listener ? rulebook.agentsAt(canonicalAddress(origin.address)).filter(({ named }) => named) : [];
    const registered = listener && telephones.named(asked.requestUri.user);
    return {
      // A vendor's API lists calls by it, the newest first.
      id: newestFirst(clock.now()),
      source: origin,
      // The listener decides first.
      fromCarrier: fromCarrier && !listener,
      ...asked,
      leg: null,
      uri: '',
      forwarded: false,
      place: null,
      addressedToEdge: asked.requestUri.host === '' || addresses.isOwnHost(asked.requestUri.host),
      callerIds,
      digest: NO_EVIDENCE,
      callsInLastSecond: 0,
      callsInProgress: 0,
      usage: [],
      spent: [],
      ...(denied !== undefined && { denied }),
      ...(listener && { fromRegistered: telephones.isRegistered(listener.trunk, origin) }),
      ...(registered && { registered }),
      ...(agents.length > 0 && { namedAgents: agents.map(({ id }) => id) }),
      dice: dice(),
    };
  }

  /** A request of an agent is a sign of life. */
  #noteAgent(facts: CallAttempt): void {
    const { rulebook, agents, clock } = this.#parts;
    const listener = listenerOf(rulebook, facts);
    const agent = listener && agentFrom(rulebook, listener.trunk, facts);
    if (agent) agents.healthOf(agent.id)?.health.heard(agent, clock.now());
  }

  #evidence(trunk: Trunk, request: SipRequest, origin: Origin): DigestEvidence | Promise<DigestEvidence> {
    const rule = trunk.termination?.digest;
    if (!rule) return NO_EVIDENCE;
    const { digest, credentials, rulebook, addresses, guard } = this.#parts;
    const serves = (host: string): boolean => rulebook.trunkByHost(host) !== undefined || addresses.isOwnHost(host);
    const client = sourceName(origin.address);
    const evidence = digest.check(request, { realm: rule.realm, client, serves }, (username) =>
      credentials.find(trunk.id, rule.credentialSets, username),
    );
    return evidence instanceof Promise
      ? evidence.then((found) => guard.weigh(found, trunk.id, origin.address))
      : guard.weigh(evidence, trunk.id, origin.address);
  }

  #conclude(facts: CallAttempt, trunk: Trunk | null, digest: DigestEvidence, callId: string): Judged {
    const judged = this.#decide(facts, trunk, digest);
    const { decision } = judged;
    const { rate, arrivals, guard, spending, agents } = this.#parts;
    agents.judged(decision);
    const { local } = facts.source;
    if (trunk?.realm && local && ABOVE_LIMIT.has(decision.reason))
      guard.access.fault({ ...facts.source, local }, 'refused');
    if (decision.verdict === 'admit') guard.vouch(facts.source.address);
    if (facts.fromCarrier && decision.verdict === 'admit' && decision.trunk !== null) {
      arrivals.add(decision.trunk, decision.at);
      spending.admittedGuest(decision);
    }
    if (trunk && decision.verdict === 'admit') {
      rate.add(trunk.id, decision.at);
      // What an application answers costs nothing; the legs that it wants do.
      if (!isAnsweredHere(decision) && decision.direction !== 'internal') spending.admitted(decision, callId);
    }
    if (trunk && decision.username !== null && NUMBER_REFUSED.has(decision.reason))
      guard.numberRefused(trunk.id, decision.username);
    return judged;
  }

  #decide(facts: CallAttempt, trunk: Trunk | null, digest: DigestEvidence): Judged {
    const { rulebook, rate, calls, spending, agents, clock } = this.#parts;
    const now = clock.now();
    const callsInLastSecond = trunk ? rate.count(trunk.id, now) : 0;
    const callsInProgress = trunk ? calls.ofTrunk(trunk.id) : 0;
    const username = digest.outcome === 'valid' || digest.outcome === 'in-dialog' ? digest.username : null;
    const spent = trunk ? spending.spent(trunk.id, username, facts.requestUri.user) : [];
    const usage = facts.fromCarrier ? trunksBehind(rulebook, facts).map((id) => this.#usageOf(id, now)) : [];
    const attempt = { ...facts, digest, callsInLastSecond, callsInProgress, usage, spent };
    return { attempt, decision: decide(rulebook, attempt, now, agents) };
  }

  #usageOf(trunk: string, now: number): TrunkUsage {
    const { arrivals, calls, spending } = this.#parts;
    return {
      trunk,
      callsInLastSecond: arrivals.count(trunk, now),
      callsInProgress: calls.ofTrunk(trunk),
      spent: spending.spentBothWays(trunk),
    };
  }
}

/** Refusals of calls for which there is no room. */
const ABOVE_LIMIT: ReadonlySet<ReasonCode> = new Set(['rate-exceeded', 'concurrency-exceeded']);

/** Refusals that tell whoever tries many numbers which of them cost. */
const NUMBER_REFUSED: ReadonlySet<ReasonCode> = new Set([
  'called-number-invalid',
  'country-not-allowed',
  'country-unknown',
  'high-risk-not-allowed',
  'premium-not-allowed',
]);

const NO_EVIDENCE: DigestEvidence = { outcome: 'none' };
