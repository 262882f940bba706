import { Attributes } from '../attributes.ts';
import type { Element } from '../document.ts';
import type { Warn } from '../faults.ts';
import type { Next, Stage } from '../stage.ts';
import type { HttpMethod } from '../webhook/webhooks.ts';

export interface Redirect {
  /** Relative to the document; empty: the document itself. */
  readonly url: string;
  readonly method: HttpMethod;
}

export function readRedirect(element: Element, warn: Warn): Redirect {
  return { url: element.text, method: new Attributes(element, warn, ['method']).method('method', 13710) };
}

/** Goes on with another document; whatever follows in this one is never reached. */
export async function runRedirect({ url, method }: Redirect, stage: Stage): Promise<Next> {
  return { url: stage.resolve(url), method, parameters: [] };
}
