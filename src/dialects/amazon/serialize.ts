/** Documents of the ledger that were put in order: it gives all who ask the same ones, frozen. */
const ordered = new WeakMap<object, unknown>();

/** Compact JSON with members in alphabetical order, as in the vendor's sample answers; members without a value are left out. */
export function serialize(value: object): string {
  return JSON.stringify(inOrder(value));
}

function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = ordered.get(value);
  if (known !== undefined) return known;
  const found = Array.isArray(value) ? value.map(inOrder) : membersInOrder(value);
  if (Object.isFrozen(value)) ordered.set(value, found);
  return found;
}

function membersInOrder(members: object): unknown {
  const given = members as Readonly<Record<string, unknown>>;
  const sorted: Record<string, unknown> = {};
  for (const name of Object.keys(given).sort()) sorted[name] = inOrder(given[name]);
  return sorted;
}
