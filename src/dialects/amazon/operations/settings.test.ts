import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, startAmazon } from '../../../../test/support/amazon.ts';

test('global settings keep the parts that are not given', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  assert.deepEqual((await client.getGlobalSettings({})).VoiceConnector, {});
  const put = await client.updateGlobalSettings({ VoiceConnector: { CdrBucket: 'cdr-bucket' } });
  assert.equal(put.$metadata.httpStatusCode, 204);
  await server.send('PUT /settings', { body: '{"BusinessCalling":{"CdrBucket":"other"}}' });
  assert.deepEqual((await server.send('GET /settings')).json, {
    BusinessCalling: { CdrBucket: 'other' },
    VoiceConnector: { CdrBucket: 'cdr-bucket' },
  });
  for (const CdrBucket of ['A', 'xn--a-b', 'a-s3alias', 'x'.repeat(64)])
    await assert.rejects(
      client.updateGlobalSettings({ VoiceConnector: { CdrBucket } }),
      refused('BadRequestException', 400, /^VoiceConnector\.CdrBucket /),
    );
});

test('the default calling name can change once in seven days', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  assert.equal((await client.getPhoneNumberSettings({})).CallingName, undefined);
  assert.equal((await client.updatePhoneNumberSettings({ CallingName: 'Acme' })).$metadata.httpStatusCode, 204);
  server.clock.advance(1000);
  await client.updatePhoneNumberSettings({ CallingName: 'Acme' });
  const { CallingName, CallingNameUpdatedTimestamp } = await client.getPhoneNumberSettings({});
  assert.equal(CallingName, 'Acme');
  assert.deepEqual(CallingNameUpdatedTimestamp, new Date('2026-11-21T12:00:00.000Z'));
  await assert.rejects(
    client.updatePhoneNumberSettings({ CallingName: 'Other' }),
    refused('BadRequestException', 400, /seven/),
  );
  server.clock.advance(7 * 86_400_000);
  await client.updatePhoneNumberSettings({ CallingName: 'Other' });
});
