import { isIP } from 'node:net';
import { badRequest } from './errors.ts';
import type { Element } from './element.ts';
import { readPingMethod } from './ping-method.ts';
import type { Attribute, ElementType, Syntax } from './element-types/element-type.ts';

/** Longest text of any attribute, characters. */
const LONGEST = 1024;
const MOST_VALUES = 500;
const MOST_SUB_ELEMENTS = 500;

/**
 * An element as it is to be kept: only what its type has, every value valid, lists split. Throws 400 and names
 * element, attribute and what is wrong. `complete`: attributes that must be given must be there.
 */
export function validate(element: Element, type: ElementType, complete: boolean): Element {
  const known = new Map(type.attributes.map((attribute) => [attribute.name, attribute]));
  const attributes: Record<string, readonly string[]> = {};
  for (const [name, given] of Object.entries(element.attributes)) {
    const attribute = known.get(name);
    if (!attribute) throw badRequest(`${type.name} has no attribute ${name}`);
    attributes[name] = readValues(attribute, given, type.name);
  }
  for (const attribute of complete ? type.attributes : []) {
    if (attribute.required && !(attributes[attribute.name] ?? attribute.defaults).some((value) => value !== ''))
      throw badRequest(`${type.name} needs ${attribute.name}`);
  }
  return { type: type.name, attributes, subElements: validateSubElements(element, type) };
}

function validateSubElements(element: Element, type: ElementType): Element[] {
  if (element.subElements.length > MOST_SUB_ELEMENTS) throw badRequest(`${type.name} has too many elements inside`);
  const seen = new Set<string>();
  return element.subElements.map((child) => {
    const subType = type.subElements.find(({ name }) => name === child.type);
    if (!subType) throw badRequest(`${type.name} has no element ${child.type} inside`);
    const valid = validate(child, subType, true);
    const keys = subType.attributes
      .filter(({ key }) => key)
      .map(({ name, defaults }) => valid.attributes[name] ?? defaults);
    const identity = JSON.stringify([child.type, keys]);
    if (keys.length > 0 && seen.has(identity)) throw badRequest(`${type.name} has the same ${child.type} twice`);
    seen.add(identity);
    return valid;
  });
}

function readValues(attribute: Attribute, given: readonly string[], type: string): readonly string[] {
  // Some clients put a whole list into one value, with blanks or commas between.
  const split = attribute.list ? given.flatMap((value) => splitList(attribute, value)) : given;
  const values = split.filter((value) => value !== '');
  if (!attribute.list && split.length > 1) throw badRequest(`${attribute.name} of ${type} takes one value`);
  if (values.length > MOST_VALUES) throw badRequest(`${attribute.name} of ${type} takes at most ${MOST_VALUES} values`);
  if (values.length === 0) return unset(attribute, type);
  // The keys would be others, and the element one more for the same calls.
  const twice = attribute.key ? values.find((value, index) => values.indexOf(value) !== index) : undefined;
  if (twice !== undefined) throw badRequest(`${attribute.name} of ${type} holds ${shown(attribute, twice)} twice`);
  return values.map((value) => {
    const fault =
      value.length > LONGEST
        ? `at most ${LONGEST} characters`
        : SYNTAXES[attribute.syntax.kind](value, attribute.syntax);
    if (fault)
      throw badRequest(`${attribute.name} of ${type}: ${shown(attribute, value)} is not valid, it takes ${fault}`);
    return attribute.syntax.kind === 'integer' ? String(Number(value)) : value;
  });
}

function shown({ secret }: Attribute, value: string): string {
  return secret ? 'the value' : `"${value.slice(0, 40)}"`;
}

/** An empty value: nothing where that is something, else the default. */
function unset({ name, syntax, required, list, defaults }: Attribute, type: string): readonly string[] {
  if (required) throw badRequest(`${name} of ${type} needs a value`);
  return list || syntax.kind === 'text' ? [''] : defaults;
}

function splitList({ syntax }: Attribute, value: string): string[] {
  return value.split(syntax.kind === 'codes' ? /[\s,]+/ : /\s+/);
}

const SYNTAXES: Readonly<Record<Syntax['kind'], (value: string, syntax: Syntax) => string | undefined>> = {
  text: (value) => (hasControl(value) ? 'text without control characters' : undefined),
  name: (value) => (/^\w[\w.-]{0,127}$/.test(value) ? undefined : 'a name of letters, digits, ".", "_" and "-"'),
  host: (value) => (/^\S*[^\s*]$/.test(value) && !hasControl(value) ? undefined : 'a host name or an IP address'),
  address: (value) => (isIP(value.replace(/^\[(.*)\]$/, '$1')) ? undefined : 'an IP address'),
  source: (value) => (isSource(value) ? undefined : 'an address such as 10.0.0.0/8 or 10.0.0.1:5060'),
  time: (value) => (/^(?:(?:[01]\d|2[0-3])[0-5]\d|2400)$/.test(value) ? undefined : 'a time from 0000 to 2400'),
  days: (value) => (/^[UMTWRFSH](?:[-,]?[UMTWRFSH])*$/.test(value) ? undefined : 'days of U, M, T, W, R, F, S and H'),
  moment: (value) => (isMoment(value) ? undefined : 'a time such as 2026-11-22 08:00:00'),
  hop: (value) => (isNextHop(value) ? undefined : 'a next hop whose port is from 1 to 65535'),
  ping: (value) => (readPingMethod(value) ? undefined : 'OPTIONS or INFO, as may be with ;hops=0 to 70'),
  codes: (value, syntax) => {
    const { minimum, maximum } = syntax as Extract<Syntax, { kind: 'codes' }>;
    return isCodes(value, minimum, maximum) ? undefined : `response codes from ${minimum} to ${maximum}`;
  },
  integer: (value, syntax) => {
    const { minimum, maximum } = syntax as Extract<Syntax, { kind: 'integer' }>;
    const inside = /^-?\d{1,10}$/.test(value) && Number(value) >= minimum && Number(value) <= maximum;
    return inside ? undefined : `a number from ${minimum} to ${maximum}`;
  },
  choice: (value, syntax) => {
    const { values } = syntax as Extract<Syntax, { kind: 'choice' }>;
    return values.includes(value) ? undefined : `one of ${values.filter((each) => each !== '').join(', ')}`;
  },
  reference: (value, syntax) => {
    const { except } = syntax as Extract<Syntax, { kind: 'reference' }>;
    return value === except || !hasControl(value) ? undefined : 'the name of an element';
  },
};

/** `ip[/bits][:port[/port-bits]]`, IPv6 in brackets. */
function isSource(value: string): boolean {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([\d.]+))(?:\/(\d{1,3}))?(?::(\d{1,5})(?:\/(\d{1,2}))?)?$/.exec(value);
  if (!match) return false;
  const [, v6, v4, bits, port, portBits] = match;
  if (isIP(v6 ?? v4 ?? '') !== (v6 === undefined ? 4 : 6)) return false;
  if (bits !== undefined && Number(bits) > (v6 === undefined ? 32 : 128)) return false;
  return (port === undefined || Number(port) <= 65_535) && (portBits === undefined || Number(portBits) <= 16);
}

/** Groups and tables are names, which may have colons; whatever else ends in a port must be able to have it. */
function isNextHop(value: string): boolean {
  const [, port] = /^(?!SAG:|lrt:|enum:)(?:\[[^\]]+\]|[^:]+):(\d+)$/i.exec(value) ?? [];
  return !hasControl(value) && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
}

function isMoment(value: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)$/.exec(value);
  const time = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
  // A day that the month does not have would be one of the next month.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(match?.[1] ?? '');
}

/** One code, or two with a dash between. */
function isCodes(value: string, minimum: number, maximum: number): boolean {
  const [, first = '', last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(value) ?? [];
  return Number(first) >= minimum && Number(last) <= maximum && first <= last && first !== '';
}

function hasControl(value: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(value);
}
