import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Records of one kind, and how long they may be kept (seconds). A name without any has an empty list. */
export interface Found<Kind> {
  readonly records: readonly Kind[];
  readonly ttl: number;
}

/** RFC 3403 §4.1. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly name: string;
}

/** Asks for records. Rejects when there was no answer, which is not the same as an answer that there are none. */
export interface NameServer {
  naptr(name: string): Promise<Found<NaptrRecord>>;
  srv(name: string): Promise<Found<SrvRecord>>;
  addresses(name: string, family: 4 | 6): Promise<Found<string>>;
  /** What only this machine knows: its hosts file, its search domains. */
  local(name: string): Promise<Found<string>>;
}

/** Milliseconds for one question to one server, and how often it is repeated. */
const TIMEOUT = 1200;
const TRIES = 2;

/** Seconds for records whose time to live the system's resolver does not tell. */
const UNTOLD = 60;

/** Seconds that "there is none" is kept (RFC 2308; the system's resolver does not tell the zone's own time). */
const NEGATIVE = 30;

/** The answers that mean: there is no such name, or none with such a record. */
const NONE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME', 'ENONAME']);

/**
 * The name servers of this machine, or those given (`address:port`), asked without a thread of their own, so that
 * nothing else waits for them.
 */
export function systemNameServer(servers?: readonly string[]): NameServer {
  const resolver = new Resolver({ timeout: TIMEOUT, tries: TRIES });
  if (servers) resolver.setServers(servers);
  return {
    naptr: (name) => found(async () => keepFor(UNTOLD, await resolver.resolveNaptr(name))),
    srv: (name) => found(async () => keepFor(UNTOLD, await resolver.resolveSrv(name))),
    addresses: (name, family) =>
      found(async () => {
        const answers = await (family === 4
          ? resolver.resolve4(name, { ttl: true })
          : resolver.resolve6(name, { ttl: true }));
        return keepFor(
          Math.min(...answers.map(({ ttl }) => ttl)),
          answers.map(({ address }) => address),
        );
      }),
    local: (name) =>
      found(async () => {
        const answers = await lookup(name, { all: true, order: 'ipv4first' });
        return keepFor(
          UNTOLD,
          answers.map(({ address }) => address).filter((address) => isIP(address) !== 0),
        );
      }),
  };
}

function keepFor<Kind>(ttl: number, records: readonly Kind[]): Found<Kind> {
  return { ttl, records };
}

async function found<Kind>(ask: () => Promise<Found<Kind>>): Promise<Found<Kind>> {
  try {
    return await ask();
  } catch (error) {
    if (NONE.has((error as NodeJS.ErrnoException).code ?? '')) return keepFor(NEGATIVE, []);
    throw error;
  }
}
