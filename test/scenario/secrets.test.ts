import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { PutVoiceConnectorTerminationCredentialsCommand } from '@aws-sdk/client-chime-sdk-voice';
import { openTermination, type TestConnector } from '../support/connector.ts';
import { makeRequest } from '../support/edge.ts';
import { TestGate, tollgate } from '../support/gate.ts';
import { ask, call } from '../support/phone.ts';
import { SignedHttp } from '../support/signed-http.ts';
import { SipPeer } from '../support/sip-peer.ts';

const USER = 'mallory';
const PASSWORD = 'Zwiebelkuchen.41.Quittengelee';
const WRONG_PASSWORD = 'Apfelstrudel.97.Birnenkompott';
/** Where the control APIs' own credentials have their place. */
const CREDENTIALS_FILE = 'credentials.env';

/** How a secret may look where it does not belong. */
function disguises(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')];
  return [...texts, encodeURIComponent(secret)].map((text) => Buffer.from(text));
}

/** The digest hash of a password in all its forms. */
function hashes(realm: string, password: string): Buffer[] {
  return ['md5', 'sha256'].flatMap((algorithm) => {
    const hash = createHash(algorithm).update(`${USER}:${realm}:${password}`).digest();
    const hex = hash.toString('hex');
    return [
      hash,
      ...[hex, hex.toUpperCase(), hash.toString('base64').replace(/=+$/, '')].map((text) => Buffer.from(text)),
    ];
  });
}

/** Sends requests that go wrong while they carry secrets. What the gate answered. */
async function provokeErrors(gate: TestGate, { id }: TestConnector): Promise<string[]> {
  const { TOLLGATE_AWS_SECRET_ACCESS_KEY: awsSecret = '', TOLLGATE_ADMIN_TOKEN: token = '' } = gate.credentials;
  const path = `/voice-connectors/${id}/termination/credentials`;
  const credentials = (members: object): string => JSON.stringify({ Credentials: [members] });
  const json = { 'content-type': 'application/json' };
  const bearer = { ...json, authorization: `Bearer ${token}` };
  const put = `POST ${path}?operation=put`;
  const answers: string[] = [];
  for (const secure of [false, true]) {
    const http = new SignedHttp(gate, secure);
    const expect = async (status: number, ...request: Parameters<SignedHttp['send']>): Promise<void> => {
      const reply = await http.send(...request);
      assert.equal(reply.status, status, `${request[0]}: ${reply.text}`);
      answers.push(reply.text, JSON.stringify(reply.headers));
    };
    await expect(400, put, { body: credentials({ Username: USER, Password: PASSWORD }).slice(0, -2) });
    await expect(400, put, { body: `"${PASSWORD}"` });
    await expect(400, put, { body: credentials({ Username: USER, Password: [PASSWORD] }) });
    await expect(400, put, { body: credentials({ Username: `${USER}:${PASSWORD}`, Password: PASSWORD }) });
    await expect(400, put, { body: credentials({ Username: USER, Password: PASSWORD.repeat(20) }) });
    await expect(400, put, { body: credentials({ [PASSWORD]: PASSWORD }) });
    await expect(413, put, { body: credentials({ Username: USER, Password: PASSWORD.repeat(50_000) }) });
    await expect(404, `POST ${path}?operation=${PASSWORD}`, { body: '{}' });
    await expect(400, `GET /voice-connectors?max-results=${PASSWORD}&next-token=${PASSWORD}`);
    await expect(403, put, { body: credentials({ Username: USER, Password: PASSWORD }), tamper: (text) => `${text}0` });
    await expect(403, put, { tamper: (text) => text.replace(/Credential=\w+/, `Credential=${awsSecret}`) });
    await expect(400, put, { tamper: () => `Basic ${btoa(`${USER}:${PASSWORD}`)}` });
    await expect(400, put, { tamper: () => `AWS4-HMAC-SHA256 Credential=${awsSecret}` });
    await expect(401, `GET /tollgate/v1/calls?token=${token}`, { sign: false });
    await expect(400, `GET /tollgate/v1/calls?token=${token}`, { sign: false, headers: bearer });
    await expect(400, 'POST /tollgate/v1/explain', { sign: false, headers: bearer, body: `{"password":"${PASSWORD}"` });
    await expect(404, `GET /nowhere?password=${PASSWORD}`, { sign: false, headers: { cookie: `secret=${PASSWORD}` } });
  }
  return answers;
}

/** Lets a write fail inside the gate: another program holds the ledger's file. */
async function provokeFault(gate: TestGate, { id }: TestConnector): Promise<string> {
  const database = new DatabaseSync(join(gate.data, 'ledger.db'));
  database.exec('BEGIN IMMEDIATE');
  const body = JSON.stringify({ Credentials: [{ Username: USER, Password: PASSWORD }] });
  const reply = await new SignedHttp(gate, false).send(
    `POST /voice-connectors/${id}/termination/credentials?operation=put`,
    {
      body,
    },
  );
  database.close();
  assert.equal(reply.status, 500, reply.text);
  return reply.text;
}

/** Places calls with the right password, with a wrong one, and with passwords where none belong. */
async function placeCalls(gate: TestGate, { host }: TestConnector): Promise<void> {
  await using phone = await SipPeer.open();
  const uris = { to: `sip:+12065550100@${host}`, from: `sip:+12065550199@${host}` };
  assert.deepEqual(await call(phone, gate, { ...uris, user: USER, password: PASSWORD }), [407, 200]);
  assert.deepEqual(await call(phone, gate, { ...uris, user: USER, password: WRONG_PASSWORD }), [407, 407]);
  for (const answer of [
    `Digest username="${USER}", password="${PASSWORD}"`,
    `Digest ${PASSWORD}`,
    `Basic ${btoa(`${USER}:${PASSWORD}`)}`,
  ]) {
    const invite = makeRequest('INVITE', uris.to, phone, { 'Proxy-Authorization': answer });
    assert.equal((await ask(phone, gate, invite)).status, 407);
  }
  const From = `<sip:+12065550199:${PASSWORD}@${host}>;tag=caller`;
  const told = makeRequest('INVITE', `sip:+12065550100:${PASSWORD}@${host}`, phone, { To: `<${uris.to}>`, From });
  assert.equal((await ask(phone, gate, told)).status, 407);
}

/** Every call that the journal tells of, in the list and one by one. */
async function readJournal(gate: TestGate): Promise<string[]> {
  const page = (await gate.api('GET', '/calls?limit=100')) as { calls: { callId: string }[] };
  assert.ok(page.calls.length >= 5);
  const calls = page.calls.map(({ callId }) => gate.api('GET', `/calls/${encodeURIComponent(callId)}`));
  return [page, ...(await Promise.all(calls))].map((answer) => JSON.stringify(answer));
}

/** What is compressed in the journal's file is read as it was before. */
function readFiles(gate: TestGate): [string, Buffer][] {
  const names = globSync('**', { cwd: gate.data, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry): [string, Buffer] => [entry.name, readFileSync(join(entry.parentPath, entry.name))]);
  return [...files, ['journal.db, unpacked', unpackJournal(join(gate.data, 'journal.db'))]];
}

function unpackJournal(file: string): Buffer {
  using database = new DatabaseSync(file, { readOnly: true });
  const tables = ['calls', 'refusals', 'counts'].map((shelf) => `SELECT events FROM ${shelf}_blocks`);
  const rows = database.prepare(tables.join(' UNION ALL ')).all();
  return Buffer.concat(rows.map(({ events }) => zstdDecompressSync(events as Uint8Array)));
}

test('no password, hash of one, key or token shows anywhere but where it has its place', async () => {
  await using gate = await TestGate.start({ flags: ['--log-level', 'trace'], capture: true });
  const client = gate.voiceClient();
  const connector = await openTermination(client);
  await client.send(
    new PutVoiceConnectorTerminationCredentialsCommand({
      VoiceConnectorId: connector.id,
      Credentials: [{ Username: USER, Password: PASSWORD }],
    }),
  );
  client.destroy();
  await placeCalls(gate, connector);
  const answers = [...(await provokeErrors(gate, connector)), await provokeFault(gate, connector)];
  const asked = ['--to', `sip:+12065550100@${connector.host}`, '--user', USER, '--json'];
  const explained = await tollgate('explain', ...asked, '--data', gate.data, '--api', gate.http);
  const journal = await readJournal(gate);
  const metrics = await (await fetch(`${gate.http}/metrics`)).text();
  const running = readFiles(gate);
  assert.equal(await gate.stop(), 0);

  const own = Object.entries(gate.credentials).filter(([name]) => /SECRET|TOKEN|PASSWORD/.test(name));
  assert.equal(own.length, 6);
  const secrets: [string, Buffer[]][] = [
    ['the password', disguises(PASSWORD)],
    ['the wrong password', disguises(WRONG_PASSWORD)],
    ['a hash of the password', hashes(connector.host, PASSWORD)],
    ['a hash of the wrong password', hashes(connector.host, WRONG_PASSWORD)],
    ...own.map(([name, secret = '']): [string, Buffer[]] => [name, disguises(secret)]),
  ];
  const places: [string, Buffer][] = [
    ...running.map(([name, bytes]): [string, Buffer] => [`${name} while it runs`, bytes]),
    ...readFiles(gate),
    ['what the gate printed', Buffer.from(gate.output)],
    ['HTTP answers', Buffer.from(answers.join('\n'))],
    ['the journal', Buffer.from(journal.join('\n'))],
    ['explain', Buffer.from(explained.stdout + explained.stderr)],
    ['/metrics', Buffer.from(metrics)],
  ];
  const find = (needles: readonly Buffer[]): string[] =>
    places.filter(([, bytes]) => needles.some((needle) => bytes.includes(needle))).map(([place]) => place);

  // What is no secret is found where it belongs, so a secret there would be found too.
  const shown = find([Buffer.from(USER)]);
  for (const place of ['ledger.db', 'journal.db, unpacked', 'the journal', 'explain'])
    assert.ok(shown.includes(place), place);
  assert.ok(find([Buffer.from('request')]).includes('what the gate printed'));

  for (const [what, needles] of secrets)
    assert.deepEqual(
      find(needles).filter((place) => !place.startsWith(CREDENTIALS_FILE)),
      [],
      what,
    );
});
