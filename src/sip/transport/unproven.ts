/** Writes remembered until the peer shows that it lives; of more than these the oldest are taken as delivered. */
const MOST_UNPROVEN = 256;

/**
 * The system takes bytes for a connection that the peer has dropped unnoticed. So a write counts as delivered only
 * when something came back after it; a connection that closes before that tells of a failure (RFC 3261 §18.4).
 */
export class Unproven {
  #failures: ((error: Error) => void)[] = [];

  /** `failed` is called when the connection closes before the peer is heard again. */
  await(failed: (error: Error) => void): void {
    this.#failures.push(failed);
    if (this.#failures.length > MOST_UNPROVEN) this.#failures.shift();
  }

  /** The peer was heard. */
  proven(): void {
    this.#failures = [];
  }

  closed(): void {
    for (const failed of this.#failures.splice(0)) failed(new Error('connection was closed'));
  }
}
