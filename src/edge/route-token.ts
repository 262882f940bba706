import { Mac, sameText } from '../kit/mac.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { TransportName } from '../sip/transport/transport.ts';

/** 128 bits: beyond guessing, and short enough for a header. */
const MAC_BYTES = 16;

/** How one end reached us, so that what is for it finds the way back through NAT and over TCP (RFC 5626 §5.3). */
export interface PeerFlow {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
}

/** What a dialog needs to be known by, later and without any state. */
export interface RouteContent {
  readonly callerFlow: PeerFlow | null;
  /** Of a callee that is a registered telephone. */
  readonly calleeFlow: PeerFlow | null;
  readonly direction: Decision['direction'];
  /** The customer's trunk. */
  readonly trunk: string;
  /** The number that the customer goes by in this call; null when it shows none. */
  readonly number: string | null;
  /** Who the ends are, where they are users of trunks: so that each can be asked what it may do. */
  readonly users?: Users;
}

interface Users {
  readonly caller: string | null;
  readonly calleeTrunk: string;
  readonly callee: string | null;
}

const DIRECTIONS: Readonly<Record<string, Decision['direction']>> = {
  t: 'termination',
  o: 'origination',
  i: 'internal',
  x: 'transit',
};

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries(DIRECTIONS).map(([letter, direction]) => [direction, letter]),
);

/** What a Record-Route of ours proves about a request that carries it. */
export interface RouteClaim extends RouteContent {
  /** Which end of the dialog sent the request. */
  readonly sender: 'caller' | 'callee';
  /** Whether the callee's tag is signed too: it is the one that answered, and not made up. Few ask, and it costs. */
  readonly isBound: () => boolean;
}

/**
 * The user part of our Record-Route: what the dialog needs to be known by, signed together with its Call-ID and the
 * caller's tag; on the way back to the caller the callee's tag is signed as well (RFC 3261 §16.7 step 8). In-dialog requests are routed by it without any state here, so calls outlive a restart, and nobody can
 * make this edge relay a request of a dialog that it did not admit.
 */
export class RouteTokens {
  readonly #signer: Mac;

  constructor(key: Buffer) {
    this.#signer = new Mac(key);
  }

  seal(callId: string, callerTag: string, content: RouteContent): string {
    const payload = Buffer.from(print(content)).toString('base64url');
    return `${payload}.${this.#sign(`${payload}\n${callId}\n${callerTag}`)}`;
  }

  /** The token for the caller's route set, once the callee's tag is known. */
  bind(token: string, callId: string, callerTag: string, calleeTag: string): string {
    const [payload = ''] = token.split('.', 1);
    return `${token}.${this.#sign(`${payload}\n${callId}\n${callerTag}\n${calleeTag}`)}`;
  }

  /** The claim of a token, or undefined when it was not made here for this dialog. */
  open(token: string, callId: string, fromTag: string, toTag: string): RouteClaim | undefined {
    const [payload = '', mac = '', binding = ''] = token.split('.', 3);
    const signed = `${payload}\n${callId}`;
    let sender: RouteClaim['sender'] = 'caller';
    if (!this.#isSigned(`${signed}\n${fromTag}`, mac)) {
      if (!this.#isSigned(`${signed}\n${toTag}`, mac)) return undefined;
      sender = 'callee';
    }
    const tags = sender === 'caller' ? `${fromTag}\n${toTag}` : `${toTag}\n${fromTag}`;
    return {
      ...read(Buffer.from(payload, 'base64url').toString()),
      sender,
      isBound: () => binding !== '' && this.#isSigned(`${signed}\n${tags}`, binding),
    };
  }

  #isSigned(text: string, mac: string): boolean {
    return sameText(this.#sign(text), mac);
  }

  /** Base64url. A line break parts the fields of a text, as none of them can hold one. */
  #sign(text: string): string {
    return Buffer.from(this.#signer.sign(text, MAC_BYTES), 'latin1').toString('base64url');
  }
}

/** Between the parts; no part can hold it. Short, for it is in every request of the call. */
const SEPARATOR = ' ';

function print({ direction, trunk, number, callerFlow, calleeFlow, users }: RouteContent): string {
  const ends = users ? [users.caller ?? '', users.calleeTrunk, users.callee ?? ''].map(encodeURIComponent) : [];
  const flows = [...flowParts(callerFlow), ...flowParts(calleeFlow), ...ends].join(SEPARATOR).trimEnd();
  return [LETTERS.get(direction), trunk, number ?? '', ...(flows === '' ? [] : [flows])].join(SEPARATOR);
}

function flowParts(flow: PeerFlow | null): readonly (string | number)[] {
  return flow ? [flow.transport, flow.address, flow.port] : ['', '', ''];
}

function read(text: string): RouteContent {
  const [direction, trunk = '', number = '', ...flows] = text.split(SEPARATOR);
  return {
    direction: DIRECTIONS[direction ?? ''] ?? 'origination',
    trunk,
    number: number === '' ? null : number,
    callerFlow: readFlow(flows.slice(0, 3)),
    calleeFlow: readFlow(flows.slice(3, 6)),
    ...(flows.length > 6 && { users: readUsers(flows.slice(6)) }),
  };
}

function readUsers(ends: readonly string[]): Users {
  const [caller = '', calleeTrunk = '', callee = ''] = ends.map(decodeURIComponent);
  return { caller: caller === '' ? null : caller, calleeTrunk, callee: callee === '' ? null : callee };
}

function readFlow([transport = '', address = '', port]: readonly string[]): PeerFlow | null {
  return transport === '' ? null : { transport: transport as TransportName, address, port: Number(port) };
}
