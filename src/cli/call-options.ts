import { isIP } from 'node:net';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { Expectation, readHost, readInteger } from '../kit/read-text.ts';
import type { DigestAlgorithm } from '../sip/digest.ts';
import type { SocketTransport } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { ApiOptions } from './api.ts';

/** The proxy that a call goes through. */
export interface Proxy {
  readonly transport: SocketTransport;
  readonly host: string;
  readonly port: number;
}

/** The flags of `tollgate call`, read. Times are seconds. */
export interface CallFlags extends ApiOptions {
  readonly to: string;
  readonly from?: string;
  readonly user?: string;
  readonly password?: string;
  readonly algorithm?: DigestAlgorithm;
  readonly via: Proxy;
  readonly bind?: string;
  readonly hold: number;
  readonly timeout: number;
  readonly ca?: string;
  readonly insecure?: boolean;
  readonly srtp?: boolean;
  readonly asCarrier?: boolean;
  readonly json?: boolean;
}

/** The caller of a call that names none. */
export const TEST_CALLER = '+12065550199';

/** Holds the digest password, out of sight of other users. */
export const PASSWORD_VARIABLE = 'TOLLGATE_CALL_PASSWORD';

const DEFAULT_PORTS: Record<SocketTransport, number> = { udp: 5060, tcp: 5060, tls: 5061 };
const DEFAULT_VIA: Proxy = { transport: 'udp', host: '127.0.0.1', port: DEFAULT_PORTS.udp };
const LONGEST_HOLD = 3600;
const LONGEST_TIMEOUT = 600;

const NOTES = `
Exit code: 0 answered (2xx), 1 refused, 2 usage, 3 nothing answered.

The caller is ${TEST_CALLER} at the host of --to unless --from says otherwise. Amazon and Twilio trunks check it: it has to
be a number of the account, once the account has any.

A password given with --password is seen by others on this machine; one in ${PASSWORD_VARIABLE} is not.

Examples:
  tollgate call --to sip:+12065550100@abcdef1ghij2klmno3pqr4.voiceconnector.chime.aws --user jdoe
  tollgate call --to sip:+12065550486@127.0.0.1 --via tls:127.0.0.1:5061 --json
  tollgate call --as-carrier --to tel:+12065550100`;

/** Gives the command its flags and its help. */
export function addCallOptions(command: Command): Command {
  const { transport, host, port } = DEFAULT_VIA;
  return command
    .requiredOption('--to <uri>', 'whom to call, sip:+12065550100@HOST; the Request-URI goes out untouched', readUri)
    .option('--from <uri>', `caller (default sip:${TEST_CALLER}@HOST of --to)`, readUri)
    .option('--user <name>', 'digest user name')
    .option('--password <text>', `digest password (better: ${PASSWORD_VARIABLE})`)
    .option(
      '--algorithm <name>',
      'answer only challenges for md5, sha-256 or sha-512-256 (default: the first offered)',
      readAlgorithm,
    )
    .addOption(
      new Option('--via <proxy>', 'udp:, tcp: or tls:HOST:PORT that the call goes through')
        .argParser(readVia)
        .default(DEFAULT_VIA, `${transport}:${host}:${port}`),
    )
    .option('--bind <address>', 'own address for SIP and media (default: the one that leads to --via)', readAddress)
    .option('--hold <seconds>', 'how long to stay in an answered call', readSeconds(LONGEST_HOLD), 1)
    .option('--timeout <seconds>', 'how long to wait for the answer', readSeconds(LONGEST_TIMEOUT), 60)
    .option('--ca <file>', 'authority of the TLS certificate (default tls/ca.pem of the data folder, if there)')
    .option('--insecure', 'accept any TLS certificate')
    .option('--srtp', 'offer encrypted audio, as trunks that require encryption ask for')
    .addOption(
      new Option('--as-carrier', 'call --to tel:+1… as the telephone network would, by the gate that runs').conflicts([
        'user',
        'password',
        'algorithm',
        'via',
        'bind',
        'timeout',
        'ca',
        'insecure',
        'srtp',
      ]),
    )
    .option('--json', 'print a JSON object when the call is over')
    .option('--api <url>', "with --as-carrier: the gate's HTTP address (TOLLGATE_API; default http://127.0.0.1:8080)")
    .option('--data <folder>', "the gate's data folder (TOLLGATE_DATA; default ./data)")
    .addHelpText('after', NOTES);
}

function readUri(text: string): string {
  const uri = parseUri(text);
  if (uri?.scheme === 'tel' || ((uri?.scheme === 'sip' || uri?.scheme === 'sips') && uri.headers === undefined))
    return text;
  throw new InvalidArgumentError('It must be a SIP URI such as sip:+12065550100@HOST.');
}

function readAlgorithm(text: string): DigestAlgorithm {
  const name = text.toUpperCase();
  if (name !== 'MD5' && name !== 'SHA-256' && name !== 'SHA-512-256')
    throw new InvalidArgumentError('It must be md5, sha-256 or sha-512-256.');
  return name;
}

function readAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('It must be an IP address of this machine.');
  return text;
}

function readVia(text: string): Proxy {
  const [, transport = '', host = '', port] = /^(udp|tcp|tls):(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (!isTransport(transport)) throw new InvalidArgumentError('It must be udp:, tcp: or tls:HOST:PORT.');
  try {
    const number = port === undefined ? DEFAULT_PORTS[transport] : readInteger(port, 1, 65_535);
    return { transport, host: readHost(host), port: number };
  } catch (error) {
    if (error instanceof Expectation) throw new InvalidArgumentError(`Its host or port ${error.message}.`);
    throw error;
  }
}

function isTransport(text: string): text is SocketTransport {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

function readSeconds(most: number): (text: string) => number {
  return (text) => {
    const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
    if (!(seconds <= most)) throw new InvalidArgumentError(`It must be seconds, from 0 to ${most}.`);
    return seconds;
  };
}
