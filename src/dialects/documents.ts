import type { DocumentKey, Json, JsonObject, Ledger, Write } from '../ledger/ledger.ts';

/** The part of the ledger, or of a view in a mutation, that reads. */
export type Documents = Pick<Ledger, 'get' | 'list' | 'any'>;

/** How a dialect reads and writes its documents: `Bodies` says what is stored, by kind. */
export interface DocumentAccess<Bodies> {
  readonly keyOf: (kind: keyof Bodies & string, id: string) => DocumentKey;
  /** The document's body, or undefined where there is none. */
  readonly read: <K extends keyof Bodies & string>(
    documents: Documents,
    kind: K,
    id: string,
  ) => Promise<Bodies[K] | undefined>;
  /** Bodies of one kind, of all ids or of those that begin with `prefix`. */
  readonly readAll: <K extends keyof Bodies & string>(
    documents: Documents,
    kind: K,
    prefix?: string,
  ) => Promise<Bodies[K][]>;
  /** Whether there is no document of the kind with an id that begins with `prefix`. */
  readonly isEmpty: (documents: Documents, kind: keyof Bodies & string, prefix: string) => Promise<boolean>;
  /** A stored body as its kind's type: only the dialect writes these kinds, and only after checking. */
  readonly bodyOf: <K extends keyof Bodies & string>(kind: K, body: JsonObject) => Bodies[K];
  /** A write that puts the document; members without a value are left out. */
  readonly put: <K extends keyof Bodies & string>(kind: K, id: string, body: Bodies[K]) => Write;
  readonly remove: (kind: keyof Bodies & string, id: string) => Write;
}

/** The documents of one dialect. */
export function documentsOf<Bodies extends { [K in keyof Bodies]: object }>(dialect: string): DocumentAccess<Bodies> {
  type Kind = keyof Bodies & string;
  const keyOf = (kind: Kind, id: string): DocumentKey => ({ dialect, kind, id });
  const bodyOf = <K extends Kind>(_kind: K, body: JsonObject): Bodies[K] => body as unknown as Bodies[K];
  return {
    keyOf,
    bodyOf,
    async read(documents, kind, id) {
      const document = await documents.get(keyOf(kind, id));
      return document ? bodyOf(kind, document.body) : undefined;
    },
    async readAll(documents, kind, prefix) {
      const found = await documents.list({ dialect, kind, prefix });
      return found.map(({ body }) => bodyOf(kind, body));
    },
    async isEmpty(documents, kind, prefix) {
      return !(await documents.any({ dialect, kind, prefix }));
    },
    put(kind, id, body) {
      const whole = !Object.values(body).includes(undefined);
      if (whole) return { key: keyOf(kind, id), body: body as unknown as JsonObject };
      const members: [string, Json | undefined][] = Object.entries(body);
      const present = members.filter((member): member is [string, Json] => member[1] !== undefined);
      return { key: keyOf(kind, id), body: Object.fromEntries(present) };
    },
    remove: (kind, id) => ({ key: keyOf(kind, id), body: null }),
  };
}
