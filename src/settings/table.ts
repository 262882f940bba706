import { availableParallelism } from 'node:os';
import type { ControlCredentials } from '../kit/credential-variables.ts';
import { readAddress, readPortRange, type PortRange } from '../kit/read-media.ts';
import {
  Expectation,
  distinct,
  listOf,
  oneOf,
  readBinding,
  readHost,
  readHostName,
  readInteger,
  readOrigin,
  readPath,
  readSwitch,
  type Binding,
} from '../kit/read-text.ts';
import { LIMITED, readLimits, type SpendingLimits } from './read-limits.ts';
import { readCarriers, readSipBindings, type Carrier, type SipBinding } from './read-sip.ts';

import { MOST_WORKERS, usualWorkers } from './usual-workers.ts';

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
type Strangers = 'refuse' | 'drop';
type DigestAlgorithm = 'SHA-512-256' | 'SHA-256' | 'MD5';

/** Everything an operator can choose. */
export interface Settings {
  readonly http: Binding;
  readonly https: Binding;
  readonly sip: readonly SipBinding[];
  /** Absolute path of the data folder. */
  readonly data: string;
  /** Whether journal, API and log tell telephone numbers whole, or without their last four digits. */
  readonly journalNumbers: 'whole' | 'masked';
  /** Seconds that calls are decided by rules that miss a change. */
  readonly maxRulesAge: number;
  /** Null: the embedded store. */
  readonly databaseUrl: string | null;
  /** Tried in order. */
  readonly carriers: readonly Carrier[];
  /** Own domain in place of the vendors', lower case; null keeps theirs. */
  readonly domain: string | null;
  /** Host name or address put into Via and Record-Route by a listener bound to every address. */
  readonly advertise: string | null;
  /** Absolute paths of an own certificate chain and its key; both or neither. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
  /** Absolute path of the authorities whose certificates SIP clients are asked for over TLS; null asks for none. */
  readonly tlsClientCa: string | null;
  readonly logLevel: LogLevel;
  /** The vendor's rule that CidrAllowedList holds public addresses only. */
  readonly amazonPublicCidrOnly: boolean;
  /** New calls in a second, and calls at once, that a Twilio trunk may place; null: as many as it likes. */
  readonly twilioTrunkCps: number;
  readonly twilioTrunkCalls: number | null;
  /** Offered in this order (RFC 8760). */
  readonly digestAlgorithms: readonly DigestAlgorithm[];
  /** Seconds. */
  readonly nonceLifetime: number;
  /** Seconds between two OPTIONS to a gateway; 0: none. */
  readonly probeInterval: number;
  /** What a source on no list gets: a bare refusal, or silence. */
  readonly strangers: Strangers;
  /** Origins whose pages may open SIP over WebSocket; null: pages of the host that they ask for. */
  readonly sipOrigins: readonly string[] | null;
  /** Threads that serve calls; 0: the main one does. */
  readonly workers: number;
  /** Seconds that a call may last. */
  readonly maxCallSeconds: number;
  /** The most that a trunk may call, by measure; what is not there is not limited. */
  readonly trunkLimits: SpendingLimits;
  /** Likewise for each user of a trunk. */
  readonly userLimits: SpendingLimits;
  /** Absolute path of what a minute costs, for the limits of cost. */
  readonly tariff: string | null;
  /** Calls at once that applications answer for. */
  readonly applicationCalls: number;
  /** Address that peers elsewhere send media of such calls to; null: the one that they reach the gate by. */
  readonly mediaAddress: string | null;
  /** UDP ports for that; null: any that is free. */
  readonly mediaPorts: PortRange | null;
  /** Whether webhooks may be on loopback and private networks; null: while every listener is on loopback. */
  readonly privateWebhooks: boolean | null;
  /** Control-API credentials that were given; the others are generated. */
  readonly credentials: Partial<ControlCredentials>;
}

/** How a setting is given and read. */
interface Setting<Value> {
  readonly placeholder: string | null;
  readonly text: string;
  /** Empty: nothing is set, and `Value` must allow null. */
  readonly fallback: string;
  readonly read: (text: string) => Value;
}

/** Every setting but the credentials. */
export type Table = { readonly [Key in Exclude<keyof Settings, 'credentials'>]: Setting<Settings[Key]> };

/** Calls that applications answer for, unless the operator says otherwise. */
const APPLICATION_CALLS = 500;

/** One row for each setting. */
export const TABLE: Table = {
  http: {
    placeholder: 'ADDRESS:PORT',
    text: 'control APIs, plain HTTP',
    fallback: '127.0.0.1:8080',
    read: readBinding,
  },
  https: { placeholder: 'ADDRESS:PORT', text: 'the same over TLS', fallback: '127.0.0.1:8443', read: readBinding },
  sip: {
    placeholder: 'LIST',
    text: 'SIP listeners: udp:, tcp: or tls:ADDRESS:PORT, separated by commas',
    fallback: 'udp:127.0.0.1:5060,tcp:127.0.0.1:5060,tls:127.0.0.1:5061',
    read: readSipBindings,
  },
  data: { placeholder: 'FOLDER', text: 'data folder', fallback: './data', read: readPath },
  databaseUrl: {
    placeholder: 'URL',
    text: 'shared database (only the embedded one is there so far)',
    fallback: '',
    read: () => {
      throw new Expectation('must be left out: this version has only the embedded database');
    },
  },
  carriers: {
    placeholder: 'LIST',
    text: 'where calls to the telephone network go: exchange: (built in) or SIP URIs, tried in order',
    fallback: 'exchange:',
    read: readCarriers,
  },
  domain: {
    placeholder: 'NAME',
    text: "own domain for new trunks, in place of the vendors'",
    fallback: '',
    read: readHostName,
  },
  advertise: {
    placeholder: 'HOST',
    text: 'host name or address that peers reach this gate by, when it listens on every address',
    fallback: '',
    read: readHost,
  },
  tlsCert: {
    placeholder: 'FILE',
    text: 'certificate chain (PEM) in place of the generated one; needs --tls-key',
    fallback: '',
    read: readPath,
  },
  tlsKey: { placeholder: 'FILE', text: 'its private key (PEM)', fallback: '', read: readPath },
  tlsClientCa: {
    placeholder: 'FILE',
    text: 'authorities (PEM) of certificates by which SIP clients are known over TLS; those without one prove themselves otherwise',
    fallback: '',
    read: readPath,
  },
  logLevel: {
    placeholder: 'LEVEL',
    text: 'trace, debug, info, warn, error, fatal or silent',
    fallback: 'info',
    read: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
  amazonPublicCidrOnly: {
    placeholder: null,
    text: 'Amazon: refuse private addresses in CidrAllowedList, as the vendor does',
    fallback: 'false',
    read: readSwitch,
  },
  twilioTrunkCps: {
    placeholder: 'NUMBER',
    text: 'Twilio: calls that an elastic trunk may start in a second',
    fallback: '1',
    read: (text) => readInteger(text, 1, 10_000),
  },
  twilioTrunkCalls: {
    placeholder: 'NUMBER',
    text: 'Twilio: calls that an elastic trunk may have at once; else any number',
    fallback: '',
    read: (text) => readInteger(text, 1, 100_000),
  },
  journalNumbers: {
    placeholder: 'WAY',
    text: 'telephone numbers in journal, its API and the log: whole, or masked (without their last four digits)',
    fallback: 'whole',
    read: oneOf(['whole', 'masked']),
  },
  maxRulesAge: {
    placeholder: 'SECONDS',
    text: 'how long calls are decided by rules that miss a change; then only emergency calls pass',
    fallback: '300',
    read: (text) => readInteger(text, 1, 86_400),
  },
  digestAlgorithms: {
    placeholder: 'LIST',
    text: 'digest algorithms offered, of SHA-512-256, SHA-256 and MD5; always strongest first',
    fallback: 'SHA-256,MD5',
    read: (text) => distinct(listOf(text.toUpperCase()).map(oneOf(['SHA-512-256', 'SHA-256', 'MD5']))),
  },
  nonceLifetime: {
    placeholder: 'SECONDS',
    text: 'how long a digest nonce may be answered',
    fallback: '60',
    read: (text) => readInteger(text, 1, 3600),
  },
  workers: {
    placeholder: 'NUMBER',
    text: 'threads that serve calls apart from the control APIs (elsewhere than on Linux 1 at most), 0 to serve them in the same thread; unless given, one for each core but one, at least one, and 0 on a single core',
    fallback: String(usualWorkers(availableParallelism())),
    read: (text) => readInteger(text, 0, MOST_WORKERS),
  },
  probeInterval: {
    placeholder: 'SECONDS',
    text: 'how often carriers and the routes in use are asked by OPTIONS whether they live; 0: never',
    fallback: '30',
    read: (text) => readInteger(text, 0, 3600),
  },
  strangers: {
    placeholder: 'WAY',
    text: 'what a sender on no list gets: refuse (a bare 403) or drop (silence)',
    fallback: 'refuse',
    read: oneOf(['refuse', 'drop']),
  },
  sipOrigins: {
    placeholder: 'LIST',
    text: 'origins of web pages that may use SIP over WebSocket (/sip), such as https://phone.example.com; else the own host only',
    fallback: '',
    read: (text) => distinct(listOf(text).map(readOrigin)),
  },
  maxCallSeconds: {
    placeholder: 'SECONDS',
    text: 'how long a call may last before both sides get a BYE',
    fallback: '14400',
    read: (text) => readInteger(text, 60, 604_800),
  },
  trunkLimits: {
    placeholder: 'LIST',
    text: `most that a trunk may call, as NAME=NUMBER of ${LIMITED.join(', ')}; it warns at half`,
    fallback: 'none',
    read: readLimits,
  },
  userLimits: {
    placeholder: 'LIST',
    text: 'the same for each user of a trunk that proves a password',
    fallback: 'none',
    read: readLimits,
  },
  tariff: {
    placeholder: 'FILE',
    text: 'what a minute costs, for limits of cost: a line for each prefix, such as +44 0.02',
    fallback: '',
    read: readPath,
  },
  applicationCalls: {
    placeholder: 'NUMBER',
    text: 'calls at once that applications answer for; further ones get 503',
    fallback: String(APPLICATION_CALLS),
    read: (text) => readInteger(text, 0, 10_000),
  },
  mediaAddress: {
    placeholder: 'ADDRESS',
    text: 'IP address that peers elsewhere send the audio of such calls to; else the one that they reach the gate by',
    fallback: '',
    read: readAddress,
  },
  mediaPorts: {
    placeholder: 'LOW-HIGH',
    text: 'UDP ports for the audio of such calls, such as 40000-44999; else any that is free',
    fallback: '',
    read: readPortRange,
  },
  privateWebhooks: {
    placeholder: 'true|false',
    text: 'whether webhooks may be on this machine and private networks; else only while every listener is on loopback',
    fallback: '',
    read: readSwitch,
  },
};
