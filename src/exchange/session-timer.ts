import type { Clock, Timer } from '../kit/clock.ts';
import type { SipMessage, SipRequest, SipResponse } from '../sip/message/message.ts';

/** The extension's name in Supported and Require. */
export const TIMER = 'timer';

/** Seconds that a session lasts at least without a refresh (RFC 4028 §4); those who ask for less are told. */
export const LEAST_SESSION = 90;

/** Seconds that are counted at most; a session of more is refreshed, or ended, after these. */
const LONGEST_SESSION = 86_400;

/** Seconds before its end at which a session whose refresh did not come is given up, or a third of it (§10). */
const MARGIN = 32;

/** Keeps a session alive where its ends agreed on that, by refreshes of ours, or notices that the peer's do not come (RFC 4028). */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #refresh: (seconds: number) => void;
  readonly #dead: () => void;
  #timer: Timer | null = null;

  /** `refresh`: it is time to; `dead`: the peer did not, for so long that it must be gone. */
  constructor(parts: { clock: Clock; refresh: (seconds: number) => void; dead: () => void }) {
    this.#clock = parts.clock;
    this.#refresh = parts.refresh;
    this.#dead = parts.dead;
  }

  /** We say 200 to an INVITE or UPDATE: the answer says who refreshes, and until when (§9). */
  answer(request: SipRequest, { headers }: SipResponse): void {
    headers.append('Supported', TIMER);
    const asked = read(request);
    if (!asked) return this.stop();
    const able = knowsTimer(request);
    const refresher = able ? (asked.refresher ?? 'uac') : 'uas';
    headers.append('Session-Expires', `${asked.seconds};refresher=${refresher}`);
    if (refresher === 'uac') headers.append('Require', TIMER);
    this.#start(asked.seconds, refresher === 'uas');
  }

  /** The peer said 2xx to an INVITE or UPDATE of ours (§7.2). */
  accepted(response: SipResponse): void {
    const agreed = read(response);
    if (agreed) this.#start(agreed.seconds, agreed.refresher !== 'uas');
    else this.stop();
  }

  /** Tries again in a while: the peer had no time for a refresh. */
  again(seconds: number): void {
    this.#start(seconds, true);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #start(seconds: number, ours: boolean): void {
    this.stop();
    const after = ours ? seconds / 2 : seconds - Math.min(MARGIN, seconds / 3);
    this.#timer = this.#clock.after(after * 1000, () => (ours ? this.#refresh(seconds) : this.#dead()));
  }
}

/** Whether the session is to last for less than we take; who does not know of session timers cannot be told (§9). */
export function isTooBrief(request: SipRequest): boolean {
  const asked = read(request);
  return asked !== undefined && asked.seconds < LEAST_SESSION && knowsTimer(request);
}

function knowsTimer({ headers }: SipRequest): boolean {
  return headers.values('supported').some((option) => option.toLowerCase() === TIMER);
}

function read({ headers }: SipMessage): { seconds: number; refresher: 'uac' | 'uas' | undefined } | undefined {
  const value = headers.get('session-expires') ?? '';
  const digits = /^\s*(\d{1,9})/.exec(value)?.[1];
  if (digits === undefined) return undefined;
  const refresher = /;\s*refresher\s*=\s*(ua[cs])\b/i.exec(value)?.[1]?.toLowerCase();
  // A moment at least, whatever a peer says.
  const seconds = Math.min(Math.max(Number(digits), 1), LONGEST_SESSION);
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}
