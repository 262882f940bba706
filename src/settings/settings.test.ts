import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { usualWorkers } from './usual-workers.ts';
import { SETTING_OPTIONS, SettingsError, loadSettings, type SettingSources, type Settings } from './settings.ts';

/** Settings from the given sources only; `file` is the text of whatever file is asked for. */
function load(sources: Partial<SettingSources> & { file?: string } = {}): Promise<Settings> {
  return loadSettings({ flags: {}, env: {}, readFile: () => sources.file ?? '', ...sources });
}

async function refusal(sources: Parameters<typeof load>[0]): Promise<string> {
  const error = await load(sources).then(
    () => assert.fail('was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SettingsError, String(error));
  return error.message;
}

describe('settings', () => {
  test('2.1 default to loopback, SIP on UDP and TCP of one port, TLS on 5061, and the built-in parts', async () => {
    assert.deepEqual(await load(), {
      http: { host: '127.0.0.1', port: 8080 },
      https: { host: '127.0.0.1', port: 8443 },
      sip: [
        { transport: 'udp', host: '127.0.0.1', port: 5060 },
        { transport: 'tcp', host: '127.0.0.1', port: 5060 },
        { transport: 'tls', host: '127.0.0.1', port: 5061 },
      ],
      data: resolve('data'),
      databaseUrl: null,
      carriers: [{ exchange: true }],
      domain: null,
      advertise: null,
      tlsCert: null,
      tlsKey: null,
      tlsClientCa: null,
      logLevel: 'info',
      amazonPublicCidrOnly: false,
      twilioTrunkCps: 1,
      twilioTrunkCalls: null,
      journalNumbers: 'whole',
      maxRulesAge: 300,
      workers: usualWorkers(availableParallelism()),
      digestAlgorithms: ['SHA-256', 'MD5'],
      nonceLifetime: 60,
      probeInterval: 30,
      strangers: 'refuse',
      sipOrigins: null,
      maxCallSeconds: 14_400,
      trunkLimits: {},
      userLimits: {},
      tariff: null,
      applicationCalls: 500,
      mediaAddress: null,
      mediaPorts: null,
      privateWebhooks: null,
      credentials: {},
    });
  });

  test('take flags before variables before the file before defaults', async () => {
    const file = 'http: 127.0.0.1:3\nhttps: 127.0.0.1:3\ndata: /three\n';
    const env = { TOLLGATE_CONFIG: 'gate.yaml', TOLLGATE_HTTP: '127.0.0.1:2', TOLLGATE_HTTPS: '127.0.0.1:2' };
    const settings = await load({ flags: { http: '127.0.0.1:1' }, env, file });
    assert.equal(settings.http.port, 1);
    assert.equal(settings.https.port, 2);
    assert.equal(settings.data, resolve('/three'));
    assert.equal(settings.logLevel, 'info');
  });

  test('read every value of the file as it was written', async () => {
    const file = [
      'sip: [udp:127.0.0.1:0, tcp:127.0.0.1:0, "tls:[::1]:5061"]',
      'carriers:',
      '  - sip:192.0.2.1:5060;transport=tcp',
      '  - "exchange:"',
      'nonce-lifetime: 30',
      'amazon-public-cidr-only: true',
      'aws-account-id: 012345678901',
    ].join('\n');
    const settings = await load({ flags: { config: 'gate.yaml' }, file });
    assert.deepEqual(settings.sip, [
      { transport: 'udp', host: '127.0.0.1', port: 0 },
      { transport: 'tcp', host: '127.0.0.1', port: 0 },
      { transport: 'tls', host: '::1', port: 5061 },
    ]);
    assert.deepEqual(settings.carriers, [{ uri: 'sip:192.0.2.1:5060;transport=tcp' }, { exchange: true }]);
    assert.equal(settings.nonceLifetime, 30);
    assert.equal(settings.amazonPublicCidrOnly, true);
    assert.deepEqual(settings.credentials, { awsAccountId: '012345678901' });
  });

  test('take an empty file, an empty variable and a variable of a client for nothing set', async () => {
    assert.deepEqual(
      await load({
        flags: { config: 'x' },
        env: { TOLLGATE_HTTP: '', TOLLGATE_DOMAIN: ' ', TOLLGATE_API: 'http://x' },
      }),
      await load(),
    );
  });

  test('read the rest of the settings', async () => {
    const settings = await load({
      flags: { advertise: '[2001:db8::1]', domain: 'Voice.Example.com', logLevel: 'debug', amazonPublicCidrOnly: true },
      env: { TOLLGATE_DIGEST_ALGORITHMS: 'md5', TOLLGATE_TLS_CERT: '/c.pem', TOLLGATE_TLS_KEY: '/k.pem' },
    });
    assert.equal(settings.advertise, '2001:db8::1');
    assert.equal(settings.domain, 'voice.example.com');
    assert.equal(settings.logLevel, 'debug');
    assert.equal(settings.amazonPublicCidrOnly, true);
    assert.deepEqual(settings.digestAlgorithms, ['MD5']);
    assert.equal(settings.tlsCert, resolve('/c.pem'));
  });

  test('name what is unknown, and what was probably meant', async () => {
    assert.equal(await refusal({ flags: { htpp: 'x' } }), 'unknown flag --htpp; did you mean --http?');
    assert.equal(
      await refusal({ env: { TOLLGATE_CARRIER: 'x' } }),
      'unknown variable TOLLGATE_CARRIER; did you mean TOLLGATE_CARRIERS?',
    );
    assert.equal(
      await refusal({ flags: { config: 'g.yaml' }, file: 'loglevel: info' }),
      'unknown key "loglevel" in g.yaml; did you mean log-level?',
    );
    assert.equal(await refusal({ env: { TOLLGATE_BANANAS: '1' } }), 'unknown variable TOLLGATE_BANANAS');
  });

  test('say where an unusable value came from', async () => {
    assert.match(await refusal({ flags: { http: ':8080' } }), /^--http must be an address and a port.*not ":8080"$/);
    assert.match(await refusal({ env: { TOLLGATE_SIP: 'sctp:127.0.0.1:5060' } }), /^TOLLGATE_SIP must list udp:/);
    assert.match(
      await refusal({ flags: { config: 'g.yaml' }, file: 'log-level: loud' }),
      /^"log-level" in g.yaml must be one of/,
    );
  });

  const unusable: Record<string, string[]> = {
    http: ['', '8080', '::1:80', '127.0.0.1:65536', '127.0.0.1:-1', 'example.com:80', '127.0.0.1', '*:80'],
    sip: ['', 'udp:127.0.0.1', '127.0.0.1:5060', 'udp:127.0.0.1:5060,', 'tcp:127.0.0.1:5060,tls:127.0.0.1:5060'],
    carriers: ['', 'exchange', 'http://x', 'sip:', 'sip:a b', 'exchange:,,exchange:'],
    domain: ['', '-x.example', 'a..b', '192.0.2.1', `${'a'.repeat(64)}.example`],
    digestAlgorithms: ['', 'SHA-512', 'MD5-SESS', 'MD5,MD5'],
    nonceLifetime: ['', '0', '3601', '1.5', '-1', '1e2', 'soon'],
    trunkLimits: ['', 'minutes', 'minutes=0', 'minutes=-1', 'hours=1', 'calls=1,calls=2', 'calls=1e3', 'none,calls=1'],
    probeInterval: ['', '3601', '1.5', '-1', '1e2', 'never'],
    amazonPublicCidrOnly: ['', 'yes', 'TRUE'],
    sipOrigins: [
      '',
      '*',
      'phone.example.com',
      'wss://phone.example.com',
      'https://phone.example.com/',
      'https://a,https://a',
    ],
  };
  for (const [key, values] of Object.entries(unusable)) {
    test(`refuse unusable values of ${key}`, async () => {
      for (const value of values) await refusal({ flags: { [key]: value } });
    });
  }

  test('refuse a shared database, and keep its password out of the message', async () => {
    const message = await refusal({ env: { TOLLGATE_DATABASE_URL: 'postgres://u:hunter2@db/tollgate' } });
    assert.match(message, /^TOLLGATE_DATABASE_URL must be left out: this version has only the embedded database$/);
  });

  test('2.1 refuse a listener on UDP without one on TCP at the same address and port', async () => {
    const message = await refusal({ flags: { sip: 'udp:127.0.0.1:5060,tcp:127.0.0.1:5062' } });
    assert.match(message, /^--sip must list tcp:127\.0\.0\.1:5060 beside udp:127\.0\.0\.1:5060/);
    assert.match(
      await refusal({ env: { TOLLGATE_SIP: 'udp:[::1]:5060' } }),
      /^TOLLGATE_SIP must list tcp:\[::1\]:5060/,
    );
    await refusal({ flags: { sip: 'udp:127.0.0.1:5060,tls:127.0.0.1:5060' } });
    for (const sip of ['udp:[::1]:5060,tcp:[::]:5060', 'udp:192.0.2.1:5060,tcp:0.0.0.0:5060', 'tls:127.0.0.1:5061'])
      assert.equal((await load({ flags: { sip } })).sip.length, sip.split(',').length);
  });

  test('10.9 read limits of spending, and want a tariff for a limit of cost', async () => {
    const flags = { trunkLimits: 'minutes=600, cost=12.5', tariff: 'prices.txt' };
    const { trunkLimits, userLimits, tariff } = await load({ flags, env: { TOLLGATE_USER_LIMITS: 'range=20' } });
    assert.deepEqual([trunkLimits, userLimits], [{ minutes: 600, cost: 12.5 }, { range: 20 }]);
    assert.equal(tariff, resolve('prices.txt'));
    assert.match(await refusal({ flags: { userLimits: 'cost=5' } }), /--tariff and a limit of cost belong together/);
    assert.match(await refusal({ flags: { tariff: 'prices.txt' } }), /--tariff and a limit of cost belong together/);
  });

  test('refuse half a certificate', async () => {
    assert.match(await refusal({ flags: { tlsCert: '/c.pem' } }), /--tls-cert and --tls-key belong together/);
  });

  test('take credentials from variables and never repeat them', async () => {
    const given = await load({ env: { TOLLGATE_AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', TOLLGATE_ADMIN_TOKEN: 'token' } });
    assert.deepEqual(given.credentials, { awsAccessKeyId: 'AKIAEXAMPLE', adminToken: 'token' });
    const message = await refusal({ env: { TOLLGATE_SBC_PASSWORD: 'hunter2 hunter2' } });
    assert.match(message, /^TOLLGATE_SBC_PASSWORD must be/);
    assert.doesNotMatch(message, /hunter2/);
    assert.match(
      await refusal({ env: { TOLLGATE_AWS_ACCOUNT_ID: '12345' } }),
      /^TOLLGATE_AWS_ACCOUNT_ID must be 12 digits$/,
    );
    assert.match(await refusal({ flags: { adminToken: 'x' } }), /^unknown flag --admin-token/);
  });

  test('refuse credentials that no client could ever log in with', async () => {
    for (const [variable, value] of [
      ['TOLLGATE_WEBEX_ACCESS_TOKEN', 'a!b'],
      ['TOLLGATE_AWS_ACCESS_KEY_ID', 'AKIA/EXAMPLE'],
      ['TOLLGATE_SBC_USERNAME', 'ad:min'],
      ['TOLLGATE_SBC_READONLY_USERNAME', 'us:er'],
    ] as const) {
      const message = await refusal({ env: { [variable]: value } });
      assert.ok(message.startsWith(`${variable} must`), message);
    }
    const token = 'aZ0-._~+/==';
    assert.equal((await load({ env: { TOLLGATE_WEBEX_ACCESS_TOKEN: token } })).credentials.webexAccessToken, token);
  });

  test('take no empty path, which would be the folder that the program was started in', async () => {
    for (const flag of ['data', 'tls-cert', 'tls-key', 'tls-client-ca', 'tariff']) {
      const key = flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
      assert.match(await refusal({ flags: { [key]: '' } }), new RegExp(`^--${flag} must be a path`));
      assert.match(
        await refusal({ flags: { config: 'g.yaml' }, file: `${flag}:\n` }),
        /^"[a-z-]+" in g.yaml must be a path/,
      );
    }
  });

  test('explain a file that cannot be read or parsed, without quoting it', async () => {
    const readFile = (): never => {
      throw new Error('ENOENT: no such file');
    };
    assert.match(await refusal({ flags: { config: 'g.yaml' }, readFile }), /^--config: cannot read g.yaml: ENOENT/);
    const broken = await refusal({ flags: { config: 'g.yaml' }, file: 'admin-token: "hunter2' });
    assert.match(broken, /^g.yaml is not valid YAML: /);
    assert.doesNotMatch(broken, /hunter2/);
    assert.match(await refusal({ flags: { config: 'g.yaml' }, file: '- http' }), /must hold settings/);
    assert.match(
      await refusal({ flags: { config: 'g.yaml' }, file: 'carriers: [exchange: ]' }),
      /quote those that end/,
    );
    assert.match(await refusal({ flags: { config: 'g.yaml' }, file: 'http:\n  port: 1' }), /"http" in g.yaml must be/);
  });

  test('list every flag with its variable', () => {
    const variables = new Map(SETTING_OPTIONS.map(({ flag, variable }) => [flag, variable]));
    assert.equal(variables.get('log-level'), 'TOLLGATE_LOG_LEVEL');
    assert.equal(variables.get('config'), 'TOLLGATE_CONFIG');
  });
});
