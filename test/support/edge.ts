import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Edge } from '../../src/edge/edge.ts';
import type { EdgeOptions } from '../../src/edge/edge-options.ts';
import type { CallEvent } from '../../src/journal/event.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import type { CredentialRecord } from '../../src/rulebook/credential.ts';
import { hashPassword } from '../../src/rulebook/credential.ts';
import type { Rulebook } from '../../src/rulebook/rulebook.ts';
import { answerChallenge } from '../../src/sip/digest.ts';
import { SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import { newBranch } from '../../src/sip/transaction/layer.ts';
import type { Binding } from '../../src/sip/transport/transport.ts';
import type { SipPeer } from './sip-peer.ts';

export const REALM = 'one.example';
export const USER = 'jdoe';
/** A user whose credential cannot be read. */
export const UNREADABLE = 'unreadable';
/** A user whose credential takes a while to read. */
export const SLOW = 'slow';
export const PASSWORD = 'correct horse';

/** An edge on a clock that only the test moves, with what it journals. */
export interface TestEdge extends AsyncDisposable {
  readonly edge: Edge;
  readonly clock: ManualClock;
  readonly events: CallEvent[];
  readonly heartbeats: { trunk: string; source: string }[];
  readonly errors: unknown[];
  readonly address: string;
  readonly port: number;
  /** All listeners, those of `also` included. */
  readonly listening: readonly Binding[];
}

/** What a test may choose of an edge. */
export interface TestEdgeOptions extends Partial<
  Omit<EdgeOptions, 'rulebook' | 'credentials' | 'journal' | 'tls' | 'onError'>
> {
  readonly port?: number;
  readonly also?: readonly Binding[];
}

/**
 * Opens an edge on loopback with one credential for every trunk. `key` makes two edges accept each other's routes;
 * `also` are listeners besides the one on UDP.
 */
export async function openEdge(
  rulebook: Rulebook,
  { key = Buffer.alloc(32, 1), port = 0, also = [], ...changes }: TestEdgeOptions = {},
): Promise<TestEdge> {
  const clock = new ManualClock();
  const events: CallEvent[] = [];
  const heartbeats: { trunk: string; source: string }[] = [];
  const errors: unknown[] = [];
  const record: CredentialRecord = {
    username: USER,
    realm: REALM,
    secrets: hashPassword(USER, REALM, PASSWORD),
    resource: `Credential ${USER}`,
  };
  const edge = new Edge({
    rulebook,
    credentials: {
      find: (_trunk, _set, username) =>
        username === UNREADABLE
          ? Promise.reject(new Error('the disk is gone'))
          : username === SLOW
            ? delay(20, [record])
            : username === USER
              ? [record]
              : [],
    },
    journal: {
      record: (event) => events.push(event),
      heartbeat: (trunk, source) => heartbeats.push({ trunk, source }),
    },
    clock,
    key,
    algorithms: ['SHA-256', 'MD5'],
    nonceLifetime: 60_000,
    tls: { key: '', cert: '' },
    advertise: null,
    dice: () => 0,
    bans: { load: () => [], save: () => {}, remove: () => {} },
    strangers: 'refuse',
    longestCall: 14_400_000,
    onError: (error) => errors.push(error),
    ...changes,
  });
  const listening = await edge.listen([{ transport: 'udp', address: '127.0.0.1', port }, ...also]);
  const udp = listening.find((binding) => binding.transport === 'udp');
  if (!udp) throw new Error('the edge opened no listener');
  await edge.trust(rulebook.carriers);
  return {
    edge,
    clock,
    events,
    heartbeats,
    errors,
    address: udp.address,
    port: udp.port,
    listening,
    [Symbol.asyncDispose]: () => edge.close(),
  };
}

/** A new request of `peer`, as a telephone would send it. */
export function makeRequest(
  method: string,
  uri: string,
  peer: Pick<SipPeer, 'address' | 'port'>,
  headers: Readonly<Record<string, string>> = {},
): SipRequest {
  const request = new SipRequest(method, uri);
  const common: Record<string, string> = {
    Via: `SIP/2.0/UDP ${peer.address}:${peer.port};branch=${newBranch()};rport`,
    'Max-Forwards': '70',
    From: '<sip:+12065550199@one.example>;tag=caller',
    To: `<${uri}>`,
    'Call-ID': randomUUID(),
    CSeq: `1 ${method}`,
    Contact: `<sip:caller@${peer.address}:${peer.port}>`,
    ...headers,
  };
  for (const [name, value] of Object.entries(common)) request.headers.set(name, value);
  return request;
}

/** The request once more, with the answer to a challenge (407 or 401) and a branch and CSeq of its own. */
export function withCredentials(
  request: SipRequest,
  challenge: SipResponse,
  password = PASSWORD,
  username = USER,
): SipRequest {
  const again = request.clone();
  const answer = answerChallenge({
    challenge: challenge.headers.get(challenge.status === 401 ? 'www-authenticate' : 'proxy-authenticate') ?? '',
    username,
    password,
    method: request.method,
    uri: request.uri,
  });
  again.headers.set(challenge.status === 401 ? 'Authorization' : 'Proxy-Authorization', answer ?? '');
  again.headers.set('CSeq', `${(request.cseq?.number ?? 0) + 1} ${request.method}`);
  again.headers.replaceFirstValue(
    'via',
    `SIP/2.0/UDP ${request.via?.host}:${request.via?.port};branch=${newBranch()};rport`,
  );
  return again;
}

/** A request within the dialog that a 2xx made. */
export function inDialog(method: string, invite: SipRequest, answer: SipResponse, cseq: number): SipRequest {
  const contact = /<([^>]+)>/.exec(answer.headers.get('contact') ?? '')?.[1] ?? '';
  const request = new SipRequest(method, contact);
  request.headers.append('Via', `SIP/2.0/UDP ${invite.via?.host}:${invite.via?.port};branch=${newBranch()};rport`);
  for (const route of answer.headers.values('record-route').toReversed()) request.headers.append('Route', route);
  request.headers.append('Max-Forwards', '70');
  request.headers.append('From', invite.headers.get('from') ?? '');
  request.headers.append('To', answer.headers.get('to') ?? '');
  request.headers.append('Call-ID', invite.callId ?? '');
  request.headers.append('CSeq', `${cseq} ${method}`);
  return request;
}
