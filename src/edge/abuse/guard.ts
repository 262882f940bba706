import type { Ban, BanReason, BanStore } from '../../journal/bans.ts';
import type { CallSink } from '../../journal/event.ts';
import type { Clock } from '../../kit/clock.ts';
import { isLoopback, parseAddress } from '../../kit/ip.ts';
import type { DigestEvidence } from '../../rulebook/attempt.ts';
import type { Packet } from '../../rulebook/access.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import { createResponse, SipRequest, type SipMessage } from '../../sip/message/message.ts';
import type { Endpoint, Flow, TransportName } from '../../sip/transport/transport.ts';
import type { CarrierList } from '../carriers.ts';
import type { DigestCheck } from '../digest-check.ts';
import { AccessControl, type Denied } from './access-control.ts';
import { Bans } from './bans.ts';
import { DropTally } from './drop-tally.ts';
import { Evidence, type Threshold } from './evidence.ts';
import { KnownSources } from './known-sources.ts';
import { PacketRate } from './packet-rate.ts';
import { isScanner } from './scanners.ts';
import { Silences, type Silence } from './silences.ts';
import { SlowedUsers } from './slowed-users.ts';
import { sourceName } from './source.ts';

/** Wrong logins that ban a source (checklist 10.3). */
const FAILED_LOGINS: Threshold = { count: 10, within: 60_000 };

/** Likewise of a source from which calls are admitted: one broken phone must not silence an office. */
const FAILED_LOGINS_OF_KNOWN: Threshold = { count: 100, within: 60_000 };

/** Refusals of a stranger over connections that ban it. */
const SWEEP: Threshold = { count: 20, within: 60_000 };

/** Refusals that a stranger over UDP is told before it gets silence: a forged source is not flooded by us. */
const TOLD: Threshold = { count: 30, within: 60_000 };

/** Refused numbers of one user that proved its password: a sweep for numbers that cost (checklist 10.4). */
const NUMBERS: Threshold = { count: 20, within: 60_000 };

/** Sources, or users, that evidence is remembered of. */
const MOST_WATCHED = 50_000;

export interface GuardParts {
  readonly rulebook: Rulebook;
  readonly carriers: CarrierList;
  readonly digest: DigestCheck;
  readonly journal: CallSink;
  readonly bans: BanStore;
  readonly clock: Clock;
  readonly strangers: 'refuse' | 'drop';
  /** Whether limits of packets and sweeps hold for this very machine too, from where no stranger can send. */
  readonly limitLoopback: boolean;
}

/**
 * Holds off who abuses the gate. A packet over UDP may be forged, so by itself it never leads to a ban: it can only use
 * up what a stranger's address is given, which listed sources do not depend on. Only who answers a challenge that was
 * sent to its address, or comes over a connection, is banned.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #bans: Bans;
  readonly #tally: DropTally;
  /** What the networks of borders say of who may send to them. */
  readonly access: AccessControl;
  readonly #packets = new PacketRate();
  readonly #known = new KnownSources();
  readonly #users = new SlowedUsers();
  readonly #logins = new Evidence(MOST_WATCHED);
  readonly #refused = new Evidence(MOST_WATCHED);
  readonly #numbers = new Evidence(MOST_WATCHED);
  readonly #silenced: Silences;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#bans = new Bans(parts.bans, parts.clock);
    this.#tally = new DropTally(parts.journal, parts.clock);
    this.#silenced = new Silences(parts.clock, MOST_WATCHED);
    this.access = new AccessControl(parts.rulebook, parts.clock);
  }

  /** Asked for each datagram and each new connection, before a byte is read. */
  admits(remote: Endpoint, transport: TransportName, local: Endpoint, bytes: number): boolean {
    // A gate without borders pays nothing for them here.
    const denied = this.#parts.rulebook.hasListeners
      ? this.access.arrival(packetOf({ transport, remote, local }), bytes)
      : undefined;
    if (denied) return this.#deny(denied, transport, remote);
    const source = sourceName(remote.address);
    if (this.#isBanned(source, remote)) return this.#drop('banned', transport, remote);
    if (transport !== 'udp' || this.#takes(source, { transport, remote, local })) return true;
    return this.#drop('packet-rate', transport, remote);
  }

  /** Asked for each message, before it belongs to anything. */
  hears(message: SipMessage, flow: Flow): boolean {
    const { remote, transport } = flow;
    if (flow.reliable) {
      const denied = this.access.message(packetOf(flow), () => message.toBuffer().length);
      if (denied) return this.#deny(denied, transport, remote);
      const source = sourceName(remote.address);
      if (this.#isBanned(source, remote)) return this.#drop('banned', transport, remote);
      if (!this.#takes(source, flow)) {
        if (!this.#isListed(flow)) this.#ban(source, 'flood', 1);
        return this.#drop('packet-rate', transport, remote);
      }
    }
    if (!(message instanceof SipRequest) || !isScanner(message.headers.get('user-agent'))) return true;
    if (!this.#parts.carriers.includes(remote)) this.#meetScanner(message, flow);
    return false;
  }

  /**
   * Whether a refusal is kept from this sender: it is on no list, and strangers get silence or have been told enough. That
   * needs no proof of its address, for it harms nobody: calls that would be admitted are still admitted, and who is listed
   * is told everything.
   */
  silences(flow: Flow): boolean {
    const { remote, reliable } = flow;
    if (this.#isListed(flow)) return false;
    const source = sourceName(remote.address);
    const counts = this.#limits(remote);
    const { clock, strangers } = this.#parts;
    const now = clock.now();
    const many = counts && this.#refused.add(source, now, reliable ? SWEEP : TOLD);
    if (many && reliable) this.#ban(source, 'sweep', SWEEP.count);
    const quiet = counts && !reliable && this.#silenced.has(source);
    if ((many && !reliable) || quiet) this.#silenced.add(source);
    return many || quiet || strangers === 'drop';
  }

  /** A call from there was admitted, or we send something there. */
  vouch(address: string): void {
    this.#known.add(sourceName(address), this.#parts.clock.now());
  }

  /**
   * Notes what a digest answer proved, and gives what may be known of it: while a user is slowed its answers still
   * count, but nobody learns what they were worth. A wrong one always answers a challenge that was sent to `address`.
   */
  weigh(evidence: DigestEvidence, trunk: string, address: string): DigestEvidence {
    if (!('username' in evidence) || evidence.outcome === 'in-dialog') return evidence;
    const { username, outcome } = evidence;
    const retryAfter = this.pause(trunk, username, address);
    if (outcome === 'wrong-response' || outcome === 'unknown-user') this.loginFailed(trunk, username, address);
    if (retryAfter > 0) return { outcome: 'slowed', username, retryAfter };
    if (outcome === 'valid') this.#users.succeeded(trunk, username);
    return evidence;
  }

  /** Seconds that a user has to wait before its answer to a challenge is looked at; 0: none. */
  pause(trunk: string, username: string, address: string): number {
    const now = this.#parts.clock.now();
    const trusted = this.#known.has(sourceName(address), now);
    return Math.ceil(this.#users.pause(trunk, username, now, trusted) / 1000);
  }

  /** A wrong answer came to a challenge that was sent to this very address. */
  loginFailed(trunk: string, username: string, address: string): void {
    const now = this.#parts.clock.now();
    const source = sourceName(address);
    const threshold = this.#known.has(source, now) ? FAILED_LOGINS_OF_KNOWN : FAILED_LOGINS;
    this.#users.failed(trunk, username, now);
    if (this.#logins.add(source, now, threshold)) this.#ban(source, 'failed-logins', threshold.count);
  }

  /** A user that proved its password asked for a number that is refused. */
  numberRefused(trunk: string, username: string): void {
    const now = this.#parts.clock.now();
    if (this.#numbers.add(`${trunk} ${username.slice(0, 128)}`, now, NUMBERS)) this.#users.hold(trunk, username, now);
  }

  /** Bans in force, newest first. */
  list(): Ban[] {
    return this.#bans.list();
  }

  /** Strangers over UDP that are told no refusals now, latest first. */
  listSilenced(): Silence[] {
    return this.#silenced.list();
  }

  /** Ends the ban, or the silence, of an address or of the /64 it is in; false when there is none. */
  lift(address: string): boolean {
    const source = sourceName(address.replace(/\/64$/, ''));
    this.#logins.forget(source);
    this.#refused.forget(source);
    const silenced = this.#silenced.lift(source);
    return this.#bans.lift(source) || silenced;
  }

  /**
   * A scanner gets silence. Only where it asks for a call or to register does it get a challenge that leads nowhere:
   * by answering it, it proves its address.
   */
  #meetScanner(request: SipRequest, flow: Flow): void {
    const { digest, journal, clock, strangers } = this.#parts;
    const { remote, transport } = flow;
    const source = sourceName(remote.address);
    const callId = request.callId ?? '';
    journal.record({
      kind: 'drop',
      callId,
      at: clock.now(),
      source: { transport, ...remote },
      reason: 'scanner',
      packets: 1,
    });
    if (flow.reliable || digest.provesAddress(request, source)) return this.#catchScanner(source);
    if (strangers === 'drop' || (request.method !== 'INVITE' && request.method !== 'REGISTER')) return;
    const [status, header] =
      request.method === 'INVITE' ? ([407, 'Proxy-Authenticate'] as const) : ([401, 'WWW-Authenticate'] as const);
    const response = createResponse(request, status, undefined, source.replaceAll(/[^\w]/g, ''));
    for (const value of digest.decoy(source)) response.headers.append(header, value);
    flow.send(response.toBuffer());
  }

  #catchScanner(source: string): void {
    const now = this.#parts.clock.now();
    const known = this.#known.has(source, now);
    if (!known || this.#logins.add(source, now, FAILED_LOGINS_OF_KNOWN)) this.#ban(source, 'scanner', 1);
  }

  #takes(source: string, way: Way): boolean {
    if (!this.#limits(way.remote)) return true;
    return this.#packets.take(source, this.#parts.clock.now(), () => this.#isListed(way));
  }

  #limits(remote: Endpoint): boolean {
    return this.#parts.limitLoopback || !isLoopbackText(remote.address);
  }

  /** Loopback is shared by everything on the machine: a carrier there is heard whatever its neighbours did. */
  #isBanned(source: string, remote: Endpoint): boolean {
    return this.#bans.of(source) !== undefined && !this.#parts.carriers.includes(remote);
  }

  /** Whether the source belongs to somebody here. */
  #isListed(way: Way): boolean {
    const { remote } = way;
    const { carriers, rulebook, clock } = this.#parts;
    if (this.#known.has(sourceName(remote.address), clock.now()) || carriers.includes(remote)) return true;
    const address = parseAddress(remote.address);
    if (address !== undefined && rulebook.trunksBySource(address).length > 0) return true;
    return this.access.lists(packetOf(way));
  }

  #ban(source: string, reason: BanReason, evidence: number): void {
    this.#bans.add(source, reason, evidence);
    this.#logins.forget(source);
    this.#refused.forget(source);
  }

  #deny({ reason, rule }: Denied, transport: TransportName, remote: Endpoint): false {
    this.#tally.add(reason, transport, remote, rule);
    return false;
  }

  #drop(reason: 'banned' | 'packet-rate', transport: TransportName, remote: Endpoint): false {
    this.#tally.add(reason, transport, remote);
    return false;
  }
}

/** Where something came from and to. */
type Way = Pick<Flow, 'transport' | 'remote' | 'local'>;

/** What access rules look at. */
export function packetOf({ transport, remote, local }: Way): Packet {
  return { transport, ...remote, local };
}

/** Asked for every packet, so without reading the address as a number. */
function isLoopbackText(address: string): boolean {
  return address.startsWith('127.') || (address.includes(':') && isLoopback(address));
}
