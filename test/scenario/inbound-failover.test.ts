import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import type { OriginationRoute } from '@aws-sdk/client-chime-sdk-voice';
import { openOrigination, orderGroupNumber, type TestConnector } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { without } from '../support/programs.ts';
import { SippServer } from '../support/sipp.ts';

/** What the exchange says of a call that it placed, and the journal of the same call. */
interface Outcome {
  readonly status: number;
  readonly attempts: readonly { readonly target: string; readonly status: number | string }[];
}

/** Where a route leads. */
interface Place {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
}

describe('a call from the telephone network to a number of a group', { skip: without('sipp') }, () => {
  test('goes to the connector of the first priority', async () => {
    await using gate = await TestGate.start();
    await using one = await SippServer.open('127.0.0.2', 200);
    await using two = await SippServer.open('127.0.0.3', 200);
    await using three = await SippServer.open('127.0.0.4', 200);
    const number = await groupOf(gate, [[routeTo(one)], [routeTo(two)], [routeTo(three)]]);

    assert.deepEqual(await callTo(gate, number), { status: 200, attempts: [tried(one, 200)] });
    assert.deepEqual(await Promise.all([one.calls(), two.calls(), three.calls()]), [1, 0, 0]);
  });

  test('passes over a connector that is silent and one that answers 503', async () => {
    await using gate = await TestGate.start();
    await using one = await SilentServer.open('127.0.0.2');
    await using two = await SippServer.open('127.0.0.3', 503);
    await using three = await SippServer.open('127.0.0.4', 200);
    const number = await groupOf(gate, [[routeTo(one)], [routeTo(two)], [routeTo(three)]]);

    const attempts = [tried(one, 'timeout'), tried(two, 503), tried(three, 200)];
    assert.deepEqual(await callTo(gate, number), { status: 200, attempts });
    assert.deepEqual(await Promise.all([two.calls(), three.calls()]), [1, 1]);
  });

  test('that is declined is declined: nobody else is asked', async () => {
    await using gate = await TestGate.start();
    await using one = await SippServer.open('127.0.0.2', 486);
    await using two = await SippServer.open('127.0.0.3', 200);
    await using three = await SippServer.open('127.0.0.4', 200);
    const number = await groupOf(gate, [[routeTo(one)], [routeTo(two)], [routeTo(three)]]);

    assert.deepEqual(await callTo(gate, number), { status: 486, attempts: [tried(one, 486)] });
    assert.deepEqual(await Promise.all([one.calls(), two.calls(), three.calls()]), [1, 0, 0]);
  });

  test('is delivered over TCP, past a port where nobody listens', async () => {
    await using gate = await TestGate.start();
    const nobody = { transport: 'tcp', address: '127.0.0.2', port: await freePort('127.0.0.2') } as const;
    await using two = await SippServer.open('127.0.0.3', 200, 'tcp');
    const number = await groupOf(gate, [[routeTo(nobody)], [routeTo(two)]]);

    const attempts = [tried(nobody, 'unreachable'), tried(two, 200)];
    assert.deepEqual(await callTo(gate, number), { status: 200, attempts });
    assert.equal(await two.calls(), 1);
  });

  test('tries the routes of one connector by priority before those of the next', async () => {
    await using gate = await TestGate.start();
    await using one = await SippServer.open('127.0.0.2', 503);
    await using two = await SippServer.open('127.0.0.3', 500);
    await using three = await SippServer.open('127.0.0.4', 200);
    const routes = [routeTo(two, { Priority: 2 }), routeTo(one, { Priority: 1 })];
    const number = await groupOf(gate, [routes, [routeTo(three)]]);

    const attempts = [tried(one, 503), tried(two, 500), tried(three, 200)];
    assert.deepEqual(await callTo(gate, number), { status: 200, attempts });
  });

  test('shares the routes of one priority by their weights', async () => {
    await using gate = await TestGate.start();
    await using heavy = await SippServer.open('127.0.0.2', 200);
    await using light = await SippServer.open('127.0.0.3', 200);
    await using spare = await SippServer.open('127.0.0.4', 200);
    const routes = [
      routeTo(light, { Priority: 1, Weight: 20 }),
      routeTo(heavy, { Priority: 1, Weight: 80 }),
      routeTo(spare, { Priority: 2, Weight: 100 }),
    ];
    const number = await groupOf(gate, [routes]);

    const calls = 100;
    const atOnce = 10;
    for (let placed = 0; placed < calls; placed += atOnce) {
      // No more than a socket buffer of SIPp holds on a busy machine.
      const outcomes = await Promise.all(Array.from({ length: atOnce }, () => callTo(gate, number)));
      assert.ok(outcomes.every(({ status, attempts }) => status === 200 && attempts.length === 1));
    }
    const [most, some, none] = await Promise.all([heavy.calls(), light.calls(), spare.calls()]);
    assert.deepEqual([most + some, none], [calls, 0]);
    // By chance this fails once in a thousand million runs.
    assert.ok(some > 0 && most > some, `${most} to ${some}`);
  });

  test('passes over a connector whose origination is disabled, without a try', async () => {
    await using gate = await TestGate.start();
    await using one = await SippServer.open('127.0.0.2', 200);
    await using two = await SippServer.open('127.0.0.3', 200);
    const client = gate.voiceClient();
    const disabled = await openOrigination(client, [routeTo(one)], true);
    const number = await orderGroupNumber(client, [disabled, await openOrigination(client, [routeTo(two)])]);

    assert.deepEqual(await callTo(gate, number), { status: 200, attempts: [tried(two, 200)] });
    assert.deepEqual(await Promise.all([one.calls(), two.calls()]), [0, 1]);
  });
});

/** A phone system that is there and never says a word. */
class SilentServer implements AsyncDisposable {
  readonly transport = 'udp';
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    ({ address: this.address, port: this.port } = socket.address());
    this.#socket = socket;
  }

  static async open(address: string): Promise<SilentServer> {
    const socket = createSocket('udp4');
    socket.bind(0, address);
    await once(socket, 'listening');
    return new SilentServer(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

function routeTo({ transport, address, port }: Place, order: OriginationRoute = {}): OriginationRoute {
  const Protocol = transport === 'udp' ? 'UDP' : 'TCP';
  return { Host: address, Port: port, Protocol, Priority: 1, Weight: 1, ...order };
}

function tried({ transport, address, port }: Place, status: number | string): Outcome['attempts'][number] {
  return { target: `${transport}:${address}:${port}`, status };
}

/** A number that leads to a group of connectors, each with these routes, tried in this order. */
async function groupOf(gate: TestGate, routes: readonly OriginationRoute[][]): Promise<string> {
  const client = gate.voiceClient();
  const connectors: TestConnector[] = [];
  for (const each of routes) connectors.push(await openOrigination(client, each));
  return orderGroupNumber(client, connectors);
}

/** Has the telephone network call the number, and hang up as soon as it is answered. */
async function callTo(gate: TestGate, number: string): Promise<Outcome> {
  const call = { to: number, holdSeconds: 0 };
  const { callId, status } = (await gate.api('POST', '/exchange/calls', call)) as { callId: string; status: number };
  const { attempts } = (await gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as Outcome;
  return { status, attempts: attempts.map(({ target, status: outcome }) => ({ target, status: outcome })) };
}
