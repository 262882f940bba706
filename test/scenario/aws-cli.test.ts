import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { TestGate, run, tollgate, type CommandResult } from '../support/gate.ts';

// Where Debian's package puts the vendor's command; another `aws` in PATH may be of any version.
const AWS = '/usr/bin/aws';
/** What it ends with when the service says no. */
const REFUSED = 254;
const UNKNOWN_ID = 'abcdef1ghij2klmno3pqr4';
const CALLER = '+12065550199';
const CALLED = '+12065550100';
const WITHOUT_AWS = !existsSync(AWS) && `needs ${AWS}`;

/** The lines of `tollgate env` take effect as its help says, and nothing else on this machine configures the command. */
const SCRIPT = `unset AWS_PROFILE AWS_SESSION_TOKEN; export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
  eval "$1"; shift; exec ${AWS} --endpoint-url "$AWS_ENDPOINT_URL" --output json --no-cli-pager "$@"`;

/** What the command printed. */
type Answer = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

interface Aws {
  /** Asserts that it succeeds without complaint; `{}` when it prints nothing. */
  ok(...args: readonly string[]): Promise<Answer>;
  /** Asserts that the service refuses with this exception. */
  refused(exception: string, ...args: readonly string[]): Promise<void>;
}

async function awsFor(gate: TestGate, ...overrides: readonly string[]): Promise<Aws> {
  const printed = await tollgate('env', '--data', gate.data, '--http', new URL(gate.http).host);
  assert.deepEqual([printed.code, printed.stderr], [0, '']);
  const env = [printed.stdout, ...overrides].join('\n');
  const aws = (args: readonly string[]): Promise<CommandResult> => run('/bin/sh', ['-c', SCRIPT, 'sh', env, ...args]);
  return {
    async ok(...args) {
      const { code, stdout, stderr } = await aws(args);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '));
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Answer);
    },
    async refused(exception, ...args) {
      const { code, stdout, stderr } = await aws(args);
      assert.deepEqual({ code, stdout }, { code: REFUSED, stdout: '' }, args.join(' '));
      const operation = args[1]?.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
      assert.ok(stderr.includes(`An error occurred (${exception}) when calling the ${operation} operation`), stderr);
    },
  };
}

/** Makes a connector; its id and host name. */
async function createConnector(aws: Aws, service: string, name: string): Promise<{ id: string; host: string }> {
  const flags = ['--name', name, '--no-require-encryption'];
  const { VoiceConnector } = await aws.ok(service, 'create-voice-connector', ...flags);
  const id = String(VoiceConnector?.['VoiceConnectorId']);
  assert.match(id, /^[a-z0-9]{22}$/);
  assert.equal(VoiceConnector?.['Name'], name);
  assert.equal(VoiceConnector?.['RequireEncryption'], false);
  return { id, host: String(VoiceConnector?.['OutboundHostName']) };
}

// Each invocation takes most of a second before it sends anything.
describe("the vendor's command line", { concurrency: true, skip: WITHOUT_AWS }, () => {
  test('provisions a trunk, and what it provisioned decides calls', async () => {
    await using gate = await TestGate.start();
    const aws = await awsFor(gate);
    const { id, host } = await createConnector(aws, 'chime', 'office');
    const connector = ['--voice-connector-id', id];

    const numbers = ['--e164-phone-numbers', CALLER];
    const { PhoneNumberOrder: order } = await aws.ok(
      'chime',
      'create-phone-number-order',
      '--product-type',
      'VoiceConnector',
      ...numbers,
    );
    const orderId = String(order?.['PhoneNumberOrderId']);
    const ordered = await aws.ok('chime-sdk-voice', 'get-phone-number-order', '--phone-number-order-id', orderId);
    assert.equal(ordered['PhoneNumberOrder']?.['Status'], 'Successful');
    assert.deepEqual(ordered['PhoneNumberOrder']?.['OrderedPhoneNumbers'], [
      { E164PhoneNumber: CALLER, Status: 'Acquired' },
    ]);
    const associated = await aws.ok('chime', 'associate-phone-numbers-with-voice-connector', ...connector, ...numbers);
    assert.deepEqual(associated, { PhoneNumberErrors: [] });

    const termination = { CpsLimit: 10, CallingRegions: ['US'], CidrAllowedList: ['127.0.0.1/32'], Disabled: false };
    const put = await aws.ok(
      'chime-sdk-voice',
      'put-voice-connector-termination',
      ...connector,
      '--termination',
      JSON.stringify(termination),
    );
    assert.deepEqual(put, { Termination: termination });
    assert.deepEqual(await aws.ok('chime', 'get-voice-connector-termination', ...connector), put);

    const credentials = 'voice-connector-termination-credentials';
    const users = ['Username=jdoe,Password=correct-horse', 'Username=asmith,Password=battery-staple'];
    assert.deepEqual(await aws.ok('chime', `put-${credentials}`, ...connector, '--credentials', ...users), {});
    const listed = await aws.ok('chime-sdk-voice', `list-${credentials}`, ...connector);
    assert.deepEqual(listed, { Usernames: ['asmith', 'jdoe'] });

    const call = async (...flags: readonly string[]): Promise<{ code: number | null; statuses: number[] }> => {
      const uris = ['--to', `sip:${CALLED}@${host}`, '--from', `sip:${CALLER}@${host}`];
      const via = ['--via', `udp:127.0.0.1:${gate.sip.udp}`];
      const { code, stdout } = await tollgate('call', ...uris, ...via, '--hold', '0', '--json', ...flags);
      const { ladder } = JSON.parse(stdout) as { ladder: { direction: string; method: string; text: string }[] };
      const answers = ladder.filter(({ direction, method }) => direction === 'received' && method === 'INVITE');
      const statuses = answers.map(({ text }) => Number.parseInt(text, 10)).filter((status) => status >= 200);
      return { code, statuses };
    };
    const explained = async (reason: string): Promise<void> => {
      const asked = ['--to', `sip:${CALLED}@${host}`, '--source', '127.0.0.1', '--user', 'jdoe'];
      const { code, stdout } = await tollgate('explain', ...asked, '--data', gate.data, '--api', gate.http);
      assert.equal(code, 1, stdout);
      assert.match(stdout, /\? digest +user jdoe: /);
      assert.ok(stdout.includes(`challenge (${reason}), SIP 407`), stdout);
    };
    const jdoe = ['--user', 'jdoe', '--password', 'correct-horse'];
    assert.deepEqual(await call(), { code: 1, statuses: [407] });
    assert.deepEqual(await call(...jdoe), { code: 0, statuses: [407, 200] });

    assert.deepEqual(await aws.ok('chime', `delete-${credentials}`, ...connector, '--usernames', 'jdoe'), {});
    assert.deepEqual(await aws.ok('chime', `list-${credentials}`, ...connector), { Usernames: ['asmith'] });
    assert.deepEqual(await call(...jdoe), { code: 1, statuses: [407, 407] });
    await explained('credentials-unknown-user');

    await aws.ok('chime-sdk-voice', `delete-${credentials}`, ...connector, '--usernames', 'asmith', 'jdoe');
    assert.deepEqual(await aws.ok('chime-sdk-voice', `list-${credentials}`, ...connector), { Usernames: [] });
    assert.deepEqual(await call(...jdoe), { code: 1, statuses: [407, 407] });
    assert.deepEqual(await call(), { code: 1, statuses: [407] }, 'no credential left does not mean none needed');
    await explained('credentials-none-left');

    await aws.refused('ConflictException', 'chime', 'delete-voice-connector', ...connector);
  });

  test('makes groups and tags, and is told of errors', async () => {
    await using gate = await TestGate.start();
    const aws = await awsFor(gate);
    const connectors = [
      await createConnector(aws, 'chime', 'one'),
      await createConnector(aws, 'chime-sdk-voice', 'two'),
    ];
    const { VoiceConnectors } = await aws.ok('chime', 'list-voice-connectors');
    assert.deepEqual(
      new Set((VoiceConnectors as unknown as { VoiceConnectorId: string }[]).map((found) => found.VoiceConnectorId)),
      new Set(connectors.map(({ id }) => id)),
    );
    const [first] = connectors;
    assert.ok(first);
    const own = ['--voice-connector-id', first.id];
    const { VoiceConnector } = await aws.ok('chime-sdk-voice', 'get-voice-connector', ...own);
    assert.equal(VoiceConnector?.['OutboundHostName'], first.host);

    const items = connectors.map(({ id }, index) => ({ VoiceConnectorId: id, Priority: index + 1 }));
    const made = await aws.ok(
      'chime',
      'create-voice-connector-group',
      '--name',
      'both',
      '--voice-connector-items',
      JSON.stringify(items),
    );
    const groupId = String(made['VoiceConnectorGroup']?.['VoiceConnectorGroupId']);
    const group = ['--voice-connector-group-id', groupId];
    const { VoiceConnectorGroup } = await aws.ok('chime-sdk-voice', 'get-voice-connector-group', ...group);
    assert.deepEqual(VoiceConnectorGroup?.['VoiceConnectorItems'], items);

    const resource = ['--resource-arn', String(VoiceConnector?.['VoiceConnectorArn'])];
    const tag = ['--tags', 'Key=site,Value=Seattle'];
    assert.deepEqual(await aws.ok('chime', 'tag-resource', ...resource, ...tag), {});
    const tags = await aws.ok('chime', 'list-tags-for-resource', ...resource);
    assert.deepEqual(tags, { Tags: [{ Key: 'site', Value: 'Seattle' }] });

    const unknown = ['--voice-connector-id', UNKNOWN_ID];
    const operation = 'delete-voice-connector-termination-credentials';
    await aws.refused('NotFoundException', 'chime', operation, ...unknown, '--usernames', 'jdoe');
    await aws.refused('NotFoundException', 'chime-sdk-voice', 'get-voice-connector', ...unknown);
    const cidr = ['--termination', 'CidrAllowedList=10.0.0.1/33,CallingRegions=US'];
    await aws.refused('BadRequestException', 'chime', 'put-voice-connector-termination', ...own, ...cidr);

    const stranger = await awsFor(gate, "export AWS_SECRET_ACCESS_KEY='not the secret'");
    await stranger.refused('InvalidSignatureException', 'chime-sdk-voice', 'list-voice-connectors');
  });
});
