import { valueOf, type Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';
import { ELEMENT_TYPES } from './element-types/element-types.ts';

/** One mention of an element by another. */
export interface Reference {
  readonly from: Element;
  readonly attribute: string;
  /** The type that is meant. */
  readonly to: string;
  readonly name: string;
}

/** Name of an element as others mention it: the first of its keys. */
export function nameOf(element: Element): string {
  const type = typeOf(element.type);
  const key = type?.attributes.find((attribute) => attribute.key);
  return type && key ? valueOf(element, type, key.name) : '';
}

/** Every mention of other elements in these, those of elements inside them included. */
export function referencesIn(elements: readonly Element[]): Reference[] {
  return elements.flatMap((element) => {
    const type = typeOf(element.type);
    return type ? mentions(element, element, type) : [];
  });
}

/** The elements that mention this one. */
export function referringTo(target: Element, elements: readonly Element[]): Element[] {
  const name = nameOf(target);
  const found = referencesIn(elements).filter((reference) => reference.to === target.type && reference.name === name);
  return [...new Set(found.map(({ from }) => from))].filter((element) => element !== target);
}

function mentions(owner: Element, element: Element, type: ElementType): Reference[] {
  const own = type.attributes.flatMap(({ name, syntax }): Reference[] => {
    const values = (element.attributes[name] ?? []).filter((value) => value !== '');
    if (syntax.kind === 'reference')
      return values
        .filter((value) => value !== syntax.except)
        .map((value) => ({ from: owner, attribute: name, to: syntax.to, name: value }));
    if (type.name === 'policy-attribute' && name === 'next-hop')
      return values
        .filter((value) => /^SAG:/i.test(value))
        .map((value) => ({ from: owner, attribute: name, to: 'session-group', name: value.slice(4) }));
    return [];
  });
  const inside = element.subElements.flatMap((child) => {
    const subType = type.subElements.find((candidate) => candidate.name === child.type);
    return subType ? mentions(owner, child, subType) : [];
  });
  return [...own, ...inside];
}

function typeOf(name: string): ElementType | undefined {
  return ELEMENT_TYPES.find((type) => type.name === name);
}
