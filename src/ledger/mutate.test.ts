import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../kit/clock.ts';
import type { Author, Ledger } from './ledger.ts';
import { mutate } from './mutate.ts';
import { openSqliteLedger } from './sqlite.ts';

const author: Author = { actor: 'alice', dialect: 'acme', operation: 'Count', requestId: 'request-1' };
const key = { dialect: 'acme', kind: 'counter', id: 'one' };

/** A ledger whose losers hear of it late, when the winner is off again: as over a network. */
function slowToRefuse(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async commit(...arguments_) {
      try {
        return await ledger.commit(...arguments_);
      } catch (error) {
        await new Promise(setImmediate);
        throw error;
      }
    },
  };
}

function increment(ledger: Ledger): Promise<void> {
  return mutate(ledger, author, async (view) => {
    const count = Number((await view.get(key))?.body['count'] ?? 0) + 1;
    return { writes: [{ key, body: { count } }], result: undefined };
  });
}

test('winners that start again at once do not starve the losers', async () => {
  const ledger = slowToRefuse(openSqliteLedger({ file: ':memory:', clock: new ManualClock() }));
  const restless = async (): Promise<void> => {
    for (let n = 0; n < 30; n += 1) await increment(ledger);
  };
  await Promise.all([restless(), restless(), restless()]);
  assert.deepEqual((await ledger.get(key))?.body, { count: 90 });
  await ledger.close();
});

test('mutations of different ledgers do not wait for one another', async () => {
  const clock = new ManualClock();
  const [one, other] = [openSqliteLedger({ file: ':memory:', clock }), openSqliteLedger({ file: ':memory:', clock })];
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
  let tries = 0;
  const held = mutate(one, author, async (view) => {
    await view.get(key);
    tries += 1;
    if (tries === 1) await one.commit(author, [{ key, body: { taken: true } }]);
    else await hold;
    return { writes: [{ key, body: { held: true } }], result: undefined };
  });
  await Promise.all([increment(other), increment(other), increment(other)]);
  assert.deepEqual((await other.get(key))?.body, { count: 3 });
  letGo();
  await held;
  assert.deepEqual((await one.get(key))?.body, { held: true });
  await Promise.all([one.close(), other.close()]);
});
