import type { Peers } from './peers.ts';
import { ThreadLost } from './remote.ts';

/** Asks all other threads the same; resolves to what those answered that did not end meanwhile. */
export async function askOthers(peers: Peers, topic: string, word: unknown): Promise<unknown[]> {
  const asked: Promise<unknown[]>[] = [];
  for (let thread = 0; thread < peers.count; thread += 1)
    if (thread !== peers.self) asked.push(peers.ask(thread, topic, word).then((answer) => [answer], noneWhenLost));
  return (await Promise.all(asked)).flat();
}

function noneWhenLost(error: unknown): [] {
  if (error instanceof ThreadLost) return [];
  throw error;
}
