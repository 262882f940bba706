import type { TSchema } from 'typebox';
import { schemaChecks } from '../kit/schema-checks.ts';

/** Names the first member at fault and the rule it breaks, never its value, which may be a password. */
export function firstFault(schema: TSchema, value: unknown): string {
  const faults = schemaChecks().Errors(schema, value);
  // What null would clear is to hold a value all the same: that of its rules which is broken is the one to name.
  const fault = faults.find(({ keyword, params }) => keyword !== 'type' || params.type !== 'null') ?? faults[0];
  if (!fault) return 'The request is not valid';
  const missing = fault.keyword === 'required' ? fault.params.requiredProperties : [];
  const path = [...fault.instancePath.split('/').slice(1), ...missing.slice(0, 1)];
  const member = path
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
  if (missing.length > 0) return `${member} is required`;
  if (fault.keyword === 'enum') return `${member} must be one of ${fault.params.allowedValues.join(', ')}`;
  return `${member || 'The request body'} ${fault.message}`;
}
