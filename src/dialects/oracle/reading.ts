import type { Statuses } from '../../rulebook/agent.ts';
import type { RuleReference } from '../../rulebook/rule.ts';
import type { Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';
import { ELEMENT_TYPES } from './element-types/element-types.ts';
import { describe } from './verify.ts';

/** The values of an element as its attributes mean them, defaults included. */
export interface Reading {
  readonly element: Element;
  text(name: string): string;
  integer(name: string): number;
  /** Whether it is `enabled`. */
  on(name: string): boolean;
  /** The values of a list that are not empty. */
  values(name: string): readonly string[];
  /** Codes and ranges of a list, such as `401` and `500-503`. */
  codes(name: string): Statuses;
  /** The elements of a type inside it. */
  inside(type: string): Reading[];
  /** The rule that an attribute is, for traces. */
  rule(attribute: string): RuleReference;
}

/** The elements of a type, read. */
export function readAll(elements: readonly Element[], typeName: string): Reading[] {
  const type = ELEMENT_TYPES.find(({ name }) => name === typeName);
  return type ? elements.filter((element) => element.type === typeName).map((element) => read(element, type)) : [];
}

function read(element: Element, type: ElementType, owner = describe(element)): Reading {
  const values = (name: string): readonly string[] => {
    const attribute = type.attributes.find((each) => each.name === name);
    return (element.attributes[name] ?? attribute?.defaults ?? []).filter((value) => value !== '');
  };
  const text = (name: string): string => values(name)[0] ?? '';
  return {
    element,
    text,
    values,
    integer: (name) => Number(text(name) || 0),
    on: (name) => text(name) === 'enabled',
    codes: (name) =>
      values(name).map((value) => {
        const [from = 0, to = from] = value.split('-').map(Number);
        return { from, to };
      }),
    inside: (name) => {
      const subType = type.subElements.find((each) => each.name === name);
      const children = element.subElements.filter((child) => child.type === name);
      return subType ? children.map((child) => read(child, subType, `${owner} ${name}`)) : [];
    },
    rule: (attribute) => ({ resource: owner, field: attribute }),
  };
}
