import type { SendOptions } from './signed-http.ts';

const MINUTE = 60_000;
const BAD = 'BadRequestException';
const UNKNOWN = 'NotFoundException';
const UNKNOWN_ID = 'abcdef1ghij2klmno3pqr4';
/** One character more than names may have. */
const LONG = 'n'.repeat(257);

/** What a request of the control API must be answered. */
type Refusal = readonly [line: string, options: SendOptions, status: number, exception: string, message: RegExp];

const json = (body: unknown): SendOptions => ({ body: JSON.stringify(body) });

/** Requests that are not signed as they should be. */
export function badSignatures(): Refusal[] {
  const line = 'GET /voice-connectors';
  return [
    [line, { sign: false }, 403, 'MissingAuthenticationTokenException', /Missing/],
    [
      line,
      { tamper: (text) => text.replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
      403,
      'InvalidSignatureException',
      /does not match/,
    ],
    [
      line,
      { tamper: (text) => text.replace('Credential=', 'Credential=X') },
      403,
      'UnrecognizedClientException',
      /token/,
    ],
    [line, { tamper: (text) => text.replace('chime', 's3') }, 403, 'InvalidSignatureException', /service/],
    [
      line,
      { tamper: (text) => text.replace('us-east-1', 'us-west-2') },
      403,
      'InvalidSignatureException',
      /does not match/,
    ],
    [line, { tamper: () => 'AWS4-HMAC-SHA256 nonsense' }, 400, 'IncompleteSignatureException', /Credential/],
    [line, { tamper: () => '\\"' }, 400, 'IncompleteSignatureException', /AWS4-HMAC-SHA256/],
    [line, { headers: { 'x-amz-security-token': 'token' } }, 403, 'UnrecognizedClientException', /token/],
    [line, { headers: { 'x-amz-date': 'yesterday' } }, 400, 'IncompleteSignatureException', /X-Amz-Date/],
    [line, { at: Date.now() - 10 * MINUTE }, 403, 'InvalidSignatureException', /Signature expired/],
    [line, { at: Date.now() + 10 * MINUTE }, 403, 'InvalidSignatureException', /not yet current/],
    [line, { at: 0 }, 403, 'InvalidSignatureException', /Signature expired/],
  ];
}

/** Signed requests whose members break a rule of the vendor's model; `id` is a Voice Connector. */
export function badRequests(id: string): Refusal[] {
  const create = 'POST /voice-connectors';
  const termination = `PUT /voice-connectors/${id}/termination`;
  const put = `POST /voice-connectors/${id}/termination/credentials?operation=put`;
  const settings = (changes: object): SendOptions =>
    json({ Termination: { CidrAllowedList: ['192.0.2.0/24'], CallingRegions: ['US'], ...changes } });
  const user = (Username: unknown, Password: unknown = 'p'): SendOptions =>
    json({ Credentials: [{ Username, Password }] });
  const bodies = ['{', '{"Name":', '{}}', '\0', '\u{feff}{}x', '{"Name":"\\ud800', '['.repeat(200_000), '"', "{'a':1}"];
  const cidrs = [
    '10.0.0.1/33',
    '10.0.0.1/8',
    '300.0.0.0/8',
    '::1/128',
    '10.0.0.0',
    '10.0.0.0/',
    '/8',
    '',
    'a/b',
    ' 10.0.0.0/8',
  ];
  const elevenUsers = Array.from({ length: 11 }, (_, index) => ({ Username: `u${index}`, Password: 'p' }));
  return [
    ...bodies.map((body): Refusal => [create, { body }, 400, BAD, /not valid JSON/]),
    [create, { body: Buffer.from([0xff, 0xfe, 0x7b]) }, 400, BAD, /not valid JSON/],
    ...[[], 'text', 7, null, true].map((body): Refusal => [
      create,
      json(body),
      400,
      BAD,
      /request body must be object/,
    ]),
    [create, json({}), 400, BAD, /Name is required/],
    [create, json({ Name: 'n' }), 400, BAD, /RequireEncryption is required/],
    [create, json({ Name: 'n', RequireEncryption: 'yes' }), 400, BAD, /RequireEncryption must be boolean/],
    [create, json({ Name: LONG, RequireEncryption: false }), 400, BAD, /Name must not have more than 256 characters/],
    [create, json({ Name: '', RequireEncryption: false }), 400, BAD, /Name/],
    [create, json({ Name: { toString: 'n' }, RequireEncryption: false }), 400, BAD, /Name must be string/],
    ['POST /voice-connector-groups', json({ Name: LONG }), 400, BAD, /Name/],
    ...cidrs.map((cidr): Refusal => [
      termination,
      settings({ CidrAllowedList: [cidr] }),
      400,
      BAD,
      /CidrAllowedList\[0\]/,
    ]),
    [termination, settings({ CpsLimit: 0 }), 400, BAD, /CpsLimit/],
    [termination, settings({ CpsLimit: 1e9 }), 400, BAD, /CpsLimit/],
    [termination, settings({ CpsLimit: 1.5 }), 400, BAD, /CpsLimit/],
    [termination, settings({ CallingRegions: ['us'] }), 400, BAD, /CallingRegions/],
    [termination, settings({ DefaultPhoneNumber: 'x' }), 400, BAD, /DefaultPhoneNumber/],
    [termination, json({ Termination: { CidrAllowedList: { length: 1 } } }), 400, BAD, /CidrAllowedList must be array/],
    [put, user('jdoe:x'), 400, BAD, /Username/],
    [put, user(LONG), 400, BAD, /Username/],
    [put, user('jdoe', LONG), 400, BAD, /Password/],
    [put, user('jdoe', ''), 400, BAD, /Password/],
    [put, user('jdoe', 'ä'), 400, BAD, /Password/],
    [put, user(7), 400, BAD, /Username must be string/],
    [put, json({ Credentials: elevenUsers }), 400, BAD, /at most 10|more than 10/],
    ['GET /voice-connectors?max-results=0', {}, 400, BAD, /max-results/],
    ['GET /voice-connectors?max-results=1e9', {}, 400, BAD, /max-results/],
    ['GET /voice-connectors?next-token=AAAA', {}, 400, BAD, /next-token|NextToken/],
    ['GET /search?type=phone-numbers&area-code=x', {}, 400, BAD, /area-code/],
  ];
}

/** Signed requests for what is not there; `id` is a Voice Connector without origination settings. */
export function unknownThings(id: string): Refusal[] {
  const unknown = `/voice-connectors/${UNKNOWN_ID}`;
  const settings = json({ Termination: { CidrAllowedList: [], CallingRegions: [] } });
  const none = 'UnknownOperationException';
  return [
    [`GET ${unknown}`, {}, 404, UNKNOWN, /VoiceConnector/],
    [`PUT ${unknown}`, json({ Name: 'n', RequireEncryption: false }), 404, UNKNOWN, /VoiceConnector/],
    [`DELETE ${unknown}`, {}, 404, UNKNOWN, /VoiceConnector/],
    [`PUT ${unknown}/termination`, settings, 404, UNKNOWN, /VoiceConnector/],
    [
      `POST ${unknown}/termination/credentials?operation=delete`,
      json({ Usernames: ['jdoe'] }),
      404,
      UNKNOWN,
      /VoiceConnector/,
    ],
    [`GET /voice-connector-groups/${UNKNOWN_ID}`, {}, 404, UNKNOWN, /VoiceConnectorGroup/],
    ['GET /phone-numbers/%2B12065550100', {}, 404, UNKNOWN, /phone number/],
    [`GET /phone-number-orders/${UNKNOWN_ID}`, {}, 404, UNKNOWN, /phone number order/],
    [`GET /voice-connectors/${id}/origination`, {}, 404, UNKNOWN, /Origination/],
    ['GET /voice-connectors/..%2F..%2Fetc', {}, 404, UNKNOWN, /VoiceConnector/],
    ['GET /voice-connectors/%00', {}, 404, UNKNOWN, /VoiceConnector/],
    ['GET /voice-connectors/__proto__', {}, 404, UNKNOWN, /VoiceConnector/],
    ['GET /voice-connectors/%F0%9F%93%9E', {}, 404, UNKNOWN, /VoiceConnector/],
    [`GET /voice-connectors/${'x'.repeat(4000)}`, {}, 404, UNKNOWN, /VoiceConnector/],
    [`GET /voice-connectors/${'x'.repeat(9000)}`, {}, 404, none, /./],
    ['DELETE /voice-connectors', {}, 404, none, /No operation/],
    [`POST ${unknown}?operation=explode`, json({}), 404, none, /No operation/],
    [`POST ${unknown}/termination/credentials`, json({}), 404, none, /No operation/],
  ];
}
