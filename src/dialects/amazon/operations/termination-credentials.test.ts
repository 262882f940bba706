import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnector, refused, startAmazon } from '../../../../test/support/amazon.ts';
import { hashPassword } from '../../../rulebook/credential.ts';
import { createAmazonCompiler } from '../compile.ts';

const PASSWORD = 'correct horse battery';
const user = (Username: string, Password = PASSWORD) => ({ Username, Password });

test('credentials are added, given new passwords, listed by name and deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const names = async () => (await client.listVoiceConnectorTerminationCredentials({ VoiceConnectorId })).Usernames;
  const put = (...Credentials: object[]) =>
    client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials });
  assert.deepEqual(await names(), []);
  await assert.rejects(put(user('a')), refused('NotFoundException', 404, /Termination/));

  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  assert.equal((await put(user('bob'), user('al/ice'))).$metadata.httpStatusCode, 204);
  await put(user('carol'), user('bob', 'new'));
  assert.deepEqual(await names(), ['al/ice', 'bob', 'carol']);
  const gone = await client.deleteVoiceConnectorTerminationCredentials({
    VoiceConnectorId,
    Usernames: ['bob', 'nobody', 'bob'],
  });
  assert.equal(gone.$metadata.httpStatusCode, 204);
  assert.deepEqual(await names(), ['al/ice', 'carol']);
  await client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId });
  assert.deepEqual(await names(), ['al/ice', 'carol']);
});

test('5.18 what the edge gets is the digest secrets for the realm; the password is nowhere', async (t) => {
  const server = await startAmazon(t);
  const VoiceConnectorId = await createConnector(server);
  await server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  await server.client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials: [user('jdoe')] });

  const compiler = createAmazonCompiler({ account: { id: '1' }, sealer: server.sealer, domain: 'd' });
  const document = await server.ledger.get(compiler.credentialKey(VoiceConnectorId, 'jdoe'));
  const realm = `${VoiceConnectorId}.voiceconnector.chime.aws`;
  const secrets = hashPassword('jdoe', realm, PASSWORD);
  assert.deepEqual(compiler.credential(document?.body ?? null), {
    username: 'jdoe',
    realm,
    secrets,
    resource: `VoiceConnector ${VoiceConnectorId} Credentials jdoe`,
  });
  assert.equal(compiler.credential(null), null);
  assert.throws(() => compiler.credential({ ...document?.body, Username: 'other' }), 'sealed for this user only');

  const stored = JSON.stringify(await server.ledger.revisionsAfter(0, 100));
  for (const secret of [PASSWORD, ...Object.values(secrets)]) assert.ok(!stored.includes(secret));
});

test('at most ten, under concurrency too', async (t) => {
  const server = await startAmazon(t);
  const VoiceConnectorId = await createConnector(server);
  await server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  const put = (...names: string[]) =>
    server.client.putVoiceConnectorTerminationCredentials({
      VoiceConnectorId,
      Credentials: names.map((name) => user(name)),
    });
  await put('1', '2', '3', '4', '5', '6', '7');
  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => put(name)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  const { Usernames } = await server.client.listVoiceConnectorTerminationCredentials({ VoiceConnectorId });
  assert.equal(Usernames?.length, 10);
  await put('1');
  await assert.rejects(put('one too many'), refused('BadRequestException', 400, /at most 10/));
});

test('names and passwords are printable ASCII, and a refusal does not repeat them', async (t) => {
  const server = await startAmazon(t);
  const VoiceConnectorId = await createConnector(server);
  await server.client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  const put = (credential: object) =>
    server.client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials: [credential] });
  for (const bad of [user(''), user('a:b'), user('ü'), user('a\n'), user('x'.repeat(257))])
    await assert.rejects(put(bad), refused('BadRequestException', 400, /^Credentials\[0\]\.Username/));
  for (const bad of [user('a', ''), user('a', 'sécret'), { Username: 'a' }])
    await assert.rejects(put(bad), (error: Error) => {
      assert.match(error.message, /^Credentials\[0\]\.Password/);
      assert.ok(!error.message.includes('sécret'));
      return true;
    });
});

test('once credentials were put, calls must authenticate until termination is deleted', async (t) => {
  const server = await startAmazon(t);
  const { client } = server;
  const VoiceConnectorId = await createConnector(server);
  const compiler = createAmazonCompiler({ account: { id: '1' }, sealer: server.sealer, domain: 'd' });
  const digest = async () => {
    const compiled = await compiler.compile({ kind: 'trunk', id: `amazon:${VoiceConnectorId}` }, server.ledger);
    return compiled.kind === 'trunk' ? compiled.entry?.termination?.digest : undefined;
  };
  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  assert.equal(await digest(), null);
  await client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials: [user('a'), user('b')] });
  assert.equal((await digest())?.empty, false);
  await client.deleteVoiceConnectorTerminationCredentials({ VoiceConnectorId, Usernames: ['a', 'b'] });
  assert.equal((await digest())?.empty, true, 'nobody passes, instead of everybody');
  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: { CpsLimit: 2 } });
  assert.equal((await digest())?.empty, true);

  await client.putVoiceConnectorTerminationCredentials({ VoiceConnectorId, Credentials: [user('a')] });
  await client.deleteVoiceConnectorTermination({ VoiceConnectorId });
  await client.putVoiceConnectorTermination({ VoiceConnectorId, Termination: {} });
  assert.equal(await digest(), null);
  assert.deepEqual((await client.listVoiceConnectorTerminationCredentials({ VoiceConnectorId })).Usernames, []);
});
