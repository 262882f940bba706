import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { contains, parseAddress, parseBlock, type Address, type Block } from '../../../../kit/ip.ts';

/** Reachable when private addresses are allowed: this machine and the networks that are nobody's on the Internet. */
const PRIVATE = blocks(
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  // RFC 6598: shared between a provider and its customers.
  '100.64.0.0/10',
  // RFC 8215: translation within one network.
  '64:ff9b:1::/48',
  '::1/128',
  'fc00::/7',
);

/** Never reachable: no web server is there, or only a machine's own metadata is (169.254.169.254). RFC 6890. */
const NEVER = blocks(
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/128',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
);

/** IPv6 addresses that carry an IPv4 one at this many bits from the right: NAT64 (RFC 6052), 6to4 (RFC 3056). */
const CARRIERS = [
  { block: blocks('64:ff9b::/96')[0], shift: 0n },
  { block: blocks('2002::/16')[0], shift: 80n },
  // IPv4-compatible (RFC 4291 §2.5.5.1).
  { block: blocks('::/96')[0], shift: 0n },
];

/** Whether a web server at this address may be asked; `allowPrivate` opens loopback and private networks. */
export function mayAsk(text: string, allowPrivate: boolean): boolean {
  const address = parseAddress(text);
  if (!address) return false;
  const within = (list: readonly Block[]): boolean => list.some((block) => contains(block, address));
  if (within(PRIVATE)) return allowPrivate;
  if (within(NEVER)) return false;
  const carrier = CARRIERS.find(({ block }) => block && contains(block, address));
  return !carrier || mayAsk(ipv4Text(address, carrier.shift), allowPrivate);
}

/** No address of the host may be asked. */
export class ForbiddenAddress extends Error {
  override name = 'ForbiddenAddress';
}

/** How a host name is looked up: as `dns.lookup` with `all`. */
export type Resolve = (host: string, done: (error: Error | null, found: LookupAddress[]) => void) => void;

/** The system's resolver. */
export const systemResolve: Resolve = (host, done) => lookUp(host, { all: true }, done);

/**
 * For `node:net`: looks a name up and gives the connection only addresses that may be asked, so that what was judged
 * is what is connected to, whatever the name resolves to a moment later.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, found) => {
      if (error) return done(error, '', 0);
      const allowed = found.filter(({ address }) => mayAsk(address, allowPrivate));
      const [first] = allowed;
      if (!first) return done(new ForbiddenAddress(`${host} has no address that may be asked`), '', 0);
      if (options.all) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}

/** Throws ForbiddenAddress for a host that is an address which may not be asked: nothing looks it up. */
export function judgeHost(host: string, allowPrivate: boolean): void {
  const bare = host.replace(/^\[|\]$/g, '');
  if (isIP(bare) && !mayAsk(bare, allowPrivate)) throw new ForbiddenAddress(`${bare} may not be asked`);
}

function ipv4Text({ value }: Address, shift: bigint): string {
  const bits = (value >> shift) & 0xffffffffn;
  return [24n, 16n, 8n, 0n].map((by) => (bits >> by) & 0xffn).join('.');
}

function blocks(...texts: string[]): Block[] {
  return texts.flatMap((text) => parseBlock(text) ?? []);
}
