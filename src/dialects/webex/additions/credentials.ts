import { Type, type Static } from 'typebox';
import { hashPassword } from '../../../rulebook/credential.ts';
import { childId, put, read, REALM, remove, sealLabel, type LineAccess } from '../documents.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { locationHost } from '../host-names.ts';
import { change } from '../operation.ts';
import { optional } from '../read-body.ts';
import { requireLine, type Addition } from './addition.ts';

export const PutCredentials = Type.Object({
  /** No colon, which ends the name within a digest (RFC 7616 §3.4.2), and nothing that a SIP URI would have to escape. */
  username: Type.String({ pattern: "^[A-Za-z0-9_.!~*'()&=+$,;?/-]{1,64}$" }),
  password: optional(Type.String({ minLength: 8, maxLength: 255 })),
  registration: optional(Type.Boolean()),
});

/** How the line's telephone logs in. The password is never told. */
export async function getCredentials(call: Addition): Promise<object> {
  const { ledger } = call.service;
  const { owner } = await requireLine(call, ledger);
  const access = await read(ledger, 'line-access', owner.id);
  if (!access) throw notFound();
  return render(call, access, await hostLabel(call, access.locationId));
}

/**
 * Gives a line its user name, password and leave to register. The password may be left out to keep the one there is,
 * unless the name changes, for it is kept as digest hashes over the name.
 */
export function putCredentials(call: Addition<Static<typeof PutCredentials>>): Promise<object> {
  const { username, password, registration } = call.body;
  return change(call, async (view) => {
    const { owner, locationId } = await requireLine(call, view);
    if (locationId === null) throw invalid('The line has no location: give it one first');
    const known = await read(view, 'line-access', owner.id);
    const id = childId(locationId, username);
    const holder = await read(view, 'credential', id);
    if (holder && holder.holder.id !== owner.id) throw conflict('Another line of the location logs in with this name');
    if (password === undefined && known?.username !== username) throw invalid('A new user name needs a password');
    const access = { owner, locationId, username, registration: registration ?? known?.registration ?? true };
    const writes = [put('line-access', owner.id, access)];
    if (known && known.username !== username) writes.push(remove('credential', childId(locationId, known.username)));
    if (password !== undefined) {
      const secrets = JSON.stringify(hashPassword(username, REALM, password));
      const sealed = call.service.sealer.seal(secrets, sealLabel(locationId, username));
      writes.push(put('credential', id, { holder: owner, locationId, username, sealed }));
    }
    const location = await read(view, 'location', locationId);
    return { writes, result: render(call, access, location?.hostLabel ?? '') };
  });
}

/** The line can neither call nor register any more. */
export function deleteCredentials(call: Addition): Promise<undefined> {
  return change(call, async (view) => {
    const { owner } = await requireLine(call, view);
    const access = await read(view, 'line-access', owner.id);
    if (!access) throw notFound();
    const credential = childId(access.locationId, access.username);
    return { writes: [remove('line-access', owner.id), remove('credential', credential)], result: undefined };
  });
}

async function hostLabel({ service }: Addition, locationId: string): Promise<string> {
  return (await read(service.ledger, 'location', locationId))?.hostLabel ?? '';
}

/** `host` is what the telephone calls and registers with; `realm` is what it will be asked for. */
function render({ service }: Addition, { username, registration }: LineAccess, label: string): object {
  return { username, registration, host: locationHost(label, service.domain), realm: REALM };
}
