import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, openEdge } from '../support/edge.ts';
import { CARRIER, number, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { establish, NUMBER, openScene, rulesFor } from '../support/scene.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { TcpPeer } from '../support/tcp-peer.ts';

const TCP = { transport: 'tcp', address: '127.0.0.1', port: 0 } as const;

describe('2.2 a request above 1300 bytes', () => {
  const large = { Subject: 'x'.repeat(1200) };

  test('2.2 goes by TCP where the peer takes it, a small one by UDP', async () => {
    await using scene = await openScene({ also: [TCP] });
    const { phone, carrier, gate } = scene;
    await using stream = await TcpPeer.open(carrier.port, carrier.address);
    phone.send(makeRequest('INVITE', NUMBER, phone, large), gate);
    const seen = await stream.method('INVITE');
    assert.equal(seen.via?.transport, 'TCP');
    stream.respond(seen, 200);
    await phone.status(200);
    assert.equal(carrier.received.length, 0, 'not by UDP as well');

    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    assert.equal((await carrier.method('INVITE')).via?.transport, 'UDP');
  });

  test('2.2 goes by UDP when TCP is refused, at once the next time', async () => {
    await using scene = await openScene({ also: [TCP] });
    const { phone, carrier, carriers, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone, large), gate);
    const seen = await carrier.method('INVITE');
    assert.equal(seen.via?.transport, 'UDP');
    carrier.respond(seen, 200);
    await phone.status(200);
    assert.equal(carriers[1].received.length, 0, 'no failover for the want of TCP');

    // Somebody listens now, but the peer is remembered.
    await using stream = await TcpPeer.open(carrier.port, carrier.address);
    phone.send(makeRequest('INVITE', NUMBER, phone, large), gate);
    await carrier.method('INVITE');
    assert.equal(stream.connections, 0);
  });

  test('2.2 what no datagram can hold fails without a word against the gateway, or its other calls', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    // By then the carrier has a socket of its own.
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    carrier.respond(await carrier.method('INVITE'), 486);
    await phone.status(486);
    const other = makeRequest('INVITE', NUMBER, phone);
    phone.send(other, gate);
    const seen = await carrier.method('INVITE');
    for (let round = 0; round < 2; round += 1) {
      const huge = makeRequest('INVITE', NUMBER, phone);
      huge.body = Buffer.alloc(65_490 - huge.toBuffer().length, 'x');
      phone.send(huge, gate);
      assert.equal((await phone.status(500)).callId, huge.callId);
    }
    assert.deepEqual(
      gate.edge.gateways().map(({ state, failures }) => [state, failures]),
      [
        ['in', 0],
        ['in', 0],
      ],
    );
    carrier.respond(seen, 486);
    assert.equal((await phone.status(486)).callId, other.callId);
  });

  test('2.2 a TCP that was asked for is never replaced by UDP', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    await using other = await SipPeer.open();
    const rules = rulebookOf(
      [trunk({ termination: termination({ sources: sources('127.0.0.0/8'), digest: null }) })],
      [number('+12065550199')],
      [
        { ...CARRIER, host: carrier.address, port: carrier.port, transport: 'tcp' },
        { ...CARRIER, host: other.address, port: other.port, priority: 2 },
      ],
    );
    await using gate = await openEdge(rules, { also: [TCP] });
    phone.send(makeRequest('INVITE', NUMBER, phone, large), gate);
    await other.method('INVITE');
    assert.equal(carrier.received.length, 0);
  });

  test('2.2 an in-dialog request is measured as well', async () => {
    await using scene = await openScene({ also: [TCP] });
    const { carrier, gate } = scene;
    const { caller, invite, answer } = await establish(scene);
    await using stream = await TcpPeer.open(carrier.port, carrier.address);
    const info = inDialog('INFO', invite, answer, 2);
    info.body = Buffer.alloc(1300, 'x');
    caller.send(info, gate);
    stream.respond(await stream.method('INFO'), 200);
    await caller.status(200);
  });
});

describe('where answers go', () => {
  test('2.3 received tells the true source when the sent-by is another', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    const request = makeRequest('OPTIONS', 'sip:one.example', phone);
    request.headers.set('Via', `SIP/2.0/UDP phone.example:${phone.port};branch=z9hG4bKname`);
    phone.send(request, gate);
    const { via } = await phone.status(200);
    assert.equal(via?.params.get('received'), phone.address);
    assert.equal(via.params.has('rport'), false);
  });

  test('2.4 rport is filled in, received added, and the answer comes to the source port', async () => {
    await using scene = await openScene();
    const { phone, gate } = scene;
    const request = makeRequest('OPTIONS', 'sip:one.example', phone);
    request.headers.set('Via', 'SIP/2.0/UDP 10.1.2.3:9;branch=z9hG4bKnat;rport');
    phone.send(request, gate);
    const { via } = await phone.status(200);
    assert.equal(via?.params.get('rport'), String(phone.port));
    assert.equal(via.params.get('received'), phone.address);
  });

  test('2.5 without rport the answer goes to the port of the sent-by; maddr is not followed', async () => {
    await using scene = await openScene();
    await using elsewhere = await SipPeer.open();
    await using victim = await SipPeer.open('127.0.0.9');
    const { phone, gate } = scene;
    const request = makeRequest('OPTIONS', 'sip:one.example', phone);
    const maddr = `maddr=${victim.address}`;
    request.headers.set('Via', `SIP/2.0/UDP 127.0.0.1:${elsewhere.port};branch=z9hG4bKport;${maddr}`);
    phone.send(request, gate);
    await elsewhere.status(200);
    assert.equal(phone.received.length + victim.received.length, 0);
  });

  test('2.5 over TCP the answer takes the connection; when that is gone, one to the sent-by', async () => {
    await using scene = await openScene({ also: [TCP] });
    const { phone, carrier, gate } = scene;
    await using peer = await TcpPeer.open();
    const edge = gate.listening.find(({ transport }) => transport === 'tcp');
    assert.ok(edge);
    const socket = await peer.connect(edge);
    const invite = makeRequest('INVITE', NUMBER, phone);
    invite.headers.set('Via', `SIP/2.0/TCP ${peer.address}:${peer.port};branch=z9hG4bKtcp`);
    socket.write(invite.toBuffer());
    await peer.status(100);
    const seen = await carrier.method('INVITE');
    carrier.respond(seen, 180);
    await peer.status(180);
    assert.equal(peer.connections, 1, 'the same connection');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.end();
    await gone;
    carrier.respond(seen, 200);
    await peer.status(200);
  });

  test('2.6 an answer has to name us in its top Via; the Vias below aim it at nobody', async () => {
    await using scene = await openScene();
    await using victim = await SipPeer.open();
    const { phone, carrier, gate } = scene;
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    const seen = await carrier.method('INVITE');
    const ours = seen.headers.values('via')[0] ?? '';
    carrier.respond(seen, 180, ({ headers }) =>
      headers.replaceFirstValue('via', ours.replace(/127[^;]+/, '192.0.2.1')),
    );
    for (const next of ['255.255.255.255', '224.0.0.1', '0.0.0.0', `${gate.address}:${gate.port}`]) {
      carrier.respond(seen, 183, ({ headers }) => {
        headers.set('Via', ours);
        headers.append('Via', `SIP/2.0/UDP ${next};branch=z9hG4bKx`);
      });
      await phone.status(183);
    }
    carrier.respond(seen, 200, ({ headers }) => {
      headers.set('Via', ours);
      headers.append('Via', `SIP/2.0/UDP ${victim.address}:${victim.port};branch=z9hG4bKvictim`);
    });
    await phone.status(200);
    assert.equal(victim.received.length, 0);
    assert.equal(
      phone.received.some((message) => message instanceof SipResponse && message.status === 180),
      false,
    );
  });

  test('2.7 an answer to nothing is dropped', async () => {
    await using scene = await openScene();
    const { phone, carrier, gate } = scene;
    const stray = new SipResponse(200);
    stray.headers.append('Via', `SIP/2.0/UDP ${gate.address}:${gate.port};branch=z9hG4bKstray`);
    stray.headers.append('Via', `SIP/2.0/UDP ${phone.address}:${phone.port};branch=z9hG4bKphone`);
    for (const [name, value] of [
      ['From', '<sip:a@b>;tag=1'],
      ['To', '<sip:c@d>;tag=2'],
      ['Call-ID', 'stray'],
      ['CSeq', '1 INVITE'],
    ] as const)
      stray.headers.append(name, value);
    carrier.send(stray, gate);
    // What comes after it is served, and it alone reaches the phone.
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone), gate);
    await phone.status(200);
    assert.equal(phone.received.length, 0);
    assert.deepEqual(gate.errors, []);
  });
});

describe('2.12 what cannot be sent', () => {
  test('2.12 a transport error is as a 503: the next target is tried, the last one makes it 500', async () => {
    await using phone = await SipPeer.open();
    await using carrier = await SipPeer.open();
    const closed = await TcpPeer.open();
    await closed[Symbol.asyncDispose]();
    const dead = { ...CARRIER, host: '127.0.0.1', port: closed.port, transport: 'tcp' as const };
    const customer = trunk({ termination: termination({ sources: sources('127.0.0.0/8'), digest: null }) });
    const alive = { ...CARRIER, host: carrier.address, port: carrier.port, priority: 2 };
    {
      await using gate = await openEdge(rulebookOf([customer], [number('+12065550199')], [dead, alive]));
      phone.send(makeRequest('INVITE', NUMBER, phone), gate);
      carrier.respond(await carrier.method('INVITE'), 200);
      await phone.status(200);
    }
    await using gate = await openEdge(rulebookOf([customer], [number('+12065550199')], [dead]));
    phone.send(makeRequest('INVITE', NUMBER, phone), gate);
    await phone.status(500);
  });

  test('2.12 an answer that cannot be delivered cancels nothing', async () => {
    const phone = await SipPeer.open();
    await using peer = await TcpPeer.open();
    await using carrier = await SipPeer.open();
    await using gate = await openEdge(rulesFor(phone, [carrier]), { also: [TCP] });
    const edge = gate.listening.find(({ transport }) => transport === 'tcp');
    assert.ok(edge);
    const socket = await peer.connect(edge);
    const invite = makeRequest('INVITE', NUMBER, phone);
    invite.headers.set('Via', `SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKgone`);
    socket.write(invite.toBuffer());
    await peer.status(100);
    const seen = await carrier.method('INVITE');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.end();
    await gone;
    carrier.respond(seen, 180);
    carrier.respond(seen, 200);
    phone.send(makeRequest('OPTIONS', 'sip:one.example', phone), gate);
    await phone.status(200);
    assert.equal(
      carrier.received.some((message) => 'method' in message && message.method === 'CANCEL'),
      false,
    );
    await phone[Symbol.asyncDispose]();
  });
});
