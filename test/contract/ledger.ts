import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { FollowerErrorHandler } from '../../src/ledger/feed.ts';
import {
  RevisionConflict,
  type Author,
  type DocumentKey,
  type Guard,
  type JsonObject,
  type Ledger,
  type Revision,
  type Write,
} from '../../src/ledger/ledger.ts';
import { mutate } from '../../src/ledger/mutate.ts';

/** A place that keeps one ledger's data, so that it can be closed and opened again. */
export interface LedgerPlace {
  open(onError?: FollowerErrorHandler): Promise<Ledger>;
  remove(): Promise<void>;
}

type Body = (ledger: Ledger, place: LedgerPlace) => Promise<void>;

const author: Author = { actor: 'alice', dialect: 'acme', operation: 'PutThing', requestId: 'request-1' };

/** Ids that trip naive orderings and encodings. */
const ODD_IDS = [
  'a',
  'a\0',
  'a\0b',
  'A',
  'é',
  'e\u0301',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\ud7ff',
  '\ue000',
  '%',
  '_',
  "'",
  '',
  ' ',
];

function key(id: string, kind = 'thing', dialect = 'acme'): DocumentKey {
  return { dialect, kind, id };
}

function put(id: string, body: JsonObject = { id }, kind = 'thing', dialect = 'acme'): Write {
  return { key: key(id, kind, dialect), body };
}

function remove(id: string): Write {
  return { key: key(id), body: null };
}

function exact(id: string, revision: number): Guard {
  return { ...key(id), match: 'exact', revision };
}

function prefix(id: string, revision: number): Guard {
  return { ...key(id), match: 'prefix', revision };
}

function inByteOrder(ids: Iterable<string>): string[] {
  return [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function idsOf(
  ledger: Ledger,
  query: { prefix?: string; after?: string; limit?: number } = {},
): Promise<string[]> {
  return (await ledger.list({ dialect: 'acme', kind: 'thing', ...query })).map(({ id }) => id);
}

async function increment(ledger: Ledger, id = 'counter'): Promise<number> {
  return mutate(ledger, author, async (view) => {
    const count = Number((await view.get(key(id)))?.body['count'] ?? 0) + 1;
    return { writes: [put(id, { count })], result: count };
  });
}

/** What every ledger must do, whatever it stands on. */
export function ledgerContract(name: string, makePlace: () => Promise<LedgerPlace>): void {
  function check(title: string, body: Body): void {
    test(title, async () => {
      const place = await makePlace();
      const ledger = await place.open();
      try {
        await body(ledger, place);
      } finally {
        await ledger.close();
        await place.remove();
      }
    });
  }

  describe(`${name}: documents`, () => {
    check('an empty ledger stands at revision 0', async (ledger) => {
      assert.equal(await ledger.revision(), 0);
      assert.equal(await ledger.get(key('a')), null);
      assert.deepEqual(await ledger.list({ dialect: 'acme', kind: 'thing' }), []);
      assert.deepEqual(await ledger.revisionsAfter(0, 10), []);
    });

    check('a document comes back as it was put, with the revision that wrote it', async (ledger) => {
      const body = { text: 'é\u{1f600}\0"\\', none: null, yes: true, n: -0.5, list: [1, [], {}], deep: { deep: {} } };
      assert.equal(await ledger.commit(author, [put('a', body)]), 1);
      assert.equal(await ledger.commit(author, [put('b')]), 2);
      assert.deepEqual(await ledger.get(key('a')), { ...key('a'), body, revision: 1 });
      assert.equal(await ledger.revision(), 2);
    });

    check('a document is replaced, deleted and made again', async (ledger) => {
      await ledger.commit(author, [put('a', { n: 1 })]);
      await ledger.commit(author, [put('a', { n: 2 })]);
      assert.deepEqual(await ledger.get(key('a')), { ...key('a'), body: { n: 2 }, revision: 2 });
      await ledger.commit(author, [remove('a')]);
      assert.equal(await ledger.get(key('a')), null);
      assert.deepEqual(await idsOf(ledger), []);
      await ledger.commit(author, [put('a', { n: 3 })]);
      assert.equal((await ledger.get(key('a')))?.revision, 4);
    });

    check('the same id in another kind or dialect is another document', async (ledger) => {
      await ledger.commit(author, [
        put('a', { n: 1 }),
        put('a', { n: 2 }, 'other'),
        put('a', { n: 3 }, 'thing', 'zenith'),
      ]);
      assert.deepEqual((await ledger.get(key('a')))?.body, { n: 1 });
      assert.deepEqual((await ledger.get(key('a', 'other')))?.body, { n: 2 });
      assert.deepEqual((await ledger.get(key('a', 'thing', 'zenith')))?.body, { n: 3 });
      assert.deepEqual(await idsOf(ledger), ['a']);
    });

    check('what happens to the object after the call changes nothing', async (ledger) => {
      const body: JsonObject = { n: 1 };
      const writes = [put('a', body)];
      const done = ledger.commit(author, writes);
      body['n'] = 2;
      writes.push(put('b'));
      await done;
      assert.deepEqual((await ledger.get(key('a')))?.body, { n: 1 });
      assert.equal(await ledger.get(key('b')), null);
    });

    check('what happens to a body that was read changes nothing', async (ledger) => {
      await ledger.commit(author, [put('a', { deep: { n: [1] } })]);
      const deep = (await ledger.get(key('a')))?.body['deep'] as { n: number[] };
      for (const meddle of [() => void deep.n.push(2), () => void (deep.n = [])])
        try {
          meddle();
        } catch (error) {
          assert.ok(error instanceof TypeError, 'the ledger may refuse it, too');
        }
      assert.deepEqual((await ledger.get(key('a')))?.body, { deep: { n: [1] } });
      await ledger.commit(author, [put('a', { deep: { n: [3] } })]);
      assert.deepEqual((await ledger.revisionsAfter(1, 1))[0]?.changes[0]?.before, { deep: { n: [1] } });
    });

    check('a member named __proto__ is a member like any other', async (ledger) => {
      const body = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as JsonObject;
      await ledger.commit(author, [put('__proto__', body)]);
      assert.equal(JSON.stringify((await ledger.get(key('__proto__')))?.body), '{"__proto__":{"x":1},"constructor":2}');
    });

    check('a body of megabytes is kept', async (ledger) => {
      const body = { text: 'ü'.repeat(4_000_000), list: Array.from({ length: 10_000 }, (_, n) => ({ n })) };
      await ledger.commit(author, [put('big', body)]);
      assert.deepEqual((await ledger.get(key('big')))?.body, body);
      assert.deepEqual((await ledger.revisionsAfter(0, 1))[0]?.changes[0]?.after, body);
    });

    check('odd ids stay apart', async (ledger) => {
      await ledger.commit(
        author,
        ODD_IDS.map((id) => put(id, { id })),
      );
      for (const id of ODD_IDS) assert.deepEqual((await ledger.get(key(id)))?.body, { id });
      assert.deepEqual(await idsOf(ledger), inByteOrder(ODD_IDS));
      for (const id of ODD_IDS)
        assert.deepEqual(
          await idsOf(ledger, { after: id, limit: 1 }),
          inByteOrder(ODD_IDS)
            .slice(inByteOrder(ODD_IDS).indexOf(id) + 1)
            .slice(0, 1),
        );
    });

    check('an id that has no UTF-8 is refused, and nothing of its commit is written', async (ledger) => {
      await assert.rejects(ledger.commit(author, [put('a'), put('\ud800')]), TypeError);
      assert.equal(await ledger.revision(), 0);
    });
  });

  describe(`${name}: lists`, () => {
    check('pages by prefix and the last id seen', async (ledger) => {
      const ids = ['a', 'b', 'b/', 'b/1', 'b/10', 'b/2', 'b/\u{10ffff}', 'b0', 'c'];
      await ledger.commit(
        author,
        ids.toReversed().map((id) => put(id)),
      );
      assert.deepEqual(await idsOf(ledger), ids);
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/' }), ['b/', 'b/1', 'b/10', 'b/2', 'b/\u{10ffff}']);
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/', limit: 2 }), ['b/', 'b/1']);
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/', after: 'b/1', limit: 2 }), ['b/10', 'b/2']);
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/', after: 'b/2' }), ['b/\u{10ffff}']);
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/', after: 'a' }), await idsOf(ledger, { prefix: 'b/' }));
      assert.deepEqual(await idsOf(ledger, { prefix: 'b/', after: 'c' }), []);
      assert.deepEqual(await idsOf(ledger, { after: 'b/nothing here' }), ['b/\u{10ffff}', 'b0', 'c']);
      assert.deepEqual(await idsOf(ledger, { limit: 0 }), []);
    });

    check('agrees with a plain map under any writes, prefixes and pages', async (ledger) => {
      const id = fc.oneof(
        fc.constantFrom(...ODD_IDS),
        fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u{10ffff}'), maxLength: 4 }),
      );
      const step = fc.record({
        id,
        body: fc.option(
          fc.nat(3).map((n) => ({ n })),
          { freq: 3 },
        ),
      });
      const query = fc.record({ prefix: id, after: id, limit: fc.nat(5) }, { requiredKeys: [] });
      const model = new Map<string, JsonObject>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 6 }),
          query,
          async (steps, { prefix: begin = '', after, limit }) => {
            for (const { id: where, body } of steps) {
              if (body) model.set(where, body);
              else model.delete(where);
            }
            await ledger.commit(
              author,
              steps.map(({ id: where, body }) => ({ key: key(where), body })),
            );
            const expected = inByteOrder(model.keys())
              .filter((each) => each.startsWith(begin))
              .filter((each) => after === undefined || Buffer.compare(Buffer.from(each), Buffer.from(after)) > 0)
              .slice(0, limit);
            const found = await ledger.list({ dialect: 'acme', kind: 'thing', prefix: begin, after, limit });
            assert.deepEqual(
              found.map((document) => [document.id, document.body]),
              expected.map((each) => [each, model.get(each)]),
            );
            const any = await ledger.any({ dialect: 'acme', kind: 'thing', prefix: begin });
            assert.equal(
              any,
              [...model.keys()].some((each) => each.startsWith(begin)),
            );
          },
        ),
        { numRuns: 150 },
      );
    });
  });

  describe(`${name}: commits`, () => {
    check('a commit is one revision with every change, before and after', async (ledger) => {
      await ledger.commit(author, [put('a', { n: 1 }), put('b', { n: 1 }), put('same', { n: 1 })]);
      const number = await ledger.commit({ ...author, actor: 'bob', requestId: 'request-2' }, [
        put('c', { n: 2 }),
        remove('b'),
        put('a', { n: 2 }),
        put('same', { n: 1 }),
        remove('never there'),
      ]);
      const [revision, ...rest] = await ledger.revisionsAfter(1, 10);
      assert.deepEqual(rest, []);
      assert.deepEqual(
        { ...revision, at: typeof revision?.at },
        {
          number,
          at: 'number',
          actor: 'bob',
          dialect: 'acme',
          operation: 'PutThing',
          requestId: 'request-2',
          changes: [
            { key: key('c'), before: null, after: { n: 2 } },
            { key: key('b'), before: { n: 1 }, after: null },
            { key: key('a'), before: { n: 1 }, after: { n: 2 } },
          ],
        },
      );
      assert.equal((await ledger.get(key('same')))?.revision, 1, 'an untouched document keeps its revision');
    });

    check('writes that change nothing make no revision', async (ledger) => {
      await ledger.commit(author, [put('a', { x: 1, y: { p: [1, 2], q: 2 } })]);
      assert.equal(await ledger.commit(author, [put('a', { y: { q: 2, p: [1, 2] }, x: 1 })]), 1);
      assert.equal(await ledger.commit(author, [remove('b')]), 1);
      assert.equal(await ledger.commit(author, []), 1);
      assert.equal(await ledger.revision(), 1);
      assert.equal((await ledger.revisionsAfter(0, 10)).length, 1);
      assert.equal(await ledger.commit(author, [put('a', { x: 1, y: { p: [2, 1], q: 2 } })]), 2);
    });

    check('of several writes to one document the last counts', async (ledger) => {
      await ledger.commit(author, [put('a', { n: 1 }), put('a', { n: 2 }), put('b'), remove('b')]);
      const [revision] = await ledger.revisionsAfter(0, 10);
      assert.deepEqual(revision?.changes, [{ key: key('a'), before: null, after: { n: 2 } }]);
    });

    check('commits at once each get their own revision, in the order they were called', async (ledger) => {
      const numbers = await Promise.all(Array.from({ length: 600 }, (_, n) => ledger.commit(author, [put(`${n}`)])));
      assert.deepEqual(
        numbers,
        Array.from({ length: 600 }, (_, n) => n + 1),
      );
      const revisions = await ledger.revisionsAfter(0, 1000);
      assert.deepEqual(
        revisions.map(({ number, changes }) => [number, changes.length, changes[0]?.key.id]),
        numbers.map((n) => [n, 1, `${n - 1}`]),
      );
    });

    check('a commit that fails leaves those beside it whole', async (ledger) => {
      const unreadable = {
        get n(): number {
          throw new Error('unreadable');
        },
      };
      const results = await Promise.allSettled([
        ledger.commit(author, [put('a')]),
        ledger.commit(author, [put('b'), put('c', unreadable)]),
        ledger.commit(author, [put('d'), put('e')], [exact('a', 0)]),
        ledger.commit(author, [put('f')], [exact('d', 0)]),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await idsOf(ledger), ['a', 'f']);
      assert.deepEqual(
        (await ledger.revisionsAfter(0, 10)).map(({ number }) => number),
        [1, 2],
      );
    });
  });

  describe(`${name}: guards`, () => {
    async function refused(ledger: Ledger, guard: Guard): Promise<void> {
      const before = await ledger.revision();
      await assert.rejects(ledger.commit(author, [put('never'), remove('a')], [guard]), (error) => {
        assert.ok(error instanceof RevisionConflict);
        assert.deepEqual({ ...error.guard }, guard);
        return true;
      });
      assert.equal(await ledger.revision(), before);
      assert.equal(await ledger.get(key('never')), null);
    }

    check('an exact guard sees puts, deletes and births of its document only', async (ledger) => {
      await ledger.commit(author, [put('a', { n: 1 })]);
      await ledger.commit(author, [
        put('a', { n: 2 }),
        put('ab'),
        put('a', {}, 'other'),
        put('a', {}, 'thing', 'zenith'),
      ]);
      await refused(ledger, exact('a', 1));
      await refused(ledger, exact('ab', 0));
      await refused(ledger, exact('ab', 1));
      await ledger.commit(author, [remove('a')], [exact('a', 2)]);
      await refused(ledger, exact('a', 2));
      await ledger.commit(author, [put('x', { n: 1 })], [exact('a', 3), exact('', 0), exact('abc', 0)]);
    });

    check('a prefix guard sees puts, deletes and phantoms below it, and nothing else', async (ledger) => {
      await ledger.commit(author, [put('p/1'), put('p/2'), put('q/1')]);
      await ledger.commit(author, [put('p', {}), put('p0', {}), put('q/2'), put('p/9', {}, 'other')]);
      await ledger.commit(author, [put('ok', { n: 1 })], [prefix('p/', 1), prefix('q/1', 1)]);
      await refused(ledger, prefix('q/', 1));
      await ledger.commit(author, [put('p/3')]);
      await refused(ledger, prefix('p/', 3));
      await refused(ledger, prefix('p', 3));
      await refused(ledger, prefix('', 3));
      await ledger.commit(author, [remove('p/1')]);
      await refused(ledger, prefix('p/', 4));
      await refused(ledger, prefix('p/1', 4));
      await ledger.commit(author, [put('ok', { n: 2 })], [prefix('p/', 5), prefix('p/2', 1)]);
    });

    check('a guard holds in a commit without writes', async (ledger) => {
      await ledger.commit(author, [put('a')]);
      await assert.rejects(ledger.commit(author, [], [exact('a', 0)]), RevisionConflict);
      assert.equal(await ledger.commit(author, [], [exact('a', 1)]), 1);
    });

    check('an old guard holds and fails as a young one, in another life of the ledger too', async (ledger, place) => {
      await ledger.commit(author, [put('a', { n: 1 }), put('p/1'), put('gone')]);
      await ledger.commit(author, [put('a', { n: 2 }), put('p/2'), remove('gone')]);
      await ledger.commit(
        author,
        Array.from({ length: 3000 }, (_, n) => put(`${n}`)),
      );
      const hold = async (one: Ledger): Promise<void> => {
        for (const guard of [exact('a', 1), exact('gone', 1), prefix('p/', 1), prefix('', 1)])
          await refused(one, guard);
        const guards = [exact('a', 2), exact('gone', 2), exact('p', 0), prefix('p/', 2), prefix('q', 0)];
        await one.commit(author, [put('a', { n: 2 })], guards);
      };
      await hold(ledger);
      await ledger.close();
      const again = await place.open();
      await hold(again);
      await again.close();
    });

    check('of commits at once under one guard exactly one wins', async (ledger) => {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => ledger.commit(author, [put('a', { n })], [exact('a', 0)])),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(await ledger.revision(), 1);
    });
  });

  describe(`${name}: feed`, () => {
    check('replays from any revision, page by page', async (ledger) => {
      for (let n = 1; n <= 7; n += 1) await ledger.commit(author, [put('a', { n })]);
      const all = await ledger.revisionsAfter(0, 100);
      assert.deepEqual(
        all.map(({ number }) => number),
        [1, 2, 3, 4, 5, 6, 7],
      );
      assert.deepEqual(await ledger.revisionsAfter(3, 2), all.slice(3, 5));
      assert.deepEqual(await ledger.revisionsAfter(7, 10), []);
      assert.deepEqual(await ledger.revisionsAfter(99, 10), []);
      for (const [index, { changes }] of all.entries()) {
        assert.deepEqual(changes[0]?.before, index === 0 ? null : { n: index });
        assert.deepEqual(changes[0]?.after, { n: index + 1 });
      }
    });

    check('a follower ahead is handed the next revision before it is done, and commits wait for it', async (ledger) => {
      const heard: number[] = [];
      const done = Promise.withResolvers<void>();
      const second = Promise.withResolvers<void>();
      ledger.follow(
        ({ number }) => {
          heard.push(number);
          if (number === 2) second.resolve();
          return done.promise;
        },
        { ahead: true },
      );
      let resolved = 0;
      const commits = [1, 2].map((n) => ledger.commit(author, [put('a', { n })]).then(() => (resolved += 1)));
      await second.promise;
      assert.deepEqual(heard, [1, 2]);
      assert.equal(resolved, 0);
      done.resolve();
      await Promise.all(commits);
      assert.equal(resolved, 2);
    });

    check('followers hear each revision in order before its commit resolves', async (ledger) => {
      const heard: Revision[] = [];
      ledger.follow((revision) => {
        heard.push(revision);
      });
      const commits = Array.from({ length: 40 }, async (_, n) => {
        const number = await ledger.commit(author, [put('a', { n }), put(`${n}`)]);
        assert.ok(heard.some((revision) => revision.number === number));
      });
      await Promise.all(commits);
      assert.deepEqual(heard, await ledger.revisionsAfter(0, 100));
    });

    check('a commit waits for a follower that works on its revision, one revision at a time', async (ledger) => {
      const log: string[] = [];
      ledger.follow(async ({ number }) => {
        log.push(`begin ${number}`);
        await ledger.list({ dialect: 'acme', kind: 'thing' });
        await new Promise(setImmediate);
        log.push(`end ${number}`);
      });
      const told = async (body: JsonObject): Promise<void> => {
        const number = await ledger.commit(author, [put('a', body)]);
        assert.ok(log.includes(`end ${number}`));
      };
      await Promise.all([told({ n: 1 }), told({ n: 2 }), told({ n: 2 })]);
      assert.deepEqual(log, ['begin 1', 'end 1', 'begin 2', 'end 2']);
    });

    check('a follower hears nothing of refused commits, of no-ops, or after it stopped', async (ledger) => {
      const heard: number[] = [];
      const stop = ledger.follow(({ number }) => {
        heard.push(number);
      });
      await ledger.commit(author, [put('a')]);
      await ledger.commit(author, [put('a')]);
      await assert.rejects(ledger.commit(author, [put('b')], [exact('a', 0)]), RevisionConflict);
      stop();
      stop();
      await ledger.commit(author, [put('c')]);
      assert.deepEqual(heard, [1]);
    });

    check('who stops at one revision does not hear the next, though it was committed already', async (ledger) => {
      const heard: number[] = [];
      const stop = ledger.follow(({ number }) => {
        heard.push(number);
        stop();
      });
      await Promise.all([ledger.commit(author, [put('a')]), ledger.commit(author, [put('b')])]);
      assert.deepEqual(heard, [1]);
    });

    check('one listener followed twice hears twice, and stops once for each', async (ledger) => {
      let count = 0;
      const listener = (): void => {
        count += 1;
      };
      const stop = ledger.follow(listener);
      ledger.follow(listener);
      await ledger.commit(author, [put('a')]);
      stop();
      await ledger.commit(author, [put('b')]);
      assert.equal(count, 3);
    });

    check('who begins to follow inside a follower begins with the next revision', async (ledger) => {
      const heard: number[] = [];
      const stop = ledger.follow(() => {
        stop();
        ledger.follow(({ number }) => {
          heard.push(number);
        });
      });
      await ledger.commit(author, [put('a')]);
      await ledger.commit(author, [put('b')]);
      assert.deepEqual(heard, [2]);
    });

    test('a follower that fails is reported and harms nobody else', async () => {
      const place = await makePlace();
      const reported: [unknown, number][] = [];
      const ledger = await place.open((error, { number }) => reported.push([error, number]));
      const heard: number[] = [];
      const thrown = new Error('thrown');
      const rejected = new Error('rejected');
      ledger.follow(() => {
        throw thrown;
      });
      ledger.follow(() => Promise.reject(rejected));
      ledger.follow(({ number }) => {
        heard.push(number);
      });
      assert.equal(await ledger.commit(author, [put('a')]), 1);
      assert.equal(await ledger.commit(author, [put('b')]), 2);
      assert.deepEqual(heard, [1, 2]);
      assert.deepEqual(
        reported.toSorted((a, b) => a[1] - b[1]).map(([, number]) => number),
        [1, 1, 2, 2],
      );
      assert.deepEqual(new Set(reported.map(([error]) => error)), new Set([thrown, rejected]));
      await ledger.close();
      await place.remove();
    });
  });

  describe(`${name}: mutate`, () => {
    check('fifty increments at once count to fifty', async (ledger) => {
      const counts = await Promise.all(Array.from({ length: 50 }, () => increment(ledger)));
      assert.deepEqual(
        counts.sort((a, b) => a - b),
        Array.from({ length: 50 }, (_, n) => n + 1),
      );
      assert.deepEqual((await ledger.get(key('counter')))?.body, { count: 50 });
      assert.equal(await ledger.revision(), 50);
    });

    check('callers that never rest do not starve one another', async (ledger) => {
      const restless = async (): Promise<void> => {
        for (let n = 0; n < 20; n += 1) await increment(ledger);
      };
      await Promise.all(Array.from({ length: 16 }, restless));
      assert.deepEqual((await ledger.get(key('counter')))?.body, { count: 320 });
    });

    check('a limit on a list holds against phantoms', async (ledger) => {
      const add = (n: number): Promise<boolean> =>
        mutate(ledger, author, async (view) => {
          const full = (await view.list({ dialect: 'acme', kind: 'thing', prefix: 'trunk/' })).length >= 5;
          return { writes: full ? [] : [put(`trunk/${n}`)], result: !full };
        });
      const added = await Promise.all(Array.from({ length: 12 }, (_, n) => add(n)));
      assert.equal(added.filter(Boolean).length, 5);
      assert.equal((await idsOf(ledger)).length, 5);
    });

    check('that there are none holds against phantoms', async (ledger) => {
      const add = (n: number): Promise<boolean> =>
        mutate(ledger, author, async (view) => {
          const none = !(await view.any({ dialect: 'acme', kind: 'thing', prefix: 'trunk/' }));
          return { writes: none ? [put(`trunk/${n}`)] : [], result: none };
        });
      const added = await Promise.all(Array.from({ length: 4 }, (_, n) => add(n)));
      assert.equal(added.filter(Boolean).length, 1);
      assert.equal((await idsOf(ledger)).length, 1);
    });

    check('a refusal drawn from reads that no longer hold is decided again', async (ledger) => {
      await ledger.commit(author, [put('a', { n: 0 })]);
      let tries = 0;
      const result = await mutate(ledger, author, async (view) => {
        tries += 1;
        const first = (await view.get(key('a')))?.body['n'];
        if (tries === 1) {
          await ledger.commit(author, [put('a', { n: 1 })]);
          assert.notEqual((await view.get(key('a')))?.body['n'], first);
          throw new Error('saw two states');
        }
        return { writes: [], result: first };
      });
      assert.deepEqual([tries, result], [2, 1]);
    });

    check('an error of the decision goes to its caller, and later mutations go on', async (ledger) => {
      const failing = Array.from({ length: 5 }, () =>
        mutate(ledger, author, async (view) => {
          if (((await view.get(key('counter')))?.body['count'] ?? 0) !== 0) throw new Error('too late');
          return { writes: [put('counter', { count: 1 })], result: true };
        }),
      );
      const results = await Promise.allSettled(failing);
      assert.deepEqual(results.map(({ status }) => status).sort(), [
        'fulfilled',
        ...Array.from({ length: 4 }, () => 'rejected'),
      ]);
      for (const result of results) if (result.status === 'rejected') assert.match(String(result.reason), /too late/);
      assert.equal(await increment(ledger), 2);
    });

    check('gives up with the conflict when others keep winning', async (ledger) => {
      let tries = 0;
      const losing = mutate(ledger, author, async (view) => {
        tries += 1;
        await view.get(key('a'));
        await ledger.commit(author, [put('a', { tries })]);
        return { writes: [put('b')], result: null };
      });
      await assert.rejects(losing, RevisionConflict);
      assert.equal(tries, 10);
      assert.equal(await ledger.get(key('b')), null);
    });
  });

  describe(`${name}: life`, () => {
    check('opened again, everything is there', async (ledger, place) => {
      await ledger.commit(author, [put('a', { n: 1 }), put('b')]);
      await ledger.commit(author, [put('a', { n: 2 }), remove('b')]);
      const before = { document: await ledger.get(key('a')), revisions: await ledger.revisionsAfter(0, 10) };
      await ledger.close();
      const again = await place.open();
      try {
        assert.equal(await again.revision(), 2);
        assert.deepEqual({ document: await again.get(key('a')), revisions: await again.revisionsAfter(0, 10) }, before);
        await assert.rejects(again.commit(author, [put('c')], [prefix('', 1)]), RevisionConflict);
        assert.equal(await again.commit(author, [put('c')]), 3);
      } finally {
        await again.close();
      }
    });

    check('closing finishes the commits under way and refuses later ones', async (ledger, place) => {
      const heard: number[] = [];
      ledger.follow(async ({ number }) => {
        await ledger.get(key('a'));
        heard.push(number);
      });
      const underWay = Array.from({ length: 300 }, (_, n) => ledger.commit(author, [put(`${n}`)]));
      const closed = ledger.close();
      await assert.rejects(ledger.commit(author, [put('late')]));
      await closed;
      await ledger.close();
      assert.deepEqual(
        await Promise.all(underWay),
        Array.from({ length: 300 }, (_, n) => n + 1),
      );
      assert.equal(heard.length, 300);
      await assert.rejects(ledger.get(key('a')));
      const again = await place.open();
      assert.equal(await again.revision(), 300);
      await again.close();
    });
  });
}
