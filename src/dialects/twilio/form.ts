import type { Static, TObject, TSchema } from 'typebox';
import { schemaChecks } from '../../kit/schema-checks.ts';
import { firstFault } from '../first-fault.ts';
import { refusal, type ErrorCode } from './errors.ts';

/**
 * A form as the operation reads it: what was not sent is absent; an optional member that was sent empty is null,
 * which clears it.
 */
export type Form<Schema extends TObject> = {
  [Name in keyof Static<Schema>]: undefined extends Static<Schema>[Name]
    ? Static<Schema>[Name] | null
    : Static<Schema>[Name];
};

/** The members of a form or of a query that `schema` knows. Throws the operation's code, naming the member at fault. */
export function readForm<Schema extends TObject>(
  schema: Schema,
  parameters: URLSearchParams,
  code: ErrorCode,
): Form<Schema> {
  const given = Object.create(null) as Record<string, unknown>;
  const cleared: [string, null][] = [];
  for (const [name, member] of Object.entries<TSchema>(schema.properties)) {
    const texts = parameters.getAll(name);
    const [last] = texts.slice(-1);
    if (last === undefined) continue;
    // An empty value of a required member is as none.
    if (last === '') cleared.push([name, null]);
    else given[name] = typeName(member) === 'array' ? texts : convert(last, typeName(member));
  }
  if (!schemaChecks().Check(schema, given)) throw refusal(code, firstFault(schema, given));
  return { ...given, ...Object.fromEntries(cleared) };
}

/** Clients write booleans in several ways: node `true`, python `True`. What does not fit stays, to be refused. */
function convert(text: string, type: unknown): unknown {
  if (type === 'boolean' && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (type === 'integer' && /^-?\d{1,10}$/.test(text)) return Number(text);
  return text;
}

function typeName(schema: TSchema): unknown {
  return 'type' in schema ? schema.type : undefined;
}

/** A member after an update: what was sent, else what is known; sent empty, or never known, it is the default. */
export function updated<T>(sent: T | null | undefined, known: T | undefined, otherwise: T): T {
  return (sent === undefined ? known : sent) ?? otherwise;
}
