/** What the vendor calls the errors that a script can run into, by code of its error dictionary. */
export const FAULTS = {
  11100: 'Invalid URL format',
  11200: 'HTTP retrieval failure',
  11201: 'TCP connection timed out',
  11202: 'TCP connection refused',
  11203: 'HTTP communication total time out triggered',
  11205: 'HTTP connection failure',
  11206: 'HTTP protocol violation',
  11210: 'HTTP bad host name',
  11215: 'HTTP too many redirects',
  11216: 'HTTP invalid redirect',
  11220: 'SSL/TLS Handshake Error',
  11235: 'Certificate Invalid - Domain Mismatch',
  11236: 'Certificate Invalid - Certificate Expired',
  11237: 'Certificate Invalid - Could not find path to certificate',
  11750: 'TwiML response body too large',
  11770: 'Empty response body',
  12100: 'Document parse failure',
  12102: 'The root element must be Response',
  12200: 'Schema validation warning',
  12300: 'Invalid Content-Type',
  13210: 'Dial: Invalid method value',
  13212: 'Dial: Invalid timeout value',
  13213: 'Dial: Invalid hangupOnStar value',
  13214: 'Dial: Invalid callerId value',
  13215: 'Dial: Invalid nested element',
  13216: 'Invalid timeLimit value',
  13218: 'Dial: Invalid sequential value',
  13219: 'Dial: Invalid answerOnBridge value',
  13223: 'Dial: Invalid phone number format',
  13243: 'Dial->SIP: Invalid SIP URI',
  13248: 'Dial: Invalid callerID, too long',
  13249: 'Dial: Invalid username or password attribute',
  13250: 'Dial: Too many URIs passed',
  13251: 'Dial: Too many headers passed',
  13252: 'Dial: Invalid header name',
  13253: 'Dial: Header is too long',
  13310: 'Gather: Invalid finishOnKey value',
  13312: 'Gather: Invalid method value',
  13313: 'Gather: Invalid timeout value',
  13314: 'Gather: Invalid numDigits value',
  13320: 'Gather: Invalid nested verb',
  13326: 'Gather: Invalid input value',
  13338: 'Gather: Invalid actionOnEmptyResult value',
  13410: 'Play: Invalid loop value',
  13420: 'Play: Invalid Content-Type',
  13430: 'Play: Invalid DTMF String',
  13510: 'Say: Invalid loop value',
  13511: 'Say: Invalid voice value',
  13520: 'Say: Invalid text',
  13521: '<Say> element character limits exceeded',
  13710: 'Redirect: Invalid method value',
  13750: 'Twiml verb not supported by this API version',
  13810: 'Reject: Invalid cause',
  13910: 'Pause: Invalid length value',
  14106: 'Document retrieval limit reached',
} as const;

export type FaultCode = keyof typeof FAULTS;

/** Something in a script that is passed over: the call goes on, the journal tells. */
export interface Warning {
  readonly code: FaultCode;
  readonly detail: string;
}

/** Takes warnings as they are found. */
export type Warn = (code: FaultCode, detail: string) => void;

/** A script that cannot go on. The fallback URL is asked with the code as `ErrorCode`; without one the call ends. */
export class TwimlFault extends Error {
  override name = 'TwimlFault';
  readonly code: FaultCode;
  readonly detail: string;

  constructor(code: FaultCode, detail: string) {
    super(describeFault({ code, detail }));
    this.code = code;
    this.detail = detail;
  }
}

/** As the journal tells it. */
export function describeFault({ code, detail }: Warning): string {
  return `${code} ${FAULTS[code]}: ${detail}`;
}
