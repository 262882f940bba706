import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { loadControlCredentials } from './control-credentials.ts';
import { loadSecretKeys } from './secret-key.ts';

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-data-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('control credentials', () => {
  test('are made on first start in the shapes that clients expect, and kept', (t) => {
    const folder = join(dataFolder(t), 'not', 'there', 'yet');
    const made = loadControlCredentials(folder, {});
    assert.match(made.awsAccountId, /^[1-9]\d{11}$/);
    assert.match(made.awsAccessKeyId, /^AKIA[A-Z2-7]{16}$/);
    assert.match(made.awsSecretAccessKey, /^[A-Za-z0-9]{40}$/);
    assert.match(made.twilioAccountSid, /^AC[0-9a-f]{32}$/);
    assert.ok(made.adminToken.length >= 40);
    assert.deepEqual(loadControlCredentials(folder, {}), made);
    assert.equal(statSync(join(folder, 'credentials.env')).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder), ['credentials.env']);
  });

  test('differ from one data folder to the next', (t) => {
    const [first, second] = [dataFolder(t), dataFolder(t)].map((folder) => loadControlCredentials(folder, {}));
    assert.notEqual(first?.awsSecretAccessKey, second?.awsSecretAccessKey);
    assert.notEqual(first?.adminToken, second?.adminToken);
  });

  test('that were given win, and never reach the disk', (t) => {
    const folder = dataFolder(t);
    const credentials = loadControlCredentials(folder, { adminToken: 'given-token' });
    assert.equal(credentials.adminToken, 'given-token');
    assert.doesNotMatch(readFileSync(join(folder, 'credentials.env'), 'utf8'), /given-token|ADMIN/);
    assert.notEqual(loadControlCredentials(folder, {}).adminToken, 'given-token');
    assert.equal(loadControlCredentials(folder, {}).awsAccessKeyId, credentials.awsAccessKeyId);
  });

  test('are completed when the file lacks some', (t) => {
    const folder = dataFolder(t);
    writeFileSync(join(folder, 'credentials.env'), 'TOLLGATE_AWS_ACCESS_KEY_ID=AKIAMINE\n# mine\n');
    const credentials = loadControlCredentials(folder, {});
    assert.equal(credentials.awsAccessKeyId, 'AKIAMINE');
    assert.ok(credentials.webexAccessToken);
    assert.deepEqual(loadControlCredentials(folder, {}), credentials);
  });
});

describe('secret key', () => {
  test('is made once, kept to the owner, and gives two different keys', (t) => {
    const folder = dataFolder(t);
    const keys = loadSecretKeys(folder, false);
    assert.equal(keys.sealing.length, 32);
    assert.equal(keys.nonce.length, 32);
    assert.ok(!keys.sealing.equals(keys.nonce));
    assert.deepEqual(loadSecretKeys(folder, true), keys);
    assert.equal(statSync(join(folder, 'secret.key')).mode & 0o777, 0o600);
    assert.match(readFileSync(join(folder, 'secret.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
  });

  test('is not replaced while a ledger needs the old one', (t) => {
    const folder = dataFolder(t);
    assert.throws(() => loadSecretKeys(folder, true), /secret\.key is missing, but there is a ledger/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('is refused when damaged, without repeating it', (t) => {
    const folder = dataFolder(t);
    writeFileSync(join(folder, 'secret.key'), 'abcd');
    assert.throws(
      () => loadSecretKeys(folder, true),
      (error: Error) => !error.message.includes('abcd'),
    );
  });
});
