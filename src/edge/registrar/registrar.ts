import type { CallSink } from '../../journal/event.ts';
import type { Clock } from '../../kit/clock.ts';
import { hex } from '../../kit/ids.ts';
import type { DigestEvidence, RegistrationAttempt } from '../../rulebook/attempt.ts';
import type { Decision } from '../../rulebook/decide/decision.ts';
import { identify } from '../../rulebook/decide/identify.ts';
import { reasonOf, type ReasonCode } from '../../rulebook/decide/reasons.ts';
import { decideRegistration } from '../../rulebook/decide/registration.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import type { Registration, Trunk } from '../../rulebook/trunk.ts';
import type { SipRequest, SipResponse } from '../../sip/message/message.ts';
import { fromWire } from '../../sip/message/text.ts';
import type { ServerTransaction } from '../../sip/transaction/transaction.ts';
import type { Guard } from '../abuse/guard.ts';
import { sourceName } from '../abuse/source.ts';
import type { CredentialFinder } from '../credential-finder.ts';
import type { OwnAddresses } from '../addresses.ts';
import { ownAnswer, unsupported, type Answers } from '../answers.ts';
import { askedBy, originOf, sourceOf, userAndHost } from '../asked.ts';
import type { DigestCheck } from '../digest-check.ts';
import type { Refusals } from '../refusals.ts';
import { flowToRemember, inOrder, type AddressOfRecord, type Binding } from './binding.ts';
import type { Bindings } from './bindings.ts';
import { readContacts } from './contacts.ts';
import { readPath, supports } from './path.ts';
import { update, type Update } from './update.ts';

/** Characters; what is kept for each binding is bounded by this and the bounds of contacts and paths. */
const LONGEST_CALL_ID = 512;

export interface RegistrarParts {
  readonly rulebook: Rulebook;
  readonly credentials: CredentialFinder;
  readonly digest: DigestCheck;
  readonly addresses: OwnAddresses;
  readonly bindings: Bindings;
  readonly answers: Answers;
  readonly refusals: Refusals;
  readonly guard: Guard;
  readonly journal: CallSink;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Takes REGISTER for the trunks that allow it, in the order of RFC 3261 §10.3. */
export class Registrar {
  readonly #parts: RegistrarParts;

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  register(transaction: ServerTransaction): void {
    const attempt = this.#attempt(transaction);
    const { trunk } = identify(this.#parts.rulebook, attempt);
    if (trunk && unsupported(transaction).length > 0)
      return this.#parts.refusals.refuse(transaction, 'extension-not-supported');
    const evidence = trunk ? this.#evidence(transaction, trunk) : NO_EVIDENCE;
    if (!(evidence instanceof Promise)) return this.#judge(transaction, { ...attempt, digest: evidence });
    evidence
      .then((digest) => this.#judge(transaction, { ...attempt, digest }))
      .catch((error: unknown) => this.#failed(transaction, error));
  }

  #attempt({ request, flow }: ServerTransaction): RegistrationAttempt {
    const { addresses } = this.#parts;
    const asked = askedBy(request);
    const { user, host } = userAndHost(request.to?.uri ?? '');
    return {
      id: hex(8),
      source: originOf(flow),
      ...asked,
      addressedToEdge: asked.requestUri.host === '' || addresses.isOwnHost(asked.requestUri.host),
      addressOfRecord: { user: user === null ? null : fromWire(user), host, atEdge: addresses.isOwnHost(host) },
      digest: NO_EVIDENCE,
    };
  }

  #evidence(
    { request, flow }: ServerTransaction,
    { id, registration }: Trunk,
  ): DigestEvidence | Promise<DigestEvidence> {
    if (!registration) return NO_EVIDENCE;
    const { realm, credentialSets } = registration.digest;
    const { digest, credentials, rulebook, addresses, guard } = this.#parts;
    const serves = (host: string): boolean => rulebook.trunkByHost(host) !== undefined || addresses.isOwnHost(host);
    const { address } = flow.remote;
    const client = sourceName(address);
    const evidence = digest.check(request, { realm, client, serves }, (username) =>
      credentials.find(id, credentialSets, username),
    );
    return evidence instanceof Promise
      ? evidence.then((found) => guard.weigh(found, id, address))
      : guard.weigh(evidence, id, address);
  }

  #judge(transaction: ServerTransaction, attempt: RegistrationAttempt): void {
    const { rulebook, clock, refusals, guard } = this.#parts;
    const decision = decideRegistration(rulebook, attempt, clock.now());
    const registration = decision.trunk === null ? null : rulebook.trunk(decision.trunk)?.registration;
    if (decision.verdict !== 'admit' || decision.trunk === null || decision.called === null || !registration) {
      // A telephone's first question, or its answer to an old nonce, is part of every registration.
      const routine = decision.reason === 'credentials-required' || decision.reason === 'nonce-stale';
      this.#record(transaction, decision, { reason: decision.reason, status: decision.status, routine });
      return refusals.refuseFor(decision, transaction);
    }
    guard.vouch(transaction.flow.remote.address);
    const user = { trunk: decision.trunk, user: decision.called };
    const before = this.#parts.bindings.of(user);
    const { bindings, reason } = this.#change(transaction.request, transaction, user, before, registration);
    if (reason !== undefined) return this.#refuse(transaction, decision, reason, registration);
    if (bindings !== before) {
      try {
        this.#parts.bindings.replace(user, bindings);
      } catch (error) {
        // RFC 3261 §10.3 step 8: what could not be stored did not happen.
        return this.#failed(transaction, error);
      }
    }
    const routine = contactsOf(before) === contactsOf(bindings);
    this.#record(transaction, decision, { reason: 'admitted', status: 200, routine });
    transaction.respond(this.#list(transaction, bindings));
  }

  #change(
    request: SipRequest,
    { flow }: ServerTransaction,
    user: AddressOfRecord,
    before: readonly Binding[],
    terms: Registration,
  ): Update {
    const wish = readContacts(request);
    const path = readPath(request);
    const { callId = '', cseq } = request;
    if (!wish || !path || !cseq || callId.length > LONGEST_CALL_ID) return { reason: 'malformed-request' };
    if (wish.kind === 'update' && !this.#parts.bindings.hasRoomFor(user)) return { reason: 'registrar-full' };
    const flowFor = (target: string): Binding['flow'] => flowToRemember(request, flow, target);
    const now = this.#parts.clock.now();
    return update(before, { wish, callId, cseq: cseq.number, path, flowFor, now }, terms);
  }

  #refuse(transaction: ServerTransaction, decision: Decision, reason: ReasonCode, terms: Registration): void {
    const { status } = reasonOf(reason);
    this.#record(transaction, decision, { reason, status, routine: false });
    const response = this.#parts.answers.forReason(transaction, reason);
    if (reason === 'registration-too-brief') response.headers.append('Min-Expires', String(terms.minimumSeconds));
    transaction.respond(response);
  }

  #failed(transaction: ServerTransaction, error: unknown): void {
    this.#parts.onError(error);
    this.#parts.refusals.refuse(transaction, 'internal-error');
  }

  /** RFC 3261 §10.3 step 8: every binding of the user, whoever made it. */
  #list(transaction: ServerTransaction, bindings: readonly Binding[]): SipResponse {
    const response = ownAnswer(transaction, 200);
    const now = this.#parts.clock.now();
    for (const { contact, params, expiresAt } of inOrder(bindings))
      response.headers.append('Contact', `<${contact}>${params};expires=${Math.ceil((expiresAt - now) / 1000)}`);
    // RFC 3327 §5.3: the telephone learns by which way calls will come.
    if (supports(transaction.request, 'path'))
      for (const line of transaction.request.headers.lines('path')) response.headers.append('Path', line);
    response.headers.append('Date', new Date(now).toUTCString());
    return response;
  }

  #record(
    { request, flow }: ServerTransaction,
    decision: Decision,
    outcome: { reason: ReasonCode; status: number; routine: boolean },
  ): void {
    const { callId = '', to } = request;
    const about = { callId, at: decision.at, source: sourceOf(flow), addressOfRecord: to?.uri ?? '' };
    this.#parts.journal.record({ kind: 'registration', ...about, decision, ...outcome });
  }
}

const NO_EVIDENCE: DigestEvidence = { outcome: 'none' };

function contactsOf(bindings: readonly Binding[]): string {
  return bindings
    .map(({ contact }) => contact)
    .toSorted()
    .join('\n');
}
