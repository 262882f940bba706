import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { SipPeer } from '../support/sip-peer.ts';

interface Report {
  readonly gateways: readonly { readonly target: string; readonly state: string; readonly answeredAt: number | null }[];
}

test('6.7 a running gate probes its carriers, and shows how they are', async () => {
  await using carrier = await SipPeer.open();
  carrier.onRequest = (request) => carrier.respond(request, 200);
  const flags = ['--probe-interval', '1', '--carriers', `sip:${carrier.address}:${carrier.port}`];
  await using gate = await TestGate.start({ flags });
  // The second comes after the first was answered.
  await carrier.method('OPTIONS');
  await carrier.method('OPTIONS');
  const { gateways } = (await gate.api('GET', '/gateways')) as Report;
  assert.deepEqual(
    gateways.map(({ target, state }) => ({ target, state })),
    [{ target: `udp:${carrier.address}:${carrier.port}`, state: 'in' }],
  );
  assert.ok(gateways[0]?.answeredAt);
  const metrics = await (await fetch(`${gate.http}/metrics`)).text();
  assert.match(metrics, /^tollgate_gateways_in 1$/m);
  assert.match(metrics, /^tollgate_gateways_out 0$/m);
});
