import { isIP } from 'node:net';
import { mask, parseAddress } from '../../kit/ip.ts';
import { byNarrowness, type AccessRule, type Place, type TrustTerms } from '../../rulebook/access.ts';
import type { Element } from './element.ts';
import { readAll, type Reading } from './reading.ts';

/** Bits of a port. */
const PORT_BITS = 16;

/** Protocols whose entries concern SIP; an entry for NONE concerns whatever goes to its destination. */
const OF_SIP: ReadonlySet<string> = new Set(['', 'SIP', 'NONE']);

/** The access-control entries of a realm, the narrowest first. */
export function compileAccess(elements: readonly Element[], realm: string): AccessRule[] {
  return readAll(elements, 'access-control')
    .filter((entry) => entry.text('realm-id') === realm && OF_SIP.has(entry.text('application-protocol')))
    .flatMap((entry) => compileEntry(entry, elements))
    .toSorted(byNarrowness);
}

/** How far the senders of a realm, or of an entry, are trusted. */
export function compileTrust(entry: Reading, level: string, elements: readonly Element[]): TrustTerms {
  const [manager] = readAll(elements, 'media-manager');
  return {
    level: TRUST_LEVELS.find((each) => each === entry.text(level)) ?? 'none',
    bytesPerSecond: entry.integer('average-rate-limit'),
    invalidMessages: entry.integer('invalid-signal-threshold'),
    trustedMessages: entry.integer('maximum-signal-threshold'),
    untrustedMessages: entry.integer('untrusted-signal-threshold'),
    trustedFailures: entry.integer('cac-failure-threshold'),
    untrustedFailures: entry.integer('untrust-cac-failure-threshold'),
    denySeconds: entry.integer('deny-period'),
    windowSeconds: manager?.integer('tolerance-window') ?? DEFAULT_WINDOW,
    rule: entry.rule(level),
  };
}

/** Seconds of media-manager's tolerance-window where there is no media-manager. */
const DEFAULT_WINDOW = 30;

const TRUST_LEVELS = ['none', 'low', 'medium', 'high'] as const;

function compileEntry(entry: Reading, elements: readonly Element[]): AccessRule[] {
  const source = readPlace(entry.text('source-address'));
  // The destination counts only where no application says which sockets are meant.
  const bare = entry.text('application-protocol') === 'NONE';
  const destination = bare ? readPlace(entry.text('destination-address')) : null;
  if (!source || (bare && !destination)) return [];
  return [
    {
      source,
      destination: destination ?? null,
      transport: TRANSPORTS[entry.text('transport-protocol')] ?? null,
      access: entry.text('access') === 'deny' ? 'deny' : 'permit',
      trust: compileTrust(entry, 'trust-level', elements),
      rule: entry.rule('access'),
    },
  ];
}

const TRANSPORTS: Readonly<Record<string, 'udp' | 'tcp'>> = { UDP: 'udp', TCP: 'tcp' };

/** Reads `ip[/bits][:port[/port-bits]]`, IPv6 in brackets; 0.0.0.0 alone is anybody. */
export function readPlace(text: string): Place | undefined {
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?:\/(\d+))?(?::(\d+)(?:\/(\d+))?)?$/.exec(text);
  const address = parseAddress(match?.[1] ?? match?.[2] ?? '');
  if (!match || !address) return undefined;
  const [, , , bits, port, portBits] = match;
  const any = address.value === 0n && (bits === undefined || bits === '0');
  const ports = port === undefined ? null : { value: Number(port), bits: Number(portBits ?? 0) || PORT_BITS };
  return { block: any ? null : mask(address, bits === undefined ? address.bits : Number(bits)), ports };
}

/** An address without brackets; undefined for what is none. */
export function readIp(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) ? bare : undefined;
}
