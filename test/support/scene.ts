import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import type { Termination } from '../../src/rulebook/trunk.ts';
import type { Binding } from '../../src/sip/transport/transport.ts';
import { inDialog, makeRequest, openEdge, type TestEdge } from './edge.ts';
import { CARRIER, number, origination, rulebookOf, sources, termination, trunk } from './rules.ts';
import { SipPeer } from './sip-peer.ts';

/** Apart from where everybody's connections start, so that a carrier's UDP port is free for TCP as well. */
const CARRIER_ADDRESS = '127.0.0.12';

/** A number that the customer may call. */
export const NUMBER = 'sip:+12065550100@one.example';
/** The customer's number, as the telephone network calls it. */
export const INBOUND = 'sip:+12065550199@127.0.0.1';

/** A customer's phone system and a carrier round an edge that trusts the phone by its address. */
export interface Scene extends AsyncDisposable {
  readonly phone: SipPeer;
  /** Both carriers; the second is tried after the first. */
  readonly carriers: readonly [SipPeer, SipPeer];
  readonly carrier: SipPeer;
  readonly gate: TestEdge;
}

/** Opens it. Calls of the telephone network go to the phone. */
export async function openScene({
  rules = {},
  also = [],
  port,
}: { rules?: Partial<Termination>; also?: readonly Binding[]; port?: number } = {}): Promise<Scene> {
  const phone = await SipPeer.open();
  const carriers = [await SipPeer.open(CARRIER_ADDRESS), await SipPeer.open(CARRIER_ADDRESS)] as const;
  const gate = await openEdge(rulesFor(phone, carriers, rules), { also, ...(port !== undefined && { port }) });
  return {
    phone,
    carriers,
    carrier: carriers[0],
    gate,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([phone, ...carriers, gate].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** The rulebook of a scene. */
export function rulesFor(phone: SipPeer, carriers: readonly SipPeer[], rules: Partial<Termination> = {}) {
  const local = termination({ sources: sources('127.0.0.0/8'), callsPerSecond: null, digest: null, ...rules });
  const route = { ...CARRIER, host: phone.address, port: phone.port };
  return rulebookOf(
    [trunk({ termination: local, origination: origination({ routes: [route] }) })],
    [number('+12065550199')],
    carriers.map((peer, index) => ({ ...CARRIER, host: peer.address, port: peer.port, priority: index + 1 })),
  );
}

/** A call with both ends' view of its set-up. */
export interface Established {
  readonly caller: SipPeer;
  readonly callee: SipPeer;
  readonly invite: SipRequest;
  /** The INVITE as the callee saw it. */
  readonly seen: SipRequest;
  readonly answer: SipResponse;
}

/** A call that was answered: of the phone to the carrier, or the other way. */
export async function establish(
  { phone, carrier, gate }: Scene,
  from: 'phone' | 'carrier' = 'phone',
  headers: Readonly<Record<string, string>> = {},
): Promise<Established> {
  const [caller, callee] = from === 'phone' ? [phone, carrier] : [carrier, phone];
  const invite = makeRequest('INVITE', from === 'phone' ? NUMBER : INBOUND, caller, headers);
  caller.send(invite, gate);
  await caller.status(100);
  const seen = await callee.method('INVITE');
  callee.respond(seen, 200);
  const answer = await caller.status(200);
  caller.send(inDialog('ACK', invite, answer, 1), gate);
  await callee.method('ACK');
  return { caller, callee, invite, seen, answer };
}

/** A request of the called side within the dialog. */
export function fromCallee(method: string, { callee, invite, seen, answer }: Established, cseq = 1): SipRequest {
  const contact = /<([^>]+)>/.exec(invite.headers.get('contact') ?? '')?.[1] ?? '';
  const request = makeRequest(method, contact, callee, {
    From: answer.headers.get('to') ?? '',
    To: invite.headers.get('from') ?? '',
    'Call-ID': invite.callId ?? '',
    CSeq: `${cseq} ${method}`,
  });
  for (const route of seen.headers.values('record-route')) request.headers.append('Route', route);
  return request;
}

/** The CANCEL of an INVITE as its sender would send it. */
export function cancelOf(invite: SipRequest, peer: SipPeer): SipRequest {
  const cancel = makeRequest('CANCEL', invite.uri, peer, { 'Call-ID': invite.callId ?? '' });
  cancel.headers.set('Via', invite.headers.values('via')[0] ?? '');
  cancel.headers.set('CSeq', `${invite.cseq?.number} CANCEL`);
  cancel.headers.remove('contact');
  return cancel;
}
