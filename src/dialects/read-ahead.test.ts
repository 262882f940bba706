import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../kit/clock.ts';
import type { ListQuery } from '../ledger/ledger.ts';
import { openSqliteLedger } from '../ledger/sqlite.ts';
import { AHEAD, readAhead } from './read-ahead.ts';

const AUTHOR = { actor: 'test', dialect: 'd', operation: 'put', requestId: 'r' };

test('finds what the ledger finds, before and after the place where it begins, by one statement of a kind', async (t) => {
  const ledger = openSqliteLedger({ file: ':memory:', clock: systemClock });
  t.after(() => ledger.close());
  const ids = Array.from({ length: 1500 }, (_, index) => `id${String(index).padStart(4, '0')}`);
  // Before and after U+10000 in UTF-16 and in UTF-8.
  const writes = [...ids, '\u{ffee}', '\u{1f600}'].map((id) => ({
    key: { dialect: 'd', kind: 'a', id },
    body: { id },
  }));
  await ledger.commit(AUTHOR, writes);
  const lists: ListQuery[] = [];
  let gets = 0;
  const counting: Parameters<typeof readAhead>[0] = {
    get: (key) => ((gets += 1), ledger.get(key)),
    list: (query) => (lists.push(query), ledger.list(query)),
    any: (folder) => ledger.any(folder),
  };
  for (const after of [undefined, 'id0999', '\u{ffee}']) {
    lists.length = 0;
    const documents = readAhead(counting, after);
    for (const id of ['id0000', 'id0999', 'id1000', 'id1499', 'id1500', '\u{ffee}', '\u{1f600}', 'none'])
      for (const kind of ['a', 'b']) {
        const key = { dialect: 'd', kind, id };
        assert.deepEqual(await documents.get(key), await ledger.get(key), `${kind} ${id} after ${after}`);
      }
    assert.deepEqual(
      lists.map(({ kind }) => kind),
      ['a', 'b'],
    );
  }
  // A page that is there already is not read again.
  lists.length = 0;
  const page = await ledger.list({ dialect: 'd', kind: 'a', after: 'id0499', limit: AHEAD });
  const known = readAhead(counting, 'id0499', page);
  for (const id of ['id0000', 'id0500', 'id1499', '\u{1f600}', 'none']) {
    const key = { dialect: 'd', kind: 'a', id };
    assert.deepEqual(await known.get(key), await ledger.get(key), `${id} with a page`);
  }
  assert.deepEqual(lists, []);
  gets = 0;
  const documents = readAhead(counting, 'id0499');
  for (const id of ids.slice(500)) assert.equal((await documents.get({ dialect: 'd', kind: 'a', id }))?.id, id);
  assert.equal(gets, 0);
});
