import { createWebexCompiler } from '../../src/dialects/webex/compile.ts';
import { DIALECT, type Bodies } from '../../src/dialects/webex/documents.ts';
import type { Documents } from '../../src/dialects/documents.ts';
import { createSealer } from '../../src/kit/seal.ts';
import type { JsonObject, StoredDocument } from '../../src/ledger/ledger.ts';
import type { Route } from '../../src/rulebook/route.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import { CARRIER } from './rules.ts';

const VOICE: Route = { ...CARRIER, host: '127.0.0.1', port: 5999 };

/** Documents of an organisation, in memory, and what they mean for calls. */
export class WebexRules {
  readonly rulebook = new Rulebook([CARRIER], VOICE);
  readonly #compiler = createWebexCompiler({ sealer: createSealer(Buffer.alloc(32, 7)), domain: null });
  readonly #documents = new Map<string, StoredDocument>();
  readonly #reader: Documents = {
    get: async ({ kind, id }) => this.#documents.get(`${kind} ${id}`) ?? null,
    list: async ({ kind, prefix = '' }) =>
      [...this.#documents.values()].filter((document) => document.kind === kind && document.id.startsWith(prefix)),
    any: async (folder) => (await this.#reader.list(folder)).length > 0,
  };

  /** Writes a document, or removes it, and compiles what depends on it. */
  async put<K extends keyof Bodies>(kind: K, id: string, body: Bodies[K] | null): Promise<void> {
    const key = { dialect: DIALECT, kind, id };
    const before = this.#documents.get(`${kind} ${id}`)?.body ?? null;
    const after = body as JsonObject | null;
    if (after) this.#documents.set(`${kind} ${id}`, { ...key, body: after, revision: 1 });
    else this.#documents.delete(`${kind} ${id}`);
    const affected = this.#compiler.affects({ key, before, after });
    this.affected = affected.map((entry) => `${entry.kind} ${entry.id}`);
    const compiled = await Promise.all(affected.map((entry) => this.#compiler.compile(entry, this.#reader)));
    this.rulebook.apply(this.rulebook.revision + 1, compiled);
  }

  /** What the last write altered. */
  affected: string[] = [];
}

const ADDRESS = { address1: '771 Alder Drive', city: 'Milpitas', state: 'CA', postalCode: '95035', country: 'US' };

/** A location with calling, under the host name `ID.bcld.webex.com`. */
export function location(
  id: string,
  changes: Partial<NonNullable<Bodies['location']['calling']>> = {},
  country = 'US',
): Bodies['location'] {
  return {
    id,
    name: id,
    address: { ...ADDRESS, country },
    timeZone: 'America/Los_Angeles',
    preferredLanguage: 'en_us',
    announcementLanguage: null,
    latitude: null,
    longitude: null,
    notes: null,
    hostLabel: id,
    calling: {
      outsideDialDigit: null,
      enforceOutsideDialDigit: false,
      routingPrefix: null,
      callingLineId: { name: null, phoneNumber: '+14085550100' },
      connection: null,
      externalCallerIdName: null,
      pAccessNetworkInfo: null,
      chargeNumber: null,
      useChargeNumberForPChargeInfo: false,
      ...changes,
    },
  };
}

/** A virtual line, the kind with the fewest members. */
export function virtualLine(id: string, locationId: string, extension: string): Bodies['virtual-line'] {
  const names = { displayName: id, firstName: id, lastName: id };
  const callerId = { callerIdFirstName: null, callerIdLastName: null, callerIdNumber: null };
  return { id, ...names, locationId, extension, phoneNumber: null, ...callerId };
}
