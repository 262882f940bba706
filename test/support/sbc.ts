import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Fastify from 'fastify';
import { ConfigurationLock } from '../../src/dialects/oracle/lock.ts';
import { oraclePlugin, type OracleOptions } from '../../src/dialects/oracle/plugin.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { uuid } from '../../src/kit/ids.ts';
import { createSealer, type Sealer } from '../../src/kit/seal.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';

export const ADMIN = { name: 'admin', password: 'Sauerkirsche.7', class: 'admin' } as const;
export const READER = { name: 'user', password: 'Mirabelle.3', class: 'user' } as const;

const FIGURES = {
  calls: 12,
  callCapacity: 48,
  callsPerSecond: 3,
  registrations: 5,
  cpuPercent: 17,
  memoryPercent: 41,
};

/** An answer of the API. */
export interface SbcReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Of an error. */
  readonly message: string | undefined;
}

export type Send = (
  line: string,
  options?: { token?: string; body?: string | Buffer; headers?: Record<string, string> },
) => Promise<SbcReply>;

export interface SbcServer {
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly sealer: Sealer;
  readonly lock: ConfigurationLock;
  /** Asks over HTTPS, `line` being method and path below `/rest/v1.2`, or a whole path from `/rest` on. */
  readonly send: Send;
  /** A new token of this user. */
  readonly login: (user?: { readonly name: string; readonly password: string }) => Promise<string>;
  /** A token that holds the lock, as `send` without options uses it. */
  readonly token: string;
}

/** The API with a ledger of its own and an administrator who holds the lock; everything ends with the test. */
export async function startSbc(t: TestContext, options: Partial<OracleOptions> = {}): Promise<SbcServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sbc-'));
  const clock = new ManualClock();
  const ledger = options.ledger ?? openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  const sealer = createSealer(Buffer.alloc(32, 7));
  const lock = new ConfigurationLock(clock);
  const app = Fastify({ genReqId: uuid });
  // As requests of a TLS listener are.
  app.addHook('onRequest', async ({ raw }) => void Object.assign(raw.socket, { encrypted: true }));
  const system = {
    version: '1.2.3',
    serialNumber: 'abc',
    startedAt: clock.now(),
    figures: async () => FIGURES,
    reboot: null,
  };
  await app.register(
    oraclePlugin({
      clock,
      sealer,
      lock,
      users: [ADMIN, READER],
      obstacles: async () => [],
      system,
      ...options,
      ledger,
    }),
  );
  t.after(async () => {
    await app.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask: Send = async (line, { token, body, headers } = {}) => {
    const [method = '', path = ''] = line.split(/ (.*)/s, 2);
    const response = await app.inject({
      method: method as 'GET',
      url: `https://sbc.example${path.startsWith('/rest') ? path : `/rest/v1.2${path}`}`,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { payload: body }),
    });
    return replyOf(response.statusCode, response.headers, response.body);
  };
  const login: SbcServer['login'] = async ({ name, password } = ADMIN) => {
    const authorization = `Basic ${btoa(`${name}:${password}`)}`;
    const { text } = await ask('POST /auth/token', { headers: { authorization } });
    return valueOf(text, 'accessToken');
  };
  const token = await login();
  await ask('POST /configuration/lock', { token });
  return { clock, ledger, sealer, lock, send: (line, given) => ask(line, { token, ...given }), login, token };
}

export function replyOf(status: number, headers: SbcReply['headers'], text: string): SbcReply {
  return { status, headers, text, message: /<errorMessage>([^<]*)<\/errorMessage>/.exec(text)?.[1] };
}

/** Status and message of the last job. */
export async function lastJob(send: Send): Promise<{ operation: string; status: string; message: string }> {
  const { text } = await send('GET /admin/asyncstatus');
  return {
    operation: valueOf(text, 'operation'),
    status: valueOf(text, 'status'),
    message: valueOf(text, 'errorMessage'),
  };
}

/** The text of the first element of that name; empty where there is none. */
export function valueOf(text: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
}

type Values = Readonly<Record<string, string | readonly string[]>>;

/** A configElement as clients write it. */
export function configElement(type: string, values: Values = {}, subElements = ''): string {
  return `<configElement><elementType>${type}</elementType>${attributes(values)}${subElements}</configElement>`;
}

export function subElement(type: string, values: Values): string {
  return `<subElement><subElementType>${type}</subElementType>${attributes(values)}</subElement>`;
}

function attributes(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const list = typeof value === 'string' ? [value] : value;
      return `<attribute><name>${name}</name>${list.map((each) => `<value>${each}</value>`).join('')}</attribute>`;
    })
    .join('');
}
