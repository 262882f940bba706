import assert from 'node:assert/strict';
import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest, withCredentials } from './edge.ts';
import type { TestGate } from './gate.ts';
import type { SipPeer } from './sip-peer.ts';

/** RFC 3261 T1: UDP may lose a request, so it is repeated until something comes back. */
const REPEAT_MS = 500;

export interface CallTo {
  /** Request-URI. */
  readonly to: string;
  /** From URI. */
  readonly from: string;
  readonly user?: string;
  readonly password?: string;
}

/** Sends a request until its final answer comes. */
export async function ask(phone: SipPeer, gate: TestGate, request: SipRequest): Promise<SipResponse> {
  const to = { address: '127.0.0.1', port: gate.sip.udp };
  phone.send(request, to);
  const repeat = setInterval(() => phone.send(request, to), REPEAT_MS);
  try {
    return await phone.next<SipResponse>(
      (message) =>
        message instanceof SipResponse &&
        message.status >= 200 &&
        message.callId === request.callId &&
        message.cseq?.number === request.cseq?.number &&
        message.cseq?.method === request.method,
    );
  } finally {
    clearInterval(repeat);
  }
}

/** Places a call over UDP as a telephone does, and hangs up when it is answered. The statuses of the final answers. */
export async function call(phone: SipPeer, gate: TestGate, { to, from, user, password }: CallTo): Promise<number[]> {
  const invite = makeRequest('INVITE', to, phone, { From: `<${from}>;tag=caller` });
  const first = await ask(phone, gate, invite);
  if (first.status !== 407 || user === undefined) {
    await hangUp(phone, gate, invite, first);
    return [first.status];
  }
  const again = withCredentials(invite, first, password, user);
  const second = await ask(phone, gate, again);
  await hangUp(phone, gate, again, second);
  return [first.status, second.status];
}

/** Ends the call that the answer made, if it made one. */
async function hangUp(phone: SipPeer, gate: TestGate, invite: SipRequest, answer: SipResponse): Promise<void> {
  if (answer.status >= 300) return;
  const number = invite.cseq?.number ?? 0;
  phone.send(inDialog('ACK', invite, answer, number), { address: '127.0.0.1', port: gate.sip.udp });
  const { status } = await ask(phone, gate, inDialog('BYE', invite, answer, number + 1));
  assert.equal(status, 200, 'the call is ended');
}

/** Asks whether the trunk is there. */
export async function ping(phone: SipPeer, gate: TestGate, host: string): Promise<number> {
  const { status } = await ask(phone, gate, makeRequest('OPTIONS', `sip:${host}`, phone));
  return status;
}
