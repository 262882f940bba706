import { badRequest, notFound } from '../errors.ts';
import { showElement, template } from '../element.ts';
import type { Attribute, ElementType } from '../element-types/element-type.ts';
import { ELEMENT_TYPES } from '../element-types/element-types.ts';
import { optionalParameter, parameter, typeNamed, type Answer, type Call, type Operation } from '../operation.ts';
import type { XmlNode } from '../xml.ts';

async function listTypes(): Promise<Answer> {
  const elementType = ELEMENT_TYPES.map(({ name, description, singleton }): XmlNode => ({
    ...(singleton ? { '@single': ['true'] } : {}),
    name: [name],
    description: [description],
  }));
  return { status: 200, data: { elementTypes: [{ elementType }] } };
}

async function metadata(call: Call): Promise<Answer> {
  const type = typeAt(parameter(call, 'elementType'));
  const subElements = type.subElements.map(({ name }): XmlNode => ({ name: [name] }));
  return {
    status: 200,
    data: {
      attributeMetadata: type.attributes.map(describe),
      ...(subElements.length > 0 ? { subElementMetadata: subElements } : {}),
    },
  };
}

async function templateOf(call: Call): Promise<Answer> {
  const path = parameter(call, 'elementType');
  const type = typeAt(path);
  const wanted = (optionalParameter(call, 'subElement') ?? '').split(',').filter((name) => name !== '');
  for (const name of wanted)
    if (!type.subElements.some((sub) => sub.name === name))
      throw badRequest(`${type.name} has no element ${name} inside`);
  return { status: 200, data: { configElement: [showElement(template(type, wanted), type, path.includes('/'))] } };
}

/** `sip-interface`, or `sip-interface/sip-port` for what is inside. */
function typeAt(path: string): ElementType {
  const [outer = '', ...inner] = path.split('/');
  return inner.reduce((type, name) => {
    const found = type.subElements.find((sub) => sub.name === name);
    if (!found) throw notFound(`${type.name} has no element ${name.slice(0, 60)} inside`);
    return found;
  }, typeNamed(outer));
}

function describe({ name, key, required, list, defaults, syntax }: Attribute): XmlNode {
  const limits: Record<string, string[]> =
    syntax.kind === 'integer' ? { minimum: [String(syntax.minimum)], maximum: [String(syntax.maximum)] } : {};
  return {
    name: [name],
    key: [String(key)],
    required: [String(required)],
    type: [syntax.kind === 'choice' ? 'enumeration' : syntax.kind],
    list: [String(list)],
    default: [...defaults],
    ...limits,
    ...(syntax.kind === 'choice' ? { value: [...syntax.values] } : {}),
    ...(syntax.kind === 'reference' ? { reference: [syntax.to] } : {}),
  };
}

/** What can be configured (reference §7.5). */
export const ELEMENT_TYPE_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/configuration/elementTypes',
    name: 'getElementTypes',
    lock: false,
    admin: false,
    handle: listTypes,
  },
  {
    method: 'GET',
    path: '/configuration/elementTypes/metadata',
    name: 'getElementTypeMetadata',
    lock: false,
    admin: false,
    handle: metadata,
  },
  {
    method: 'GET',
    path: '/configuration/elementTypes/template',
    name: 'getElementTypeTemplate',
    lock: false,
    admin: false,
    handle: templateOf,
  },
];
