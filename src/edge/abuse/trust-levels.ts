import type { TrustTerms } from '../../rulebook/access.ts';
import { Recent } from '../../kit/recent.ts';

/** Senders whose messages are counted, one for each network; the quietest is forgotten. */
const MOST_SENDERS = 50_000;

/** Denied senders; when more come, those that were denied first are heard again. */
const MOST_DENIED = 50_000;

/** Bytes that a sender can always have under way: less would keep out whole messages. */
const LEAST_BURST = 4096;

/** A fault that counts against a sender. */
export type Fault = 'invalid' | 'refused';

/** Why a sender lost rank, in words. */
type Cause = 'too many messages' | 'too many invalid messages' | 'too many calls above a limit';

interface Sender {
  trusted: boolean;
  windowBegan: number;
  messages: number;
  invalid: number;
  refused: number;
  /** Bytes that are not worked off yet, as of `filledAt`. */
  backlog: number;
  filledAt: number;
}

interface Denial {
  readonly until: number;
  readonly cause: Cause;
}

/** Which senders are trusted, which are not yet, and which are denied for a while, by what they sent within a window. */
export class TrustLevels {
  readonly #senders = new Recent<string, Sender>(MOST_SENDERS);
  readonly #denied = new Map<string, Denial>();

  /** Counts a message of `bytes` bytes, and says whether it is heard. `key` names the sender within its network. */
  takes(key: string, terms: TrustTerms, bytes: number, now: number): 'yes' | 'denied' | 'too-fast' {
    if (this.denial(key, terms, now)) return 'denied';
    if (!isCounted(terms)) return 'yes';
    const sender = this.#of(key, terms, now);
    sender.messages += 1;
    const most = sender.trusted ? terms.trustedMessages : terms.untrustedMessages;
    if (most > 0 && sender.messages > most && this.#demote(key, sender, terms, 'too many messages', now))
      return 'denied';
    return this.#isWithinRate(sender, terms, bytes, now) ? 'yes' : 'too-fast';
  }

  /** Something was wrong with what it sent, or its call was refused for a limit; true when it is denied from now on. */
  fault(key: string, terms: TrustTerms, fault: Fault, now: number): boolean {
    if (!isCounted(terms) || this.denial(key, terms, now)) return false;
    const sender = this.#of(key, terms, now);
    const countsRefusals = terms.trustedFailures > 0 || terms.untrustedFailures > 0;
    if (fault === 'refused' && countsRefusals) {
      sender.refused += 1;
      const most = sender.trusted ? terms.trustedFailures : terms.untrustedFailures;
      return most > 0 && sender.refused > most && this.#demote(key, sender, terms, 'too many calls above a limit', now);
    }
    sender.invalid += 1;
    const most = terms.invalidMessages;
    return most > 0 && sender.invalid > most && this.#demote(key, sender, terms, 'too many invalid messages', now);
  }

  /** A call from there was answered: it is trusted from now on, where it can be. */
  proved(key: string, terms: TrustTerms, now: number): void {
    if (!isCounted(terms) || this.denial(key, terms, now)) return;
    const sender = this.#of(key, terms, now);
    if (!sender.trusted) Object.assign(sender, freshWindow(now));
    sender.trusted = true;
  }

  /** Until when a sender is denied, and why; undefined when it is not. */
  denial(key: string, { level }: TrustTerms, now: number): Denial | undefined {
    const denial = this.#denied.get(key);
    if (!denial) return undefined;
    if (level === 'low' && now < denial.until) return denial;
    this.#denied.delete(key);
    return undefined;
  }

  /** Whether the sender is trusted at the moment. */
  isTrusted(key: string, { level }: TrustTerms): boolean {
    return level === 'high' || (level !== 'none' && this.#senders.peek(key)?.trusted === true);
  }

  /** How many senders are held, denied ones included. */
  get size(): number {
    return this.#senders.size + this.#denied.size;
  }

  #of(key: string, { level, windowSeconds }: TrustTerms, now: number): Sender {
    let sender = this.#senders.get(key);
    if (!sender) {
      sender = { trusted: level === 'high', ...freshWindow(now), backlog: 0, filledAt: now };
      this.#senders.set(key, sender);
    } else if (now - sender.windowBegan >= windowSeconds * 1000) Object.assign(sender, freshWindow(now));
    return sender;
  }

  /** Takes a rank from the sender; true when it is denied now. */
  #demote(key: string, sender: Sender, { level, denySeconds }: TrustTerms, cause: Cause, now: number): boolean {
    if (level !== 'low' && level !== 'medium') return false;
    if (sender.trusted) {
      sender.trusted = false;
      Object.assign(sender, freshWindow(now));
      return false;
    }
    if (level === 'medium') return false;
    this.#senders.delete(key);
    const [oldest] = this.#denied.keys();
    if (this.#denied.size >= MOST_DENIED && oldest !== undefined) this.#denied.delete(oldest);
    this.#denied.set(key, { until: now + denySeconds * 1000, cause });
    return true;
  }

  /** A bucket that runs out at the rate: over time a trusted sender gets no more, however it spreads it. */
  #isWithinRate(sender: Sender, { bytesPerSecond }: TrustTerms, bytes: number, now: number): boolean {
    if (bytesPerSecond === 0 || !sender.trusted) return true;
    sender.backlog = Math.max(sender.backlog - ((now - sender.filledAt) / 1000) * bytesPerSecond, 0);
    sender.filledAt = now;
    if (sender.backlog + bytes > Math.max(bytesPerSecond, LEAST_BURST)) return false;
    sender.backlog += bytes;
    return true;
  }
}

/** Whether anything of the terms depends on what a sender did. */
function isCounted({ level, bytesPerSecond }: TrustTerms): boolean {
  return level === 'low' || level === 'medium' || (level === 'high' && bytesPerSecond > 0);
}

function freshWindow(now: number): Pick<Sender, 'windowBegan' | 'messages' | 'invalid' | 'refused'> {
  return { windowBegan: now, messages: 0, invalid: 0, refused: 0 };
}
