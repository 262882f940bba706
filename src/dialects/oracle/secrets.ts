import type { Sealer } from '../../kit/seal.ts';
import { keyOf, type Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';

const LABEL = 'oracle/attribute';

/**
 * The element with its secret attributes sealed. Since they are shown as empty, an empty or absent one means the value
 * that the element has `before`; an element inside is the one with the same keys. To be rid of a secret, its element
 * is removed.
 */
export function keepSecrets(element: Element, type: ElementType, before: Element | null, sealer: Sealer): Element {
  const attributes = { ...element.attributes };
  for (const { name, secret } of type.attributes) {
    if (!secret) continue;
    const value = attributes[name]?.[0] ?? '';
    const known = before?.attributes[name]?.[0] ?? '';
    attributes[name] = [value === '' || value === known ? known : sealer.seal(value, LABEL)];
  }
  const subElements = element.subElements.map((child) => {
    const subType = type.subElements.find(({ name }) => name === child.type);
    return subType ? keepSecrets(child, subType, sameKeys(child, subType, before), sealer) : child;
  });
  return { ...element, attributes, subElements };
}

/** Opens a secret attribute; empty where it is not set. */
export function openSecret(element: Element, name: string, sealer: Sealer): string {
  const sealed = element.attributes[name]?.[0] ?? '';
  return sealed === '' ? '' : sealer.open(sealed, LABEL);
}

function sameKeys(child: Element, type: ElementType, before: Element | null): Element | null {
  const keys = JSON.stringify(keyOf(child, type));
  const same = before?.subElements.find(
    (other) => other.type === child.type && JSON.stringify(keyOf(other, type)) === keys,
  );
  return same ?? null;
}
