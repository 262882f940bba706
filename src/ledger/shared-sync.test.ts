import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SharedSync } from './shared-sync.ts';

/** Syncs that end when they are told to. */
class Disk {
  readonly begun: PromiseWithResolvers<void>[] = [];
  readonly log = new SharedSync(() => {
    const sync = Promise.withResolvers<void>();
    this.begun.push(sync);
    return sync.promise;
  });
}

async function isPending(promise: Promise<void>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'turn'));
  return (await Promise.race([promise, turn])) === 'turn';
}

describe('shared sync', () => {
  test('who asks while one runs waits for another, which all of them share', async () => {
    const { begun, log } = new Disk();
    const first = log.synced();
    const others = [log.synced(), log.synced()];
    assert.equal(begun.length, 1);
    begun[0]?.resolve();
    await first;
    const late = log.synced();
    assert.equal(begun.length, 2);
    for (const other of others) assert.ok(await isPending(other));
    begun[1]?.resolve();
    await Promise.all(others);
    assert.ok(await isPending(late));
    begun[2]?.resolve();
    await late;
    assert.equal(begun.length, 3);
  });

  test('one that fails fails all that wait, and all later ones', async () => {
    const { begun, log } = new Disk();
    const first = log.synced();
    const second = log.synced();
    log.check();
    begun[0]?.reject(new Error('EIO'));
    await assert.rejects(first, /disk failed/);
    await assert.rejects(second, /disk failed/);
    await assert.rejects(log.synced(), /disk failed/);
    assert.throws(() => log.check(), /disk failed/);
    assert.equal(begun.length, 1);
  });
});
