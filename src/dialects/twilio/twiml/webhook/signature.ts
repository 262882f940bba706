import { createHmac } from 'node:crypto';

/** Names and values in the order they are sent. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/**
 * X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the auth token, over the URL and, for a form, each parameter's
 * name and value, sorted by name.
 */
export function signatureOf(authToken: string, url: string, form: Parameters): string {
  const sorted = [...form].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const text = url + sorted.map(([name, value]) => name + value).join('');
  return createHmac('sha1', authToken).update(text, 'utf8').digest('base64');
}
