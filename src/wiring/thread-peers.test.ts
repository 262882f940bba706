import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { ThreadLost } from '../kit/remote.ts';
import { ThreadPeers } from './thread-peers.ts';

const noError = (error: unknown): void => assert.fail(String(error));

/** Two threads that know each other, and what each was told of the other. */
function pair(): { one: ThreadPeers; other: ThreadPeers; told: string[]; end: () => void } {
  const { port1, port2 } = new MessageChannel();
  const [one, other] = [new ThreadPeers(0, 2, noError), new ThreadPeers(1, 2, noError)];
  const told: string[] = [];
  for (const peers of [one, other]) {
    peers.onJoined((thread) => told.push(`${peers.self}: ${thread} joined`));
    peers.onLost((thread) => told.push(`${peers.self}: ${thread} lost`));
  }
  one.meet(1, port1);
  other.meet(0, port2);
  return { one, other, told, end: () => one.close() };
}

describe('threads at the ends of ports', () => {
  test('hear one another in order, once they are ready', async (t) => {
    const { one, other, told, end } = pair();
    t.after(end);
    one.ready();
    assert.deepEqual(told, ['0: 1 joined']);
    const heard: unknown[] = [];
    const last = Promise.withResolvers<void>();
    other.on('greeting', (word: string, from) => {
      heard.push([word, from]);
      if (word === 'last') last.resolve();
    });
    one.tell(1, 'greeting', 'first');
    one.tell(1, 'nobody listens to this', 'at all');
    one.tellAll('greeting', 'last');
    // An answer to what this thread asks does not wait until it is ready.
    one.on('question', (word: number) => word + 1);
    assert.equal(await other.ask(0, 'question', 1), 2);
    assert.deepEqual(heard, []);
    other.ready();
    await last.promise;
    assert.deepEqual(heard, [
      ['first', 0],
      ['last', 0],
    ]);
    assert.deepEqual(told, ['0: 1 joined', '1: 0 joined']);
  });

  test('who asks a thread that ends is told, and of the one that takes its place', async () => {
    const { one, other, told } = pair();
    one.ready();
    other.ready();
    other.on('question', () => new Promise(() => {}));
    const asked = one.ask(1, 'question', null);
    const lost = new Promise((resolve) => one.onLost(resolve));
    other.close();
    await assert.rejects(asked, ThreadLost);
    await lost;
    await assert.rejects(one.ask(1, 'question', null), ThreadLost);
    one.tell(1, 'question', 'missed');

    const { port1, port2 } = new MessageChannel();
    const successor = new ThreadPeers(1, 2, noError);
    one.meet(1, port1);
    successor.meet(0, port2);
    successor.ready();
    successor.on('question', () => Promise.reject(new Error('not today')));
    await assert.rejects(one.ask(1, 'question', null), { name: 'Error', message: 'not today' });
    assert.deepEqual(told, ['0: 1 joined', '1: 0 joined', '0: 1 lost', '0: 1 joined']);
    const closed = once(port2, 'close');
    one.close();
    await closed;
  });
});
