import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { answerAsks, Asker, ThreadLost } from './remote.ts';

function open(t: TestContext, carryOut: Parameters<typeof answerAsks>[1]): Asker {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const asker = new Asker(port1);
  port1.on('message', (word) => assert.ok(asker.hear(word)));
  answerAsks(port2, carryOut);
  return asker;
}

test('what is asked is carried out over there, each answered when it is done', async (t) => {
  const first = Promise.withResolvers<string>();
  const asker = open(t, async (method, args) => (method === 'wait' ? first.promise : args));
  const waiting = asker.ask('wait', []);
  assert.deepEqual(await asker.ask('echo', [1, { two: [2] }, null]), [1, { two: [2] }, null]);
  first.resolve('done');
  assert.equal(await waiting, 'done');
});

test('what is thrown over there rejects here, with its message; so does an answer that is no plain data', async (t) => {
  const asker = open(t, async (method) => {
    if (method === 'throw') throw new Error('the disk is full');
    return () => {};
  });
  await assert.rejects(asker.ask('throw', []), /the disk is full/);
  await assert.rejects(asker.ask('function', []), /could not be cloned/);
  await assert.rejects(asker.ask('echo', [() => {}]), /could not be cloned/);
});

test('a thread that ended answers nobody, neither who waits nor who comes', async (t) => {
  const asker = open(t, () => new Promise(() => {}));
  const waiting = asker.ask('wait', []);
  asker.lose();
  await assert.rejects(waiting, ThreadLost);
  await assert.rejects(asker.ask('wait', []), ThreadLost);
});

test('a word that is no answer is left to others', async () => {
  const { port1, port2 } = new MessageChannel();
  const asker = new Asker(port1);
  port2.postMessage({ kind: 'error', error: new Error('a fault') });
  const [word] = (await once(port1, 'message')) as [unknown];
  assert.equal(asker.hear(word), false);
  port1.close();
});
