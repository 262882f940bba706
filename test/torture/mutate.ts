/** Numbers in [0, 1). */
type Random = () => number;
/** A change to a message, as text of one char a byte. */
type Mutation = (text: string, random: Random, another: () => string) => string;

/** Words and bytes that parsers stumble over. */
const SCRAPS = [
  '\r\n', '\n', '\r', '\r\n\r\n', '\r\n ', '\0', '\xff', '\t', ' ', '"', '\\', '\\"', '<', '>', '<>', ';', ',', ':', '=', '@', '%', '%00', '%zz', '?', '[', ']',
  '[::1]', '[::ffff:127.0.0.1]', 'sip:', 'sips:', 'tel:', 'SIP/2.0', 'SIP/2.0 200 OK', 'INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'REGISTER',
  '__proto__', 'constructor', 'Content-Length: 0\r\n', 'l: 5\r\n', 'Content-Length: -1\r\n', 'Max-Forwards: 0\r\n', 'To: <sip:x>;tag=1\r\n',
  'Route: <sip:127.0.0.1;lr>\r\n', 'Record-Route: <sip:x@127.0.0.1;lr>\r\n', 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK\r\n',
  'Proxy-Authorization: Digest username="a", realm="b", nonce="c", uri="d", response="e"\r\n', 'Proxy-Authorization: Digest\r\n', ';rport', ';received=::1', ';maddr=127.0.0.1', ';tag=',
]; // prettier-ignore

const NUMBERS = ['0', '-1', '255', '256', '65535', '65536', '2147483648', '4294967295', '4294967296', '9007199254740993', '1'.repeat(400)]; // prettier-ignore

/** Longest run that is put in; above every limit on headers, seldom above that on a head. */
const LONGEST_RUN = 9000;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  (text, random) => put(text, random, 0, pick(SCRAPS, random)),
  (text, random) => put(text, random, 1, String.fromCharCode(Math.floor(random() * 256))),
  (text, random) => put(text, random, Math.floor(random() * 40), ''),
  (text, random) => text.slice(0, Math.floor(random() * text.length)),
  (text, random, another) => text.slice(0, Math.floor(random() * text.length)) + tail(another(), random),
  (text, random) => editLines(text, random, (line) => [line, line]),
  (text, random) => editLines(text, random, () => []),
  (text, random, another) => editLines(text, random, (line) => [line, pick(another().split('\r\n'), random)]),
  (text, random) => replaceOne(text, /\d+/g, random, pick(NUMBERS, random)),
  (text, random) => replaceOne(text, /\r\n/g, random, pick(['\n', '\r', '\n\r', '\r\n ', '\r\n\t', ''], random)),
  (text, random) => text.replaceAll('\r\n', pick(['\n', '\r'], random)),
  (text, random) => put(text, random, 0, run(random)),
];

/** Makes damaged messages out of good ones, one to four changes each; the same ones for the same numbers. */
export function mutator(seeds: readonly Buffer[], random: Random): () => Buffer {
  const texts = seeds.map((seed) => seed.toString('latin1'));
  const another = (): string => pick(texts, random);
  return () => {
    let text = another();
    for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1)
      text = pick(MUTATIONS, random)(text, random, another);
    return Buffer.from(text, 'latin1');
  };
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}

function tail(text: string, random: Random): string {
  return text.slice(Math.floor(random() * text.length));
}

function flipBit(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << Math.floor(random() * 8))) + text.slice(at + 1);
} // prettier-ignore

/** Puts `what` in place of `length` bytes somewhere. */
function put(text: string, random: Random, length: number, what: string): string {
  const at = Math.floor(random() * (text.length + 1));
  return text.slice(0, at) + what + text.slice(at + length);
}

function editLines(text: string, random: Random, edit: (line: string) => string[]): string {
  const lines = text.split('\r\n');
  const at = Math.floor(random() * lines.length);
  return lines.toSpliced(at, 1, ...edit(lines[at] ?? '')).join('\r\n');
}

function replaceOne(text: string, pattern: RegExp, random: Random, by: string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: old, index } = pick(found, random);
  return text.slice(0, index) + by + text.slice(index + old.length);
}

function run(random: Random): string {
  const unit = pick(['a', '"', ';a', ',', 'X: y\r\n', 'Via: SIP/2.0/UDP h\r\n', '\r\n ', '(', '%41'], random);
  // Short runs mostly: long ones all end at the same limit.
  return unit.repeat(Math.ceil((LONGEST_RUN * random() ** 4) / unit.length));
}
