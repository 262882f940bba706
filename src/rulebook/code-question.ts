/**
 * What the decision asks an application that has to see a code before it places a call (Permitted, `code`). It travels
 * as the name of the application: everything that answers for the call needs to know, and nothing of the codes.
 */
export interface CodeQuestion {
  /** The line that calls, as an id of the rulebook; null where the trunk itself does. */
  readonly line: string | null;
  /** Names of the sets whose codes are right. */
  readonly codeSets: readonly string[];
  /** E.164 of whom it calls, or the digits as dialled where there is none. */
  readonly called: string;
}

const PREFIX = 'code?';

/** The question as the name of an application. */
export function printCodeQuestion({ line, codeSets, called }: CodeQuestion): string {
  const parameters = new URLSearchParams(codeSets.map((set) => ['set', set]));
  if (line !== null) parameters.append('line', line);
  parameters.append('called', called);
  return `${PREFIX}${parameters}`;
}

/** Reads it; undefined when the application is another one. */
export function readCodeQuestion(application: string): CodeQuestion | undefined {
  if (!application.startsWith(PREFIX)) return undefined;
  const parameters = new URLSearchParams(application.slice(PREFIX.length));
  return { line: parameters.get('line'), codeSets: parameters.getAll('set'), called: parameters.get('called') ?? '' };
}
