import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CarrierList } from '../../src/edge/carriers.ts';
import { LoopCheck } from '../../src/edge/loop-check.ts';
import type { Flow } from '../../src/sip/transport/transport.ts';
import { REASONS, type ReasonCode } from '../../src/rulebook/decide/reasons.ts';
import { SipResponse } from '../../src/sip/message/message.ts';
import { makeRequest, openEdge, UNREADABLE, withCredentials, type TestEdge } from '../support/edge.ts';
import { CARRIER, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';

const nowhere = { address: '192.0.2.7', port: 5060 };
const fromNobody: Flow = {
  transport: 'udp',
  reliable: false,
  secure: false,
  local: nowhere,
  remote: nowhere,
  send() {},
};

/** One way to every reason that the edge finds by itself. Some need the gate in a certain state first. */
const SCENARIOS: Partial<Record<ReasonCode, (peer: SipPeer, gate: TestEdge) => Buffer>> = {
  stranger: (peer) => makeRequest('OPTIONS', 'sip:one.example', peer).toBuffer(),
  'malformed-request': (peer) => makeRequest('INVITE', NUMBER, peer, { CSeq: '1 BYE' }).toBuffer(),
  'message-too-large': (peer) => makeRequest('INVITE', NUMBER, peer, { Subject: 'x'.repeat(9000) }).toBuffer(),
  'version-not-supported': (peer) =>
    altered(makeRequest('INVITE', NUMBER, peer).toBuffer(), 'SIP/2.0\r\n', 'SIP/7.0\r\n'),
  'scheme-not-supported': (peer) => makeRequest('INVITE', 'http://one.example', peer).toBuffer(),
  'too-many-hops': (peer) => makeRequest('INVITE', NUMBER, peer, { 'Max-Forwards': '0' }).toBuffer(),
  'extension-not-supported': (peer) => makeRequest('INVITE', NUMBER, peer, { 'Proxy-Require': 'teleport' }).toBuffer(),
  'loop-detected': (peer) => {
    const invite = makeRequest('INVITE', NUMBER, peer);
    const branch = new LoopCheck(new CarrierList()).branch('z9hG4bKbefore', { request: invite, flow: fromNobody });
    invite.headers.append('Via', `SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}`);
    return invite.toBuffer();
  },
  'method-unknown': (peer) => makeRequest('TELEPORT', NUMBER, peer).toBuffer(),
  'method-not-allowed': (peer) => makeRequest('PUBLISH', NUMBER, peer).toBuffer(),
  'dialog-unknown': (peer) => makeRequest('BYE', NUMBER, peer, { To: '<sip:x@one.example>;tag=gone' }).toBuffer(),
  'transaction-unknown': (peer) => makeRequest('CANCEL', NUMBER, peer).toBuffer(),
  draining: (peer, gate) => {
    void gate.edge.drain();
    return makeRequest('INVITE', NUMBER, peer).toBuffer();
  },
};

/** Need a state of their own: tests below, and those of registrations in edge-registrar and border-registration. */
const ELSEWHERE: ReadonlySet<ReasonCode> = new Set([
  'overloaded',
  'internal-error',
  'registration-too-brief',
  'registration-out-of-order',
  'too-many-contacts',
  'registrar-full',
  'registrar-unreachable',
  'not-registered',
  // A line forwards only where people dial: webex-forwarding.test.ts.
  'forwarded-too-often',
  // Of several threads: edge-counts-in-threads.test.ts.
  'count-missing',
]);

function altered(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
}

describe('the edge refuses by itself', () => {
  const rules = rulebookOf([trunk({ termination: termination({ sources: sources('198.51.100.0/24') }) })]);
  for (const code of Object.keys(REASONS) as ReasonCode[]) {
    if (REASONS[code].by !== 'edge' || ELSEWHERE.has(code)) continue;
    test(`for ${code}`, async () => {
      await using peer = await SipPeer.open();
      await using gate = await openEdge(rules);
      const scenario = SCENARIOS[code];
      assert.ok(scenario, `no scenario produces ${code}`);
      peer.send(scenario(peer, gate), gate);
      const answer = await peer.next<SipResponse>((message) => message instanceof SipResponse);
      assert.equal(answer.status, REASONS[code].status);
      assert.deepEqual(
        gate.events.map((event) => event.kind === 'refusal' && event.reason),
        [code],
      );
      assert.equal(answer.headers.has('x-tollgate-decision'), false);
      assert.deepEqual(gate.errors, []);
    });
  }

  test('for overloaded, above its capacity, and takes calls again once one is done', async () => {
    await using peer = await SipPeer.open();
    await using carrier = await SipPeer.open();
    const admitted = trunk({
      termination: termination({ sources: sources('127.0.0.0/8'), digest: null, callsPerSecond: null }),
    });
    const route = { ...CARRIER, host: carrier.address, port: carrier.port };
    await using gate = await openEdge(rulebookOf([admitted], [], [route]), { capacity: 1 });
    peer.send(makeRequest('INVITE', NUMBER, peer), gate);
    const first = await carrier.method('INVITE');
    peer.send(makeRequest('INVITE', NUMBER, peer), gate);
    const refusal = await peer.status(503);
    assert.match(refusal.headers.get('retry-after') ?? '', /^\d+$/);
    carrier.respond(first, 486);
    await peer.status(486);
    peer.send(makeRequest('INVITE', NUMBER, peer), gate);
    await carrier.method('INVITE');
    assert.equal(
      gate.events.some((event) => event.kind === 'refusal' && event.reason === 'overloaded'),
      true,
    );
  });

  test('for internal-error when a credential cannot be read, and says no more', async () => {
    await using peer = await SipPeer.open();
    await using gate = await openEdge(
      rulebookOf([trunk({ termination: termination({ sources: sources('127.0.0.0/8') }) })]),
    );
    const invite = makeRequest('INVITE', NUMBER, peer);
    peer.send(invite, gate);
    peer.send(withCredentials(invite, await peer.status(407), 'x', UNREADABLE), gate);
    const answer = await peer.status(500);
    assert.equal(answer.toBuffer().includes('disk'), false);
    assert.equal(gate.errors.length, 1);
  });

  test('OPTIONS of a customer is answered and noted; a stranger learns nothing of the trunk', async () => {
    await using peer = await SipPeer.open();
    await using gate = await openEdge(
      rulebookOf([trunk({ termination: termination({ sources: sources('127.0.0.0/8') }) })]),
    );
    peer.send(makeRequest('OPTIONS', 'sip:one.example', peer), gate);
    const answer = await peer.status(200);
    assert.match(answer.headers.get('allow') ?? '', /INVITE/);
    assert.deepEqual(gate.heartbeats, [{ trunk: 'test:one', source: '127.0.0.1' }]);
  });

  test('garbage, keep-alives and half a message are survived in silence', async () => {
    await using peer = await SipPeer.open();
    await using gate = await openEdge(rules);
    for (const text of ['', '\r\n\r\n', '\0\0\0\0', 'INVITE', 'INVITE sip:x SIP/2.0\r\n\r\n', 'x'.repeat(60_000)])
      peer.send(Buffer.from(text), gate);
    peer.send(makeRequest('OPTIONS', 'sip:one.example', peer), gate);
    await peer.status(403);
    assert.deepEqual(gate.errors, []);
  });
});
