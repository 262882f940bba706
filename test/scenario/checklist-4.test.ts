import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge, withCredentials } from '../support/edge.ts';
import { termination } from '../support/rules.ts';
import { cancelOf, establish, fromCallee, INBOUND, NUMBER, openScene, rulesFor } from '../support/scene.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { TcpPeer } from '../support/tcp-peer.ts';

const TCP = { transport: 'tcp', address: '127.0.0.1', port: 0 } as const;

const statusesOf = (peer: SipPeer): number[] =>
  peer.received.flatMap((message) => (message instanceof SipResponse && message.status > 100 ? [message.status] : []));
const methodsOf = (peer: SipPeer): string[] =>
  peer.received.flatMap((message) => (message instanceof SipRequest ? [message.method] : []));

async function settle(peer: SipPeer, gate: { address: string; port: number }): Promise<void> {
  const ping = makeRequest('OPTIONS', 'sip:one.example', peer);
  peer.send(ping, gate);
  await peer.next((message) => message instanceof SipResponse && message.callId === ping.callId);
}

describe('before anything is looked up', () => {
  test('4.1 scheme, Max-Forwards, loop, Proxy-Require and credentials are checked in this order', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest } });
    const { phone, gate } = scene;
    const faults: [number, (request: SipRequest) => void][] = [
      [416, (request) => (request.uri = 'http://one.example')],
      [483, ({ headers }) => headers.set('Max-Forwards', '0')],
      [420, ({ headers }) => headers.set('Proxy-Require', 'teleport, sec-agree')],
    ];
    for (const [index, [status]] of faults.entries()) {
      const request = makeRequest('INVITE', NUMBER, phone);
      for (const [, spoil] of faults.slice(index)) spoil(request);
      phone.send(request, gate);
      const answer = await phone.status(status);
      if (status === 420) assert.equal(answer.headers.get('unsupported'), 'teleport, sec-agree');
    }
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await phone.status(407);
  });

  test('4.1 what came so far that its answer could not be read is refused, what came one hop less is not', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    for (const [header, most] of [
      ['Via', 69],
      ['Record-Route', 68],
    ] as const)
      for (const [count, status] of [
        [most + 1, 483],
        [most, 486],
      ] as const) {
        const request = makeRequest('INVITE', NUMBER, phone);
        const value = header === 'Via' ? 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx' : '<sip:10.0.0.1;lr>';
        const own = header === 'Via' ? 1 : 0;
        for (let hop = own; hop < count; hop += 1) request.headers.append(header, value);
        phone.send(request, gate);
        if (status === 486) carrier.respond(await carrier.method('INVITE'), status);
        await phone.status(status);
      }
  });

  test('4.1 OPTIONS to us needs no further hop; within a dialog it does', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone, { 'Max-Forwards': '0' }), gate);
    await phone.status(200);
    const { invite, answer } = await establish(scene);
    const options = inDialog('OPTIONS', invite, answer, 2);
    options.headers.set('Max-Forwards', '0');
    phone.send(options, gate);
    await phone.status(483);
  });

  test('4.1 Proxy-Require is not asked of ACK and CANCEL', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 180);
    await phone.status(180);
    const cancel = cancelOf(invite, phone);
    cancel.headers.append('Proxy-Require', 'teleport');
    phone.send(cancel, gate);
    await phone.status(200);
    await carrier.method('CANCEL');
    carrier.respond(seen, 200);
    const answer = await phone.status(200);
    const ack = inDialog('ACK', invite, answer, 1);
    ack.headers.append('Proxy-Require', 'teleport');
    phone.send(ack, gate);
    await carrier.method('ACK');
  });

  test('4.2 a merged request is no error of ours', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const other = invite.clone();
    other.headers.set('Via', `SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bKotherpath;rport`);
    phone.send(other, gate);
    await carrier.method('INVITE');
    await carrier.method('INVITE');
    await settle(phone, gate);
    assert.deepEqual(statusesOf(phone), []);
  });

  test('4.20 a request that comes back unchanged is answered 482', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', INBOUND, phone, { To: '<sip:+12065550199@one.example>' }), gate);
    const seen = await carrier.method('INVITE');
    // The carrier is a proxy that sends the call back to us, first with another Request-URI: a spiral.
    const back = (request: SipRequest): SipRequest => {
      const copy = request.clone();
      copy.uri = INBOUND;
      copy.headers.prepend('Via', `SIP/2.0/UDP ${carrier.address}:${carrier.port};branch=z9hG4bK${Math.random()}`);
      return copy;
    };
    carrier.send(back(seen), gate);
    const spiral = await phone.method('INVITE');
    // Then its routes send it here once more as it was.
    const again = spiral.clone();
    again.uri = INBOUND;
    again.headers.prepend('Via', `SIP/2.0/UDP ${carrier.address}:${carrier.port};branch=z9hG4bKround2`);
    again.headers.remove('record-route');
    carrier.send(again, gate);
    const answer = await carrier.status(482);
    assert.match(answer.headers.lines('reason').join(), /Q\.850;cause=25/);
    assert.equal(
      gate.events.some((event) => event.kind === 'refusal' && event.reason === 'loop-detected'),
      true,
    );
  });
});

describe('routes', () => {
  test('4.3 a strict router before us: our route in the Request-URI gives way to the last Route', async () => {
    await using scene = await openScene();
    const { gate, carrier } = scene;
    const { caller, invite, answer } = await establish(scene);
    const bye = inDialog('BYE', invite, answer, 2);
    const [own = ''] = bye.headers.values('route');
    const target = bye.uri;
    bye.uri = own.replace(/^<|>$/g, '');
    bye.headers.set('Route', `<${target}>`);
    caller.send(bye, gate);
    const seen = await carrier.method('BYE');
    assert.equal(seen.uri, target);
    assert.equal(seen.headers.has('route'), false);
  });

  test('4.3 a maddr that is us is taken off', async () => {
    await using scene = await openScene();
    const { gate, carrier } = scene;
    const { caller, invite, answer } = await establish(scene);
    const bye = inDialog('BYE', invite, answer, 2);
    bye.uri = `sip:peer@${carrier.address}:${gate.port};maddr=${gate.address}`;
    bye.headers.append('Route', `<sip:${carrier.address}:${carrier.port};lr>`);
    caller.send(bye, gate);
    const seen = await carrier.method('BYE');
    assert.equal(seen.uri, `sip:peer@${carrier.address}`);
  });

  test('4.4 a signed route is good for its own dialog only, from both ends', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const call = await establish(scene);
    const { invite, answer } = call;
    const spoiled: [string, (request: SipRequest) => void][] = [
      ['another Call-ID', ({ headers }) => headers.set('Call-ID', 'another')],
      ['other tags', ({ headers }) => headers.set('From', '<sip:+12065550199@one.example>;tag=other')],
      [
        'a changed token',
        ({ headers }) =>
          headers.set(
            'Route',
            (headers.get('route') ?? '').replace(/sip:(.)/, (_, first: string) => `sip:${first === 'A' ? 'B' : 'A'}`),
          ),
      ],
      [
        'a token cut short',
        ({ headers }) =>
          headers.set('Route', (headers.get('route') ?? '').replace(/(\.[\w-]{10})[\w-]*(\.[\w-]+)?@/, '$1@')),
      ],
      ['no token', ({ headers }) => headers.set('Route', `<sip:${gate.address}:${gate.port};lr>`)],
      ['the route of a stranger', ({ headers }) => headers.set('Route', `<sip:${carrier.address}:${carrier.port};lr>`)],
      ['no route', ({ headers }) => headers.remove('route')],
    ];
    for (const [name, spoil] of spoiled) {
      const request = inDialog('INFO', invite, answer, 2);
      spoil(request);
      phone.send(request, gate);
      assert.ok(await phone.status(481), name);
    }
    assert.deepEqual(methodsOf(carrier), []);
    phone.send(inDialog('INFO', invite, answer, 2), gate);
    carrier.respond(await carrier.method('INFO'), 200);
    await phone.status(200);
    carrier.send(fromCallee('INFO', call), gate);
    phone.respond(await phone.method('INFO'), 200);
    await carrier.status(200);
  });

  test('4.4 4.18 after a restart ACK, re-INVITE and BYE find their way without any state', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    const rules = rulesFor(phone, [carrier]);
    const first = await openEdge(rules);
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, first);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 200);
    const answer = await phone.status(200);
    await first[Symbol.asyncDispose]();
    await using second = await openEdge(rules, { port: first.port });
    phone.send(inDialog('ACK', invite, answer, 1), second);
    await carrier.method('ACK');
    assert.equal(second.edge.transactions, 0, 'an ACK makes no state');
    phone.send(inDialog('INVITE', invite, answer, 2), second);
    carrier.respond(await carrier.method('INVITE'), 200);
    await phone.status(200);
    const bye = fromCallee('BYE', { caller: phone, callee: carrier, invite, seen, answer });
    carrier.send(bye, second);
    phone.respond(await phone.method('BYE'), 200);
    await carrier.status(200);

    await using stranger = await openEdge(rules, { key: Buffer.alloc(32, 2), port: 0 });
    const elsewhere = inDialog('INFO', invite, answer, 3);
    elsewhere.headers.set('Route', (elsewhere.headers.get('route') ?? '').replace(/:\d+;/, `:${stranger.port};`));
    phone.send(elsewhere, stranger);
    await phone.status(481);
  });

  test('4.7 one Record-Route with lr before those that are there; a token that proves it', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone, { 'Record-Route': '<sip:192.0.2.77;lr>' }), gate);
    const routes = (await carrier.method('INVITE')).headers.values('record-route');
    assert.equal(routes.length, 2);
    assert.match(routes[0] ?? '', new RegExp(`^<sip:[\\w.-]+@${gate.address}:${gate.port};lr>$`));
    assert.equal(routes[1], '<sip:192.0.2.77;lr>');
  });

  test('4.7 4.10 two sides with different transports: two values, each side reaches us by its own', async () => {
    await using scene = await openScene({ also: [TCP] });
    await using peer = await TcpPeer.open();
    const { phone, carrier, gate } = scene;
    const edge = gate.listening.find(({ transport }) => transport === 'tcp');
    assert.ok(edge);
    const socket = await peer.connect(edge);
    const invite = makeRequest('INVITE', NUMBER, phone, {
      Via: `SIP/2.0/TCP ${peer.address}:${peer.port};branch=z9hG4bKtcp`,
      Contact: `<sip:caller@${peer.address}:${peer.port};transport=tcp>`,
    });
    socket.write(invite.toBuffer());
    const seen = await carrier.method('INVITE');
    const routes = seen.headers.values('record-route');
    assert.match(routes[0] ?? '', new RegExp(`@127\\.0\\.0\\.1:${gate.port};lr>$`));
    assert.match(routes[1] ?? '', new RegExp(`@127\\.0\\.0\\.1:${edge.port};transport=tcp;lr>$`));
    carrier.respond(seen, 200);
    const answer = await peer.status(200);
    assert.equal(answer.headers.get('content-length'), '0');

    const ack = inDialog('ACK', invite, answer, 1);
    ack.headers.set('Via', `SIP/2.0/TCP ${peer.address}:${peer.port};branch=z9hG4bKack`);
    socket.write(ack.toBuffer());
    assert.equal((await carrier.method('ACK')).headers.has('route'), false, 'both our routes are taken off');
    carrier.send(fromCallee('BYE', { caller: phone, callee: carrier, invite, seen, answer }), gate);
    const bye = await peer.method('BYE');
    assert.equal(bye.headers.get('content-length'), '0');
    assert.equal(bye.headers.has('route'), false);
    peer.respond(bye, 200);
    await carrier.status(200);
  });

  test('4.7 two sides with different address families: two values', async (t) => {
    const ipv6 = { transport: 'udp', address: '::1', port: 0 } as const;
    await using phone = await SipPeer.open('::1').catch(() => null);
    if (!phone) return t.skip('no IPv6 on this machine');
    await using carrier = await SipPeer.open();
    const rules = rulesFor(phone, [carrier], {
      sources: { blocks: [{ bits: 128, value: 1n, length: 128 }], rule: { resource: 'x', field: 'y' } },
    });
    await using gate = await openEdge(rules, { also: [ipv6] });
    const edge = gate.listening.find(({ address }) => address === '::1');
    assert.ok(edge);
    const via = `SIP/2.0/UDP [::1]:${phone.port};branch=z9hG4bKsix;rport`;
    const contact = `<sip:caller@[::1]:${phone.port}>`;
    const invite = makeRequest('INVITE', NUMBER, phone, { Via: via, Contact: contact });
    phone.send(invite, edge);
    const seen = await carrier.method('INVITE');
    assert.equal(seen.via?.host, '127.0.0.1');
    const routes = seen.headers.values('record-route');
    assert.match(routes[0] ?? '', /@127\.0\.0\.1:\d+;lr>$/);
    assert.match(routes[1] ?? '', /@\[::1\]:\d+;lr>$/);
    carrier.respond(seen, 200);
    const answer = await phone.status(200);
    carrier.send(fromCallee('BYE', { caller: phone, callee: carrier, invite, seen, answer }), gate);
    assert.equal((await phone.method('BYE')).via?.host, '::1');
  });

  test('4.8 a strict router behind us gets the Request-URI it wants', async () => {
    await using scene = await openScene();
    await using router = await SipPeer.open();
    const { gate } = scene;
    const { caller, invite, answer } = await establish(scene);
    const bye = inDialog('BYE', invite, answer, 2);
    const target = bye.uri;
    bye.headers.append('Route', `<sip:${router.address}:${router.port}>`);
    bye.headers.append('Route', '<sip:192.0.2.66;lr>');
    caller.send(bye, gate);
    const seen = await router.method('BYE');
    assert.equal(seen.uri, `sip:${router.address}:${router.port}`);
    assert.deepEqual(seen.headers.values('route'), ['<sip:192.0.2.66;lr>', `<${target}>`]);
  });

  test('4.23 a request with a To tag and no route of ours never becomes a new call', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    for (const method of ['INVITE', 'BYE', 'UPDATE', 'REFER', 'INFO', 'OPTIONS', 'NOTIFY']) {
      phone.send(makeRequest(method, NUMBER, phone, { To: `<${NUMBER}>;tag=gone` }), gate);
      await phone.status(481);
    }
    assert.deepEqual(methodsOf(carrier), []);
    assert.equal(
      gate.events.some((event) => event.kind === 'decision'),
      false,
    );
  });
});

describe('copies', () => {
  test('4.5 4.6 headers keep their order and spelling, the body its bytes; one hop less', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone, {
      'X-First': 'a,  b;c="d, e"',
      'x-SECOND': '<odd> %41',
      'Content-Type': 'application/octet-stream',
      Date: 'not a date',
    });
    invite.headers.append('X-First', 'again');
    invite.body = Buffer.from([0, 255, 13, 10, 13, 10, 0xc3, 0x28]);
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    const kept = (request: SipRequest): string[] =>
      [...request.headers]
        .filter(
          ({ id }) => !['via', 'record-route', 'max-forwards', 'p-asserted-identity', 'content-length'].includes(id),
        )
        .map(({ name, value }) => `${name}: ${value}`);
    assert.deepEqual(kept(seen), kept(invite));
    assert.deepEqual(seen.body, invite.body);
    assert.equal(seen.maxForwards, 69);
  });

  test('4.6 without Max-Forwards 70 is added', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    invite.headers.remove('max-forwards');
    phone.send(invite, gate);
    assert.equal((await carrier.method('INVITE')).maxForwards, 70);
  });

  test('4.9 each attempt has a branch of its own, its ACK and CANCEL the same', async () => {
    await using scene = await openScene();
    const { phone, carriers, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const first = await carriers[0].method('INVITE');
    carriers[0].respond(first, 503);
    const ack = await carriers[0].method('ACK');
    const second = await carriers[1].method('INVITE');
    carriers[1].respond(second, 180);
    await phone.status(180);
    phone.send(cancelOf(invite, phone), gate);
    const cancel = await carriers[1].method('CANCEL');
    const branch = (request: SipRequest): unknown => request.via?.params.get('branch');
    assert.notEqual(branch(first), branch(second));
    assert.equal(branch(ack), branch(first));
    assert.equal(branch(cancel), branch(second));
    assert.notEqual(branch(invite), branch(second));
  });
});

describe('answers', () => {
  test('4.11 our Via goes; 101-199 pass at once; every 2xx of a callee that forked goes up', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone);
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    const tagged = (status: number, tag: string): void =>
      void carrier.respond(seen, status, ({ headers }) => headers.set('To', `<${NUMBER}>;tag=${tag}`));
    for (const status of [180, 181, 183, 199]) {
      tagged(status, 'a');
      const { via, headers } = await phone.status(status);
      assert.equal(headers.values('via').length, 1);
      assert.equal(via?.params.get('branch'), invite.via?.params.get('branch'));
    }
    for (const tag of ['a', 'b', 'a', 'c']) {
      tagged(200, tag);
      assert.equal((await phone.status(200)).to?.tag, tag);
    }
  });

  test('4.12 the best answer goes up, not the last', async () => {
    for (const [first, second, best] of [
      [503, 486, 486],
      [408, 500, 408],
      [500, 603, 603],
      [503, 407, 407],
    ] as const) {
      await using scene = await openScene();
      const { phone, carriers, gate } = scene;
      phone.send(makeRequest('INVITE', NUMBER, phone), gate);
      carriers[0].respond(await carriers[0].method('INVITE'), first);
      carriers[1].respond(await carriers[1].method('INVITE'), second);
      await phone.status(best);
    }
  });

  test('4.12 nobody says anything: 408', async () => {
    await using scene = await openScene();
    const { phone, carriers, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await carriers[0].method('INVITE');
    gate.clock.advance(4100);
    await carriers[1].method('INVITE');
    gate.clock.advance(33_000);
    await phone.status(408);
  });

  test('4.13 a lone 503 is 500 for the caller, for a new call and within a dialog', async () => {
    await using scene = await openScene();
    const { phone, carrier, carriers, gate } = scene;
    const { invite, answer } = await establish(scene);
    phone.send(inDialog('INVITE', invite, answer, 2), gate);
    carrier.respond(await carrier.method('INVITE'), 503, ({ headers }) => headers.append('Retry-After', '9'));
    const refusal = await phone.status(500);
    assert.equal(refusal.headers.has('retry-after'), false);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    for (const peer of carriers) peer.respond(await peer.method('INVITE'), 503);
    await phone.status(500);
  });

  test('4.14 after a 6xx nobody else is asked', async () => {
    await using scene = await openScene();
    const { phone, carriers, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    carriers[0].respond(await carriers[0].method('INVITE'), 600);
    await phone.status(600);
    assert.deepEqual(methodsOf(carriers[1]), []);
  });

  test('4.19 no tag is made up in what passes; our own errors carry one', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 180, ({ headers }) => headers.set('To', `<${NUMBER}>`));
    assert.equal((await phone.status(180)).to?.tag, undefined);
    carrier.respond(seen, 200, ({ headers }) => headers.set('To', `<${NUMBER}>;tag=theirs`));
    assert.equal((await phone.status(200)).to?.tag, 'theirs');
    for (const [method, status, headers] of [
      ['REFER', 405, {}],
      ['INVITE', 483, { 'Max-Forwards': '0' }],
      ['INVITE', 400, { CSeq: '1 BYE' }],
    ] as const) {
      phone.send(makeRequest(method, NUMBER, phone, headers), gate);
      assert.ok((await phone.status(status)).to?.tag, String(status));
    }
  });

  test('4.22 a redirection is not followed; no foreign contact reaches the caller', async () => {
    await using scene = await openScene();
    await using premium = await SipPeer.open();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    carrier.respond(await carrier.method('INVITE'), 302, ({ headers }) =>
      headers.set('Contact', `<sip:+8821@${premium.address}:${premium.port}>`),
    );
    const answer = await phone.status(480);
    assert.equal(answer.headers.has('contact'), false);
    assert.equal(premium.received.length, 0);
  });
});

describe('4.16 CANCEL', () => {
  async function dialled() {
    const scene = await openScene();
    const invite = makeRequest('INVITE', NUMBER, scene.phone);
    scene.phone.send(invite, scene.gate);
    await scene.phone.status(100);
    const seen = await scene.carrier.method('INVITE');
    return { scene, invite, seen };
  }

  test('4.16 is answered 200 at once with the tag of the other answers, and passed with its Reason', async () => {
    const { scene, invite, seen } = await dialled();
    await using _ = scene;
    const { phone, carrier, gate } = scene;
    carrier.respond(seen, 180);
    const { to } = await phone.status(180);
    const cancel = cancelOf(invite, phone);
    cancel.headers.append('Reason', 'SIP;cause=200;text="Call completed elsewhere"');
    phone.send(cancel, gate);
    const ok = await phone.status(200);
    assert.equal(ok.cseq?.method, 'CANCEL');
    assert.equal(ok.to?.tag, to?.tag);
    const passed = await carrier.method('CANCEL');
    assert.equal(passed.headers.get('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    carrier.respond(passed, 200);
    carrier.respond(seen, 487);
    assert.equal((await phone.status(487)).to?.tag, to?.tag);
  });

  test('4.16 before any answer of the callee it waits for one; the caller is told 487 by us', async () => {
    const { scene, invite, seen } = await dialled();
    await using _ = scene;
    const { phone, carrier, gate } = scene;
    phone.send(cancelOf(invite, phone), gate);
    await phone.status(200);
    await phone.status(487);
    assert.deepEqual(methodsOf(carrier), []);
    carrier.respond(seen, 180);
    await carrier.method('CANCEL');
  });

  test('4.16 a callee who answers after all is hung up on, although the INVITE has the highest CSeq there is', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const invite = makeRequest('INVITE', NUMBER, phone, { CSeq: '4294967295 INVITE' });
    phone.send(invite, gate);
    const seen = await carrier.method('INVITE');
    phone.send(cancelOf(invite, phone), gate);
    await phone.status(487);
    carrier.respond(seen, 200);
    assert.equal((await carrier.method('ACK')).cseq?.number, 0xffff_ffff);
    carrier.respond(await carrier.method('BYE'), 200);
    assert.deepEqual(gate.errors, []);
  });

  test('4.16 after the final answer it is answered and changes nothing', async () => {
    const { scene, invite, seen } = await dialled();
    await using _ = scene;
    const { phone, carrier, gate } = scene;
    carrier.respond(seen, 200);
    await phone.status(200);
    phone.send(cancelOf(invite, phone), gate);
    await phone.status(200);
    await settle(phone, gate);
    assert.deepEqual(methodsOf(carrier), []);
    assert.deepEqual(statusesOf(phone), []);
  });

  test('4.16 of nothing that is known: 481', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    phone.send(cancelOf(makeRequest('INVITE', NUMBER, phone), phone), gate);
    await phone.status(481);
  });

  test('4.16 of a re-INVITE ends the re-INVITE alone', async () => {
    await using scene = await openScene();
    const { gate } = scene;
    const { caller, callee, invite, answer } = await establish(scene);
    const again = inDialog('INVITE', invite, answer, 2);
    caller.send(again, gate);
    const seen = await callee.method('INVITE');
    callee.respond(seen, 180);
    await caller.status(180);
    caller.send(cancelOf(again, caller), gate);
    await caller.status(200);
    await callee.method('CANCEL');
    callee.respond(seen, 487);
    await caller.status(487);
  });

  test('4.17 a 2xx that crosses it wins and goes up', async () => {
    const { scene, invite, seen } = await dialled();
    await using _ = scene;
    const { phone, carrier, gate } = scene;
    carrier.respond(seen, 180);
    await phone.status(180);
    phone.send(cancelOf(invite, phone), gate);
    await phone.status(200);
    await carrier.method('CANCEL');
    carrier.respond(seen, 200);
    const answer = await phone.status(200);
    assert.equal(answer.cseq?.method, 'INVITE');
    assert.deepEqual(methodsOf(carrier), [], 'its end is the caller’s to make');
    phone.send(inDialog('BYE', invite, answer, 2), gate);
    await carrier.method('BYE');
  });
});

describe('timer C', () => {
  test('timer C: each 101-199 starts it anew; then the callee is cancelled and the caller told 408', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const seen = await carrier.method('INVITE');
    for (let minutes = 0; minutes < 6; minutes += 2) {
      carrier.respond(seen, 180);
      await phone.status(180);
      gate.clock.advance(120_000);
    }
    await settle(phone, gate);
    assert.deepEqual([methodsOf(carrier), statusesOf(phone)], [[], []]);
    gate.clock.advance(70_000);
    await phone.status(408);
    await carrier.method('CANCEL');
  });

  test('timer C: a re-INVITE has it too', async () => {
    await using scene = await openScene();
    const { gate } = scene;
    const { caller, callee, invite, answer } = await establish(scene);
    caller.send(inDialog('INVITE', invite, answer, 2), gate);
    const seen = await callee.method('INVITE');
    callee.respond(seen, 180);
    await caller.status(180);
    gate.clock.advance(186_000);
    await callee.method('CANCEL');
    gate.clock.advance(33_000);
    await caller.status(408);
  });
});

describe('credentials of others', () => {
  test('5.14 the digest URI need not be the Request-URI, but must name this edge', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest } });
    const { phone, carrier, gate } = scene;
    for (const [uri, admitted] of [
      ['sip:one.example', true],
      [`sip:${gate.address}:${gate.port}`, true],
      ['sip:+12065550100@elsewhere.example', false],
      ['nonsense', false],
    ] as const) {
      const invite = makeRequest('INVITE', NUMBER, phone);
      phone.send(invite, gate);
      // Digested over `uri`, sent to the number.
      const other = invite.clone();
      other.uri = uri;
      const request = withCredentials(other, await phone.status(407));
      request.uri = NUMBER;
      phone.send(request, gate);
      if (admitted) await carrier.method('INVITE');
      else await phone.status(407);
    }
  });

  test('5.15 our own credentials are taken off, those for others stay', async () => {
    const { digest } = termination();
    await using scene = await openScene({ rules: { digest } });
    const { phone, carrier, gate } = scene;
    const foreign = 'Digest username="a", realm="else", nonce="n", uri="sip:x", response="00"';
    const invite = makeRequest('INVITE', NUMBER, phone, { Authorization: foreign });
    phone.send(invite, gate);
    const again = withCredentials(invite, await phone.status(407));
    again.headers.append('Proxy-Authorization', foreign);
    phone.send(again, gate);
    const { headers } = await carrier.method('INVITE');
    assert.deepEqual(headers.lines('proxy-authorization'), [foreign]);
    assert.deepEqual(headers.lines('authorization'), [foreign]);
  });

  test('5.17 the identity shown is one of the account, or the call is refused', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone, { 'P-Preferred-Identity': '<sip:+14155550000@x>' }), gate);
    await phone.status(403);
    phone.send(makeRequest('INVITE', NUMBER, phone, { From: '<sip:+14155550000@x>;tag=f' }), gate);
    await phone.status(403);
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    assert.match((await carrier.method('INVITE')).headers.get('p-asserted-identity') ?? '', /\+12065550199/);
  });

  for (const [status, header, answerHeader] of [
    [401, 'WWW-Authenticate', 'Authorization'],
    [407, 'Proxy-Authenticate', 'Proxy-Authorization'],
  ] as const)
    test(`5.21 a ${status} from below goes up with its challenge; the answer is the caller's, not ours`, async () => {
      await using scene = await openScene();
      const { phone, carrier, gate } = scene;
      const challenge = 'Digest realm="carrier", nonce="n", algorithm=MD5, qop="auth"';
      const invite = makeRequest('INVITE', NUMBER, phone);
      phone.send(invite, gate);
      carrier.respond(await carrier.method('INVITE'), status, ({ headers }) => headers.append(header, challenge));
      assert.deepEqual((await phone.status(status)).headers.lines(header.toLowerCase()), [challenge]);
      assert.deepEqual(
        methodsOf(carrier).filter((method) => method !== 'ACK'),
        [],
      );
      const credentials = 'Digest username="a", realm="carrier", nonce="n", uri="sip:x", response="00"';
      phone.send(
        makeRequest('INVITE', NUMBER, phone, {
          'Call-ID': invite.callId ?? '',
          CSeq: '2 INVITE',
          [answerHeader]: credentials,
        }),
        gate,
      );
      const again = await carrier.method('INVITE');
      assert.equal(again.headers.get(answerHeader.toLowerCase()), credentials);
    });
});
