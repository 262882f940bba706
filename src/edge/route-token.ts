import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TransportName } from '../sip/transport/transport.ts';

/** 128 bits: beyond guessing, and short enough for a header. */
const MAC_BYTES = 16;

/** How the caller reached us, so that requests of the callee find the way back through NAT and over TCP (RFC 5626 §5.3). */
export interface CallerFlow {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
}

/** What a Record-Route of ours proves about a request that carries it. */
export interface RouteClaim {
  /** Which end of the dialog sent the request. */
  readonly sender: 'caller' | 'callee';
  readonly callerFlow: CallerFlow | null;
}

/**
 * The user part of our Record-Route: the caller's flow, signed together with the dialog it belongs to. In-dialog
 * requests are routed by it without any state here, so calls outlive a restart, and nobody can make this edge relay
 * a request of a dialog that it did not admit.
 */
export class RouteTokens {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(callId: string, callerTag: string, flow: CallerFlow | null): string {
    const payload = flow ? Buffer.from(`${flow.transport} ${flow.address} ${flow.port}`).toString('base64url') : '';
    return `${payload}.${this.#mac(payload, callId, callerTag).toString('base64url')}`;
  }

  /** The claim of a token, or undefined when it was not made here for this dialog. */
  open(token: string, callId: string, fromTag: string, toTag: string): RouteClaim | undefined {
    const [payload = '', mac = ''] = token.split('.', 2);
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== MAC_BYTES) return undefined;
    const signed = (tag: string): boolean => timingSafeEqual(this.#mac(payload, callId, tag), given);
    const sender = signed(fromTag) ? 'caller' : signed(toTag) ? 'callee' : undefined;
    return sender && { sender, callerFlow: payload === '' ? null : parseFlow(payload) };
  }

  #mac(payload: string, callId: string, callerTag: string): Buffer {
    const text = JSON.stringify([payload, callId, callerTag]);
    return createHmac('sha256', this.#key).update(text, 'latin1').digest().subarray(0, MAC_BYTES);
  }
}

function parseFlow(payload: string): CallerFlow {
  const [transport, address = '', port] = Buffer.from(payload, 'base64url').toString().split(' ');
  return { transport: transport as TransportName, address, port: Number(port) };
}
