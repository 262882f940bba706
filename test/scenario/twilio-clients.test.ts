import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { hashPassword } from '../../src/rulebook/credential.ts';
import { run, TestGate, tollgate } from '../support/gate.ts';
import { clientOf, refused } from '../support/twilio.ts';
import { clientOfGate } from '../support/twilio-gate.ts';
import { WebhookServer } from '../support/webhook-server.ts';

/** Debian's own Python, for which its packages are. */
const PYTHON = '/usr/bin/python3';
const PASSWORD = 'IWasAtSignal2018x';
const WEAK = 'butterblume';
const SUPPORT = join(import.meta.dirname, '../support');
const LAUNCHER = join(import.meta.dirname, '../../bin/tollgate');
const README = join(import.meta.dirname, '../../README.md');
const DOCUMENTATION = join(import.meta.dirname, '../../docs/compatibility/twilio.md');

const withoutPython =
  spawnSync(PYTHON, ['-c', 'import twilio']).status !== 0 &&
  'python3-twilio is not installed (apt install python3-twilio)';

/** What `tollgate env` prints for the clients of this gate. */
async function environment(gate: TestGate): Promise<Record<string, string | undefined>> {
  const { stdout } = await tollgate('env', '--data', gate.data, '--http', new URL(gate.http).host);
  return parseEnv(stdout.replace(/^export /gm, ''));
}

const CLIENTS = [
  { language: 'js', title: 'Node', command: process.execPath, file: 'twilio-client.mjs', skip: false },
  { language: 'python', title: 'Python', command: PYTHON, file: 'twilio-client.py', skip: withoutPython },
] as const;

for (const { language, title, command, file, skip } of CLIENTS) {
  const script = join(SUPPORT, file);
  test(
    `the ${title} library: walks, maps, calls, unmaps, and is refused with the codes of the vendor`,
    { skip },
    async () => {
      await using gate = await TestGate.start();
      await using server = await WebhookServer.open(
        { '/': '<Response><Dial callerId="+12065550199">+12065550123</Dial></Response>' },
        gate.credentials['TOLLGATE_TWILIO_AUTH_TOKEN'] ?? '',
      );
      await clientOfGate(gate).incomingPhoneNumbers.create({ phoneNumber: '+12065550199' });
      const { code, stdout, stderr } = await run(command, [script], {
        ...((await environment(gate)) as Record<string, string>),
        TOLLGATE: `${process.execPath} ${LAUNCHER}`,
        VOICE_URL: `${server.url}/`,
        VIA: `udp:127.0.0.1:${gate.sip.udp}`,
        DATA: gate.data,
      });
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), {
        walked: [120, 120],
        limited: 70,
        created: true,
        fetched: true,
        listed: [true],
        authType: 'CREDENTIAL_LIST',
        admitted: [0, 200],
        recorded: ['inbound', 'completed'],
        refused: {
          'duplicate domain': [400, 21231],
          'duplicate mapping': [400, 21231],
          'weak password': [400, 21240],
          'list in use': [400, 21241],
          'unknown SID': [404, 20404],
          'wrong token': [401, 20003],
          'malformed CIDR': [400, 21238],
        },
        unchanged: [120, 1, 0],
        unmapped: true,
        shut: [1, 403],
        explained: [1, 'source-not-allowed', true],
        deleted: [true, true],
      });
      const asked = await server.next('/');
      assert.ok(asked.signed);
      assert.equal(asked.parameters.get('SipUsername'), 'user7');
    },
  );

  test(`the ${title} client of the documentation is the one of this test`, () => {
    const pages = language === 'js' ? [README, DOCUMENTATION] : [DOCUMENTATION];
    for (const page of pages) {
      const block = new RegExp(`^\\x60{3}${language}\\n.*?(^class .*?)^(?:\\x60{3}|const \\{ sip)`, 'ms').exec(
        readFileSync(page, 'utf8'),
      )?.[1];
      assert.ok(block !== undefined && readFileSync(script, 'utf8').includes(block.trim()), page);
    }
  });
}

test('what was acknowledged outlives kill -9, and no secret lies in the data in clear', async () => {
  await using gate = await TestGate.start({ capture: true, flags: ['--log-level', 'trace'] });
  const { TWILIO_BASE_URL = '', TWILIO_ACCOUNT_SID = '', TWILIO_AUTH_TOKEN = '' } = await environment(gate);
  const client = clientOf(TWILIO_BASE_URL, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID);
  const key = await client.newKeys.create({ friendlyName: 'deploy' });
  const list = await client.sip.credentialLists.create({ friendlyName: 'phones' });
  await client.sip.credentialLists(list.sid).credentials.create({ username: 'alice', password: PASSWORD });
  await assert.rejects(
    client.sip.credentialLists(list.sid).credentials.create({ username: 'bob', password: WEAK }),
    refused(21240, 400),
  );
  const domain = await client.sip.domains.create({ domainName: 'acme.sip.twilio.com' });
  await gate.stop('SIGKILL');

  const files = globSync('**/*', { cwd: gate.data, withFileTypes: true }).filter((file) => file.isFile());
  const kept = files.filter(({ name }) => name !== 'credentials.env').map((file) => join(file.parentPath, file.name));
  assert.ok(kept.length > 2);
  const written = [gate.output, ...kept.map((file) => readFileSync(file, 'latin1'))];
  const { md5 } = hashPassword('alice', 'sip.twilio.com', PASSWORD);
  for (const secret of [PASSWORD, WEAK, md5, key.secret, TWILIO_AUTH_TOKEN])
    assert.ok(!written.some((text) => text.includes(secret)));

  await using again = await TestGate.start({ data: gate.data });
  const byKey = clientOf(again.http, key.sid, key.secret, TWILIO_ACCOUNT_SID);
  assert.equal((await byKey.sip.domains(domain.sid).fetch()).domainName, 'acme.sip.twilio.com');
  await assert.rejects(clientOf(again.http, TWILIO_ACCOUNT_SID, 'wrong').sip.domains.list(), refused(20003, 401));
});
