/** The call types that permissions are given for, in the order of the vendor's samples. */
export const CALL_TYPES = [
  'INTERNAL_CALL',
  'TOLL_FREE',
  'INTERNATIONAL',
  'OPERATOR_ASSISTED',
  'CHARGEABLE_DIRECTORY_ASSISTED',
  'SPECIAL_SERVICES_I',
  'SPECIAL_SERVICES_II',
  'PREMIUM_SERVICES_I',
  'PREMIUM_SERVICES_II',
  'NATIONAL',
] as const;
export type CallTypeName = (typeof CALL_TYPES)[number];

export const ACTIONS = [
  'ALLOW',
  'BLOCK',
  'AUTH_CODE',
  'TRANSFER_NUMBER_1',
  'TRANSFER_NUMBER_2',
  'TRANSFER_NUMBER_3',
] as const;
export type Action = (typeof ACTIONS)[number];

const BLOCKED: ReadonlySet<CallTypeName> = new Set(['INTERNATIONAL', 'PREMIUM_SERVICES_I', 'PREMIUM_SERVICES_II']);

/** What a location allows before anything was set. */
export function defaultPermissions(): { callType: CallTypeName; action: Action; transferEnabled: boolean }[] {
  return CALL_TYPES.map((callType) => {
    const blocked = BLOCKED.has(callType);
    return { callType, action: blocked ? 'BLOCK' : 'ALLOW', transferEnabled: !blocked };
  });
}
