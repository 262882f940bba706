import type { DialPlan } from '../dial-plan.ts';

/** Spain. */
export const ES: DialPlan = {
  country: 'ES',
  callingCode: '34',
  internationalPrefix: '00',
  trunkPrefix: '',
  prefixOptional: true,
  source: 'CNMC, plan nacional de numeración telefónica (RD 2296/2004 as amended), 2026-11',
  dialled: [
    ['118XX', 'directory-assistance', 'consulta telefónica de números de abonado'],
    ['116XXX', 'toll-free', 'harmonised service of social value'],
    ['01[67]', 'toll-free', 'helpline'],
    ['024', 'toll-free', 'crisis line'],
    ['01[0-2]', 'special-services-1', 'public administration'],
    ['060', 'special-services-1', 'public administration'],
    ['0[89][25]', 'special-services-1', 'local fire brigade and police'],
    ['1[0-7]XX', 'special-services-1', 'customer service of an operator'],
    ['10XX[0-9]!', 'unknown', 'choice of a carrier'],
  ],
  national: [
    ['[89]00XXXXXX', 'toll-free', 'cobro revertido automático'],
    ['901XXXXXX', 'special-services-1', 'pago compartido'],
    ['902XXXXXX', 'special-services-2', 'pago por el llamante'],
    ['80[367]XXXXXX', 'premium-services-1', 'tarificación adicional'],
    ['905XXXXXX', 'premium-services-2', 'llamadas masivas'],
    ['907XXXXXX', 'premium-services-1', 'tarificación adicional, datos'],
    ['70XXXXXXX', 'special-services-2', 'número personal'],
    ['118XX', 'directory-assistance', 'consulta telefónica de números de abonado'],
  ],
};
