import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { PutVoiceConnectorTerminationCommand } from '@aws-sdk/client-chime-sdk-voice';
import { CONNECTOR_USER, openTermination, type TestConnector } from '../support/connector.ts';
import { badRequests, badSignatures, unknownThings } from '../support/bad-requests.ts';
import { honestMessages, mutate, noise } from '../support/garbage.ts';
import { TestGate } from '../support/gate.ts';
import { call, ping } from '../support/phone.ts';
import { seeded } from '../support/seeded.ts';
import { SignedHttp } from '../support/signed-http.ts';
import { SipPeer } from '../support/sip-peer.ts';

const SEED = 20_261_121;
/** On the connector's allow list. */
const CUSTOMER = '127.0.0.1';
/** On no list. */
const STRANGER = '127.0.0.2';

const MINUTE = 60_000;

const DATAGRAMS = 20_000;
/** Between two of these an honest caller gets his answers, so few enough wait in the socket that none is lost. */
const DATAGRAMS_AT_ONCE = 50;
const STREAMS = 600;
const STREAMS_AT_ONCE = 20;
const HUGE_BODIES = 20;
const HUGE = 10 * 1024 * 1024;
/** What a listener of SIP keeps open for one address. */
const CONNECTIONS_PER_SOURCE = 256;
/** Unfinished messages of each kind at once, and how often each goes on a little. */
const SLOW_EACH = 10;
const DRIP_MS = 500;

/**
 * How far resident memory may rise once everything was sent in small: less than any of the floods brings, and not less
 * than the runtime's own young generation takes when it is busy.
 */
const MEMORY_MARGIN = 64 * 1024 * 1024;

let gate: TestGate;
let connector: TestConnector;
let phone: SipPeer;
/** Of the ledger, before anything bad was sent. */
let revision: number;

before(async () => {
  gate = await TestGate.start({ capture: true });
  const client = gate.voiceClient();
  connector = await openTermination(client);
  await client.send(
    new PutVoiceConnectorTerminationCommand({
      VoiceConnectorId: connector.id,
      Termination: { CidrAllowedList: [`${CUSTOMER}/32`], CallingRegions: ['US'], CpsLimit: 256 },
    }),
  );
  client.destroy();
  phone = await SipPeer.open(CUSTOMER);
  revision = await health();
});

afterEach(async () => {
  await serveHonestly();
  assert.equal(await health(), revision, 'nothing bad changed the ledger');
  assert.doesNotMatch(gate.output, /"level":"(error|fatal)"/, 'nothing bad is a fault of the gate');
});

after(async () => {
  await phone[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
});

/** The ledger's revision; asserts that the gate is well. */
async function health(): Promise<number> {
  const response = await fetch(`${gate.http}/healthz`);
  assert.equal(response.status, 200);
  return ((await response.json()) as { revision: number }).revision;
}

/** Asserts that a heartbeat is answered, that a call is challenged, and that one with the password goes through. */
async function serveHonestly(): Promise<void> {
  const uris = { to: `sip:+12065550100@${connector.host}`, from: `sip:+12065550199@${connector.host}` };
  const credentials = { user: CONNECTOR_USER.Username, password: CONNECTOR_USER.Password };
  assert.equal(await ping(phone, gate, connector.host), 200);
  assert.deepEqual(await call(phone, gate, uris), [407]);
  assert.deepEqual(await call(phone, gate, { ...uris, ...credentials }), [407, 200]);
}

/** The sum of a metric over its labels; `reason` picks one. */
async function metric(name: string, reason = ''): Promise<number> {
  const lines = (await (await fetch(`${gate.http}/metrics`)).text()).split('\n');
  const found = lines.filter((line) => line.startsWith(name) && line.includes(reason));
  assert.ok(found.length > 0, name);
  return found.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Floods after which memory must have stopped growing: what is kept grows with each, what waits to be collected does not. */
const MOST_FLOODS = 4;

/** Runs a flood in small, so that all memory it needs was asked for, then in full, and asserts that no more is kept. */
async function assertFlat(flood: (share: number) => Promise<void>): Promise<void> {
  await flood(0.2);
  const grown: number[] = [];
  while (grown.length < MOST_FLOODS) {
    const settled = await metric('process_resident_memory_bytes');
    await flood(0.8);
    grown.push((await metric('process_resident_memory_bytes')) - settled);
    if ((grown.at(-1) ?? 0) < MEMORY_MARGIN) return;
  }
  assert.fail(`resident memory grew by ${grown.join(', ')} bytes`);
}

for (const secure of [false, true])
  describe(`the control API ${secure ? 'over TLS' : 'in the clear'}`, () => {
    const kinds = { 'bad signatures': badSignatures, 'bad requests': badRequests, 'unknown things': unknownThings };
    for (const [kind, refusals] of Object.entries(kinds))
      test(`refuses ${kind} in the vendor's words`, async () => {
        const http = new SignedHttp(gate, secure);
        for (const [line, options, status, exception, message] of refusals(connector.id)) {
          const reply = await http.send(line, options);
          const what = `${line.slice(0, 200)} ${String(options.body ?? '').slice(0, 200)}: ${reply.text}`;
          assert.deepEqual([reply.status, reply.headers['x-amzn-errortype']], [status, exception], what);
          assert.match(reply.text, message, what);
          assert.ok(JSON.parse(reply.text), what);
        }
      });

    test('takes a presigned request until it expires', async () => {
      const http = new SignedHttp(gate, secure);
      const list = (expires: number, signedAgo: number) =>
        http.send(`GET ${http.presign('/voice-connectors', expires, Date.now() - signedAgo)}`, { sign: false });
      assert.equal((await list(300, 2 * MINUTE)).status, 200);
      const late = await list(60, 2 * MINUTE);
      assert.deepEqual([late.status, late.headers['x-amzn-errortype']], [403, 'InvalidSignatureException']);
      assert.match(late.text, /Signature expired/);
    });

    test('passes over members that it does not know', async () => {
      const http = new SignedHttp(gate, secure);
      const more = '"Colour":"red","__proto__":{"Name":"b"},"constructor":{"prototype":{"polluted":true}}';
      const body = `{"Name":"n","RequireEncryption":false,${more}}`;
      const made = await http.send('POST /voice-connectors', { body });
      assert.equal(made.status, 201);
      const { VoiceConnector } = JSON.parse(made.text) as { VoiceConnector: Record<string, unknown> };
      const path = `/voice-connectors/${String(VoiceConnector['VoiceConnectorId'])}`;
      const read = JSON.parse((await http.send(`GET ${path}`)).text) as { VoiceConnector: Record<string, unknown> };
      for (const shown of [VoiceConnector, read.VoiceConnector]) {
        assert.equal(shown['Name'], 'n');
        assert.doesNotMatch(JSON.stringify(shown), /Colour|polluted|__proto__/);
      }
      assert.equal((await http.send(`DELETE ${path}`)).status, 204);
      revision += 2;
    });

    test('refuses bodies of 10 MB and keeps none of them', async () => {
      const http = new SignedHttp(gate, secure);
      const body = JSON.stringify({ Name: 'n'.repeat(HUGE), RequireEncryption: false });
      await assertFlat(async (share) => {
        for (let sent = 0; sent < HUGE_BODIES * share; sent += 1) {
          const reply = await http.send('POST /voice-connectors', { body });
          assert.deepEqual([reply.status, reply.headers['x-amzn-errortype']], [413, 'RequestEntityTooLargeException']);
        }
      });
    });
  });

/** Sends raw bytes to a TCP port of the gate; everything that comes back until the connection is closed, or reset. */
function converse(port: number, bytes: Buffer | string, { end = true } = {}): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(bytes);
  if (end) socket.end();
  return untilClosed(socket);
}

function untilClosed(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = '';
  socket.on('data', (data) => (received += data.toString('latin1'))).on('error', () => {});
  socket.once('close', () => resolve(received));
  return promise;
}

describe('the SIP listeners', () => {
  const random = seeded(SEED);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

  test('bear noise and broken requests over UDP', async (t) => {
    const senders = await Promise.all(
      [CUSTOMER, STRANGER].map(async (address) => {
        const socket = createSocket('udp4');
        t.after(() => socket.close());
        socket.bind(0, address);
        await once(socket, 'listening');
        return { socket, messages: honestMessages(connector.host, address) };
      }),
    );
    const refused = await metric('tollgate_decisions_total');
    const uris = { to: `sip:+12065550100@${connector.host}`, from: `sip:+12065550199@${connector.host}` };
    await assertFlat(async (share) => {
      for (let sent = 0; sent < DATAGRAMS * share; sent += 1) {
        const { socket, messages } = pick(senders);
        const bytes = random() < 0.2 ? noise(random, 30_000) : mutate(random, pick(messages));
        socket.send(bytes, gate.sip.udp, '127.0.0.1');
        if (sent % DATAGRAMS_AT_ONCE === 0) assert.deepEqual(await call(phone, gate, uris), [407]);
      }
    });
    assert.ok((await metric('tollgate_decisions_total')) - refused > DATAGRAMS / 3, 'most was read and refused');
    for (const reason of ['malformed-request', 'source-not-allowed', 'nonce-foreign', 'stranger', 'dialog-unknown'])
      assert.ok((await metric('tollgate_decisions_total', `"${reason}"`)) > 0, reason);
  });

  test('bear noise and broken requests over TCP, and on the port of TLS', async () => {
    const messages = honestMessages(connector.host, CUSTOMER);
    const stream = (): Buffer =>
      Buffer.concat(
        Array.from({ length: 10 }, () => (random() < 0.3 ? noise(random, 8000) : mutate(random, pick(messages)))),
      );
    await assertFlat(async (share) => {
      for (let sent = 0; sent < STREAMS * share; sent += STREAMS_AT_ONCE) {
        const ports = Array.from({ length: STREAMS_AT_ONCE }, () => pick([gate.sip.tcp, gate.sip.tcp, gate.sip.tls]));
        await Promise.all(ports.map((port) => converse(port, stream())));
        await serveHonestly();
      }
    });
  });

  test('answer what is too large or breaks the framing, and close', async () => {
    const head = (lines: string): string => `OPTIONS sip:${connector.host} SIP/2.0\r\n${lines}`;
    const via = 'Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n';
    const common = `${via}From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n`;
    const statuses = async (bytes: string): Promise<string[]> =>
      (await converse(gate.sip.tcp, bytes, { end: false })).match(/^SIP\/2\.0 \d+/gm) ?? [];
    assert.deepEqual(await statuses(head(`${common}Content-Length: 99999999\r\n\r\n`)), ['SIP/2.0 513']);
    assert.deepEqual(await statuses(head(`${common}Content-Length: -1\r\n\r\n`)), ['SIP/2.0 400']);
    assert.deepEqual(await statuses(head(`${common}\r\n`)), ['SIP/2.0 400']);
    await statuses(head(`${common}X: ${'x'.repeat(100_000)}`));
    await statuses(head('X: y\r\n'.repeat(20_000)));
    await statuses('\0'.repeat(100_000));
  });

  test('hold no more connections of one stranger than they should', async () => {
    const attempts = Array.from({ length: CONNECTIONS_PER_SOURCE + 50 }, () =>
      connect({ port: gate.sip.tcp, host: '127.0.0.1', localAddress: STRANGER }).on('error', () => {}),
    );
    let closed = 0;
    const enough = Promise.withResolvers<void>();
    for (const socket of attempts)
      socket.once('close', () => {
        closed += 1;
        if (closed === 50) enough.resolve();
      });
    await enough.promise;
    await serveHonestly();
    const honest = await converse(gate.sip.tcp, '\r\n\r\n');
    assert.equal(honest, '\r\n', 'a ping of somebody else is answered');
    assert.equal(closed, 50);
    for (const socket of attempts) socket.destroy();
  });
});

describe('the HTTP listener', () => {
  const port = (): number => Number(new URL(gate.http).port);

  const NOT_HTTP: Readonly<Record<string, string>> = {
    'a SIP request': 'INVITE sip:a@b SIP/2.0\r\n\r\n',
    'no method': ' / HTTP/1.1\r\n\r\n',
    'an unknown method': 'BREW /pot HTTP/1.1\r\nHost: gate\r\n\r\n',
    'another version': 'GET / HTTP/9.9\r\nHost: gate\r\n\r\n',
    'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
    'a header without a name': 'GET / HTTP/1.1\r\nHost: gate\r\n: x\r\n\r\n',
    'a null in a header': 'GET / HTTP/1.1\r\nHost: gate\r\nX: a\0b\r\n\r\n',
    'a header of 20 kB': `GET / HTTP/1.1\r\nHost: gate\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'thousands of headers': `GET / HTTP/1.1\r\nHost: gate\r\n${'X: y\r\n'.repeat(4000)}\r\n`,
    'a URL of 20 kB': `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: gate\r\n\r\n`,
    'a broken URL': 'GET /voice-connectors/%zz HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n',
    'two lengths': 'POST / HTTP/1.1\r\nHost: gate\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'two framings': 'POST / HTTP/1.1\r\nHost: gate\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a broken chunk': 'POST /voice-connectors HTTP/1.1\r\nHost: gate\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'a TLS handshake': '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  };
  for (const [what, text] of Object.entries(NOT_HTTP))
    test(`refuses ${what}`, async () => {
      assert.match(await converse(port(), text, { end: false }), /^HTTP\/1\.1 4\d\d /);
    });

  test('closes on headers without end', async () => {
    for (let sent = 0; sent < 20; sent += 1)
      assert.match(
        await converse(port(), `GET / HTTP/1.1\r\nX: ${'x'.repeat(5_000_000)}`, { end: false }),
        /^$|^HTTP\/1\.1 431 /,
      );
  });

  test('bears noise, plain and on the port of TLS', async () => {
    const random = seeded(SEED);
    const request = Buffer.from(
      `POST /voice-connectors?operation=put HTTP/1.1\r\nHost: gate\r\nContent-Length: 5\r\nX-Amz-Date: 1\r\n\r\n{"a":1}`,
    );
    const bytes = (): Buffer => (random() < 0.3 ? noise(random, 8000) : mutate(random, request));
    await assertFlat(async (share) => {
      for (let sent = 0; sent < STREAMS * share; sent += STREAMS_AT_ONCE) {
        const ports = Array.from({ length: STREAMS_AT_ONCE }, () =>
          random() < 0.7 ? port() : Number(new URL(gate.https).port),
        );
        await Promise.all(ports.map((target) => converse(target, bytes())));
        await health();
      }
    });
  });
});

test('what never becomes complete is closed, however slowly it goes on', async () => {
  const httpHead = 'POST /voice-connectors HTTP/1.1\r\nHost: gate\r\n';
  const sipHead = `INVITE sip:+12065550100@${connector.host} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n`;
  const sipBody = `${sipHead}From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 1000\r\n\r\n`;
  const handshake = '\x16\x03\x01\x02';
  const plain = (url: string): Socket => connect(Number(new URL(url).port), '127.0.0.1');
  const secure = (port: number): Socket => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const beginnings: readonly (readonly [() => Socket, string, string])[] = [
    [() => plain(gate.http), httpHead, 'X: y\r\n'],
    [() => secure(Number(new URL(gate.https).port)), httpHead, 'X: y\r\n'],
    [() => plain(gate.https), handshake, ''],
    [() => connect(gate.sip.tcp, '127.0.0.1'), sipHead, 'X: y\r\n'],
    [() => connect(gate.sip.tcp, '127.0.0.1'), sipBody, 'x'],
    [() => secure(gate.sip.tls), sipHead, 'X: y\r\n'],
    [() => connect(gate.sip.tls, '127.0.0.1'), handshake, ''],
  ];
  const open = new Set<Socket>();
  const all = beginnings.flatMap((beginning) => Array.from({ length: SLOW_EACH }, () => beginning));
  const closings = all.map(async ([begin, start, more]) => {
    const socket = begin();
    open.add(socket);
    const closed = untilClosed(socket);
    socket.write(start);
    const dripping = setInterval(() => socket.write(more), DRIP_MS);
    await closed;
    clearInterval(dripping);
    open.delete(socket);
  });
  while (open.size > 0) {
    await serveHonestly();
    await pause(DRIP_MS);
  }
  await Promise.all(closings);
});
