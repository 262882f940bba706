import type { DialPlan } from '../dial-plan.ts';

/** Japan. */
export const JP: DialPlan = {
  country: 'JP',
  callingCode: '81',
  internationalPrefix: '010',
  trunkPrefix: '0',
  prefixOptional: false,
  source: 'MIC, telecommunications number plan, 2026-11',
  dialled: [
    ['104', 'directory-assistance', 'directory assistance'],
    ['10[067]', 'operator-assisted', 'operator'],
    ['11[36]', 'special-services-1', 'operator: repair, orders'],
    ['171', 'special-services-1', 'messages after disasters'],
    ['188', 'special-services-1', 'consumer hotline'],
    ['189', 'toll-free', 'child protection'],
    ['115', 'special-services-2', 'telegrams'],
    ['117', 'special-services-2', 'time'],
    ['177', 'special-services-2', 'weather'],
    ['18[46]!', 'unknown', 'caller id control'],
    ['00[1-9]!', 'unknown', 'choice of a carrier'],
  ],
  national: [
    ['120XXXXXX', 'toll-free', 'free dial'],
    ['800XXXXXXX', 'toll-free', 'free dial'],
    ['570XXXXXX', 'special-services-2', 'navi dial'],
    ['99[0]XXXXXX', 'premium-services-1', 'information service'],
    ['60X!', 'special-services-2', 'personal number'],
    ['20X!', 'special-services-2', 'pager, machine'],
    ['180XXXXXX', 'premium-services-2', 'mass calling'],
    ['170XXXXXX', 'special-services-1', 'message service'],
  ],
};
