import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BanFile, readBans } from '../../src/journal/bans.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { FIRST } from '../../src/kit/peers.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { makeRequest, PASSWORD, USER, withCredentials, type TestEdge } from '../support/edge.ts';
import { rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { JoinedEdges } from '../support/joined-edges.ts';
import { callIdOf } from '../support/memory-peers.ts';

const NUMBER = 'sip:+12065550100@one.example';
const HONEST = '127.0.0.1';
const ATTACKER = '127.0.0.5';

const open = rulebookOf([
  trunk({ termination: termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null }) }),
]);
const closed = rulebookOf([trunk({ termination: termination({ sources: sources(`${HONEST}/32`) }) })]);

async function challenge(peer: SipPeer, gate: TestEdge, callId: string): Promise<[SipRequest, SipResponse]> {
  const invite = makeRequest('INVITE', NUMBER, peer, { 'Call-ID': callId });
  peer.send(invite, gate);
  return [invite, await peer.status(407)];
}

/** Wrong passwords for calls of one thread. */
async function guess(peer: SipPeer, threads: JoinedEdges, thread: number, times: number): Promise<void> {
  const gate = threads.of(thread);
  for (let turn = 0; turn < times; turn += 1) {
    const [invite, challenged] = await challenge(peer, gate, callIdOf(thread, threads.count));
    peer.send(withCredentials(invite, challenged, `guess ${turn}`), gate);
    await peer.status(407);
  }
}

/** Whether a thread still hears the peer. */
async function isHeard(peer: SipPeer, honest: SipPeer, threads: JoinedEdges, thread: number): Promise<boolean> {
  const gate = threads.of(thread);
  const callId = (): string => callIdOf(thread, threads.count);
  peer.received.length = 0;
  peer.send(makeRequest('INVITE', NUMBER, peer, { 'Call-ID': callId() }), gate);
  await challenge(honest, gate, callId());
  return peer.received.length > 0;
}

function bansIn(threads: JoinedEdges, thread: number): string[] {
  return threads.of(thread).edge.guard.list().map(({ source, reason, times }) => `${source} ${reason} ${times}`); // prettier-ignore
}

describe('abuse over several threads', () => {
  test('10.3 a ban that is earned half in each thread is in force in all, and ends in all', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using threads = await JoinedEdges.open(open, 3);
    await guess(attacker, threads, 0, 5);
    await guess(attacker, threads, 1, 5);
    assert.deepEqual([bansIn(threads, 0), bansIn(threads, 1)], [[], []]);
    await threads.told();
    for (const thread of [0, 1, 2]) assert.deepEqual(bansIn(threads, thread), [`${ATTACKER} failed-logins 1`]);
    assert.equal(await isHeard(attacker, honest, threads, 1), false);

    assert.equal(threads.of(FIRST).edge.guard.lift(ATTACKER), true);
    await threads.told();
    for (const thread of [0, 1, 2]) assert.deepEqual(bansIn(threads, thread), []);
    assert.equal(await isHeard(attacker, honest, threads, 1), true);
  });

  test('10.2 the next ban lasts twice as long, wherever it is earned, and no longer', async () => {
    await using threads = await JoinedEdges.open(open);
    for (const thread of [0, 1]) {
      for (let wrong = 0; wrong < 10; wrong += 1)
        threads.of(thread).edge.guard.loginFailed('test:one', `user ${wrong}`, ATTACKER);
      await threads.told();
      for (const each of [0, 1]) assert.deepEqual(bansIn(threads, each), [`${ATTACKER} failed-logins ${thread + 1}`]);
      threads.advance(300_000 * (thread + 1));
      for (const each of [0, 1]) assert.deepEqual(bansIn(threads, each), []);
    }
  });

  test('10.3 a user who is guessed at is slowed in all threads, and so is one that sweeps for numbers', async () => {
    await using threads = await JoinedEdges.open(open);
    for (let host = 10; host < 35; host += 1)
      threads.of(host % 2).edge.guard.loginFailed('test:one', USER, `198.51.100.${host}`);
    for (let turn = 0; turn < 20; turn += 1) threads.of(turn % 2).edge.guard.numberRefused('test:one', 'sweeper');
    await threads.told();
    for (const thread of [0, 1]) {
      const { guard } = threads.of(thread).edge;
      assert.ok(guard.pause('test:one', USER, ATTACKER) > 0);
      assert.ok(guard.pause('test:one', 'sweeper', ATTACKER) > 0);
    }
  });

  test('10.3 a source that calls are admitted from in one thread is known in all', async () => {
    await using threads = await JoinedEdges.open(open);
    threads.of(1).edge.guard.vouch(HONEST);
    await threads.told();
    for (let wrong = 0; wrong < 20; wrong += 1)
      threads.of(FIRST).edge.guard.loginFailed('test:one', `user ${wrong}`, HONEST);
    await threads.told();
    for (const thread of [0, 1]) assert.deepEqual(bansIn(threads, thread), []);
  });

  test('10.13 a stranger over UDP is told no more over all threads than by one', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using threads = await JoinedEdges.open(closed, 2, () => ({ limitLoopback: true }));
    const sweep = async (thread: number, times: number): Promise<number> => {
      attacker.received.length = 0;
      for (let turn = 0; turn < times; turn += 1)
        attacker.send(makeRequest('OPTIONS', 'sip:x', attacker, { 'Call-ID': callIdOf(thread) }), threads.of(thread));
      await challenge(honest, threads.of(thread), callIdOf(thread));
      await threads.told();
      return attacker.received.length;
    };
    assert.deepEqual([await sweep(0, 15), await sweep(1, 15), await sweep(0, 5)], [15, 14, 0]);
    const [silence] = threads.of(FIRST).edge.guard.listSilenced();
    assert.deepEqual([silence?.source, silence?.refusals], [ATTACKER, 6]);
  });

  test('a thread that takes the place of another knows what the others know, be it the first', async () => {
    for (const lost of [0, 1]) {
      await using threads = await JoinedEdges.open(open);
      const { guard } = threads.of(1 - lost).edge;
      for (let wrong = 0; wrong < 10; wrong += 1) guard.loginFailed('test:one', `user ${wrong}`, ATTACKER);
      for (let host = 10; host < 35; host += 1) guard.loginFailed('test:one', USER, `198.51.100.${host}`);
      guard.vouch(HONEST);
      await threads.told();
      await threads.replace(lost);
      assert.deepEqual(bansIn(threads, lost), [`${ATTACKER} failed-logins 1`]);
      const fresh = threads.of(lost).edge.guard;
      assert.ok(fresh.pause('test:one', USER, ATTACKER) > 0);
      assert.equal(fresh.pause('test:one', USER, HONEST), 0);
    }
  });

  test('10.2 bans are in one file, which the first thread writes and the others read', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bans-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'bans.db');
    assert.deepEqual(readBans(path), []);
    const clock = new ManualClock();
    const file = new BanFile({ file: path, clock, onError: (error: unknown) => assert.fail(String(error)) });
    await using threads = await JoinedEdges.open(open, 2, (thread) => (thread === FIRST ? { bans: file } : {}));
    for (let wrong = 0; wrong < 10; wrong += 1)
      threads.of(1).edge.guard.loginFailed('test:one', `user ${wrong}`, ATTACKER);
    await threads.told();
    clock.advance(100);
    assert.deepEqual(readBans(path).map(({ source }) => source), [ATTACKER]); // prettier-ignore
    file.close();
  });
});

describe('nonces of several threads', () => {
  test('5.12 a nonce of another thread costs one more challenge and is never taken twice', async () => {
    await using phone = await SipPeer.open(HONEST);
    await using threads = await JoinedEdges.open(open);
    const [first, second] = [threads.of(0), threads.of(1)];
    const [invite, challenged] = await challenge(phone, first, callIdOf(0));
    phone.send(withCredentials(invite, challenged), first);
    await phone.status(100);
    for (const password of [PASSWORD, 'wrong']) {
      const elsewhere = withCredentials(invite, challenged, password);
      elsewhere.headers.set('Call-ID', callIdOf(1));
      phone.send(elsewhere, second);
      const stale = await phone.status(407);
      assert.match(stale.headers.get('proxy-authenticate') ?? '', /stale=true/);
      if (password !== PASSWORD) continue;
      phone.send(withCredentials(elsewhere, stale), second);
      await phone.status(100);
    }
    const reasons = second.events.flatMap((event) => (event.kind === 'decision' ? [event.decision.reason] : []));
    assert.deepEqual(reasons, ['nonce-stale', 'admitted', 'nonce-stale']);
    assert.deepEqual([...first.errors, ...second.errors], []);
  });

  test('10.5 a scanner proves its address to any thread by the challenge of another', async () => {
    await using attacker = await SipPeer.open(ATTACKER);
    await using honest = await SipPeer.open(HONEST);
    await using threads = await JoinedEdges.open(open);
    const headers = { 'User-Agent': 'friendly-scanner', 'Call-ID': callIdOf(1) };
    const invite = makeRequest('INVITE', NUMBER, attacker, headers);
    attacker.send(invite, threads.of(1));
    const again = withCredentials(invite, await attacker.status(407));
    again.headers.set('Call-ID', callIdOf(0));
    attacker.send(again, threads.of(0));
    await challenge(honest, threads.of(0), callIdOf(0));
    assert.deepEqual(bansIn(threads, 0), [`${ATTACKER} scanner 1`]);
  });
});
