import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = '+12065550100';

describe('an established call', () => {
  test('outlives kill -9 of the gate: BYE of the caller finds the callee', async () => {
    await using stage = await Stage.open();
    const { phone, carrier } = stage;
    const { invite, answer } = await stage.establish();
    await stage.killAndRestart();

    phone.send(inDialog('BYE', invite, answer, 3), stage.sip);
    carrier.respond(await carrier.method('BYE'), 200);
    await phone.status(200);
    assert.partialDeepStrictEqual(await stage.report(invite), { state: 'ended', endedBy: 'caller', status: 200 });
  });

  test('outlives kill -9 of the gate: BYE of the callee finds the caller', async () => {
    await using stage = await Stage.open();
    const { phone, carrier } = stage;
    const { invite, answer, received } = await stage.establish();
    await stage.killAndRestart();

    const bye = makeRequest('BYE', `sip:caller@${phone.address}:${phone.port}`, carrier, {
      From: answer.headers.get('to') ?? '',
      To: invite.headers.get('from') ?? '',
      'Call-ID': invite.callId ?? '',
    });
    for (const route of received.headers.values('record-route')) bye.headers.append('Route', route);
    carrier.send(bye, stage.sip);
    phone.respond(await phone.method('BYE'), 200);
    await carrier.status(200);
    assert.partialDeepStrictEqual(await stage.report(invite), { state: 'ended', endedBy: 'callee', status: 200 });
  });
});

test('10.7 an established call is counted after kill -9 of the gate, until its BYE', async () => {
  await using stage = await Stage.open();
  const { phone, carrier } = stage;
  const { invite, answer } = await stage.establish();
  await untilWritten(join(stage.gate.data, 'calls.db'));
  await stage.killAndRestart();
  assert.equal(await callsUp(stage.gate), 1);
  phone.send(inDialog('BYE', invite, answer, 3), stage.sip);
  carrier.respond(await carrier.method('BYE'), 200);
  await phone.status(200);
  assert.equal(await callsUp(stage.gate), 0);
});

test('SIGTERM: no new calls, but the one in set-up is finished before the gate ends with 0', async () => {
  await using stage = await Stage.open();
  const { phone, carrier, gate } = stage;
  const invite = await stage.call();
  const received = await carrier.method('INVITE');
  carrier.respond(received, 180);
  await phone.status(180);

  const exit = gate.stop('SIGTERM');
  assert.equal((await healthOnceDraining(gate)).status, 'draining');
  phone.send(makeRequest('INVITE', `sip:${NUMBER}@${stage.host}`, phone), stage.sip);
  const refused = await phone.status(503);
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);

  carrier.respond(received, 200);
  const answer = await phone.status(200);
  assert.equal(answer.callId, invite.callId);
  phone.send(inDialog('ACK', invite, answer, 2), stage.sip);
  await carrier.method('ACK');
  assert.equal(await exit, 0);
});

/** What a stage is made of. */
interface StageParts {
  readonly phone: SipPeer;
  readonly carrier: SipPeer;
  readonly gate: TestGate;
  /** The connector that the telephone calls. */
  readonly host: string;
  readonly start: () => Promise<TestGate>;
  /** All but the gate. */
  readonly belongings: AsyncDisposableStack;
}

/** A gate at fixed ports, and a customer's telephone and a carrier that outlive it. */
class Stage implements AsyncDisposable {
  readonly phone: SipPeer;
  readonly carrier: SipPeer;
  readonly host: string;
  gate: TestGate;
  readonly #start: StageParts['start'];
  readonly #belongings: StageParts['belongings'];

  private constructor({ phone, carrier, gate, host, start, belongings }: StageParts) {
    this.phone = phone;
    this.carrier = carrier;
    this.host = host;
    this.gate = gate;
    this.#start = start;
    this.#belongings = belongings;
  }

  static async open(): Promise<Stage> {
    await using opened = new AsyncDisposableStack();
    const data = mkdtempSync(join(tmpdir(), 'tollgate-restart-'));
    opened.defer(() => rmSync(data, { recursive: true, force: true }));
    const phone = opened.use(await SipPeer.open());
    const carrier = opened.use(await SipPeer.open());
    const [port, tlsPort] = [await freePort(), await freePort()];
    const sip = `udp:127.0.0.1:${port},tcp:127.0.0.1:${port},tls:127.0.0.1:${tlsPort}`;
    const flags = ['--sip', sip, '--carriers', `sip:${carrier.address}:${carrier.port}`];
    const start = (): Promise<TestGate> => TestGate.start({ data, flags });
    const gate = await start();
    const { host } = await openTermination(gate.voiceClient());
    return new Stage({ phone, carrier, gate, host, start, belongings: opened.move() });
  }

  /** The gate's UDP listener. */
  get sip(): { address: string; port: number } {
    return { address: '127.0.0.1', port: this.gate.sip.udp };
  }

  /** Sends an INVITE and answers its challenge; resolves to the INVITE that was admitted. */
  async call(): Promise<SipRequest> {
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${this.host}`, this.phone);
    this.phone.send(invite, this.sip);
    const challenge = await this.phone.status(407);
    const { Username, Password } = CONNECTOR_USER;
    const again = withCredentials(invite, challenge, Password, Username);
    this.phone.send(again, this.sip);
    return again;
  }

  /** A call that is answered and acknowledged. `received` is its INVITE as the carrier got it. */
  async establish(): Promise<{ invite: SipRequest; answer: SipResponse; received: SipRequest }> {
    const invite = await this.call();
    const received = await this.carrier.method('INVITE');
    this.carrier.respond(received, 200);
    const answer = await this.phone.status(200);
    this.phone.send(inDialog('ACK', invite, answer, 2), this.sip);
    await this.carrier.method('ACK');
    // The journal writes in batches; asking for the call has it written.
    await this.report(invite);
    return { invite, answer, received };
  }

  async killAndRestart(): Promise<void> {
    await this.gate.stop('SIGKILL');
    this.gate = await this.#start();
  }

  /** What the journal says of the call. */
  async report(invite: SipRequest): Promise<object> {
    return (await this.gate.api('GET', `/calls/${encodeURIComponent(invite.callId ?? '')}`)) as object;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gate[Symbol.asyncDispose]();
    await this.#belongings.disposeAsync();
  }
}

/** The health that a gate shows once it has heard the signal. */
async function healthOnceDraining(gate: TestGate): Promise<{ status: string }> {
  for (;;) {
    const response = await fetch(`${gate.http}/healthz`);
    const health = (await response.json()) as { status: string };
    if (response.status === 503) return health;
    await delay(5);
  }
}

async function callsUp(gate: TestGate): Promise<number> {
  const metrics = await (await fetch(`${gate.http}/metrics`)).text();
  return Number(/^tollgate_calls (\d+)$/m.exec(metrics)?.[1]);
}

/** An answered call is written within a second. */
async function untilWritten(file: string): Promise<void> {
  using database = new DatabaseSync(file, { readOnly: true });
  while (!database.prepare('SELECT key FROM calls').get()) await delay(20);
}
