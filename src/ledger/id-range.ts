/** A stretch of ids in byte order: `from` and what follows it, up to but not including `to` (absent: to the end). */
export interface IdRange {
  readonly from: string;
  readonly to: string | undefined;
}

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/** The ids that begin with `prefix` and come after `after`, in the byte order of their UTF-8. */
export function idRange(prefix = '', after?: string): IdRange {
  if (after === undefined) return { from: prefix, to: endOfPrefix(prefix) };
  // The least string greater than a given one is that string and a NUL.
  const next = `${after}\0`;
  return { from: Buffer.compare(Buffer.from(next), Buffer.from(prefix)) > 0 ? next : prefix, to: endOfPrefix(prefix) };
}

/** The least string greater than all that begin with `prefix`; undefined when there is none. */
function endOfPrefix(prefix: string): string | undefined {
  const end = prefix.charCodeAt(prefix.length - 1);
  if (end < BEFORE_SURROGATES) return prefix.slice(0, -1) + String.fromCharCode(end + 1);
  // UTF-8 keeps the order of code points, so the successor is found on these.
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1);
}
