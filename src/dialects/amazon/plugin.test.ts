import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createConnector,
  orderNumbers,
  startAmazon,
  type AmazonServer,
  type Reply,
} from '../../../test/support/amazon.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { keyOf } from './documents.ts';
import { NOT_THERE } from './not-there.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CONNECTOR = 'abcdef1ghij2klmno3pqr4';

/** The request line of an operation, every id of the path unknown to the server. */
function lineOf({ method, path, fixedQuery }: Operation, query = ''): string {
  const pairs = [fixedQuery, query].filter((pair) => pair !== '').join('&');
  return `${method} ${path.replaceAll(/\{\w+\}/g, 'unknown')}${pairs ? `?${pairs}` : ''}`;
}

function isVendorError(reply: Reply, type: string, status: number): void {
  assert.equal(reply.headers['x-amzn-errortype'], type, reply.text);
  assert.equal(reply.status, status);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.match(reply.headers['x-amzn-requestid'] ?? '', UUID);
}

describe('every operation', () => {
  test('refuses a request without a signature', async (t) => {
    const server = await startAmazon(t);
    for (const operation of [...OPERATIONS, ...NOT_THERE]) {
      const reply = await server.send(lineOf(operation), { sign: false, body: operation.method === 'GET' ? '' : '{}' });
      isVendorError(reply, 'MissingAuthenticationTokenException', 403);
      assert.deepEqual(reply.json, { message: 'Missing Authentication Token' }, operation.name);
    }
    assert.equal(await server.ledger.revision(), 0);
  });

  test('refuses a request whose signature does not match', async (t) => {
    const server = await startAmazon(t);
    for (const operation of [...OPERATIONS, ...NOT_THERE]) {
      const tamper = (text: string): string => text.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`);
      isVendorError(await server.send(lineOf(operation), { tamper }), 'InvalidSignatureException', 403);
    }
    assert.equal(await server.ledger.revision(), 0);
  });

  /** Bodies and queries that are in order, so that only the unknown id is at fault. */
  const GOOD: Record<string, { body?: object; query?: string }> = {
    UpdateVoiceConnector: { body: { Name: 'a', RequireEncryption: true } },
    PutVoiceConnectorTermination: { body: { Termination: {} } },
    DeleteVoiceConnectorTerminationCredentials: { body: { Usernames: [] } },
    PutVoiceConnectorOrigination: { body: { Origination: { Disabled: false } } },
    UpdateVoiceConnectorGroup: { body: { Name: 'a', VoiceConnectorItems: [] } },
    AssociatePhoneNumbersWithVoiceConnector: { body: { E164PhoneNumbers: [] } },
    DisassociatePhoneNumbersFromVoiceConnector: { body: { E164PhoneNumbers: [] } },
    AssociatePhoneNumbersWithVoiceConnectorGroup: { body: { E164PhoneNumbers: [] } },
    DisassociatePhoneNumbersFromVoiceConnectorGroup: { body: { E164PhoneNumbers: [] } },
    PutVoiceConnectorLoggingConfiguration: { body: { LoggingConfiguration: {} } },
    PutVoiceConnectorStreamingConfiguration: { body: { StreamingConfiguration: { DataRetentionInHours: 1 } } },
    PutVoiceConnectorEmergencyCallingConfiguration: { body: { EmergencyCallingConfiguration: {} } },
    UpdatePhoneNumber: { body: { Name: 'a' } },
    TagResource: { body: { ResourceARN: 'arn:aws:x', Tags: [{ Key: 'a', Value: 'b' }] } },
    UntagResource: { body: { ResourceARN: 'arn:aws:x', TagKeys: ['a'] } },
    ListTagsForResource: { query: 'arn=arn%3Aaws%3Ax' },
  };
  const namesOne = (operation: Operation): boolean => operation.path.includes('{') || operation.path === '/tags';

  for (const operation of OPERATIONS.filter(namesOne))
    test(`${operation.name} answers an unknown id with NotFoundException`, async (t) => {
      const server = await startAmazon(t);
      const { body, query } = GOOD[operation.name] ?? {};
      const reply = await server.send(lineOf(operation, query), { body: body ? JSON.stringify(body) : '' });
      isVendorError(reply, 'NotFoundException', 404);
      assert.equal(reply.json['Code'], 'NotFound');
    });

  /** Input at fault, and the member that the refusal must name. */
  const BAD: Record<string, { body?: string; query?: string; member: string }> = {
    CreateVoiceConnector: { body: '{"Name":"","RequireEncryption":true}', member: 'Name' },
    ListVoiceConnectors: { query: 'max-results=0', member: 'max-results' },
    CreateVoiceConnectorGroup: {
      body: '{"Name":"a","VoiceConnectorItems":[{}]}',
      member: 'VoiceConnectorItems[0].VoiceConnectorId',
    },
    ListVoiceConnectorGroups: { query: 'max-results=101', member: 'max-results' },
    ValidateE911Address: { body: '{}', member: 'AwsAccountId' },
    SearchAvailablePhoneNumbers: { query: 'country=us', member: 'country' },
    ListSupportedPhoneNumberCountries: { member: 'product-type' },
    CreatePhoneNumberOrder: {
      body: '{"ProductType":"VoiceConnector","E164PhoneNumbers":["12","x"]}',
      member: 'E164PhoneNumbers[1]',
    },
    ListPhoneNumberOrders: { query: 'next-token=x', member: 'next-token' },
    ListPhoneNumbers: { query: 'product-type=x', member: 'product-type' },
    BatchUpdatePhoneNumber: { body: '{"UpdatePhoneNumberRequestItems":{}}', member: 'UpdatePhoneNumberRequestItems' },
    BatchDeletePhoneNumber: { body: '{"PhoneNumberIds":[]}', member: 'PhoneNumberIds' },
    UpdatePhoneNumberSettings: { body: '{"CallingName":7}', member: 'CallingName' },
    UpdateGlobalSettings: { body: '{"VoiceConnector":{"CdrBucket":"A"}}', member: 'VoiceConnector.CdrBucket' },
  };
  /** Nothing that a client can say is wrong with these. */
  const FAULTLESS = new Set(['ListAvailableVoiceConnectorRegions', 'GetPhoneNumberSettings', 'GetGlobalSettings']);

  for (const operation of OPERATIONS.filter((one) => !namesOne(one) && !FAULTLESS.has(one.name)))
    test(`${operation.name} names the member at fault`, async (t) => {
      const server = await startAmazon(t);
      const { body, query, member } = BAD[operation.name] ?? assert.fail('no bad input for it');
      const reply = await server.send(lineOf(operation, query), { body });
      isVendorError(reply, 'BadRequestException', 400);
      assert.equal(reply.json['Code'], 'BadRequest');
      assert.ok(String(reply.json['Message']).startsWith(`${member} `), reply.text);
      assert.equal(await server.ledger.revision(), 0);
    });

  test('that takes a body refuses one that is not a JSON object', async (t) => {
    const server = await startAmazon(t);
    for (const operation of OPERATIONS.filter(({ method }) => method !== 'GET'))
      for (const body of ['{', '[]', '"text"', '4', 'null', '\u0000', '['.repeat(50_000)])
        isVendorError(await server.send(lineOf(operation), { body }), 'BadRequestException', 400);
  });

  test('of those out of scope is refused by name', async (t) => {
    const server = await startAmazon(t);
    for (const operation of NOT_THERE) {
      const reply = await server.send(lineOf(operation));
      isVendorError(reply, 'BadRequestException', 400);
      assert.match(String(reply.json['Message']), new RegExp(`^${operation.name} is not there`));
    }
  });

  test('answers a fault inside with ServiceFailureException and says nothing of it', async (t) => {
    const broken = new Proxy({} as Ledger, {
      get: (_, name) =>
        name === 'close' ? async () => undefined : async () => Promise.reject(new Error('disk on fire')),
    });
    const server = await startAmazon(t, { ledger: broken });
    for (const operation of OPERATIONS.filter(({ path }) => path.includes('{voiceConnector'))) {
      const { body, query } = GOOD[operation.name] ?? {};
      const reply = await server.send(lineOf(operation, query), { body: body ? JSON.stringify(body) : '' });
      isVendorError(reply, 'ServiceFailureException', 500);
      assert.deepEqual(reply.json, { Code: 'ServiceFailure', Message: 'The service encountered an unexpected error' });
    }
  });
});

describe('the samples of the vendor, byte for byte', () => {
  const HEADERS = {
    'Accept-Encoding': 'identity',
    'User-Agent': 'aws-cli/1.16.170 Python/3.6.0 Windows/10 botocore/1.12.160',
  };

  /** The samples name a Voice Connector that no server would make up. */
  async function withSampleConnector(server: AmazonServer): Promise<void> {
    const id = await createConnector(server);
    const document = await server.ledger.get(keyOf('voice-connector', id));
    const author = { actor: 'test', dialect: 'amazon', operation: 'test', requestId: 'test' };
    const body = {
      ...document?.body,
      VoiceConnectorId: CONNECTOR,
      OutboundHostName: `${CONNECTOR}.voiceconnector.chime.aws`,
    };
    await server.ledger.commit(author, [{ key: keyOf('voice-connector', CONNECTOR), body }]);
  }

  test('DeleteVoiceConnectorTerminationCredentials', async (t) => {
    const server = await startAmazon(t);
    await withSampleConnector(server);
    const VoiceConnectorId = CONNECTOR;
    await server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
    const Credentials = [
      { Username: 'jdoe', Password: 'a' },
      { Username: 'other', Password: 'b' },
    ];
    await server.client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials });
    const reply = await server.send(`POST /voice-connectors/${CONNECTOR}/termination/credentials?operation=delete`, {
      headers: HEADERS,
      body: '{"Usernames": ["jdoe"]}',
    });
    assert.equal(`${reply.status} ${reply.statusText}`, '204 No Content');
    assert.equal(reply.text, '');
    assert.equal(reply.headers['content-length'], undefined);
    assert.equal(reply.headers['transfer-encoding'], undefined);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.match(reply.headers['x-amzn-requestid'] ?? '', UUID);
    const { Usernames } = await server.client.listVoiceConnectorTerminationCredentials({ VoiceConnectorId });
    assert.deepEqual(Usernames, ['other']);
    const [last] = (await server.ledger.revisionsAfter(0, 100)).reverse();
    assert.equal(last?.requestId, reply.headers['x-amzn-requestid']);
  });

  test('CreateVoiceConnectorGroup', async (t) => {
    const server = await startAmazon(t);
    await withSampleConnector(server);
    const body = `{"Name": "myGroup", "VoiceConnectorItems": [{"VoiceConnectorId": "${CONNECTOR}", "Priority": 2}]}`;
    assert.equal(body.length, 107);
    const reply = await server.send('POST /voice-connector-groups', { headers: HEADERS, body });
    assert.equal(`${reply.status} ${reply.statusText}`, '201 Created');
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.equal(reply.headers['content-length'], String(reply.text.length));
    assert.match(
      reply.text,
      /^\{"VoiceConnectorGroup":\{"CreatedTimestamp":"2026-11-21T12:00:00\.000Z","Name":"myGroup","UpdatedTimestamp":"2026-11-21T12:00:00\.000Z","VoiceConnectorGroupId":"[0-9a-f-]{36}","VoiceConnectorItems":\[\{"Priority":2,"VoiceConnectorId":"abcdef1ghij2klmno3pqr4"\}\]\}\}$/,
    );
  });
});

describe('the wire', () => {
  test('a body needs no content type, and may have any', async (t) => {
    const server = await startAmazon(t);
    const body = '{"Name":"a","RequireEncryption":false}';
    const headersOf = (type?: string): Record<string, string> => (type === undefined ? {} : { 'Content-Type': type });
    for (const type of [undefined, 'application/json', 'application/x-amz-json-1.1', 'text/plain; charset=utf-8'])
      assert.equal(
        (await server.send('POST /voice-connectors', { body, headers: headersOf(type) })).status,
        201,
        String(type),
      );
  });

  test('unknown members are ignored, null counts as absent', async (t) => {
    const server = await startAmazon(t);
    const body = '{"Name":"a","RequireEncryption":false,"Tags":null,"Colour":"red","__proto__":{"AwsRegion":"x"}}';
    const reply = await server.send('POST /voice-connectors', { body });
    assert.equal(reply.status, 201);
    assert.ok(!reply.text.includes('red'));
    assert.match(reply.text, /"AwsRegion":"us-east-1"/);
  });

  test('a body over the limit is refused in the shape of the vendor', async (t) => {
    const server = await startAmazon(t);
    const reply = await server.send('POST /voice-connectors', { body: ' '.repeat(1_048_577) });
    isVendorError(reply, 'RequestEntityTooLargeException', 413);
    const fits = await server.send('POST /voice-connectors', { body: ' '.repeat(1_048_576) });
    isVendorError(fits, 'BadRequestException', 400);
  });

  test('an unknown path, method or fixed query below the paths of the vendor', async (t) => {
    const server = await startAmazon(t);
    const lines = [
      'GET /voice-connectors/a/b/c/d',
      'PATCH /voice-connectors/a',
      'HEAD /voice-connectors',
      'DELETE /settings',
      'GET /search',
      'GET /search?type=cars',
      'GET /voice-connectors?operation=list',
      'POST /phone-numbers',
      'POST /phone-numbers/x?operation=sell',
    ];
    for (const line of lines) {
      const reply = await server.send(line);
      assert.equal(reply.headers['x-amzn-errortype'], 'UnknownOperationException', line);
      assert.equal(reply.status, 404);
      isVendorError(await server.send(line, { sign: false }), 'MissingAuthenticationTokenException', 403);
    }
  });

  test('one path, several operations', async (t) => {
    const server = await startAmazon(t);
    await orderNumbers(server, '+12065550100');
    const line = 'POST /phone-numbers/%2B12065550100';
    await server.send('DELETE /phone-numbers/%2B12065550100');
    assert.equal((await server.send(`${line}?operation=restore`)).status, 200);
    assert.equal((await server.send(line, { body: '{"Name":"a"}' })).status, 200);
  });

  test('the window of five minutes', async (t) => {
    const server = await startAmazon(t, { skewMs: undefined });
    assert.equal((await server.send('GET /voice-connectors', { date: '20261121T115500Z' })).status, 200);
    for (const date of ['20261121T115459Z', '20261121T120501Z'])
      isVendorError(await server.send('GET /voice-connectors', { date }), 'InvalidSignatureException', 403);
  });
});
