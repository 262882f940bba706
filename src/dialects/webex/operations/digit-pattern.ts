import type { Static } from 'typebox';
import type { View } from '../../../ledger/mutate.ts';
import { uuid } from '../../../kit/ids.ts';
import {
  childId,
  put,
  read,
  readAll,
  remove,
  type DigitPattern,
  type Documents,
  type LineKind,
  type Owner,
  type OwnerKind,
} from '../documents.ts';
import { invalid, notFound } from '../errors.ts';
import { encodeId } from '../ids.ts';
import { change, pathId, timestamp, type Answer, type Call } from '../operation.ts';
import { requireOwner } from '../owners.ts';
import { permissionOf, putPermission } from '../permission-of.ts';
import type { CreateDigitPattern, DigitPatternSettings, UpdateDigitPattern } from '../schemas.ts';

const MOST_PATTERNS = 500;

type Handler<Body = unknown> = (call: Call<Body>) => Promise<Answer>;

export function listDigitPatterns(kind: OwnerKind): Handler {
  return async (call) => {
    const { ledger } = call.service;
    const { owner } = await requireOwner(call, ledger, kind);
    const digitPatterns = (await patternsOf(ledger, owner)).map(render);
    if (kind === 'location') return { digitPatterns };
    const { useCustomDigitPatterns } = await permissionOf(ledger, owner);
    return { useCustomDigitPatterns, digitPatterns };
  };
}

export function createDigitPattern(kind: OwnerKind): Handler<Static<typeof CreateDigitPattern>> {
  const id = (): string => uuid();
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      const others = await patternsOf(view, owner);
      if (others.length >= MOST_PATTERNS) throw invalid(`There are at most ${MOST_PATTERNS} digit patterns`);
      const { name, pattern, action, transferEnabled } = call.body;
      const made = { id: id(), owner, name, pattern, action, transferEnabled, created: timestamp(call) };
      refuseUnfit(made, others);
      return { writes: [putPattern(made)], result: { id: encodeId('DIGIT_PATTERN', made.id) } };
    });
}

export function getDigitPattern(kind: OwnerKind): Handler {
  return async (call) => render(await requirePattern(call, call.service.ledger, kind));
}

export function updateDigitPattern(kind: OwnerKind): Handler<Static<typeof UpdateDigitPattern>> {
  return (call) =>
    change(call, async (view) => {
      const known = await requirePattern(call, view, kind);
      const pattern: DigitPattern = {
        ...known,
        name: call.body.name ?? known.name,
        pattern: call.body.pattern ?? known.pattern,
        action: call.body.action ?? known.action,
        transferEnabled: call.body.transferEnabled ?? known.transferEnabled,
      };
      const others = await patternsOf(view, known.owner);
      refuseUnfit(pattern, others);
      return { writes: [putPattern(pattern)], result: undefined };
    });
}

export function deleteDigitPattern(kind: OwnerKind): Handler {
  return (call) =>
    change(call, async (view) => {
      const { id, owner } = await requirePattern(call, view, kind);
      return { writes: [remove('digit-pattern', childId(owner.id, id))], result: undefined };
    });
}

export function deleteDigitPatterns(kind: OwnerKind): Handler {
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      const patterns = await patternsOf(view, owner);
      return { writes: patterns.map(({ id }) => remove('digit-pattern', childId(owner.id, id))), result: undefined };
    });
}

/** Whether a line's own patterns count, or its location's. */
export function putDigitPatternSettings(kind: LineKind): Handler<Static<typeof DigitPatternSettings>> {
  return (call) =>
    change(call, async (view) => {
      const { owner } = await requireOwner(call, view, kind);
      const { useCustomDigitPatterns } = call.body;
      const known = await permissionOf(view, owner);
      return { writes: [putPermission({ ...known, useCustomDigitPatterns })], result: undefined };
    });
}

async function requirePattern(call: Call, view: View, kind: OwnerKind): Promise<DigitPattern> {
  const { owner } = await requireOwner(call, view, kind);
  const pattern = await read(view, 'digit-pattern', childId(owner.id, pathId(call, 'digitPatternId', 'DIGIT_PATTERN')));
  if (!pattern) throw notFound();
  return pattern;
}

/** In the order in which they were made. */
async function patternsOf(documents: Documents, { id }: Owner): Promise<DigitPattern[]> {
  const patterns = await readAll(documents, 'digit-pattern', childId(id, ''));
  return patterns.toSorted((a, b) => (a.created < b.created ? -1 : Number(a.created > b.created)));
}

/** Names and patterns are each one pattern's within their level, so that none can contradict another. */
function refuseUnfit({ id, name, pattern }: DigitPattern, all: readonly DigitPattern[]): void {
  if (!/[\dX]/.test(pattern)) throw invalid('pattern must have a digit or X');
  const others = all.filter((other) => other.id !== id);
  if (others.some((other) => other.name === name)) throw invalid('A digit pattern of this name exists already');
  if (others.some((other) => other.pattern === pattern)) throw invalid('This digit pattern exists already');
}

function putPattern(pattern: DigitPattern): ReturnType<typeof put> {
  return put('digit-pattern', childId(pattern.owner.id, pattern.id), pattern);
}

function render({ id, name, pattern, action, transferEnabled }: DigitPattern): object {
  return { id: encodeId('DIGIT_PATTERN', id), name, pattern, action, transferEnabled };
}
