import type { DialPlan } from '../dial-plan.ts';

/** Italy. National numbers keep their leading zero, also after the country code. */
export const IT: DialPlan = {
  country: 'IT',
  callingCode: '39',
  internationalPrefix: '00',
  trunkPrefix: '',
  prefixOptional: true,
  source: 'AGCOM, piano di numerazione (delibera 8/15/CIR as amended), 2026-11',
  dialled: [
    ['12XX', 'directory-assistance', 'informazione abbonati'],
    ['116XXX', 'toll-free', 'harmonised service of social value'],
    ['114', 'toll-free', 'emergenza infanzia'],
    ['1522', 'toll-free', 'helpline'],
    ['117', 'special-services-1', 'Guardia di Finanza'],
    ['15[13]X', 'special-services-1', 'public service'],
    ['1(?:19|33|5[589]|8[67]|9[015])', 'special-services-1', 'customer service of an operator'],
    ['10XX!', 'unknown', 'choice of a carrier'],
    ['4XXXX', 'premium-services-2', 'numerazione per servizi a sovrapprezzo'],
  ],
  national: [
    ['80[03]X!', 'toll-free', 'numero verde'],
    ['84[0178]X!', 'special-services-2', 'addebito ripartito'],
    ['178X!', 'special-services-2', 'numero unico o personale'],
    ['199X!', 'premium-services-2', 'numero unico, addebito al chiamante'],
    ['89[2459]X!', 'premium-services-1', 'servizi a sovrapprezzo'],
    ['893X!', 'premium-services-2', 'servizi a sovrapprezzo'],
    ['1(?:44|6[346])X!', 'premium-services-1', 'servizi a sovrapprezzo, old ranges'],
    ['70[0-9]X!', 'premium-services-2', 'servizi internet'],
  ],
};
