import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, refused, startAmazon } from '../../../../test/support/amazon.ts';

test('origination settings are put, read, replaced whole and deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const get = async () => (await client.getVoiceConnectorOrigination({ VoiceConnectorId })).Origination;
  await assert.rejects(get(), refused('NotFoundException', 404));
  const Routes = [
    { Host: 'pbx.example.com', Port: 5060, Protocol: 'UDP' as const, Priority: 1, Weight: 5 },
    { Host: '2001:db8::1', Priority: 100, Weight: 100 },
    { Host: '203.0.113.7' },
  ];
  const put = await client.putVoiceConnectorOrigination({ VoiceConnectorId, Origination: { Routes } });
  assert.deepEqual(put.Origination, { Routes, Disabled: false });
  await client.putVoiceConnectorOrigination({ VoiceConnectorId, Origination: { Disabled: true } });
  assert.deepEqual(await get(), { Disabled: true });
  const gone = await client.deleteVoiceConnectorOrigination({ VoiceConnectorId });
  assert.equal(gone.$metadata.httpStatusCode, 204);
  await assert.rejects(get(), refused('NotFoundException', 404));
});

test('what origination settings may hold', async (t) => {
  const server = await startAmazon(t);
  const VoiceConnectorId = await createConnector(server);
  const put = (Origination: object) => server.client.putVoiceConnectorOrigination({ VoiceConnectorId, Origination });
  await assert.rejects(put({}), refused('BadRequestException', 400, /Routes/));
  const wrong = {
    Port: 65_536,
    Protocol: 'TLS',
    Priority: 0,
    Weight: 101,
    Host: 'sip:pbx@example.com',
  };
  for (const [member, value] of Object.entries(wrong))
    await assert.rejects(
      put({ Routes: [{ Host: 'a' }, { [member]: value }] }),
      refused('BadRequestException', 400, new RegExp(`^Origination\\.Routes\\[1\\]\\.${member} `)),
    );
  const hosts = [
    '..',
    'a..b',
    '.a',
    '-a',
    'a-',
    '999.1.1.1',
    '1.2.3',
    'dead:beef',
    '[a]',
    '[::1',
    '1.2.3.4]',
    'a'.repeat(64),
  ];
  for (const Host of hosts)
    await assert.rejects(
      put({ Routes: [{ Host }] }),
      refused('BadRequestException', 400, /^Origination\.Routes\[0\]\.Host /),
      Host,
    );
  for (const Host of ['a', 'a_b.example.', '_sip.a-b.example', '10.0.0.1', '::1', '[2001:db8::1]', '3com.example'])
    await put({ Routes: [{ Host }] });
  await assert.rejects(put({ Routes: [{}] }), refused('BadRequestException', 400, /Routes\[0\]/));
  const many = (length: number) => ({ Routes: Array.from({ length }, () => ({ Host: 'a' })) });
  await put(many(20));
  await assert.rejects(put(many(21)), refused('BadRequestException', 400, /Routes/));
});
