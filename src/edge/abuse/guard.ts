import type { Ban, BanStore } from '../../journal/bans.ts';
import type { CallSink } from '../../journal/event.ts';
import type { Clock } from '../../kit/clock.ts';
import { isLoopback, parseAddress } from '../../kit/ip.ts';
import type { Peers } from '../../kit/peers.ts';
import type { DigestEvidence } from '../../rulebook/attempt.ts';
import type { Packet } from '../../rulebook/access.ts';
import type { Rulebook } from '../../rulebook/rulebook.ts';
import { createResponse, SipRequest, type SipMessage } from '../../sip/message/message.ts';
import type { Endpoint, Flow, TransportName } from '../../sip/transport/transport.ts';
import type { CarrierList } from '../carriers.ts';
import type { DigestCheck } from '../digest-check.ts';
import { AccessControl, type Denied } from './access-control.ts';
import { DropTally } from './drop-tally.ts';
import { Offences } from './offences.ts';
import { PacketRate } from './packet-rate.ts';
import { isScanner } from './scanners.ts';
import type { Silence } from './silences.ts';
import { sourceName } from './source.ts';

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
  readonly peers: Peers;
}

/**
 * Holds off who abuses the gate. A packet over UDP may be forged, so by itself it never leads to a ban: it can only use
 * up what a stranger's address is given, which listed sources do not depend on. Only who answers a challenge that was
 * sent to its address, or comes over a connection, is banned.
 */
export class Guard {
  readonly #parts: GuardParts;
  readonly #offences: Offences;
  readonly #tally: DropTally;
  /** What the networks of borders say of who may send to them. */
  readonly access: AccessControl;
  /**
   * Of this thread alone: all from one address and port comes to one socket, and to tell of each packet would cost more
   * than it. Who sends from many ports, or over connections, has this share in each thread.
   */
  readonly #datagrams = new PacketRate();
  /** Messages over connections, apart: too many of them ban, which no datagram may help to, for it may be forged. */
  readonly #messages = new PacketRate();

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#offences = new Offences(parts);
    this.#tally = new DropTally(parts.journal, parts.clock);
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
    if (transport !== 'udp' || this.#takes(this.#datagrams, source, { transport, remote, local })) return true;
    return this.#drop('packet-rate', transport, remote);
  }

  /** Asked for each message, before it belongs to anything. */
  hears(message: SipMessage, flow: Flow): boolean {
    const { remote, transport } = flow;
    if (flow.reliable) {
      const denied = this.access.message(packetOf(flow), () => message.print().length);
      if (denied) return this.#deny(denied, transport, remote);
      const source = sourceName(remote.address);
      if (this.#isBanned(source, remote)) return this.#drop('banned', transport, remote);
      if (!this.#takes(this.#messages, source, flow)) {
        if (!this.#isListed(flow)) this.#offences.flooded(source);
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
    const enough = this.#limits(remote) && this.#offences.refused(sourceName(remote.address), reliable);
    return enough || this.#parts.strangers === 'drop';
  }

  /** A call from there was admitted, or we send something there. */
  vouch(address: string): void {
    this.#offences.vouch(sourceName(address));
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
    if (outcome === 'valid') this.#offences.loginRight(trunk, username);
    return evidence;
  }

  /** Seconds that a user has to wait before its answer to a challenge is looked at; 0: none. */
  pause(trunk: string, username: string, address: string): number {
    return Math.ceil(this.#offences.pause(trunk, username, sourceName(address)) / 1000);
  }

  /** A wrong answer came to a challenge that was sent to this very address. */
  loginFailed(trunk: string, username: string, address: string): void {
    this.#offences.loginFailed(trunk, username, sourceName(address));
  }

  /** A user that proved its password asked for a number that is refused. */
  numberRefused(trunk: string, username: string): void {
    this.#offences.numberRefused(trunk, username);
  }

  /** Bans in force, newest first. */
  list(): Ban[] {
    return this.#offences.list();
  }

  /** Strangers over UDP that are told no refusals now, latest first. */
  listSilenced(): Silence[] {
    return this.#offences.listSilenced();
  }

  /** Ends the ban, or the silence, of an address or of the /64 it is in; false when there is none. */
  lift(address: string): boolean {
    return this.#offences.lift(sourceName(address.replace(/\/64$/, '')));
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
    if (flow.reliable || digest.provesAddress(request, source)) return this.#offences.scanned(source);
    if (strangers === 'drop' || (request.method !== 'INVITE' && request.method !== 'REGISTER')) return;
    const [status, header] =
      request.method === 'INVITE' ? ([407, 'Proxy-Authenticate'] as const) : ([401, 'WWW-Authenticate'] as const);
    const response = createResponse(request, status, undefined, source.replaceAll(/[^\w]/g, ''));
    for (const value of digest.decoy(source)) response.headers.append(header, value);
    flow.send(response.print());
  }

  #takes(packets: PacketRate, source: string, way: Way): boolean {
    if (!this.#limits(way.remote)) return true;
    return packets.take(source, this.#parts.clock.now(), () => this.#isListed(way));
  }

  #limits(remote: Endpoint): boolean {
    return this.#parts.limitLoopback || !isLoopbackText(remote.address);
  }

  /** Loopback is shared by everything on the machine: a carrier there is heard whatever its neighbours did. */
  #isBanned(source: string, remote: Endpoint): boolean {
    return this.#offences.isBanned(source) && !this.#parts.carriers.includes(remote);
  }

  /** Whether the source belongs to somebody here. */
  #isListed(way: Way): boolean {
    const { remote } = way;
    const { carriers, rulebook } = this.#parts;
    if (this.#offences.isKnown(sourceName(remote.address)) || carriers.includes(remote)) return true;
    const address = parseAddress(remote.address);
    if (address !== undefined && rulebook.trunksBySource(address).length > 0) return true;
    return this.access.lists(packetOf(way));
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
