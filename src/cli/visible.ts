/** What a terminal would obey rather than show, line breaks included, and what turns the direction of text around. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * One line for a terminal: what callers wrote, such as a Call-ID, may neither steer the operator's terminal nor look
 * like a line of ours. What cannot be seen is written as JSON would, `\u001b`.
 */
export function visible(line: string): string {
  return line.replace(UNSEEN, escape);
}

/** Indented JSON for a terminal; it says the same as what JSON.stringify makes, which leaves some of these as they are. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(visible).join('\n');
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
