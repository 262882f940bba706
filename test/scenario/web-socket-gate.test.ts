import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { WebSocketPhone } from '../support/web-socket-phone.ts';
import { SipResponse } from '../../src/sip/message/message.ts';

const NUMBER = '+12065550100';
const { Username, Password } = CONNECTOR_USER;

async function open(gate: TestGate, secure: boolean): Promise<WebSocketPhone> {
  const url = (secure ? gate.https : gate.http).replace(/^http/, 'ws');
  return WebSocketPhone.connect(`${url}/sip`, secure ? { ca: readFileSync(join(gate.data, 'tls/ca.pem')) } : {});
}

/** Calls, and hangs up once answered. */
async function callOnce(gate: TestGate, phone: WebSocketPhone, host: string): Promise<unknown> {
  const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
  phone.send(invite);
  const again = withCredentials(invite, await phone.status(407), Password, Username);
  phone.send(again);
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', again, answer, 2));
  phone.send(inDialog('BYE', again, answer, 3));
  await phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'BYE');
  return gate.api('GET', `/calls/${encodeURIComponent(invite.callId ?? '')}`);
}

describe('2.9 a gate in a process of its own', () => {
  test('2.9 takes calls over ws and wss at /sip, and wss counts as encrypted', async () => {
    await using gate = await TestGate.start();
    const { host } = await openTermination(gate.voiceClient());
    const strict = await openTermination(gate.voiceClient(), true);
    await using plain = await open(gate, false);
    await using secure = await open(gate, true);
    const ended = { state: 'ended', status: 200, reason: 'admitted' };
    assert.partialDeepStrictEqual(await callOnce(gate, plain, host), { ...ended, source: { transport: 'ws' } });
    assert.partialDeepStrictEqual(await callOnce(gate, secure, strict.host), {
      ...ended,
      source: { transport: 'wss' },
    });
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${strict.host}`, plain);
    plain.send(invite);
    await plain.status(403);
  });

  test('serves everything else by HTTP, whatever it asks to upgrade to', async () => {
    await using gate = await TestGate.start();
    const url = gate.http.replace('http:', 'ws:');
    await assert.rejects(WebSocketPhone.connect(`${url}/healthz`), /200/);
    await assert.rejects(WebSocketPhone.connect(`${url}/sips`), /404/);
    await assert.rejects(WebSocketPhone.connect(`${url}/sip`, { origin: 'https://evil.example' }), /403/);
    const health = (await (await fetch(`${gate.http}/healthz`)).json()) as { sip: string[] };
    assert.ok(health.sip.includes(`ws:${new URL(gate.http).host}`));
    assert.ok(health.sip.includes(`wss:${new URL(gate.https).host}`));
  });

  test('stops without waiting for telephones that stay connected', async () => {
    await using gate = await TestGate.start({ flags: ['--sip-origins', 'https://phone.example.com'] });
    const url = `${gate.http.replace('http:', 'ws:')}/sip`;
    await using phone = await WebSocketPhone.connect(url, { origin: 'https://phone.example.com' });
    const closed = once(phone.socket, 'close');
    assert.equal(await gate.stop(), 0);
    assert.equal((await closed)[0], 1001);
  });
});
