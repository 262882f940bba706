import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify from 'fastify';
import { nativePlugin } from '../../src/dialects/native/plugin.ts';
import { webexAdditions } from '../../src/dialects/webex/additions/plugin.ts';
import { CodeBook } from '../../src/dialects/webex/codes/code-book.ts';
import { webexPlugin, type WebexOptions } from '../../src/dialects/webex/plugin.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { uuid } from '../../src/kit/ids.ts';
import { createSealer, type Sealer } from '../../src/kit/seal.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { NUMBER_HOLDERS } from '../../src/wiring/number-holders.ts';

const TOKEN = 'the-access-token-of-a-full-administrator';
const ADMIN_TOKEN = 'the-admin-token';

export interface WebexServer {
  readonly url: string;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly sealer: Sealer;
  readonly codeBook: CodeBook;
  /** Sends a request to the vendor's API, `GET people` and the like, as the full administrator. */
  readonly send: (line: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  /** The same to `/tollgate/v1/webex/`. */
  readonly add: (line: string, body?: unknown) => Promise<Reply>;
}

/** What is read of an answer in tests; an empty body is an empty object. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- each test knows what it asked for
  readonly json: Record<string, any>;
}

/** A listening server with its own ledger on a temporary file; everything ends with the test. */
export async function startWebex(t: TestContext, options: Partial<WebexOptions> = {}): Promise<WebexServer> {
  const folder = mkdtempSync(join(tmpdir(), 'webex-'));
  const clock = new ManualClock();
  const ledger = options.ledger ?? openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  const sealer = createSealer(Buffer.alloc(32, 7));
  const codeBook = await CodeBook.open({ ledger, sealer, clock });
  const app = Fastify({ genReqId: uuid, routerOptions: { maxParamLength: 1024 } });
  const registered = async (): Promise<boolean> => false;
  const testRoute = async (): Promise<undefined> => undefined;
  const given = { ledger, clock, sealer, numberHolders: NUMBER_HOLDERS, accessToken: TOKEN, registered, testRoute };
  await app.register(webexPlugin({ ...given, ...options }));
  const nothing = async (): Promise<never> => Promise.reject(new Error('not asked for here'));
  await app.register(
    nativePlugin({
      adminToken: ADMIN_TOKEN,
      explain: nothing,
      placeCall: null,
      gateways: async () => ({}),
      calls: nothing,
      call: nothing,
      decision: nothing,
      abusers: async () => ({ bans: [], silenced: [] }),
      liftBan: async () => false,
      drops: nothing,
      spending: async () => ({}),
      liftSpending: async () => false,
      lock: () => ({}),
      candidateDiff: nothing,
      candidateImpact: nothing,
      additions: [webexAdditions({ ledger, clock, sealer, codeBook })],
    }),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await app.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    url,
    ledger,
    clock,
    sealer,
    codeBook,
    send: (line, body, headers) => send(`${url}/v1/`, TOKEN, line, body, headers),
    add: (line, body) => send(`${url}/tollgate/v1/webex/`, ADMIN_TOKEN, line, body),
  };
}

/** One request with a Bearer token; `line` is method and path below `base`, or a whole URL. */
export async function send(
  base: string,
  token: string,
  line: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json;charset=utf-8' }),
      ...headers,
    },
    body: body === undefined ? null : isText(body) ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json = text === '' ? {} : (JSON.parse(text) as Reply['json']);
  return { status: response.status, headers: response.headers, json };
}

/** Statuses of requests that are all expected to go well; throws with the answer of the first that does not. */
export async function must(reply: Promise<Reply>, status: number): Promise<Reply> {
  const { status: got, json, headers } = await reply;
  if (got !== status) throw new Error(`${got} in place of ${status}: ${JSON.stringify(json)}`);
  return { status: got, json, headers };
}

export const ADDRESS = {
  address1: '771 Alder Drive',
  city: 'Milpitas',
  state: 'CA',
  postalCode: '95035',
  country: 'US',
};
export const PLACE = {
  name: 'Milpitas',
  timeZone: 'America/Los_Angeles',
  preferredLanguage: 'en_us',
  announcementLanguage: 'en_us',
  address: ADDRESS,
};
export const NUMBERS = ['+14085550100', '+14085550101', '+14085550102', '+14085550103'];

/** A location with calling and numbers, a person (extension 1001), a workspace (1002) and a virtual line (1003). */
export interface Office {
  readonly locationId: string;
  readonly personId: string;
  readonly workspaceId: string;
  readonly virtualLineId: string;
}

/** Sets up an office through the vendor's API. */
export async function makeOffice({ send: ask }: Pick<WebexServer, 'send'>): Promise<Office> {
  const location = await must(ask('POST locations', PLACE), 201);
  const { id: locationId } = location.json as { id: string };
  await must(ask('POST telephony/config/locations', { id: locationId, ...PLACE }), 201);
  await must(ask(`POST telephony/config/locations/${locationId}/numbers`, { phoneNumbers: NUMBERS }), 201);
  const idOf = (reply: Reply): string => String(reply.json['id']);
  const person = { emails: ['dana@example.com'], firstName: 'Dana', lastName: 'Doe', locationId, extension: '1001' };
  const phoneNumbers = [{ type: 'work', value: NUMBERS[1] }];
  const calling = { type: 'webexCalling', webexCalling: { locationId, extension: '1002' } };
  const line = { firstName: 'Front', lastName: 'Desk', locationId, extension: '1003' };
  return {
    locationId,
    personId: idOf(await must(ask('POST people', { ...person, phoneNumbers }), 200)),
    workspaceId: idOf(await must(ask('POST workspaces', { displayName: 'Lobby', calling }), 201)),
    virtualLineId: idOf(await must(ask('POST telephony/config/virtualLines', line), 201)),
  };
}

function isText(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}
