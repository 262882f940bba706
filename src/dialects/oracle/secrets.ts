import type { Sealer } from '../../kit/seal.ts';
import type { Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';

const LABEL = 'oracle/attribute';

/** The element with its secret attributes sealed; those that were sealed before stay as they are. */
export function keepSecrets(element: Element, type: ElementType, before: Element | null, sealer: Sealer): Element {
  const attributes = { ...element.attributes };
  for (const { name, secret } of type.attributes) {
    const value = attributes[name]?.[0];
    if (!secret || value === undefined || value === '' || value === before?.attributes[name]?.[0]) continue;
    attributes[name] = [sealer.seal(value, LABEL)];
  }
  const subElements = element.subElements.map((child) => {
    const subType = type.subElements.find(({ name }) => name === child.type);
    // One that was there before comes unchanged, sealed, from the document.
    const same = before?.subElements.find((other) => other === child) ?? null;
    return subType ? keepSecrets(child, subType, same, sealer) : child;
  });
  return { ...element, attributes, subElements };
}

/** Opens a secret attribute; empty where it is not set. */
export function openSecret(element: Element, name: string, sealer: Sealer): string {
  const sealed = element.attributes[name]?.[0] ?? '';
  return sealed === '' ? '' : sealer.open(sealed, LABEL);
}
