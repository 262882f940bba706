import { nameOf, referencesIn } from './references.ts';
import { valueOf, type Element } from './element.ts';
import { sipInterface } from './element-types/sip-interface.ts';

/**
 * What is wrong with a configuration: mentions of elements that are not there, two listeners at one place, policies
 * that lead nowhere. Each line names element and attribute; empty when all is well.
 */
export function verify(elements: readonly Element[]): string[] {
  return [...danglingReferences(elements), ...overlappingListeners(elements), ...policiesToNowhere(elements)];
}

/** An element by its type and keys, for people. */
export function describe(element: Element): string {
  const name = nameOf(element);
  return name === '' ? element.type : `${element.type} ${name}`;
}

function danglingReferences(elements: readonly Element[]): string[] {
  const names = new Map<string, Set<string>>();
  for (const element of elements) names.set(element.type, (names.get(element.type) ?? new Set()).add(nameOf(element)));
  return referencesIn(elements)
    .filter(({ to, name }) => !names.get(to)?.has(name))
    .map(
      ({ from, attribute, to, name }) => `${describe(from)}: ${attribute} names ${to} ${name}, which does not exist`,
    );
}

function overlappingListeners(elements: readonly Element[]): string[] {
  const taken = new Map<string, Element>();
  return elements
    .filter(({ type }) => type === sipInterface.name)
    .flatMap((element) =>
      element.subElements.flatMap((port) => {
        const [portType] = sipInterface.subElements;
        if (!portType) return [];
        const value = (name: string): string => valueOf(port, portType, name);
        const place = `${value('transport-protocol')} ${value('address')}:${value('port')}`;
        const other = taken.get(place);
        taken.set(place, element);
        return other ? [`${describe(element)}: sip-port ${place} is also a sip-port of ${describe(other)}`] : [];
      }),
    );
}

function policiesToNowhere(elements: readonly Element[]): string[] {
  return elements
    .filter(({ type }) => type === 'local-policy')
    .filter(({ subElements }) => subElements.length === 0)
    .map((element) => `${describe(element)}: it has no policy-attribute, so it routes nowhere`);
}
