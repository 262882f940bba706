import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { connect } from 'node:tls';
import { parseEnv } from 'node:util';
import { run, TestGate, tollgate } from '../support/gate.ts';
import { without } from '../support/programs.ts';
import { configElement, lastJob } from '../support/sbc.ts';
import { SbcHttp } from '../support/sbc-http.ts';

const PYTHON = '/usr/bin/python3';
const SUPPORT = join(import.meta.dirname, '../support');
const ELEMENTS = '/configuration/configElements';
const SEED = {
  'realm-id': 'core',
  'source-address': '10.4.4.0/24',
  'application-protocol': 'SIP',
  'transport-protocol': 'TCP',
};
const withoutPython =
  spawnSync(PYTHON, ['-c', 'import requests']).status !== 0 &&
  'python3-requests is not installed (apt install python3-requests)';

/** What a client prints: the body, then status and media type. */
interface Printed {
  readonly status: string;
  readonly text: string;
}

type Client = (env: Readonly<Record<string, string>>) => Promise<Printed>;

async function print(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Printed> {
  const { stdout, stderr } = await run(command, args, env);
  const lines = stdout.trimEnd().split('\n');
  assert.notEqual(stdout, '', stderr);
  return { status: lines.at(-1) ?? '', text: lines.slice(0, -1).join('\n') };
}

describe("the vendor's own samples", () => {
  let gate: TestGate;
  let folder = '';
  before(async () => {
    gate = await TestGate.start();
    folder = mkdtempSync(join(tmpdir(), 'sbc-clients-'));
    // The command stays the vendor's to the letter: what else curl needs to know is in its own file.
    writeFileSync(join(folder, '.curlrc'), `silent\nshow-error\nwrite-out = "\\n%{http_code} %{content_type}\\n"\n`);
  });
  after(async () => {
    await gate[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const clients: readonly (readonly [name: string, skip: string | false, client: Client])[] = [
    [
      'curl',
      without('curl'),
      (env) => print('/bin/sh', [join(SUPPORT, 'sbc-delete.sh')], { ...env, CURL_HOME: folder }),
    ],
    ['Python', withoutPython, (env) => print(PYTHON, [join(SUPPORT, 'sbc-delete.py')], env)],
  ];
  for (const [name, skip, client] of clients)
    test(`${name} deletes with the lock, and hears why not without`, { skip }, async () => {
      const { stdout } = await tollgate(
        'env',
        '--data',
        gate.data,
        '--http',
        new URL(gate.http).host,
        '--https',
        new URL(gate.https).host,
      );
      const { SBCIP = '', SBC_CA_FILE = '' } = parseEnv(stdout.replace(/^export /gm, ''));
      const sample = (token: string, address = SBCIP) =>
        client({ SBCIP: address, TOKEN: token, CURL_CA_BUNDLE: SBC_CA_FILE, REQUESTS_CA_BUNDLE: SBC_CA_FILE });
      const expect = async (answer: Promise<Printed>, status: number, message: string) => {
        const { status: printed, text } = await answer;
        assert.equal(printed, `${status} application/xml`);
        if (message === '') assert.equal(text, '');
        else assert.match(text, new RegExp(`<messages><errorMessage>${message}</errorMessage></messages>`));
      };

      const sbc = await SbcHttp.locked(gate);
      await sbc.send(`POST ${ELEMENTS}`, { body: configElement('access-control', SEED) });
      const other = await sbc.login();
      await expect(sample(other), 423, 'Resource locked by another user');
      await expect(sample(await sbc.login('SBC_READONLY')), 403, 'Administrator privileges are required');
      await expect(sample('nonsense'), 401, 'Client not authorized\\.');
      await expect(sample(sbc.token), 204, '');
      await expect(sample(sbc.token), 404, 'There is no such access-control');
      await sbc.send('POST /configuration/unlock');
      await expect(sample(other), 423, 'User does not have the lock');
    });

  test('plain HTTP is answered with 426', async () => {
    for (const path of [
      '/rest/v1.1/configuration/configElements',
      '/rest/v1.2/auth/token',
      '/rest/api/supportedversions',
    ]) {
      const response = await fetch(gate.http + path, { headers: { authorization: 'Bearer x' } });
      assert.equal(response.status, 426, path);
      assert.match(await response.text(), /<errorMessage>Client must connect with HTTPS\.<\/errorMessage>/);
    }
  });

  test(
    'bodies of 50 MB are refused, with or without their length, and take no memory',
    { skip: without('curl') },
    async () => {
      const sbc = await SbcHttp.locked(gate);
      const resident = async (): Promise<number> => {
        const text = await (await fetch(`${gate.http}/metrics`)).text();
        return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1]);
      };
      const file = join(folder, 'large');
      writeFileSync(file, Buffer.alloc(50_000_000, '<configElement>'));
      const post = (...headers: readonly string[]) =>
        print(
          'curl',
          [
            '-X',
            'POST',
            '--data-binary',
            `@${file}`,
            ...['Content-Type: application/xml', `Authorization: Bearer ${sbc.token}`, ...headers].flatMap((header) => [
              '-H',
              header,
            ]),
            `${gate.https}/rest/v1.2${ELEMENTS}`,
          ],
          { CURL_HOME: folder, CURL_CA_BUNDLE: join(gate.data, 'tls', 'ca.pem') },
        );
      await post();
      const settled = await resident();
      for (const headers of [[], ['Transfer-Encoding: chunked'], ['Expect:'], [], ['Transfer-Encoding: chunked']]) {
        const { status, text } = await post(...headers);
        assert.equal(status, '413 application/xml');
        assert.match(text, /<errorMessage>/);
      }
      assert.ok((await resident()) - settled < 50_000_000);
      assert.equal((await sbc.send('POST /configuration/unlock')).status, 204);
    },
  );

  test('a path that cannot be read is refused in XML too', async () => {
    const { send } = new SbcHttp(gate);
    const { status, message } = await send('GET /configuration/%zz');
    assert.deepEqual([status, message], [400, "'/rest/v1.2/configuration/%zz' is not a valid url component"]);
  });

  test('what HTTP itself refuses is refused in XML too', async () => {
    const { port } = new URL(gate.https);
    const ask = async (text: string): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false });
      socket.end(text.replaceAll('\n', '\r\n'));
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      return answer;
    };
    const path = '/rest/v1.2/configuration/configElements';
    const head = 'HTTP/1.1\nHost: sbc\nConnection: close\n';
    for (const [status, text] of [
      [431, `GET ${path} ${head}X: ${'x'.repeat(20_000)}\n\n`],
      [400, `GET ${path}?elementType=access control ${head}\n`],
      [400, `FETCH ${path} ${head}\n`],
      [400, `GET ${path} ${head}no header\n\n`],
      [405, `PROPFIND ${path} ${head}\n`],
      [401, `TRACE /rest/v1.2/auth/token ${head}\n`],
    ] as const) {
      const answer = await ask(text);
      const line = text.split('\n', 1)[0]?.slice(0, 80) ?? '';
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), line);
      assert.match(answer, /content-type: application\/xml/i, line);
      assert.match(answer, /<errorMessage>[^<]+<\/errorMessage>/, line);
    }
    assert.match(await ask(`FETCH /voice-connectors ${head}\n`), /^HTTP\/1\.1 400 [^]*application\/json/);
  });

  test('the lock, the difference and the impact are told to the operator', async () => {
    const sbc = await SbcHttp.locked(gate);
    await sbc.send(`POST ${ELEMENTS}`, { body: configElement('session-group', { 'group-name': 'told' }) });
    const { holder, lastAction } = (await gate.api('GET', '/lock')) as { holder: string; lastAction: { name: string } };
    assert.deepEqual([holder, lastAction.name], ['admin', 'createConfigElement']);
    const { changes } = (await gate.api('GET', '/candidate/diff')) as {
      changes: { element: string; change: string }[];
    };
    assert.deepEqual(
      changes.map(({ element, change }) => [element, change]),
      [['session-group told', 'added']],
    );
    const at = ['--api', gate.http, '--data', gate.data];
    const impact = await tollgate('impact', ...at);
    assert.match(impact.stdout, /^0 of 0 calls since 20\d\d-.* would end otherwise\n$/);
    assert.equal(impact.code, 0);
    assert.equal((await tollgate('impact', '--candidate', 'running', ...at)).code, 2);
    assert.equal((await tollgate('impact', '--api', 'http://127.0.0.1:1', '--data', gate.data)).code, 3);
    await sbc.send('POST /configuration/unlock');
    assert.deepEqual(await gate.api('GET', '/lock'), { holder: null });
  });
});

describe('what outlives the process', () => {
  /** Elements of one configuration: enough that a half of it would show. */
  const REALMS = 30;

  /** Gives every realm the same description and saves that. */
  async function saveAll(sbc: SbcHttp, description: string, method: 'POST' | 'PUT'): Promise<void> {
    const answers = Array.from({ length: REALMS }, (_, index) => {
      const body = configElement('realm-config', { identifier: `realm${index}`, description });
      return sbc.send(`${method} ${ELEMENTS}`, { body });
    });
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    await sbc.send('PUT /configuration/management?action=save');
  }

  async function descriptions(sbc: SbcHttp): Promise<string[]> {
    const { text } = await sbc.send(`GET ${ELEMENTS}?elementType=realm-config&running=true`);
    return [...text.matchAll(/<name>description<\/name><value>(\w+)</g)].map(([, value = '']) => value);
  }

  test('kill -9 while the lock is held and while it activates: whole configurations, a free lock, all backups', async () => {
    let gate = await TestGate.start({ capture: true });
    const { data } = gate;
    try {
      let sbc = await SbcHttp.locked(gate);
      await saveAll(sbc, 'v0', 'POST');
      await sbc.send('POST /configuration/management?action=activate');
      await sbc.send('POST /configuration/management?action=backup&backupSource=running&filename=v0.gz');
      for (let round = 0; round < 3; round += 1) {
        await saveAll(sbc, `w${round}`, 'PUT');
        const known = new Set([...(await descriptions(sbc)), `w${round}`]);
        const activation = sbc.send('POST /configuration/management?action=activate');
        // At once, and a little later: before, in and after the commit.
        await Promise.race([activation, setTimeout(round * 2)]);
        await gate.stop('SIGKILL');
        const acknowledged = await activation.then(
          ({ status }) => status === 202,
          () => false,
        );
        gate = await TestGate.start({ data, capture: true });
        sbc = await SbcHttp.locked(gate);
        const running = await descriptions(sbc);
        assert.equal(running.length, REALMS);
        assert.equal(new Set(running).size, 1, 'a mixed configuration');
        assert.ok(known.has(running[0] ?? ''));
        if (acknowledged) assert.equal(running[0], `w${round}`);
      }
      await sbc.send('PUT /configuration/management?action=restore&restoreSource=backupFile&filename=v0.gz');
      assert.deepEqual(await lastJob(sbc.send), { operation: 'restore', status: 'success', message: '' });
      const { text } = await sbc.send(`GET ${ELEMENTS}?elementType=realm-config&identifier=realm7`);
      assert.match(text, /<value>v0<\/value>/);
    } finally {
      await gate.stop('SIGKILL');
      rmSync(data, { recursive: true, force: true });
    }
  });

  test('a reboot starts the gate anew in its own process, with its data and without its tokens', async () => {
    await using gate = await TestGate.start();
    const sbc = await SbcHttp.locked(gate);
    await sbc.send(`POST ${ELEMENTS}`, { body: configElement('realm-config', { identifier: 'core' }) });
    assert.equal((await sbc.send('POST /admin/reboot', { token: await sbc.login('SBC_READONLY') })).status, 403);
    assert.equal((await sbc.send('POST /admin/reboot')).status, 202);
    const lines = createInterface({ input: gate.process.stdout ?? assert.fail() });
    let banner = '';
    for await (const line of lines) {
      banner += `${line}\n`;
      if (/^ {2}clients/.test(line)) break;
    }
    gate.process.stdout?.resume();
    assert.equal(gate.process.exitCode, null);
    const url = /(https:\/\/\S+)/.exec(banner)?.[1] ?? '';
    const fresh = new SbcHttp({ https: url, data: gate.data, credentials: gate.credentials });
    assert.equal((await fresh.send('GET /system/status', { token: sbc.token })).status, 401);
    fresh.token = await fresh.login();
    assert.match((await fresh.send(`GET ${ELEMENTS}?elementType=realm-config`)).text, /<value>core<\/value>/);
    assert.equal((await fresh.send('POST /configuration/lock')).status, 204);
    assert.equal(await gate.stop(), 0);
  });
});
