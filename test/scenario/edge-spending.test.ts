import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SqliteSpending } from '../../src/edge/spending/sqlite-spending.ts';
import { readTariff } from '../../src/edge/spending/tariff.ts';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import {
  inDialog,
  makeRequest,
  openEdge,
  withCredentials,
  type TestEdge,
  type TestEdgeOptions,
} from '../support/edge.ts';
import { CARRIER, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const MINUTE = 60_000;

interface Parts {
  readonly phone: SipPeer;
  readonly carrier: SipPeer;
  readonly gate: TestEdge;
  /** Whether the trunk asks for a password. */
  readonly digest: boolean;
}

/** A customer's phone and a carrier that answers whatever it is asked, round an edge with limits. */
class Scene implements AsyncDisposable {
  readonly phone: SipPeer;
  readonly carrier: SipPeer;
  readonly gate: TestEdge;

  readonly #digest: boolean;

  private constructor({ phone, carrier, gate, digest }: Parts) {
    this.#digest = digest;
    this.phone = phone;
    this.carrier = carrier;
    this.gate = gate;
  }

  static async open(changes: TestEdgeOptions, digest = false): Promise<Scene> {
    const phone = await SipPeer.open();
    const carrier = await SipPeer.open();
    const calls = termination({
      sources: sources('127.0.0.0/8'),
      callerId: null,
      callsPerSecond: null,
      countries: { allowed: ['US', 'GB'], rule: CARRIER.rule },
      ...(!digest && { digest: null }),
    });
    const route = { ...CARRIER, host: carrier.address, port: carrier.port };
    const gate = await openEdge(rulebookOf([trunk({ termination: calls })], [], [route]), changes);
    return new Scene({ phone, carrier, gate, digest });
  }

  invite(number: string): SipRequest {
    return makeRequest('INVITE', `sip:${number}@one.example`, this.phone);
  }

  /** Places a call that is answered, with a password when it is asked for one. */
  async talk(number = '+12065550100'): Promise<{ invite: SipRequest; answer: SipResponse }> {
    let invite = this.invite(number);
    this.phone.send(invite, this.gate);
    if (this.#digest) {
      invite = withCredentials(invite, await this.phone.status(407));
      this.phone.send(invite, this.gate);
    }
    this.carrier.respond(await this.carrier.method('INVITE'), 200);
    const answer = await this.phone.status(200);
    this.phone.send(inDialog('ACK', invite, answer, invite.cseq?.number ?? 0), this.gate);
    await this.carrier.method('ACK');
    return { invite, answer };
  }

  async hangUp({ invite, answer }: { invite: SipRequest; answer: SipResponse }): Promise<void> {
    this.phone.send(inDialog('BYE', invite, answer, 9), this.gate);
    this.carrier.respond(await this.carrier.method('BYE'), 200);
    await this.phone.next((message) => message instanceof SipResponse && message.cseq?.method === 'BYE');
  }

  /** Places a call that the callee declines: it counts as a call, and lasts no time. */
  async ring(number: string): Promise<void> {
    this.phone.send(this.invite(number), this.gate);
    this.carrier.respond(await this.carrier.method('INVITE'), 486);
    await this.phone.status(486);
  }

  /** Places a call that the gate refuses; the reason. */
  async refused(number = '+12065550100', status = 403): Promise<string> {
    this.phone.send(this.invite(number), this.gate);
    const { headers } = await this.phone.status(status);
    return /text="([\w-]+)/.exec(headers.get('reason') ?? '')?.[1] ?? '';
  }

  get alarms(): string[] {
    return this.gate.events.flatMap((event) =>
      event.kind === 'alarm' ? [`${event.user ?? event.trunk} ${event.measure} ${event.state}`] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.phone, this.carrier, this.gate].map((part) => part[Symbol.asyncDispose]()));
  }
}

describe('minutes of a day', () => {
  test('10.9 warn at half, also while a call lasts, and stop at all; emergency calls pass; calls under way go on', async () => {
    const raised: string[] = [];
    await using scene = await Scene.open({
      spending: { trunk: { minutes: 10 }, user: {} },
      onAlarm: ({ state, used, limit }) => raised.push(`${state} ${Math.floor(used)}/${limit}`),
    });
    const { phone, carrier, gate } = scene;
    const call = await scene.talk();
    gate.clock.advance(4 * MINUTE);
    assert.deepEqual(raised, []);
    gate.clock.advance(MINUTE + 10_000);
    assert.deepEqual(raised, ['warning 5/10']);
    const second = await scene.talk();
    gate.clock.advance(2.5 * MINUTE);
    // Two calls side by side: ten minutes and ten seconds.
    assert.deepEqual(raised, ['warning 5/10', 'stopped 10/10']);
    assert.equal(await scene.refused(), 'spending-exceeded');
    phone.send(makeRequest('INVITE', 'sip:911@one.example', phone), gate);
    carrier.respond(await carrier.method('INVITE'), 486);
    await phone.status(486);

    await scene.hangUp(call);
    await scene.hangUp(second);
    assert.equal(await scene.refused(), 'spending-exceeded');
    assert.deepEqual(scene.alarms, ['test:one minutes warning', 'test:one minutes stopped']);
    // The next day is another one.
    gate.clock.advance(12 * 60 * MINUTE);
    await scene.talk();
  });

  test('10.9 of a call over midnight only those of the day count', async () => {
    await using scene = await Scene.open({ spending: { trunk: { minutes: 100 }, user: {} } });
    const { gate } = scene;
    gate.clock.advance(11 * 60 * MINUTE);
    const call = await scene.talk();
    gate.clock.advance(90 * MINUTE);
    await scene.hangUp(call);
    await scene.talk();
    gate.clock.advance(71 * MINUTE);
    assert.equal(await scene.refused(), 'spending-exceeded');
  });
});

test('10.9 the cost of a day goes by the tariff', async () => {
  const tariff = readTariff('+1 0.01 # at home\n\n+44;0.50\n+4420 0.25\n');
  await using scene = await Scene.open({ spending: { trunk: { cost: 1 }, user: {}, tariff } });
  const { gate } = scene;
  await scene.hangUp(await scene.talk());
  const near = await scene.talk();
  gate.clock.advance(60 * MINUTE);
  await scene.hangUp(near);
  assert.deepEqual(scene.alarms, ['test:one cost warning']);
  const far = await scene.talk('+442079460000');
  gate.clock.advance(1.5 * MINUTE);
  await scene.hangUp(far);
  const farther = await scene.talk('+447400123456');
  gate.clock.advance(0.1 * MINUTE);
  assert.equal(await scene.refused(), 'spending-exceeded');
  await scene.hangUp(farther);
});

test('10.9 what looks like toll fraud is stopped: neighbours one after the other, one range, abroad, bursts', async () => {
  const limits = { sequence: 4, range: 6, international: 2, 'calls-per-minute': 20 };
  await using scene = await Scene.open({ spending: { trunk: limits, user: {} } });
  const { gate } = scene;
  for (const number of ['+12065550100', '+12065550101', '+12065550101', '+12065550100']) await scene.ring(number);
  assert.equal(await scene.refused('+12065550099'), 'fraud-suspected');
  assert.deepEqual(scene.alarms, ['test:one sequence warning', 'test:one range warning', 'test:one sequence stopped']);
  // Another number ends the row.
  await scene.ring('+12065550150');
  await scene.ring('+12065550100');
  assert.equal(await scene.refused('+12065550199'), 'fraud-suspected');
  await scene.ring('+12065551100');

  await scene.ring('+442079460000');
  await scene.ring('+442079461500');
  assert.equal(await scene.refused('+442079463000'), 'fraud-suspected');
  await scene.ring('+12065552100');

  gate.clock.advance(60 * MINUTE);
  await scene.ring('+442079463000');
  for (let index = 1; index < 20; index += 1) await scene.ring(`+1206555${index % 10}1${index + 10}`);
  assert.equal(await scene.refused('+12065559999'), 'fraud-suspected');
  gate.clock.advance(MINUTE);
  await scene.ring('+12065559999');
});

test('10.9 10.7 a user has limits of its own, calls at once among them, and a transfer counts as a call of it', async () => {
  await using scene = await Scene.open({ spending: { trunk: {}, user: { calls: 2, concurrent: 1 } } }, true);
  const { phone, gate } = scene;
  const call = await scene.talk();
  assert.deepEqual(scene.alarms, ['jdoe calls warning', 'jdoe concurrent stopped']);
  const again = scene.invite('+12065550111');
  phone.send(again, gate);
  phone.send(withCredentials(again, await phone.status(407)), gate);
  assert.match((await phone.status(503)).headers.get('reason') ?? '', /concurrency-exceeded/);
  await scene.hangUp(call);

  const second = await scene.talk();
  const refer = inDialog('REFER', second.invite, second.answer, 5);
  refer.headers.set('Refer-To', '<sip:+12065550111@one.example>');
  phone.send(refer, gate);
  assert.match((await phone.status(403)).headers.get('reason') ?? '', /spending-exceeded/);
  assert.deepEqual(
    gate.events.flatMap((event) => (event.kind === 'transfer' ? [event.decision.username] : [])),
    ['jdoe'],
  );
});

test('10.6 a user starts no more calls in a second than it may, whatever the trunk may', async () => {
  await using scene = await Scene.open({ spending: { trunk: {}, user: { 'calls-per-second': 2 } } }, true);
  const { phone, gate } = scene;
  await scene.talk();
  await scene.talk();
  const third = scene.invite('+12065550111');
  phone.send(third, gate);
  phone.send(withCredentials(third, await phone.status(407)), gate);
  const refusal = await phone.status(503);
  assert.match(refusal.headers.get('reason') ?? '', /rate-exceeded/);
  assert.equal(refusal.headers.get('retry-after'), '1');
  assert.deepEqual(scene.alarms, ['jdoe calls-per-second stopped']);
  gate.clock.advance(1000);
  await scene.talk();
  await scene.talk();
  assert.deepEqual(scene.alarms, ['jdoe calls-per-second stopped'], 'once a minute is enough');
});

test('10.9 nothing is counted where nothing is limited', async () => {
  await using scene = await Scene.open({});
  await scene.hangUp(await scene.talk());
  assert.partialDeepStrictEqual(scene.gate.edge.spending.report(10), { spenders: [] });
});

test('10.9 what was spent survives a restart, and the operator may lift it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-spending-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'spending.db');
  const limits = { trunk: { calls: 2 }, user: {} };
  const open = () => Scene.open({ spending: limits, spendingStore: new SqliteSpending(file) });
  {
    await using scene = await open();
    await scene.ring('+12065550100');
    await scene.ring('+12065550100');
    scene.gate.clock.advance(1000);
  }
  {
    await using scene = await open();
    assert.equal(await scene.refused(), 'spending-exceeded');
    assert.partialDeepStrictEqual(scene.gate.edge.spending.report(10), {
      limits,
      spenders: [{ trunk: 'test:one', user: null, measures: [{}, {}, { used: 2, limit: 2, state: 'stopped' }] }],
    });
    assert.equal(scene.gate.edge.spending.stopped, 1);
    assert.equal(scene.gate.edge.spending.lift({ trunk: 'test:two', user: null }), false);
    assert.equal(scene.gate.edge.spending.lift({ trunk: 'test:one', user: null }), true);
    await scene.ring('+12065550100');
    // The warning is given anew, for it may be another thief.
    assert.deepEqual(scene.alarms, ['test:one calls warning']);
  }
  {
    await using scene = await open();
    scene.gate.clock.advance(24 * 60 * MINUTE);
    await scene.ring('+12065550100');
    await scene.ring('+12065550100');
    assert.equal(await scene.refused(), 'spending-exceeded');
  }
});
