import { parseUri, unescapeUser } from '../sip/uri.ts';

/** What the test exchange does with a call to a number. */
export type NumberOutcome =
  | { readonly kind: 'answer' }
  /** Rings for ever with this status. */
  | { readonly kind: 'ring'; readonly status: number }
  | { readonly kind: 'refuse'; readonly status: number };

/** The number that a Request-URI calls, without visual separators (RFC 3966 §5.1.1); undefined when it is none. */
export function calledNumber(uri: string): string | undefined {
  const parsed = parseUri(uri);
  if (parsed?.user === undefined || !['sip', 'sips', 'tel'].includes(parsed.scheme)) return undefined;
  const [user = ''] = unescapeUser(parsed.user).split(';', 1);
  const number = user.replaceAll(/[-.() ]/g, '');
  return /^\+?\d{2,15}$/.test(number) ? number : undefined;
}

/**
 * Numbers that end in 0 and a SIP status code end the call with it: …0486 is busy, …0180 rings for ever. All others
 * answer, and so do codes that are none of a refusal (…0100, …0200) and short numbers (911, 112).
 */
export function outcomeOf(number: string): NumberOutcome {
  const status = Number(/\d{4}0(\d{3})$/.exec(number)?.[1] ?? 200);
  if (status >= 300 && status <= 699) return { kind: 'refuse', status };
  if (status >= 180 && status <= 183) return { kind: 'ring', status };
  return { kind: 'answer' };
}
