import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { trunk } from '../../test/support/rules.ts';
import { ManualClock, systemClock } from '../kit/clock.ts';
import type { Author, JsonObject } from '../ledger/ledger.ts';
import { openSqliteLedger } from '../ledger/sqlite.ts';
import { Rulebook } from '../rulebook/rulebook.ts';
import type { Compiler } from './compiler.ts';
import { Credentials } from './credentials.ts';
import { followLedger } from './follow.ts';

const AUTHOR: Author = { actor: 'tester', dialect: 'toy', operation: 'Put', requestId: '1' };
const key = (kind: string, id: string) => ({ dialect: 'toy', kind, id });

/** A dialect of one kind: a document named x makes the trunk toy:x with the hosts it lists. */
function toyCompiler(compiled: string[] = [], outage = { lasts: false }): Compiler {
  return {
    dialect: 'toy',
    roots: ['line'],
    affects: ({ key: { kind, id } }) => (kind === 'line' ? [{ kind: 'trunk', id: `toy:${id}` }] : []),
    async compile({ id }, documents) {
      compiled.push(id);
      const document = await documents.get(key('line', id.slice('toy:'.length)));
      if (outage.lasts || document?.body['broken']) throw new Error('cannot be compiled');
      const hosts = document ? [document.body['host'] as string] : [];
      return { kind: 'trunk', id, entry: document && trunk({ id, hosts }) };
    },
    credentialKey: (set, username) => key('user', `${set}/${username}`),
    credential: (body) =>
      body && { username: 'u', realm: 'r', secrets: { md5: body['md5'] as string, sha256: '' }, resource: 'User u' },
  };
}

async function setUp(bodies: Record<string, JsonObject>) {
  const ledger = openSqliteLedger({ file: ':memory:', clock: systemClock });
  const put = (kind: string, id: string, body: JsonObject | null) =>
    ledger.commit(AUTHOR, [{ key: key(kind, id), body }]);
  for (const [id, body] of Object.entries(bodies)) await put('line', id, body);
  const rulebook = new Rulebook([]);
  const errors: unknown[] = [];
  const compiled: string[] = [];
  const outage = { lasts: false };
  const clock = new ManualClock();
  const compilers = [toyCompiler(compiled, outage)];
  const credentials = new Credentials(ledger, compilers);
  const applied: number[] = [];
  const stop = await followLedger(
    ledger,
    compilers,
    rulebook,
    (error) => errors.push(error),
    clock,
    async () => void applied.push(rulebook.revision),
  );
  return { ledger, put, rulebook, errors, compiled, credentials, stop, outage, clock, applied };
}

test('what was said before the start and after it is in force, at the latest when the commit is acknowledged', async () => {
  const { put, rulebook, compiled } = await setUp({ a: { host: 'a.example' }, b: { host: 'b.example' } });
  assert.equal(rulebook.revision, 2);
  assert.equal(rulebook.trunkByHost('a.example')?.id, 'toy:a');
  compiled.length = 0;

  await put('line', 'b', { host: 'bb.example' });
  assert.deepEqual(compiled, ['toy:b'], 'only what changed is compiled');
  assert.equal(rulebook.trunkByHost('b.example'), undefined);
  assert.equal(rulebook.trunkByHost('bb.example')?.id, 'toy:b');

  await put('line', 'a', null);
  assert.equal(rulebook.trunk('toy:a'), undefined);
  assert.equal(rulebook.revision, 4);
});

test('rules are carried out before their commit is acknowledged, and only where a change is of rules', async () => {
  const { put, rulebook, applied } = await setUp({ a: { host: 'a.example' } });
  await put('user', 'a/u', { md5: '1' });
  assert.equal(rulebook.revision, 2);
  assert.deepEqual(applied, []);
  await put('line', 'a', { host: 'aa.example' });
  assert.deepEqual(applied, [3]);
});

test('a revision that cannot be compiled is reported, leaves its entries, and does not stop the next', async () => {
  const { put, rulebook, errors } = await setUp({ a: { host: 'a.example' } });
  await put('line', 'a', { broken: true });
  assert.equal(errors.length, 1);
  assert.equal(rulebook.trunkByHost('a.example')?.id, 'toy:a');
  await put('line', 'c', { host: 'c.example' });
  assert.equal(rulebook.trunkByHost('c.example')?.id, 'toy:c');
});

test('10.11 a change that cannot be compiled is known to be missing, and is in force once it can be', async () => {
  const { put, rulebook, errors, outage, clock, stop } = await setUp({ a: { host: 'a.example' } });
  outage.lasts = true;
  await put('line', 'a', null);
  const since = clock.now();
  assert.equal(rulebook.behindSince, since);
  clock.advance(1000);
  // A commit is acknowledged after all that was queued before it.
  await put('line', 'b', { host: 'b.example' });
  assert.equal(rulebook.behindSince, since);
  assert.equal(rulebook.trunk('toy:a')?.id, 'toy:a');
  assert.equal(errors.length, 3);
  assert.equal(rulebook.revision, 1);
  outage.lasts = false;
  clock.advance(2000);
  await until(() => rulebook.behindSince === null);
  assert.equal(rulebook.revision, 3);
  assert.equal(rulebook.trunk('toy:a'), undefined);
  assert.equal(rulebook.trunkByHost('b.example')?.id, 'toy:b');
  stop();
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

test('a first compilation that fails rejects, and commits go on', async () => {
  const ledger = openSqliteLedger({ file: ':memory:', clock: systemClock });
  await ledger.commit(AUTHOR, [{ key: key('line', 'a'), body: { broken: true } }]);
  await assert.rejects(
    followLedger(ledger, [toyCompiler()], new Rulebook([]), () => {}),
    /cannot be compiled/,
  );
  await ledger.commit(AUTHOR, [{ key: key('line', 'a'), body: { host: 'a.example' } }]);
});

test('a credential is read once, then at hand; a change is seen by the next call', async () => {
  const { put, credentials } = await setUp({});
  const find = () => credentials.find('toy:a', ['set'], 'u');
  assert.deepEqual(await find(), []);
  assert.deepEqual(find(), [], 'that nobody has this name is at hand too');
  await put('user', 'set/u', { md5: 'one' });
  const first = find();
  assert.ok(first instanceof Promise);
  assert.equal((await first)[0]?.secrets.md5, 'one');
  await put('user', 'set/u', { md5: 'two' });
  assert.equal((await find())[0]?.secrets.md5, 'two');
  await put('user', 'set/u', null);
  assert.deepEqual(await find(), []);
});

test('a name is looked for in every set, in the order of the sets', async () => {
  const { put, credentials } = await setUp({});
  await put('user', 'first/u', { md5: 'one' });
  await put('user', 'third/u', { md5: 'three' });
  const find = async () => {
    const found = await credentials.find('toy:a', ['first', 'second', 'third'], 'u');
    return found.map(({ secrets }) => secrets.md5);
  };
  assert.deepEqual(await find(), ['one', 'three'], 'read');
  assert.deepEqual(await find(), ['one', 'three'], 'at hand');
  await put('user', 'second/u', { md5: 'two' });
  assert.deepEqual(await find(), ['one', 'two', 'three']);
});
