import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { STRANGER_PACKETS } from '../../src/edge/abuse/packet-rate.ts';
import { BanFile } from '../../src/journal/bans.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { answerChallenge } from '../../src/sip/digest.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { makeRequest, openEdge, PASSWORD, USER, withCredentials, type TestEdge } from '../support/edge.ts';
import { CARRIER, registration, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';
const HONEST = '127.0.0.1';
const ATTACKER = '127.0.0.5';
const VICTIM = '127.0.0.9';
/** Refusals over connections that ban a stranger. */
const SWEEP = 20;
const SCANNER = { 'User-Agent': 'friendly-scanner' };

/** A trunk that everybody on loopback may try the password of. */
const open = rulebookOf([
  trunk({ termination: termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null }) }),
]);
/** A trunk that only the honest address may use. */
const closed = rulebookOf([trunk({ termination: termination({ sources: sources(`${HONEST}/32`) }) })]);

async function challenge(peer: SipPeer, gate: TestEdge): Promise<[SipRequest, SipResponse]> {
  const invite = makeRequest('INVITE', NUMBER, peer);
  peer.send(invite, gate);
  return [invite, await peer.status(407)];
}

/** Guesses as fast as the gate challenges, until it falls silent; returns how often it was answered. */
async function guess(peer: SipPeer, gate: TestEdge, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    const [invite, challenged] = await challenge(peer, gate);
    peer.send(withCredentials(invite, challenged, `guess ${turn}`), gate);
    await peer.status(407);
  }
}

/** Whether the gate still hears the peer; found out by the answer to another, whose request came after. */
async function isHeard(peer: SipPeer, honest: SipPeer, gate: TestEdge): Promise<boolean> {
  peer.received.length = 0;
  peer.send(makeRequest('INVITE', NUMBER, peer), gate);
  await challenge(honest, gate);
  return peer.received.length > 0;
}

function drops(gate: TestEdge): Record<string, number> {
  const found: Record<string, number> = {};
  for (const event of gate.events)
    if (event.kind === 'drop') found[event.reason] = (found[event.reason] ?? 0) + event.packets;
  return found;
}

function tcpPortOf({ listening }: TestEdge): number {
  return listening.find(({ transport }) => transport === 'tcp')?.port ?? 0;
}

/** A connection that sends requests and counts the bytes it gets. */
async function connectTo(gate: TestEdge, localAddress: string): Promise<Socket> {
  const socket = connect({ host: gate.address, port: tcpPortOf(gate), localAddress });
  await once(socket, 'connect');
  return socket;
}

function overTcp(method: string, uri: string, headers: Record<string, string> = {}): Buffer {
  const peer = { address: ATTACKER, port: 5060 } as SipPeer;
  return Buffer.from(makeRequest(method, uri, peer, headers).toBuffer().toString('latin1').replace('/UDP', '/TCP'));
}

describe('a guesser of passwords', () => {
  test('10.3 is banned after ten wrong answers, while honest traffic from elsewhere is unharmed', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    await guess(attacker, gate, 10);
    const [ban] = gate.edge.guard.list();
    assert.deepEqual(
      { source: ban?.source, reason: ban?.reason, evidence: ban?.evidence },
      {
        source: ATTACKER,
        reason: 'failed-logins',
        evidence: 10,
      },
    );
    assert.equal(await isHeard(attacker, honest, gate), false);

    const [invite, challenged] = await challenge(honest, gate);
    honest.send(withCredentials(invite, challenged), gate);
    assert.equal(gate.edge.guard.list().length, 1);
    gate.clock.advance(2000);
    assert.equal(drops(gate)['banned'], 1, 'what a banned source sends is counted and told to the journal');
    assert.deepEqual(gate.errors, []);
  });

  test('10.3 is banned for guesses by REGISTER as well, of users that are there or not', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    const rules = rulebookOf([
      trunk({ termination: termination({ sources: sources('127.0.0.0/8') }), registration: registration() }),
    ]);
    await using gate = await openEdge(rules);
    for (let turn = 0; turn < 10; turn += 1) {
      const user = `sip:10${turn}@one.example`;
      const register = makeRequest('REGISTER', 'sip:one.example', attacker, {
        From: `<${user}>;tag=a`,
        To: `<${user}>`,
      });
      attacker.send(register, gate);
      const challenged = await attacker.status(401);
      const answer = answerChallenge({
        challenge: challenged.headers.get('www-authenticate') ?? '',
        username: turn % 2 === 0 ? USER : `10${turn}`,
        password: 'guess',
        method: 'REGISTER',
        uri: 'sip:one.example',
      });
      const again = register.clone();
      again.headers.set('Authorization', answer ?? '');
      again.headers.set('CSeq', '2 REGISTER');
      again.headers.set('Via', makeRequest('REGISTER', 'sip:one.example', attacker).headers.get('via') ?? '');
      attacker.send(again, gate);
      await attacker.status(401);
    }
    assert.deepEqual(
      gate.edge.guard.list().map(({ source, reason }) => [source, reason]),
      [[ATTACKER, 'failed-logins']],
    );
  });

  test('10.2 a ban expires, and the next one lasts twice as long', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    for (const [times, seconds] of [
      [1, 300],
      [2, 600],
      [3, 1200],
    ] as const) {
      for (let wrong = 0; wrong < 10; wrong += 1) gate.edge.guard.loginFailed('test:one', `user ${wrong}`, ATTACKER);
      const [ban] = gate.edge.guard.list();
      assert.deepEqual([ban?.times, ((ban?.until ?? 0) - (ban?.since ?? 0)) / 1000], [times, seconds]);
      gate.clock.advance(seconds * 1000 - 1);
      assert.equal(await isHeard(attacker, honest, gate), false);
      gate.clock.advance(1);
      assert.equal(await isHeard(attacker, honest, gate), true);
    }
    gate.clock.advance(2 * 86_400_000);
    for (let wrong = 0; wrong < 10; wrong += 1) gate.edge.guard.loginFailed('test:one', `user ${wrong}`, ATTACKER);
    assert.equal(gate.edge.guard.list()[0]?.times, 1, 'in the end it is forgotten');
  });

  test('10.2 a ban survives a restart and can be lifted', async (t: TestContext) => {
    const folder = mkdtempSync(join(tmpdir(), 'bans-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = {
      file: join(folder, 'bans.db'),
      clock: new ManualClock(),
      onError: (error: unknown) => assert.fail(String(error)),
    };
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    const before = new BanFile(file);
    const first = await openEdge(open, { bans: before });
    await guess(attacker, first, 10);
    await first[Symbol.asyncDispose]();
    file.clock.advance(100);
    // Not closed: as after a kill.
    const after = new BanFile(file);
    await using second = await openEdge(open, { bans: after });
    assert.equal(await isHeard(attacker, honest, second), false);
    assert.equal(second.edge.guard.lift(ATTACKER), true);
    assert.equal(second.edge.guard.lift(ATTACKER), false);
    assert.equal(await isHeard(attacker, honest, second), true);
    after.close();
    before.close();
    const last = new BanFile(file);
    assert.deepEqual(last.load(), []);
    last.close();
  });

  test('10.3 a forged source gets nobody banned: only answers to a challenge sent there count', async () => {
    await using victim = await SipPeer.open(VICTIM);
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(open, { limitLoopback: true });
    // The attacker reads challenges at its own address and answers them in the name of another.
    const stolen = await challenge(attacker, gate);
    for (let turn = 0; turn < 3 * STRANGER_PACKETS; turn += 1) {
      const forged = withCredentials(...stolen, `guess ${turn}`);
      forged.headers.set('Via', `SIP/2.0/UDP ${VICTIM}:${victim.port};branch=z9hG4bKforged${turn};rport`);
      victim.send(forged, gate);
      victim.send(makeRequest('OPTIONS', 'sip:nobody', victim, SCANNER), gate);
    }
    const [invite, challenged] = await challenge(honest, gate);
    assert.deepEqual(gate.edge.guard.list(), []);
    victim.received.length = 0;
    const [own, answer] = await challenge(victim, gate);
    victim.send(withCredentials(own, answer), gate);
    honest.send(withCredentials(invite, challenged), gate);
    const admitted = (event: TestEdge['events'][number]): boolean =>
      event.kind === 'decision' && event.decision.reason === 'admitted' && event.source.address === VICTIM;
    for (let turn = 0; turn < 50 && !gate.events.some(admitted); turn += 1) await challenge(honest, gate);
    assert.ok(gate.events.some(admitted), 'the true owner of the address logs in as ever');
  });

  test('10.3 the answer to a challenge that went elsewhere is not judged, right or wrong', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using other = await SipPeer.open(VICTIM);
    await using gate = await openEdge(open);
    const [invite, challenged] = await challenge(attacker, gate);
    for (const password of ['wrong', PASSWORD]) {
      const again = withCredentials(invite, challenged, password);
      again.headers.set('Via', makeRequest('INVITE', NUMBER, other).headers.get('via') ?? '');
      other.send(again, gate);
      const answer = await other.status(407);
      assert.match(answer.headers.get('proxy-authenticate') ?? '', /stale=true/);
    }
    assert.deepEqual(
      gate.events.flatMap((event) => (event.kind === 'decision' ? [event.decision.reason] : [])),
      ['credentials-required', 'nonce-stale', 'nonce-stale'],
    );
  });

  test('10.3 a user who is guessed at from many addresses is slowed, not locked', async () => {
    await using phone = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    for (let host = 10; host < 35; host += 1) gate.edge.guard.loginFailed('test:one', USER, `198.51.100.${host}`);
    const [invite, challenged] = await challenge(phone, gate);
    phone.send(withCredentials(invite, challenged), gate);
    const slowed = await phone.status(503);
    const seconds = Number(slowed.headers.get('retry-after'));
    assert.ok(seconds > 0 && seconds <= 60);
    gate.clock.advance(seconds * 1000);
    const again = await challenge(phone, gate);
    phone.send(withCredentials(...again), gate);
    await phone.status(100);
    // From where calls are admitted others' failures no longer count.
    for (let host = 10; host < 35; host += 1) gate.edge.guard.loginFailed('test:one', USER, `198.51.100.${host}`);
    assert.equal(gate.edge.guard.pause('test:one', USER, HONEST), 0);
    assert.ok(gate.edge.guard.pause('test:one', USER, ATTACKER) > 0);
    assert.deepEqual(gate.edge.guard.list(), []);
  });

  test('10.4 a user who asks for refused numbers one after the other is slowed, from wherever', async () => {
    await using gate = await openEdge(open);
    gate.edge.guard.vouch(HONEST);
    for (let turn = 0; turn < 20; turn += 1) gate.edge.guard.numberRefused('test:one', USER);
    assert.equal(gate.edge.guard.pause('test:one', USER, HONEST), 60);
    gate.clock.advance(60_000);
    assert.equal(gate.edge.guard.pause('test:one', USER, HONEST), 0);
  });

  test('10.4 premium numbers are refused numbers too', async () => {
    await using phone = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    for (let turn = 0; turn < 20; turn += 1) {
      const invite = makeRequest('INVITE', 'sip:+19005551234@one.example', phone);
      phone.send(invite, gate);
      phone.send(withCredentials(invite, await phone.status(407)), gate);
      await phone.status(403);
    }
    assert.ok(gate.edge.guard.pause('test:one', USER, HONEST) > 0);
  });

  test('5.16 an unknown user and a wrong password get the same answer', async () => {
    await using peer = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    const shapes: string[] = [];
    for (const username of [USER, 'nobody']) {
      const [invite, challenged] = await challenge(peer, gate);
      peer.send(withCredentials(invite, challenged, 'wrong', username), gate);
      const answer = await peer.status(407);
      const shape = answer.toBuffer().toString('latin1');
      shapes.push(shape.replaceAll(/nonce="[^"]*"|(?<=X-Tollgate-Decision: )\w+|(?:Call-ID|Via|To): [^\r]*/g, ''));
    }
    assert.equal(shapes[0], shapes[1]);
  });

  test('3.12 challenges and their wrong answers keep no state', async () => {
    await using peer = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    await guess(peer, gate, 3);
    assert.equal(gate.edge.transactions, 0, 'challenges are answered statelessly');
  });
});

describe('a stranger', () => {
  test('10.2 has so many packets in two seconds; others have theirs', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(closed, { limitLoopback: true });
    const counted = 3 * STRANGER_PACKETS;
    for (let turn = 0; turn < counted; turn += 1) {
      attacker.send(makeRequest('OPTIONS', 'sip:one.example', attacker), gate);
      // Its answer comes after all that was sent before it was read: the system's buffer never overflows.
      if (turn % 50 === 0) await challenge(honest, gate);
    }
    await challenge(honest, gate);
    gate.clock.advance(2000);
    assert.equal(drops(gate)['packet-rate'], counted - STRANGER_PACKETS);
    const journaled = gate.events.filter((event) => event.kind === 'drop' && event.callId === '');
    assert.equal(journaled.length, 1, 'a flood is one line of the journal');
    assert.deepEqual(gate.edge.guard.list(), [], 'a rate over UDP is no evidence: it may be forged');
  });

  test('10.13 over UDP is told no more than thirty times a minute', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(closed, { limitLoopback: true });
    for (let turn = 0; turn < 40; turn += 1) attacker.send(makeRequest('OPTIONS', 'sip:x', attacker), gate);
    await challenge(honest, gate);
    await challenge(honest, gate);
    assert.equal(attacker.received.length, 29);
    assert.equal(drops(gate)['stranger'], 11);
    assert.deepEqual(gate.edge.guard.list(), []);
  });

  test('10.4 10.13 that sweeps over UDP gets silence until it stops for five minutes; a listed one never does', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    const rules = rulebookOf([trunk({ termination: termination({ sources: sources(`${HONEST}/32`) }) })]);
    await using gate = await openEdge(rules, { limitLoopback: true });
    const sweep = async (peer: SipPeer, times: number): Promise<number> => {
      const before = peer.received.length;
      for (let turn = 0; turn < times; turn += 1)
        peer.send(makeRequest('REGISTER', 'sip:one.example', peer, { To: `<sip:${turn}@one.example>` }), gate);
      // The answer to another comes after all that was sent before.
      await challenge(honest, gate);
      await challenge(honest, gate);
      return peer.received.length - before;
    };
    assert.equal(await sweep(attacker, 40), 29);
    for (let turn = 0; turn < 5; turn += 1) {
      gate.clock.advance(120_000);
      assert.equal(await sweep(attacker, 3), 0, 'asking on prolongs it');
    }
    const [silence, ...others] = gate.edge.guard.listSilenced();
    assert.deepEqual([silence?.source, silence?.refusals, others], [ATTACKER, 11 + 5 * 3, []], 'and is there to see');
    gate.clock.advance(300_000);
    assert.deepEqual(gate.edge.guard.listSilenced(), []);
    assert.equal(await sweep(attacker, 1), 1);
    assert.deepEqual(gate.edge.guard.list(), [], 'nobody is banned for what may be forged');
    gate.clock.advance(2000);
    assert.equal(await sweep(honest, 40), 40, 'forging a listed source silences nothing');
    // Whoever forged the address of somebody who is listed later has harmed nobody.
    await sweep(attacker, 40);
    assert.equal(gate.edge.guard.lift(ATTACKER), true);
    assert.equal(gate.edge.guard.lift(ATTACKER), false);
    assert.equal(await sweep(attacker, 1), 1, 'a silence is lifted as a ban is');
    await sweep(attacker, 40);
    rules.apply(8, [
      {
        kind: 'trunk',
        id: 'test:one',
        entry: trunk({ termination: termination({ sources: sources(`${HONEST}/32`, `${ATTACKER}/32`) }) }),
      },
    ]);
    await challenge(attacker, gate);
  });

  test('10.4 that sweeps over a connection is banned', async () => {
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(closed, {
      limitLoopback: true,
      also: [{ transport: 'tcp', address: HONEST, port: 0 }],
    });
    const socket = await connectTo(gate, ATTACKER);
    for (let turn = 0; turn < 20; turn += 1) socket.write(overTcp('INVITE', `sip:${turn}00442079460000@one.example`));
    for (let turn = 0; turn < 500 && gate.edge.guard.list().length === 0; turn += 1) await challenge(honest, gate);
    assert.deepEqual(
      gate.edge.guard.list().map(({ source, reason }) => [source, reason]),
      [[ATTACKER, 'sweep']],
    );
    socket.destroy();
    const again = connect({ host: gate.address, port: tcpPortOf(gate), localAddress: ATTACKER });
    again.on('error', () => {});
    await once(again, 'close');
    assert.equal(again.bytesRead, 0, 'its connections are closed before a byte is read');
  });

  test('10.3 10.4 what is forged over UDP is nothing against the connection of whoever is named', async () => {
    await using victim = await SipPeer.open(VICTIM);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(closed, {
      limitLoopback: true,
      also: [{ transport: 'tcp', address: HONEST, port: 0 }],
    });
    const asksOverTcp = async (): Promise<void> => {
      const socket = await connectTo(gate, VICTIM);
      socket.resume();
      socket.write(overTcp('OPTIONS', 'sip:one.example'));
      for (let turn = 0; turn < 100 && socket.bytesRead === 0; turn += 1) await challenge(honest, gate);
      socket.destroy();
      assert.deepEqual(gate.edge.guard.list(), []);
      assert.ok(socket.bytesRead > 0);
    };
    for (const forged of [SWEEP - 1, STRANGER_PACKETS]) {
      for (let turn = 0; turn < forged; turn += 1) victim.send(makeRequest('OPTIONS', 'sip:x', victim), gate);
      await challenge(honest, gate);
      await challenge(honest, gate);
      await asksOverTcp();
      gate.clock.advance(120_000);
    }
  });

  for (const [name, request] of [
    ['unknown-source', (peer: SipPeer) => makeRequest('INVITE', 'sip:+12065550100@two.example', peer)],
    ['unknown-source', (peer: SipPeer) => makeRequest('INVITE', 'sip:+12065550100@127.0.0.1', peer, FROM_NOWHERE)],
    ['source-not-allowed', (peer: SipPeer) => makeRequest('INVITE', NUMBER, peer)],
    ['stranger', (peer: SipPeer) => makeRequest('OPTIONS', 'sip:one.example', peer)],
    ['method-not-allowed', (peer: SipPeer) => makeRequest('PUBLISH', 'sip:one.example', peer)],
    ['dialog-unknown', (peer: SipPeer) => makeRequest('BYE', NUMBER, peer, { To: '<sip:x@y>;tag=z' })],
  ] as const) {
    test(`10.1 gets silence for ${name} when strangers are dropped, and the journal knows why`, async () => {
      await using attacker = await SipPeer.open(ATTACKER);
      await using honest = await SipPeer.open(HONEST);
      await using gate = await openEdge(closed, { strangers: 'drop' });
      attacker.send(request(attacker), gate);
      await challenge(honest, gate);
      assert.deepEqual(attacker.received, []);
      assert.deepEqual(drops(gate), { [name]: 1 });
      assert.equal(gate.edge.transactions, 0);
    });
  }

  test('10.1 gets a bare 403 otherwise, whether or not the trunk exists', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using gate = await openEdge(closed);
    for (const uri of ['sip:+12065550100@two.example', NUMBER]) {
      attacker.send(makeRequest('INVITE', uri, attacker), gate);
      const answer = await attacker.status(403);
      assert.equal(answer.headers.has('reason') || answer.headers.has('x-tollgate-decision'), false);
    }
  });
});

const FROM_NOWHERE = { From: '<sip:a@nowhere>;tag=1', To: '<sip:b@nowhere>' };

describe('a scanner', () => {
  test('10.5 gets silence', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(open);
    attacker.send(makeRequest('OPTIONS', 'sip:one.example', attacker, SCANNER), gate);
    await challenge(honest, gate);
    assert.deepEqual(attacker.received, []);
    assert.deepEqual(drops(gate), { scanner: 1 });
    assert.deepEqual(gate.edge.guard.list(), []);
  });

  test('10.5 that answers a challenge proves its address, and is banned for its first guess', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using gate = await openEdge(open);
    const register = makeRequest('REGISTER', 'sip:one.example', attacker, SCANNER);
    attacker.send(register, gate);
    const challenged = await attacker.status(401);
    const again = register.clone();
    again.headers.set(
      'Authorization',
      answerChallenge({
        challenge: challenged.headers.get('www-authenticate') ?? '',
        username: '100',
        password: '100',
        method: 'REGISTER',
        uri: 'sip:one.example',
      }) ?? '',
    );
    attacker.send(again, gate);
    await using honest = await SipPeer.open(HONEST);
    await challenge(honest, gate);
    assert.deepEqual(
      gate.edge.guard.list().map(({ source, reason }) => [source, reason]),
      [[ATTACKER, 'scanner']],
    );
  });

  test('10.5 gets not even that when strangers are dropped', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using gate = await openEdge(open, { strangers: 'drop' });
    attacker.send(makeRequest('REGISTER', 'sip:one.example', attacker, SCANNER), gate);
    await challenge(honest, gate);
    assert.deepEqual(attacker.received, []);
  });
});

test('10.2 a carrier on loopback is heard although its neighbour is banned', async () => {
  await using carrier = await SipPeer.open(HONEST);
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  await using gate = await openEdge(rulebookOf([trunk()], [], [route]));
  for (let wrong = 0; wrong < 10; wrong += 1) gate.edge.guard.loginFailed('test:one', 'x', HONEST);
  carrier.send(makeRequest('OPTIONS', 'sip:127.0.0.1', carrier), gate);
  await carrier.status(200);
});
