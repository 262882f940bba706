import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'tollgate');

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function environment(variables: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_'));
  return { ...Object.fromEntries(inherited), ...variables };
}

/** Runs the real command line, with no TOLLGATE_ variables but the given ones. */
function tollgate(args: string[], variables: Record<string, string> = {}): Promise<Outcome> {
  const env = environment(variables);
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate cli '));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const CREDENTIALS = [
  'TOLLGATE_AWS_ACCESS_KEY_ID=AKIAEXAMPLE',
  "TOLLGATE_AWS_SECRET_ACCESS_KEY=it's",
  'TOLLGATE_TWILIO_ACCOUNT_SID=AC0123',
  'TOLLGATE_TWILIO_AUTH_TOKEN=4567',
  'TOLLGATE_SBC_USERNAME=admin',
  'TOLLGATE_SBC_PASSWORD=secret',
  'TOLLGATE_SBC_READONLY_USERNAME=user',
  'TOLLGATE_SBC_READONLY_PASSWORD=public',
  'TOLLGATE_WEBEX_ACCESS_TOKEN=bearer',
  'TOLLGATE_ADMIN_TOKEN=token',
].join('\n');

describe('command line', () => {
  test('explains itself', async () => {
    const { code, out } = await tollgate(['--help']);
    assert.equal(code, 0);
    assert.match(out, /start .*\n.*env /);
    const start = await tollgate(['start', '--help']);
    assert.match(start.out, /--log-level <LEVEL>/);
    assert.match((await tollgate(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  });

  test('ends with 2 when used wrongly, naming what is wrong', async () => {
    for (const [args, expected] of [
      [[], /Usage:/],
      [['strat'], /unknown command 'strat'/],
      [['constructor'], /^error: unknown command 'constructor'/],
      [['__proto__'], /^error: unknown command '__proto__'/],
      [['start', '--htpp', 'x'], /--htpp.*\n?.*--http/],
      [['start', 'extra'], /too many arguments/],
      [['start', '--http', '8080'], /^tollgate: --http must be an address and a port.*\n$/],
    ] satisfies [string[], RegExp][]) {
      const { code, err } = await tollgate(args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, expected);
    }
    const { code, err } = await tollgate(['start'], { TOLLGATE_HTPP: 'x' });
    assert.equal(code, 2);
    assert.equal(err, 'tollgate: unknown variable TOLLGATE_HTPP; did you mean TOLLGATE_HTTP?\n');
  });
});

describe('tollgate start', () => {
  const ANY_PORT = [
    '--http',
    '127.0.0.1:0',
    '--https',
    '127.0.0.1:0',
    '--sip',
    'udp:127.0.0.1:0,tcp:127.0.0.1:0,tls:127.0.0.1:0',
  ];

  test('opens the gate, says where, and ends with 0 when told to stop', async (t) => {
    const folder = dataFolder(t);
    const gate = spawn(process.execPath, [LAUNCHER, 'start', ...ANY_PORT, '--data', folder], { env: environment() });
    t.after(() => gate.kill('SIGKILL'));
    const printed = await new Promise<string>((resolve) => {
      let text = '';
      gate.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('tollgate env')) resolve(text);
      });
      gate.once('exit', () => resolve(text));
    });
    const url = /http:\/\/[\d.:]+/.exec(printed)?.[0] ?? '';
    const health = await fetch(`${url}/healthz`);
    assert.equal(health.status, 200);
    const { status, sip } = (await health.json()) as { status: string; sip: string[] };
    assert.equal(status, 'ok');
    assert.match(
      sip.join(' '),
      /^udp:127\.0\.0\.1:\d+ tcp:127\.0\.0\.1:\d+ tls:127\.0\.0\.1:\d+ ws:127\.0\.0\.1:\d+ wss:127\.0\.0\.1:\d+$/,
    );
    const env = await tollgate(['env', '--json', '--data', folder, '--http', url.slice('http://'.length)]);
    assert.equal(env.code, 0);
    // What it prints leads the other commands to the gate too, wherever it listens.
    const bans = await tollgate(['bans'], JSON.parse(env.out) as Record<string, string>);
    assert.deepEqual([bans.code, bans.err], [0, '']);
    const ended = once(gate, 'exit');
    gate.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  });

  test('says in one line why it cannot start, and ends with 1', async (t) => {
    const folder = dataFolder(t);
    writeFileSync(join(folder, 'secret.key'), 'short');
    const { code, err } = await tollgate(['start', ...ANY_PORT, '--data', folder]);
    assert.equal(code, 1);
    assert.match(err, /^tollgate: .*secret\.key must hold 64 hexadecimal digits\n$/);
  });
});

describe('commands that ask a gate', () => {
  test('end with 3 when something else answers: 1 would say that the call is refused', async (t) => {
    const other = createServer((_request, response) => response.end('<html>'));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const variables = { TOLLGATE_API: `http://127.0.0.1:${port}`, TOLLGATE_ADMIN_TOKEN: 'token' };
    for (const command of [['explain', '--decision', '1'], ['bans'], ['spending'], ['impact']]) {
      const { code, err } = await tollgate(command, variables);
      assert.equal(code, 3, command.join(' '));
      assert.match(err, /^tollgate \w+: what answers at .* is no gate/);
    }
  });
});

describe('what callers wrote', () => {
  const HOSTILE = 'x\u001b]0;mine\u0007\u009b31m\r\n  ✓ forged\u202e';
  const SEEN = String.raw`x\u001b]0;mine\u0007\u009b31m\u000d\u000a  ✓ forged\u202e`;
  const decision = {
    verdict: 'refuse',
    reason: 'called-number-invalid',
    status: 484,
    revision: 1,
    trunk: null,
    targets: [],
    trace: [{ check: 'called-number', outcome: 'refuse', detail: HOSTILE }],
  };
  const call = { callId: HOSTILE, at: 'then', source: { address: '192.0.2.1' }, from: 'a', to: 'b' };
  const impact = { since: 'then', calls: 1, changed: 1, unknown: 0, more: false };
  const answers: Readonly<Record<string, object>> = {
    '/tollgate/v1/decisions/1': decision,
    '/tollgate/v1/candidate/impact': { ...impact, list: [{ ...call, before: decision, after: decision }] },
  };

  test('steers no terminal and makes no line of its own', async (t) => {
    const gate = createServer((request, response) => response.end(JSON.stringify(answers[request.url ?? ''])));
    await once(gate.listen(0, '127.0.0.1'), 'listening');
    t.after(() => gate.close());
    const { port } = gate.address() as AddressInfo;
    const variables = { TOLLGATE_API: `http://127.0.0.1:${port}`, TOLLGATE_ADMIN_TOKEN: 'token' };
    for (const command of [['explain', '--decision', '1'], ['impact']]) {
      const { code, out } = await tollgate(command, variables);
      assert.equal(code, 1);
      assert.ok(out.includes(SEEN), out);
      const told = await tollgate([...command, '--json'], variables);
      assert.doesNotMatch(out + told.out, /[^\P{Cc}\n]|\u202e/u);
      assert.ok(JSON.stringify(JSON.parse(told.out)).includes(JSON.stringify(HOSTILE)));
    }
  });
});

describe('tollgate env', () => {
  test('prints lines that a shell takes as they are', async (t) => {
    const folder = dataFolder(t);
    writeFileSync(join(folder, 'credentials.env'), CREDENTIALS);
    mkdirSync(join(folder, 'tls'));
    const authority = join(folder, 'tls', 'ca.pem');
    writeFileSync(authority, '');
    const { code, out } = await tollgate(['env', '--data', folder, '--http', '0.0.0.0:9000']);
    assert.equal(code, 0);
    const script = `${out}\nprintf '%s|' "$AWS_ENDPOINT_URL" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION" "$NODE_EXTRA_CA_CERTS" "$SBC_CA_FILE"`;
    const seen = await new Promise<string>((resolve) => {
      execFile('/bin/sh', ['-c', script], (_error, text) => resolve(text));
    });
    assert.equal(seen, `http://127.0.0.1:9000|it's|us-east-1|${authority}|${authority}|`);
    assert.match(out, /^# AWS CLI before 2\.13 .*--endpoint-url/);
  });

  test('prints JSON, and prefers what the environment gives', async (t) => {
    const folder = dataFolder(t);
    writeFileSync(join(folder, 'credentials.env'), CREDENTIALS);
    const given = { TOLLGATE_DATA: folder, TOLLGATE_ADMIN_TOKEN: 'given' };
    const { out } = await tollgate(['env', '--json'], given);
    assert.deepEqual(JSON.parse(out), {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:8080',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: "it's",
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      TWILIO_BASE_URL: 'http://127.0.0.1:8080',
      TWILIO_ACCOUNT_SID: 'AC0123',
      TWILIO_AUTH_TOKEN: '4567',
      SBCIP: '127.0.0.1:8443',
      SBC_USERNAME: 'admin',
      SBC_PASSWORD: 'secret',
      SBC_READONLY_USERNAME: 'user',
      SBC_READONLY_PASSWORD: 'public',
      WEBEX_ACCESS_TOKEN: 'bearer',
      WEBEX_BASE_URL: 'http://127.0.0.1:8080/v1',
      TOLLGATE_API: 'http://127.0.0.1:8080',
      TOLLGATE_ADMIN_TOKEN: 'given',
    });
  });

  test('says what to do when it cannot know', async (t) => {
    const folder = dataFolder(t);
    const none = await tollgate(['env', '--data', folder]);
    assert.equal(none.code, 1);
    assert.match(none.err, /^tollgate: there is no TOLLGATE_AWS_ACCESS_KEY_ID in .*: start the gate once/);
    writeFileSync(join(folder, 'credentials.env'), CREDENTIALS);
    const anyPort = await tollgate(['env', '--data', folder, '--http', '127.0.0.1:0']);
    assert.equal(anyPort.code, 1);
    assert.match(anyPort.err, /free HTTP port/);
  });
});
