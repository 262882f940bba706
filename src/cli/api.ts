import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CREDENTIALS_FILE, CREDENTIAL_VARIABLES } from '../kit/credential-variables.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Where the gate's own API is, as flags and environment say it. */
export interface ApiOptions {
  /** Base URL; TOLLGATE_API, else the default listener. */
  readonly api?: string;
  /** Data folder, for its admin token; TOLLGATE_DATA, else ./data. */
  readonly data?: string;
}

/** The gate could not be asked, or said no; the message is for people. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** Whether the gate refused the question itself, rather than being out of reach. */
  readonly refused: boolean;

  constructor(message: string, { refused = false, cause }: { refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.refused = refused;
  }
}

/** Posts to the running gate's own API. Throws ApiError. */
export function postToGate(path: string, body: object, options: ApiOptions): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return askGate(path, { method: 'POST', headers, body: JSON.stringify(body) }, options);
}

/** Reads from the running gate's own API. Throws ApiError. */
export function getFromGate(path: string, options: ApiOptions): Promise<unknown> {
  return askGate(path, { method: 'GET', headers: {} }, options);
}

/** Deletes something through the running gate's own API. Throws ApiError. */
export async function deleteFromGate(path: string, options: ApiOptions): Promise<void> {
  await askGate(path, { method: 'DELETE', headers: {} }, options);
}

interface Asking {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function askGate(path: string, asking: Asking, options: ApiOptions): Promise<unknown> {
  const base = options.api ?? process.env['TOLLGATE_API'] ?? DEFAULT_URL;
  const token = adminToken(options.data ?? process.env['TOLLGATE_DATA'] ?? './data');
  let response: Response;
  try {
    response = await fetch(new URL(path, base), {
      ...asking,
      headers: { ...asking.headers, authorization: `Bearer ${token}` },
    });
  } catch (error) {
    throw new ApiError(`no gate answers at ${base}; is it running? (--api names another address)`, { cause: error });
  }
  if (response.status === 204) return undefined;
  const answer = await readAnswer(response, base);
  if (!response.ok)
    throw new ApiError(answer.error?.message ?? `the gate answered ${response.status}`, { refused: true });
  return answer;
}

/** Exit codes tell whether a gate has answered: what is cut off, or another program says, is none of its answers. */
async function readAnswer(response: Response, base: string): Promise<{ error?: { message?: string } }> {
  const answer: unknown = await response.json().catch(() => null);
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new ApiError(`what answers at ${base} is no gate (--api names another address)`);
}

function adminToken(folder: string): string {
  const name = CREDENTIAL_VARIABLES.adminToken;
  const given = process.env[name];
  if (given) return given;
  const path = join(folder, CREDENTIALS_FILE);
  try {
    const token = parseEnv(readFileSync(path, 'utf8'))[name];
    if (token) return token;
  } catch {
    throw new ApiError(`there is no ${path}: give --data FOLDER of the gate, or ${name}`);
  }
  throw new ApiError(`${path} holds no ${name}: set it in the environment`);
}
