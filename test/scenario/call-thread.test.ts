import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { DeleteVoiceConnectorTerminationCommand } from '@aws-sdk/client-chime-sdk-voice';
import { SipResponse, type SipMessage, type SipRequest } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination, type TestConnector } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { WebSocketPhone } from '../support/web-socket-phone.ts';

const NUMBER = '+12065550100';
const { Username, Password } = CONNECTOR_USER;
const KILLER = pathToFileURL(`${import.meta.dirname}/../support/thread-killer.ts`).href;

/** A gate whose calls are served by a thread that SIGUSR2 ends. */
function startGate(): Promise<TestGate> {
  return TestGate.start({ flags: ['--workers', '1'], env: { NODE_OPTIONS: `--import=${KILLER}` }, capture: true });
}

function addressOf(gate: TestGate): { address: string; port: number } {
  return { address: '127.0.0.1', port: gate.sip.udp };
}

/** Calls with the password, and acknowledges the answer. */
async function establish(gate: TestGate, phone: SipPeer, host: string): Promise<[SipRequest, SipResponse]> {
  const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
  phone.send(invite, addressOf(gate));
  const again = withCredentials(invite, await phone.status(407), Password, Username);
  phone.send(again, addressOf(gate));
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', again, answer, 2), addressOf(gate));
  return [again, answer];
}

function isAnswerToBye(message: SipMessage): boolean {
  return message instanceof SipResponse && message.cseq?.method === 'BYE';
}

/** Ends the thread for the `time`th time; resolves when the log says so. */
async function killThread(gate: TestGate, time = 1): Promise<void> {
  gate.process.kill('SIGUSR2');
  while (gate.output.split('the thread that serves calls died"').length <= time) {
    assert.ok(gate.process.stderr);
    await once(gate.process.stderr, 'data');
  }
}

async function journalOf(gate: TestGate, invite: SipRequest): Promise<unknown> {
  return gate.api('GET', `/calls/${encodeURIComponent(invite.callId ?? '')}`);
}

describe('calls in a thread of their own', () => {
  test('a change is in force when its author hears of it, and the API answers for calls', async () => {
    await using gate = await startGate();
    await using phone = await SipPeer.open();
    const client = gate.voiceClient();
    const { id, host }: TestConnector = await openTermination(client);
    const [invite, answer] = await establish(gate, phone, host);
    phone.send(inDialog('BYE', invite, answer, 3), addressOf(gate));
    await phone.next(isAnswerToBye);
    assert.partialDeepStrictEqual(await journalOf(gate, invite), { state: 'ended', status: 200, reason: 'admitted' });

    await client.send(new DeleteVoiceConnectorTerminationCommand({ VoiceConnectorId: id }));
    const refused = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
    phone.send(refused, addressOf(gate));
    await phone.status(403);
    assert.partialDeepStrictEqual(await journalOf(gate, refused), { status: 403 });
    const explained = await gate.api('POST', '/explain', { to: `sip:${NUMBER}@${host}`, source: '127.0.0.1' });
    assert.partialDeepStrictEqual(explained, { verdict: 'refuse' });
    assert.partialDeepStrictEqual(await gate.api('POST', '/explain', { to: 'nobody', source: '127.0.0.1' }), {
      error: { code: 'bad-request' },
    });
    const metrics = await (await fetch(`${gate.http}/metrics`)).text();
    assert.match(metrics, /^tollgate_answers_total{status="200"} 1$/m);
    assert.match(metrics, /^tollgate_application_calls 0$/m);
    assert.equal(await gate.stop(), 0);
  });

  test('a thread that dies is replaced: calls go on, and rules made meanwhile hold', async () => {
    await using gate = await startGate();
    await using phone = await SipPeer.open();
    const client = gate.voiceClient();
    const { host } = await openTermination(client);
    const [invite, answer] = await establish(gate, phone, host);
    await journalOf(gate, invite);

    await killThread(gate);
    // Both wait for the thread to come.
    const [later, health] = await Promise.all([openTermination(client), fetch(`${gate.http}/healthz`)]);
    assert.equal(health.status, 200);
    phone.send(inDialog('BYE', invite, answer, 3), addressOf(gate));
    await phone.next(isAnswerToBye);
    assert.partialDeepStrictEqual(await journalOf(gate, invite), { state: 'ended', endedBy: 'caller' });
    await establish(gate, phone, later.host);
    assert.equal(await gate.stop(), 0);
  });

  test('a WebSocket is served by the thread, and closes with it', async () => {
    await using gate = await startGate();
    const { host } = await openTermination(gate.voiceClient());
    const url = `${gate.http.replace('http:', 'ws:')}/sip`;
    await using phone = await WebSocketPhone.connect(url);
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
    phone.send(invite);
    const again = withCredentials(invite, await phone.status(407), Password, Username);
    phone.send(again);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', again, answer, 2));

    const closed = once(phone.socket, 'close');
    await killThread(gate);
    await closed;
    await fetch(`${gate.http}/healthz`);
    await using other = await WebSocketPhone.connect(url);
    other.send(makeRequest('INVITE', `sip:${NUMBER}@${host}`, other));
    await other.status(407);
    assert.equal(await gate.stop(), 0);
  });

  test('a thread that dies again and again ends the gate, for its supervisor to know', async () => {
    await using gate = await startGate();
    const exit = once(gate.process, 'exit');
    for (let time = 1; time <= 5; time += 1) {
      await killThread(gate, time);
      assert.equal((await fetch(`${gate.http}/healthz`)).status, 200);
    }
    gate.process.kill('SIGUSR2');
    const [code] = (await exit) as [number | null];
    assert.equal(code, 1);
    assert.match(gate.output, /died too often/);
  });
});
