import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused, startAmazon } from '../../../../test/support/amazon.ts';

test('tags of a Voice Connector', async (t) => {
  const { client } = await startAmazon(t);
  const { VoiceConnector } = await client.createVoiceConnector({ Name: 'a', RequireEncryption: false });
  const ResourceARN = VoiceConnector?.VoiceConnectorArn;
  const tags = async () => (await client.listTagsForResource({ ResourceARN })).Tags;
  assert.deepEqual(await tags(), []);
  const first = await client.tagResource({
    ResourceARN,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  assert.equal(first.$metadata.httpStatusCode, 204);
  await client.tagResource({
    ResourceARN,
    Tags: [
      { Key: 'b', Value: '3' },
      { Key: 'c', Value: '' },
    ],
  });
  assert.deepEqual(await tags(), [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '3' },
    { Key: 'c', Value: '' },
  ]);
  assert.equal((await client.untagResource({ ResourceARN, TagKeys: ['a', 'x'] })).$metadata.httpStatusCode, 204);
  await client.untagResource({ ResourceARN, TagKeys: ['c'] });
  assert.deepEqual(await tags(), [{ Key: 'b', Value: '3' }]);

  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `key${index}`, Value: 'v' }));
  await assert.rejects(client.tagResource({ ResourceARN, Tags: many }), refused('ResourceLimitExceededException', 400));
  await assert.rejects(client.tagResource({ ResourceARN, Tags: [] }), refused('BadRequestException', 400, /Tags/));
  await client.untagResource({ ResourceARN, TagKeys: ['b'] });
  assert.deepEqual(await tags(), []);
});

test('tags of what is not there', async (t) => {
  const { client } = await startAmazon(t);
  const { VoiceConnector } = await client.createVoiceConnector({ Name: 'a', RequireEncryption: false });
  const elsewhere = VoiceConnector?.VoiceConnectorArn?.replace('us-east-1', 'us-west-2');
  for (const ResourceARN of [elsewhere, 'arn:aws:chime:us-east-1:111122223333:vc/x', 'arn:aws:s3:::bucket'])
    await assert.rejects(client.listTagsForResource({ ResourceARN }), refused('NotFoundException', 404));
  await assert.rejects(
    client.listTagsForResource({ ResourceARN: 'x y' }),
    refused('BadRequestException', 400, /^arn /),
  );
});
