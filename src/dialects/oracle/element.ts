import { badRequest } from './errors.ts';
import type { Attribute, ElementType } from './element-types/element-type.ts';
import { textOf, type XmlNode } from './xml.ts';

/** A configuration element: the texts of its attributes by name, and the elements inside it. */
export interface Element {
  readonly type: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly subElements: readonly Element[];
  /** Of a certificate-record: what was generated and imported for it. It is saved and activated with the record. */
  readonly certificate?: HeldCertificate;
}

/** Keys and certificates of a record; keys are PEM (PKCS #8), sealed. */
export interface HeldCertificate {
  /** Of the last request, whose certificate has not come yet. */
  readonly requestKey: string | null;
  readonly key: string | null;
  /** PEM, the certificate itself first, then those that lead to its authority. */
  readonly chain: readonly string[];
}

/** Reads a configElement (or a subElement) as it came. Throws 400 where it has no type or an attribute no name. */
export function readElement(node: XmlNode, typeName: 'elementType' | 'subElementType' = 'elementType'): Element {
  if (typeof node === 'string') throw badRequest('An element is empty');
  const type = textOf(node, typeName);
  if (!type) throw badRequest(`${typeName} is missing`);
  requireKnown(node, [typeName, 'attribute', 'subElement'], type);
  const attributes: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
  for (const attribute of node['attribute'] ?? []) {
    const name = textOf(attribute, 'name');
    if (!name) throw badRequest(`An attribute of ${type} has no name`);
    requireKnown(attribute, ['name', 'value'], name);
    if (name in attributes) throw badRequest(`Attribute ${name} of ${type} is given twice`);
    attributes[name] = readValues(attribute, name);
  }
  const subElements = (node['subElement'] ?? []).map((child) => readElement(child, 'subElementType'));
  return { type, attributes, subElements };
}

/** The element for the wire, in the order of its type's attributes; secrets are left out. */
export function showElement(element: Element, type: ElementType, sub = false): XmlNode {
  const attribute = type.attributes.map((each): XmlNode => {
    const values = each.secret ? [''] : valuesOf(element, each);
    return { name: [each.name], value: [...values] };
  });
  const subElement = type.subElements.flatMap((subType) =>
    element.subElements
      .filter((child) => child.type === subType.name)
      .map((child) => showElement(child, subType, true)),
  );
  return { [sub ? 'subElementType' : 'elementType']: [element.type], attribute, subElement };
}

/** The one value of an attribute; its default where the element does not say. */
export function valueOf(element: Element, type: ElementType, name: string): string {
  const attribute = type.attributes.find((each) => each.name === name);
  return (attribute && valuesOf(element, attribute)[0]) ?? '';
}

/** The values of an attribute; its defaults where the element does not say. */
export function valuesOf(element: Element, { name, defaults }: Attribute): readonly string[] {
  return element.attributes[name] ?? defaults;
}

/** The key attributes of a type with the values of an element, in the order of the type; lists in one order. */
export function keyOf(element: Element, type: ElementType): readonly (readonly [name: string, value: string])[] {
  return type.attributes
    .filter((attribute) => attribute.key)
    .map((attribute) => [attribute.name, valuesOf(element, attribute).toSorted().join(' ')] as const);
}

/** An element with every attribute at its default, and those elements inside it that are named. */
export function template(type: ElementType, withSubElements: readonly string[] = []): Element {
  const attributes = Object.fromEntries(type.attributes.map(({ name, defaults }) => [name, defaults]));
  const subElements = type.subElements.filter(({ name }) => withSubElements.includes(name)).map((sub) => template(sub));
  return { type: type.name, attributes, subElements };
}

/** A misspelt name is no comment: passed over, an entry that denies would become one that permits. */
function requireKnown(node: XmlNode, known: readonly string[], holder: string): void {
  const other = Object.keys(node).find((child) => !known.includes(child));
  if (other !== undefined) throw badRequest(`${holder} holds ${other.slice(0, 60)}, unknown`);
}

function readValues(attribute: XmlNode, name: string): readonly string[] {
  const values = typeof attribute === 'string' ? [] : (attribute['value'] ?? []);
  return values.map((value) => {
    if (typeof value !== 'string') throw badRequest(`Attribute ${name} holds elements where text belongs`);
    return value;
  });
}
