import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { BindingStore } from '../../src/edge/registrar/bindings.ts';
import { SqliteBindings } from '../../src/edge/registrar/sqlite-bindings.ts';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, SLOW, UNREADABLE, withCredentials, type TestEdge } from '../support/edge.ts';
import { CARRIER, number, origination, trunk } from '../support/rules.ts';
import { ask, CALLED, exchange, invite, register, registerOf, toy } from '../support/registrar.ts';
import { SipPeer } from '../support/sip-peer.ts';

function outcomes(gate: TestEdge): string[] {
  return gate.events.flatMap((event) => (event.kind === 'registration' || event.kind === 'refusal' ? [event.reason] : [])); // prettier-ignore
}

/** Registers the telephone without asking for symmetric answers (RFC 3581): so it is called at the address that it names. */
async function registerPlainly(
  { phone, gate }: Awaited<ReturnType<typeof exchange>>,
  name: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const via = (turn: string): string => `SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bK${name}${turn}`;
  const request = registerOf(phone, { ...headers, Via: via('first') });
  const again = withCredentials(request, await ask(phone, gate, request));
  again.headers.set('Via', via('again'));
  assert.equal((await ask(phone, gate, again)).status, 200);
}

describe('registering', () => {
  test('5.1 7.1 a registrar challenges with 401 and WWW-Authenticate, and then lists all bindings', async () => {
    await using net = await exchange();
    const request = registerOf(net.phone);
    const challenge = await ask(net.phone, net.gate, request);
    assert.equal(challenge.status, 401);
    assert.equal(challenge.headers.count('www-authenticate'), 2);
    assert.equal(challenge.headers.has('proxy-authenticate'), false);
    const first = await ask(net.phone, net.gate, withCredentials(request, challenge));
    assert.equal(first.status, 200);
    assert.deepEqual(first.headers.values('contact'), ['<sip:jdoe@10.9.9.9:5060>;expires=600']);
    assert.match(first.headers.get('date') ?? '', /GMT$/);

    net.gate.clock.advance(100_000);
    const second = await register(net.phone, net.gate, registerOf(net.phone, { Contact: '<sip:jdoe@10.9.9.8>;q=0.5;expires=90' })); // prettier-ignore
    assert.deepEqual(second.headers.values('contact'), [
      '<sip:jdoe@10.9.9.9:5060>;expires=500',
      '<sip:jdoe@10.9.9.8>;q=0.5;expires=90',
    ]);
    const query = registerOf(net.phone);
    query.headers.remove('contact');
    assert.equal((await register(net.phone, net.gate, query)).headers.count('contact'), 2);
    assert.equal(net.gate.edge.registeredUsers, 1);
    assert.deepEqual(net.gate.errors, []);
  });

  test('an absolute host name (RFC 3261 §25.1) names the same users', async () => {
    await using net = await exchange();
    const request = registerOf(net.phone, { To: '<sip:jdoe@one.example.>' });
    request.uri = 'sip:one.example.';
    assert.equal((await register(net.phone, net.gate, request)).status, 200);
    assert.equal((await register(net.phone, net.gate, registerOf(net.phone))).headers.count('contact'), 1);
  });

  test('5.15 Proxy-Authorization is not what a registrar reads', async () => {
    await using net = await exchange();
    const request = registerOf(net.phone);
    const again = withCredentials(request, await ask(net.phone, net.gate, request));
    again.headers.set('Proxy-Authorization', again.headers.get('authorization') ?? '');
    again.headers.remove('authorization');
    assert.equal((await ask(net.phone, net.gate, again)).status, 401);
  });

  test('7.1 the steps come in their order: domain, Require, authentication, address, contacts', async () => {
    await using net = await exchange();
    const everythingWrong = registerOf(net.phone, { Require: 'teleport', Contact: '*' }, 'bob');
    everythingWrong.uri = 'sip:nobody.example';
    assert.equal((await ask(net.phone, net.gate, everythingWrong)).status, 404);
    const required = await ask(net.phone, net.gate, registerOf(net.phone, { Require: 'path, teleport', Contact: '*' }, 'bob')); // prettier-ignore
    assert.equal(required.status, 420);
    assert.equal(required.headers.get('unsupported'), 'teleport');
    assert.equal((await register(net.phone, net.gate, registerOf(net.phone, { Contact: '*' }, 'bob'))).status, 403);
    assert.equal((await register(net.phone, net.gate, registerOf(net.phone, { Contact: '*' }))).status, 400);
    assert.deepEqual(outcomes(net.gate), [
      'unknown-host', 'extension-not-supported', 'credentials-required', 'registration-of-another', 'credentials-required', 'malformed-request',
    ]); // prettier-ignore
    assert.equal(net.gate.edge.registeredUsers, 0);
  });

  test('a trunk that takes no registrations says so', async () => {
    await using net = await exchange({}, [trunk({ termination: toy.termination })]);
    assert.equal((await ask(net.phone, net.gate, registerOf(net.phone))).status, 403);
    assert.deepEqual(outcomes(net.gate), ['registration-not-allowed']);
  });

  test('7.2 a time that is too brief is answered 423 with Min-Expires', async () => {
    await using net = await exchange();
    const answer = await register(net.phone, net.gate, registerOf(net.phone, { Expires: '30' }));
    assert.equal(answer.status, 423);
    assert.equal(answer.headers.get('min-expires'), '60');
    assert.equal(outcomes(net.gate).at(-1), 'registration-too-brief');
  });

  test('7.1 an older CSeq of the same Call-ID is refused, and the binding stays', async () => {
    await using net = await exchange();
    const request = registerOf(net.phone, { CSeq: '10 REGISTER' });
    assert.equal((await register(net.phone, net.gate, request)).status, 200);
    const late = registerOf(net.phone, { 'Call-ID': request.callId ?? '', CSeq: '9 REGISTER', Expires: '0' });
    assert.equal((await register(net.phone, net.gate, late)).status, 400);
    assert.equal(outcomes(net.gate).at(-1), 'registration-out-of-order');
    assert.equal(net.gate.edge.registeredUsers, 1);
  });

  test('7.2 Contact * with Expires 0 signs off everywhere', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    const off = await register(net.phone, net.gate, registerOf(net.phone, { Contact: '*', Expires: '0' }));
    assert.equal(off.status, 200);
    assert.equal(off.headers.has('contact'), false);
    assert.equal(net.gate.edge.registeredUsers, 0);
  });

  test('7.4 one contact more than the trunk allows is refused', async () => {
    await using net = await exchange();
    for (const host of [1, 2, 3])
      await register(net.phone, net.gate, registerOf(net.phone, { Contact: `<sip:jdoe@10.9.9.${host}>` }));
    const fourth = await register(net.phone, net.gate, registerOf(net.phone, { Contact: '<sip:jdoe@10.9.9.4>' }));
    assert.equal(fourth.status, 403);
    assert.equal(outcomes(net.gate).at(-1), 'too-many-contacts');
  });

  test('a store that fails costs the registration, not the gate', async () => {
    const store: BindingStore = {
      load: () => [],
      save: () => {
        throw new Error('disk full');
      },
      close: () => {},
    };
    await using net = await exchange({ registrations: store });
    assert.equal((await register(net.phone, net.gate)).status, 500);
    assert.equal(net.gate.errors.length, 1);
  });

  test('a credential that cannot be read is our fault, said without detail', async () => {
    await using net = await exchange();
    const request = registerOf(net.phone, {}, UNREADABLE);
    const challenge = await ask(net.phone, net.gate, request);
    const answer = await ask(net.phone, net.gate, withCredentials(request, challenge, 'x', UNREADABLE));
    assert.equal(answer.status, 500);
    assert.equal(answer.toBuffer().includes('disk'), false);
  });

  test('refreshes are counted, and only what changes something is written down', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    await register(net.phone, net.gate);
    await register(net.phone, net.gate, registerOf(net.phone, { Expires: '0' }));
    const routine = net.gate.events.flatMap((event) => (event.kind === 'registration' ? [event.routine] : []));
    assert.deepEqual(routine, [true, false, true, true, true, false]);
  });
});

describe('a call to a registered user', () => {
  test('7.4 goes to where the REGISTER came from, and so does all of the dialog', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    const call = invite(net.carrier);
    net.carrier.send(call, net.gate);
    const seen = await net.phone.method('INVITE');
    assert.equal(seen.uri, 'sip:jdoe@10.9.9.9:5060', 'the Contact is the Request-URI');
    assert.equal(seen.headers.has('route'), false);
    // The telephone shows an address that nobody but its NAT can reach.
    const answer = net.phone.respond(seen, 200, ({ headers }) => headers.set('Contact', '<sip:jdoe@10.9.9.9:5060>'));
    const got = await net.carrier.status(200);
    net.carrier.send(inDialog('ACK', call, got, 1), net.gate);
    assert.equal((await net.phone.method('ACK')).uri, 'sip:jdoe@10.9.9.9:5060');
    net.carrier.send(inDialog('INVITE', call, got, 2), net.gate);
    net.phone.respond(await net.phone.method('INVITE'), 200);
    await net.carrier.status(200);
    const bye = makeRequest('BYE', `sip:far@${net.carrier.address}:${net.carrier.port}`, net.phone, {
      From: answer.headers.get('to') ?? '',
      To: call.headers.get('from') ?? '',
      'Call-ID': call.callId ?? '',
    });
    for (const route of seen.headers.values('record-route')) bye.headers.append('Route', route);
    net.phone.send(bye, net.gate);
    net.carrier.respond(await net.carrier.method('BYE'), 200);
    await net.phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'BYE');
    assert.deepEqual(net.gate.errors, []);
  });

  test('the BYE of the caller still finds the telephone through an edge that was started again', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    const call = invite(net.carrier);
    net.carrier.send(call, net.gate);
    net.phone.respond(await net.phone.method('INVITE'), 200, ({ headers }) => headers.set('Contact', '<sip:jdoe@10.9.9.9>')); // prettier-ignore
    const got = await net.carrier.status(200);
    const { port } = net.gate;
    await net.stop();
    await using again = await openEdge(net.rules, { port });
    net.carrier.send(inDialog('BYE', call, got, 2), again);
    await net.phone.method('BYE');
  });

  test('a telephone that names the address it sends from, and asks for no rport, is called there', async () => {
    await using net = await exchange();
    await using desk = await SipPeer.open();
    const request = registerOf(net.phone, { Contact: `<sip:jdoe@${desk.address}:${desk.port}>` });
    const challenge = await ask(net.phone, net.gate, request);
    const again = withCredentials(request, challenge);
    again.headers.set('Via', (again.headers.get('via') ?? '').replace(';rport', ''));
    assert.equal((await ask(net.phone, net.gate, again)).status, 200);
    net.carrier.send(invite(net.carrier), net.gate);
    assert.equal((await desk.method('INVITE')).uri, `sip:jdoe@${desk.address}:${desk.port}`);
  });

  test('a contact or Path whose maddr is elsewhere leads back to where the REGISTER came from', async () => {
    await using net = await exchange();
    await using victim = await SipPeer.open('127.0.0.2');
    const { address } = net.phone;
    const elsewhere = `${address}:${victim.port};maddr=127.0.0.2`;
    const ways: Record<string, string>[] = [
      { Contact: `<sip:+19005551234@${elsewhere}>` },
      { Supported: 'path', Path: `<sip:${elsewhere};lr>` },
    ];
    for (const [turn, way] of ways.entries()) {
      await register(net.phone, net.gate, registerOf(net.phone, { Contact: '*', Expires: '0' }));
      await registerPlainly(net, `way${turn}`, way);
      net.carrier.send(invite(net.carrier), net.gate);
      net.phone.respond(await net.phone.method('INVITE'), 486);
      await net.carrier.status(486);
      assert.deepEqual(victim.received, []);
    }
  });

  test('a contact that is a carrier is not called: it would take the call for one that was judged', async () => {
    await using net = await exchange();
    const { address, port } = net.carrier;
    await registerPlainly(net, 'carrier', { Contact: `<sip:+19005551234@${address}:${port}>` });
    assert.ok((await ask(net.carrier, net.gate, invite(net.carrier))).status >= 400);
    assert.equal(
      net.carrier.received.some((message) => message instanceof SipRequest),
      false,
    );
  });

  test('takes its place before the credential of the called one is read: more calls than may be at once got in', async () => {
    const limits = { ...toy, origination: origination({ concurrentCalls: { limit: 1, rule: CARRIER.rule } }) };
    await using net = await exchange({}, [limits]);
    const slow = number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: SLOW } });
    net.rules.apply(8, [{ kind: 'number', id: slow.id, entry: slow }]);
    const calls = [1, 2, 3].map(() => invite(net.carrier));
    const answers = await Promise.all(calls.map((call) => ask(net.carrier, net.gate, call)));
    const inTurn = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    assert.deepEqual(inTurn, [480, 503, 503]);
    assert.equal((await ask(net.carrier, net.gate, invite(net.carrier))).status, 480, 'its place is free again');
  });

  test('tries the telephones one after the other, by preference', async () => {
    await using net = await exchange();
    await using second = await SipPeer.open();
    await register(second, net.gate, registerOf(second, { Contact: '<sip:second@10.9.9.2>;q=0.3' }));
    await register(net.phone, net.gate, registerOf(net.phone, { Contact: '<sip:first@10.9.9.1>;q=0.9' }));
    net.carrier.send(invite(net.carrier), net.gate);
    net.phone.respond(await net.phone.method('INVITE'), 503);
    const seen = await second.method('INVITE');
    assert.equal(seen.uri, 'sip:second@10.9.9.2');
    second.respond(seen, 200);
    await net.carrier.status(200);
  });

  test('7.5 goes along the Path that the telephone knows of, and the answer repeats it', async () => {
    await using net = await exchange();
    const Path = '<sip:proxy.example;lr>, <sip:inner.example;lr>';
    const first = await register(net.phone, net.gate, registerOf(net.phone, { Path, Supported: 'path' }));
    assert.deepEqual(first.headers.values('path'), ['<sip:proxy.example;lr>', '<sip:inner.example;lr>']);
    net.carrier.send(invite(net.carrier), net.gate);
    const seen = await net.phone.method('INVITE');
    assert.deepEqual(seen.headers.values('route'), ['<sip:proxy.example;lr>', '<sip:inner.example;lr>']);
    assert.equal(seen.uri, 'sip:jdoe@10.9.9.9:5060');
  });

  test('7.5 a Path is not used for a telephone that does not know of it', async () => {
    await using net = await exchange();
    const answer = await register(net.phone, net.gate, registerOf(net.phone, { Path: '<sip:proxy.example;lr>' }));
    assert.equal(answer.headers.has('path'), false);
    net.carrier.send(invite(net.carrier), net.gate);
    assert.equal((await net.phone.method('INVITE')).headers.has('route'), false);
  });

  test('7.3 the escaped headers of a Contact are kept and told, but not put into the call', async () => {
    await using net = await exchange();
    const Contact = '<sip:jdoe@10.9.9.9?Route=%3Csip:evil.example%3E>';
    const answer = await register(net.phone, net.gate, registerOf(net.phone, { Contact }));
    assert.equal(answer.headers.get('contact'), `${Contact};expires=600`);
    net.carrier.send(invite(net.carrier), net.gate);
    const seen = await net.phone.method('INVITE');
    assert.equal(seen.uri, 'sip:jdoe@10.9.9.9');
    assert.equal(seen.headers.has('route'), false);
  });

  test('who is not registered, not any more, or was deleted, is not called', async () => {
    await using net = await exchange();
    const refused = async (): Promise<void> => {
      const answer = await ask(net.carrier, net.gate, invite(net.carrier));
      assert.equal(answer.status, 480);
      assert.equal(outcomes(net.gate).at(-1), 'not-registered');
    };
    await refused();
    await register(net.phone, net.gate);
    net.gate.clock.advance(600_000);
    await refused();
    await register(net.phone, net.gate);
    net.rules.apply(8, [
      { kind: 'number', id: `test:${CALLED}`, entry: number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: 'deleted' } }) },
    ]); // prettier-ignore
    await refused();
    assert.equal(net.phone.received.some((message) => !(message instanceof SipResponse)), false); // prettier-ignore
  });

  test('a telephone that registered in the clear is not called once the trunk requires encryption', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    const strict = trunk({ ...toy, encryption: { required: true, rule: CARRIER.rule } });
    net.rules.apply(8, [{ kind: 'trunk', id: toy.id, entry: strict }]);
    assert.equal((await ask(net.carrier, net.gate, invite(net.carrier))).status, 480);
  });

  test('registrations outlive a restart of the gate', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'registrar-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'registrations.db');
    await using net = await exchange({ registrations: new SqliteBindings(file) });
    await register(net.phone, net.gate);
    await net.stop();
    await using again = await openEdge(net.rules, { registrations: new SqliteBindings(file) });
    net.carrier.send(invite(net.carrier), again);
    net.phone.respond(await net.phone.method('INVITE'), 200);
    await net.carrier.status(200);
  });

  test('for registrar-full there is no room for another user, and those who are in stay', async () => {
    const entries = Array.from({ length: 100_000 }, (_, index) => {
      const flow = { transport: 'udp' as const, address: '127.0.0.1', port: 9 };
      const shared = { params: '', q: 1, instance: null, callId: 'c', cseq: 1, registeredAt: 0, path: [], flow };
      const bindings = [{ ...shared, contact: 'sip:a@b', expiresAt: Number.MAX_SAFE_INTEGER }];
      return { of: { trunk: 'test:one', user: `user${index}` }, bindings };
    });
    await using net = await exchange({ registrations: { load: () => entries, save: () => {}, close: () => {} } });
    const answer = await register(net.phone, net.gate);
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal(outcomes(net.gate).at(-1), 'registrar-full');
  });
});
