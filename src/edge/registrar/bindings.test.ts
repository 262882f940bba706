import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../kit/clock.ts';
import { calledUri, inOrder, type Binding } from './binding.ts';
import { Bindings, type BindingStore } from './bindings.ts';
import { SqliteBindings } from './sqlite-bindings.ts';

const JDOE = { trunk: 'test:one', user: 'jdoe' };
const onError = (error: unknown): void => assert.fail(String(error));

function binding(clock: ManualClock, seconds: number, changes: Partial<Binding> = {}): Binding {
  const now = clock.now();
  return {
    contact: 'sip:a@192.0.2.1',
    params: '',
    q: 1,
    instance: null,
    callId: 'c',
    cseq: 1,
    registeredAt: now,
    expiresAt: now + seconds * 1000,
    path: ['<sip:proxy.example;lr>'],
    flow: { transport: 'tcp', address: '192.0.2.1', port: 40_000 },
    ...changes,
  };
}

function fileOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'registrations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'registrations.db');
}

test('bindings are there after a restart, also after a kill; those that expired meanwhile are not', (t) => {
  const file = fileOf(t);
  const clock = new ManualClock();
  const first = new Bindings({ clock, store: new SqliteBindings(file), onError });
  const long = binding(clock, 600);
  first.replace(JDOE, [long, binding(clock, 60, { contact: 'sip:b@192.0.2.1' })]);
  first.replace({ ...JDOE, user: 'gone' }, [binding(clock, 60)]);
  first.replace({ ...JDOE, user: 'left' }, [binding(clock, 600)]);
  first.replace({ ...JDOE, user: 'left' }, []);
  clock.advance(60_000);
  // Not closed: as after a kill.
  const store = new SqliteBindings(file);
  const second = new Bindings({ clock, store, onError });
  assert.deepEqual(second.of(JDOE), [long]);
  assert.equal(second.users, 1);
  assert.equal([...store.load()].length, 1, 'what expired is gone from the file');
  second.close();
  first.close();
});

test('a binding ends on time, and its room is given back soon after', () => {
  const clock = new ManualClock();
  const bindings = new Bindings({ clock, store: null, onError });
  bindings.replace(JDOE, [binding(clock, 90)]);
  clock.advance(89_999);
  assert.equal(bindings.of(JDOE).length, 1);
  clock.advance(1);
  assert.equal(bindings.of(JDOE).length, 0);
  clock.advance(60_000);
  assert.equal(bindings.users, 0);
  assert.equal(clock.waiting, 0, 'nothing is watched while nobody is registered');
});

test('no more users are held than there is room for; those held may change', () => {
  const clock = new ManualClock();
  const bindings = new Bindings({ clock, store: null, capacity: 1, onError });
  bindings.replace(JDOE, [binding(clock, 90)]);
  assert.equal(bindings.hasRoomFor(JDOE), true);
  assert.equal(bindings.hasRoomFor({ ...JDOE, user: 'bob' }), false);
});

test('what cannot be saved does not happen, and a purge that fails is tried again', () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  let broken = false;
  const store: BindingStore = {
    load: () => [],
    save: () => {
      if (broken) throw new Error('disk full');
    },
    close: () => {},
  };
  const bindings = new Bindings({ clock, store, onError: (error) => errors.push(error) });
  bindings.replace(JDOE, [binding(clock, 50)]);
  broken = true;
  assert.throws(() => bindings.replace(JDOE, []), /disk full/);
  assert.equal(bindings.of(JDOE).length, 1);
  clock.advance(60_000);
  assert.equal(errors.length, 1);
  broken = false;
  clock.advance(60_000);
  assert.equal(bindings.users, 0);
});

test('the same user name on two trunks is two users', () => {
  const clock = new ManualClock();
  const bindings = new Bindings({ clock, store: null, onError });
  bindings.replace(JDOE, [binding(clock, 90)]);
  assert.equal(bindings.of({ trunk: 'test:two', user: 'jdoe' }).length, 0);
});

test('telephones are tried by preference, then the newest first', () => {
  const clock = new ManualClock();
  const made = [[0.5, 3], [1, 1], [1, 2]].map(([q = 0, registeredAt = 0]) => binding(clock, 60, { q, registeredAt })); // prettier-ignore
  assert.deepEqual(inOrder(made).map(({ q, registeredAt }) => [q, registeredAt]), [[1, 2], [1, 1], [0.5, 3]]); // prettier-ignore
});

test('7.3 escaped headers of a Contact are not executed', () => {
  assert.equal(calledUri('sip:a@192.0.2.1;x=1?Route=%3Csip:evil.example%3E&Subject=x'), 'sip:a@192.0.2.1;x=1');
});
