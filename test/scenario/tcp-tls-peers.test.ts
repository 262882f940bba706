import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { inDialog, makeRequest, withCredentials } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { without } from '../support/programs.ts';
import { scenario, Sipp } from '../support/sipp.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { StreamPeer } from '../support/stream-peer.ts';

const NUMBER = '+12065550100';
const { Username, Password } = CONNECTOR_USER;

/** Connections that never finish their INVITE: many, and fewer than one source may have. */
const SLOW_PEERS = 200;
const CALLS = 50;

test(
  `calls pass while ${SLOW_PEERS} connections send an INVITE that never ends`,
  { skip: without('sipp') },
  async (t) => {
    // SIPp knows MD5 only.
    await using gate = await TestGate.start({ flags: ['--digest-algorithms', 'MD5'] });
    const { host } = await openTermination(gate.voiceClient());
    await using peers = await SlowPeers.open(SLOW_PEERS, gate.sip.tcp, host);

    for (const [transport, mode] of [
      ['udp', 'u1'],
      ['tcp', 't1'],
    ] as const)
      await t.test(`over ${transport}`, async () => {
        const load = ['-m', String(CALLS), '-r', String(CALLS), '-d', '100', '-au', Username, '-ap', Password];
        const target = ['-t', mode, '-s', NUMBER, '-key', 'trunk', host, `127.0.0.1:${gate.sip[transport]}`];
        await using sipp = new Sipp(scenario('uac-auth'), '127.0.0.1', [...load, ...target]);
        const { code, successful, output } = await sipp.result;
        assert.deepEqual({ code, successful }, { code: 0, successful: CALLS }, output);
      });
    assert.equal(peers.open, SLOW_PEERS, 'the gate still waits for the rest of each INVITE');
  },
);

describe('a connector that requires encryption', () => {
  test('refuses a call over UDP, and the journal says why', async () => {
    await using gate = await TestGate.start();
    const { host } = await openTermination(gate.voiceClient(), true);
    await using phone = await SipPeer.open();
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
    phone.send(invite, { address: '127.0.0.1', port: gate.sip.udp });
    await phone.status(403);
    assert.partialDeepStrictEqual(await report(gate, invite), {
      state: 'refused',
      status: 403,
      reason: 'encryption-required',
    });
  });

  test('refuses a call over TCP', async () => {
    await using gate = await TestGate.start();
    const { host } = await openTermination(gate.voiceClient(), true);
    await using phone = await StreamPeer.connect({ port: gate.sip.tcp });
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
    phone.send(invite);
    await phone.status(403);
    assert.partialDeepStrictEqual(await report(gate, invite), { reason: 'encryption-required' });
  });

  test('takes the call over TLS, to its own name', async () => {
    await using gate = await TestGate.start();
    const { host } = await openTermination(gate.voiceClient(), true);
    const authority = readFileSync(join(gate.data, 'tls/ca.pem'), 'utf8');
    await using phone = await StreamPeer.connect({ port: gate.sip.tls, tls: { authority, name: host } });
    const invite = makeRequest('INVITE', `sip:${NUMBER}@${host}`, phone);
    phone.send(invite);
    const again = withCredentials(invite, await phone.status(407), Password, Username);
    phone.send(again);
    const answer = await phone.status(200);
    phone.send(inDialog('ACK', again, answer, 2));
    phone.send(inDialog('BYE', again, answer, 3));
    await phone.status(200, 'BYE');
    assert.partialDeepStrictEqual(await report(gate, invite), {
      state: 'ended',
      status: 200,
      reason: 'admitted',
      source: { transport: 'tls' },
    });
  });
});

/** Connections over which half an INVITE has come, and then a byte at a time. */
class SlowPeers implements AsyncDisposable {
  readonly #sockets: readonly Socket[];
  readonly #timer: NodeJS.Timeout;

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.#timer = setInterval(() => {
      for (const socket of sockets) socket.write('x');
    }, 50);
  }

  static async open(count: number, port: number, host: string): Promise<SlowPeers> {
    const sockets = Array.from({ length: count }, () => connect({ host: '127.0.0.1', port }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const [index, socket] of sockets.entries()) {
      // The gate may drop them at any time; that is counted, not thrown.
      socket.on('error', () => {});
      socket.resume();
      socket.write(
        `INVITE sip:${NUMBER}@${host} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKslow${index}\r\nSubject: `,
      );
    }
    return new SlowPeers(sockets);
  }

  /** How many of them the gate has not closed. */
  get open(): number {
    return this.#sockets.filter((socket) => !socket.closed && !socket.readableEnded).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(
      this.#sockets.map(async (socket) => {
        if (socket.closed) return;
        socket.destroy();
        await once(socket, 'close');
      }),
    );
  }
}

async function report(gate: TestGate, invite: SipRequest): Promise<object> {
  return (await gate.api('GET', `/calls/${encodeURIComponent(invite.callId ?? '')}`)) as object;
}
