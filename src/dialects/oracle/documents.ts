import { createHash } from 'node:crypto';
import type { DocumentKey, JsonObject, StoredDocument, Write } from '../../ledger/ledger.ts';
import type { View } from '../../ledger/mutate.ts';
import { keyOf, valuesOf, type Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';

export const DIALECT = 'oracle';

/**
 * The three configurations, each a kind of documents, one for each element. Changes go to `editing`; `save` copies it
 * to `saved`, `activate` copies that to `running`, and only `running` means anything for a call.
 */
export const CONFIGURATIONS = ['editing', 'saved', 'running'] as const;
export type Configuration = (typeof CONFIGURATIONS)[number];

/** Documents besides those of the configurations; `backup` by file name, `boot-parameters` under `boot`. */
export type OtherKind = 'backup' | 'boot-parameters' | 'certificate-key';

export function documentKey(kind: Configuration | OtherKind, id: string): DocumentKey {
  return { dialect: DIALECT, kind, id };
}

/** The id of an element: its type, and a hash of its key attributes, which may be long lists. */
export function elementId(element: Element, type: ElementType): string {
  if (type.singleton) return `${type.name}/`;
  const keys = JSON.stringify(keyOf(element, type));
  return `${type.name}/${createHash('sha256').update(keys).digest('hex').slice(0, 32)}`;
}

export function put(configuration: Configuration, element: Element, type: ElementType): Write {
  const body = withoutDefaults(element, type) as unknown as JsonObject;
  return { key: documentKey(configuration, elementId(element, type)), body };
}

/** Only what says something: a full element is mostly defaults, and configurations are read as a whole. */
function withoutDefaults(element: Element, type: ElementType): Element {
  const said = type.attributes.flatMap((attribute): [string, readonly string[]][] => {
    const values = valuesOf(element, attribute);
    return sameTexts(values, attribute.defaults) ? [] : [[attribute.name, values]];
  });
  const subElements = element.subElements.map((child) => {
    const subType = type.subElements.find(({ name }) => name === child.type);
    return subType ? withoutDefaults(child, subType) : child;
  });
  return { ...element, attributes: Object.fromEntries(said), subElements };
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

export function remove(configuration: Configuration, id: string): Write {
  return { key: documentKey(configuration, id), body: null };
}

export function toElement({ body }: Pick<StoredDocument, 'body'>): Element {
  return body as unknown as Element;
}

/** Every element of a configuration, or those of one type. */
export async function readConfiguration(
  view: Pick<View, 'list'>,
  configuration: Configuration,
  type?: string,
): Promise<Element[]> {
  const prefix = type === undefined ? '' : `${type}/`;
  const documents = await view.list({ dialect: DIALECT, kind: configuration, prefix });
  return documents.map(toElement);
}

/** The writes that make one configuration the same as another. */
export async function copy(view: Pick<View, 'list'>, from: Configuration, to: Configuration): Promise<Write[]> {
  const [source, target] = await Promise.all(
    [from, to].map((kind) => view.list({ dialect: DIALECT, kind, prefix: '' })),
  );
  return replace(to, source ?? [], target ?? []);
}

/** The writes that make a configuration hold just these documents. */
export function replace(
  to: Configuration,
  wanted: readonly { readonly id: string; readonly body: JsonObject }[],
  present: readonly { readonly id: string; readonly body: JsonObject }[],
): Write[] {
  const known = new Map(present.map(({ id, body }) => [id, JSON.stringify(body)]));
  const kept = new Set(wanted.map(({ id }) => id));
  const gone = present.filter(({ id }) => !kept.has(id)).map(({ id }) => remove(to, id));
  const changed = wanted.filter(({ id, body }) => known.get(id) !== JSON.stringify(body));
  return [...gone, ...changed.map(({ id, body }): Write => ({ key: documentKey(to, id), body }))];
}
