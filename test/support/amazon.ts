import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ChimeSDKVoice } from '@aws-sdk/client-chime-sdk-voice';
import Fastify from 'fastify';
import { readHeaders } from '../../src/dialects/amazon/canonical-request.ts';
import { OPERATION_CONSTRAINT } from '../../src/dialects/amazon/fixed-query.ts';
import { amazonPlugin, type AmazonOptions } from '../../src/dialects/amazon/plugin.ts';
import { computeSignature, readSignature } from '../../src/dialects/amazon/sigv4.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { uuid } from '../../src/kit/ids.ts';
import { createSealer, type Sealer } from '../../src/kit/seal.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import { NUMBER_HOLDERS } from '../../src/wiring/number-holders.ts';

export const ACCOUNT = { id: '111122223333', accessKeyId: 'AKIATEST', secretAccessKey: 'test secret' };
/** Clients of the SDK sign by the machine's clock, the server runs on the test's. */
const ANY_SKEW = 100 * 365 * 86_400_000;

export interface AmazonServer {
  readonly url: string;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  readonly sealer: Sealer;
  /** The vendor's own client, pointed here. */
  readonly client: ChimeSDKVoice;
  /** Sends a request signed by hand. */
  send(line: string, options?: SendOptions): Promise<Reply>;
}

export interface SendOptions {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** `false` leaves the signature out; a function changes what is sent after it was made. */
  readonly sign?: boolean;
  readonly tamper?: (authorization: string) => string;
  readonly date?: string;
}

export interface Reply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Record<string, string | undefined>;
  readonly text: string;
  /** The body as JSON; an empty object when there is none. */
  readonly json: Record<string, unknown>;
}

/** A listening server with its own ledger on a temporary file; everything ends with the test. */
export async function startAmazon(t: TestContext, options: Partial<AmazonOptions> = {}): Promise<AmazonServer> {
  const folder = mkdtempSync(join(tmpdir(), 'amazon-'));
  const clock = new ManualClock();
  const ledger = options.ledger ?? openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  const sealer = createSealer(Buffer.alloc(32, 7));
  const app = Fastify({ genReqId: uuid });
  app.addConstraintStrategy(OPERATION_CONSTRAINT);
  const terminationHealth = async (): Promise<undefined> => undefined;
  await app.register(
    amazonPlugin({
      clock,
      sealer,
      numberHolders: NUMBER_HOLDERS,
      account: ACCOUNT,
      skewMs: ANY_SKEW,
      terminationHealth,
      ...options,
      ledger,
    }),
  );
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const client = new ChimeSDKVoice({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: ACCOUNT.accessKeyId, secretAccessKey: ACCOUNT.secretAccessKey },
    maxAttempts: 1,
  });
  t.after(async () => {
    client.destroy();
    await app.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { url, ledger, clock, sealer, client, send: (line, how = {}) => send(url, line, how, clock.now()) };
}

async function send(base: string, line: string, options: SendOptions, now: number): Promise<Reply> {
  const { host, hostname, port } = new URL(base);
  const [method = '', target = ''] = line.split(' ');
  const body = Buffer.from(options.body ?? '');
  const date = options.date ?? new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers: Record<string, string> = { Host: host, 'X-Amz-Date': date, ...options.headers };
  if (body.length > 0) headers['Content-Length'] = String(body.length);
  if (options.sign !== false) headers['Authorization'] = authorization(method, target, headers, body, options.tamper);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path: target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          statusText: response.statusMessage ?? '',
          headers: response.headers as Reply['headers'],
          text,
          json: text === '' ? {} : (JSON.parse(text) as Reply['json']),
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function authorization(
  method: string,
  target: string,
  headers: Record<string, string>,
  body: Buffer,
  tamper: (authorization: string) => string = (text) => text,
): string {
  const signed = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .sort()
    .join(';');
  const day = headers['X-Amz-Date']?.slice(0, 8);
  const text = `AWS4-HMAC-SHA256 Credential=${ACCOUNT.accessKeyId}/${day}/us-east-1/chime/aws4_request, SignedHeaders=${signed}, Signature=`;
  const request = {
    method,
    target,
    headers: readHeaders([...Object.entries(headers).flat(), 'Authorization', `${text}0`]),
    body,
  };
  return tamper(text + computeSignature(request, readSignature(request), ACCOUNT.secretAccessKey));
}

/** A new Voice Connector's id. */
export async function createConnector({ client }: AmazonServer, RequireEncryption = false): Promise<string> {
  const made = await client.createVoiceConnector({ Name: 'connector', RequireEncryption });
  return made.VoiceConnector?.VoiceConnectorId ?? '';
}

/** Orders numbers for Voice Connectors. */
export async function orderNumbers({ client }: AmazonServer, ...numbers: string[]): Promise<void> {
  await client.createPhoneNumberOrder({ ProductType: 'VoiceConnector', E164PhoneNumbers: numbers });
}

/** What a refusal by the SDK's typed exception must look like: its name, and the status behind it. */
export function refused(name: string, status: number, message = /./): (error: unknown) => true {
  return (error) => {
    const { name: actual, $metadata, message: text } = error as Error & { $metadata?: { httpStatusCode?: number } };
    assert.deepEqual({ name: actual, status: $metadata?.httpStatusCode }, { name, status }, text);
    assert.match(text, message);
    return true;
  };
}
