/** What the vendor's ids name, as they stand within an id. */
export type IdType =
  | 'ORGANIZATION'
  | 'LOCATION'
  | 'PEOPLE'
  | 'PLACE'
  | 'VIRTUAL_PROFILE'
  | 'DIGIT_PATTERN'
  | 'TRUNK'
  | 'ROUTE_GROUP'
  | 'ROUTE_LIST'
  | 'DIAL_PLAN'
  | 'ROLE'
  | 'LICENSE';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID as the vendor's clients see it: base64 without padding of `ciscospark://us/TYPE/uuid`. */
export function encodeId(type: IdType, id: string): string {
  return Buffer.from(`ciscospark://us/${type}/${id}`).toString('base64').replace(/=+$/, '');
}

/**
 * The UUID behind an id of one of these types, whatever its region; a bare UUID is taken too. Undefined where it is no
 * id, or one of another type.
 */
export function decodeId(text: string, ...types: readonly IdType[]): string | undefined {
  if (UUID.test(text)) return text.toLowerCase();
  if (text.length > 200) return undefined;
  const [, type, id = ''] =
    /^ciscospark:\/\/[\w-]+\/([A-Z_]+)\/([^/]+)$/.exec(Buffer.from(text, 'base64').toString()) ?? [];
  return types.some((wanted) => wanted === type) && UUID.test(id) ? id.toLowerCase() : undefined;
}
