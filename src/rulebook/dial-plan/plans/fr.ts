import type { DialPlan } from '../dial-plan.ts';

/** Metropolitan France. */
export const FR: DialPlan = {
  country: 'FR',
  callingCode: '33',
  internationalPrefix: '00',
  trunkPrefix: '0',
  prefixOptional: false,
  source: 'Arcep, plan national de numérotation (décision 2018-0881 as amended), 2026-11',
  dialled: [
    ['118XXX', 'directory-assistance', 'renseignements'],
    ['116XXX', 'toll-free', 'service à valeur sociale harmonisé'],
    ['11[459]', 'toll-free', 'helpline'],
    ['19[167]', 'toll-free', 'rescue at sea and in the air, terror alert'],
    ['10XX', 'special-services-1', 'customer service of an operator'],
    ['3[01]XX', 'toll-free', 'numéro court gratuit'],
    ['3[249]XX', 'premium-services-2', 'numéro court surtaxé'],
    ['36XX', 'premium-services-2', 'numéro court surtaxé'],
    ['3[578]XX', 'special-services-2', 'numéro court'],
    ['16XX!', 'unknown', 'choice of a carrier'],
  ],
  national: [
    ['80[0-5]XXXXXX', 'toll-free', 'numéro vert'],
    ['80[6-9]XXXXXX', 'special-services-1', 'numéro gris'],
    ['81XXXXXXX', 'special-services-2', 'numéro à coût partagé'],
    ['82XXXXXXX', 'premium-services-2', 'numéro majoré'],
    ['8[3-8]XXXXXXX', 'special-services-2', 'service à valeur ajoutée'],
    ['89XXXXXXX', 'premium-services-1', 'numéro surtaxé'],
    ['118XXX', 'directory-assistance', 'renseignements'],
  ],
};
