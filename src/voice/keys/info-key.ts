import type { DtmfDigit } from '../../rulebook/call-control.ts';
import type { SipRequest } from '../../sip/message/message.ts';

const KEY = /^[0-9*#A-D]$/;

/** Event codes of the keys that some telephones write in place of the sign. */
const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['10', '*'],
  ['11', '#'],
  ['12', 'A'],
  ['13', 'B'],
  ['14', 'C'],
  ['15', 'D'],
]);

/** The content types of a key in an INFO, which no RFC defines and everybody sends. */
const RELAY = 'application/dtmf-relay';
const BARE = 'application/dtmf';

/**
 * The key that an INFO tells: `Signal=5` in a body of type application/dtmf-relay, or the bare sign in one of type
 * application/dtmf. Undefined when it tells none.
 */
export function keyOfInfo({ headers, body }: SipRequest): DtmfDigit | undefined {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1);
  const text = body.toString('latin1').slice(0, 256);
  switch (type.trim().toLowerCase()) {
    case RELAY:
      return readKey(/^\s*Signal\s*=\s*(\S+)/im.exec(text)?.[1]);
    case BARE:
      return readKey(/^\s*(?:Signal\s*=\s*)?(\S+)\s*$/im.exec(text)?.[1]);
    default:
      return undefined;
  }
}

function readKey(sign = ''): DtmfDigit | undefined {
  const key = BY_CODE.get(sign) ?? sign.toUpperCase();
  return KEY.test(key) ? (key as DtmfDigit) : undefined;
}
