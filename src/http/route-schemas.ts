import type { FastifySchema, FastifySchemaCompiler, FastifyServerOptions } from 'fastify';
import type { TSchema } from 'typebox';
import { schemaChecks } from '../kit/schema-checks.ts';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type Compilers = NonNullable<SchemaController['compilersFactory']>;

/**
 * Checks what routes declare in `schema` with TypeBox. Fastify's own compilers would load Ajv at every start, which
 * takes longer than all else this application does by then. Members a schema does not know are refused, not dropped.
 */
export const ROUTE_SCHEMAS: SchemaController = {
  compilersFactory: {
    // Declared for Ajv's own compiler only, though any is taken.
    buildValidator: (() => compileCheck) as unknown as Compilers['buildValidator'],
    buildSerializer: () => () => JSON.stringify,
  },
};

const compileCheck: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart = 'request' }) => {
  const expected = schema as TSchema;
  return (value: unknown) => {
    // All but a body is text on the wire: "10" is a number where one is asked for.
    const read = httpPart === 'body' ? value : schemaChecks().Convert(expected, value);
    if (schemaChecks().Check(expected, read)) return { value: read };
    return { error: new Error(firstFault(expected, read, httpPart)) };
  };
};

/** Names the first member at fault and the rule, never the value. */
function firstFault(schema: TSchema, value: unknown, part: string): string {
  const [fault] = schemaChecks().Errors(schema, value);
  if (!fault) return `${part} is not valid`;
  const rule = fault.keyword === 'enum' ? `must be one of ${fault.params.allowedValues.join(', ')}` : fault.message;
  return `${part}${fault.instancePath} ${rule}`;
}
