import type { DialPlan } from '../dial-plan.ts';

/** India. */
export const IN: DialPlan = {
  country: 'IN',
  callingCode: '91',
  internationalPrefix: '00',
  trunkPrefix: '0',
  // Mobile numbers are dialled without the zero.
  prefixOptional: true,
  source: 'Department of Telecommunications, National Numbering Plan, 2026-11',
  dialled: [
    ['197', 'directory-assistance', 'directory enquiry'],
    ['1583', 'directory-assistance', 'directory enquiry of another place'],
    ['18[0-3]', 'operator-assisted', 'trunk booking'],
    ['18[67]', 'operator-assisted', 'international booking'],
    ['198', 'special-services-1', 'repair'],
    ['10[346]', 'special-services-1', 'helpline'],
    ['109[18]', 'toll-free', 'helpline for women and children'],
    ['1930', 'toll-free', 'cybercrime helpline'],
    ['139', 'special-services-2', 'railway enquiry'],
    ['155XXX', 'special-services-1', 'public service'],
    ['5[1-9]XXX', 'premium-services-2', 'value added service'],
    ['5[1-9]XXXX!', 'unknown', 'value added service'],
  ],
  national: [
    ['1800XXXX!', 'toll-free', 'toll-free number'],
    ['1803XXXX!', 'toll-free', 'toll-free number'],
    ['1860XXXX!', 'special-services-2', 'universal access number, shared cost'],
    ['186[12]XXXX!', 'premium-services-1', 'premium rate'],
    ['1900XXXX!', 'premium-services-1', 'premium rate'],
    ['1901XXXX!', 'premium-services-1', 'televoting'],
    ['140XXXXXXX', 'special-services-2', 'telemarketing'],
    ['160XXXXXXX', 'special-services-1', 'service calls'],
  ],
};
