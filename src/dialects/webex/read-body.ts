import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { firstFault } from '../first-fault.ts';
import { invalid } from './errors.ts';

/** A member that may be left out; null counts as left out, for clients send it for whatever they do not know. */
export const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

/** A member that may be left out, and that null clears. */
export const clearable = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([Type.Null(), schema]));

/**
 * A body that fits `schema`; members that the schema does not know are dropped, and null where it is no value.
 * Throws 400 naming the member at fault, never its value.
 */
export function readBody<Schema extends TObject>(schema: Schema, given: unknown): Static<Schema> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid('The request body must be a JSON object');
  const body = known(schema, given);
  if (!Value.Check(schema, body)) throw invalid(firstFault(schema, body));
  return body;
}

/** The query parameters that `schema` names; text becomes what the schema asks for. */
export function readQuery<Schema extends TObject>(schema: Schema, query: URLSearchParams): Static<Schema> {
  const given: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(schema.properties)) if (query.get(name)) given[name] = query.get(name);
  const read = Value.Convert(schema, given);
  if (!Value.Check(schema, read)) throw invalid(firstFault(schema, read));
  return read;
}

/** The value with those members only that the schema knows, and without null where the schema has no null. */
function known(schema: TSchema, value: unknown): unknown {
  const { items, properties, anyOf } = schema as {
    items?: TSchema;
    properties?: TObject['properties'];
    anyOf?: TSchema[];
  };
  // Of what may be null, the other half says the shape.
  const [, shape] = anyOf ?? [];
  if (shape) return value === null ? null : known(shape, value);
  if (items && Array.isArray(value)) return value.map((item) => known(items, item));
  if (!properties || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = new Map(Object.entries(value));
  const kept = Object.entries(properties)
    .filter(([name, member]) => members.has(name) && (members.get(name) !== null || 'anyOf' in member))
    .map(([name, member]) => [name, known(member, members.get(name))] as const);
  return Object.fromEntries(kept);
}
