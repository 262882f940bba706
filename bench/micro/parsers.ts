import { parseDatagram } from '../../src/sip/message/parse.ts';
import { loadJsSip, loadSip, loadSipJs } from './peers.ts';
import type { MicroEffort, MicroRow } from './row.ts';
import { INVITE } from './samples.ts';
import { microsOf } from './time.ts';

/** Reads an INVITE: the gate from bytes and with the headers that a proxy looks at read to the end, the others from text. */
export async function parsers({ milliseconds }: MicroEffort): Promise<MicroRow[]> {
  const bytes = Buffer.from(INVITE);
  const [sip, jsSip, sipJs] = [loadSip(), loadJsSip(), await loadSipJs()];
  const silent = (): void => {};
  const logger = { warn: silent, error: silent, debug: silent, log: silent };
  const subjects: Readonly<Record<string, () => unknown>> = {
    Tollgate: () => readAll(bytes),
    'npm sip': () => sip.parse(INVITE),
    JsSIP: () => jsSip.parseMessage(INVITE, {}),
    'SIP.js': () => sipJs.parseMessage(INVITE, logger),
  };
  return Object.entries(subjects).map(([subject, work]) => {
    if (!work()) throw new Error(`${subject} does not read the message`);
    return { subject, figures: { micros: microsOf(work, milliseconds) } };
  });
}

/** The gate reads lazily, so it is asked for what the others have read by then. */
function readAll(bytes: Buffer): unknown {
  const result = parseDatagram(bytes);
  const { message } = result;
  if (!message) return undefined;
  const { from, to, cseq, callId } = message;
  return [message.headers.get('via'), from?.tag, to?.uri, cseq?.number, callId, message.headers.get('contact')];
}
