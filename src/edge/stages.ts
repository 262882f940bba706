import type { Place } from './places.ts';

/** Places that are tried one after the other. */
export type Lane = readonly Place[];

/** The lanes of one stage are tried at the same time; a stage follows when the one before came to nothing. */
export type Stage = readonly Lane[];

/**
 * The order in which places are tried. The telephones of one user ring together, those of a higher q before others
 * (RFC 3261 §16.6); everything else is tried one after the other.
 */
export function stagesOf(places: readonly Place[]): readonly Stage[] {
  if (places.length < 2 || places.every(({ binding }) => binding === null)) return [[places]];
  const stages: Place[][][] = [];
  let before: Place | undefined;
  for (const place of places) {
    const stage = stages.at(-1);
    if (before && stage && ringTogether(before, place)) stage.push([place]);
    else if (before?.binding === null && place.binding === null) stage?.at(-1)?.push(place);
    else stages.push([[place]]);
    before = place;
  }
  return stages;
}

function ringTogether(one: Place, other: Place): boolean {
  if (one.binding === null || other.binding === null || one.binding.q !== other.binding.q) return false;
  return one.trunk === other.trunk && one.user === other.user && one.number === other.number;
}
