import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DocumentCache, type DocumentState } from './document-cache.ts';

const key = (id: string, kind = 'thing') => ({ dialect: 'acme', kind, id });
const state = (length: number, revision = 1): DocumentState => ({ text: 'x'.repeat(length), body: {}, revision });

/** Fills more than half of what is kept with documents of their own kind. */
function fill(cache: DocumentCache, kind: string): void {
  for (let index = 0; index < 100; index += 1) cache.set(key(`${index}`, kind), state(16_000));
}

test('a document is found under its own dialect, kind and id, until it is forgotten', () => {
  const cache = new DocumentCache();
  const [one, other] = [state(1), state(2, 2)];
  cache.set(key('a'), one);
  cache.set(key('a', 'other'), other);
  assert.equal(cache.get(key('a')), one);
  assert.equal(cache.get(key('a', 'other')), other);
  assert.equal(cache.get({ ...key('a'), dialect: 'zenith' }), undefined);
  cache.set(key('a'), other);
  assert.equal(cache.get(key('a')), other);
  cache.forget(key('a'));
  assert.equal(cache.get(key('a')), undefined);
  assert.equal(cache.get(key('a', 'other')), other);
});

test('what is asked for stays, what nobody asks for makes room', () => {
  const cache = new DocumentCache();
  const [asked, idle] = [state(10), state(10)];
  cache.set(key('asked'), asked);
  cache.set(key('idle'), idle);
  for (const kind of ['b', 'c', 'd', 'e']) {
    fill(cache, kind);
    assert.equal(cache.get(key('asked')), asked);
  }
  assert.equal(cache.get(key('idle')), undefined);
});

test('a document that is forgotten does not come back from the older generation', () => {
  const cache = new DocumentCache();
  cache.set(key('a'), state(10));
  fill(cache, 'b');
  cache.set(key('a'), state(10, 2));
  cache.forget(key('a'));
  assert.equal(cache.get(key('a')), undefined);
});

test('a long document is not kept, and what was kept of it before neither', () => {
  const cache = new DocumentCache();
  cache.set(key('a'), state(10));
  cache.set(key('a'), state(20_000, 2));
  assert.equal(cache.get(key('a')), undefined);
});
