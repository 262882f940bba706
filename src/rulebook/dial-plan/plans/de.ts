import type { DialPlan } from '../dial-plan.ts';

/** Germany. */
export const DE: DialPlan = {
  country: 'DE',
  callingCode: '49',
  internationalPrefix: '00',
  trunkPrefix: '0',
  // Local numbers without area code cannot be told from others outside their area.
  prefixOptional: false,
  source: 'Bundesnetzagentur, Nummernraum für das öffentliche Telefonnetz, 2026-11',
  dialled: [
    ['118[1-9]X', 'directory-assistance', 'Auskunftsdienst'],
    ['1180XX', 'directory-assistance', 'Auskunftsdienst'],
    ['116XXX', 'toll-free', 'harmonisierter Dienst von sozialem Wert'],
    ['115', 'special-services-1', 'Behördenruf'],
    ['010!', 'unknown', 'choice of a carrier (call by call)'],
  ],
  national: [
    ['800XXXXX!', 'toll-free', 'entgeltfreier Telefondienst'],
    ['900[135]XXXXXX', 'premium-services-1', 'Premium-Dienst'],
    ['900!', 'premium-services-1', 'Premium-Dienst'],
    ['13[78]!', 'premium-services-2', 'Massenverkehrsdienst'],
    ['32X!', 'national', 'number of no place'],
    ['180XX!', 'special-services-2', 'Service-Dienst'],
    ['18[1-9]!', 'special-services-2', 'Nutzergruppe, Online-Dienst'],
    ['19[1-4]X!', 'special-services-2', 'Online-Dienst'],
    ['700XXXXX!', 'special-services-1', 'persönliche Rufnummer'],
    ['12X!', 'special-services-2', 'neuartiger Dienst'],
    ['118XX!', 'directory-assistance', 'Auskunftsdienst'],
    ['116XXX', 'toll-free', 'harmonisierter Dienst von sozialem Wert'],
    ['115', 'special-services-1', 'Behördenruf'],
    ['31X', 'special-services-1', 'Prüfnummer der Betreiberkennung'],
  ],
};
