import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import { createExchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { placeCall } from './place-call.ts';
import type { CallReport, CallRequest, PlacedCall } from './place-call.ts';
import { UserAgent } from './user-agent.ts';

const LONG = 60_000;
const CALLER = 'sip:+12065550199@caller.example';

let exchange: Exchange;
let agent: UserAgent;

before(async () => {
  exchange = await createExchange({ address: '127.0.0.1', port: 0, clock: systemClock });
  agent = await UserAgent.open({ address: '127.0.0.1', port: 0, clock: systemClock });
});
after(async () => {
  await agent.close();
  await exchange.stop();
});

/** Calls a number at the exchange; it is held until `end` unless told otherwise. */
function call(number: string, options: Partial<CallRequest> = {}, transport: 'udp' | 'tcp' = 'udp'): PlacedCall {
  return placeCall(agent, {
    uri: `sip:${number}@pstn.example`,
    from: CALLER,
    flow: agent.flowToPeer({ transport, ...exchange.endpoint }),
    hold: LONG,
    patience: LONG,
    ...options,
  });
}

const ladderOf = ({ ladder }: CallReport): string[] =>
  ladder.map(({ direction, method, text }) =>
    direction === 'sent'
      ? `→ ${text.split(' ')[0]} ${text.startsWith(method) ? '' : method}`.trim()
      : `← ${text} ${method}`,
  );

describe('a number that answers', () => {
  for (const transport of ['udp', 'tcp'] as const)
    test(`has audio both ways over ${transport}, until we hang up`, async () => {
      const placed = call(
        '+12065550100',
        { onPacket: ({ packetsReceived }) => packetsReceived >= 5 && placed.end() },
        transport,
      );
      const report = await placed.report;
      assert.equal(report.outcome, 'answered');
      assert.equal(report.status, 200);
      assert.equal(report.endedBy, 'local');
      assert.ok(report.rtp.packetsReceived >= 5);
      assert.equal(report.rtp.bytesReceived, report.rtp.packetsReceived * 160);
      assert.ok(report.rtp.packetsSent > 0);
      assert.deepEqual(ladderOf(report), [
        '→ INVITE',
        '← 100 Trying INVITE',
        '← 180 Ringing INVITE',
        '← 200 OK INVITE',
        '→ ACK',
        '→ BYE',
        '← 200 OK BYE',
      ]);
    });

  test('is over when the hold is', async () => {
    const report = await call('+12065550100', { hold: 1 }).report;
    assert.equal(report.endedBy, 'local');
    assert.ok((report.durations.call ?? 0) >= 1);
    assert.equal(exchange.activeCalls, 0);
  });

  for (const number of ['911', '112', '+442079460000', '12065550200', '+12065550199', '%2B12065550100;ext=7'])
    test(`${number} is one`, async () => {
      assert.equal((await call(number, { hold: 0 }).report).status, 200);
    });
});

describe('a number that does not', () => {
  for (const [number, status, reason] of [
    ['+12065550486', 486, 'Busy Here'],
    ['+12065550503', 503, 'Service Unavailable'],
    ['+12065550603', 603, 'Decline'],
    ['+12065550404', 404, 'Not Found'],
    ['reception', 404, 'Not Found'],
    ['1', 404, 'Not Found'],
  ] as const)
    test(`${number} ends with ${status}`, async () => {
      const report = await call(number).report;
      assert.deepEqual([report.outcome, report.status, report.reason], ['refused', status, reason]);
      assert.equal(ladderOf(report).at(-1), '→ ACK');
      assert.equal(report.rtp.packetsReceived, 0);
    });

  test('one that rings for ever is cancelled', async () => {
    const placed = call('+12065550180', { onEntry: ({ text }) => text.startsWith('180') && placed.end() });
    const report = await placed.report;
    assert.deepEqual([report.outcome, report.status], ['cancelled', 487]);
    const ladder = ladderOf(report);
    assert.ok(ladder.includes('→ CANCEL'));
    assert.ok(ladder.includes('← 200 OK CANCEL'));
    assert.equal(exchange.activeCalls, 0);
  });

  test('one that rings longer than we wait is unanswered', async () => {
    const report = await call('+12065550183', { patience: 50 }).report;
    assert.deepEqual([report.outcome, report.status], ['unanswered', 487]);
    assert.notEqual(report.durations.ringing, null);
  });

  test('a closed port is told of over TCP', async () => {
    const gone = await UserAgent.open({ address: '127.0.0.1', port: 0, clock: systemClock });
    const { endpoint } = gone;
    await gone.close();
    const report = await call('1', { flow: agent.flowToPeer({ transport: 'tcp', ...endpoint }) }).report;
    assert.equal(report.outcome, 'failed');
    assert.match(report.error ?? '', /could not be sent/);
  });

  test('silence is given up', async () => {
    const silent = await silentPeer();
    const report = await call('1', { flow: agent.flowToPeer({ transport: 'udp', ...silent }), patience: 20 }).report;
    await silent.close();
    assert.deepEqual([report.outcome, report.status, report.error], ['unanswered', null, null]);
  });
});

describe('limits', () => {
  test('more calls than allowed get 503 with Retry-After', async () => {
    const small = await createExchange({ address: '127.0.0.1', port: 0, clock: systemClock, limits: { calls: 1 } });
    const flow = agent.flowToPeer({ transport: 'udp', ...small.endpoint });
    const first = call('+12065550180', { flow, onEntry: ({ text }) => text.startsWith('180') && rang.resolve() });
    const rang = Promise.withResolvers<void>();
    await rang.promise;
    const second = await call('+12065550100', { flow }).report;
    assert.equal(second.status, 503);
    assert.deepEqual(second.headers, [{ name: 'Retry-After', value: '5' }]);
    await assert.rejects(small.placeCall({ to: '+12065550100', target: agent.endpoint }), { name: 'ExchangeError' });
    await small.stop();
    assert.equal((await first.report).status, 503);
  });

  test('a call that lasts too long is ended by the exchange', async () => {
    const short = await createExchange({ address: '127.0.0.1', port: 0, clock: systemClock, limits: { callMs: 30 } });
    const flow = agent.flowToPeer({ transport: 'tcp', ...short.endpoint });
    const report = await call('+12065550100', { flow }).report;
    await short.stop();
    assert.equal(report.endedBy, 'remote');
    assert.deepEqual(ladderOf(report).slice(-2), [
      '← BYE sip:tollgate@' + ourContact() + ';transport=tcp BYE',
      '→ 200 BYE',
    ]);
  });
});

describe('a call from the network', () => {
  test('reaches a phone with number and caller, and is reported', async () => {
    const invites: string[] = [];
    const phone = await UserAgent.open({
      address: '127.0.0.1',
      port: 0,
      clock: systemClock,
      onCall: (incoming) => {
        invites.push(incoming.invite.uri, incoming.invite.from?.uri ?? '');
        incoming.ring();
        incoming.answer();
      },
    });
    const report = await exchange.placeCall({ to: 'tel:+1-206-555-0100', target: phone.endpoint, holdSeconds: 0 });
    const { address, port } = phone.endpoint;
    assert.deepEqual(invites, [
      `sip:+12065550100@${hostPort(address, port)}`,
      `sip:+12065550199@${hostPort('127.0.0.1', exchange.endpoint.port)}`,
    ]);
    assert.equal(report.status, 200);
    await phone.close();
  });

  test('ends when the phone hangs up', async () => {
    const phone = await UserAgent.open({
      address: '127.0.0.1',
      port: 0,
      clock: systemClock,
      onCall: (incoming) => incoming.answer().then(() => incoming.end(480)),
    });
    const target = { transport: 'tcp', ...phone.endpoint } as const;
    const report = await exchange.placeCall({ to: '+12065550100', from: '+12065550123', target, holdSeconds: 60 });
    assert.equal(report.endedBy, 'remote');
    await phone.close();
  });

  test('wants a number', async () => {
    await assert.rejects(exchange.placeCall({ to: 'bob', target: agent.endpoint }), /not a telephone number: bob/);
  });
});

function ourContact(): string {
  return hostPort(agent.endpoint.address, agent.endpoint.port);
}

/** A UDP port that swallows everything. */
async function silentPeer(): Promise<{ address: string; port: number; close(): Promise<void> }> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { address, port } = socket.address();
  return { address, port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}
