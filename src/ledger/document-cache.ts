import { LRUCache } from 'lru-cache';
import type { DocumentKey, Json, JsonObject } from './ledger.ts';

/** Characters of documents kept ready, and the longest of them. */
const KEPT = 2_000_000;
const LONGEST = 16_384;

/** What is stored of a document. */
export interface DocumentState {
  readonly text: string;
  /** The text read, which nobody may change: it is handed to all who ask. */
  readonly body: JsonObject;
  readonly revision: number;
}

/** The documents that were read or written last. */
export class DocumentCache {
  readonly #states = new LRUCache<string, DocumentState>({
    maxSize: KEPT,
    maxEntrySize: LONGEST,
    sizeCalculation: ({ text }) => text.length + 1,
  });

  get(key: DocumentKey): DocumentState | undefined {
    return this.#states.get(nameOf(key));
  }

  set(key: DocumentKey, state: DocumentState): void {
    this.#states.set(nameOf(key), state);
  }

  forget(key: DocumentKey): void {
    this.#states.delete(nameOf(key));
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

/** No dialect and no kind has a line break in it. */
function nameOf({ dialect, kind, id }: DocumentKey): string {
  return `${dialect}\n${kind}\n${id}`;
}
