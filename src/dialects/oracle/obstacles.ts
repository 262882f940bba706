import { listenerKey, type Listener } from '../../rulebook/border.ts';
import type { View } from '../../ledger/mutate.ts';
import { compileBorder } from './compile-border.ts';
import { readConfiguration } from './documents.ts';

/** Finds out, without opening any, which listeners could not be opened and why; those that are open are none of them. */
export type ListenerCheck = (
  wanted: readonly Listener[],
) => Promise<
  readonly { readonly listener: Pick<Listener, 'transport' | 'address' | 'port'>; readonly cause: string }[]
>;

/** What would keep the saved configuration from being carried out, one line each: ports in use, addresses of others. */
export async function obstaclesOf(view: Pick<View, 'list'>, check: ListenerCheck): Promise<string[]> {
  const { listeners } = compileBorder(await readConfiguration(view, 'saved'));
  const found = await check(listeners);
  return found.map(({ listener, cause }) => {
    const { rule } = listeners.find((each) => listenerKey(each) === listenerKey(listener)) ?? {};
    return `${rule?.resource ?? 'sip-port'}: cannot listen on ${listenerKey(listener)}: ${cause}`;
  });
}
