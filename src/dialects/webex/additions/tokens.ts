import { randomBytes } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { uuid } from '../../../kit/ids.ts';
import { hashToken, ROLES, SCOPES } from '../authentication.ts';
import { DIALECT, keyOf, put, read, bodyOf, type AccessToken } from '../documents.ts';
import { invalid, notFound } from '../errors.ts';
import { decodeId, encodeId } from '../ids.ts';
import { change, timestamp } from '../operation.ts';
import { optional } from '../read-body.ts';
import type { Addition } from './addition.ts';

const MOST_TOKENS = 1000;
const TOKEN_BYTES = 48;

export const CreateToken = Type.Object({
  description: optional(Type.String({ maxLength: 256 })),
  role: Type.Enum([...ROLES]),
  scopes: optional(Type.Array(Type.Enum([...SCOPES]), { maxItems: SCOPES.length })),
  locations: optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 1000 })),
  expires: optional(Type.String({ maxLength: 64 })),
});

/** A further token for the vendor's API. The answer is the only one that shows it; only its hash is kept. */
export function createToken(call: Addition<Static<typeof CreateToken>>): Promise<object> {
  const { role, scopes = [...SCOPES], description = '' } = call.body;
  const secret = randomBytes(TOKEN_BYTES).toString('base64url');
  return change(call, async (view) => {
    if ((await view.list({ dialect: DIALECT, kind: 'access-token' })).length >= MOST_TOKENS)
      throw invalid(`There are at most ${MOST_TOKENS} tokens`);
    const locations: string[] = [];
    for (const text of call.body.locations ?? []) {
      const id = decodeId(text, 'LOCATION');
      if (id === undefined || !(await read(view, 'location', id)))
        throw invalid('locations names a location that is not there');
      locations.push(id);
    }
    if (locations.length > 0 && role !== 'location') throw invalid('locations are for the role location only');
    const token: AccessToken = {
      id: uuid(),
      description,
      role,
      scopes,
      locations: call.body.locations === undefined ? null : locations,
      expires: readTime(call.body.expires),
      created: timestamp(call),
    };
    return { writes: [put('access-token', hashToken(secret), token)], result: { ...render(token), token: secret } };
  });
}

export async function listTokens({ service }: Addition): Promise<object> {
  const tokens = await service.ledger.list({ dialect: DIALECT, kind: 'access-token' });
  return { tokens: tokens.map(({ body }) => render(bodyOf('access-token', body))) };
}

/** From the next request on the token is nobody's. */
export function deleteToken(call: Addition): Promise<undefined> {
  return change(call, async (view) => {
    const tokens = await view.list({ dialect: DIALECT, kind: 'access-token' });
    const found = tokens.find(({ body }) => bodyOf('access-token', body).id === call.ids['token']);
    if (!found) throw notFound();
    return { writes: [{ key: keyOf('access-token', found.id), body: null }], result: undefined };
  });
}

/** A time in ISO 8601, made canonical. Throws 400. */
export function readTime(text: string | undefined): string | null {
  if (text === undefined) return null;
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw invalid('expires must be a time such as 2027-01-31T12:00:00Z');
  return new Date(at).toISOString();
}

function render({ locations, ...token }: AccessToken): object {
  return { ...token, locations: locations && locations.map((id) => encodeId('LOCATION', id)) };
}
