import { badRequest, conflict, notFound } from '../errors.ts';
import { documentKey, elementId, put, readConfiguration, remove, toElement, type Configuration } from '../documents.ts';
import { readElement, showElement, type Element } from '../element.ts';
import type { ElementType } from '../element-types/element-type.ts';
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
import { referringTo } from '../references.ts';
import { validate } from '../validate.ts';
import { readXml } from '../xml.ts';
import { keepSecrets } from '../secrets.ts';

/** As many as one answer lists. */
const PAGE = 100;
/** Elements that a configuration may hold. */
const MOST_ELEMENTS = 20_000;

const PATH = '/configuration/configElements';
const OTHER_PARAMETERS = new Set(['elementType', 'running', 'offset', 'maxElements']);

async function getElements(call: Call): Promise<Answer> {
  const type = typeNamed(parameter(call, 'elementType'));
  const configuration: Configuration = optionalParameter(call, 'running') === 'true' ? 'running' : 'editing';
  const keys = readKeys(call, type);
  if (type.singleton || keys.length > 0) {
    const document = await call.service.ledger.get(documentKey(configuration, elementId(withKeys(type, keys), type)));
    if (!document) throw notFound(`There is no such ${type.name}`);
    return { status: 200, data: { configElement: [showElement(toElement(document), type)] } };
  }
  return listElements(call, type, await readConfiguration(call.service.ledger, configuration, type.name));
}

function listElements(call: Call, type: ElementType, elements: readonly Element[]): Answer {
  const offset = readCount(call, 'offset') ?? 0;
  const count = Math.min(readCount(call, 'maxElements') ?? PAGE, PAGE);
  const page = elements.slice(offset, offset + count);
  const more = offset + page.length < elements.length && page.length > 0;
  const running = optionalParameter(call, 'running') === 'true' ? '&running=true' : '';
  const next = `${call.base}${PATH}?elementType=${type.name}${running}&offset=${offset + page.length}&maxElements=${count}`;
  return {
    status: 200,
    data: { configElement: page.map((element) => showElement(element, type)) },
    links: more ? [next] : [],
  };
}

async function createElement(call: Call): Promise<Answer> {
  const { element, type } = readBody(call);
  const created = validate(element, type, true);
  const kept = await change(call, 'createConfigElement', async (view) => {
    const key = documentKey('editing', elementId(created, type));
    if (await view.get(key))
      throw conflict(type.singleton ? `${type.name} exists already` : `A ${type.name} with these keys exists already`);
    const present = await view.list({ dialect: key.dialect, kind: 'editing', prefix: '', limit: MOST_ELEMENTS });
    if (present.length >= MOST_ELEMENTS) throw badRequest(`The configuration holds ${MOST_ELEMENTS} elements already`);
    const sealed = keepSecrets(created, type, null, call.service.sealer);
    return { writes: [put('editing', sealed, type)], result: sealed };
  });
  return { status: 200, data: { configElement: [showElement(kept, type)] } };
}

/** What the body does not name stays; sub-elements of a type that it names replace all of that type. */
async function updateElement(call: Call): Promise<Answer> {
  const { element, type } = readBody(call);
  const changes = validate(element, type, false);
  const kept = await change(call, 'updateConfigElement', async (view) => {
    const document = await view.get(documentKey('editing', elementId(changes, type)));
    if (!document) throw notFound(`There is no such ${type.name}`);
    const before = toElement(document);
    const replaced = new Set(changes.subElements.map((child) => child.type));
    const merged: Element = {
      type: type.name,
      attributes: { ...before.attributes, ...changes.attributes },
      subElements: [...before.subElements.filter((child) => !replaced.has(child.type)), ...changes.subElements],
    };
    validate(merged, type, true);
    const sealed = keepSecrets(merged, type, before, call.service.sealer);
    return { writes: [put('editing', sealed, type)], result: sealed };
  });
  return { status: 200, data: { configElement: [showElement(kept, type)] } };
}

async function deleteElement(call: Call): Promise<Answer> {
  await deleteNamed(call, false);
  return NO_CONTENT;
}

async function deleteReferences(call: Call): Promise<Answer> {
  await deleteNamed(call, true);
  return NO_CONTENT;
}

/** The element, and with `references` also every element that would be left without it. */
function deleteNamed(call: Call, references: boolean): Promise<void> {
  const type = typeNamed(parameter(call, 'elementType'));
  const id = elementId(withKeys(type, readKeys(call, type)), type);
  return change(call, references ? 'deleteConfigReferences' : 'deleteConfigElement', async (view) => {
    const document = await view.get(documentKey('editing', id));
    if (!document) throw notFound(`There is no such ${type.name}`);
    const others = references ? referringTo(toElement(document), await readConfiguration(view, 'editing')) : [];
    const ids = [id, ...others.map((element) => elementId(element, typeNamed(element.type)))];
    return { writes: [...new Set(ids)].map((each) => remove('editing', each)), result: undefined };
  });
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

/** An element that has just these keys; those left out are at their defaults. */
function withKeys(type: ElementType, keys: readonly (readonly [string, string])[]): Element {
  const attributes: Record<string, string[]> = {};
  for (const [name, value] of keys) (attributes[name] ??= []).push(...splitKey(type, name, value));
  return { type: type.name, attributes, subElements: [] };
}

function splitKey(type: ElementType, name: string, value: string): string[] {
  const isList = type.attributes.some((attribute) => attribute.name === name && attribute.list);
  return isList ? value.split(/[\s,]+/).filter((each) => each !== '') : [value];
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
