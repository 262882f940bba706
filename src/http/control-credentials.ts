import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import {
  CREDENTIALS_FILE,
  CREDENTIAL_NAMES,
  CREDENTIAL_VARIABLES,
  type ControlCredentials,
  type CredentialName,
} from '../kit/credential-variables.ts';
import { hex } from '../kit/ids.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

const DIGITS = '0123456789';
const UPPER_BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
// No punctuation, so that a value needs no quoting in a shell, a URL or a client's file.
const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Each credential in the shape that its vendor's clients expect. */
const GENERATORS: { readonly [Name in CredentialName]: () => string } = {
  awsAccountId: () => `${randomInt(1, 10)}${pick(11, DIGITS)}`,
  awsAccessKeyId: () => `AKIA${pick(16, UPPER_BASE32)}`,
  awsSecretAccessKey: () => pick(40, ALPHANUMERIC),
  twilioAccountSid: () => `AC${hex(16)}`,
  twilioAuthToken: () => hex(16),
  webexAccessToken: () => pick(64, ALPHANUMERIC),
  sbcUsername: () => 'admin',
  sbcPassword: () => pick(24, ALPHANUMERIC),
  sbcReadonlyUsername: () => 'user',
  sbcReadonlyPassword: () => pick(24, ALPHANUMERIC),
  adminToken: () => pick(43, ALPHANUMERIC),
};

const HEADER = `# Credentials of the control APIs, made on first start. Keep this file private.
# A variable of the same name in the environment of the gate wins over its line here.
`;

/**
 * The control APIs' credentials: what was given, else what the data folder holds, else new random ones, which are
 * then written there (mode 0600). What was given is never written to disk.
 */
export function loadControlCredentials(folder: string, given: Partial<ControlCredentials>): ControlCredentials {
  const path = join(folder, CREDENTIALS_FILE);
  const stored: Record<string, string | undefined> = parseEnv(readIfThere(path) ?? '');
  const kept = CREDENTIAL_NAMES.map((name) => [name, stored[CREDENTIAL_VARIABLES[name]]] as const);
  const missing = kept.filter(([name, value]) => !value && !given[name]).map(([name]) => name);
  const made = missing.map((name) => [name, GENERATORS[name]()] as const);
  if (made.length > 0) writePrivateFile(path, fileText([...kept.filter(([, value]) => value), ...made]));
  // Every name is kept, made or given by now.
  return { ...Object.fromEntries(kept), ...Object.fromEntries(made), ...given } as ControlCredentials;
}

function fileText(values: readonly (readonly [CredentialName, string | undefined])[]): string {
  const byName = new Map(values);
  const lines = CREDENTIAL_NAMES.filter((name) => byName.has(name)).map(
    (name) => `${CREDENTIAL_VARIABLES[name]}=${byName.get(name)}\n`,
  );
  return HEADER + lines.join('');
}

function pick(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
