import { Headers } from '../sip/message/headers.ts';
import { SipRequest } from '../sip/message/message.ts';
import type { SipResponse } from '../sip/message/message.ts';
import { parseNameAddr } from '../sip/message/nameaddr.ts';
import { parseUri } from '../sip/uri.ts';

/** What two user agents keep of each other between the requests of a call (RFC 3261 §12). */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests, To of theirs, tag included. */
  readonly localParty: string;
  readonly remoteParty: string;
  /** Route values in the order they are sent. */
  readonly routeSet: readonly string[];
  /** The Contact that the peer gave last; target refreshes change it (§12.2). */
  remoteTarget: string;
  /** CSeq numbers of the last request we sent, and of the last one that came. */
  localSequence: number;
  remoteSequence: number | undefined;
}

const MAX_FORWARDS = '70';

/** The caller's side, made by a response with a To tag (§12.1.2); undefined without one. */
export function callerDialog(invite: SipRequest, response: SipResponse): Dialog | undefined {
  const localTag = response.from?.tag;
  const remoteTag = response.to?.tag;
  if (localTag === undefined || remoteTag === undefined) return undefined;
  return {
    callId: response.callId ?? '',
    localTag,
    remoteTag,
    localParty: response.headers.get('from') ?? '',
    remoteParty: response.headers.get('to') ?? '',
    routeSet: response.headers.values('record-route').reverse(),
    remoteTarget: contactOf(response) ?? invite.uri,
    localSequence: invite.cseq?.number ?? 0,
    remoteSequence: undefined,
  };
}

/** The callee's side, made by an INVITE and the tag of our answers (§12.1.1); undefined when it has no Contact. */
export function calleeDialog(invite: SipRequest, localTag: string): Dialog | undefined {
  const remoteTarget = contactOf(invite);
  if (remoteTarget === undefined) return undefined;
  return {
    callId: invite.callId ?? '',
    localTag,
    // Callers older than RFC 3261 have no tag (§12.1.1).
    remoteTag: invite.from?.tag ?? '',
    localParty: `${invite.headers.get('to') ?? ''};tag=${localTag}`,
    remoteParty: invite.headers.get('from') ?? '',
    routeSet: invite.headers.values('record-route'),
    remoteTarget,
    localSequence: 0,
    remoteSequence: invite.cseq?.number,
  };
}

/** A request within the dialog (§12.2.1.1), with a CSeq number of its own, still without Via. */
export function nextRequest(dialog: Dialog, method: string): SipRequest {
  dialog.localSequence += 1;
  return requestWithin(dialog, method, dialog.localSequence);
}

/** The ACK of a 2xx: the number of its INVITE, and the same credentials (§13.2.2.4). */
export function acknowledgement(dialog: Dialog, invite: SipRequest): SipRequest {
  const ack = requestWithin(dialog, 'ACK', invite.cseq?.number ?? 0);
  for (const { name, id, value } of invite.headers)
    if (id === 'authorization' || id === 'proxy-authorization') ack.headers.append(name, value);
  return ack;
}

/** Takes the CSeq number and, of a target refresh, the Contact of a request that came; false when it is out of order (§12.2.2). */
export function takeRequest(dialog: Dialog, request: SipRequest): boolean {
  const number = request.cseq?.number ?? 0;
  if (dialog.remoteSequence !== undefined && number < dialog.remoteSequence) return false;
  dialog.remoteSequence = number;
  if (request.method === 'INVITE' || request.method === 'UPDATE')
    dialog.remoteTarget = contactOf(request) ?? dialog.remoteTarget;
  return true;
}

/** The URI that names where a request goes next: its first Route, else its Request-URI (§8.1.2). */
export function nextHopUri(request: SipRequest): string {
  const route = request.headers.values('route')[0];
  return (route === undefined ? undefined : parseNameAddr(route)?.uri) ?? request.uri;
}

function requestWithin(dialog: Dialog, method: string, sequence: number): SipRequest {
  const { uri, routes } = routing(dialog);
  const headers = new Headers();
  for (const route of routes) headers.append('Route', route);
  headers.append('Max-Forwards', MAX_FORWARDS);
  headers.append('From', dialog.localParty);
  headers.append('To', dialog.remoteParty);
  headers.append('Call-ID', dialog.callId);
  headers.append('CSeq', `${sequence} ${method}`);
  return new SipRequest(method, uri, headers);
}

/** §12.2.1.1: a first route without `lr` is a strict router, which wants to find itself in the Request-URI. */
function routing({ routeSet, remoteTarget }: Dialog): { uri: string; routes: readonly string[] } {
  const [first, ...rest] = routeSet;
  const strict = first === undefined ? undefined : parseNameAddr(first)?.uri;
  if (strict === undefined || parseUri(strict)?.params.has('lr') !== false)
    return { uri: remoteTarget, routes: routeSet };
  return { uri: strict, routes: [...rest, `<${remoteTarget}>`] };
}

function contactOf(message: SipRequest | SipResponse): string | undefined {
  const value = message.headers.values('contact')[0];
  return value === undefined ? undefined : parseNameAddr(value)?.uri;
}
