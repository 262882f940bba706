import { parseAddress } from '../../kit/ip.ts';
import { listenerKey, type Listener } from '../border.ts';
import type { RequestAttempt } from '../attempt.ts';
import type { Rulebook } from '../rulebook.ts';
import type { Trunk } from '../trunk.ts';
import { pass, refuse, type Outcome } from './context.ts';

export interface Identified {
  readonly trunk: Trunk | null;
  readonly outcome: Outcome;
}

/**
 * The trunk that a customer's request belongs to: by the listener where it is bound to one; by the certificate of the
 * sender; else by the host of the Request-URI; when that is the edge's own
 * address (a phone that was given an address instead of a name), by the host of To, then of From; then the only
 * trunk whose source list holds the sender.
 */
export function identify(rulebook: Rulebook, attempt: RequestAttempt): Identified {
  const { requestUri, addressedToEdge, toHost, fromHost, source } = attempt;
  const listener = listenerOf(rulebook, attempt);
  if (listener) {
    const trunk = rulebook.trunk(listener.trunk) ?? null;
    return { trunk, outcome: pass(`${listenerKey(listener)} is a listener of ${listener.trunk}`, listener.rule) };
  }
  const named = rulebook.trunkByHost(requestUri.host);
  const certified = source.names && rulebook.trunkByCertificate(source.names);
  // Premises call the name of the place that they belong to.
  if (certified && (named ? named.account === certified.account : addressedToEdge))
    return {
      trunk: certified,
      outcome: pass(`the certificate names ${certified.termination?.certificates?.names.join()}`),
    };
  if (named) {
    // Premises whose certificate is another than their trunk's are taken for a telephone without a password.
    const unknown = source.names ? `; no trunk is known by the certificate of ${source.names.slice(0, 3).join()}` : '';
    return { trunk: named, outcome: pass(`the Request-URI names ${requestUri.host}${unknown}`) };
  }
  if (!addressedToEdge) return { trunk: null, outcome: unknownHost(rulebook, requestUri.host, source.address) };
  const byTo = toHost === null ? undefined : rulebook.trunkByHost(toHost);
  if (byTo) return { trunk: byTo, outcome: pass(`To names ${toHost}`) };
  const byFrom = fromHost === null ? undefined : rulebook.trunkByHost(fromHost);
  if (byFrom) return { trunk: byFrom, outcome: pass(`From names ${fromHost}`) };
  return identifyBySource(rulebook, source.address);
}

/** The listener of a border that a request came in by. */
export function listenerOf(rulebook: Rulebook, { source }: Pick<RequestAttempt, 'source'>): Listener | undefined {
  // A gate without borders pays nothing for them here.
  if (!rulebook.hasListeners || !source.local) return undefined;
  return rulebook.listener(listenerKey({ transport: source.transport, ...source.local }));
}

function identifyBySource(rulebook: Rulebook, source: string): Identified {
  const address = parseAddress(source);
  const trunks = address ? rulebook.trunksBySource(address) : [];
  const [trunk] = trunks;
  if (trunk && trunks.length === 1) {
    return { trunk, outcome: pass(`the source list of ${trunk.id} alone holds ${source}`) };
  }
  const remedy = 'name the trunk: put its host name into the Request-URI, To or From';
  if (trunks.length > 1) {
    const names = trunks.map((other) => other.id).join(', ');
    return {
      trunk: null,
      outcome: refuse('ambiguous-source', `${source} is in the source lists of ${names}`, undefined, remedy),
    };
  }
  return { trunk: null, outcome: refuse('unknown-source', `${source} is in no source list`, undefined, remedy) };
}

/** Only a sender that some trunk knows is told that the name is wrong: to others no name may look different from another. */
function unknownHost(rulebook: Rulebook, host: string, source: string): Outcome {
  const address = parseAddress(source);
  const known = address !== undefined && rulebook.trunksBySource(address).length > 0;
  const remedy = 'call the host name that the trunk was given when it was created';
  return refuse(known ? 'unknown-host' : 'unknown-source', `no trunk is named ${host}`, undefined, remedy);
}
