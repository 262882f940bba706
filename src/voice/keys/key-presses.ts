import type { DtmfDigit } from '../../rulebook/call-control.ts';

/** How a key came: as an event of the audio stream, in an INFO, or as a tone. */
export type KeyWay = 'event' | 'info' | 'tone';

/** Milliseconds in which the same key that comes by two ways is one press. */
const SAME_PRESS = 500;

/** Makes one press of a key that a telephone sends in several ways at once. */
export class KeyPresses {
  #last: { readonly key: DtmfDigit; readonly way: KeyWay; at: number } | undefined;

  /** Whether this is a press of its own. `at`: milliseconds. */
  isNew(key: DtmfDigit, way: KeyWay, at: number): boolean {
    const last = this.#last;
    if (last && last.key === key && last.way !== way && at - last.at < SAME_PRESS) return false;
    this.#last = { key, way, at };
    return true;
  }

  /** A packet of the event came: the key is still down, so the tone that goes with it is no press either. */
  lasts(at: number): void {
    if (this.#last?.way === 'event') this.#last.at = at;
  }
}
