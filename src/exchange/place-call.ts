import { uuid } from '../kit/ids.ts';
import type { SipResponse } from '../sip/message/message.ts';
import type { Flow } from '../sip/transport/transport.ts';
import type { Credentials } from './credentials.ts';
import { printable } from './ladder.ts';
import type { LadderEntry } from './ladder.ts';
import { CallMedia } from './media.ts';
import { OutgoingCall } from './outgoing-call.ts';
import type { CallOutcome } from './outgoing-call.ts';
import type { RtpCounts } from './rtp.ts';
import type { EndedBy } from './session.ts';
import type { UserAgent } from './user-agent.ts';

/** A call from the first INVITE to the last BYE. Times are milliseconds. */
export interface CallRequest {
  /** The Request-URI; it goes out untouched. */
  readonly uri: string;
  readonly from: string;
  readonly flow: Flow;
  readonly credentials?: Credentials | undefined;
  /** Whether audio is offered over SRTP only. */
  readonly encrypted?: boolean;
  /** How long to stay in the call once it is answered. */
  readonly hold: number;
  /** How long to wait for a final answer. */
  readonly patience: number;
  /** Hears of each message as it is sent or comes. */
  readonly onEntry?: ((entry: LadderEntry) => void) | undefined;
  /** Hears of each RTP packet received. */
  readonly onPacket?: ((counts: RtpCounts) => void) | undefined;
}

/** What came of it; plain data, fit for JSON. */
export interface CallReport {
  readonly callId: string;
  /** Request-URI and From URI. */
  readonly to: string;
  readonly from: string;
  readonly outcome: CallOutcome['kind'];
  readonly answered: boolean;
  /** Of the final answer; null when none came. */
  readonly status: number | null;
  readonly reason: string | null;
  /** The headers of the final answer that say why: Reason, Warning, Retry-After, Error-Info and X-…. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly ladder: readonly LadderEntry[];
  readonly rtp: RtpCounts;
  /** Milliseconds from the INVITE to the first 18x, from the INVITE to the final answer, and of the call after it. */
  readonly durations: { readonly ringing: number | null; readonly answer: number | null; readonly call: number | null };
  /** Null when it was not answered. */
  readonly endedBy: EndedBy | null;
  /** Why no answer could come at all; null otherwise. */
  readonly error: string | null;
}

/** A call under way. */
export interface PlacedCall {
  /** Never rejects. */
  readonly report: Promise<CallReport>;
  /** Ends it now: CANCEL or BYE, as its state asks for. */
  end(): void;
}

const TELLING = new Set(['reason', 'warning', 'retry-after', 'error-info', 'contact']);
const TELLING_PREFIX = 'x-';

/** Places a call, holds it, ends it, and reports. */
export function placeCall(agent: UserAgent, request: CallRequest): PlacedCall {
  const { uri, from, flow, credentials, patience } = request;
  const callId = uuid();
  const media = new CallMedia(agent.address, agent.ticker, request.encrypted);
  media.onPacket = () => request.onPacket?.(media.counts);
  const ladder = agent.watch(callId, request.onEntry);
  const { promise, resolve } = Promise.withResolvers<CallReport>();
  let ringing: number | null = null;
  let settledAt = 0;
  let final: CallOutcome | undefined;

  const finish = (outcome: CallOutcome, endedBy: EndedBy | null): void => {
    agent.unwatch(callId);
    const answered = outcome.kind === 'answered';
    const durations = {
      ringing,
      answer: finalOf(outcome) ? settledAt : null,
      call: answered ? ladder.elapsed - settledAt : null,
    };
    const result = { ...describeOutcome(outcome), ladder: ladder.entries, rtp: media.counts, durations, endedBy };
    resolve({ callId, to: uri, from, ...result });
  };
  const call = new OutgoingCall(
    agent,
    { uri, from, callId, flow, media, credentials, patience },
    {
      provisional: () => {
        ringing ??= ladder.elapsed;
      },
      settled: (outcome) => {
        settledAt = ladder.elapsed;
        final = outcome;
        if (outcome.kind === 'answered') agent.clock.after(request.hold, () => call.end());
        else finish(outcome, null);
      },
      ended: (by) => final && finish(final, by),
    },
  );
  call.start().catch((error: unknown) => finish({ kind: 'failed', cause: 'media', error: error as Error }, null));
  return { report: promise, end: () => call.end() };
}

function finalOf(outcome: CallOutcome): SipResponse | undefined {
  return outcome.kind === 'failed' ? undefined : outcome.response;
}

function describeOutcome(
  outcome: CallOutcome,
): Pick<CallReport, 'outcome' | 'answered' | 'status' | 'reason' | 'headers' | 'error'> {
  const response = finalOf(outcome);
  return {
    outcome: outcome.kind,
    answered: outcome.kind === 'answered',
    status: response?.status ?? null,
    reason: response ? printable(response.reason) : null,
    headers: response ? tellingHeaders(response) : [],
    error: outcome.kind === 'failed' ? describeFailure(outcome) : null,
  };
}

function describeFailure({ cause, error }: Extract<CallOutcome, { kind: 'failed' }>): string {
  const name = { timeout: 'nothing answered', transport: 'could not be sent', media: 'no port for media' }[cause];
  return error ? `${name}: ${error.message}` : name;
}

function tellingHeaders({ status, headers }: SipResponse): { name: string; value: string }[] {
  return [...headers]
    .filter(({ id }) => id.startsWith(TELLING_PREFIX) || (TELLING.has(id) && (id !== 'contact' || status >= 300)))
    .map(({ name, value }) => ({ name, value: printable(value) }));
}
