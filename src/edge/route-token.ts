import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { TransportName } from '../sip/transport/transport.ts';

/** 128 bits: beyond guessing, and short enough for a header. */
const MAC_BYTES = 16;

/** How the caller reached us, so that requests of the callee find the way back through NAT and over TCP (RFC 5626 §5.3). */
export interface CallerFlow {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
}

/** What a dialog needs to be known by, later and without any state. */
export interface RouteContent {
  readonly callerFlow: CallerFlow | null;
  readonly direction: Decision['direction'];
  /** The customer's trunk. */
  readonly trunk: string;
  /** The number that the customer goes by in this call; null when it shows none. */
  readonly number: string | null;
}

/** What a Record-Route of ours proves about a request that carries it. */
export interface RouteClaim extends RouteContent {
  /** Which end of the dialog sent the request. */
  readonly sender: 'caller' | 'callee';
}

/**
 * The user part of our Record-Route: what the dialog needs to be known by, signed together with its Call-ID and the
 * caller's tag. In-dialog requests are routed by it without any state here, so calls outlive a restart, and nobody can
 * make this edge relay a request of a dialog that it did not admit.
 */
export class RouteTokens {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(callId: string, callerTag: string, content: RouteContent): string {
    const payload = Buffer.from(print(content)).toString('base64url');
    return `${payload}.${this.#mac(payload, callId, callerTag).toString('base64url')}`;
  }

  /** The claim of a token, or undefined when it was not made here for this dialog. */
  open(token: string, callId: string, fromTag: string, toTag: string): RouteClaim | undefined {
    const [payload = '', mac = ''] = token.split('.', 2);
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== MAC_BYTES) return undefined;
    const signed = (tag: string): boolean => timingSafeEqual(this.#mac(payload, callId, tag), given);
    const sender = signed(fromTag) ? 'caller' : signed(toTag) ? 'callee' : undefined;
    return sender && { sender, ...read(Buffer.from(payload, 'base64url').toString()) };
  }

  #mac(payload: string, callId: string, callerTag: string): Buffer {
    const text = JSON.stringify([payload, callId, callerTag]);
    return createHmac('sha256', this.#key).update(text, 'latin1').digest().subarray(0, MAC_BYTES);
  }
}

/** Between the parts; no part can hold it. Short, for it is in every request of the call. */
const SEPARATOR = ' ';

function print({ direction, trunk, number, callerFlow }: RouteContent): string {
  const flow = callerFlow ? [callerFlow.transport, callerFlow.address, callerFlow.port] : [];
  return [direction.charAt(0), trunk, number ?? '', ...flow].join(SEPARATOR);
}

function read(text: string): RouteContent {
  const [direction, trunk = '', number = '', transport, address = '', port] = text.split(SEPARATOR);
  return {
    direction: direction === 't' ? 'termination' : 'origination',
    trunk,
    number: number === '' ? null : number,
    callerFlow: transport === undefined ? null : { transport: transport as TransportName, address, port: Number(port) },
  };
}
