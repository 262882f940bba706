import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { issueLeaf, makeAuthority, type Pem } from '../../src/http/certificate-authority.ts';
import type { Decision } from '../../src/rulebook/decide/decision.ts';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { StreamPeer } from '../support/stream-peer.ts';
import { TcpPeer } from '../support/tcp-peer.ts';
import { answering, OfficeGate, PASSWORD } from '../support/webex-phones.ts';

const SBC = 'sbc.localhost';

interface Report {
  readonly reason: string;
  readonly decisions: readonly Decision[];
}

describe('a trunk with a certificate, over mutual TLS', () => {
  let folder: string;
  let authority: Pem;
  let net: OfficeGate;
  let sbc: TcpPeer;
  let desk: SipPeer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-certificates-'));
    authority = await makeAuthority(Date.now());
    const file = join(folder, 'ca.pem');
    writeFileSync(file, authority.cert);
    net = await OfficeGate.open({ flags: ['--tls-client-ca', file], env: { NODE_EXTRA_CA_CERTS: file } });
    sbc = await premises(authority, SBC);
    desk = await SipPeer.open();
    answering(desk);
    await net.register('desk', desk);
    const trunk = {
      name: 'Border',
      locationId: net.office.locationId,
      password: 'Unused-2026!',
      trunkType: 'CERTIFICATE_BASED',
      deviceType: 'Oracle Session Border Controller',
      address: 'sbc',
      domain: 'localhost',
      port: sbc.port,
      maxConcurrentCalls: 250,
    };
    const routeId = (await net.api('POST telephony/config/premisePstn/trunks', trunk)).json['id'];
    const plan = { name: 'Border', routeId, routeType: 'TRUNK', dialPatterns: ['555XXX'] };
    await net.api('POST telephony/config/premisePstn/dialPlans', plan);
  });
  after(async () => {
    await net[Symbol.asyncDispose]();
    await Promise.all([sbc, desk].map((peer) => peer[Symbol.asyncDispose]()));
    rmSync(folder, { recursive: true, force: true });
  });

  /** A session border controller with a certificate for a name, which takes only calls of the gate's own certificate. */
  async function premises(issuer: Pem, name: string): Promise<TcpPeer> {
    const ca = readFileSync(join(net.gate.data, 'tls', 'ca.pem'), 'utf8');
    const peer = await TcpPeer.open(0, '127.0.0.1', { ...(await issueLeaf(issuer, [name], Date.now())), ca });
    // The name again: its address is not in the certificate.
    peer.host = name;
    peer.onRequest = (request) => {
      if (request.method !== 'ACK') peer.respond(request, 200);
    };
    return peer;
  }

  const connect = (peer: TcpPeer): Promise<Socket> => peer.connect({ address: '127.0.0.1', port: net.gate.sip.tls });

  /** Sends over TLS. */
  function send(socket: Socket, request: SipRequest): SipRequest {
    const via = request.headers.firstValue('via') ?? '';
    request.headers.replaceFirstValue('via', via.replace(/^SIP\/2\.0\/\w+/, 'SIP/2.0/TLS'));
    socket.write(request.toBuffer());
    return request;
  }

  /** The same, until the final answer. */
  function ask(peer: TcpPeer, socket: Socket, request: SipRequest): Promise<SipResponse> {
    send(socket, request);
    return peer.next<SipResponse>(
      (message) =>
        message instanceof SipResponse &&
        message.status >= 200 &&
        message.callId === request.callId &&
        message.cseq?.method === request.method,
    );
  }

  function inviteOf(peer: TcpPeer, uri: string): SipRequest {
    const self = `sip:+14155550123@${SBC}`;
    const contact = `<sip:sbc@${peer.address}:${peer.port};transport=tls>`;
    return makeRequest('INVITE', uri, peer, { From: `<${self}>;tag=caller`, Contact: contact });
  }

  async function hangUp(peer: TcpPeer, socket: Socket, invite: SipRequest, answer: SipResponse): Promise<void> {
    send(socket, inDialog('ACK', invite, answer, 1));
    assert.equal((await ask(peer, socket, inDialog('BYE', invite, answer, 2))).status, 200);
  }

  const reportOf = async ({ callId = '' }: SipResponse): Promise<Report> =>
    (await net.gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as Report;

  test('a line calls the premises, which prove their name, as the gate does', async () => {
    const { invite, answer } = await net.invite('555123');
    assert.equal(answer.status, 200);
    const seen = await sbc.method('INVITE');
    assert.equal(seen.uri, `sip:555123@${SBC}:${sbc.port};transport=tls`);
    assert.match(seen.headers.get('p-asserted-identity') ?? '', /sip:1001@/);
    await net.hangUp(invite, answer);
    assert.ok(await sbc.method('BYE'));
  });

  test('the premises call a line and the world, and are known by their certificate alone', async () => {
    const socket = await connect(sbc);
    const inside = inviteOf(sbc, `sip:1003@${net.host}`);
    const answer = await ask(sbc, socket, inside);
    assert.equal(answer.status, 200);
    assert.ok(await desk.method('INVITE'));
    await hangUp(sbc, socket, inside, answer);
    // It may name the gate by its address, too.
    const outside = inviteOf(sbc, `sip:+12065550100@127.0.0.1:${net.gate.sip.tls}`);
    const connected = await ask(sbc, socket, outside);
    assert.equal(connected.status, 200);
    assert.equal((await net.carrier.method('INVITE')).uri.split('@')[0], 'sip:+12065550100');
    await hangUp(sbc, socket, outside, connected);
    const abroad = await ask(sbc, socket, inviteOf(sbc, `sip:+442079460000@${net.host}`));
    assert.equal(abroad.status, 403, "the location's permissions hold");
    assert.equal((await reportOf(abroad)).reason, 'call-blocked');
    socket.destroy();
  });

  test('the premises transfer where their location may call, known by their certificate', async () => {
    const socket = await connect(sbc);
    const outside = inviteOf(sbc, `sip:+12065550100@${net.host}`);
    const answer = await ask(sbc, socket, outside);
    send(socket, inDialog('ACK', outside, answer, 1));
    for (const [turn, [number, status]] of Object.entries({ '+12065550177': 200, '+442079460000': 403 }).entries()) {
      const refer = inDialog('REFER', outside, answer, turn + 2);
      refer.headers.append('Refer-To', `<sip:${number}@${net.host}>`);
      const contact = `<sip:sbc@${sbc.address}:${sbc.port};transport=tls>`;
      refer.headers.append('Contact', contact);
      assert.equal((await ask(sbc, socket, refer)).status, status, number);
      sbc.received.length = 0;
    }
    assert.equal((await ask(sbc, socket, inDialog('BYE', outside, answer, 4))).status, 200);
    net.carrier.received.length = 0;
    socket.destroy();
  });

  test('a certificate for another name, or of another authority, opens nothing', async () => {
    const strangers = { 'other.localhost': authority, [SBC]: await makeAuthority(Date.now()) };
    for (const [name, issuer] of Object.entries(strangers)) {
      await using stranger = await premises(issuer, name);
      const socket = await connect(stranger);
      const asked = await ask(stranger, socket, inviteOf(stranger, `sip:1003@${net.host}`));
      assert.equal(asked.status, 407, name);
      const { reason, decisions } = await reportOf(asked);
      assert.equal(reason, 'credentials-required');
      const why = decisions[0]?.trace[0]?.detail ?? '';
      assert.equal(why.includes('no trunk is known by the certificate of other.localhost'), name !== SBC, why);
      const refused = await ask(stranger, socket, inviteOf(stranger, `sip:+12065550100@127.0.0.1:${net.gate.sip.tls}`));
      assert.equal(refused.status, 403);
      assert.equal((await reportOf(refused)).reason, 'unknown-source');
      socket.destroy();
    }
    assert.deepEqual(
      net.carrier.received.filter((message) => message instanceof SipRequest && message.method === 'INVITE'),
      [],
    );
  });

  test('premises that prove another name than that of their trunk get no calls', async () => {
    await using impostor = await premises(authority, 'other.localhost');
    const trunks = 'telephony/config/premisePstn/trunks';
    const [trunk] = (await net.api(`GET ${trunks}`)).json['trunks'];
    const common = { name: 'Border', password: 'Unused-2026!', maxConcurrentCalls: 250 };
    await net.api(`PUT ${trunks}/${trunk.id}`, { ...common, port: impostor.port });
    assert.equal(await net.dial('555123'), 500);
    assert.deepEqual(impostor.received, []);
    await net.api(`PUT ${trunks}/${trunk.id}`, { ...common, port: sbc.port });
    assert.equal(await net.dial('555123'), 200);
  });

  test('a telephone without a certificate still registers and calls over TLS', async () => {
    const ca = readFileSync(join(net.gate.data, 'tls', 'ca.pem'), 'utf8');
    await using phone = await StreamPeer.connect({
      port: net.gate.sip.tls,
      tls: { authority: ca, name: 'localhost' },
    });
    const self = `<sip:lobby@${net.host}>`;
    const parties = { From: `${self};tag=phone`, To: self };
    const contact = { Contact: `<sip:lobby@${phone.address}:${phone.port};transport=tls>` };
    const register = makeRequest('REGISTER', `sip:${net.host}`, phone, { ...parties, ...contact });
    phone.send(register);
    phone.send(withCredentials(register, await phone.status(401, 'REGISTER'), PASSWORD, 'lobby'));
    await phone.status(200, 'REGISTER');
    const invite = makeRequest('INVITE', `sip:1003@${net.host}`, phone, { From: `${self};tag=call`, ...contact });
    phone.send(invite);
    const again = withCredentials(invite, await phone.status(407), PASSWORD, 'lobby');
    phone.send(again);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', again, answer, again.cseq?.number ?? 0));
    phone.send(inDialog('BYE', again, answer, (again.cseq?.number ?? 0) + 1));
    await phone.status(200, 'BYE');
  });
});
