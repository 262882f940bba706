/** Compact JSON with members in alphabetical order, as in the vendor's sample answers; members without a value are left out. */
export function serialize(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, inOrder));
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
