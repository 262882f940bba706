import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIRST } from '../../src/kit/peers.ts';
import { SipRequest } from '../../src/sip/message/message.ts';
import { makeRequest } from '../support/edge.ts';
import { CARRIER, number, origination, rulebookOf, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { JoinedEdges } from '../support/joined-edges.ts';
import { callIdOf } from '../support/memory-peers.ts';

/** Two gateways of one trunk, of which the first is preferred, and threads that calls for it come to. */
async function scene() {
  const carrier = await SipPeer.open();
  const preferred = await SipPeer.open();
  const other = await SipPeer.open();
  other.onRequest = (request) => void (request.method === 'ACK' || other.respond(request, 486));
  const routes = [preferred, other].map(({ address: host, port }, index) => ({ ...CARRIER, host, port, priority: index + 1 })); // prettier-ignore
  const rules = rulebookOf(
    [trunk({ origination: origination({ routes }) })],
    [number('+12065550199')],
    [{ ...CARRIER, host: carrier.address, port: carrier.port, builtIn: true }],
  );
  const threads = await JoinedEdges.open(rules, 2, () => ({ probeInterval: 10_000 }));
  return {
    carrier,
    preferred,
    threads,
    async call(thread: number): Promise<void> {
      const request = makeRequest('INVITE', 'sip:+12065550199@127.0.0.1', carrier, { 'Call-ID': callIdOf(thread) });
      carrier.send(request, threads.of(thread));
      await carrier.status(100);
    },
    /** How the preferred gateway is. */
    state: (thread: number) =>
      threads.of(thread).edge.gateways().find(({ target }) => target.endsWith(`:${preferred.port}`))?.state, // prettier-ignore
    async [Symbol.asyncDispose]() {
      await Promise.all([carrier, preferred, other, threads].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

test('6.7 a gateway that calls of one thread found dead is passed over in all, and in one that comes later', async () => {
  await using net = await scene();
  const { preferred, carrier, threads } = net;
  for (let call = 0; call < 2; call += 1) {
    await net.call(1);
    await preferred.method('INVITE');
    threads.of(1).clock.advance(4100);
    await carrier.status(486);
  }
  threads.of(FIRST).clock.advance(8200);
  await threads.told();
  assert.deepEqual([net.state(0), net.state(1)], ['out', 'out']);
  preferred.received.length = 0;
  await net.call(FIRST);
  await carrier.status(486);
  assert.equal(preferred.received.some((message) => 'method' in message && message.method === 'INVITE'), false); // prettier-ignore
  for (const lost of [1, FIRST]) {
    await threads.replace(lost);
    assert.equal(net.state(lost), 'out');
  }
});

test('6.7 only the first thread probes what calls of any went to, and tells the others', async () => {
  await using net = await scene();
  const { preferred, threads, carrier } = net;
  let silent = false;
  const senders = new Set<number | null | undefined>();
  preferred.onRequest = (request) => {
    if (request.method === 'OPTIONS') senders.add(request.via?.port);
    if (!silent && request.method !== 'ACK') preferred.respond(request, 486);
  };
  const asked = new Set<string | undefined>();
  /** Time passes; resolves when the gateway was asked. */
  const probe = async (ms: number): Promise<void> => {
    threads.advance(ms);
    const isNew = ({ method, callId }: SipRequest): boolean => method === 'OPTIONS' && !asked.has(callId);
    const request = await preferred.next<SipRequest>((message) => message instanceof SipRequest && isNew(message));
    asked.add(request.callId);
    // Whatever the gateway said came before this.
    carrier.send(makeRequest('OPTIONS', 'sip:127.0.0.1', carrier, { 'Call-ID': callIdOf(FIRST) }), threads.of(FIRST));
    await carrier.status(200);
    threads.advance(4000);
    await threads.told();
  };
  await net.call(1);
  await carrier.status(486);
  await threads.told();
  await probe(1000);
  silent = true;
  await probe(10_000);
  assert.deepEqual([net.state(0), net.state(1)], ['in', 'in']);
  await probe(10_000);
  assert.deepEqual([net.state(0), net.state(1)], ['out', 'out']);
  assert.deepEqual([...senders], [threads.of(FIRST).port]);
  threads.advance(31_000);
  assert.equal(net.state(1), 'out', 'what answered probes before is brought back by them alone');
});

test('6.7 what a gateway answers to one thread excuses its silence in another', async () => {
  await using net = await scene();
  const { preferred, carrier, threads } = net;
  await net.call(1);
  const unanswered = await preferred.method('INVITE');
  threads.advance(1000);
  preferred.onRequest = (request, peer) => void (request.method === 'INVITE' && request.callId !== unanswered.callId && peer.respond(request, 486)); // prettier-ignore
  await net.call(FIRST);
  await carrier.status(486);
  await threads.told();
  threads.advance(3100);
  await threads.told();
  const report = threads.of(1).edge.gateways().find(({ target }) => target.endsWith(`:${preferred.port}`)); // prettier-ignore
  assert.deepEqual([report?.state, report?.failures], ['in', 0]);
});
