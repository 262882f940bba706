import { conflict, badRequest, notFound } from '../errors.ts';
import { documentKey, elementId, put, readConfiguration, remove, toElement, type Configuration } from '../documents.ts';
import { keyOf, readElement, showElement, type Element } from '../element.ts';
import type { ElementType } from '../element-types/element-type.ts';
import { realmConfig } from '../element-types/realm-config.ts';
import type { StoredDocument } from '../../../ledger/ledger.ts';
import type { View } from '../../../ledger/mutate.ts';
import {
  change,
  NO_CONTENT,
  optionalParameter,
  parameter,
  typeNamed,
  type Answer,
  type Call,
  type Operation,
} from '../operation.ts';
import { withoutReferences } from '../references.ts';
import { validate } from '../validate.ts';
import { readXml } from '../xml.ts';
import { keepSecrets } from '../secrets.ts';

/** As many as one answer lists. */
const PAGE = 100;

const PATH = '/configuration/configElements';
const OTHER_PARAMETERS = new Set(['elementType', 'running', 'offset', 'maxElements']);

async function getElements(call: Call): Promise<Answer> {
  const type = typeNamed(parameter(call, 'elementType'));
  const configuration: Configuration = readFlag(call, 'running') ? 'running' : 'editing';
  const keys = readKeys(call, type);
  if (!type.singleton && keys.length === 0)
    return listElements(call, type, await readConfiguration(call.service.ledger, configuration, type.name));
  const found = await find(call.service.ledger, configuration, { type, keys });
  return { status: 200, data: { configElement: [showElement(toElement(found), type)] } };
}

function listElements(call: Call, type: ElementType, elements: readonly Element[]): Answer {
  const offset = readCount(call, 'offset') ?? 0;
  const count = Math.min(readCount(call, 'maxElements') ?? PAGE, PAGE);
  const order = elements
    .map((element) => ({ element, keys: JSON.stringify(keyOf(element, type)) }))
    .toSorted((left, right) => (left.keys < right.keys ? -1 : 1));
  const page = order.slice(offset, offset + count).map(({ element }) => element);
  const more = offset + page.length < elements.length && page.length > 0;
  const running = readFlag(call, 'running') ? '&running=true' : '';
  const next = `${call.base}${PATH}?elementType=${type.name}${running}&offset=${offset + page.length}&maxElements=${count}`;
  return {
    status: 200,
    data: { configElement: page.map((element) => showElement(element, type)) },
    links: more ? [next] : [],
  };
}

async function createElement(call: Call): Promise<Answer> {
  const { element, type } = readBody(call);
  const created = keepSecrets(validate(element, type, true), type, null, call.service.sealer);
  await change(call, 'createConfigElement', async (view) => {
    if (await view.get(documentKey('editing', elementId(created, type))))
      throw conflict(type.singleton ? `${type.name} exists already` : `A ${type.name} with these keys exists already`);
    return { writes: [put('editing', created, type)], result: undefined };
  });
  return { status: 200, data: { configElement: [showElement(created, type)] } };
}

/** What the body does not name stays; sub-elements of a type that it names replace all of that type. */
async function updateElement(call: Call): Promise<Answer> {
  const { element, type } = readBody(call);
  const changes = validate(element, type, false);
  requireKeys(type, Object.keys(changes.attributes));
  const kept = await change(call, 'updateConfigElement', async (view) => {
    const document = await view.get(documentKey('editing', elementId(changes, type)));
    if (!document) throw notFound(`There is no such ${type.name}`);
    const before = toElement(document);
    const replaced = new Set(changes.subElements.map((child) => child.type));
    const merged: Element = {
      ...before,
      attributes: { ...before.attributes, ...changes.attributes },
      subElements: [...before.subElements.filter((child) => !replaced.has(child.type)), ...changes.subElements],
    };
    const sealed = keepSecrets(merged, type, before, call.service.sealer);
    return { writes: [put('editing', sealed, type)], result: sealed };
  });
  return { status: 200, data: { configElement: [showElement(kept, type)] } };
}

async function deleteElement(call: Call): Promise<Answer> {
  const type = typeNamed(parameter(call, 'elementType'));
  const keys = readKeys(call, type);
  await change(call, 'deleteConfigElement', async (view) => {
    const { id } = await find(view, 'editing', { type, keys });
    return { writes: [remove('editing', id)], result: undefined };
  });
  return NO_CONTENT;
}

/** The vendor does this for realms only: what mentions the realm loses the mention, or goes where it needs one. */
async function deleteReferences(call: Call): Promise<Answer> {
  const type = typeNamed(parameter(call, 'elementType'));
  if (type !== realmConfig) throw badRequest(`References can be deleted for ${realmConfig.name} only`);
  const keys = readKeys(call, type);
  await change(call, 'deleteConfigReferences', async (view) => {
    const document = await find(view, 'editing', { type, keys });
    const elements = await readConfiguration(view, 'editing');
    const changes = [...withoutReferences(toElement(document), elements)];
    const idOf = (element: Element): string => elementId(element, typeNamed(element.type));
    const present = new Set(elements.map(idOf));
    const removed = [document.id, ...changes.map(([before]) => idOf(before))];
    // One that is left with the keys of another is that other.
    const changed = changes.flatMap(([before, after]) =>
      after && (idOf(after) === idOf(before) || !present.has(idOf(after))) ? [after] : [],
    );
    const writes = [
      ...removed.map((id) => remove('editing', id)),
      ...changed.map((element) => put('editing', element, typeNamed(element.type))),
    ];
    return { writes, result: undefined };
  });
  return NO_CONTENT;
}

function readBody(call: Call): { element: Element; type: ElementType } {
  const element = readElement(readXml(call.body, 'configElement'));
  return { element, type: typeNamed(element.type) };
}

/** The key attributes that the query names. Throws 400 for parameters that are none. */
function readKeys({ query }: Call, type: ElementType): readonly (readonly [string, string])[] {
  const keys = query.filter(([name]) => !OTHER_PARAMETERS.has(name));
  for (const [name] of keys) {
    if (!type.attributes.some((attribute) => attribute.name === name && attribute.key))
      throw badRequest(`${name.slice(0, 60)} is no key attribute of ${type.name}`);
  }
  return keys;
}

interface Wanted {
  readonly type: ElementType;
  readonly keys: readonly (readonly [name: string, value: string])[];
}

/** The element of these keys; those left out are at their defaults. Throws 404, and 400 where one is missing. */
async function find(view: Pick<View, 'get'>, configuration: Configuration, wanted: Wanted): Promise<StoredDocument> {
  const { type, keys } = wanted;
  requireKeys(
    type,
    keys.map(([name]) => name),
  );
  // Else it would be the one with all keys at their defaults, such as the policy for all calls.
  if (!type.singleton && keys.length === 0) throw badRequest(`Key attributes of ${type.name} are missing`);
  const found = await view.get(documentKey(configuration, elementId(withKeys(wanted), type)));
  if (found) return found;
  // A blank in a list may have come as a plus sign, which otherwise means itself.
  const blanks = keys.map(([name, value]) => [name, value.replaceAll('+', ' ')] as const);
  const other = await view.get(documentKey(configuration, elementId(withKeys({ type, keys: blanks }), type)));
  if (!other) throw notFound(`There is no such ${type.name}`);
  return other;
}

/** Throws 400 where a key is not named that has no default. */
function requireKeys(type: ElementType, given: readonly string[]): void {
  const missing = type.attributes.find(
    ({ name, key, required, defaults }) => key && required && defaults[0] === '' && !given.includes(name),
  );
  if (missing) throw badRequest(`Key attribute ${missing.name} of ${type.name} is missing`);
}

function withKeys({ type, keys }: Wanted): Element {
  const attributes: Record<string, string[]> = {};
  for (const [name, value] of keys) (attributes[name] ??= []).push(...splitKey(type, name, value));
  return { type: type.name, attributes, subElements: [] };
}

function splitKey(type: ElementType, name: string, value: string): string[] {
  const attribute = type.attributes.find((each) => each.name === name);
  if (attribute?.list) return value.split(/[\s,]+/).filter((each) => each !== '');
  return [attribute?.syntax.kind === 'integer' && /^\d{1,10}$/.test(value) ? String(Number(value)) : value];
}

function readFlag(call: Call, name: string): boolean {
  const value = optionalParameter(call, name);
  if (value !== undefined && value !== 'true' && value !== 'false') throw badRequest(`${name} must be true or false`);
  return value === 'true';
}

function readCount(call: Call, name: string): number | undefined {
  const value = optionalParameter(call, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw badRequest(`${name} must be a number from 0`);
  return Number(value);
}

/** Configuration elements (reference §7). */
export const ELEMENTS: readonly Operation[] = [
  { method: 'GET', path: PATH, name: 'getConfigElements', lock: false, admin: false, handle: getElements },
  { method: 'POST', path: PATH, name: 'createConfigElement', lock: true, admin: true, handle: createElement },
  { method: 'PUT', path: PATH, name: 'updateConfigElement', lock: true, admin: true, handle: updateElement },
  { method: 'DELETE', path: PATH, name: 'deleteConfigElement', lock: true, admin: true, handle: deleteElement },
  {
    method: 'DELETE',
    path: '/configuration/configReferences',
    name: 'deleteConfigReferences',
    lock: true,
    admin: true,
    handle: deleteReferences,
  },
];
