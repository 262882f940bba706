import type { CallReport } from '../exchange/place-call.ts';
import type { LadderEntry } from '../exchange/ladder.ts';
import { visible } from './visible.ts';

const TIME_WIDTH = 6;
const ARROWS = { sent: '→', received: '←' } as const;
const ENDED_BY = {
  local: 'we hung up',
  remote: 'the other side hung up',
  unacknowledged: 'the other side sent no ACK',
} as const;

/** One line of the ladder: when, which way, what. */
export function describeEntry({ at, direction, method, text }: LadderEntry): string {
  // A response to an INVITE is the usual one; of others one has to see what they answer.
  const about = text.startsWith(method) || method === 'INVITE' ? '' : ` (${method})`;
  return visible(`${String(at).padStart(TIME_WIDTH)} ms  ${ARROWS[direction]} ${text}${about}`);
}

/** What came of the call, below its ladder. */
export function describeReport(report: CallReport): string {
  const { headers, rtp } = report;
  const reasons = headers.map(({ name, value }) => `  ${name}: ${value}`);
  const media =
    rtp.packetsReceived + rtp.packetsSent === 0
      ? []
      : [`  RTP: ${rtp.packetsReceived} packets received, ${rtp.packetsLost} lost, ${rtp.packetsSent} sent`];
  return [outcomeLine(report), ...reasons, ...media].map(visible).join('\n');
}

function outcomeLine({ outcome, status, reason, durations, endedBy, error }: CallReport): string {
  const answer = status === null ? 'no answer' : `${status} ${reason}`.trim();
  switch (outcome) {
    case 'answered':
      return `answered: ${answer} after ${durations.answer} ms; lasted ${durations.call} ms, then ${ENDED_BY[endedBy ?? 'local']}`;
    case 'refused':
      return `refused: ${answer}`;
    case 'cancelled':
      return `cancelled by us: ${answer}`;
    case 'unanswered':
      return durations.ringing === null ? `unanswered: ${answer}` : `unanswered: it rang, then we gave up (${answer})`;
    case 'failed':
      return `failed: ${error}`;
  }
}
