import type { Element } from './document.ts';
import type { FaultCode, Warn } from './faults.ts';
import type { HttpMethod } from './webhook/webhooks.ts';

/** Longest piece of a script that a warning quotes. */
const QUOTE = 40;

/** The attributes of an element, read one by one; what cannot be used is warned of and taken as missing. */
export class Attributes {
  readonly #element: Element;
  readonly #warn: Warn;

  /** Warns of attributes that are not in `known`, and of those in `passedOver`, which the vendor has and this has not. */
  constructor(element: Element, warn: Warn, known: readonly string[], passedOver: readonly string[] = []) {
    this.#element = element;
    this.#warn = warn;
    for (const name of element.attributes.keys()) {
      if (passedOver.includes(name)) warn(12200, `${element.name} ${name} is not carried out here`);
      else if (!known.includes(name)) warn(12200, `${element.name} has no attribute ${quote(name)}`);
    }
  }

  text(name: string): string | undefined {
    const value = this.#element.attributes.get(name)?.trim();
    return value === '' ? undefined : value;
  }

  /** Empty too; undefined only when it is missing. */
  exact(name: string): string | undefined {
    return this.#element.attributes.get(name);
  }

  integer(name: string, least: number, most: number, code: FaultCode): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    this.#warn(code, `${this.#element.name} ${name}=${quote(value)} is not from ${least} to ${most}`);
    return undefined;
  }

  flag(name: string, code: FaultCode): boolean {
    const value = this.text(name)?.toLowerCase();
    if (value === undefined || value === 'false' || value === 'true') return value === 'true';
    this.#warn(code, `${this.#element.name} ${name}=${quote(value)} is not true or false`);
    return false;
  }

  /** GET or POST, in any case; POST when it is missing. */
  method(name: string, code: FaultCode): HttpMethod {
    const value = this.text(name)?.toUpperCase();
    if (value === undefined || value === 'POST') return 'POST';
    if (value === 'GET') return 'GET';
    this.#warn(code, `${this.#element.name} ${name}=${quote(value)} is not GET or POST`);
    return 'POST';
  }
}

/** For an element that has no attributes: whatever stands there is warned of. */
export function refuseAttributes(element: Element, warn: Warn): void {
  for (const name of element.attributes.keys()) warn(12200, `${element.name} has no attribute ${quote(name)}`);
}

/** A piece of a script for a message: never long. */
export function quote(text: string): string {
  return text.length > QUOTE ? `${text.slice(0, QUOTE)}…` : text;
}
