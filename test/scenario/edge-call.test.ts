import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, withCredentials } from '../support/edge.ts';
import { CARRIER, number, origination, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';
const LOCAL = { termination: termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null }) };
const carrierAt = (peer: SipPeer, priority = 1) => ({ ...CARRIER, host: peer.address, port: peer.port, priority });
const owned = number('+12065550199');

/** Rules that let the customer in by its address, and send its calls to `carrier`. */
function trusting(carrier: SipPeer) {
  const byAddress = termination({ ...LOCAL.termination, digest: null });
  return rulebookOf([trunk({ termination: byAddress })], [owned], [carrierAt(carrier)]);
}

function answering(peer: SipPeer, status = 200): void {
  peer.onRequest = (request) => {
    if (request.method === 'INVITE') peer.respond(request, 180);
    if (request.method !== 'ACK') peer.respond(request, request.method === 'INVITE' ? status : 200);
  };
}

describe('a call of a customer', () => {
  test('is challenged, admitted, answered and ended, with us in its path', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    answering(carrier);
    await using gate = await openEdge(rulebookOf([trunk(LOCAL)], [owned], [carrierAt(carrier)]));

    const invite = makeRequest('INVITE', NUMBER, phone, { 'P-Asserted-Identity': '<sip:+12065550199@phone>' });
    phone.send(invite, gate);
    const challenge = await phone.status(407);
    assert.deepEqual(
      challenge.headers.lines('proxy-authenticate').map((line) => /algorithm=([^,]+)/.exec(line)?.[1]),
      ['SHA-256', 'MD5'],
    );
    const again = withCredentials(invite, challenge);
    phone.send(again, gate);
    await phone.status(180);
    const answer = await phone.status(200);
    assert.equal(answer.headers.values('via').length, 1, 'our Via is gone');

    const seen = await carrier.method('INVITE');
    assert.equal(seen.uri, `sip:+12065550100@${carrier.address}:${carrier.port}`);
    assert.equal(seen.headers.has('proxy-authorization'), false, 'the digest answer stays with us');
    assert.match(seen.headers.get('p-asserted-identity') ?? '', /\+12065550199@127\.0\.0\.1/);
    assert.equal(seen.maxForwards, 69);
    assert.equal(seen.headers.values('via').length, 2);

    phone.send(inDialog('ACK', invite, answer, 2), gate);
    const ack = await carrier.method('ACK');
    assert.equal(ack.headers.has('route'), false, 'our route is taken off');
    phone.send(inDialog('BYE', invite, answer, 3), gate);
    await carrier.method('BYE');
    await phone.next(
      (message) => message instanceof SipResponse && message.cseq?.method === 'BYE' && message.status === 200,
    );

    const kinds = gate.events.map((event) => event.kind);
    assert.deepEqual(kinds, ['decision', 'decision', 'attempt', 'answer', 'end']);
    assert.deepEqual(gate.errors, []);
  });

  test('further 2xx reach the caller as the first one did, those of another fork with a route of their own', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(trusting(carrier));
    phone.send(makeRequest('INVITE', NUMBER, phone, {}), gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 180);
    await phone.status(180);
    const answers = [];
    for (const tag of ['one', 'one', 'other']) {
      carrier.respond(seen, 200, ({ headers }) =>
        headers.set('To', `${headers.get('to')?.split(';tag=')[0]};tag=${tag}`),
      );
      answers.push(await phone.status(200));
    }
    assert.deepEqual(
      answers.map(({ to }) => to?.tag),
      ['one', 'one', 'other'],
    );
    const [first, again, fork] = answers.map(({ headers }) => headers.get('record-route'));
    assert.equal(again, first);
    assert.notEqual(fork, first);
    assert.ok(answers.every(({ headers }) => headers.values('via').length === 1));
    assert.deepEqual(gate.errors, []);
  });

  test('a BYE of the called side finds the caller, also through another edge with the same key', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    answering(carrier);
    const rules = trusting(carrier);
    const first = await openEdge(rules);
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, first);
    const answer = await phone.status(200);
    const seen = await carrier.method('INVITE');
    const { port } = first;
    await first[Symbol.asyncDispose]();
    await using second = await openEdge(rules, { port });

    const bye = makeRequest('BYE', `sip:caller@${phone.address}:${phone.port}`, carrier, {
      From: answer.headers.get('to') ?? '',
      To: invite.headers.get('from') ?? '',
      'Call-ID': invite.callId ?? '',
    });
    for (const route of seen.headers.values('record-route')) bye.headers.append('Route', route);
    carrier.send(bye, second);
    const arrived = await phone.method('BYE');
    phone.respond(arrived, 200);
    await carrier.status(200);
    assert.deepEqual(
      second.events.map((event) => event.kind === 'end' && event.by),
      ['callee'],
    );
  });

  test('an in-dialog request without our signed route is not relayed', async () => {
    await using phone = await SipPeer.open();
    await using victim = await SipPeer.open();
    await using gate = await openEdge(rulebookOf([trunk(LOCAL)]));
    for (const route of [
      undefined,
      `<sip:AAAA.BBBB@${gate.address}:${gate.port};lr>`,
      `<sip:${victim.address}:${victim.port};lr>`,
    ]) {
      const invite = makeRequest('INVITE', `sip:x@${victim.address}:${victim.port}`, phone, {
        To: '<sip:x@y>;tag=made-up',
      });
      if (route) invite.headers.append('Route', route);
      phone.send(invite, gate);
      await phone.status(481);
    }
    assert.equal(victim.received.length, 0);
  });

  test('6.10 10.6 starts as many calls a second as its trunk may; the next is told when to come back', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    answering(carrier, 486);
    const { rule } = CARRIER;
    const two = termination({ ...LOCAL.termination, digest: null, callsPerSecond: { limit: 2, rule } });
    await using gate = await openEdge(rulebookOf([trunk({ termination: two })], [owned], [carrierAt(carrier)]));
    const call = (): void => phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    for (let turn = 0; turn < 2; turn += 1) {
      call();
      await phone.status(486);
    }
    call();
    assert.equal((await phone.status(503)).headers.get('retry-after'), '1');
    gate.clock.advance(1000);
    call();
    await phone.status(486);
  });

  test('no second call can be opened within an admitted one, but a re-INVITE passes', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    answering(carrier);
    const rules = trusting(carrier);
    await using gate = await openEdge(rules);
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const answer = await phone.status(200);
    await carrier.method('INVITE');

    const second = inDialog('INVITE', invite, answer, 2);
    second.uri = `sip:+88299912345@${carrier.address}:${carrier.port}`;
    second.headers.set('To', '<sip:+88299912345@one.example>;tag=made-up');
    phone.send(second, gate);
    await phone.status(481);
    const unsigned = inDialog('INVITE', invite, answer, 3);
    const routes = unsigned.headers.lines('route').map((route) => route.replace(/\.[\w-]+@/, '@'));
    unsigned.headers.remove('route');
    for (const route of routes) unsigned.headers.append('Route', route);
    phone.send(unsigned, gate);
    await phone.status(481);
    assert.equal(carrier.received.filter((message) => message instanceof SipRequest).length, 0);

    phone.send(inDialog('INVITE', invite, answer, 4), gate);
    await carrier.method('INVITE');
    await phone.status(200);
  });

  test('an INVITE within a call reaches no other carrier, from neither end', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using other = await SipPeer.open();
    answering(carrier);
    answering(other);
    const byAddress = termination({ ...LOCAL.termination, digest: null });
    const carriers = [carrierAt(carrier), { ...carrierAt(other), priority: 2 }];
    await using gate = await openEdge(rulebookOf([trunk({ termination: byAddress })], [owned], carriers));
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const answer = await phone.status(200);
    const came = await carrier.method('INVITE');
    const elsewhere = `${other.address}:${other.port}`;

    const byUri = inDialog('INVITE', invite, answer, 2);
    byUri.uri = `sip:+88299912345@${elsewhere}`;
    phone.send(byUri, gate);
    await phone.status(481);
    const byRoute = inDialog('INVITE', invite, answer, 3);
    byRoute.headers.append('Route', `<sip:${elsewhere};lr>`);
    phone.send(byRoute, gate);
    await phone.status(481);
    const fromCallee = inDialog('INVITE', came, answer, 1);
    fromCallee.headers.remove('route');
    for (const route of came.headers.values('record-route')) fromCallee.headers.append('Route', route);
    fromCallee.headers.append('Route', `<sip:${elsewhere};lr>`);
    fromCallee.headers.set('Via', `SIP/2.0/UDP ${carrier.address}:${carrier.port};branch=z9hG4bKx;rport`);
    fromCallee.headers.set('From', '<sip:x@y>;tag=made-up');
    fromCallee.headers.set('To', invite.headers.get('from') ?? '');
    carrier.send(fromCallee, gate);
    await carrier.status(481);
    assert.equal(other.received.filter((message) => message instanceof SipRequest).length, 0);

    phone.send(inDialog('INVITE', invite, answer, 4), gate);
    await phone.status(200);
  });

  test('a Route given with a new call is not followed', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using victim = await SipPeer.open();
    answering(carrier);
    const rules = trusting(carrier);
    await using gate = await openEdge(rules);
    const invite = makeRequest('INVITE', NUMBER, phone, { Route: `<sip:${victim.address}:${victim.port};lr>` });
    phone.send(invite, gate);
    await phone.status(200);
    assert.equal((await carrier.method('INVITE')).headers.has('route'), false);
    assert.equal(victim.received.length, 0);
  });

  test('a CANCEL reaches the callee, whose 487 reaches the caller', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    carrier.onRequest = (request) => {
      if (request.method === 'INVITE') carrier.respond(request, 180);
      if (request.method === 'CANCEL') carrier.respond(request, 200);
    };
    const rules = trusting(carrier);
    await using gate = await openEdge(rules);
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    await phone.status(180);
    const seen = await carrier.method('INVITE');
    const cancel = makeRequest('CANCEL', NUMBER, phone, { 'Call-ID': invite.callId ?? '' });
    cancel.headers.set('Via', invite.headers.get('via') ?? '');
    phone.send(cancel, gate);
    await phone.status(200);
    const passed = await carrier.method('CANCEL');
    assert.equal(passed.via?.params.get('branch'), seen.via?.params.get('branch'));
    carrier.respond(seen, 487);
    await phone.status(487);
    await carrier.method('ACK');
  });
});

describe('a call of the telephone network', () => {
  const routes = (...peers: SipPeer[]) =>
    origination({
      routes: peers.map((peer, index) => ({ ...CARRIER, host: peer.address, port: peer.port, priority: index + 1 })),
    });
  const inbound = 'sip:+12065550199@127.0.0.1';

  async function network(statuses: readonly (number | 'silent')[]) {
    const carrier = await SipPeer.open();
    const servers = await Promise.all(statuses.map(() => SipPeer.open()));
    for (const [index, status] of statuses.entries()) {
      const server = servers[index];
      if (server && status !== 'silent')
        server.onRequest = (request) => {
          if (request.method !== 'ACK') server.respond(request, status);
        };
    }
    const rules = rulebookOf([trunk({ origination: routes(...servers) })], [owned], [carrierAt(carrier)]);
    const gate = await openEdge(rules);
    const dispose = async (): Promise<void> => {
      await Promise.all([carrier, gate, ...servers].map((part) => part[Symbol.asyncDispose]()));
    };
    return { carrier, servers, gate, [Symbol.asyncDispose]: dispose };
  }

  test('goes to the first route', async () => {
    await using net = await network([200, 200]);
    net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
    await net.carrier.status(200);
    assert.equal(net.servers[1]?.received.length, 0);
  });

  test('passes over a silent route and one that answers 503', async () => {
    await using net = await network(['silent', 503, 200]);
    net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
    await net.servers[0]?.method('INVITE');
    net.gate.clock.advance(4100);
    await net.carrier.status(200);
    const attempts = net.gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.status] : []));
    assert.deepEqual(attempts, ['timeout', 503, 200]);
  });

  for (const status of [486, 487, 404, 600, 603]) {
    test(`${status} is final: nobody else is asked`, async () => {
      await using net = await network([status, 200]);
      net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
      await net.carrier.status(status);
      assert.equal(net.servers[1]?.received.length, 0);
    });
  }

  test("a lone 503 goes up as 500: it is the target's, not ours", async () => {
    await using net = await network([503]);
    net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
    await net.carrier.status(500);
  });

  test('a redirection is not followed and shows no contacts', async () => {
    await using net = await network([302, 200]);
    net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
    const answer = await net.carrier.status(480);
    assert.equal(answer.headers.has('contact'), false);
  });

  test('a late answer of a route that was given up is acknowledged and ended', async () => {
    await using net = await network(['silent', 200]);
    net.carrier.send(makeRequest('INVITE', inbound, net.carrier), net.gate);
    const [slow] = net.servers;
    const invite = await slow?.method('INVITE');
    net.gate.clock.advance(4100);
    await net.carrier.status(200);
    assert.ok(slow && invite);
    slow.respond(invite, 200);
    await slow.method('ACK');
    slow.respond(await slow.method('BYE'), 200);
    assert.equal(
      net.carrier.received.filter((message) => message instanceof SipResponse && message.status === 200).length,
      0,
    );
  });
});
