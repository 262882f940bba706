import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../src/kit/clock.ts';
import { parseDigest } from '../../src/sip/digest.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, PASSWORD, withCredentials, type TestEdge } from '../support/edge.ts';
import { CARRIER, number, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';
const LOCAL = termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null });

/** A phone and a carrier that answers, with an edge between them. */
async function line(options: Parameters<typeof openEdge>[1] = {}) {
  const phone = await SipPeer.open();
  const carrier = await SipPeer.open();
  carrier.onRequest = (request) => {
    if (request.method !== 'ACK') carrier.respond(request, 200);
  };
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const rules = rulebookOf([trunk({ termination: LOCAL })], [number('+12065550199')], [route]);
  const gate = await openEdge(rules, options);
  const dispose = async (): Promise<void> => {
    await Promise.all([phone, carrier, gate].map((part) => part[Symbol.asyncDispose]()));
  };
  return { phone, carrier, gate, [Symbol.asyncDispose]: dispose };
}

async function challenged(phone: SipPeer, gate: TestEdge): Promise<{ invite: SipRequest; challenge: SipResponse }> {
  const invite = makeRequest('INVITE', NUMBER, phone);
  phone.send(invite, gate);
  return { invite, challenge: await phone.status(407) };
}

/** Sends it and gives back the answer to this very CSeq. */
function ask(phone: SipPeer, gate: TestEdge, request: SipRequest): Promise<SipResponse> {
  phone.send(request, gate);
  return phone.next<SipResponse>(
    (message) =>
      'status' in message &&
      message.status >= 200 &&
      message.cseq?.number === request.cseq?.number &&
      message.callId === request.callId,
  );
}

function reasons(gate: TestEdge): string[] {
  return gate.events.flatMap((event) => (event.kind === 'decision' ? [event.decision.reason] : []));
}

function altered(request: SipRequest, change: (value: string) => string): SipRequest {
  request.headers.set('Proxy-Authorization', change(request.headers.get('proxy-authorization') ?? ''));
  return request;
}

describe('digest at the edge', () => {
  test('5.1 a proxy challenges with 407 and Proxy-Authenticate, never 401', async () => {
    await using net = await line();
    const { challenge } = await challenged(net.phone, net.gate);
    assert.equal(challenge.headers.count('proxy-authenticate'), 2);
    assert.equal(challenge.headers.has('www-authenticate'), false);
  });

  test('5.2 one challenge per algorithm, the best first, and all that are switched on are taken', async () => {
    await using net = await line({ algorithms: ['MD5', 'SHA-256', 'SHA-512-256'] });
    const { challenge } = await challenged(net.phone, net.gate);
    const lines = challenge.headers.lines('proxy-authenticate');
    assert.deepEqual(
      lines.map((value) => /algorithm=([^,]+)/.exec(value)?.[1]),
      ['SHA-512-256', 'SHA-256', 'MD5'],
    );
    for (const value of lines) {
      const { invite } = await challenged(net.phone, net.gate);
      challenge.headers.set('Proxy-Authenticate', value);
      assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 200, value);
    }
  });

  test('an absolute host name (RFC 3261 §25.1) is the same trunk and passes unchanged in what is copied', async () => {
    await using net = await line();
    const invite = makeRequest('INVITE', 'sip:+12065550100@One.Example.', net.phone);
    net.phone.send(invite, net.gate);
    const challenge = await net.phone.status(407);
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 200);
    const { headers } = await net.carrier.method('INVITE');
    assert.equal(headers.get('to'), '<sip:+12065550100@One.Example.>');
  });

  test('5.2 MD5 that is switched off is neither offered nor taken', async () => {
    await using net = await line({ algorithms: ['SHA-256'] });
    const { invite, challenge } = await challenged(net.phone, net.gate);
    assert.equal(challenge.headers.count('proxy-authenticate'), 1);
    const value = challenge.headers.get('proxy-authenticate') ?? '';
    challenge.headers.set('Proxy-Authenticate', value.replace('SHA-256', 'MD5'));
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 407);
    assert.equal(reasons(net.gate).at(-1), 'nonce-foreign');
  });

  test('5.3 every challenge has qop, and an answer without it does not pass', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const lines = challenge.headers.lines('proxy-authenticate');
    assert.equal(lines.every((value) => value.includes('qop="auth"')), true); // prettier-ignore
    challenge.headers.set('Proxy-Authenticate', (lines[0] ?? '').replace(', qop="auth"', ''));
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 407);
    assert.equal(reasons(net.gate).at(-1), 'credentials-malformed');
  });

  test('5.6 auth-int is not offered: what stands between may change the body', async () => {
    await using net = await line();
    const { challenge } = await challenged(net.phone, net.gate);
    assert.equal(challenge.headers.lines('proxy-authenticate').join().includes('auth-int'), false);
  });

  test('5.7 a user name in the shape user@domain is its own name, compared as it is', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const again = withCredentials(invite, challenge, PASSWORD, 'jdoe@one.example');
    assert.equal((await ask(net.phone, net.gate, again)).status, 407);
    assert.equal(reasons(net.gate).at(-1), 'credentials-unknown-user');
  });

  test('5.8 a nonce of the strong challenge does not serve the weak algorithm', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const value = challenge.headers.get('proxy-authenticate') ?? '';
    assert.match(value, /algorithm=SHA-256/);
    challenge.headers.set('Proxy-Authenticate', value.replace('SHA-256', 'MD5'));
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 407);
    assert.equal(reasons(net.gate).at(-1), 'nonce-foreign');
  });

  test('5.9 a nonce is answered at another edge with the same secret, and at no other', async () => {
    await using net = await line();
    await using same = await line();
    await using other = await line({ key: Buffer.alloc(32, 2) });
    const { challenge } = await challenged(net.phone, net.gate);
    for (const [there, status] of [[same, 200], [other, 407]] as const) {
      const again = withCredentials(makeRequest('INVITE', NUMBER, there.phone), challenge);
      assert.equal((await ask(there.phone, there.gate, again)).status, status);
    } // prettier-ignore
  });

  test('5.10 a right answer to an old nonce is told stale=true; a wrong one is not', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    net.gate.clock.advance(60_001);
    const right = await ask(net.phone, net.gate, withCredentials(invite, challenge));
    assert.match(right.headers.get('proxy-authenticate') ?? '', /, stale=true$/);
    const wrong = await ask(net.phone, net.gate, withCredentials(makeRequest('INVITE', NUMBER, net.phone), challenge, 'x')); // prettier-ignore
    assert.equal(wrong.headers.get('proxy-authenticate')?.includes('stale'), false);
    assert.deepEqual(reasons(net.gate).slice(1), ['nonce-stale', 'credentials-wrong']);
  });

  test('5.11 the same nonce count does not pass twice, and an honest client is told stale', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 200);
    const captured = withCredentials(makeRequest('INVITE', NUMBER, net.phone), challenge);
    const refused = await ask(net.phone, net.gate, captured);
    assert.match(refused.headers.get('proxy-authenticate') ?? '', /, stale=true$/);
    assert.equal(reasons(net.gate).at(-1), 'nonce-replayed');
    assert.equal((await ask(net.phone, net.gate, withCredentials(captured, refused))).status, 200);
  });

  test('5.11 an answer that passed does not pass again once the gate, or a thread of it, has started anew', async () => {
    await using net = await line();
    const clock = new ManualClock();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge))).status, 200);
    clock.advance(1000);
    await using anew = await line({ clock });
    const captured = withCredentials(makeRequest('INVITE', NUMBER, anew.phone), challenge);
    const refused = await ask(anew.phone, anew.gate, captured);
    assert.match(refused.headers.get('proxy-authenticate') ?? '', /, stale=true$/);
    assert.equal((await ask(anew.phone, anew.gate, withCredentials(captured, refused))).status, 200);
  });

  test('5.12 a wrong answer uses up no count of its nonce', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    assert.equal((await ask(net.phone, net.gate, withCredentials(invite, challenge, 'wrong'))).status, 407);
    const right = withCredentials(makeRequest('INVITE', NUMBER, net.phone), challenge);
    assert.equal((await ask(net.phone, net.gate, right)).status, 200);
  });

  test('5.13 an accepted call is not challenged again: ACK, re-INVITE, BYE', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const answer = await ask(net.phone, net.gate, withCredentials(invite, challenge));
    net.phone.send(inDialog('ACK', invite, answer, 2), net.gate);
    await net.carrier.method('ACK');
    assert.equal((await ask(net.phone, net.gate, inDialog('INVITE', invite, answer, 3))).status, 200);
    assert.equal((await ask(net.phone, net.gate, inDialog('BYE', invite, answer, 4))).status, 200);
  });

  test('5.14 the digest uri may differ from the Request-URI, but must name this edge', async () => {
    for (const [uri, status] of [['sip:one.example', 200], ['sip:anybody@127.0.0.1', 200], ['sip:other.example', 407], ['/x', 407]] as const) {
      await using net = await line();
      const { invite, challenge } = await challenged(net.phone, net.gate);
      const elsewhere = makeRequest('INVITE', uri.startsWith('/') ? NUMBER : uri, net.phone);
      if (uri.startsWith('/')) elsewhere.uri = uri;
      const answer = withCredentials(elsewhere, challenge).headers.get('proxy-authorization') ?? '';
      const again = altered(withCredentials(invite, challenge), () => answer);
      assert.equal((await ask(net.phone, net.gate, again)).status, status, uri);
    } // prettier-ignore
  });

  test('5.14 the method is part of the answer', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const bye = makeRequest('BYE', NUMBER, net.phone);
    const answer = withCredentials(bye, challenge).headers.get('proxy-authorization') ?? '';
    const again = altered(withCredentials(invite, challenge), () => answer);
    assert.equal((await ask(net.phone, net.gate, again)).status, 407);
    assert.equal(reasons(net.gate).at(-1), 'credentials-wrong');
  });

  test('5.15 our credentials are taken out; those for others, and for a registrar behind us, go on', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const again = withCredentials(invite, challenge);
    const foreign = 'Digest username="a", realm="far.example", nonce="n", uri="sip:far.example", response="00"';
    again.headers.append('Proxy-Authorization', foreign);
    again.headers.append('Authorization', foreign);
    await ask(net.phone, net.gate, again);
    const seen = await net.carrier.method('INVITE');
    assert.deepEqual(seen.headers.lines('proxy-authorization'), [foreign]);
    assert.deepEqual(seen.headers.lines('authorization'), [foreign]);
  });

  test('5.16 an unknown user and a wrong password look the same', async () => {
    await using net = await line();
    const looks: string[] = [];
    for (const username of ['jdoe', 'nobody']) {
      const { invite, challenge } = await challenged(net.phone, net.gate);
      const answer = await ask(net.phone, net.gate, withCredentials(invite, challenge, 'wrong', username));
      const shown = [...answer.headers].filter(({ id }) => !['via', 'call-id', 'to', 'x-tollgate-decision', 'reason'].includes(id));
      looks.push(`${answer.status} ${shown.map(({ name, value }) => `${name}: ${value.replace(/nonce="[^"]*"/, '')}`).join('\n')}`);
    } // prettier-ignore
    assert.equal(looks[0], looks[1]);
    assert.deepEqual(reasons(net.gate).filter((reason) => reason !== 'credentials-required'), ['credentials-wrong', 'credentials-unknown-user']); // prettier-ignore
  });

  test('5.17 the identity that was proved does not carry a foreign caller id', async () => {
    await using net = await line();
    const invite = makeRequest('INVITE', NUMBER, net.phone, { From: '<sip:+12065550111@one.example>;tag=caller' });
    net.phone.send(invite, net.gate);
    const again = withCredentials(invite, await net.phone.status(407));
    assert.equal((await ask(net.phone, net.gate, again)).status, 403);
    assert.equal(reasons(net.gate).at(-1), 'caller-id-not-owned');
  });

  test('5.19 Basic is never offered and never taken', async () => {
    await using net = await line();
    const { challenge } = await challenged(net.phone, net.gate);
    assert.equal(challenge.headers.lines('proxy-authenticate').every((value) => value.startsWith('Digest ')), true); // prettier-ignore
    const basic = `Basic ${Buffer.from(`jdoe:${PASSWORD}`).toString('base64')}`;
    const invite = makeRequest('INVITE', NUMBER, net.phone, { 'Proxy-Authorization': basic });
    assert.equal((await ask(net.phone, net.gate, invite)).status, 407);
  });

  test('5.20 broken Authorization headers are challenged afresh, and nothing breaks', async () => {
    await using net = await line();
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const good = withCredentials(invite, challenge).headers.get('proxy-authorization') ?? '';
    assert.ok(parseDigest(good));
    const broken = [
      '', 'Digest', 'Digest ,', 'Digest username=', good.replace(/response="[^"]*"/, 'response=""'), good.replace(/nc=\w+/, 'nc=1'),
      good.replace('"jdoe"', `"${'x'.repeat(6000)}"`), good.replace(/uri="[^"]*"/, 'uri="sip:"'), good.replace(/nonce="[^"]*"/, `nonce="${'A'.repeat(2000)}"`),
      good.replace('qop=auth', 'qop=auth-conf'), `${good}, username="jdoe"`, `${good}, "`, good.replace('Digest', 'Bearer'), `${good}\0`,
    ]; // prettier-ignore
    for (const value of broken) {
      const request = makeRequest('INVITE', NUMBER, net.phone, { 'Proxy-Authorization': value });
      const { status } = await ask(net.phone, net.gate, request);
      assert.equal(status === 407 || status === 400, true, `${value.slice(0, 80)}: ${status}`);
    }
    const twice = makeRequest('INVITE', NUMBER, net.phone, { 'Proxy-Authorization': good });
    twice.headers.append('Proxy-Authorization', good);
    assert.equal((await ask(net.phone, net.gate, twice)).status, 407, 'two answers of one realm');
    assert.deepEqual(net.gate.errors, []);
    assert.equal(JSON.stringify(net.gate.events).includes('x'.repeat(300)), false, 'no long name is kept');
  });

  test("5.21 a carrier's challenge reaches the caller; the edge adds no credentials of its own", async () => {
    await using net = await line();
    const theirs = 'Digest realm="far.example", nonce="n", algorithm=MD5, qop="auth"';
    net.carrier.onRequest = (request) => {
      if (request.method === 'INVITE')
        net.carrier.respond(request, 407, (response) => response.headers.append('Proxy-Authenticate', theirs));
    };
    const { invite, challenge } = await challenged(net.phone, net.gate);
    const answer = await ask(net.phone, net.gate, withCredentials(invite, challenge));
    assert.equal(answer.status, 407);
    assert.deepEqual(answer.headers.lines('proxy-authenticate'), [theirs]);
    const [first] = [await net.carrier.method('INVITE')];
    assert.equal(first.headers.has('proxy-authorization'), false);
  });
});
