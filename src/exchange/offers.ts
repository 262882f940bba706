import { randomInt } from 'node:crypto';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Agent } from './agent.ts';
import { attachDescription } from './answers.ts';
import type { Authenticator } from './credentials.ts';
import { acknowledgement, nextHopUri, nextRequest } from './dialog.ts';
import type { Dialog } from './dialog.ts';

/** The peer keeps the session as it was, or is gone; `status` is what it said. */
export class OfferRefused extends Error {
  override name = 'OfferRefused';
  readonly status: number;

  constructor(status: number) {
    super(`the offer was answered with ${status}`);
    this.status = status;
  }
}

/** How often an offer is made that finds the peer busy with one of its own. */
const MOST_TRIES = 5;

/** Milliseconds between two looks whether it is our turn. */
const LOOK_AGAIN = 50;

/** Milliseconds, drawn at random, before an offer that crossed another is made again (RFC 3261 §14.1): we did not make the Call-ID. */
const AGAIN_WITHIN = 2000;

export interface OffersParts {
  readonly agent: Agent;
  readonly dialog: Dialog;
  readonly flow: Flow;
  readonly authenticator?: Authenticator | undefined;
  /** Whether the peer is told that it may send transfers. */
  readonly transfers: boolean;
  /** No offer of the peer is under way. */
  readonly mayOffer: () => boolean;
  readonly lives: () => boolean;
  /** The peer knows nothing of the session any more (§12.2.1.2). */
  readonly lost: () => void;
}

/** The re-INVITEs that one side of a session sends (RFC 3261 §14.1), one at a time. */
export class Offers {
  readonly #parts: OffersParts;
  /** Whether an offer of ours waits for its answer. */
  pending = false;

  constructor(parts: OffersParts) {
    this.#parts = parts;
  }

  /**
   * Makes the offer and resolves to the answer. Rejects with OfferRefused; unless it is `patient`, with 491 at once where
   * another offer is under way, for whoever passes on offers of two ends must not let them wait for each other.
   */
  async make(offer: string, patient: boolean): Promise<string> {
    for (let tries = 1; ; tries += 1) {
      if (!patient && (this.pending || !this.#parts.mayOffer())) throw new OfferRefused(491);
      await this.#turn();
      this.pending = true;
      const response = await this.#invite(offer, 0).finally(() => {
        this.pending = false;
      });
      if (response && response.status < 300) return response.body.toString('utf8');
      const status = response?.status ?? 408;
      if (status === 408 || status === 481) this.#parts.lost();
      // 500 with Retry-After: busy with an earlier offer of its own (§14.2).
      const crossed = status === 491 || (status === 500 && response?.headers.has('retry-after'));
      if (!crossed || !patient || tries >= MOST_TRIES) throw new OfferRefused(status);
      await this.#pause(randomInt(AGAIN_WITHIN));
    }
  }

  async #turn(): Promise<void> {
    const { mayOffer, lives } = this.#parts;
    while (lives() && (this.pending || !mayOffer())) await this.#pause(LOOK_AGAIN);
    if (!lives()) throw new OfferRefused(481);
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => this.#parts.agent.clock.after(delay, resolve));
  }

  #invite(offer: string, answered: number): Promise<SipResponse | undefined> {
    const { agent, dialog, flow, authenticator, transfers } = this.#parts;
    const invite = nextRequest(dialog, 'INVITE');
    attachDescription(invite, offer, { contact: agent.contact(flow), transfers });
    authenticator?.authorize(invite);
    const { promise, resolve } = Promise.withResolvers<SipResponse | undefined>();
    let ack: SipRequest | undefined;
    agent.send(invite, agent.flowTo(nextHopUri(invite), flow), {
      response: (response) => {
        if (response.status < 200) return;
        if (response.status < 300) {
          // A repeated 2xx gets the same ACK again (§13.2.2.4).
          ack ??= this.#acknowledgement(invite, response);
          agent.sendAck(ack, agent.flowTo(nextHopUri(ack), flow));
          resolve(response);
        } else if (authenticator?.accept(response, answered)) resolve(this.#invite(offer, answered + 1));
        else resolve(response);
      },
      failed: () => resolve(undefined),
    });
    return promise;
  }

  #acknowledgement(invite: SipRequest, response: SipResponse): SipRequest {
    const { dialog } = this.#parts;
    const contact = response.headers.values('contact')[0];
    const target = contact === undefined ? undefined : parseNameAddr(contact)?.uri;
    if (target !== undefined) dialog.remoteTarget = target;
    return acknowledgement(dialog, invite);
  }
}
