import { hash } from 'node:crypto';

/** One who may call. */
export interface User {
  readonly username: string;
  readonly password: string;
  /** The host of the Request-URI, by which the server knows the trunk. */
  readonly host: string;
}

const CNONCE = '0a4f113b';

/** Answers challenges; remembers what hashing a user's password gave, so that the load is the server's. */
export class DigestAnswers {
  readonly #ha1 = new Map<string, string>();

  /** The value of Proxy-Authorization for the challenge of a 407 (RFC 7616 §3.4); `challenge` is the first offered. */
  answer(user: User, challenge: string, method: string, uri: string): string {
    const realm = field(challenge, 'realm="', '"');
    const nonce = field(challenge, 'nonce="', '"');
    const algorithm = challenge.includes('SHA-256') ? 'sha256' : 'md5';
    const ha1 = this.#secret(user, realm, algorithm);
    const ha2 = hash(algorithm, `${method}:${uri}`);
    const response = hash(algorithm, `${ha1}:${nonce}:00000001:${CNONCE}:auth:${ha2}`);
    const name = algorithm === 'md5' ? 'MD5' : 'SHA-256';
    return `Digest username="${user.username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${name}, cnonce="${CNONCE}", qop=auth, nc=00000001`;
  }

  #secret(user: User, realm: string, algorithm: 'md5' | 'sha256'): string {
    const key = `${algorithm} ${user.username} ${realm}`;
    const known = this.#ha1.get(key);
    if (known !== undefined) return known;
    const made = hash(algorithm, `${user.username}:${realm}:${user.password}`);
    this.#ha1.set(key, made);
    return made;
  }
}

function field(text: string, before: string, after: string): string {
  const at = text.indexOf(before) + before.length;
  return text.slice(at, text.indexOf(after, at));
}
