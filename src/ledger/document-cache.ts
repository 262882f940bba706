import type { DocumentKey, Json, JsonObject } from './ledger.ts';

/** Characters of documents in one generation, of which two are kept ready, and the longest document among them. */
const GENERATION = 1_500_000;
const LONGEST = 16_384;

/** What is stored of a document. */
export interface DocumentState {
  readonly text: string;
  /** The text read, which nobody may change: it is handed to all who ask. */
  readonly body: JsonObject;
  readonly revision: number;
}

/** Documents of one kind, by id. */
interface Shelf {
  young: Map<string, DocumentState>;
  old: Map<string, DocumentState>;
}

/**
 * The documents that were read or written last: the older of two generations goes when the younger one is full. They are
 * found by their ids as they are, since to join a name of three parts for every look costs more than the look.
 */
export class DocumentCache {
  readonly #shelves = new Map<string, Map<string, Shelf>>();
  #size = 0;

  get(key: DocumentKey): DocumentState | undefined {
    const { young, old } = this.#shelf(key);
    const state = young.get(key.id);
    if (state) return state;
    const aged = old.get(key.id);
    if (aged) this.set(key, aged);
    return aged;
  }

  set(key: DocumentKey, state: DocumentState): void {
    if (state.text.length > LONGEST) return this.forget(key);
    if (this.#size > GENERATION) this.#age();
    const { young } = this.#shelf(key);
    const before = young.get(key.id);
    this.#size += sizeOf(key, state) - (before ? sizeOf(key, before) : 0);
    // What the older generation has of it is never asked for.
    young.set(key.id, state);
  }

  forget(key: DocumentKey): void {
    const { young, old } = this.#shelf(key);
    const state = young.get(key.id);
    if (state) this.#size -= sizeOf(key, state);
    young.delete(key.id);
    old.delete(key.id);
  }

  #age(): void {
    this.#size = 0;
    for (const shelves of this.#shelves.values())
      for (const shelf of shelves.values()) {
        shelf.old = shelf.young;
        shelf.young = new Map();
      }
  }

  #shelf({ dialect, kind }: DocumentKey): Shelf {
    const known = this.#shelves.get(dialect)?.get(kind);
    if (known) return known;
    const shelf = { young: new Map<string, DocumentState>(), old: new Map<string, DocumentState>() };
    this.#shelves.set(dialect, (this.#shelves.get(dialect) ?? new Map<string, Shelf>()).set(kind, shelf));
    return shelf;
  }
}

/** Reads a stored text into a body that nobody can change. */
export function readBody(text: string): JsonObject {
  const body = JSON.parse(text) as JsonObject;
  freeze(body);
  return body;
}

function freeze(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const member of Object.values(value)) freeze(member);
  Object.freeze(value);
}

function sizeOf({ id }: DocumentKey, { text }: DocumentState): number {
  return id.length + text.length;
}
