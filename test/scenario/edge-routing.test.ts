import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import type { FailoverRow } from '../../src/rulebook/failover.ts';
import type { Route } from '../../src/rulebook/route.ts';
import { SipRequest } from '../../src/sip/message/message.ts';
import type { NameServer } from '../../src/sip/resolve-dns.ts';
import { makeRequest, openEdge, type TestEdge } from '../support/edge.ts';
import { CARRIER, number, origination, rulebookOf, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const INBOUND = 'sip:+12065550199@127.0.0.1';
const owned = number('+12065550199');
const HOST = '127.0.0.1';

/** What a gateway does: answers with these statuses one after the other, says nothing, or is not there at all. */
type Behaviour = readonly number[] | 'silent' | 'closed';

interface Net extends AsyncDisposable {
  readonly carrier: SipPeer;
  readonly servers: readonly SipPeer[];
  readonly gate: TestEdge;
  /** Places a call and returns its INVITE. */
  call(headers?: Readonly<Record<string, string>>, body?: Buffer): SipRequest;
  /** The outcomes of the attempts so far. */
  attempts(): (number | string)[];
  targets(): string[];
}

async function network(
  behaviours: readonly Behaviour[],
  { routes = {}, edge = {} }: { routes?: Partial<Route>; edge?: Parameters<typeof openEdge>[1] } = {},
): Promise<Net> {
  const carrier = await SipPeer.open();
  const servers = await Promise.all(behaviours.map(() => SipPeer.open()));
  for (const [index, behaviour] of behaviours.entries()) {
    const server = servers[index];
    if (behaviour === 'closed') await server?.[Symbol.asyncDispose]();
    else if (behaviour !== 'silent' && server) answerWith(server, behaviour);
  }
  const places = servers.map(({ address, port }, index) => ({
    ...CARRIER,
    host: address,
    port,
    priority: index + 1,
    ...routes,
  }));
  const rules = rulebookOf(
    [trunk({ origination: origination({ routes: places }) })],
    [owned],
    [{ ...CARRIER, host: carrier.address, port: carrier.port, builtIn: true }],
  );
  const gate = await openEdge(rules, edge);
  const open = servers.filter((_, index) => behaviours[index] !== 'closed');
  const attempted = () => gate.events.filter((event) => event.kind === 'attempt');
  return {
    carrier,
    servers,
    gate,
    call(headers, body) {
      const invite = makeRequest('INVITE', INBOUND, carrier, headers);
      if (body) invite.body = body;
      carrier.send(invite, gate);
      return invite;
    },
    attempts: () => attempted().map(({ status }) => status),
    targets: () => attempted().map(({ target }) => target.split(':', 1)[0] ?? ''),
    async [Symbol.asyncDispose]() {
      await Promise.all([carrier, gate, ...open].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

function answerWith(server: SipPeer, statuses: readonly number[], retryAfter?: string): void {
  server.onRequest = (request) => {
    if (request.method === 'ACK') return;
    for (const status of request.method === 'INVITE' ? statuses : [200])
      server.respond(request, status, (response) => {
        if (status === 503 && retryAfter !== undefined) response.headers.append('Retry-After', retryAfter);
      });
  };
}

async function closedTcpPort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Failover that waits for nothing happens though the clock stands still. */
describe('the next target is tried at once', () => {
  test('2.13, 6.2 when the UDP port is closed', { skip: process.platform !== 'linux' }, async () => {
    await using net = await network(['closed', 'closed', [200]]);
    net.call();
    await net.carrier.status(200);
    assert.deepEqual(net.attempts(), ['unreachable', 'unreachable', 200]);
  });

  test('6.2 when TCP is refused, though the gate itself does not listen on TCP', async () => {
    await using server = await SipPeer.open();
    await using carrier = await SipPeer.open();
    answerWith(server, [200]);
    const routes: Route[] = [
      { ...CARRIER, host: HOST, port: await closedTcpPort(), transport: 'tcp' },
      { ...CARRIER, host: HOST, port: server.port, priority: 2 },
    ];
    const rules = rulebookOf(
      [trunk({ origination: origination({ routes }) })],
      [owned],
      [{ ...CARRIER, host: carrier.address, port: carrier.port }],
    );
    await using gate = await openEdge(rules);
    carrier.send(makeRequest('INVITE', INBOUND, carrier), gate);
    await carrier.status(200);
    assert.deepEqual(
      gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.status] : [])),
      ['unreachable', 200],
    );
  });

  for (const status of [408, 500, 502, 503, 504])
    test(`6.2, 6.3 on ${status}, each try with a branch of its own`, async () => {
      await using net = await network([[100, status], [200]]);
      net.call();
      await net.carrier.status(200);
      const [first, second] = await Promise.all(net.servers.map((server) => server.method('INVITE')));
      assert.notEqual(first?.via?.params.get('branch'), second?.via?.params.get('branch'));
      assert.deepEqual(net.attempts(), [status, 200]);
    });

  test('6.5 on a failure after ringing or early media', async () => {
    await using net = await network([[180, 503], [183, 500], [200]]);
    net.call();
    await net.carrier.status(200);
    assert.deepEqual(net.attempts(), [503, 500, 200]);
  });
});

describe('the next target is tried after a time', () => {
  test('6.4 of four seconds when nothing was said', async () => {
    await using net = await network(['silent', [200]]);
    net.call();
    await net.servers[0]?.method('INVITE');
    net.gate.clock.advance(3900);
    assert.deepEqual(net.attempts(), []);
    net.gate.clock.advance(200);
    await net.carrier.status(200);
    assert.deepEqual(net.attempts(), ['timeout', 200]);
  });

  test('6.4 of ten seconds after 100 Trying, and the first is cancelled', async () => {
    await using net = await network(['silent', [200]]);
    const [first] = net.servers;
    net.call();
    const invite = await first?.method('INVITE');
    assert.ok(first && invite);
    first.respond(invite, 100);
    // The answer to what comes after the 100 shows that it was taken in.
    first.send(makeRequest('OPTIONS', 'sip:127.0.0.1', first), net.gate);
    await first.status(403);
    net.gate.clock.advance(9900);
    assert.deepEqual(net.attempts(), []);
    net.gate.clock.advance(200);
    await net.carrier.status(200);
    assert.deepEqual(net.attempts(), ['timeout', 200]);
    const cancel = await first.method('CANCEL');
    assert.equal(cancel.via?.params.get('branch'), invite.via?.params.get('branch'));
  });

  test('6.5 but not while it rings', async () => {
    await using net = await network([[180], [200]]);
    net.call();
    await net.carrier.status(180);
    net.gate.clock.advance(120_000);
    assert.deepEqual(net.attempts(), []);
    assert.equal(net.servers[1]?.received.length, 0);
  });

  test('6.6 which none is after thirty seconds in all', async () => {
    await using net = await network(Array.from({ length: 12 }, () => 'silent' as const));
    net.call();
    for (const server of net.servers.slice(0, 8)) {
      await server.method('INVITE');
      net.gate.clock.advance(4050);
    }
    await net.carrier.status(408);
    assert.equal(net.attempts().length, 8);
    assert.equal(net.servers[8]?.received.length, 0);
  });

  test('6.6 and the caller who hangs up meanwhile ends the chain', async () => {
    await using net = await network(['silent', [200]]);
    const invite = net.call();
    await net.servers[0]?.method('INVITE');
    const cancel = makeRequest('CANCEL', INBOUND, net.carrier, { 'Call-ID': invite.callId ?? '' });
    cancel.headers.set('Via', invite.headers.get('via') ?? '');
    net.carrier.send(cancel, net.gate);
    await net.carrier.status(487);
    net.gate.clock.advance(40_000);
    assert.equal(net.servers[1]?.received.length, 0);
  });
});

describe('what a call comes to', () => {
  test('6.6 twenty targets are tried at most', async () => {
    await using net = await network(Array.from({ length: 22 }, () => [500]));
    net.call();
    await net.carrier.status(500);
    assert.equal(net.attempts().length, 20);
    assert.equal(net.servers[20]?.received.length, 0);
  });

  test('4.13 targets that all say 503 make a 500', async () => {
    await using net = await network([[503], [503]]);
    net.call();
    await net.carrier.status(500);
  });

  test('6.3 a route may say otherwise', async () => {
    const failover: FailoverRow[] = [{ from: 480, to: 488, meaning: 'next' }];
    await using net = await network([[480], [486], [404]], { routes: { failover } });
    net.call();
    await net.carrier.status(404);
    assert.deepEqual(net.attempts(), [480, 486, 404]);
  });
});

describe('6.7 what calls show of a gateway is remembered', () => {
  async function callAndHangUp(net: Net): Promise<void> {
    net.call();
    await net.carrier.status(200);
  }

  test('6.7 after two silences it is passed over, and comes back', async () => {
    await using net = await network(['silent', [200]]);
    const [first] = net.servers;
    for (let call = 0; call < 2; call += 1) {
      const { callId } = net.call();
      await first?.next((message) => message.callId === callId);
      net.gate.clock.advance(4100);
      await net.carrier.status(200);
    }
    await callAndHangUp(net);
    assert.deepEqual(net.attempts(), ['timeout', 200, 'timeout', 200, 200]);
    assert.deepEqual(net.gate.edge.gatewayStates, { in: 1, out: 1, waiting: 0 });

    net.gate.clock.advance(31_000);
    if (first) answerWith(first, [200]);
    await callAndHangUp(net);
    assert.equal(net.gate.events.findLast((event) => event.kind === 'attempt')?.target, `udp:${HOST}:${first?.port}`);
  });

  test('6.7 a 503 with Retry-After is kept to', async () => {
    await using net = await network([[503], [200]]);
    if (net.servers[0]) answerWith(net.servers[0], [503], '20 (maintenance);duration=60');
    for (let call = 0; call < 2; call += 1) await callAndHangUp(net);
    assert.deepEqual(net.attempts(), [503, 200, 200]);
    net.gate.clock.advance(21_000);
    await callAndHangUp(net);
    assert.deepEqual(net.attempts().slice(3), [503, 200]);
  });

  test('6.8 when all want to be left alone the caller is told until when', async () => {
    await using net = await network([[503], [503]]);
    for (const [index, server] of net.servers.entries()) answerWith(server, [503], String(40 - 10 * index));
    net.call();
    await net.carrier.status(500);
    net.call();
    const answer = await net.carrier.status(503);
    assert.equal(answer.headers.get('retry-after'), '30');
    assert.equal(net.attempts().length, 2, 'nobody was asked');
  });

  test('6.8 when all are out they are tried all the same', { skip: process.platform !== 'linux' }, async () => {
    await using net = await network(['closed', 'closed']);
    for (let call = 1; call <= 4; call += 1) {
      net.call();
      await net.carrier.status(500);
      assert.equal(net.attempts().length, 2 * call);
    }
  });
});

describe('6.7 probes', () => {
  const edge = { probeInterval: 30_000 };

  test('6.7 a route in use is asked by OPTIONS, put out when it falls silent, and back in', async () => {
    await using net = await network([[200], [200]], { edge });
    const [first] = net.servers;
    assert.ok(first);
    net.call();
    await net.carrier.status(200);
    await first.method('INVITE');
    const begunAt = net.gate.clock.now();
    // To the very moment, so that no time passes for the answer.
    const toNextProbe = (): void => {
      const { clock } = net.gate;
      clock.advance(edge.probeInterval - ((clock.now() - begunAt + edge.probeInterval - 1000) % edge.probeInterval));
    };
    toNextProbe();
    const probe = await first.method('OPTIONS');
    assert.equal(probe.uri, `sip:${HOST}:${first.port}`);
    const state = () => net.gate.edge.gateways().find(({ target }) => target.endsWith(`:${first.port}`))?.state;
    const answer = async (): Promise<void> => {
      while (net.gate.edge.gateways()[0]?.answeredAt !== net.gate.clock.now()) await new Promise(setImmediate);
    };
    await answer();

    first.onRequest = undefined;
    for (let round = 0; round < 2; round += 1) {
      toNextProbe();
      await first.method('OPTIONS');
      net.gate.clock.advance(4000);
    }
    assert.equal(state(), 'out');
    answerWith(first, [200]);
    for (let round = 0; round < 2; round += 1) {
      assert.equal(state(), 'out');
      toNextProbe();
      await answer();
    }
    assert.equal(state(), 'in');
    assert.equal(net.servers[1]?.received.length, 0, 'a route that no call went to is not asked');
    assert.equal(
      net.carrier.received.some((message) => message instanceof SipRequest),
      false,
      'nor what is built in',
    );
  });

  test('6.7 any answer but 503 is a sign of life', async () => {
    await using net = await network([[200]], { edge });
    const [first] = net.servers;
    assert.ok(first);
    net.call();
    await net.carrier.status(200);
    const failures = () => net.gate.edge.gateways()[0]?.failures;
    first.onRequest = (request) => first.respond(request, 405);
    net.gate.clock.advance(1000);
    await first.method('OPTIONS');
    while (net.gate.edge.gateways()[0]?.answeredAt !== net.gate.clock.now()) await new Promise(setImmediate);
    first.onRequest = (request) => first.respond(request, 503);
    net.gate.clock.advance(31_000);
    await first.method('OPTIONS');
    while (failures() === 0) await new Promise(setImmediate);
    assert.equal(failures(), 1);
  });

  test('6.7 a probe nobody answers does not hold up the end of the gate', async () => {
    await using net = await network([[200]], { edge });
    const [first] = net.servers;
    net.call();
    await net.carrier.status(200);
    if (first) first.onRequest = undefined;
    net.gate.clock.advance(1000);
    await first?.method('OPTIONS');
    const state = { drained: false };
    void net.gate.edge.drain().then(() => (state.drained = true));
    // The gate still waits some seconds for the ACK of the call.
    for (let second = 0; second < 10 && !state.drained; second += 1) {
      net.gate.clock.advance(1000);
      await new Promise(setImmediate);
    }
    assert.ok(state.drained);
  });
});

describe('6.9 a route by name', () => {
  test('6.9 takes its servers from DNS, one after the other', { skip: process.platform !== 'linux' }, async () => {
    await using good = await SipPeer.open('127.0.0.2');
    await using carrier = await SipPeer.open();
    const gone = await SipPeer.open('127.0.0.3');
    await gone[Symbol.asyncDispose]();
    answerWith(good, [200]);
    const none = { records: [], ttl: 60 };
    const names: NameServer = {
      naptr: async () => none,
      srv: async (name) =>
        name === '_sip._udp.pbx.example'
          ? {
              records: [
                { name: 'gone.example', port: gone.port, priority: 1, weight: 1 },
                { name: 'good.example', port: good.port, priority: 2, weight: 1 },
              ],
              ttl: 60,
            }
          : none,
      addresses: async (name) => ({ records: [name === 'gone.example' ? gone.address : good.address], ttl: 60 }),
      local: async () => none,
    };
    const routes = [{ ...CARRIER, host: 'pbx.example', port: null, transport: null }];
    const rules = rulebookOf(
      [trunk({ origination: origination({ routes }) })],
      [owned],
      [{ ...CARRIER, host: carrier.address, port: carrier.port }],
    );
    await using gate = await openEdge(rules, { names });
    carrier.send(makeRequest('INVITE', INBOUND, carrier), gate);
    await carrier.status(200);
    assert.equal((await good.method('INVITE')).uri, 'sip:+12065550199@pbx.example');
    assert.deepEqual(
      gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.status] : [])),
      ['unreachable', 200],
    );
  });

  test('6.9 that leads nowhere is a failed target', async () => {
    await using carrier = await SipPeer.open();
    await using good = await SipPeer.open();
    answerWith(good, [200]);
    const nothing = async () => ({ records: [], ttl: 60 });
    const names: NameServer = { naptr: nothing, srv: nothing, addresses: nothing, local: nothing };
    const routes = [
      { ...CARRIER, host: 'pbx.example', port: null, transport: null },
      { ...CARRIER, host: good.address, port: good.port, priority: 2 },
    ];
    const rules = rulebookOf(
      [trunk({ origination: origination({ routes }) })],
      [owned],
      [{ ...CARRIER, host: carrier.address, port: carrier.port }],
    );
    await using gate = await openEdge(rules, { names });
    carrier.send(makeRequest('INVITE', INBOUND, carrier), gate);
    await carrier.status(200);
    assert.equal(gate.events.find((event) => event.kind === 'attempt')?.target, 'sip:pbx.example');
  });
});
