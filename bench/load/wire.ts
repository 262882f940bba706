/** Readers of SIP messages that know only what the peers of this benchmark write: full header names, one header a line. */

/** A datagram as text, one byte a character. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** The value of the first header of that name; empty when there is none. `name` is as written, `\r\nName: `. */
export function valueOf(text: string, name: string): string {
  const at = text.indexOf(name);
  return at < 0 ? '' : text.slice(at + name.length, text.indexOf('\r\n', at + name.length));
}

/** The status of a response; 0 for a request. */
export function statusOf(text: string): number {
  if (text.charCodeAt(0) !== 0x53 || text.charCodeAt(3) !== 0x2f) return 0;
  return (text.charCodeAt(8) - 48) * 100 + (text.charCodeAt(9) - 48) * 10 + text.charCodeAt(10) - 48;
}

/** The values of all headers of that name, in order. `name` is as written, `\r\nName: `. */
export function valuesOf(text: string, name: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length))
    found.push(text.slice(at + name.length, text.indexOf('\r\n', at + name.length)));
  return found;
}

/** What stands between angle brackets. */
export function uriIn(value: string): string {
  return value.slice(value.indexOf('<') + 1, value.indexOf('>'));
}

/** The Call-ID that belongs to a slot of the table of calls, in its `generation`-th use. */
export function callIdOf(slot: number, generation: number): string {
  return `${slot}-${generation}@bench`;
}

/** The slot and the generation that a message's Call-ID names; slot -1 when it is not ours. */
export function ownerOf(text: string): { slot: number; generation: number } {
  const start = text.indexOf('\r\nCall-ID: ') + 11;
  const dash = text.indexOf('-', start);
  const end = text.indexOf('@bench\r\n', dash);
  if (start < 11 || dash < 0 || end < 0) return { slot: -1, generation: -1 };
  return { slot: Number(text.slice(start, dash)), generation: Number(text.slice(dash + 1, end)) };
}
