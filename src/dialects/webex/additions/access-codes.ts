import { Type, type Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { addCodes, codesOf, documentIdOf, removals } from '../codes/store.ts';
import { childId, put, read, type AccessCode, type Documents } from '../documents.ts';
import { invalid, notFound } from '../errors.ts';
import { encodeId } from '../ids.ts';
import { change } from '../operation.ts';
import { ID_TYPES } from '../owners.ts';
import { clearable, optional } from '../read-body.ts';
import { requireCodeOwner, type Addition } from './addition.ts';
import { readTime } from './tokens.ts';

const Lifetime = {
  expires: clearable(Type.String({ maxLength: 64 })),
  maximumUses: clearable(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  destinations: clearable(
    Type.Array(Type.String({ maxLength: 32, pattern: '^\\+?[0-9X]+!?$' }), { minItems: 1, maxItems: 100 }),
  ),
};
export const CreateCode = Type.Object({
  description: Type.String(),
  /** Absent: a time-based code. */
  code: optional(Type.String()),
  timeBased: optional(
    Type.Object({
      digits: optional(Type.Integer({ minimum: 6, maximum: 8 })),
      periodSeconds: optional(Type.Integer({ minimum: 15, maximum: 3600 })),
    }),
  ),
  ...Lifetime,
});
export const UpdateCode = Type.Object({
  description: optional(Type.String({ minLength: 1, maxLength: 128 })),
  ...Lifetime,
});

const DIGITS = 6;
const PERIOD_SECONDS = 30;

/** Codes with their lives, without their digits. */
export async function listCodes(call: Addition): Promise<object> {
  const { ledger } = call.service;
  const owner = await requireCodeOwner(call, ledger);
  const codes = await codesOf(ledger, owner.id);
  return { accessCodes: await Promise.all(codes.map((code) => render(ledger, code))) };
}

/** Of a time-based code, this answer is the only one with its secret. */
export function createCode(call: Addition<Static<typeof CreateCode>>): Promise<object> {
  const { code = null, timeBased, description, expires, maximumUses, destinations } = call.body;
  return change(call, async (view) => {
    const owner = await requireCodeOwner(call, view);
    if ((code === null) === (timeBased === undefined)) throw invalid('Either code or timeBased is required');
    const wish = {
      description,
      code,
      timeBased: timeBased
        ? { digits: timeBased.digits ?? DIGITS, periodSeconds: timeBased.periodSeconds ?? PERIOD_SECONDS }
        : null,
      expires: readTime(expires ?? undefined),
      maximumUses: maximumUses ?? null,
      destinations: destinations ?? null,
    };
    const { writes, made } = await addCodes(call.service, view, owner, [wish]);
    const [first] = made;
    if (!first) throw new Error('no code was made');
    const shown = await render(view, first.code);
    if (!wish.timeBased) return { writes, result: shown };
    const { digits, periodSeconds } = wish.timeBased;
    const parameters = `secret=${first.plain}&issuer=Tollgate&digits=${digits}&period=${periodSeconds}`;
    const uri = `otpauth://totp/${encodeURIComponent(`Tollgate:${description}`)}?${parameters}`;
    return { writes, result: { ...shown, secret: first.plain, uri } };
  });
}

export async function getCode(call: Addition): Promise<object> {
  const { ledger } = call.service;
  return render(ledger, await requireCode(call, ledger));
}

/** What is sent changes; null takes a limit away. The digits stay. */
export function updateCode(call: Addition<Static<typeof UpdateCode>>): Promise<object> {
  const { description, expires, maximumUses, destinations } = call.body;
  return change(call, async (view) => {
    const known = await requireCode(call, view);
    const code: AccessCode = {
      ...known,
      description: description ?? known.description,
      expires: expires === undefined ? known.expires : readTime(expires ?? undefined),
      maximumUses: maximumUses === undefined ? known.maximumUses : maximumUses,
      destinations: destinations === undefined ? known.destinations : destinations,
    };
    const writes = [put('access-code', documentIdOf(call.service, known), code)];
    return { writes, result: await render(view, code) };
  });
}

export function deleteCode(call: Addition): Promise<undefined> {
  return change(call, async (view) => {
    const code = await requireCode(call, view);
    return { writes: removals(call.service, code), result: undefined };
  });
}

async function requireCode(call: Addition, documents: Documents | View): Promise<AccessCode> {
  const owner = await requireCodeOwner(call, documents);
  const code = (await codesOf(documents, owner.id)).find(({ id }) => id === call.ids['code']);
  if (!code) throw notFound();
  return code;
}

async function render(documents: Documents, code: AccessCode): Promise<object> {
  const { id, description, created, expires, maximumUses, destinations, timeBased, owner } = code;
  const use = await read(documents, 'access-code-use', childId(owner.id, id));
  const ownerId =
    owner.kind === 'organization' ? encodeId('ORGANIZATION', owner.id) : encodeId(ID_TYPES[owner.kind], owner.id);
  return {
    id,
    owner: ownerId,
    description,
    created,
    expires,
    maximumUses,
    destinations,
    timeBased,
    uses: use?.uses ?? 0,
    lastUsed: use?.lastUsed ?? null,
    lastLine: use?.lastLine ?? null,
  };
}
