import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateVoiceConnectorCommand,
  DeleteVoiceConnectorTerminationCredentialsCommand,
  GetVoiceConnectorTerminationHealthCommand,
  PutVoiceConnectorTerminationCommand,
  PutVoiceConnectorTerminationCredentialsCommand,
} from '@aws-sdk/client-chime-sdk-voice';
import { makeRequest } from '../support/edge.ts';
import { TestGate, tollgate } from '../support/gate.ts';
import { SipPeer } from '../support/sip-peer.ts';

/** The first screen of the README, run as it stands there. */
test('a trunk is provisioned with the vendor’s SDK, called, closed, and the refusal explained', async () => {
  await using gate = await TestGate.start();
  const client = gate.voiceClient();
  const { VoiceConnector } = await client.send(
    new CreateVoiceConnectorCommand({ Name: 'story', RequireEncryption: false }),
  );
  const { VoiceConnectorId, OutboundHostName } = VoiceConnector ?? {};
  assert.match(OutboundHostName ?? '', /^[a-z0-9]{22}\.voiceconnector\.chime\.aws$/);
  const to = `sip:+12065550100@${OutboundHostName}`;
  const via = `udp:127.0.0.1:${gate.sip.udp}`;
  const call = (...more: string[]) => tollgate('call', '--to', to, '--via', via, '--hold', '0.2', ...more);
  const credentials = ['--user', 'jdoe', '--password', 's3cret'];
  const explain = (...more: string[]) => tollgate('explain', '--api', gate.http, '--data', gate.data, ...more);

  const bare = await call(...credentials);
  assert.equal(bare.code, 1, 'a connector without termination settings refuses');
  assert.match(bare.stdout, /← 403/);

  await client.send(
    new PutVoiceConnectorTerminationCommand({
      VoiceConnectorId,
      Termination: { CallingRegions: ['US'], CidrAllowedList: ['127.0.0.1/32'], CpsLimit: 10 },
    }),
  );
  const Credentials = [{ Username: 'jdoe', Password: 's3cret' }];
  await client.send(new PutVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId, Credentials }));

  const answered = await call(...credentials);
  assert.equal(answered.code, 0, answered.stdout);
  assert.match(answered.stdout, /← 407 .*\n(.*\n)*.*← 200 OK/);
  assert.match(answered.stdout, /RTP: [1-9]\d* packets received/);

  const without = await call();
  assert.equal(without.code, 1);
  assert.match(without.stdout, /refused: 407/);

  const wrong = await call('--user', 'jdoe', '--password', 'guess');
  assert.equal(wrong.code, 1);
  const decision = /X-Tollgate-Decision: (\w+)/.exec(wrong.stdout)?.[1] ?? '';
  const why = await explain('--decision', decision);
  assert.match(why.stdout, /credentials-wrong/);

  const abroad = await tollgate('call', '--to', `sip:+442079460000@${OutboundHostName}`, '--via', via, ...credentials);
  assert.match(abroad.stdout, /country-not-allowed/);

  const would = await explain('--to', to, '--user', 'jdoe');
  assert.equal(would.code, 0, would.stderr);

  // Seed 000's operation.
  await client.send(new DeleteVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId, Usernames: ['jdoe'] }));
  const refused = await call(...credentials);
  assert.equal(refused.code, 1, 'the very next call is refused');
  const explained = await explain('--to', to, '--user', 'jdoe');
  assert.equal(explained.code, 1);
  assert.match(explained.stdout, /\? digest .*\n.*Credentials\n/);
  assert.match(explained.stdout, /credentials-none-left/);

  await using phone = await SipPeer.open();
  phone.send(makeRequest('OPTIONS', `sip:${OutboundHostName}`, phone), { address: '127.0.0.1', port: gate.sip.udp });
  await phone.status(200);
  const { TerminationHealth } = await client.send(new GetVoiceConnectorTerminationHealthCommand({ VoiceConnectorId }));
  assert.equal(TerminationHealth?.Source, '127.0.0.1');
  assert.ok(TerminationHealth?.Timestamp instanceof Date);
  assert.equal(await gate.stop(), 0);
});

test('a call of the telephone network that nobody may take is refused with the reason', async () => {
  await using gate = await TestGate.start();
  const result = await tollgate(
    'call',
    '--to',
    'tel:+12065550123',
    '--as-carrier',
    '--api',
    gate.http,
    '--data',
    gate.data,
  );
  assert.equal(result.code, 1, result.stderr);
  assert.match(result.stdout, /unknown-number/);
});
