import { randomUUID } from 'node:crypto';

/** Numbers in [0, 1). */
type Random = () => number;

/** Bytes without any sense. */
export function noise(random: Random, most: number): Buffer {
  const words = Uint32Array.from({ length: 1 + Math.floor((random() * most) / 4) }, () => random() * 2 ** 32);
  return Buffer.from(words.buffer);
}

/** What parsers stumble over. */
const THORNS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '"',
  '<',
  '>',
  '@',
  '%',
  '%00',
  '\\',
  '=',
  '[::1]',
  '-1',
  '4294967296',
  '99999999999999999999',
  'é',
  '\xff\xfe',
  ';tag=',
  ';lr',
  'sip:',
  'SIP/2.0',
  '__proto__',
].map((text) => Buffer.from(text, 'latin1'));

/** A copy of a message with a few faults: bytes turned, cut, doubled, put elsewhere, thorns stuck in. */
export function mutate(random: Random, message: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(message);
  for (let left = 1 + Math.floor(random() * 6); left > 0; left -= 1) {
    const at = Math.floor(random() * (bytes.length + 1));
    const part = bytes.subarray(at, at + Math.floor(random() ** 3 * 400));
    const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + part.length)]);
    const pick = Math.floor(random() * 6);
    if (pick === 0 && at < bytes.length) bytes[at] = Math.floor(random() * 256);
    else if (pick === 1) bytes = without;
    else if (pick === 2) bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
    else if (pick === 3) bytes = insert(without, Math.floor(random() * (without.length + 1)), part);
    else if (pick === 4) bytes = insert(bytes, at, THORNS[Math.floor(random() * THORNS.length)] ?? part);
    else bytes = bytes.subarray(0, Math.max(1, at));
  }
  return bytes;
}

function insert(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

/** Requests and an answer as honest equipment sends them to `host`, with a wrong password, large enough to be felt. */
export function honestMessages(host: string, address: string): Buffer[] {
  const methods = ['INVITE', 'INVITE', 'INVITE', 'OPTIONS', 'REGISTER', 'BYE', 'ACK', 'CANCEL', 'PRACK', 'MESSAGE'];
  return [...methods.map((method) => request(method, host, address)), answer(address)];
}

function request(method: string, host: string, address: string): Buffer {
  const body = method === 'INVITE' ? description(address) : '';
  const inDialog = method === 'BYE' || method === 'ACK' || method === 'PRACK';
  const lines = [
    `${method} sip:+12065550100@${host};user=phone SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:5099;branch=z9hG4bK${randomUUID()};rport`,
    `Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKinner;received=192.0.2.7`,
    'Max-Forwards: 70',
    `Route: <sip:${address};lr>`,
    `From: "Jane \\"J\\" Doe" <sip:+12065550199@${host};user=phone>;tag=${randomUUID()}`,
    `To: <sip:+12065550100@${host}>${inDialog ? ';tag=other' : ''}`,
    `Call-ID: ${randomUUID()}@${address}`,
    `CSeq: 314159 ${method}`,
    `Contact: <sip:+12065550199@${address}:5099;transport=udp>;expires=3600`,
    `Proxy-Authorization: Digest username="jdoe", realm="${host}", nonce="MTIzNDU2Nzg5", uri="sip:${host}", qop=auth,` +
      ` nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", algorithm=MD5`,
    `P-Asserted-Identity: "Jane" <sip:+12065550199@${host}>, <tel:+12065550199>`,
    'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE',
    'Supported: 100rel, timer',
    'Session-Expires: 1800;refresher=uac',
    `User-Agent: ${'telephone/1.0 '.repeat(20)}`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function answer(address: string): Buffer {
  const lines = [
    'SIP/2.0 200 OK',
    `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${randomUUID()}`,
    'From: <sip:a@one.example>;tag=1',
    'To: <sip:b@one.example>;tag=2',
    `Call-ID: ${randomUUID()}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:b@${address}>`,
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

function description(address: string): string {
  const attributes = Array.from(
    { length: 60 },
    (_, index) => `a=candidate:${index} 1 UDP 2130706431 ${address} 9 typ host`,
  );
  return [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    'm=audio 4000 RTP/AVP 0 8',
    ...attributes,
    '',
  ].join('\r\n');
}
