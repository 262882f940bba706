import { valueOf, type Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';
import { policyAttribute } from './element-types/local-policy.ts';
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

/**
 * The elements that change when `target` is deleted with its references: one whose key names it goes too (null), as
 * do such elements inside; other attributes lose the mention.
 */
export function withoutReferences(target: Element, elements: readonly Element[]): Map<Element, Element | null> {
  const changes = new Map<Element, Element | null>();
  for (const element of elements) {
    const type = typeOf(element.type);
    const after = type ? strip(element, type, { to: target.type, name: nameOf(target) }) : element;
    if (after !== element) changes.set(element, after);
  }
  return changes;
}

function strip(element: Element, type: ElementType, target: { to: string; name: string }): Element | null {
  const attributes = { ...element.attributes };
  let changed = false;
  for (const { name, syntax, key, defaults } of type.attributes) {
    const values = attributes[name];
    if (syntax.kind !== 'reference' || syntax.to !== target.to || !values?.includes(target.name)) continue;
    const others = values.filter((value) => value !== target.name);
    if (key && others.length === 0) return null;
    attributes[name] = others.length > 0 ? others : defaults;
    changed = true;
  }
  const subElements = element.subElements.flatMap((child) => {
    const subType = type.subElements.find(({ name }) => name === child.type);
    return (subType ? strip(child, subType, target) : child) ?? [];
  });
  const untouched =
    subElements.length === element.subElements.length &&
    subElements.every((child, index) => child === element.subElements[index]);
  return !changed && untouched ? element : { ...element, attributes, subElements };
}

function mentions(owner: Element, element: Element, type: ElementType): Reference[] {
  const own = type.attributes.flatMap(({ name, syntax }): Reference[] => {
    const values = (element.attributes[name] ?? []).filter((value) => value !== '');
    if (syntax.kind === 'reference')
      return values
        .filter((value) => value !== syntax.except)
        .map((value) => ({ from: owner, attribute: name, to: syntax.to, name: value }));
    if (type === policyAttribute && name === 'next-hop')
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

/** The element type of that name. */
export function typeOf(name: string): ElementType | undefined {
  return ELEMENT_TYPES.find((type) => type.name === name);
}
