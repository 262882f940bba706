import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { threadOf } from '../../src/kit/peers.ts';
import { SipRequest, SipResponse, type SipMessage } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { ask, call } from '../support/phone.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { StreamPeer } from '../support/stream-peer.ts';
import { TcpPeer } from '../support/tcp-peer.ts';
import { OfficeGate, PASSWORD } from '../support/webex-phones.ts';

const NUMBER = '+12065550100';
/** Rings for ever. */
const RINGING = '+12065550180';
const { Username, Password } = CONNECTOR_USER;
const KILLER = pathToFileURL(`${import.meta.dirname}/../support/thread-killer.ts`).href;

/** Callers of each kind, and calls: enough that every thread's sockets and every thread's calls are among them. */
const CALLERS = 5;
const CALLS = 8;

/** A gate with this many threads for calls; SIGUSR2 ends the one of this number. */
function startGate(workers: number, killed = 0): Promise<TestGate> {
  const env = { NODE_OPTIONS: `--import=${KILLER}`, KILL_THREAD: String(killed) };
  return TestGate.start({ flags: ['--workers', String(workers)], env, capture: true });
}

function addressOf(gate: TestGate): { address: string; port: number } {
  return { address: '127.0.0.1', port: gate.sip.udp };
}

/** Calls over a connection, and hangs up once answered. */
async function callOver(peer: StreamPeer, host: string): Promise<void> {
  const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, peer);
  peer.send(invite);
  const again = withCredentials(invite, await peer.status(407), Password, Username);
  peer.send(again);
  const answer = await peer.status(200);
  peer.send(inDialog('ACK', again, answer, 2));
  peer.send(inDialog('BYE', again, answer, 3));
  await peer.status(200, 'BYE');
}

/** Calls with the password over UDP, and acknowledges the answer. */
async function establish(gate: TestGate, phone: SipPeer, host: string): Promise<[SipRequest, SipResponse]> {
  const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
  const again = withCredentials(invite, await ask(phone, gate, invite), Password, Username);
  const answer = await ask(phone, gate, again);
  assert.equal(answer.status, 200);
  phone.send(inDialog('ACK', again, answer, 2), addressOf(gate));
  return [again, answer];
}

async function hangUp(gate: TestGate, phone: SipPeer, [invite, answer]: [SipRequest, SipResponse]): Promise<void> {
  assert.equal((await ask(phone, gate, inDialog('BYE', invite, answer, 3))).status, 200);
}

async function killThread(gate: TestGate): Promise<void> {
  gate.process.kill('SIGUSR2');
  while (!gate.output.includes('the thread that serves calls died"')) {
    assert.ok(gate.process.stderr);
    await once(gate.process.stderr, 'data');
  }
}

async function metric(gate: TestGate, sample: string): Promise<number> {
  const lines = (await (await fetch(`${gate.http}/metrics`)).text()).split('\n');
  const names = lines.filter((line) => line.startsWith('# HELP ')).map((line) => line.split(' ')[2]);
  assert.equal(new Set(names).size, names.length, 'each metric is told once');
  return Number(lines.find((line) => line.startsWith(`${sample} `))?.split(' ')[1]);
}

describe('calls in several threads', () => {
  for (const workers of [2, 3])
    test(`${workers} threads take calls over UDP, TCP and TLS, and are one gate to who looks`, async () => {
      await using gate = await startGate(workers);
      const { host } = await openTermination(gate.voiceClient());
      const authority = readFileSync(join(gate.data, 'tls/ca.pem'), 'latin1');
      const targets = [{ port: gate.sip.tcp }, { port: gate.sip.tls, tls: { authority, name: host } }];
      const to = { to: `sip:${NUMBER}@${host}`, from: `sip:+12065550199@${host}`, user: Username, password: Password };
      for (let caller = 0; caller < CALLERS; caller += 1) {
        await using phone = await SipPeer.open();
        assert.deepEqual(await call(phone, gate, to), [407, 200]);
        for (const target of targets) {
          await using peer = await StreamPeer.connect(target);
          for (let placed = 0; placed < 2; placed += 1) await callOver(peer, host);
        }
      }
      const placed = CALLERS * 5;
      const { calls } = (await gate.api('GET', '/calls?limit=100')) as { calls: { state: string }[] };
      assert.equal(calls.filter(({ state }) => state === 'ended').length, placed);
      assert.equal(await metric(gate, 'tollgate_answers_total{status="200"}'), placed);
      assert.equal(await metric(gate, 'tollgate_calls'), 0);
      assert.equal(await gate.stop(), 0);
    });

  test('repeats, ACK and CANCEL reach their transaction by whichever socket they come', async () => {
    await using gate = await startGate(3);
    const { host } = await openTermination(gate.voiceClient());
    await using phone = await SipPeer.open();
    for (let turn = 0; turn < CALLERS; turn += 1) {
      await using other = await SipPeer.open();
      const invite = makeRequest('INVITE', `sip:${RINGING}@${host}`, phone);
      phone.send(invite, addressOf(gate));
      const challenge = await phone.status(407);
      other.send(invite, addressOf(gate));
      assert.equal((await other.status(407)).to?.tag, challenge.to?.tag, 'the same answer again');
      const again = withCredentials(invite, challenge, Password, Username);
      phone.send(again, addressOf(gate));
      const ringing = await phone.status(180);
      other.send(again, addressOf(gate));
      assert.equal((await phone.status(180)).to?.tag, ringing.to?.tag);
      other.send(cancelOf(again), addressOf(gate));
      await other.next((message) => isAnswer(message, 200, 'CANCEL'));
      const cancelled = await phone.status(487);
      other.send(ackOf(again, cancelled), addressOf(gate));
    }
    assert.equal(await gate.stop(), 0, 'no call is left in set-up');
  });

  test('a telephone that registered over TCP is called by every thread, and hangs up at every one', async () => {
    await using net = await OfficeGate.open({ flags: ['--workers', '3'] });
    const { gate, host } = net;
    await using desk = await TcpPeer.open();
    const socket = await desk.connect({ address: '127.0.0.1', port: gate.sip.tcp });
    const self = `<sip:lobby@${host}>`;
    const contact = { Contact: `<sip:lobby@${desk.address}:${desk.port};transport=tcp>` };
    const register = makeRequest('REGISTER', `sip:${host}`, desk, { From: `${self};tag=1`, To: self, ...contact });
    socket.write(overTcp(register));
    const challenge = await desk.next<SipResponse>((message) => isAnswer(message, 401, 'REGISTER'));
    socket.write(overTcp(withCredentials(register, challenge, PASSWORD, 'lobby')));
    await desk.next((message) => isAnswer(message, 200, 'REGISTER'));
    desk.onRequest = (request) => {
      if (request.method !== 'ACK') desk.respond(request, 200);
    };
    for (let placed = 0; placed < CALLS; placed += 1) assert.equal(await net.dial('1002'), 200);
    assert.equal(desk.connections, 1, 'all came by the connection that was there');
  });

  for (const killed of [0, 1])
    test(`thread ${killed} of two dies: calls of the other go on meanwhile, and all of them afterwards`, async () => {
      await using gate = await startGate(2, killed);
      const client = gate.voiceClient();
      const { host } = await openTermination(client);
      await using phone = await SipPeer.open();
      const standing: [SipRequest, SipResponse][] = [];
      for (let placed = 0; placed < CALLS; placed += 1) standing.push(await establish(gate, phone, host));
      const isLost = ([invite]: [SipRequest, SipResponse]): boolean => threadOf(invite.callId ?? '', 2) === killed;
      assert.ok(standing.some(isLost) && !standing.every(isLost));

      await killThread(gate);
      for (const one of standing) if (!isLost(one)) await hangUp(gate, phone, one);
      // Waits for the thread to come.
      const later = await openTermination(client);
      for (const one of standing) if (isLost(one)) await hangUp(gate, phone, one);
      for (let placed = 0; placed < CALLS; placed += 1)
        await hangUp(gate, phone, await establish(gate, phone, later.host));
      assert.equal(await metric(gate, 'tollgate_calls'), 0);
      const { calls } = (await gate.api('GET', '/calls?limit=100')) as { calls: { state: string }[] };
      assert.equal(calls.filter(({ state }) => state === 'ended').length, 2 * CALLS);
      assert.equal(await gate.stop(), 0);
    });
});

function isAnswer(message: SipMessage, status: number, method: string): boolean {
  return message instanceof SipResponse && message.status === status && message.cseq?.method === method;
}

function overTcp(request: SipRequest): string {
  return request.print().replace('SIP/2.0/UDP', 'SIP/2.0/TCP');
}

function cancelOf(invite: SipRequest): SipRequest {
  const cancel = new SipRequest('CANCEL', invite.uri);
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'Max-Forwards'])
    cancel.headers.append(name, invite.headers.get(name.toLowerCase()) ?? '');
  cancel.headers.append('CSeq', `${invite.cseq?.number} CANCEL`);
  return cancel;
}

function ackOf(invite: SipRequest, answer: SipResponse): SipRequest {
  const ack = cancelOf(invite);
  ack.method = 'ACK';
  ack.headers.set('To', answer.headers.get('to') ?? '');
  ack.headers.set('CSeq', `${invite.cseq?.number} ACK`);
  return ack;
}
