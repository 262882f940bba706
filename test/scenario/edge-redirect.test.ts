import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { makeRequest, openEdge } from '../support/edge.ts';
import { CARRIER, number, origination, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

test('a redirection to a carrier is not followed, and says nothing of the carrier', async () => {
  await using carrier = await SipPeer.open();
  await using first = await SipPeer.open();
  await using second = await SipPeer.open();
  const routes = [first, second].map(({ address: host, port }, priority) => ({
    ...CARRIER,
    host,
    port,
    priority,
    redirects: 1,
  }));
  const rules = rulebookOf(
    [trunk({ origination: origination({ routes }) })],
    [number('+12065550199')],
    [{ ...CARRIER, host: carrier.address, port: carrier.port }],
  );
  await using gate = await openEdge(rules);
  carrier.send(makeRequest('INVITE', 'sip:+12065550199@127.0.0.1', carrier), gate);
  first.respond(await first.method('INVITE'), 302, ({ headers }) =>
    headers.set('Contact', `<sip:+19005551234@${carrier.address}:${carrier.port}>`),
  );
  second.respond(await second.method('INVITE'), 486);
  await carrier.status(486);
  assert.equal(
    carrier.received.some((message) => message instanceof SipRequest),
    false,
  );
  const tried = gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.status] : []));
  assert.deepEqual(tried, [302, 'unreachable', 486]);
  const { address, port } = carrier;
  const known = gate.edge.gateways().find(({ target }) => target === `udp:${address}:${port}`);
  assert.equal(known?.failures ?? 0, 0);
});

test('a redirection to the gate itself is not followed: it would be a call of whoever may call from its address', async () => {
  await using carrier = await SipPeer.open();
  await using gateway = await SipPeer.open();
  const { address: host, port } = gateway;
  const open = termination({ sources: sources('127.0.0.0/8'), digest: null, callerId: null });
  const rules = rulebookOf(
    [trunk({ termination: open, origination: origination({ routes: [{ ...CARRIER, host, port, redirects: 1 }] }) })],
    [number('+12065550199')],
    [{ ...CARRIER, host: carrier.address, port: carrier.port }],
  );
  await using gate = await openEdge(rules);
  carrier.send(makeRequest('INVITE', 'sip:+12065550199@127.0.0.1', carrier), gate);
  gateway.respond(await gateway.method('INVITE'), 302, ({ headers }) =>
    headers.set('Contact', `<sip:+12065550100@one.example:${gate.port};maddr=${gate.address}>`),
  );
  await carrier.next((message) => message instanceof SipResponse && message.status >= 300);
  assert.equal(
    carrier.received.some((message) => message instanceof SipRequest),
    false,
  );
});
