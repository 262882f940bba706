import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SqliteBindings } from '../../src/edge/registrar/sqlite-bindings.ts';
import { FIRST } from '../../src/kit/peers.ts';
import { CALLED, invite, register, registerOf, toy } from '../support/registrar.ts';
import { CARRIER, number, rulebookOf } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { callIdOf, JoinedEdges } from '../support/joined-edges.ts';

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
