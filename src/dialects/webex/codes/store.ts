import type { Clock } from '../../../kit/clock.ts';
import type { Sealer } from '../../../kit/seal.ts';
import { uuid } from '../../../kit/ids.ts';
import type { Write } from '../../../ledger/ledger.ts';
import type { View } from '../../../ledger/mutate.ts';
import {
  bodyOf,
  childId,
  codeLabel,
  DIALECT,
  put,
  readAll,
  remove,
  type AccessCode,
  type Documents,
} from '../documents.ts';
import { invalid, limitReached } from '../errors.ts';
import { codeAt, newSecret, stepAt } from './one-time-code.ts';

const MOST_CODES = 1000;
const MOST_ORGANIZATION_CODES = 10_000;
/** Each of these is tried when a code is keyed. */
const MOST_TIME_BASED = 100;
const LONGEST_DESCRIPTION = 128;
/** Before the id of a time-based code, where others have a fingerprint. */
const TIME_BASED = 't-';

/** What opening codes takes. */
export interface CodeService {
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export type CodeOwner = AccessCode['owner'];

/** A code to be kept; `timeBased` ones get a secret of their own in place of digits. */
export interface NewCode {
  readonly description: string;
  readonly code: string | null;
  readonly timeBased: AccessCode['timeBased'];
  readonly expires: string | null;
  readonly maximumUses: number | null;
  readonly destinations: string[] | null;
}

/** A code as the vendor knows it: always the same digits, for as long as it is there. */
export function plainCode(code: string, description: string): NewCode {
  return { code, description, timeBased: null, expires: null, maximumUses: null, destinations: null };
}

/** The ledger's id of a code with these digits. */
export function codeDocumentId({ sealer }: Pick<CodeService, 'sealer'>, ownerId: string, digits: string): string {
  return childId(ownerId, sealer.fingerprint(digits, `${DIALECT}/access-code/${ownerId}`));
}

/** The codes of an owner, in the order in which they were made. */
export async function codesOf(documents: Documents, ownerId: string): Promise<AccessCode[]> {
  const codes = await readAll(documents, 'access-code', childId(ownerId, ''));
  return codes.toSorted((a, b) => (a.created === b.created ? a.place - b.place : a.created < b.created ? -1 : 1));
}

/** Those of an owner whose digits change with the time. */
export function timeBasedCodesOf(documents: Documents, ownerId: string): Promise<AccessCode[]> {
  return readAll(documents, 'access-code', childId(ownerId, TIME_BASED));
}

/** The digits of a code, or the secret of a time-based one. */
export function openCode({ sealer }: Pick<CodeService, 'sealer'>, { owner, id, sealed }: AccessCode): string {
  return sealer.open(sealed, codeLabel(owner.id, id));
}

/** The digits that are right now. */
export function digitsNow(service: CodeService, code: AccessCode): string {
  const secret = openCode(service, code);
  const { timeBased } = code;
  return timeBased ? codeAt(secret, stepAt(service.clock.now(), timeBased.periodSeconds), timeBased.digits) : secret;
}

/** A code that was made, with what was sealed of it. */
export interface MadeCode {
  readonly code: AccessCode;
  /** Digits, or the secret of a time-based code. */
  readonly plain: string;
}

/**
 * Readies codes to be kept, all or none. Throws 400 for what is no code, no description, or a code that the owner has
 * already, and 502, as the vendor does, when there would be too many. No message repeats a code.
 */
export async function addCodes(
  service: CodeService,
  view: View,
  owner: CodeOwner,
  wishes: readonly NewCode[],
): Promise<{ writes: Write[]; made: MadeCode[] }> {
  const created = new Date(service.clock.now()).toISOString();
  const stored = await view.list({ dialect: DIALECT, kind: 'access-code', prefix: childId(owner.id, '') });
  const known = stored.map(({ body }) => bodyOf('access-code', body));
  refuseTooMany(owner, known, wishes);
  const ids = new Set(stored.map(({ id }) => id));
  const first = known.reduce((next, { place }) => Math.max(next, place + 1), 0);
  const made: MadeCode[] = [];
  const writes: Write[] = [];
  for (const [index, wish] of wishes.entries()) {
    const id = uuid();
    const plain = wish.timeBased ? newSecret() : readDigits(wish.code, index);
    const documentId = wish.timeBased ? childId(owner.id, TIME_BASED + id) : codeDocumentId(service, owner.id, plain);
    if (ids.has(documentId)) throw invalid(`accessCodes[${index}].code exists already`);
    ids.add(documentId);
    const { expires, maximumUses, destinations, timeBased } = wish;
    const sealed = service.sealer.seal(plain, codeLabel(owner.id, id));
    const description = readDescription(wish.description, index);
    const lifetime = { expires, maximumUses, destinations, timeBased };
    const code: AccessCode = { id, owner, description, sealed, created, place: first + index, ...lifetime };
    made.push({ code, plain });
    writes.push(put('access-code', documentId, code));
  }
  return { writes, made };
}

function readDigits(code: string | null, index: number): string {
  if (!/^\d{2,14}$/.test(code ?? '')) throw invalid(`accessCodes[${index}].code must have 2 to 14 digits`);
  return code ?? '';
}

function readDescription(text: string, index: number): string {
  if (text.trim() === '' || text.length > LONGEST_DESCRIPTION || /\p{Cc}/u.test(text))
    throw invalid(`accessCodes[${index}].description must have 1 to ${LONGEST_DESCRIPTION} characters`);
  return text;
}

function refuseTooMany({ kind }: CodeOwner, known: readonly AccessCode[], wishes: readonly NewCode[]): void {
  const codes = [...known, ...wishes];
  const most = kind === 'organization' ? MOST_ORGANIZATION_CODES : MOST_CODES;
  if (codes.length > most) throw limitReached(`There are at most ${most} access codes`);
  if (codes.filter(({ timeBased }) => timeBased).length > MOST_TIME_BASED)
    throw limitReached(`There are at most ${MOST_TIME_BASED} time-based access codes`);
}

/** Lets go of codes by their digits, of time-based ones by those of now. Digits of no code are passed over. */
export async function removeCodesByDigits(
  service: CodeService,
  view: View,
  ownerId: string,
  digits: readonly string[],
): Promise<Write[]> {
  const [wrong] = digits.flatMap((text, index) => (/^\d+$/.test(text) ? [] : [index]));
  if (wrong !== undefined) throw invalid(`deleteCodes[${wrong}] must be digits`);
  const wanted = new Set(digits);
  const writes: Write[] = [];
  for (const code of await codesOf(view, ownerId))
    if (wanted.has(digitsNow(service, code))) writes.push(...removals(service, code));
  return writes;
}

/** Lets go of all codes of an owner. */
export async function removeAllCodes(service: CodeService, view: View, ownerId: string): Promise<Write[]> {
  return (await codesOf(view, ownerId)).flatMap((code) => removals(service, code));
}

/** What goes with a code: itself and the count of its uses. */
export function removals(service: Pick<CodeService, 'sealer'>, code: AccessCode): Write[] {
  return [
    remove('access-code', documentIdOf(service, code)),
    remove('access-code-use', childId(code.owner.id, code.id)),
  ];
}

/** The ledger's id of a code that is known. */
export function documentIdOf(service: Pick<CodeService, 'sealer'>, code: AccessCode): string {
  const { owner, id, timeBased } = code;
  return timeBased ? childId(owner.id, TIME_BASED + id) : codeDocumentId(service, owner.id, openCode(service, code));
}
