import type { CallType } from '../../rulebook/dial-plan/dial-plan.ts';
import type { DigitPattern, Permission, PermissionAction, PermissionPlan } from '../../rulebook/permission.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import { childId, read, readAll, type CallingPermission, type Documents, type Owner } from './documents.ts';
import { defaultPermissions, type Action, type CallTypeName } from './permissions.ts';

/** The vendor's words for the kinds of calls; emergency calls and unknown numbers have none, for nobody sets anything for them. */
export const CALL_TYPES: Readonly<Record<CallTypeName, CallType>> = {
  INTERNAL_CALL: 'internal',
  TOLL_FREE: 'toll-free',
  INTERNATIONAL: 'international',
  OPERATOR_ASSISTED: 'operator-assisted',
  CHARGEABLE_DIRECTORY_ASSISTED: 'directory-assistance',
  SPECIAL_SERVICES_I: 'special-services-1',
  SPECIAL_SERVICES_II: 'special-services-2',
  PREMIUM_SERVICES_I: 'premium-services-1',
  PREMIUM_SERVICES_II: 'premium-services-2',
  NATIONAL: 'national',
};

export const ACTIONS: Readonly<Record<Action, PermissionAction>> = {
  ALLOW: 'allow',
  BLOCK: 'block',
  AUTH_CODE: 'code',
  TRANSFER_NUMBER_1: 'transfer-1',
  TRANSFER_NUMBER_2: 'transfer-2',
  TRANSFER_NUMBER_3: 'transfer-3',
};

const RESOURCES = {
  location: 'Location',
  person: 'Person',
  workspace: 'Workspace',
  'virtual-line': 'VirtualLine',
  trunk: 'Trunk',
} as const;

/** What rules name who has them by. */
export function resourceOf({ kind, id }: Owner<keyof typeof RESOURCES>): string {
  return `${RESOURCES[kind]} ${id}`;
}

/**
 * What one level says. Each category counts by its own switch; a location has them all, and what the vendor has before
 * anything was set. `organization` is whose codes are right everywhere.
 */
export async function compilePlan(documents: Documents, owner: Owner, organization: string): Promise<PermissionPlan> {
  const set = await read(documents, 'outgoing-permission', owner.id);
  const own = owner.kind === 'location';
  const rule = (field: string): RuleReference => ({
    resource: resourceOf(owner),
    field: `outgoingPermission.${field}`,
  });
  const table = set?.callingPermissions ?? (own ? defaultPermissions() : null);
  const numbers = set?.autoTransferNumbers ?? [null, null, null];
  return {
    callTypes: table && (own || set?.useCustomPermissions) ? compileTypes(table, rule) : null,
    patterns: own || set?.useCustomDigitPatterns ? await compilePatterns(documents, owner.id, rule) : null,
    transferNumbers: own || set?.useCustomTransferNumbers ? { numbers, rule: rule('autoTransferNumbers') } : null,
    codeSets: own || set?.useCustomAccessCodes ? [owner.id, organization] : null,
  };
}

type RuleOf = (field: string) => RuleReference;

function compileTypes(table: readonly CallingPermission[], rule: RuleOf): PermissionPlan['callTypes'] {
  return Object.fromEntries(
    table.map((permission) => [
      CALL_TYPES[permission.callType],
      compilePermission(permission, rule(`callingPermissions ${permission.callType}`)),
    ]),
  );
}

async function compilePatterns(documents: Documents, owner: string, rule: RuleOf): Promise<DigitPattern[]> {
  const patterns = await readAll(documents, 'digit-pattern', childId(owner, ''));
  return patterns.map(({ name, pattern, ...permission }) => ({
    name,
    pattern,
    permission: compilePermission(permission, rule(`digitPatterns ${name}`)),
  }));
}

function compilePermission(
  { action, transferEnabled }: Pick<CallingPermission, 'action' | 'transferEnabled'>,
  rule: RuleReference,
): Permission {
  return { action: ACTIONS[action], transferable: transferEnabled, rule };
}
