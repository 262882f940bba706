import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setInterval } from 'node:timers/promises';
import { computeHa1, parseDigest, verifyResponse } from '../../src/sip/digest.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { answerAll, callBy, finalOf, hangUp, invite, SbcClient } from '../support/border.ts';
import { inDialog } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { subElement } from '../support/sbc.ts';
import { SipPeer } from '../support/sip-peer.ts';

const PATIENCE = 60_000;

describe('agents and limits of a real gate', () => {
  let gate: TestGate;
  let sbc: SbcClient;
  let caller: SipPeer;
  let agent: SipPeer;

  before(async () => {
    caller = await SipPeer.open('127.0.0.2');
    agent = await SipPeer.open('127.0.0.20');
    answerAll(agent);
    gate = await TestGate.start();
    sbc = await SbcClient.open(gate);
  });

  after(async () => {
    await Promise.all([gate, caller, agent].map((part) => part[Symbol.asyncDispose]()));
  });

  /** Waits until the agent is in service, or out; resolves to why it is out. */
  async function agentIs(state: 'in' | 'out'): Promise<string | null> {
    const begun = Date.now();
    for await (const _ of setInterval(50)) {
      const { agents } = (await gate.api('GET', '/gateways')) as { agents: { state: string; why: string | null }[] };
      const [found] = agents;
      if (found?.state === state) return found.why;
      assert.ok(Date.now() - begun < PATIENCE, `it is never ${state}: ${JSON.stringify(agents)}`);
    }
    return null;
  }

  /** A realm whose calls go to the agent, with this much of session-constraints; resolves to its port. */
  async function realm(name: string, constraints: Record<string, string>): Promise<number> {
    const port = await freePort();
    await sbc.add('session-constraints', { name, ...constraints });
    await sbc.addRealm(name, port, { 'constraint-name': name });
    await sbc.addPolicy(name, agent.address);
    return port;
  }

  test('an agent that stops to answer OPTIONS goes out of service, and returns when it answers', async () => {
    const port = await freePort();
    await sbc.addRealm('core', port);
    await sbc.addAgent(agent, {
      'ping-method': 'OPTIONS',
      'ping-interval': '1',
      'ping-send-mode': 'continuous',
    });
    await sbc.addPolicy('core', agent.address);
    await sbc.apply();
    await agent.method('OPTIONS');
    assert.equal((await callBy(caller, port)).status, 200);

    agent.onRequest = undefined;
    assert.equal(await agentIs('out'), 'it did not answer a ping');
    const refused = await callBy(caller, port);
    assert.deepEqual([refused.status, refused.reason], [503, 'Service Unavailable']);

    answerAll(agent);
    await agentIs('in');
    assert.equal((await callBy(caller, port)).status, 200);
  });

  test('a caller transfers to where its network may call', async () => {
    const port = await realm('transfers', {});
    await sbc.apply();
    const to = { address: '127.0.0.1', port };
    const request = invite(caller, port);
    const answer = await finalOf(caller, request);
    caller.send(inDialog('ACK', request, answer, 1), to);
    const refer = inDialog('REFER', request, answer, 2);
    refer.headers.append('Refer-To', '<sip:5559999@127.0.0.1>');
    refer.headers.append('Contact', `<sip:caller@${caller.address}:${caller.port}>`);
    caller.send(refer, to);
    assert.equal((await finalOf(caller, refer)).status, 200);
    assert.match((await agent.method('REFER')).headers.get('refer-to') ?? '', /5559999/);
  });

  test('an agent that asks for credentials gets those of its auth-attribute, and nobody sees them', async () => {
    await using carrier = await SipPeer.open('127.0.0.21');
    const [realmName, username, password] = ['carrier.example', 'gate', 'Quitte.11'];
    const isRight = (request: SipRequest): boolean => {
      const answer = parseDigest(request.headers.get('proxy-authorization') ?? '');
      const ha1 = computeHa1('MD5', username, realmName, password);
      return answer !== undefined && answer.uri === request.uri && verifyResponse(answer, ha1, 'INVITE', request.body);
    };
    carrier.onRequest = (request) => {
      if (request.method === 'ACK') return;
      if (request.method !== 'INVITE' || isRight(request)) return void carrier.respond(request, 200);
      carrier.respond(request, 407, ({ headers }) =>
        headers.append('Proxy-Authenticate', `Digest realm="${realmName}", nonce="n1", qop="auth"`),
      );
    };
    const port = await freePort();
    await sbc.addRealm('trunk', port);
    const values = { hostname: carrier.address, port: String(carrier.port) };
    const secret = subElement('auth-attribute', { 'auth-realm': realmName, username, password });
    await sbc.add('session-agent', values, secret);
    await sbc.addPolicy('trunk', carrier.address);
    await sbc.apply();
    assert.equal((await callBy(caller, port)).status, 200);
    assert.doesNotMatch(JSON.stringify(await gate.api('GET', '/calls')), /Quitte|Digest/);

    // What is not right is asked for once, and then the caller's business.
    const wrong = subElement('auth-attribute', { 'auth-realm': realmName, username, password: 'Pflaume.1' });
    await sbc.change('session-agent', values, wrong);
    await sbc.apply();
    assert.equal((await callBy(caller, port)).status, 407);
  });

  test('the call above max-sessions gets 503 with Retry-After, until one of those below has ended', async () => {
    const port = await realm('sessions', { 'max-sessions': '2' });
    await sbc.apply();
    const request = invite(caller, port);
    const answer = await finalOf(caller, request);
    assert.equal(answer.status, 200);
    caller.send(inDialog('ACK', request, answer, 1), { address: '127.0.0.1', port });
    assert.equal((await callBy(caller, port, true)).status, 200);
    for (let count = 0; count < 3; count += 1) {
      const { status, headers } = await callBy(caller, port);
      assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
    }
    await hangUp(caller, port, { request, answer });
    assert.equal((await callBy(caller, port)).status, 200);
  });

  test('the call above a rate gets 503, and explain names the limit', async () => {
    const port = await realm('rate', { 'max-inbound-burst-rate': '1', 'burst-rate-window': '30' });
    await sbc.apply();
    const statuses: number[] = [];
    // Thirty within thirty seconds are let through, and more on a machine where they take longer.
    while (!statuses.includes(503) && statuses.length < 300) statuses.push((await callBy(caller, port)).status);
    assert.equal(statuses.pop(), 503);
    assert.ok(statuses.length >= 30 && statuses.every((status) => status === 200), String(statuses));
    const explained = (await gate.api('POST', '/explain', {
      to: `sip:5551234@127.0.0.1:${port}`,
      source: caller.address,
    })) as { reason: string };
    assert.equal(explained.reason, 'rate-exceeded');
  });
});
