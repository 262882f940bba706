import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../kit/clock.ts';
import { hostPort } from '../kit/ip.ts';
import type { Timers } from '../sip/transaction/timers.ts';
import type { Endpoint, TransportName } from '../sip/transport/transport.ts';
import type { IncomingCall } from './incoming-call.ts';
import { calledNumber, outcomeOf } from './number-plan.ts';
import { placeCall } from './place-call.ts';
import type { CallReport, PlacedCall } from './place-call.ts';
import { UserAgent } from './user-agent.ts';

export type { CallReport } from './place-call.ts';

/** What one exchange carries at most. */
export interface ExchangeLimits {
  /** Calls at a time, both ways; further ones get 503. */
  readonly calls: number;
  /** Milliseconds that a call may ring or last. */
  readonly callMs: number;
}

export interface ExchangeOptions {
  /** Where it listens on UDP and TCP; port 0 takes a free one. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  /** Takes a fault of ours that nobody waits for; absent: it is thrown. */
  readonly onError?: (error: unknown) => void;
  readonly limits?: Partial<ExchangeLimits>;
  readonly timers?: Partial<Timers>;
}

/** A call from the telephone network to a number behind the gate. */
export interface NetworkCall {
  /** Number or URI of who is called: `+12065550100`, `tel:+1…`, `sip:+1…@…`. */
  readonly to: string;
  /** The same of the caller; a test number when absent. */
  readonly from?: string | undefined;
  /** The gate's SIP listener; over UDP unless it says otherwise. */
  readonly target: Endpoint & { readonly transport?: TransportName };
  /** Seconds to stay in the call once it is answered; 1 by default. */
  readonly holdSeconds?: number | undefined;
  /** Seconds to wait for the answer; 60 by default. */
  readonly timeoutSeconds?: number | undefined;
}

/** The call cannot be placed: no number, or no room. The message is for people. */
export class ExchangeError extends Error {
  override name = 'ExchangeError';
  /** For an HTTP answer: the caller asked for what cannot be. */
  readonly statusCode = 400;
}

/** The built-in telephone network. */
export interface Exchange {
  /** Where it listens, and where its own calls come from. */
  readonly endpoint: Endpoint;
  /** Calls that ring or are answered, both ways. */
  readonly activeCalls: number;
  /** Resolves when the call is over. Rejects with ExchangeError. */
  placeCall(call: NetworkCall): Promise<CallReport>;
  /** Ends every call and closes. */
  stop(): Promise<void>;
}

const LIMITS: ExchangeLimits = { calls: 10_000, callMs: 60 * 60 * 1000 };
const RETRY_AFTER_SECONDS = '5';
/** From of a placed call that names none. */
const TEST_CALLER = '+12065550199';
const HOLD_SECONDS = 1;
const TIMEOUT_SECONDS = 60;
/** Milliseconds that the last BYEs have to be answered in when the exchange stops. */
const STOP_MS = 1000;

/** Opens the test exchange: any number answers, some in their own way (see number-plan.ts). */
export async function createExchange(options: ExchangeOptions): Promise<Exchange> {
  const { address, port, clock, onError, timers } = options;
  const limits = { ...LIMITS, ...options.limits };
  const incoming = new Set<IncomingCall>();
  const placed = new Set<PlacedCall>();
  const activeCalls = (): number => incoming.size + placed.size;

  const take = (call: IncomingCall): void => {
    if (activeCalls() >= limits.calls) return call.refuse(503, undefined, [['Retry-After', RETRY_AFTER_SECONDS]]);
    incoming.add(call);
    const cap = clock.after(limits.callMs, () => call.end(480));
    call.onEnded = () => {
      incoming.delete(call);
      cap.cancel();
    };
    treat(call).catch((error: unknown) => agent.crashed(error));
  };
  const agent = await UserAgent.open({
    address,
    port,
    clock,
    onCall: take,
    ...(timers && { timers }),
    ...(onError && { crashed: onError }),
  });

  const place = async (call: NetworkCall): Promise<CallReport> => {
    if (activeCalls() >= limits.calls) throw new ExchangeError('the exchange carries as many calls as it can');
    const one = placeCall(agent, {
      uri: gateUri(numberOf(call.to), call.target),
      from: `sip:${numberOf(call.from ?? TEST_CALLER)}@${hostPort(agent.endpoint.address, agent.endpoint.port)}`,
      flow: agent.flowToPeer({ transport: 'udp', ...call.target }),
      hold: Math.min((call.holdSeconds ?? HOLD_SECONDS) * 1000, limits.callMs),
      patience: Math.min((call.timeoutSeconds ?? TIMEOUT_SECONDS) * 1000, limits.callMs),
    });
    placed.add(one);
    return one.report.finally(() => placed.delete(one));
  };

  const stop = async (): Promise<void> => {
    for (const call of incoming) call.end(503);
    for (const call of placed) call.end();
    await Promise.race([agent.idle(), new Promise<void>((resolve) => clock.after(STOP_MS, resolve))]);
    // Datagrams leave in the next turn of the event loop; the last answers must not be lost with the socket.
    await nextTurn();
    await agent.close();
  };

  return {
    endpoint: agent.endpoint,
    get activeCalls() {
      return activeCalls();
    },
    placeCall: place,
    stop,
  };
}

/** What the network does with a call, by the number that is called. */
async function treat(call: IncomingCall): Promise<void> {
  const number = calledNumber(call.invite.uri);
  if (number === undefined) return call.refuse(404);
  const outcome = outcomeOf(number);
  switch (outcome.kind) {
    case 'refuse':
      return call.refuse(outcome.status);
    case 'ring':
      return call.ring(outcome.status);
    case 'answer':
      call.ring();
      return call.answer();
  }
}

/** RFC 3261 §19.1.6: a number at the gate. */
function gateUri(number: string, { address, port, transport = 'udp' }: NetworkCall['target']): string {
  return `sip:${number}@${hostPort(address, port)}${transport === 'udp' ? '' : `;transport=${transport}`}`;
}

function numberOf(text: string): string {
  const number = calledNumber(text.includes(':') ? text : `tel:${text}`);
  if (number === undefined) throw new ExchangeError(`not a telephone number: ${text}`);
  return number;
}
