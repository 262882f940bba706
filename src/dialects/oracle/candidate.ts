import type { DocumentKey, Folder, ListQuery, StoredDocument } from '../../ledger/ledger.ts';
import type { Documents } from '../documents.ts';
import { DIALECT, elementId, readConfiguration, type Configuration } from './documents.ts';
import { valuesOf, type Element } from './element.ts';
import type { ElementType } from './element-types/element-type.ts';
import { typeOf } from './references.ts';
import { describe } from './verify.ts';

/** What may become the running configuration: what is edited, or what was saved of it. */
export type Candidate = Exclude<Configuration, 'running'>;

/** The documents as they would be with the candidate activated: what is compiled of them is what calls would meet. */
export function withCandidate(documents: Documents, candidate: Candidate): Documents {
  const meant = <Query extends Pick<DocumentKey | ListQuery | Folder, 'dialect' | 'kind'>>(query: Query): Query =>
    query.dialect === DIALECT && query.kind === 'running' ? { ...query, kind: candidate } : query;
  const named = (document: StoredDocument, kind: string): StoredDocument => ({ ...document, kind });
  return {
    async get(key) {
      const found = await documents.get(meant(key));
      return found && named(found, key.kind);
    },
    async list(query) {
      const found = await documents.list(meant(query));
      return found.map((document) => named(document, query.kind));
    },
    any: (folder) => documents.any(meant(folder)),
  };
}

/** One attribute that differs; null where its element is not. Secrets are not shown. */
interface AttributeChange {
  readonly name: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

/** How an element, or one inside another, differs. */
interface ElementChange {
  /** Type and keys, for people. */
  readonly element: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly attributes: readonly AttributeChange[];
  readonly subElements: readonly ElementChange[];
  /** Of a certificate-record: its certificate differs. */
  readonly certificate?: true;
}

export interface CandidateDiff {
  readonly candidate: Candidate;
  /** Elements that were edited and not saved: a save comes before they can be activated. */
  readonly unsaved: number;
  readonly changes: readonly ElementChange[];
}

/** What activating the candidate would change in the running configuration. */
export async function diffCandidate(documents: Documents, candidate: Candidate): Promise<CandidateDiff> {
  const [running, saved, editing] = await Promise.all(
    (['running', 'saved', 'editing'] as const).map((each) => readConfiguration(documents, each)),
  );
  const wanted = candidate === 'editing' ? editing : saved;
  return {
    candidate,
    unsaved: diff(saved ?? [], editing ?? []).length,
    changes: diff(running ?? [], wanted ?? []),
  };
}

function diff(before: readonly Element[], after: readonly Element[]): ElementChange[] {
  return typesOf([...before, ...after]).flatMap((type) => diffOfType(type, before, after));
}

function typesOf(elements: readonly Element[]): ElementType[] {
  const names = [...new Set(elements.map(({ type }) => type))].toSorted();
  return names.flatMap((name) => typeOf(name) ?? []);
}

function diffOfType(type: ElementType, before: readonly Element[], after: readonly Element[]): ElementChange[] {
  const byId = (elements: readonly Element[]): Map<string, Element> =>
    new Map(elements.filter((each) => each.type === type.name).map((each) => [elementId(each, type), each]));
  const [old, fresh] = [byId(before), byId(after)];
  const ids = [...new Set([...old.keys(), ...fresh.keys()])];
  return ids.flatMap((id) => diffElement(type, old.get(id) ?? null, fresh.get(id) ?? null));
}

function diffElement(type: ElementType, before: Element | null, after: Element | null): ElementChange[] {
  const present = after ?? before;
  if (!present) return [];
  const attributes = type.attributes.flatMap((attribute): AttributeChange[] => {
    const [old, fresh] = [before, after].map((element) => element && valuesOf(element, attribute));
    if (JSON.stringify(old) === JSON.stringify(fresh)) return [];
    const shown = (values: readonly string[] | null | undefined): readonly string[] | null =>
      values?.map((value) => (attribute.secret && value !== '' ? '(secret)' : value)) ?? null;
    return [{ name: attribute.name, before: shown(old), after: shown(fresh) }];
  });
  const inside = [before, after].map((element) => element?.subElements ?? []);
  const subElements = type.subElements.flatMap((sub) => diffOfType(sub, inside[0] ?? [], inside[1] ?? []));
  const certificate = JSON.stringify(before?.certificate) !== JSON.stringify(after?.certificate);
  if (before && after && attributes.length + subElements.length === 0 && !certificate) return [];
  const change = !before ? 'added' : !after ? 'removed' : 'changed';
  return [{ element: describe(present, type), change, attributes, subElements, ...(certificate && { certificate }) }];
}
