import { afterFirstValue, splitList } from './lists.ts';
import { codeAt, codeOf, headerId, idOf, NEVER_SPLIT, OTHER, type HeaderSet } from './names.ts';
import { isSpelled, oneLine, trimmed } from './text.ts';

/** One header line. */
export interface Header {
  /** As written. */
  readonly name: string;
  /** Canonical: lower case, compact forms expanded. */
  readonly id: string;
  /** Unfolded and trimmed; latin1, one char a byte. */
  readonly value: string;
}

/** Numbers that mark one line: its name, where it begins, and where it ends, which is before its CRLF. */
const STRIDE = 3;
const START = 1;
const END = 2;

/** The code of the name is in the low bits of the first number, and how many chars it has above them. */
const CODE_BITS = 8;
const CODE_MASK = (1 << CODE_BITS) - 1;

/** Colon and space, between a name and its value. */
const BETWEEN = 2;

const LINE_END = 2;

/**
 * The header lines of a message, in order, every spelling and unknown name kept (RFC 3261 §7.3.1).
 * Methods that take an `id` want the canonical one (`via`, `call-id`); those that take a `name` print it as given.
 * Values that are set are made one line, so no text from outside can smuggle in a header.
 *
 * What was received stays one text, the head, and of each line there are three numbers in `marks` (above). A value
 * becomes a text of its own when it is asked for. Lines that were set, or that came in an unusual form (folded, more or
 * less than one space), are loose: name and value are texts side by side in `loose`, which only ever grows, so that a
 * place in it means the same for good; the line begins at minus that place, less one. Copies share the head, and printing
 * takes lines that stand side by side in it as one piece: forwarding a message costs what is changed.
 */
export class Headers implements Iterable<Header> {
  #head: string;
  readonly #marks: number[];
  readonly #loose: string[];
  #changes = 0;

  /** Takes over marks and loose texts, whose values must be one line each; `Lines` makes them. */
  constructor(head = '', marks: number[] = [], loose: string[] = []) {
    this.#head = head;
    this.#marks = marks;
    this.#loose = loose;
  }

  /** How many lines there are. */
  get size(): number {
    return this.#marks.length / STRIDE;
  }

  /** How often lines were changed; a copy begins with the count of what it is copied from. */
  get changes(): number {
    return this.#changes;
  }

  /** The first line's value. */
  get(id: string): string | undefined {
    const at = this.#find(id);
    return at < 0 ? undefined : this.#valueAt(at);
  }

  /** A number that stands for the first line's value: the same in a copy, another one when it changed; 0 for none. */
  versionOf(id: string): number {
    const at = this.#find(id);
    return at < 0 ? 0 : (this.#marks[at + START] ?? 0);
  }

  /** Every line's value, in order. */
  lines(id: string): string[] {
    const lines: string[] = [];
    for (let at = this.#find(id); at >= 0; at = this.#find(id, at + STRIDE)) lines.push(this.#valueAt(at));
    return lines;
  }

  /** Every value over all lines, comma-separated lists split, order kept. Credentials and challenges stay whole. */
  values(id: string): string[] {
    const lines = this.lines(id);
    return lines.length === 0 || NEVER_SPLIT.has(id) ? lines : lines.flatMap(splitList);
  }

  /** The first value; undefined when there is none. */
  firstValue(id: string): string | undefined {
    for (let at = this.#find(id); at >= 0; at = this.#find(id, at + STRIDE)) {
      const line = this.#valueAt(at);
      const first = line.includes(',') ? splitList(line)[0] : trimmed(line, 0, line.length);
      if (first !== undefined && first !== '') return first;
    }
    return undefined;
  }

  /** Takes over the lines of `other` that are of `wanted`, as they are. */
  copyFrom(other: Headers, wanted: HeaderSet): void {
    this.#changes += 1;
    if (this.#marks.length === 0) this.#head = other.#head;
    const shared = this.#head === other.#head;
    for (let at = 0; at < other.#marks.length; at += STRIDE) {
      const name = other.#marks[at] ?? 0;
      if (wanted[name & CODE_MASK] !== 1) continue;
      if (shared && !other.#isLoose(at))
        this.#marks.push(name, other.#marks[at + START] ?? 0, other.#marks[at + END] ?? 0);
      else this.#marks.push(name, this.#keep(other.#nameAt(at), other.#valueAt(at)), 0);
    }
  }

  has(id: string): boolean {
    return this.#find(id) >= 0;
  }

  /** Whether there is a line of one of these. */
  hasAny(wanted: HeaderSet): boolean {
    for (let at = 0; at < this.#marks.length; at += STRIDE) if (wanted[this.#codeAt(at)] === 1) return true;
    return false;
  }

  /** How many lines carry this header. */
  count(id: string): number {
    let count = 0;
    for (let at = this.#find(id); at >= 0; at = this.#find(id, at + STRIDE)) count += 1;
    return count;
  }

  /** Counts the lines of each header, by the code of its name. */
  countInto(counts: Uint16Array): void {
    counts.fill(0);
    for (let at = 0; at < this.#marks.length; at += STRIDE) {
      const code = this.#codeAt(at);
      counts[code] = (counts[code] ?? 0) + 1;
    }
  }

  /** How many values there are over all lines, comma-separated lists split. */
  countValues(id: string): number {
    let count = 0;
    for (let at = this.#find(id); at >= 0; at = this.#find(id, at + STRIDE)) {
      const line = this.#valueAt(at);
      count += line.includes(',') ? splitList(line).length : 1;
    }
    return count;
  }

  /** Adds `text` to the first line's value; does nothing when there is none. */
  appendToValue(id: string, text: string): void {
    const at = this.#find(id);
    if (at >= 0) this.#loosen(at, this.#nameAt(at), this.#valueAt(at) + oneLine(text));
  }

  /** Bytes that the lines take on the wire, give or take those of a Content-Length that has to be made. */
  get byteLength(): number {
    let length = 0;
    for (let at = 0; at < this.#marks.length; at += STRIDE)
      length += this.#isLoose(at)
        ? this.#nameAt(at).length + BETWEEN + this.#valueAt(at).length + LINE_END
        : (this.#marks[at + END] ?? 0) - (this.#marks[at + START] ?? 0) + LINE_END;
    return length;
  }

  /** Replaces the first line in its place and removes the others; appends when there is none. */
  set(name: string, value: string): void {
    const id = headerId(name);
    const first = this.#find(id);
    if (first < 0) return this.append(name, value);
    this.#dropAll(id, first + STRIDE);
    this.#loosen(first, oneLine(name), oneLine(value));
  }

  /** A new line before the first of its kind; on top when there is none. */
  prepend(name: string, value: string): void {
    const at = Math.max(0, this.#find(headerId(name)));
    const marks = this.#marks;
    marks.push(0, 0, 0);
    for (let index = marks.length - 1; index >= at + STRIDE; index -= 1) marks[index] = marks[index - STRIDE] ?? 0;
    this.#loosen(at, oneLine(name), oneLine(value));
  }

  /** A new last line. */
  append(name: string, value: string): void {
    this.#changes += 1;
    this.#marks.push(nameMark(name, 0, name.length), this.#keep(oneLine(name), oneLine(value)), 0);
  }

  /** Puts `text` in place of every `part` of the values of these lines. */
  replaceInLines(id: string, part: string, text: string): void {
    for (let at = this.#find(id); at >= 0; at = this.#find(id, at + STRIDE)) {
      const value = this.#valueAt(at);
      if (value.includes(part)) this.#loosen(at, this.#nameAt(at), oneLine(value.replaceAll(part, () => text)));
    }
  }

  remove(id: string): void {
    this.#dropAll(id, 0);
  }

  /** Removes all lines of these. */
  removeAll(unwanted: HeaderSet): void {
    for (let at = this.#marks.length - STRIDE; at >= 0; at -= STRIDE)
      if (unwanted[this.#codeAt(at)] === 1) this.#drop(at);
  }

  /** Drops the first comma-separated value of the first line, and the line when that was all of it (Via, Route). */
  removeFirstValue(id: string): void {
    const at = this.#find(id);
    if (at < 0) return;
    const rest = afterFirstValue(this.#valueAt(at));
    if (rest === '') this.#drop(at);
    else this.#loosen(at, this.#nameAt(at), rest);
  }

  /** Puts `value` in place of the first comma-separated value of the first line; does nothing when there is none. */
  replaceFirstValue(id: string, value: string): void {
    const at = this.#find(id);
    if (at < 0) return;
    const rest = afterFirstValue(this.#valueAt(at));
    this.#loosen(at, this.#nameAt(at), rest === '' ? oneLine(value) : `${oneLine(value)}, ${rest}`);
  }

  clone(): Headers {
    const copy = new Headers(this.#head, this.#marks.slice(), this.#loose.slice());
    copy.#changes = this.#changes;
    return copy;
  }

  *[Symbol.iterator](): Iterator<Header> {
    for (let at = 0; at < this.#marks.length; at += STRIDE) {
      const name = this.#nameAt(at);
      yield { name, id: idOf(this.#codeAt(at)) || name.toLowerCase(), value: this.#valueAt(at) };
    }
  }

  /** The lines as they go on the wire, each with its CRLF, Content-Length made to say `bodyLength`. */
  print(bodyLength: number): string {
    const marks = this.#marks;
    const length = String(bodyLength);
    let text = '';
    let lengthDone = false;
    // Lines side by side in the head, not yet taken over.
    let from = 0;
    let to = 0;
    for (let at = 0; at < marks.length; at += STRIDE) {
      const saysLength = this.#codeAt(at) === CONTENT_LENGTH;
      if (saysLength && lengthDone) continue;
      lengthDone ||= saysLength;
      const start = marks[at + START] ?? 0;
      if (start < 0 || (saysLength && this.#valueAt(at) !== length)) {
        text += `${this.#head.slice(from, to)}${this.#nameAt(at)}: ${saysLength ? length : this.#valueAt(at)}\r\n`;
        from = to;
      } else {
        if (start !== to) {
          text += this.#head.slice(from, to);
          from = start;
        }
        to = (marks[at + END] ?? 0) + LINE_END;
      }
    }
    text += this.#head.slice(from, to);
    return lengthDone ? text : `${text}Content-Length: ${length}\r\n`;
  }

  /** The place in `marks` of the first line of this kind that is not before `from`; -1 when there is none. */
  #find(id: string, from = 0): number {
    const code = codeOf(id);
    const marks = this.#marks;
    for (let at = from; at < marks.length; at += STRIDE)
      if (((marks[at] ?? 0) & CODE_MASK) === code && (code !== OTHER || this.#isNamed(at, id))) return at;
    return -1;
  }

  #isNamed(at: number, id: string): boolean {
    if (this.#nameLength(at) !== id.length) return false;
    const start = this.#marks[at + START] ?? 0;
    return start < 0 ? isSpelled(this.#loose[-start - 1] ?? '', 0, id) : isSpelled(this.#head, start, id);
  }

  #codeAt(at: number): number {
    return (this.#marks[at] ?? 0) & CODE_MASK;
  }

  #isLoose(at: number): boolean {
    return (this.#marks[at + START] ?? 0) < 0;
  }

  #nameAt(at: number): string {
    const start = this.#marks[at + START] ?? 0;
    return start < 0 ? (this.#loose[-start - 1] ?? '') : this.#head.slice(start, start + this.#nameLength(at));
  }

  #valueAt(at: number): string {
    const start = this.#marks[at + START] ?? 0;
    return start < 0
      ? (this.#loose[-start] ?? '')
      : this.#head.slice(start + this.#nameLength(at) + BETWEEN, this.#marks[at + END]);
  }

  #nameLength(at: number): number {
    return (this.#marks[at] ?? 0) >> CODE_BITS;
  }

  /** Gives a line another text. */
  #loosen(at: number, name: string, value: string): void {
    this.#changes += 1;
    this.#marks[at] = nameMark(name, 0, name.length);
    this.#marks[at + START] = this.#keep(name, value);
  }

  /** Keeps the texts of a loose line; where it begins. */
  #keep(name: string, value: string): number {
    return 1 - this.#loose.push(name, value);
  }

  #dropAll(id: string, from: number): void {
    for (let at = this.#find(id, from); at >= 0; at = this.#find(id, at)) this.#drop(at);
  }

  #drop(at: number): void {
    this.#changes += 1;
    const marks = this.#marks;
    for (let index = at + STRIDE; index < marks.length; index += 1) marks[index - STRIDE] = marks[index] ?? 0;
    for (let left = STRIDE; left > 0; left -= 1) marks.pop();
  }
}

const CONTENT_LENGTH = codeOf('content-length');

/** The first number of a line whose name stands there. */
function nameMark(text: string, from: number, to: number): number {
  return codeAt(text, from, to) | ((to - from) << CODE_BITS);
}

/** Marks of the head that is being read: one list for all, of which each head takes a copy of the right size. */
const reading: number[] = [];

/** Collects the lines of a head, one head at a time. */
export class Lines {
  readonly #head: string;
  readonly #loose: string[] = [];
  #length = 0;

  constructor(head: string) {
    this.#head = head;
  }

  get size(): number {
    return this.#length / STRIDE;
  }

  /** A line of the head as it is usually written: `Name: value`, without further spaces. */
  add(start: number, colon: number, end: number): void {
    this.#push(nameMark(this.#head, start, colon), start, end);
  }

  /** A line in any other form. */
  addLoose(name: string, value: string): void {
    this.#push(nameMark(name, 0, name.length), 1 - this.#loose.push(name, value), 0);
  }

  done(): Headers {
    return new Headers(this.#head, reading.slice(0, this.#length), this.#loose);
  }

  #push(name: number, start: number, end: number): void {
    reading[this.#length] = name;
    reading[this.#length + START] = start;
    reading[this.#length + END] = end;
    this.#length += STRIDE;
  }
}
