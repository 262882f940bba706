import { later } from '../../kit/later.ts';
import { xmlLibrary } from '../../kit/xml-library.ts';
import { badRequest } from './errors.ts';

/** An element: its text, or its children by name, always as lists. For printing, `@name` is an attribute of it. */
export type XmlNode = string | { readonly [child: string]: readonly XmlNode[] };

/** More levels than any configuration has. */
const DEEPEST = 12;
/** More tags than the largest element has: a policy of 500 next hops. */
const MOST_TAGS = 60_000;

/** A map, since an object knows names such as `toString` too. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

const parser = later(
  () =>
    new (xmlLibrary().XMLParser)({
      ignoreAttributes: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      parseTagValue: false,
      // Ours are stricter: the five of XML and characters by number, nothing that a document defines itself.
      processEntities: false,
      trimValues: true,
      alwaysCreateTextNode: false,
      isArray: () => true,
    }),
);

/**
 * Reads an XML document with the one root `root`; its children as lists by name. Throws 400 for anything but
 * well-formed XML of that root, and for document types, entities of its own, CDATA, too many or too deep tags.
 * Stray text between elements is dropped, as the vendor does.
 */
export function readXml(given: string, root: string): Exclude<XmlNode, string> {
  if (given.trim() === '') throw badRequest('request body not found');
  const text = withoutComments(given);
  // Whatever else begins with `<!` can define entities.
  if (text.includes('<!')) throw badRequest('Document types, entities and CDATA sections are not accepted');
  refuseExcess(text);
  const valid = xmlLibrary().XMLValidator.validate(text);
  if (valid !== true) throw badRequest(`Malformed XML: ${valid.err.msg.slice(0, 120)} (line ${valid.err.line})`);
  const document = parse(text);
  const roots = Object.keys(document).filter((name) => name !== '#text');
  const content = document[root];
  if (roots.length !== 1 || !Array.isArray(content) || content.length !== 1)
    throw badRequest(`The request body must hold one ${root}`);
  const node = toNode(content[0]);
  if (typeof node === 'string') throw badRequest(`${root} is empty`);
  return node;
}

/** The text of a child that is there at most once; undefined where it is not. */
export function textOf(node: XmlNode, child: string): string | undefined {
  if (typeof node === 'string') return undefined;
  const found = node[child] ?? [];
  if (found.length > 1) throw badRequest(`${child} appears more than once`);
  const [only] = found;
  if (only !== undefined && typeof only !== 'string') throw badRequest(`${child} holds elements where text belongs`);
  return only;
}

/** XML of a tree; texts are escaped. */
export function printXml(name: string, node: XmlNode): string {
  if (typeof node === 'string') return node === '' ? `<${name}/>` : `<${name}>${escapeText(node)}</${name}>`;
  const own = Object.entries(node);
  const attributes = own.filter(([child]) => child.startsWith('@'));
  const start = [
    name,
    ...attributes.map(
      ([child, [value]]) => `${child.slice(1)}="${typeof value === 'string' ? escapeText(value) : ''}"`,
    ),
  ].join(' ');
  const children = own
    .filter(([child]) => !child.startsWith('@'))
    .flatMap(([child, nodes]) => nodes.map((each) => printXml(child, each)));
  return children.length === 0 ? `<${start}/>` : `<${start}>${children.join('')}</${name}>`;
}

function toNode(value: unknown): XmlNode {
  if (typeof value !== 'object' || value === null) return decode(String(value));
  const entries = Object.entries(value).filter(([name]) => name !== '#text');
  return Object.fromEntries(entries.map(([name, children]) => [name, (children as unknown[]).map(toNode)]));
}

/** The parser refuses names that JavaScript knows, such as `constructor`; no element of the API has one. */
function parse(text: string): Record<string, unknown> {
  try {
    return parser().parse(text) as Record<string, unknown>;
  } catch {
    throw badRequest('Malformed XML');
  }
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let start = text.indexOf('<!--'); start !== -1; start = text.indexOf('<!--', from)) {
    const end = text.indexOf('-->', start + 4);
    if (end === -1) throw badRequest('Malformed XML: a comment does not end');
    parts.push(text.slice(from, start));
    from = end + 3;
  }
  return parts.join('') + text.slice(from);
}

/** Counts before anything is built of it, so that no document costs more than its bytes. */
function refuseExcess(text: string): void {
  let depth = 0;
  let tags = 0;
  for (const [tag] of text.matchAll(/<[^<>]*>/g)) {
    if (tag.startsWith('<?')) continue;
    // Else a `>` inside of quotes would end the tag too early, and the count be wrong.
    if (hasOpenQuote(tag)) throw badRequest('Malformed XML: an attribute value holds < or >');
    if (tag.startsWith('</')) depth -= 1;
    else if (!tag.endsWith('/>')) depth += 1;
    tags += 1;
    if (depth > DEEPEST) throw badRequest(`Elements are nested deeper than ${DEEPEST} levels`);
    if (tags > MOST_TAGS) throw badRequest(`The request has more than ${MOST_TAGS} tags`);
  }
}

function hasOpenQuote(tag: string): boolean {
  return tag.split('"').length % 2 === 0 || tag.split("'").length % 2 === 0;
}

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;&\s]{0,10});?/g, (whole, entity: string) => {
    const character = ENTITIES.get(entity) ?? byNumber(entity);
    if (character === undefined || !whole.endsWith(';')) throw badRequest('An entity is unknown');
    return character;
  });
}

function byNumber(entity: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(entity);
  if (!match) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  // Only what XML 1.0 §2.2 allows in a document.
  const allowed =
    code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : undefined;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
