import { OfferRefused } from '../exchange/offers.ts';
import { parseSdp } from '../exchange/sdp.ts';
import type { Session } from '../exchange/session.ts';
import type { DirectPeer, LineMedia } from './media/line-media.ts';

/** One end of a bridge. `session` is undefined for a caller who was not answered yet. */
export interface BridgeEnd {
  readonly media: LineMedia;
  readonly session: () => Session | undefined;
  /** Whether it was given media before an answer: then the answer can say nothing else (RFC 3261 §13.2.1). */
  readonly early?: () => boolean;
}

/** Two ends that hear each other. */
export interface Bridge {
  /** Whether media runs through us, be it because a direct way was refused. */
  readonly relayed: boolean;
  /** Ends it; each end that still lives has us on the line again. */
  leave(): Promise<void>;
}

/** Joins two ends so that what one says is passed on to the other. `answer`: answers the caller, if that is still to be done. */
export async function relay(caller: BridgeEnd, callee: BridgeEnd, answer: () => Promise<void>): Promise<Bridge> {
  caller.media.connect(callee.media);
  await answer();
  return {
    relayed: true,
    leave: async () => caller.media.connect(undefined),
  };
}

/**
 * Joins two ends so that their media goes from one to the other (RFC 3725): the callee is offered what the caller
 * described, and the caller gets its answer, by a re-INVITE or as the answer to its first INVITE. Further offers of
 * either end go to the other. When an end wants none of it, media is passed on after all.
 */
export async function connectDirectly(
  caller: BridgeEnd,
  callee: BridgeEnd,
  answer: () => Promise<void>,
): Promise<Bridge> {
  // An INVITE without an offer cannot be answered with somebody else's answer.
  if (caller.media.described === '' || caller.early?.()) await answer();
  caller.media.direct = directPeer(callee);
  callee.media.direct = directPeer(caller);
  try {
    if (caller.session()?.confirmed) await swap(caller, callee);
    else {
      // Known before the caller is answered, who would be refused by a callee that wants none of it.
      caller.media.prepared = await offer(callee, caller.media.described);
      await answer();
    }
    return { relayed: false, leave: () => leave(caller) };
  } catch (error) {
    if (!(error instanceof OfferRefused)) throw error;
    await Promise.all([comeBack(caller), comeBack(callee)]);
    return relay(caller, callee, answer);
  }
}

/** An offer to each end, of what the other one described; once more to the callee, should the caller have moved for it. */
async function swap(caller: BridgeEnd, callee: BridgeEnd): Promise<void> {
  const before = caller.media.described;
  const ofCallee = await offer(callee, before);
  const ofCaller = await offer(caller, ofCallee);
  if (placeOf(ofCaller) !== placeOf(before)) await offer(callee, ofCaller);
}

async function offer({ media, session }: BridgeEnd, description: string, patient = true): Promise<string> {
  const live = session();
  if (!live) throw new OfferRefused(481);
  media.described = await live.reinvite(media.rebased(description), { patient });
  return media.described;
}

function directPeer(other: BridgeEnd): DirectPeer {
  return {
    offered: async (description) => {
      try {
        return await offer(other, description, false);
      } catch (error) {
        // Both ends offered at once: both are told, and try again (RFC 3261 §14.1).
        if (error instanceof OfferRefused && error.status !== 491) return undefined;
        throw error;
      }
    },
    get described() {
      return other.media.described;
    },
  };
}

async function leave(caller: BridgeEnd): Promise<void> {
  await comeBack(caller);
}

/** Media of this end runs here again. */
async function comeBack({ media, session }: BridgeEnd): Promise<void> {
  media.direct = null;
  const live = session();
  if (!live?.confirmed) return;
  try {
    media.accept(await live.reinvite(await media.offer()));
  } catch (error) {
    if (!(error instanceof OfferRefused)) throw error;
  }
}

/** Where a description wants its audio. */
function placeOf(description: string): string {
  const audio = parseSdp(description)?.find(({ media, port }) => media === 'audio' && port > 0);
  return audio ? `${audio.address} ${audio.port}` : '';
}
