import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setInterval } from 'node:timers/promises';
import { SipResponse } from '../../src/sip/message/message.ts';
import { answerAll, callBy, finalOf, hangUp, SbcClient } from '../support/border.ts';
import { inDialog, makeRequest } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

const DENY_SECONDS = 3;

/** Above 20 messages a trusted sender is untrusted, above 10 more it is denied. */
const TRUST = {
  'access-control-trust-level': 'low',
  'maximum-signal-threshold': '20',
  'untrusted-signal-threshold': '10',
  'deny-period': String(DENY_SECONDS),
};

interface Drop {
  readonly reason: string;
  readonly source: { readonly address: string };
  readonly rule: { readonly resource: string };
}

test('a source that floods a real gate is demoted, dropped for its deny-period, and served again', async () => {
  await using caller = await SipPeer.open('127.0.0.2');
  await using witness = await SipPeer.open('127.0.0.3');
  await using callee = await SipPeer.open('127.0.0.20');
  answerAll(callee);
  await using gate = await TestGate.start();
  const port = await freePort();
  const sbc = await SbcClient.open(gate);
  await sbc.addRealm('core', port, TRUST);
  await sbc.addAgent(callee);
  await sbc.addPolicy('core', callee.address);
  await sbc.apply();
  const target = { address: '127.0.0.1', port };
  const uri = `sip:5551234@127.0.0.1:${port}`;

  assert.equal((await callBy(caller, port)).status, 200, 'an answered call makes it trusted');
  const begun = Date.now();
  for (let count = 0; count < 60; count += 1)
    caller.send(makeRequest('OPTIONS', uri, caller, { 'Call-ID': `flood-${count}` }), target);
  assert.equal((await callBy(witness, port)).status, 200, 'others are served meanwhile');

  // The caller repeats itself as RFC 3261 §17.1.1.2 has it, until it is heard.
  const request = makeRequest('INVITE', uri, caller);
  let repeats = 0;
  const answer = finalOf(caller, request);
  const answered = answer.then(({ status }) => status);
  for await (const _ of setInterval(250)) {
    caller.send(request, target);
    repeats += 1;
    if ((await Promise.race([answered, Promise.resolve(0)])) !== 0) break;
    assert.ok(Date.now() - begun < 60_000, 'it is never heard again');
  }
  assert.equal(await answered, 200);
  assert.ok(repeats > 1, 'it was dropped at first');
  assert.ok(Date.now() - begun >= DENY_SECONDS * 1000, 'it was heard before the end of its deny-period');
  caller.send(inDialog('ACK', request, await answer, 1), target);
  await hangUp(caller, port, { request, answer: await answer });

  // At most 20 as a trusted sender and 10 as an untrusted one.
  const heard = caller.received.filter(
    (message) => message instanceof SipResponse && message.callId?.startsWith('flood-'),
  );
  assert.ok(heard.length > 0 && heard.length <= 30, `${heard.length} of the flood were answered`);
  let drops: Drop[] = [];
  while (drops.length === 0) {
    const told = (await gate.api('GET', '/drops')) as { drops: Drop[] };
    drops = told.drops.filter(({ source }) => source.address === caller.address);
  }
  assert.deepEqual(
    new Set(drops.map(({ reason, rule }) => `${reason} ${rule.resource}`)),
    new Set(['access-demoted realm-config core']),
  );
});
