import { FIRST, type Peers } from '../../kit/peers.ts';
import type { AddressOfRecord, Binding } from './binding.ts';
import { keyOf, type Bindings } from './bindings.ts';

/** Users that a thread which just came is told of at once; between them calls go on. */
const USERS_AT_ONCE = 200;

type UserBindings = readonly [of: AddressOfRecord, bindings: readonly Binding[]];

/** What FIRST tells the others. `all` comes in parts: who is in none of them is not registered. */
type Word =
  | { readonly kind: 'changed'; readonly user: UserBindings }
  | {
      readonly kind: 'all';
      readonly users: readonly UserBindings[];
      readonly isFirst: boolean;
      readonly isLast: boolean;
    };

/** Lets every thread know who is registered where. FIRST's are the registrations; those of the others follow them. */
export function shareBindings(bindings: Bindings, peers: Peers): void {
  if (peers.count === 1) return;
  if (peers.self === FIRST) tellBindings(bindings, peers);
  else followBindings(bindings, peers);
}

function tellBindings(bindings: Bindings, peers: Peers): void {
  bindings.onChange = (of, its) => peers.tellAll('bindings', { kind: 'changed', user: [of, its] } satisfies Word);
  const tellAllTo = async (thread: number): Promise<void> => {
    const all = bindings.byUser();
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      // Each as it is now, with its changes behind: so what is told in parts is right as a whole.
      const users = takeFrom(all, USERS_AT_ONCE);
      isLast = users.length < USERS_AT_ONCE;
      await peers.ask(thread, 'bindings', { kind: 'all', users, isFirst, isLast } satisfies Word);
    }
  };
  // One that ends meanwhile needs no more.
  peers.onJoined((thread) => void tellAllTo(thread).catch(() => {}));
}

function followBindings(bindings: Bindings, peers: Peers): void {
  /** Who was registered before FIRST began to tell of all, and was not named since. */
  const unnamed = new Map<string, AddressOfRecord>();
  const take = ([of, its]: UserBindings): void => {
    unnamed.delete(keyOf(of));
    bindings.replace(of, its);
  };
  peers.on('bindings', (word: Word) => {
    if (word.kind === 'changed') return take(word.user);
    if (word.isFirst) {
      unnamed.clear();
      for (const [of] of bindings.byUser()) unnamed.set(keyOf(of), of);
    }
    word.users.forEach(take);
    if (!word.isLast) return;
    for (const of of unnamed.values()) bindings.replace(of, []);
    unnamed.clear();
  });
}

/** The next values of an iterator, `most` of them, which goes on behind them. */
function takeFrom<Value>(iterator: Iterator<Value>, most: number): Value[] {
  const values: Value[] = [];
  while (values.length < most) {
    const { done, value } = iterator.next();
    if (done) break;
    values.push(value);
  }
  return values;
}
