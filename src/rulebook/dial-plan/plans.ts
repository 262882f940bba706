import { compileRanges, type CompiledRange, type DialPlan } from './dial-plan.ts';
import { AU } from './plans/au.ts';
import { DE } from './plans/de.ts';
import { ES } from './plans/es.ts';
import { FR } from './plans/fr.ts';
import { GB } from './plans/gb.ts';
import { IN } from './plans/in.ts';
import { IT } from './plans/it.ts';
import { JP } from './plans/jp.ts';
import { NORTH_AMERICA } from './plans/nanp.ts';
import { NL } from './plans/nl.ts';

/** A country's plan with its ranges ready to be matched. */
export interface ReadyPlan extends Omit<DialPlan, 'dialled' | 'national'> {
  readonly dialled: readonly CompiledRange[];
  readonly national: readonly CompiledRange[];
}

const PLANS: ReadonlyMap<string, ReadyPlan> = new Map(
  [...NORTH_AMERICA, GB, DE, FR, NL, ES, IT, AU, JP, IN].map((plan) => [
    plan.country,
    { ...plan, dialled: compileRanges(plan.dialled), national: compileRanges(plan.national) },
  ]),
);

/** Countries with tables of their own. */
export const COUNTRIES_WITH_PLAN: readonly string[] = [...PLANS.keys()];

/** The plan of a country (ISO 3166-1 alpha-2), where it has a table. */
export function planOf(country: string): ReadyPlan | undefined {
  return PLANS.get(country);
}

const BY_CODE: ReadonlyMap<string, ReadyPlan> = new Map([...PLANS.values()].map((plan) => [plan.callingCode, plan]));

/** The plan behind a country calling code, where it has a table. */
export function planOfCode(callingCode: string): ReadyPlan | undefined {
  return BY_CODE.get(callingCode);
}
