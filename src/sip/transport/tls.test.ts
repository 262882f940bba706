import type { JsonGeneralName } from '@peculiar/x509';
import assert from 'node:assert/strict';
import { KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ManualClock, systemClock } from '../../kit/clock.ts';
import { createResponse, SipRequest, SipResponse } from '../message/message.ts';
import type { SipMessage } from '../message/message.ts';
import { identityError } from './dial.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow, TlsMaterial } from './transport.ts';
import { Transports } from './transports.ts';

const HOST = '127.0.0.1';

// The certificate library asks for the Reflect metadata API when it loads, and finds nothing there in our use.
const nothing = (): undefined => undefined;
Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing });
const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import('@peculiar/x509');

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

let material: TlsMaterial;

/** A key and a certificate signed by itself, for `subject` and the alternative names. */
async function selfSigned(subject: string, alternatives: JsonGeneralName[]): Promise<TlsMaterial> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${subject}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : [],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  const cert = certificate.toString('pem');
  return { key, cert, ca: cert };
}

before(async () => {
  material = await selfSigned('edge.example', [
    { type: 'dns', value: 'edge.example' },
    { type: 'dns', value: '*.wild.example' },
    { type: 'url', value: 'sip:uri.example' },
    { type: 'ip', value: '127.0.0.1' },
  ]);
});

interface Heard {
  readonly message: SipMessage;
  readonly flow: Flow;
}

/** Transports that answer each OPTIONS with 200, and what they hear as a queue to wait on. */
function house(t: TestContext, limits: Partial<Limits> = {}, tls = material) {
  const heard = Promise.withResolvers<Heard>();
  const counted: string[] = [];
  const user = {
    message(message: SipMessage, flow: Flow): void {
      if (message instanceof SipRequest) flow.send(createResponse(message, 200, undefined, 'us').print());
      heard.resolve({ message, flow });
    },
    fault(): void {},
  };
  const counters = { count: (event: string) => void counted.push(event) };
  const transports = new Transports({ user, clock: systemClock, tls, limits, counters });
  t.after(() => transports.close());
  return { transports, heard: heard.promise, counted };
}

const OPTIONS = [
  'OPTIONS sip:edge.example SIP/2.0',
  'Via: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKa',
  'Max-Forwards: 70',
  'From: <sip:a@example.com>;tag=1',
  'To: <sip:edge.example>',
  'Call-ID: c1',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

/** Sends an OPTIONS to a peer under a name; the status of the answer, or the error. */
async function ask(t: TestContext, remote: Endpoint, how: { serverName?: string; rejectUnauthorized?: boolean }) {
  const { transports, heard } = house(t);
  const flow = transports.flowTo({ transport: 'tls', ...remote, ...how });
  const failed = new Promise<string>((resolve) => flow.send(OPTIONS, (error) => resolve(error.message)));
  return Promise.race([failed, heard.then(({ message }) => (message as SipResponse).status)]);
}

describe('TLS', () => {
  test('a request and its answer, to a peer whose name or address is proven', async (t) => {
    const server = house(t);
    const remote = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    assert.equal(await ask(t, remote, { serverName: 'edge.example' }), 200);
    const { flow } = await server.heard;
    assert.deepEqual([flow.transport, flow.secure, flow.reliable, flow.local], ['tls', true, true, remote]);
    assert.equal(await ask(t, remote, {}), 200);
    assert.equal(await ask(t, remote, { serverName: 'uri.example' }), 200);
  });

  test('2.10 a peer that proves another name gets nothing, unless it need not prove any', async (t) => {
    const server = house(t);
    const remote = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    assert.match(String(await ask(t, remote, { serverName: 'bank.example' })), /not for bank\.example/);
    assert.ok(!server.counted.includes('message'));
    assert.equal(await ask(t, remote, { serverName: 'bank.example', rejectUnauthorized: false }), 200);
  });

  test('2.10 mutual: a client must show a certificate of the authority that is named', async (t) => {
    const server = house(t, {}, { ...material, clientCa: material.cert, clientCaRequired: true });
    const { port } = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    const stranger = await selfSigned('stranger.example', []);
    for (const shown of [{}, { key: stranger.key, cert: stranger.cert }]) {
      const socket = connectTls({ port, host: HOST, rejectUnauthorized: false, ...shown }).on('error', () => {});
      socket.on('secureConnect', () => socket.write(OPTIONS));
      await new Promise((resolve) => socket.resume().once('close', resolve));
    }
    assert.ok(!server.counted.includes('message'), 'not one message was read');
    assert.equal(await ask(t, { address: HOST, port }, { serverName: 'edge.example' }), 200);
    const { flow } = await server.heard;
    assert.deepEqual(flow.names, ['edge.example', '*.wild.example'], 'the names that it proved to own');
  });

  test('a client that need not show one is heard without, and has proved no name', async (t) => {
    const server = house(t, {}, { ...material, clientCa: material.cert });
    const { port } = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    const stranger = await selfSigned('stranger.example', []);
    const socket = connectTls({ port, host: HOST, rejectUnauthorized: false, key: stranger.key, cert: stranger.cert });
    t.after(() => socket.destroy());
    socket.on('secureConnect', () => socket.write(OPTIONS));
    assert.equal((await server.heard).flow.names, undefined);
  });

  test('2.10 anything older than TLS 1.2, or no TLS at all, is turned away and the listener stays well', async (t) => {
    const server = house(t);
    const remote = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    const old = connectTls({
      port: remote.port,
      host: HOST,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      rejectUnauthorized: false,
    });
    await assert.rejects(once(old, 'secureConnect'));
    const plain = connect(remote.port, HOST).on('error', () => {});
    plain.write(OPTIONS);
    await once(plain.resume(), 'close');
    assert.equal(await ask(t, remote, { serverName: 'edge.example' }), 200);
  });

  test('2.8 a handshake that never ends is cut off and gives its place back', async (t) => {
    const server = house(t, { messageMs: 50, connectionsPerSource: 1 });
    const remote = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    const silent = connect(remote.port, HOST).on('error', () => {});
    await once(silent.resume(), 'close');
    assert.equal(await ask(t, remote, { serverName: 'edge.example' }), 200);
  });

  test('a peer whose handshake takes too long is given up', async (t) => {
    const silent = createServer(() => {});
    silent.listen(0, HOST);
    await once(silent, 'listening');
    t.after(() => silent.close());
    const clock = new ManualClock();
    const transports = new Transports({ user: { message() {}, fault() {} }, clock, limits: { connectMs: 5000 } });
    const flow = transports.flowTo({ transport: 'tls', address: HOST, port: (silent.address() as AddressInfo).port });
    const failed = new Promise<Error>((resolve) => flow.send(OPTIONS, resolve));
    await once(silent, 'connection');
    clock.advance(5000);
    assert.match((await failed).message, /timed out/);
    await transports.close();
  });

  test('close cuts handshakes that are under way', async (t) => {
    const server = house(t);
    const remote = await server.transports.listen({ transport: 'tls', address: HOST, port: 0 });
    const silent = connect(remote.port, HOST).on('error', () => {});
    await once(silent, 'connect');
    const cut = once(silent.resume(), 'close');
    await server.transports.close();
    await cut;
  });

  test('listening needs a certificate', async () => {
    const transports = new Transports({ user: { message() {}, fault() {} }, clock: systemClock });
    await assert.rejects(transports.listen({ transport: 'tls', address: HOST, port: 0 }), /certificate/);
  });
});

describe('the identity of a TLS peer (RFC 5922 §7)', () => {
  test('2.10 stands in subjectAltName', () => {
    const certificate = new X509Certificate(material.cert);
    for (const name of ['edge.example', 'a.wild.example', 'uri.example', '127.0.0.1'])
      assert.equal(identityError(name, certificate), undefined, name);
    for (const name of ['other.example', 'a.b.wild.example', 'edge.example.net', '127.0.0.2'])
      assert.ok(identityError(name, certificate), name);
  });

  test('2.10 is never the common name', async () => {
    const certificate = new X509Certificate((await selfSigned('edge.example', [])).cert);
    assert.ok(identityError('edge.example', certificate));
  });
});
