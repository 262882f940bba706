import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { run, TestGate, tollgate } from '../support/gate.ts';
import { makeOffice, must, send } from '../support/webex.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = join(import.meta.dirname, '../support/webex-client.py');
const PASSWORD = 'IWasAtSignal2018x';
const CODE = '83640917253';

const withoutRequests =
  spawnSync(PYTHON, ['-c', 'import requests']).status !== 0 &&
  'python3-requests is not installed (apt install python3-requests)';

/** What `tollgate env` prints for the clients of this gate. */
async function environment(gate: TestGate): Promise<Record<string, string>> {
  const { stdout } = await tollgate('env', '--data', gate.data, '--http', new URL(gate.http).host);
  return parseEnv(stdout.replace(/^export /gm, '')) as Record<string, string>;
}

test('requests as documented: every level reads back what was written', { skip: withoutRequests }, async () => {
  await using gate = await TestGate.start();
  const { code, stdout, stderr } = await run(PYTHON, [SCRIPT], await environment(gate));
  assert.equal(code, 0, stderr);
  const same = [true, true, true, true];
  assert.deepEqual(JSON.parse(stdout), {
    same: { location: same, person: same, workspace: same, 'virtual line': same },
    left: ['246810'],
    refused: {
      'duplicate code': [400, 25024],
      letters: [400, 25024],
      'unknown location': [404, null],
      'foreign organization': [403, null],
      'wrong token': [401, null],
    },
  });
});

test('what was acknowledged outlives kill -9, and no secret lies in the data or the log in clear', async () => {
  await using gate = await TestGate.start({ capture: true, flags: ['--log-level', 'trace'] });
  const { WEBEX_BASE_URL = '', WEBEX_ACCESS_TOKEN = '', TOLLGATE_ADMIN_TOKEN = '' } = await environment(gate);
  const ask = (line: string, body?: unknown) => send(`${WEBEX_BASE_URL}/`, WEBEX_ACCESS_TOKEN, line, body);
  const add = (line: string, body?: unknown) =>
    send(`${gate.http}/tollgate/v1/webex/`, TOLLGATE_ADMIN_TOKEN, line, body);
  const { locationId, personId } = await makeOffice({ send: ask });
  const codes = `telephony/config/locations/${locationId}/outgoingPermission/accessCodes`;
  const accessCodes = [{ code: CODE, description: 'Night shift' }];
  await must(ask(`POST ${codes}`, { accessCodes }), 201);
  await must(add(`PUT lines/${personId}/credentials`, { username: 'dana', password: PASSWORD }), 200);
  const { json: token } = await must(add('POST tokens', { role: 'read-only' }), 201);
  const { json: timeBased } = await must(
    add(`POST access-codes/${locationId}`, { description: 'x', timeBased: {} }),
    201,
  );
  await gate.stop('SIGKILL');
  await using again = await TestGate.start({ data: gate.data });
  const after = (line: string) => send(`${again.http}/v1/`, String(token['token']), line);
  assert.deepEqual((await must(after(`GET ${codes}`), 200)).json['accessCodes'][0], accessCodes[0]);

  const secrets = [CODE, PASSWORD, String(token['token']), String(timeBased['secret'])];
  const texts = globSync('**/*', { cwd: gate.data, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  for (const secret of secrets)
    assert.ok(![...texts, gate.output].some((text) => text.includes(secret)), secret.slice(0, 3));
});
