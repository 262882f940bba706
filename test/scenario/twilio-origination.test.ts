import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { clientOfGate } from '../support/twilio-gate.ts';

let gate: TestGate;
before(async () => {
  gate = await TestGate.start();
});
after(() => gate[Symbol.asyncDispose]());

/** What the exchange says of a call that it placed, and where the gate tried to deliver it. */
interface Outcome {
  readonly status: number;
  readonly tried: readonly (number | string)[];
}

/** Has the number lead to these phone systems, in this order. */
async function route(number: string, ...servers: readonly SipPeer[]): Promise<void> {
  await routeBy(
    number,
    servers.map((server, priority) => ({ server, priority, weight: 1 })),
  );
}

/** Has the number lead to these phone systems. */
async function routeBy(
  number: string,
  urls: readonly { readonly server: SipPeer; readonly priority: number; readonly weight: number }[],
): Promise<void> {
  const client = clientOfGate(gate);
  const { sid } = await client.trunking.v1.trunks.create({});
  for (const { server, priority, weight } of urls)
    await client.trunking.v1.trunks(sid).originationUrls.create({
      friendlyName: 'pbx',
      sipUrl: `sip:${server.address}:${server.port}`,
      priority,
      weight,
      enabled: true,
    });
  await client.incomingPhoneNumbers.create({ phoneNumber: number, trunkSid: sid });
}

/** Has the telephone network call the number, and hang up as soon as it is answered. */
async function callTo(number: string): Promise<Outcome> {
  const body = { to: number, holdSeconds: 0 };
  const { callId, status } = (await gate.api('POST', '/exchange/calls', body)) as { callId: string; status: number };
  const { attempts } = (await gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as {
    attempts: readonly { status: number | string }[];
  };
  return { status, tried: attempts.map((attempt) => attempt.status) };
}

/** Calls of the network at once, of those that are placed to be counted. */
const AT_ONCE = 25;

/** Has the network place `count` calls; how many each of the phone systems got. */
async function share(number: string, count: number, servers: readonly SipPeer[]): Promise<number[]> {
  const calls = servers.map(() => new Set<string | undefined>());
  for (const [index, server] of servers.entries())
    server.onRequest = (request) => {
      if (request.method === 'INVITE') calls[index]?.add(request.callId);
      if (request.method !== 'ACK') server.respond(request, 200);
    };
  for (let placed = 0; placed < count; placed += AT_ONCE) {
    const body = { to: number, holdSeconds: 0 };
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, () => gate.api('POST', '/exchange/calls', body) as Promise<{ status: number }>),
    );
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set([200]));
  }
  return calls.map(({ size }) => size);
}

/** Whether a binomial count is within three standard deviations of what is expected. */
function isLikely(count: number, total: number, chance: number): boolean {
  return Math.abs(count - total * chance) <= 3 * Math.sqrt(total * chance * (1 - chance));
}

/** Answers calls with the status, and everything else with 200. */
function answerWith(server: SipPeer, status: number, contact?: string): void {
  server.onRequest = (request) => {
    if (request.method === 'ACK') return;
    const invite = request.method === 'INVITE';
    server.respond(request, invite ? status : 200, ({ headers }) => {
      if (invite && contact !== undefined) headers.set('Contact', contact);
    });
  };
}

describe('a call to a number of a trunk', () => {
  test('goes to the next URL after every answer but those that the vendor lists', async () => {
    const number = '+12065550191';
    await using first = await SipPeer.open();
    await using second = await SipPeer.open();
    await route(number, first, second);
    answerWith(second, 200);
    for (const status of [400, 404, 405, 410, 416, 482, 484, 486, 600, 603, 604, 606]) {
      answerWith(first, status);
      assert.deepEqual(await callTo(number), { status, tried: [status] });
    }
    for (const status of [301, 305, 401, 403, 406, 408, 415, 420, 480, 481, 487, 488, 500, 502, 503, 504]) {
      answerWith(first, status);
      assert.deepEqual(await callTo(number), { status: 200, tried: [status, 200] });
    }
    answerWith(first, 200);
    assert.deepEqual(await callTo(number), { status: 200, tried: [200] });
  });

  test('carries the headers of the vendor', async () => {
    const number = '+12065550192';
    await using server = await SipPeer.open();
    await route(number, server);
    answerWith(server, 486);
    await callTo(number);
    const { uri, headers } = await server.method('INVITE');
    assert.equal(uri, `sip:${number}@${server.address}:${server.port}`);
    assert.match(headers.get('x-twilio-callsid') ?? '', /^CA[0-9a-f]{32}$/);
    assert.equal(headers.get('x-twilio-accountsid'), gate.credentials['TOLLGATE_TWILIO_ACCOUNT_SID']);
    assert.equal(headers.get('diversion'), `<sip:${number}@twilio.com>;reason=unconditional`);
  });

  test('follows one redirection, and then goes on with the next URL', async () => {
    const number = '+12065550193';
    await using first = await SipPeer.open();
    await using second = await SipPeer.open();
    await using third = await SipPeer.open();
    await route(number, first, second);
    answerWith(second, 200);
    answerWith(first, 302, `<sip:1001@nowhere.invalid>;q=0.1, <sip:1002@${third.address}:${third.port}>;q=0.9`);
    answerWith(third, 200);
    assert.deepEqual(await callTo(number), { status: 200, tried: [302, 200] });
    assert.equal((await third.method('INVITE')).uri, `sip:1002@${third.address}:${third.port}`);
    answerWith(third, 302, `<sip:1003@${first.address}:${first.port}>`);
    assert.deepEqual(await callTo(number), { status: 200, tried: [302, 302, 200] });
    answerWith(third, 486);
    assert.deepEqual(await callTo(number), { status: 486, tried: [302, 486] }, 'what it comes to, counts');
    answerWith(first, 302, '<tel:+12065550100>');
    assert.deepEqual(await callTo(number), { status: 200, tried: [302, 200] }, 'no place to go to');
  });

  test('URLs of one priority share a thousand calls by their weights', async () => {
    const number = '+12065550194';
    const weights = [10, 30, 60];
    await using first = await SipPeer.open();
    await using second = await SipPeer.open();
    await using third = await SipPeer.open();
    await using spare = await SipPeer.open();
    const equals = [first, second, third];
    await routeBy(number, [
      { server: spare, priority: 20, weight: 100 },
      ...equals.map((server, index) => ({ server, priority: 10, weight: weights[index] ?? 0 })),
    ]);
    const total = 1000;
    const holds = async (): Promise<boolean> => {
      const counts = await share(number, total, equals);
      assert.deepEqual([counts.reduce((sum, count) => sum + count), spare.received.length], [total, 0]);
      return counts.every((count, index) => isLikely(count, total, (weights[index] ?? 0) / 100));
    };
    // Chance alone leaves three standard deviations once in 150 times; twice in a row once in 20,000.
    assert.ok((await holds()) || (await holds()));
  });
});
