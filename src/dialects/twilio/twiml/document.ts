import { later } from '../../../kit/later.ts';
import { xmlLibrary } from '../../../kit/xml-library.ts';
import { TwimlFault } from './faults.ts';

/** Largest document that is read (bytes), the vendor's own limit. */
export const MOST_DOCUMENT_BYTES = 64 * 1024;

/** Elements within elements; the vendor's deepest, speech markup in a prompt of a Gather, needs about half. */
const DEEPEST = 12;

/** Elements in one document. */
const MOST_ELEMENTS = 1000;

/** Longest part of a parser's message that is passed on: it may quote the document. */
const MESSAGE_LENGTH = 120;

/** Declares entities or markup, which a script never needs and which harm. */
const DECLARATION = /<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i;

/** XML 1.0 §4.6; there are no others without a DTD. A map, since an object knows names such as `toString` too. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** One element of a document. */
export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** All text in it and below it, in order, with the white space at both ends cut off. */
  readonly text: string;
}

/** What the parser gives with `preserveOrder`: one key names the element, or is one of the special ones. */
type Node = Readonly<Record<string, unknown>>;

const ATTRIBUTES = ':@';
const TEXT = '#text';
const CDATA = '#cdata';

const parser = later(
  () =>
    new (xmlLibrary().XMLParser)({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
      processEntities: false,
      textNodeName: TEXT,
      cdataPropName: CDATA,
      ignoreDeclaration: true,
      ignorePiTags: true,
      maxNestedTags: DEEPEST,
    }),
);

/** The elements in the Response of a TwiML document. Throws TwimlFault 12100 or 12102. */
export function parseDocument(text: string): readonly Element[] {
  if (DECLARATION.test(text)) throw new TwimlFault(12100, 'a document type or entity declaration is not taken');
  const source = text.trim();
  if (source === '') throw new TwimlFault(12100, 'the document is empty');
  const fault = faultOf(source);
  if (fault !== undefined) throw new TwimlFault(12100, fault.slice(0, MESSAGE_LENGTH));
  const count = { left: MOST_ELEMENTS };
  const top = parseNodes(source);
  const roots = readNodes(top, count).children;
  const [root] = roots;
  const words = !source.endsWith('>') || top.some((node) => CDATA in node);
  if (!root || roots.length > 1 || words) throw new TwimlFault(12100, 'the document must have one root element');
  if (root.name !== 'Response') throw new TwimlFault(12102, `it is ${root.name.slice(0, MESSAGE_LENGTH)}`);
  return root.children;
}

function faultOf(source: string): string | undefined {
  const verdict = xmlLibrary().XMLValidator.validate(source);
  return verdict === true ? undefined : `line ${verdict.err.line}: ${verdict.err.msg}`;
}

function parseNodes(source: string): readonly Node[] {
  try {
    return parser().parse(source) as readonly Node[];
  } catch (error) {
    throw new TwimlFault(12100, (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_LENGTH));
  }
}

function readNodes(nodes: readonly Node[], count: { left: number }): { children: Element[]; text: string } {
  const children: Element[] = [];
  let text = '';
  for (const node of nodes) {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES) ?? '';
    const content = node[name];
    if (name === TEXT) text += decode(textIn(node));
    else if (name === CDATA) text += (content as readonly Node[]).map((part) => textIn(part)).join('');
    else {
      count.left -= 1;
      if (count.left < 0) throw new TwimlFault(12100, `there are more than ${MOST_ELEMENTS} elements`);
      const inner = readNodes(content as readonly Node[], count);
      const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>);
      children.push({
        name,
        attributes: new Map(attributes.map(([key, value]) => [key, decode(value)])),
        children: inner.children,
        text: inner.text.trim(),
      });
      // Elements stand between words: `one<break/>two` is not one word.
      text += ` ${inner.text} `;
    }
  }
  return { children, text };
}

function textIn(node: Node): string {
  const text = node[TEXT];
  return typeof text === 'string' ? text : '';
}

function decode(text: string): string {
  return text.replace(/&([^;]*);/g, (_whole, name: string) => {
    const code = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const point = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16) : NaN;
    const character = code && isCharacter(point) ? String.fromCodePoint(point) : ENTITIES.get(name);
    if (character === undefined) throw new TwimlFault(12100, `entity ${name.slice(0, 20)} is not known`);
    return character;
  });
}

/** XML 1.0 §2.2. */
function isCharacter(point: number): boolean {
  if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd;
  return point <= 0xd7ff || (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff);
}
