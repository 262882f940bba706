import { read, type AccessCode, type Documents, type LineKind, type Owner } from '../documents.ts';
import { notFound } from '../errors.ts';
import { decodeId } from '../ids.ts';
import type { Call, Service } from '../operation.ts';
import { ID_TYPES, LINE_KINDS } from '../owners.ts';

/** One request to this dialect's part of Tollgate's own API. */
export interface Addition<Body = unknown> extends Pick<Call<Body>, 'author' | 'ids' | 'body'> {
  readonly service: Pick<Service, 'ledger' | 'clock' | 'sealer' | 'organizationId' | 'domain'>;
}

/** The line that an id of the path names, whichever kind it is. Throws 404. */
export async function requireLine(
  call: Addition,
  documents: Documents,
): Promise<{ owner: Owner<LineKind>; locationId: string | null }> {
  const text = call.ids['line'] ?? '';
  for (const kind of LINE_KINDS) {
    const id = decodeId(text, ID_TYPES[kind]);
    const line = id === undefined ? undefined : await read(documents, kind, id);
    if (line) return { owner: { kind, id: line.id }, locationId: line.locationId };
  }
  throw notFound();
}

/** Whoever may have codes: the organisation, a location, or a line. Throws 404. */
export async function requireCodeOwner(call: Addition, documents: Documents): Promise<AccessCode['owner']> {
  const text = call.ids['owner'] ?? '';
  const { organizationId } = call.service;
  if (decodeId(text, 'ORGANIZATION') === organizationId) return { kind: 'organization', id: organizationId };
  for (const kind of ['location', ...LINE_KINDS] as const) {
    const id = decodeId(text, ID_TYPES[kind]);
    if (id !== undefined && (await read(documents, kind, id))) return { kind, id };
  }
  throw notFound();
}
