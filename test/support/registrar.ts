import { SipResponse, type SipRequest } from '../../src/sip/message/message.ts';
import { makeRequest, openEdge, withCredentials, type TestEdge } from './edge.ts';
import { CARRIER, number, registration, rulebookOf, sources, termination, trunk } from './rules.ts';
import { SipPeer } from './sip-peer.ts';

export const CALLED = '+12065550199';
/** Lets in all of loopback, and takes registrations. */
export const toy = trunk({
  termination: termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null, digest: null }),
  registration: registration(),
});

/** A telephone and a carrier, with an edge between them whose one number is jdoe's. */
export async function exchange(options: Parameters<typeof openEdge>[1] = {}, trunks = [toy]) {
  const phone = await SipPeer.open();
  const carrier = await SipPeer.open();
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const jdoe = number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: 'jdoe' } });
  const rules = rulebookOf(trunks, [jdoe], [route]);
  const gate = await openEdge(rules, options);
  let running = true;
  const stop = async (): Promise<void> => {
    if (running) await gate[Symbol.asyncDispose]();
    running = false;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all([stop(), phone[Symbol.asyncDispose](), carrier[Symbol.asyncDispose]()]);
  };
  return { phone, carrier, gate, rules, stop, [Symbol.asyncDispose]: dispose };
}

export function registerOf(phone: SipPeer, headers: Readonly<Record<string, string>> = {}, user = 'jdoe'): SipRequest {
  const self = `<sip:${user}@one.example>`;
  return makeRequest('REGISTER', 'sip:one.example', phone, {
    From: `${self};tag=phone`,
    To: self,
    Contact: `<sip:${user}@10.9.9.9:5060>`,
    ...headers,
  });
}

/** Sends a request; resolves to its final answer. */
export function ask(peer: SipPeer, gate: TestEdge, request: SipRequest): Promise<SipResponse> {
  peer.send(request, gate);
  return peer.next<SipResponse>(
    (message) =>
      message instanceof SipResponse &&
      message.status >= 200 &&
      message.callId === request.callId &&
      message.cseq?.number === request.cseq?.number,
  );
}

/** Registers with the answer to a challenge. */
export async function register(peer: SipPeer, gate: TestEdge, request = registerOf(peer)): Promise<SipResponse> {
  const challenge = await ask(peer, gate, request);
  return challenge.status === 401 ? ask(peer, gate, withCredentials(request, challenge)) : challenge;
}

/** A call to the number of jdoe. */
export const invite = (carrier: SipPeer): SipRequest =>
  makeRequest('INVITE', `sip:${CALLED}@127.0.0.1`, carrier, {
    Contact: `<sip:far@${carrier.address}:${carrier.port}>`,
  });
