import { hash } from 'node:crypto';
import { equalInConstantTime } from '../../kit/seal.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { read } from './documents.ts';
import { unauthenticated } from './errors.ts';

export interface AccountCredentials {
  /** `AC…`. */
  readonly sid: string;
  readonly authToken: string;
}

/** Who asks: the account itself, or one of its API keys. */
export interface Caller {
  readonly kind: 'account' | 'key';
  readonly sid: string;
}

/** How an API key's secret is kept. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret);
}

/**
 * HTTP Basic with the account's SID and auth token, or an API key's SID and secret. Throws 401 with code 20003, in
 * the vendor's wordings.
 */
export async function authenticate(
  authorization: string | undefined,
  account: AccountCredentials,
  ledger: Ledger,
): Promise<Caller> {
  const encoded = /^basic +(?<text>[A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.groups?.['text'];
  if (encoded === undefined) throw unauthenticated('Authentication Error - No credentials provided');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const [user, password] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (equalInConstantTime(user, account.sid)) {
    if (!equalInConstantTime(password, account.authToken)) throw unauthenticated('Authenticate');
    return { kind: 'account', sid: user };
  }
  const key = /^SK[0-9a-f]{32}$/.test(user) ? await read(ledger, 'api-key', user) : undefined;
  if (!key) throw unauthenticated('Authentication Error - invalid username');
  if (!equalInConstantTime(hashSecret(password), key.secret_hash)) throw unauthenticated('Authenticate');
  return { kind: 'key', sid: user };
}
