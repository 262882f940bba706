import type { Static, TSchema } from 'typebox';
import { schemaChecks } from '../../kit/schema-checks.ts';
import { firstFault } from '../first-fault.ts';
import { badRequest } from './errors.ts';

/** The body of a request: JSON that fits `schema`, members the schema does not know dropped. Throws BadRequest. */
export function readBody<Schema extends TSchema>(schema: Schema, bytes: Buffer): Static<Schema> {
  return check(schema, bytes.length === 0 ? {} : parseJson(bytes));
}

/** The query parameters that `schema` names, checked. Throws BadRequest. */
export function checkQuery<Schema extends TSchema>(schema: Schema, query: ReadonlyMap<string, string>): Static<Schema> {
  return check(schema, Object.assign(Object.create(null), Object.fromEntries(query)));
}

function check<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  if (!schemaChecks().Check(schema, value)) throw badRequest(firstFault(schema, value));
  return schemaChecks().Clean(schema, value) as Static<Schema>;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'), dropNull);
  } catch {
    throw badRequest('The request body is not valid JSON');
  }
}

/** A member that is null counts as absent, as for the vendor's own clients. */
function dropNull(this: unknown, _key: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value;
}
