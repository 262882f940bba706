import type { Agent } from '../exchange/agent.ts';
import { carriesSdp } from '../exchange/answers.ts';
import { localAddressTowards } from '../exchange/local-address.ts';
import { OutgoingCall } from '../exchange/outgoing-call.ts';
import type { CallOutcome, CallPlan } from '../exchange/outgoing-call.ts';
import { parseSdp } from '../exchange/sdp.ts';
import type { Session } from '../exchange/session.ts';
import { isLoopback } from '../kit/ip.ts';
import type { LegOutcome } from '../rulebook/call-control.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { LineMedia } from './media/line-media.ts';
import { outcomeOf } from './outcomes.ts';

export interface LegParts {
  readonly agent: Agent;
  readonly plan: Omit<CallPlan, 'media'>;
  readonly media: LineMedia;
  /** The address that peers elsewhere send media to; null: the one that packets to them leave from. */
  readonly mediaAddress: string | null;
  /** A 101–199 came; `speaks`: the first one that says where early media comes from. */
  readonly onRinging: (speaks: boolean) => void;
  /** Proves to the edge that what the leg carries was judged. */
  readonly pass: readonly [name: string, value: string];
}

/** A call that we place for an application, from its INVITE to its end. */
export class Leg {
  readonly callId: string;
  readonly pass: readonly [name: string, value: string];
  readonly media: LineMedia;
  /** Resolves whether it was answered. */
  readonly answered: Promise<boolean>;
  /** Resolves when it is over, or came to nothing. */
  readonly ended: Promise<LegOutcome>;
  readonly #parts: LegParts;
  readonly #call: OutgoingCall;
  readonly #answered = Promise.withResolvers<boolean>();
  readonly #ended = Promise.withResolvers<LegOutcome>();
  #answeredAt = 0;
  #speaks = false;

  constructor(parts: LegParts) {
    const { agent, plan, media, pass } = parts;
    const headers = [pass, ...(plan.headers ?? [])];
    this.#parts = parts;
    this.callId = plan.callId;
    this.pass = pass;
    this.media = media;
    this.answered = this.#answered.promise;
    this.ended = this.#ended.promise;
    this.#call = new OutgoingCall(
      agent,
      { ...plan, media, headers },
      {
        provisional: (response) => this.#provisional(response),
        settled: (outcome) => this.#settled(outcome),
        ended: () => this.#end({ kind: 'answered', status: 200, talked: agent.clock.now() - this.#answeredAt }),
      },
    );
  }

  /** What either side may send; undefined until it is answered. */
  get session(): Session | undefined {
    return this.#call.session;
  }

  /** Sends the INVITE. */
  start(): void {
    this.#call.start().catch((error: unknown) => this.#parts.agent.crashed(error));
  }

  /** Hangs up, whatever the state. */
  end(): void {
    this.#call.end();
  }

  /** Of several that ring at once, the first that speaks is heard. */
  #provisional(response: SipResponse): void {
    const speaks = !this.#speaks && response.body.length > 0 && carriesSdp(response);
    if (speaks) this.media.accept(response.body.toString('utf8'));
    this.#speaks ||= speaks;
    this.#parts.onRinging(speaks);
  }

  #settled(outcome: CallOutcome): void {
    if (outcome.kind !== 'answered') return this.#end(outcomeOf(outcome));
    this.#answeredAt = this.#parts.agent.clock.now();
    void this.#learnAddress();
    this.#answered.resolve(true);
  }

  #end(outcome: LegOutcome): void {
    this.media.close();
    this.#answered.resolve(false);
    this.#ended.resolve(outcome);
  }

  /** The edge put an address into our offer that fits its way; from now on ours has to fit the peer's media. */
  async #learnAddress(): Promise<void> {
    const { media, mediaAddress } = this.#parts;
    const remote = parseSdp(media.described)?.find(({ port }) => port > 0);
    if (remote?.address === undefined) return;
    if (mediaAddress !== null && !isLoopback(remote.address)) media.told = mediaAddress;
    else media.told = await localAddressTowards({ address: remote.address, port: remote.port }).catch(() => media.told);
  }
}
