import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Binding } from '../../src/edge/registrar/binding.ts';
import type { BindingStore } from '../../src/edge/registrar/bindings.ts';
import { SqliteBindings } from '../../src/edge/registrar/sqlite-bindings.ts';
import { FIRST } from '../../src/kit/peers.ts';
import { CALLED, invite, register, registerOf, toy } from '../support/registrar.ts';
import { CARRIER, number, rulebookOf } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { JoinedEdges } from '../support/joined-edges.ts';
import { callIdOf } from '../support/memory-peers.ts';

/** A telephone, a carrier, and threads of which the first keeps registrations in a file. */
async function scene(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'registrations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const phone = await SipPeer.open();
  const carrier = await SipPeer.open();
  const jdoe = number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
  const rules = rulebookOf([toy], [jdoe], [{ ...CARRIER, host: carrier.address, port: carrier.port }]);
  const threads = await JoinedEdges.open(rules, 2, (thread) =>
    thread === FIRST ? { registrations: new SqliteBindings(join(folder, 'registrations.db')) } : {},
  );
  return {
    phone,
    carrier,
    threads,
    /** Places a call that the second thread has. */
    call(): void {
      const request = invite(carrier);
      request.headers.set('Call-ID', callIdOf(1));
      carrier.send(request, threads.of(1));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([phone, carrier, threads].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

test('7.1 a telephone that registered in the first thread is called by another, until it unregisters', async (t) => {
  await using net = await scene(t);
  const { phone, carrier, threads } = net;
  const contact = `<sip:jdoe@${phone.address}:${phone.port}>`;
  await register(phone, threads.of(FIRST), registerOf(phone, { Contact: contact }));
  await threads.told();
  net.call();
  assert.match((await phone.method('INVITE')).uri, /^sip:jdoe@/);
  phone.received.length = 0;

  await register(phone, threads.of(FIRST), registerOf(phone, { Contact: contact, Expires: '0' }));
  await threads.told();
  net.call();
  await carrier.status(480);
  assert.deepEqual([...threads.of(0).errors, ...threads.of(1).errors], []);
});

test('7.1 a thread that comes later knows every telephone, and one that the first took over too', async (t) => {
  await using net = await scene(t);
  const { phone, threads } = net;
  await register(phone, threads.of(FIRST), registerOf(phone, { Contact: `<sip:jdoe@${phone.address}:${phone.port}>` }));
  await threads.told();
  for (const lost of [1, FIRST]) {
    await threads.replace(lost);
    for (const thread of [FIRST, 1]) assert.equal(threads.of(thread).edge.isRegistered('test:one', 'jdoe'), true);
    net.call();
    await phone.method('INVITE');
    phone.received.length = 0;
  }
});

test('7.1 whom the first thread does not know any more when it comes back is not registered anywhere', async () => {
  const rules = rulebookOf([toy]);
  const stored = new Map<string, Parameters<BindingStore['save']>>();
  const store = (): BindingStore => ({
    load: () => [...stored.values()].map(([of, bindings]) => ({ of, bindings })),
    save: (...saved) => void stored.set(saved[0].user, saved),
    close: () => {},
  });
  for (let index = 0; index < 450; index += 1) stored.set(`user${index}`, [{ trunk: 'test:one', user: `user${index}` }, [binding()]]); // prettier-ignore
  await using threads = await JoinedEdges.open(rules, 2, (thread) =>
    thread === FIRST ? { registrations: store() } : {},
  );
  assert.equal(threads.of(1).edge.registeredUsers, 450);
  stored.delete('user300');
  await threads.replace(FIRST);
  assert.equal(threads.of(1).edge.registeredUsers, 449);
  assert.equal(threads.of(1).edge.isRegistered('test:one', 'user300'), false);
  assert.equal(threads.of(1).edge.isRegistered('test:one', 'user449'), true);
});

function binding(): Binding {
  return {
    contact: 'sip:a@192.0.2.1',
    params: '',
    q: 1,
    instance: null,
    callId: 'c',
    cseq: 1,
    registeredAt: 0,
    expiresAt: Infinity,
    path: [],
    flow: null,
  };
}
