import type { Parameters } from './webhook/signature.ts';
import type { HttpMethod } from './webhook/webhooks.ts';

/** A document that is to be fetched. */
export interface Destination {
  /** Absolute. */
  readonly url: string;
  readonly method: HttpMethod;
  /** Besides those that every request of the call has. */
  readonly parameters: Parameters;
}
