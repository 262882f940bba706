import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { CREDENTIALS_FILE, CREDENTIAL_VARIABLES, type CredentialName } from '../kit/credential-variables.ts';
import { hostPort } from '../kit/ip.ts';
import type { Settings } from '../settings/settings.ts';
import { addSettingOptions, readSettings } from './setting-options.ts';

/** The dialect serves one region; clients insist on having one. */
const REGION = 'us-east-1';

const OLD_CLIENTS = '# AWS CLI before 2.13 does not know AWS_ENDPOINT_URL: pass --endpoint-url "$AWS_ENDPOINT_URL"';
const TWILIO_CLIENTS =
  "# Twilio's libraries take the host from an HTTP client: docs/compatibility/twilio.md has one for TWILIO_BASE_URL";
const WEBEX_CLIENTS =
  '# wxc_sdk takes the address in code: docs/compatibility/webex.md has two lines for WEBEX_BASE_URL';

const SBC_CLIENTS = '# For https://$SBCIP: curl --cacert "$SBC_CA_FILE"; Python: REQUESTS_CA_BUNDLE="$SBC_CA_FILE"';

/** Registers `tollgate env`. */
export function register(program: Command): void {
  const command = program.command('env').description('print what points the vendors\' clients here, for eval "$(…)"');
  addSettingOptions(command.option('--json', 'print a JSON object instead of shell lines')).action(
    async ({ json, ...flags }: Record<string, unknown>) => {
      const variables = clientVariables(await readSettings(flags));
      console.log(json === true ? JSON.stringify(variables, null, 2) : shellLines(variables));
    },
  );
}

/**
 * Environment variables for the vendors' clients, by the settings and the data folder that the gate was started
 * with. Throws a readable error when the gate has not made its credentials yet.
 */
export function clientVariables(settings: Settings): Record<string, string> {
  const file = join(settings.data, CREDENTIALS_FILE);
  const stored: Record<string, string | undefined> = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const credential = (name: CredentialName): string => {
    const variable = CREDENTIAL_VARIABLES[name];
    const value = settings.credentials[name] ?? stored[variable];
    if (value) return value;
    const way = existsSync(file) ? `set ${variable} as the gate has it` : 'start the gate once, or name its --data';
    throw new Error(`there is no ${variable} in ${file}: ${way}`);
  };
  const authority = join(settings.data, 'tls', 'ca.pem');
  return {
    AWS_ENDPOINT_URL: endpoint(settings),
    AWS_ACCESS_KEY_ID: credential('awsAccessKeyId'),
    AWS_SECRET_ACCESS_KEY: credential('awsSecretAccessKey'),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // Keeps a client without credentials from looking for a cloud machine's.
    AWS_EC2_METADATA_DISABLED: 'true',
    TWILIO_BASE_URL: endpoint(settings),
    TWILIO_ACCOUNT_SID: credential('twilioAccountSid'),
    TWILIO_AUTH_TOKEN: credential('twilioAuthToken'),
    ...sbcVariables(settings, credential, existsSync(authority) ? authority : null),
    // The name that the vendor's SDK for Python reads; its address is the host in its session.
    WEBEX_ACCESS_TOKEN: credential('webexAccessToken'),
    WEBEX_BASE_URL: `${endpoint(settings)}/v1`,
    // For the other commands of this program.
    TOLLGATE_API: endpoint(settings),
    [CREDENTIAL_VARIABLES.adminToken]: credential('adminToken'),
    ...(settings.tlsCert === null && existsSync(authority) && { NODE_EXTRA_CA_CERTS: authority }),
  };
}

function endpoint({ http: { host, port } }: Settings): string {
  if (port === 0) throw new Error('the gate took a free HTTP port: give the one it printed, as --http 127.0.0.1:PORT');
  return `http://${hostPort(reachable(host), port)}`;
}

function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** As the vendor's samples for curl and Python call them; the API is served over TLS only. */
function sbcVariables(
  { https: { host, port }, tlsCert }: Settings,
  credential: (name: CredentialName) => string,
  authority: string | null,
): Record<string, string> {
  return {
    ...(port !== 0 && { SBCIP: hostPort(reachable(host), port) }),
    SBC_USERNAME: credential('sbcUsername'),
    SBC_PASSWORD: credential('sbcPassword'),
    SBC_READONLY_USERNAME: credential('sbcReadonlyUsername'),
    SBC_READONLY_PASSWORD: credential('sbcReadonlyPassword'),
    ...(tlsCert === null && authority !== null && { SBC_CA_FILE: authority }),
  };
}

/** `export` lines for a POSIX shell. */
export function shellLines(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [OLD_CLIENTS, TWILIO_CLIENTS, WEBEX_CLIENTS, SBC_CLIENTS, ...lines].join('\n');
}

/** A word for a POSIX shell that says this. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
