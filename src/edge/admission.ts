import type { CallAttempt, DigestEvidence, TrunkUsage } from '../rulebook/attempt.ts';
import type { LegClaim } from '../rulebook/call-pass.ts';
import { trunkOfLeg } from '../rulebook/decide/application.ts';
import { decide } from '../rulebook/decide/decide.ts';
import { isAnsweredHere, isEmergency, type Decision } from '../rulebook/decide/decision.ts';
import type { ReasonCode } from '../rulebook/decide/reasons.ts';
import { identify, listenerOf } from '../rulebook/decide/identify.ts';
import { trunksBehind } from '../rulebook/decide/origination.ts';
import { agentFrom, decideTransit } from '../rulebook/decide/transit.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Trunk } from '../rulebook/trunk.ts';
import type { Clock } from '../kit/clock.ts';
import { canonicalAddress } from '../kit/ip.ts';
import { newestFirst } from '../kit/ids.ts';
import { FIRST, type Peers } from '../kit/peers.ts';
import { ThreadLost } from '../kit/remote.ts';
import type { AgentBoard } from './agents/agent-board.ts';
import type { Guard } from './abuse/guard.ts';
import { sourceName } from './abuse/source.ts';
import { bookedBy, type Books } from './books.ts';
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
  readonly peers: Peers;
  readonly rulebook: Rulebook;
  readonly credentials: CredentialFinder;
  readonly digest: DigestCheck;
  readonly rate: CallRate;
  /** Of calls from the telephone network. */
  readonly arrivals: CallRate;
  readonly books: Books;
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
  /** Whether the call has begun already: it has to fail when nothing comes of it. */
  readonly begun?: boolean;
}

/** What is to be decided, when all is gathered but how busy everybody is. */
interface Case {
  readonly facts: CallAttempt;
  /** By whose limits. */
  readonly trunk: Trunk | null;
  readonly digest: DigestEvidence;
  readonly callId: string;
  /** Null for a transfer: no call begins with it. */
  readonly received: Received | null;
}

/** The same for FIRST, as plain data. */
interface Question extends Pick<Case, 'facts' | 'digest' | 'callId'> {
  readonly trunk: string | null;
  /** Under which the call is held once it is admitted. */
  readonly key: string | null;
}

/** What FIRST says: its decision, and what it counted. */
interface Answer {
  readonly decision: Decision;
  readonly counted: Pick<CallAttempt, 'callsInLastSecond' | 'callsInProgress' | 'usage' | 'spent'>;
}

/**
 * Gathers what a decision needs (credential, counters) and asks for it. Only FIRST counts: another thread refuses what is
 * to be refused whatever the counters say, and asks FIRST about the rest. Then it waits, and rejects with ThreadLost when
 * there is no FIRST; a call for help goes through even so.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  /** Calls that FIRST is asked about. */
  #asking = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    const { peers } = parts;
    if (peers.self !== FIRST) return;
    peers.on('admission', (question: Question, thread) => this.#answer(question, thread));
    peers.on('explain', (call: HypotheticalCall) => this.explain(call));
  }

  /** Calls that wait for a decision of another thread. */
  get asking(): number {
    return this.#asking;
  }

  /** Judges an INVITE, and counts it when it is admitted. Alone it waits only for a credential that is not cached. */
  judge(received: Received): Judged | Promise<Judged> {
    const { request, flow } = received;
    const asked = askedBy(request);
    const origin = originOf(flow);
    const leg = this.#parts.applications.legOf(received);
    if (leg) return this.#judgeLeg(leg, received, this.#facts(asked, origin, callerIdsOf(request), false));
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
      ? evidence.then((digest) => this.#conclude({ facts, trunk, digest, callId, received }))
      : this.#conclude({ facts, trunk, digest: evidence, callId, received });
  }

  #judgeLeg(leg: LegClaim, received: Received, facts: CallAttempt): Judged | Promise<Judged> {
    const { rulebook, addresses } = this.#parts;
    const { uri, callId = '' } = received.request;
    const parsed = parseUri(uri);
    const place = (parsed && targetOf(parsed)) ?? null;
    const here = parsed && placeOf(parsed);
    // Another port of this very machine is another place.
    const addressedToEdge = here === undefined || addresses.isOwn(here.host, here.port);
    const trunk = trunkOfLeg(rulebook, leg, facts.callerIds);
    const digest = { outcome: 'in-dialog', username: leg.username } as const;
    return this.#conclude({ facts: { ...facts, addressedToEdge, leg, uri, place }, trunk, digest, callId, received });
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
  judgeTransfer({ trunk: id, callId, user, number, called }: Transfer, origin: Origin): Decision | Promise<Decision> {
    const trunk = this.#parts.rulebook.trunk(id) ?? null;
    const asked = { requestUri: { user: called, host: trunk?.hosts[0] ?? '' }, toHost: null, fromHost: null };
    const facts = { ...this.#facts(asked, origin, number === null ? [] : [number], false), forwarded: true };
    const digest = { outcome: 'in-dialog', username: user } as const;
    const judged = this.#conclude({ facts, trunk, digest, callId, received: null });
    return judged instanceof Promise ? judged.then(({ decision }) => decision) : judged.decision;
  }

  /** The decision that such a call would get, without placing or counting it; a user name stands for its right password. */
  async explain(call: HypotheticalCall): Promise<Decision> {
    const { peers } = this.#parts;
    if (peers.self !== FIRST) return (await peers.ask(FIRST, 'explain', call)) as Decision;
    const { username, line } = call;
    const facts = { ...this.#facts(call.asked, call.origin, call.callerIds, call.fromCarrier), line };
    const trunk = facts.fromCarrier ? null : identify(this.#parts.rulebook, facts).trunk;
    if (line !== undefined)
      return this.#decide({ facts, trunk, digest: { outcome: 'in-dialog', username: null } }).decision;
    const sets = trunk?.termination?.digest?.credentialSets;
    if (!trunk || sets === undefined || username === null)
      return this.#decide({ facts, trunk, digest: NO_EVIDENCE }).decision;
    const known = await this.#parts.credentials.find(trunk.id, sets, username);
    const digest = { outcome: known.length > 0 ? 'valid' : 'unknown-user', username } as const;
    return this.#decide({ facts, trunk, digest }).decision;
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

  #conclude(asked: Case): Judged | Promise<Judged> {
    const judged = this.#decide(asked);
    if (this.#parts.peers.self === FIRST) this.#count(asked, judged.decision);
    else if (judged.decision.verdict === 'admit') return this.#ask(asked, judged);
    this.#note(asked, judged.decision);
    return judged;
  }

  /** Has FIRST decide what would be admitted here. */
  async #ask(asked: Case, here: Judged): Promise<Judged> {
    const { calls } = this.#parts;
    const { received } = asked;
    const key = received && calls.expect(received.request);
    try {
      const judged = await this.#judgedByFirst(asked, here, key);
      const { decision } = judged;
      this.#note(asked, decision);
      if (decision.verdict !== 'admit' || !received || key === null) return judged;
      // FIRST holds its place already: whatever becomes of the call is told from now on.
      calls.begin(received, decision, key);
      return { ...judged, begun: true };
    } finally {
      if (key !== null) calls.unexpect(key);
    }
  }

  async #judgedByFirst({ facts, trunk, digest, callId }: Case, here: Judged, key: string | null): Promise<Judged> {
    const question: Question = { facts, trunk: trunk?.id ?? null, digest, callId, key };
    this.#asking += 1;
    try {
      const { decision, counted } = (await this.#parts.peers.ask(FIRST, 'admission', question)) as Answer;
      return { attempt: { ...here.attempt, ...counted }, decision };
    } catch (error) {
      // No limit holds for a call for help, so nothing that FIRST knows could refuse it.
      if (error instanceof ThreadLost && isEmergency(here.decision) && !isAnsweredHere(here.decision)) return here;
      throw error;
    } finally {
      this.#asking -= 1;
    }
  }

  /** Decides for another thread, and holds the place of a call that is admitted. */
  #answer({ facts, trunk: id, digest, callId, key }: Question, thread: number): Answer {
    const { rulebook, books } = this.#parts;
    const asked = { facts, trunk: id === null ? null : (rulebook.trunk(id) ?? null), digest, callId, received: null };
    const { attempt, decision } = this.#decide(asked);
    this.#count(asked, decision);
    if (key !== null && decision.verdict === 'admit') books.hold(bookedBy(decision, callId), key, thread);
    const { callsInLastSecond, callsInProgress, usage, spent } = attempt;
    return { decision, counted: { callsInLastSecond, callsInProgress, usage, spent } };
  }

  /** What all threads are to know of it: only FIRST counts. */
  #count({ facts, trunk, callId }: Case, decision: Decision): void {
    const { rate, arrivals, spending, agents } = this.#parts;
    const { leg } = facts;
    if (!leg) agents.judged(decision);
    if (decision.verdict !== 'admit') return;
    if (facts.fromCarrier && decision.trunk !== null) {
      arrivals.add(decision.trunk, decision.at);
      spending.admittedGuest(decision);
    }
    if (leg) {
      if (leg.placed && trunk) rate.add(trunk.id, decision.at);
      if (decision.direction === 'termination') spending.admitted(decision, callId);
    } else if (trunk) {
      rate.add(trunk.id, decision.at);
      // What an application answers costs nothing; the legs that it wants do.
      if (!isAnsweredHere(decision) && decision.direction !== 'internal') spending.admitted(decision, callId);
    }
  }

  /** What it says of who asked: noted where the call came in. */
  #note({ facts, trunk }: Case, decision: Decision): void {
    if (facts.leg) return;
    const { guard } = this.#parts;
    const { local } = facts.source;
    if (trunk?.realm && local && ABOVE_LIMIT.has(decision.reason))
      guard.access.fault({ ...facts.source, local }, 'refused');
    if (decision.verdict === 'admit') guard.vouch(facts.source.address);
    if (trunk && decision.username !== null && NUMBER_REFUSED.has(decision.reason))
      guard.numberRefused(trunk.id, decision.username);
  }

  #decide({ facts, trunk, digest }: Pick<Case, 'facts' | 'trunk' | 'digest'>): Judged {
    const { rulebook, rate, books, spending, agents, clock } = this.#parts;
    const now = clock.now();
    const callsInLastSecond = trunk ? rate.count(trunk.id, now) : 0;
    const callsInProgress = trunk ? books.ofTrunk(trunk.id) : 0;
    const username = digest.outcome === 'valid' || digest.outcome === 'in-dialog' ? digest.username : null;
    const usage = facts.fromCarrier ? trunksBehind(rulebook, facts).map((id) => this.#usageOf(id, now)) : [];
    const known = { ...facts, digest, callsInLastSecond, callsInProgress, usage, spent: [] };
    const judge = (attempt: CallAttempt): Judged => ({ attempt, decision: decide(rulebook, attempt, now, agents) });
    if (!trunk || !spending.limited) return judge(known);
    // Where people dial, which number it comes to is known only once the call is judged.
    const called = trunk.termination?.dialling ? judge(known).decision.called : facts.requestUri.user;
    return judge({ ...known, spent: spending.spent(trunk.id, username, called) });
  }

  #usageOf(trunk: string, now: number): TrunkUsage {
    const { arrivals, books, spending } = this.#parts;
    return {
      trunk,
      callsInLastSecond: arrivals.count(trunk, now),
      callsInProgress: books.ofTrunk(trunk),
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
