import type { Target } from '../rulebook/decide/decision.ts';
import type { Route } from '../rulebook/route.ts';
import type { Rulebook } from '../rulebook/rulebook.ts';
import type { Registration, Trunk } from '../rulebook/trunk.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { hopOf, type Hop } from '../sip/resolve.ts';
import { ENCRYPTED, type TransportName } from '../sip/transport/transport.ts';
import { parseUri } from '../sip/uri.ts';
import type { CredentialFinder } from './credential-finder.ts';
import { inOrder, type Binding } from './registrar/binding.ts';
import type { Bindings } from './registrar/bindings.ts';

/** One place to try for a call: a route of the rulebook, or where a telephone is registered. */
export interface Place extends Omit<Target, 'route'> {
  /** A telephone has transports that nobody provisions. */
  readonly route: Omit<Route, 'transport'> & { readonly transport: TransportName | null };
  /** Named by the 302 of a customer's gateway, not by a rule. */
  readonly redirected?: boolean;
  /** Of a registered telephone. */
  readonly binding: Binding | null;
}

/** Finds the places behind the targets of a decision, at the time of the call. */
export class Places {
  readonly #rulebook: Rulebook;
  readonly #bindings: Bindings;
  readonly #credentials: CredentialFinder;

  constructor(parts: { rulebook: Rulebook; bindings: Bindings; credentials: CredentialFinder }) {
    this.#rulebook = parts.rulebook;
    this.#bindings = parts.bindings;
    this.#credentials = parts.credentials;
  }

  /** In the order of the targets; none when the only targets are users who are not registered. */
  of(targets: readonly Target[]): Place[] | Promise<Place[]> {
    const found = targets.map((target) => this.#behind(target));
    const known = found.filter((places) => Array.isArray(places));
    return known.length === found.length ? known.flat() : inTurn(found);
  }

  #behind(target: Target): Place[] | Promise<Place[]> {
    const { route } = target;
    if (route) return [{ ...target, route, binding: null }];
    const trunk = this.#rulebook.trunk(target.trunk);
    // Who registered through a border is known to its registrar.
    if (trunk?.realm) return this.#contacts(target, trunk, trunk.realm);
    if (!trunk?.registration) return [];
    const { registration } = trunk;
    // A user who was deleted is called no more, whatever telephone is still registered.
    const known = this.#credentials.find(trunk.id, registration.digest.credentialSets, target.user);
    if (known instanceof Promise)
      return known.then(({ length }) => (length > 0 ? this.#contacts(target, trunk, registration) : []));
    return known.length > 0 ? this.#contacts(target, trunk, registration) : [];
  }

  #contacts(target: Target, trunk: Trunk, { rule }: Pick<Registration, 'rule'>): Place[] {
    return inOrder(this.#bindings.of(target)).flatMap((binding, index): Place[] => {
      const hop = hopTo(binding);
      // The trunk may have come to require encryption since.
      if (!hop || (trunk.encryption.required && !ENCRYPTED.has(hop.transport))) return [];
      return [{ ...target, binding, route: { ...hop, priority: index + 1, weight: 1, rule } }];
    });
  }
}

async function inTurn(found: readonly (Place[] | Promise<Place[]>)[]): Promise<Place[]> {
  const places: Place[] = [];
  for (const some of found) places.push(...(await some));
  return places;
}

function hopTo({ flow, path, contact }: Binding): (Omit<Hop, 'transport'> & { transport: TransportName }) | undefined {
  if (flow) return { host: flow.address, port: flow.port, transport: flow.transport };
  const [first] = path;
  const uri = parseUri(first === undefined ? contact : (parseNameAddr(first)?.uri ?? ''));
  return uri && hopOf(uri);
}
