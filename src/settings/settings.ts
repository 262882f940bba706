import {
  CREDENTIAL_NAMES,
  CREDENTIAL_VARIABLES,
  credentialShape,
  type CredentialName,
} from '../kit/credential-variables.ts';
import { nearest } from '../kit/nearest.ts';
import { Expectation } from '../kit/read-text.ts';
import { readYaml } from './read-yaml.ts';
import { flagOf, PREFIX, variableOf, withoutPrefix } from './setting-names.ts';
import { TABLE, type Settings, type Table } from './table.ts';

export type { Settings } from './table.ts';

/** A setting that cannot be used; the message says which, where it came from and what is expected. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** One setting as the command line shows it. */
export interface SettingOption {
  /** Without the leading dashes; the file's key too. */
  readonly flag: string;
  readonly variable: string;
  /** What the value looks like; null for a switch that takes none. */
  readonly placeholder: string | null;
  readonly text: string;
  readonly fallback: string;
}

/** No settings of the gate: for commands that talk to a running one, and for tests without the native addon. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(['TOLLGATE_API', 'TOLLGATE_CALL_PASSWORD', 'TOLLGATE_NATIVE']);

const KEYS = Object.keys(TABLE) as (keyof Table)[];

/** Settings that no message repeats: URLs and URIs may carry a password. */
const MAY_HOLD_PASSWORDS: readonly string[] = ['databaseUrl', 'carriers'] satisfies (keyof Table)[];

/** Every setting that has a flag, for the command line's help. */
export const SETTING_OPTIONS: readonly SettingOption[] = KEYS.map((key) => {
  const { placeholder, text, fallback } = TABLE[key];
  return { flag: flagOf(key), variable: variableOf(key), placeholder, text, fallback };
}).concat({
  flag: 'config',
  variable: 'TOLLGATE_CONFIG',
  placeholder: 'FILE',
  text: 'YAML file with any of these settings, by the name of the flag',
  fallback: '',
});

/** Where settings come from. */
export interface SettingSources {
  /** Flags by their name in camel case, as commander gives them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** A value as it was written, and where. */
interface Given {
  readonly text: string;
  readonly from: string;
}

/** The settings: flags before variables before the file before defaults. Throws SettingsError. */
export async function loadSettings({ flags, env, readFile }: SettingSources): Promise<Settings> {
  const fromFlags = givenByFlags(flags);
  const fromVariables = givenByVariables(env);
  const config = fromFlags.get('config') ?? fromVariables.get('config');
  const fromFile = config ? await givenByFile(config, readFile) : new Map<string, Given>();
  const given = (key: string): Given | undefined => fromFlags.get(key) ?? fromVariables.get(key) ?? fromFile.get(key);

  const values = KEYS.map((key) => [key, valueOf(key, given(key))]);
  const credentials = CREDENTIAL_NAMES.flatMap((name) => {
    const found = given(name);
    return found ? [[name, readCredential(name, found)]] : [];
  });
  const settings: Settings = { ...Object.fromEntries(values), credentials: Object.fromEntries(credentials) };
  if ((settings.tlsCert === null) !== (settings.tlsKey === null))
    throw new SettingsError('--tls-cert and --tls-key belong together: give both or neither');
  const limitsCost = settings.trunkLimits.cost !== undefined || settings.userLimits.cost !== undefined;
  if (limitsCost !== (settings.tariff !== null))
    throw new SettingsError('--tariff and a limit of cost belong together: give both or neither');
  return settings;
}

function valueOf(key: keyof Table, given: Given | undefined): unknown {
  const { fallback, read } = TABLE[key];
  if (!given) return fallback === '' ? null : read(fallback);
  try {
    return read(given.text);
  } catch (error) {
    if (!(error instanceof Expectation)) throw error;
    const got = MAY_HOLD_PASSWORDS.includes(key) ? '' : `, not "${given.text}"`;
    throw new SettingsError(`${given.from} ${error.message}${got}`);
  }
}

function readCredential(name: CredentialName, given: Given): string {
  const { shape, expected } = credentialShape(name);
  if (!shape.test(given.text)) throw new SettingsError(`${given.from} ${expected}`);
  return given.text;
}

function givenByFlags(flags: SettingSources['flags']): Map<string, Given> {
  const known = new Set<string>([...KEYS, 'config']);
  const entries = Object.entries(flags).filter(([, value]) => value !== undefined);
  return new Map(
    entries.map(([key, value]) => {
      if (!known.has(key)) throw unknown(`flag --${flagOf(key)}`, flagOf(key), [...known].map(flagOf), '--');
      return [key, { text: String(value).trim(), from: `--${flagOf(key)}` }];
    }),
  );
}

function givenByVariables(env: SettingSources['env']): Map<string, Given> {
  const keys = new Map<string, string>([...KEYS, 'config'].map((key) => [variableOf(key), key]));
  for (const name of CREDENTIAL_NAMES) keys.set(CREDENTIAL_VARIABLES[name], name);
  const found = new Map<string, Given>();
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || OTHER_VARIABLES.has(variable)) continue;
    const key = keys.get(variable);
    if (key === undefined)
      throw unknown(`variable ${variable}`, withoutPrefix(variable), [...keys.keys()].map(withoutPrefix), PREFIX);
    // Set but empty is how shells and compose files say "not set".
    if (value !== undefined && value.trim() !== '') found.set(key, { text: value.trim(), from: variable });
  }
  return found;
}

async function givenByFile(config: Given, readFile: SettingSources['readFile']): Promise<Map<string, Given>> {
  const path = config.text;
  const names = new Map<string, string>([...KEYS, ...CREDENTIAL_NAMES].map((key) => [flagOf(key), key]));
  return new Map(
    Object.entries(await parseFile(config, readFile)).map(([name, value]) => {
      const key = names.get(name);
      if (key === undefined) throw unknown(`key "${name}" in ${path}`, name, [...names.keys()]);
      const parts: unknown[] = Array.isArray(value) ? value : [value];
      if (!parts.every((part) => typeof part === 'string'))
        throw new SettingsError(
          `"${name}" in ${path} must be a value or a list of values; quote those that end in a colon`,
        );
      return [key, { text: parts.join(',').trim(), from: `"${name}" in ${path}` }];
    }),
  );
}

async function parseFile({ text: path, from }: Given, readFile: SettingSources['readFile']): Promise<object> {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw new SettingsError(`${from}: cannot read ${path}: ${messageOf(error)}`);
  }
  try {
    return await readYaml(text);
  } catch (error) {
    throw new SettingsError(`${path} ${messageOf(error)}`);
  }
}

function unknown(what: string, word: string, candidates: readonly string[], prefix = ''): SettingsError {
  const meant = nearest(word, candidates);
  return new SettingsError(`unknown ${what}${meant ? `; did you mean ${prefix}${meant}?` : ''}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
