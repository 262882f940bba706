import type { CallEvent } from './event.ts';

/** What an event is about, which decides how long it is kept. */
export type Shelf = 'calls' | 'refusals' | 'counts';

/** An event on its way to the disk. */
export interface Entry {
  readonly shelf: Shelf;
  readonly callId: string;
  /** Of an event that is a decision; else empty. */
  readonly decisionId: string;
  /** The event as JSON. */
  readonly data: string;
}

/** An event in one line of text. What it is found by stands before it, so that only events that are asked for are parsed. */
export interface Line {
  /** On the way to the disk the shelf; there the event's place among all. */
  readonly label: string;
  readonly decisionId: string;
  /** The Call-ID as JSON. */
  readonly call: string;
  /** The event as JSON. */
  readonly data: string;
  /** Everything after the label. */
  readonly rest: string;
}

/** The line of an entry, labelled with its shelf. */
export function printLine({ shelf, callId, decisionId, data }: Entry): string {
  const call = nameOf(callId);
  return `${shelf} ${decisionId} ${call.length} ${call} ${data}`;
}

export function readLine(line: string): Line {
  const labelEnd = line.indexOf(' ');
  const idEnd = line.indexOf(' ', labelEnd + 1);
  const lengthEnd = line.indexOf(' ', idEnd + 1);
  const callEnd = lengthEnd + 1 + Number(line.slice(idEnd + 1, lengthEnd));
  return {
    label: line.slice(0, labelEnd),
    decisionId: line.slice(labelEnd + 1, idEnd),
    call: line.slice(lengthEnd + 1, callEnd),
    data: line.slice(callEnd + 1),
    rest: line.slice(labelEnd),
  };
}

/** A Call-ID as it stands in a line: a stranger may write whatever it likes into it. */
export function nameOf(callId: string): string {
  return JSON.stringify(callId);
}

/** The event of a line. */
export function eventOf({ data }: Pick<Line, 'data'>): CallEvent {
  return JSON.parse(data) as CallEvent;
}
