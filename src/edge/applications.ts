import { isLoopback } from '../kit/ip.ts';
import type { CodeQuestion } from '../rulebook/call-control.ts';
import { CallPasses, PASS_HEADER, type LegClaim } from '../rulebook/call-pass.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { SipRequest } from '../sip/message/message.ts';
import type { Destination } from '../sip/resolve.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { OwnAddresses } from './addresses.ts';
import { withoutPassword } from './asked.ts';
import type { CarrierList } from './carriers.ts';
import type { Received } from './loop-check.ts';
import type { Place } from './places.ts';

export interface ApplicationsParts {
  readonly rulebook: Rulebook;
  readonly addresses: OwnAddresses;
  readonly carriers: CarrierList;
  /** Of this process: signs what the edge and the voice endpoint tell each other. */
  readonly key: Buffer;
  /** The address that peers elsewhere send media to; null: the one that they reach the gate by. */
  readonly mediaAddress: string | null;
}

/** The edge's side of the calls that the gate answers for itself: what it tells the voice endpoint, and believes of it. */
export class Applications {
  readonly #parts: ApplicationsParts;
  readonly #passes: CallPasses;

  constructor(parts: ApplicationsParts) {
    this.#parts = parts;
    this.#passes = new CallPasses(parts.key);
  }

  /** What the voice endpoint claims of a leg; undefined for everybody else's calls. */
  legOf({ request, flow }: Received): LegClaim | undefined {
    if (!this.#isVoice(flow)) return undefined;
    return this.#passes.open('leg', request.callId ?? '', request.headers.get(PASS_HEADER));
  }

  /** Makes a copy of an INVITE fit for its target: with a pass for the voice endpoint, and without one for anybody else. */
  stamp(copy: SipRequest, target: Place, { received, decision }: { received: Received; decision: Decision }): void {
    copy.headers.remove(PASS_HEADER);
    const { application } = target;
    if (application === undefined || decision.account === null) return;
    const fromNetwork = decision.direction === 'origination';
    const { media: encrypted = false } = this.#parts.rulebook.trunk(target.trunk)?.encryption ?? {};
    const pass = this.#passes.seal(copy.callId ?? '', {
      kind: 'call',
      decision: decision.id,
      trunk: target.trunk,
      account: decision.account,
      application,
      caller: decision.caller,
      fromNetwork,
      to: withoutPassword(received.request.uri),
      username: decision.username,
      source: received.flow.remote.address,
      media: this.#mediaAddress(received.flow),
      encrypted: encrypted && !fromNetwork,
      code: codeQuestionOf(decision),
    });
    copy.headers.set(PASS_HEADER, pass);
  }

  /** Puts the address that the peer can reach into the session description of the voice endpoint, which knows only its own. */
  placeMedia(copy: SipRequest, received: Received, flow: Flow): void {
    const { applications } = this.#parts.rulebook;
    if (!applications || copy.body.length === 0 || !this.#isVoice(received.flow)) return;
    const address = this.#mediaAddress(flow);
    if (address === applications.host) return;
    const family = address.includes(':') ? 'IP6' : 'IP4';
    const own = `IN IP4 ${applications.host}\r\n`;
    copy.body = Buffer.from(copy.body.toString('latin1').replaceAll(own, `IN ${family} ${address}\r\n`), 'latin1');
  }

  /** Whether an application's address leads here again, or to a carrier, which would take the call for one that was judged. */
  forbids({ address, port }: Destination): boolean {
    const { carriers, addresses } = this.#parts;
    return carriers.includes({ address, port }) || addresses.isOwn(address, port) || this.#isEndpoint(address, port);
  }

  #isVoice({ remote, reliable }: Flow): boolean {
    // Over a connection its port says nothing; the pass has to do alone.
    return reliable ? isLoopback(remote.address) : this.#isEndpoint(remote.address, remote.port);
  }

  #isEndpoint(address: string, port: number): boolean {
    const { applications } = this.#parts.rulebook;
    return applications !== null && applications.host === address && applications.port === port;
  }

  #mediaAddress({ transport, remote }: Flow): string {
    const { mediaAddress, addresses, rulebook } = this.#parts;
    const own = addresses.of(transport, remote.address)?.address ?? rulebook.applications?.host ?? '';
    return mediaAddress === null || isLoopback(remote.address) ? own : mediaAddress;
  }
}

function codeQuestionOf({ permission }: Decision): CodeQuestion | null {
  if (permission?.action !== 'code') return null;
  const { codeSets, number, line } = permission;
  return { codeSets, number, line };
}
