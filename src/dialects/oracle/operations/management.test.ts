import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configElement, lastJob, READER, startSbc, subElement, type Send } from '../../../../test/support/sbc.ts';

const ELEMENTS = '/configuration/configElements';
const MANAGEMENT = '/configuration/management';

const realm = (identifier: string, changes = {}): string => configElement('realm-config', { identifier, ...changes });
const listener = (realmId: string): string =>
  configElement('sip-interface', { 'realm-id': realmId }, subElement('sip-port', { address: '127.0.0.1' }));

async function post(send: Send, ...elements: readonly string[]): Promise<void> {
  for (const body of elements) assert.equal((await send(`POST ${ELEMENTS}`, { body })).status, 200, body);
}

/** Runs an action and tells how it ended, as clients do: 202, then one look. */
async function job(send: Send, line: string) {
  const { status, text } = await send(line);
  assert.equal(status, 202, text);
  assert.match(
    text,
    /<data\/><messages\/><links><link>https:\/\/sbc\.example(:443)?\/rest\/v1\.2\/admin\/asyncstatus<\/link>/,
  );
  return lastJob(send);
}

async function names(send: Send, query = ''): Promise<string[]> {
  const { text } = await send(`GET ${ELEMENTS}?elementType=realm-config${query}`);
  return [...text.matchAll(/<name>identifier<\/name><value>(\w+)/g)].map(([, name = '']) => name);
}

const SUCCESS = (operation: string) => ({ operation, status: 'success', message: '' });

describe('save and activate', () => {
  test('nothing runs before both, and then all of it, in one revision by its author', async (t) => {
    const { send, ledger } = await startSbc(t);
    await post(send, realm('core'), realm('peer'));
    assert.deepEqual(await job(send, `POST ${MANAGEMENT}?action=activate`), SUCCESS('activate'));
    assert.deepEqual(await names(send, '&running=true'), []);
    assert.deepEqual(await job(send, `PUT ${MANAGEMENT}?action=save`), SUCCESS('save'));
    assert.deepEqual(await names(send, '&running=true'), []);
    const before = await ledger.revision();
    await post(send, realm('late'));
    assert.deepEqual(await job(send, `POST ${MANAGEMENT}?action=activate`), SUCCESS('activate'));
    assert.deepEqual(await names(send, '&running=true'), ['core', 'peer']);
    assert.deepEqual(await names(send), ['core', 'late', 'peer']);
    const [, activation] = await ledger.revisionsAfter(before, 10);
    assert.deepEqual([activation?.actor, activation?.operation, activation?.changes.length], ['admin', 'activate', 2]);
    assert.ok(activation?.changes.every(({ key }) => key.kind === 'running'));
  });

  test('what is deleted stops running with the next activation', async (t) => {
    const { send } = await startSbc(t);
    await post(send, realm('core'), realm('peer'));
    for (const line of [`PUT ${MANAGEMENT}?action=save`, `POST ${MANAGEMENT}?action=activate`]) await job(send, line);
    await send(`DELETE ${ELEMENTS}?elementType=realm-config&identifier=peer`);
    assert.deepEqual(await names(send, '&running=true'), ['core', 'peer']);
    for (const line of [`PUT ${MANAGEMENT}?action=save`, `POST ${MANAGEMENT}?action=activate`]) await job(send, line);
    assert.deepEqual(await names(send, '&running=true'), ['core']);
  });

  test('verify names each fault; activate refuses what cannot be carried out and leaves what runs', async (t) => {
    const { send, ledger } = await startSbc(t);
    await post(send, realm('core'), listener('core'));
    for (const line of [`PUT ${MANAGEMENT}?action=save`, `POST ${MANAGEMENT}?action=activate`]) await job(send, line);
    await post(send, realm('peer'), listener('peer'), configElement('access-control', { 'realm-id': 'gone' }));
    const verified = await job(send, `PUT ${MANAGEMENT}?action=verify`);
    assert.equal(verified.status, 'fail');
    assert.match(
      verified.message,
      /access-control gone.*: realm-id names realm-config gone, which does not exist; sip-interface \w+: sip-port UDP 127\.0\.0\.1:5060 overlaps/,
    );
    assert.deepEqual(await job(send, `PUT ${MANAGEMENT}?action=save`), SUCCESS('save'));
    const before = await ledger.revision();
    const activated = await job(send, `POST ${MANAGEMENT}?action=activate`);
    assert.deepEqual([activated.operation, activated.status], ['activate', 'fail']);
    assert.match(activated.message, /realm-config gone/);
    assert.equal(await ledger.revision(), before);
    assert.deepEqual(await names(send, '&running=true'), ['core']);
    const { text } = await send('GET /admin/asyncstatus');
    assert.equal(text.split('<message>').length - 1, 2);
  });

  test('a policy that leads nowhere is told by verify only', async (t) => {
    const { send } = await startSbc(t);
    await post(send, configElement('local-policy'));
    assert.match((await job(send, `PUT ${MANAGEMENT}?action=verify`)).message, /routes nowhere/);
    await job(send, `PUT ${MANAGEMENT}?action=save`);
    assert.deepEqual(await job(send, `POST ${MANAGEMENT}?action=activate`), SUCCESS('activate'));
  });

  test('what the edge cannot do, and what breaks inside, fails the job with its cause', async (t) => {
    const obstacles = ['sip-interface core: sip-port udp 127.0.0.1:5060 is in use'];
    const { send, ledger } = await startSbc(t, {
      obstacles: async () => {
        if (obstacles.length === 0) throw new Error('a secret inside');
        return obstacles;
      },
    });
    await post(send, realm('core'));
    await job(send, `PUT ${MANAGEMENT}?action=save`);
    const before = await ledger.revision();
    const failed = await job(send, `POST ${MANAGEMENT}?action=activate`);
    assert.deepEqual([failed.status, failed.message], ['fail', obstacles[0]]);
    obstacles.length = 0;
    assert.equal((await job(send, `POST ${MANAGEMENT}?action=activate`)).message, 'The request failed inside');
    assert.equal(await ledger.revision(), before);
  });
});

describe('backup and restore', () => {
  test('a backup brings back what its source was, secrets included, until it is replaced', async (t) => {
    const { send, ledger } = await startSbc(t);
    const auth = subElement('auth-attribute', { 'auth-realm': 'a', password: 'Holunder.12' });
    await post(send, realm('core'), configElement('session-agent', { hostname: 'pbx' }, auth));
    const [sealed] = await ledger.list({ dialect: 'oracle', kind: 'editing', prefix: 'session-agent/' });
    const backup = `POST ${MANAGEMENT}?action=backup&backupSource=editing&filename=before.gz`;
    assert.deepEqual(await job(send, backup), SUCCESS('backup'));
    await send(`DELETE ${ELEMENTS}?elementType=session-agent&hostname=pbx`);
    await post(send, realm('peer'));
    const restore = `PUT ${MANAGEMENT}?action=restore&restoreSource=backupFile&filename=before.gz`;
    assert.deepEqual(await job(send, restore), SUCCESS('restore'));
    assert.deepEqual(await names(send), ['core']);
    const [again] = await ledger.list({ dialect: 'oracle', kind: 'editing', prefix: 'session-agent/' });
    assert.deepEqual(again?.body, sealed?.body);
    await post(send, realm('later'));
    await job(send, backup);
    await send(`DELETE ${ELEMENTS}?elementType=realm-config&identifier=later`);
    await job(send, restore.replace('restoreSource', 'restoreType'));
    assert.deepEqual(await names(send), ['core', 'later']);
  });

  test('what is edited can go back to what was saved, or to what runs', async (t) => {
    const { send } = await startSbc(t);
    await post(send, realm('core'));
    for (const line of [`PUT ${MANAGEMENT}?action=save`, `POST ${MANAGEMENT}?action=activate`]) await job(send, line);
    await post(send, realm('saved'));
    await job(send, `PUT ${MANAGEMENT}?action=save`);
    await post(send, realm('edited'));
    await job(send, `PUT ${MANAGEMENT}?action=restore&restoreSource=saved`);
    assert.deepEqual(await names(send), ['core', 'saved']);
    await job(send, `PUT ${MANAGEMENT}?action=restore&restoreSource=running`);
    assert.deepEqual(await names(send), ['core']);
  });

  test('a file is a bare name, a source one of three, and there are a hundred files at most', async (t) => {
    const { send } = await startSbc(t);
    for (const [line, status] of [
      [`PUT ${MANAGEMENT}?action=restore&restoreSource=backupFile&filename=none`, 404],
      [`PUT ${MANAGEMENT}?action=restore&restoreSource=backupFile&filename=../x`, 400],
      [`PUT ${MANAGEMENT}?action=restore&restoreSource=elsewhere`, 400],
      [`PUT ${MANAGEMENT}?action=restore`, 400],
      [`PUT ${MANAGEMENT}?action=activate`, 400],
      [`PUT ${MANAGEMENT}`, 400],
      [`POST ${MANAGEMENT}?action=save`, 400],
      [`POST ${MANAGEMENT}?action=backup&backupSource=editing`, 400],
      [`POST ${MANAGEMENT}?action=backup&filename=x`, 400],
      [`POST ${MANAGEMENT}?action=backup&backupSource=all&filename=x`, 400],
      [`POST ${MANAGEMENT}?action=backup&backupSource=saved&filename=/code/bkups/x`, 400],
    ] as const)
      assert.equal((await send(line)).status, status, line);
    const { message } = await send(`PUT ${MANAGEMENT}?action=restore`);
    assert.equal(message, 'Query parameter restoreSource is missing');
    for (let index = 0; index < 100; index += 1)
      await send(`POST ${MANAGEMENT}?action=backup&backupSource=saved&filename=file${index}`);
    const more = await job(send, `POST ${MANAGEMENT}?action=backup&backupSource=saved&filename=more`);
    assert.deepEqual([more.status, more.message], ['fail', 'There are 100 backups already']);
    const again = await job(send, `POST ${MANAGEMENT}?action=backup&backupSource=saved&filename=file7`);
    assert.equal(again.status, 'success');
  });
});

test('the last job of the whole system is told to everybody who may read', async (t) => {
  const { send, login } = await startSbc(t);
  assert.deepEqual(await lastJob(send), { operation: '', status: '', message: '' });
  await job(send, `PUT ${MANAGEMENT}?action=save`);
  const token = await login(READER);
  assert.deepEqual(await lastJob((line) => send(line, { token })), SUCCESS('save'));
});
