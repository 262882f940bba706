import { createHmac } from 'node:crypto';
import { Recent } from '../../kit/recent.ts';
import type { PeerFlow } from '../route-token.ts';
import type { AddressOfRecord, Binding } from './binding.ts';
import { MOST_USERS, type Bindings } from './bindings.ts';

/** Bytes of the name that a telephone goes by at its registrar: beyond guessing, short enough for a URI. */
const NAME_BYTES = 12;

type Relayed = NonNullable<Binding['relayed']>;

/** The telephones that registered elsewhere through this gate, each under a name of its own. */
export class RelayedTelephones {
  readonly #bindings: Bindings;
  readonly #key: Buffer;
  /** Under which name telephones were last heard from a place, and the trunk of a name. */
  readonly #bySource = new Recent<string, AddressOfRecord>(MOST_USERS);
  readonly #byName = new Recent<string, AddressOfRecord>(MOST_USERS);

  constructor(bindings: Bindings, key: Buffer) {
    this.#bindings = bindings;
    this.#key = key;
    for (const { of, binding } of bindings.all()) if (binding.relayed) this.#index(of, binding.relayed);
  }

  /** The name of a telephone: the same as long as it registers the same contact, from behind a NAT of the same address. */
  nameOf(trunk: string, addressOfRecord: string, contact: string, nat: PeerFlow | null): AddressOfRecord {
    const text = JSON.stringify([trunk, addressOfRecord, contact, nat?.address ?? null]);
    return {
      trunk,
      user: createHmac('sha256', this.#key)
        .update(text)
        .digest('hex')
        .slice(0, 2 * NAME_BYTES),
    };
  }

  /** The telephone that goes by a name; undefined when none is registered under it. */
  named(user: string | null): AddressOfRecord | undefined {
    const of = user === null ? undefined : this.#byName.get(user);
    return of && this.bindingOf(of) && of;
  }

  /** Whether a telephone that is registered through the trunk sends from there. */
  isRegistered(trunk: string, source: Pick<PeerFlow, 'address' | 'port'> & { readonly transport: string }): boolean {
    const of = this.#bySource.get(sourceKey(trunk, source));
    return of !== undefined && this.bindingOf(of) !== undefined;
  }

  bindingOf(of: AddressOfRecord): Binding | undefined {
    return this.#bindings.of(of)[0];
  }

  hasRoomFor(of: AddressOfRecord): boolean {
    return this.#bindings.hasRoomFor(of);
  }

  /** Its registrar took it. Throws when that cannot be stored, and then nothing has changed. */
  put(of: AddressOfRecord, binding: Binding & { readonly relayed: Relayed }): void {
    this.#bindings.replace(of, [binding]);
    this.#index(of, binding.relayed);
  }

  remove(of: AddressOfRecord): void {
    if (this.bindingOf(of)) this.#bindings.replace(of, []);
  }

  /** Its registrar forgot every contact of somebody. */
  removeAll(trunk: string, addressOfRecord: string): void {
    const gone = [...this.#bindings.all()].filter(
      ({ of, binding }) => of.trunk === trunk && binding.relayed?.addressOfRecord === addressOfRecord,
    );
    for (const { of } of gone) this.remove(of);
  }

  #index(of: AddressOfRecord, { source }: Relayed): void {
    this.#byName.set(of.user, of);
    this.#bySource.set(sourceKey(of.trunk, source), of);
  }
}

function sourceKey(
  trunk: string,
  { transport, address, port }: { transport: string; address: string; port: number },
): string {
  return `${trunk} ${transport} ${address} ${port}`;
}
