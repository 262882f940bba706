import { afterFirstValue, splitList } from './lists.ts';
import { headerId, NEVER_SPLIT } from './names.ts';
import { oneLine, trimmed } from './text.ts';

/** One header line. */
export interface Header {
  /** As written. */
  readonly name: string;
  /** Canonical: lower case, compact forms expanded. */
  readonly id: string;
  /** Unfolded and trimmed; latin1, one char a byte. */
  readonly value: string;
}

/** Colon, space and line end. */
const AROUND_VALUE = 4;

/**
 * The header lines of a message, in order, every spelling and unknown name kept (RFC 3261 §7.3.1).
 * Methods that take an `id` want the canonical one (`via`, `call-id`); those that take a `name` print it as given.
 * Values that are set are made one line, so no text from outside can smuggle in a header.
 */
export class Headers implements Iterable<Header> {
  // Three arrays side by side: lookup touches ids only, and parsing makes no object per line.
  readonly #names: string[];
  readonly #ids: string[];
  readonly #values: string[];

  /** Takes over the three parallel lists; the values must be one line each. */
  constructor(names: string[] = [], ids: string[] = [], values: string[] = []) {
    this.#names = names;
    this.#ids = ids;
    this.#values = values;
  }

  /** How many lines there are. */
  get size(): number {
    return this.#ids.length;
  }

  /** The first line's value. */
  get(id: string): string | undefined {
    const index = this.#ids.indexOf(id);
    return index < 0 ? undefined : this.#values[index];
  }

  /** Every line's value, in order. */
  lines(id: string): string[] {
    const lines: string[] = [];
    for (let index = this.#ids.indexOf(id); index >= 0; index = this.#ids.indexOf(id, index + 1))
      lines.push(this.#values[index] ?? '');
    return lines;
  }

  /** Every value over all lines, comma-separated lists split, order kept. Credentials and challenges stay whole. */
  values(id: string): string[] {
    const lines = this.lines(id);
    return lines.length === 0 || NEVER_SPLIT.has(id) ? lines : lines.flatMap(splitList);
  }

  /** The first value; undefined when there is none. */
  firstValue(id: string): string | undefined {
    for (const line of this.lines(id)) {
      const [first] = line.includes(',') ? splitList(line) : [trimmed(line, 0, line.length)];
      if (first !== undefined && first !== '') return first;
    }
    return undefined;
  }

  /** Takes over the lines of `other` that `wanted` names by their ids, as they are. */
  copyFrom(other: Headers, wanted: ReadonlySet<string>): void {
    for (let index = 0; index < other.#ids.length; index += 1) {
      const id = other.#ids[index] ?? '';
      if (!wanted.has(id)) continue;
      this.#names.push(other.#names[index] ?? '');
      this.#ids.push(id);
      this.#values.push(other.#values[index] ?? '');
    }
  }

  has(id: string): boolean {
    return this.#ids.includes(id);
  }

  /** How many lines carry this header. */
  count(id: string): number {
    let count = 0;
    for (let index = this.#ids.indexOf(id); index >= 0; index = this.#ids.indexOf(id, index + 1)) count += 1;
    return count;
  }

  /** How many values there are over all lines, comma-separated lists split. */
  countValues(id: string): number {
    let count = 0;
    for (let index = this.#ids.indexOf(id); index >= 0; index = this.#ids.indexOf(id, index + 1)) {
      const line = this.#values[index] ?? '';
      count += line.includes(',') ? splitList(line).length : 1;
    }
    return count;
  }

  /** Adds `text` to the first line's value; does nothing when there is none. */
  appendToValue(id: string, text: string): void {
    const index = this.#ids.indexOf(id);
    if (index < 0) return;
    this.#values[index] = `${this.#values[index]}${oneLine(text)}`;
  }

  /** Bytes that the lines take on the wire, give or take those of a Content-Length that has to be made. */
  get byteLength(): number {
    let length = 0;
    for (let index = 0; index < this.#ids.length; index += 1)
      length += (this.#names[index]?.length ?? 0) + (this.#values[index]?.length ?? 0) + AROUND_VALUE;
    return length;
  }

  /** Replaces the first line in its place and removes the others; appends when there is none. */
  set(name: string, value: string): void {
    const id = headerId(name);
    const first = this.#ids.indexOf(id);
    if (first < 0) return this.append(name, value);
    for (let index = this.#ids.lastIndexOf(id); index > first; index = this.#ids.lastIndexOf(id)) this.#drop(index);
    this.#names[first] = oneLine(name);
    this.#values[first] = oneLine(value);
  }

  /** A new line before the first of its kind; on top when there is none. */
  prepend(name: string, value: string): void {
    const id = headerId(name);
    const at = Math.max(0, this.#ids.indexOf(id));
    this.#names.splice(at, 0, oneLine(name));
    this.#ids.splice(at, 0, id);
    this.#values.splice(at, 0, oneLine(value));
  }

  /** A new last line. */
  append(name: string, value: string): void {
    this.#names.push(oneLine(name));
    this.#ids.push(headerId(name));
    this.#values.push(oneLine(value));
  }

  remove(id: string): void {
    for (let index = this.#ids.lastIndexOf(id); index >= 0; index = this.#ids.lastIndexOf(id)) this.#drop(index);
  }

  /** Drops the first comma-separated value of the first line, and the line when that was all of it (Via, Route). */
  removeFirstValue(id: string): void {
    const index = this.#ids.indexOf(id);
    if (index < 0) return;
    const rest = afterFirstValue(this.#values[index] ?? '');
    if (rest === '') return this.#drop(index);
    this.#values[index] = rest;
  }

  /** Puts `value` in place of the first comma-separated value of the first line; does nothing when there is none. */
  replaceFirstValue(id: string, value: string): void {
    const index = this.#ids.indexOf(id);
    if (index < 0) return;
    const rest = afterFirstValue(this.#values[index] ?? '');
    this.#values[index] = rest === '' ? oneLine(value) : `${oneLine(value)}, ${rest}`;
  }

  clone(): Headers {
    return new Headers(this.#names.slice(), this.#ids.slice(), this.#values.slice());
  }

  *[Symbol.iterator](): Iterator<Header> {
    for (let index = 0; index < this.#ids.length; index += 1)
      yield { name: this.#names[index] ?? '', id: this.#ids[index] ?? '', value: this.#values[index] ?? '' };
  }

  /** The lines as they go on the wire, each with its CRLF, Content-Length made to say `bodyLength`. */
  print(bodyLength: number): string {
    let text = '';
    let lengthDone = false;
    for (let index = 0; index < this.#ids.length; index += 1) {
      if (this.#ids[index] !== 'content-length') text += `${this.#names[index]}: ${this.#values[index]}\r\n`;
      else if (!lengthDone) {
        text += `${this.#names[index]}: ${bodyLength}\r\n`;
        lengthDone = true;
      }
    }
    return lengthDone ? text : `${text}Content-Length: ${bodyLength}\r\n`;
  }

  #drop(index: number): void {
    this.#names.splice(index, 1);
    this.#ids.splice(index, 1);
    this.#values.splice(index, 1);
  }
}
