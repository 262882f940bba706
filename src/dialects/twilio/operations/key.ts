import { alphanumeric } from '../../../kit/ids.ts';
import { hashSecret } from '../authentication.ts';
import { rfc2822 } from '../dates.ts';
import { put, read, remove, type ApiKey, type Documents } from '../documents.ts';
import { updated, type Form } from '../form.ts';
import { change, missing, pathId, requireAccount, timestamp, type Answer, type Call } from '../operation.ts';
import { listPage } from '../pages.ts';
import type { KeyForm } from '../schemas.ts';
import { newSid } from '../sids.ts';

const SECRET_LENGTH = 32;

/** The only answer that shows the secret; only its hash is kept. */
export function createKey(call: Call<Form<typeof KeyForm>>): Promise<Answer> {
  requireAccount(call);
  const secret = alphanumeric(SECRET_LENGTH);
  const now = timestamp(call);
  const key: ApiKey = {
    sid: newSid('SK', call.service.clock.now()),
    friendly_name: call.body.FriendlyName ?? '',
    secret_hash: hashSecret(secret),
    date_created: now,
    date_updated: now,
  };
  return change(call, async () => ({
    writes: [put('api-key', key.sid, key)],
    result: { ...render(key), secret },
  }));
}

export async function listKeys(call: Call): Promise<Answer> {
  requireAccount(call);
  return listPage(call, 'keys', { kind: 'api-key' }, render);
}

export async function fetchKey(call: Call): Promise<Answer> {
  requireAccount(call);
  return render(await requireKey(call, call.service.ledger));
}

export function updateKey(call: Call<Form<typeof KeyForm>>): Promise<Answer> {
  requireAccount(call);
  return change(call, async (view) => {
    const known = await requireKey(call, view);
    const friendly_name = updated(call.body.FriendlyName, known.friendly_name, '');
    const key = { ...known, friendly_name, date_updated: timestamp(call) };
    return { writes: [put('api-key', key.sid, key)], result: render(key) };
  });
}

/** From the next request on the key is nobody's. */
export function deleteKey(call: Call): Promise<Answer> {
  requireAccount(call);
  return change(call, async (view) => {
    const { sid } = await requireKey(call, view);
    return { writes: [remove('api-key', sid)], result: undefined };
  });
}

async function requireKey(call: Call, documents: Documents): Promise<ApiKey> {
  const key = await read(documents, 'api-key', pathId(call, 'Sid'));
  if (!key) throw missing(call);
  return key;
}

function render({ sid, friendly_name, date_created, date_updated }: ApiKey): object {
  return { sid, friendly_name, date_created: rfc2822(date_created), date_updated: rfc2822(date_updated) };
}
