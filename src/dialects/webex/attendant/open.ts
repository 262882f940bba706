import type { Clock } from '../../../kit/clock.ts';
import type { CodeBook } from '../codes/code-book.ts';
import { read, type Documents } from '../documents.ts';
import { Attendant, type Place } from './attendant.ts';

/** The attendant of an organisation, with its codes and the languages of its locations. */
export function openAttendant(options: { documents: Documents; clock: Clock; codeBook: CodeBook }): Attendant {
  const { documents, clock, codeBook } = options;
  return new Attendant({ clock, codes: codeBook, placeOf: (id) => placeOf(documents, id) });
}

/** Where calls of a location, or of a trunk to premises, belong. */
async function placeOf(documents: Documents, id: string): Promise<Place> {
  const trunk = await read(documents, 'trunk', id);
  const location = trunk?.locationId ?? id;
  const found = await read(documents, 'location', location);
  return { location, language: found ? (found.announcementLanguage ?? found.preferredLanguage) : null };
}
