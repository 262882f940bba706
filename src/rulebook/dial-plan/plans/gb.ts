import type { DialPlan } from '../dial-plan.ts';

/** United Kingdom. */
export const GB: DialPlan = {
  country: 'GB',
  callingCode: '44',
  internationalPrefix: '00',
  trunkPrefix: '0',
  prefixOptional: false,
  source: 'Ofcom, National Telephone Numbering Plan, 2026-11',
  dialled: [
    ['100', 'operator-assisted', 'operator'],
    ['155', 'operator-assisted', 'international operator'],
    ['118XXX', 'directory-assistance', 'directory enquiries'],
    ['195', 'directory-assistance', 'directory enquiries for people who cannot use the printed one'],
    ['116XXX', 'toll-free', 'harmonised service of social value'],
    ['111', 'toll-free', 'National Health Service'],
    ['105', 'toll-free', 'electricity network'],
    ['101', 'special-services-1', 'police, not urgent'],
    ['159', 'special-services-1', 'fraud helpline of the banks'],
    ['123', 'special-services-2', 'speaking clock'],
    ['1800[0-2]', 'special-services-1', 'text relay'],
    ['1800[0-2]!', 'special-services-1', 'text relay'],
    ['1[45]71', 'special-services-1', 'last caller, voicemail'],
    ['1280!', 'unknown', 'choice of a carrier'],
  ],
  national: [
    ['80XX!', 'toll-free', 'freephone'],
    ['98XXXXXXXX', 'premium-services-2', 'premium rate, adult services'],
    ['9XXXXXXXXX', 'premium-services-1', 'premium rate'],
    ['87[1-3]XXXXXXX', 'premium-services-2', 'premium rate, lower band'],
    ['8(?:4X|70)XXXXX!', 'special-services-2', 'business rate'],
    ['3XXXXXXXXX', 'national', 'number of no place, at the national rate'],
    ['70XXXXXXXX', 'special-services-2', 'personal number'],
    ['76(?!24)XXXXXXXX', 'special-services-2', 'pager'],
    ['118XXX', 'directory-assistance', 'directory enquiries'],
  ],
};
