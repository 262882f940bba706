import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { loadCertificate, type CertificateOptions, type ServerCertificate } from './certificate.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY = 24 * 60 * 60 * 1000;

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function load(folder: string, changes: Partial<CertificateOptions> = {}): Promise<ServerCertificate> {
  return loadCertificate({ folder, names: ['gate.example'], own: null, now: NOW, ...changes });
}

describe('certificate', () => {
  test('is made on first start, signed by a local authority, for every name', async (t) => {
    const folder = dataFolder(t);
    const { cert, authorityFile } = await load(folder, { names: ['gate.example', '2001:DB8::1', '127.0.0.1'] });
    const leaf = new X509Certificate(cert);
    const authority = new X509Certificate(readFileSync(authorityFile ?? ''));
    assert.ok(leaf.checkIssued(authority) && leaf.verify(authority.publicKey));
    assert.ok(authority.ca && !leaf.ca);
    assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.ok(leaf.checkHost('localhost') && leaf.checkHost('gate.example'));
    for (const address of ['127.0.0.1', '::1', '2001:db8::1']) assert.ok(leaf.checkIP(address), address);
    assert.ok(!leaf.checkHost('other.example'));
  });

  test('keeps its keys to the owner', async (t) => {
    const folder = dataFolder(t);
    await load(folder);
    const mode = (file: string): number => statSync(join(folder, 'tls', file)).mode & 0o777;
    assert.equal(mode('key.pem'), 0o600);
    assert.equal(mode('ca-key.pem'), 0o600);
  });

  test('stays the same from start to start', async (t) => {
    const folder = dataFolder(t);
    assert.deepEqual(await load(folder), await load(folder, { now: NOW + 100 * DAY }));
  });

  test('is made anew, by the same authority, when names change or the end is near', async (t) => {
    const folder = dataFolder(t);
    const first = await load(folder);
    const authority = readFileSync(join(folder, 'tls', 'ca.pem'), 'utf8');
    const renamed = await load(folder, { names: ['other.example'] });
    assert.notEqual(renamed.cert, first.cert);
    const renewed = await load(folder, { names: ['other.example'], now: NOW + 800 * DAY });
    assert.notEqual(renewed.cert, renamed.cert);
    assert.ok(new X509Certificate(renewed.cert).validToDate.getTime() > NOW + 1600 * DAY);
    assert.equal(readFileSync(join(folder, 'tls', 'ca.pem'), 'utf8'), authority);
  });

  test('comes from a new authority when the old one ends or is damaged', async (t) => {
    const folder = dataFolder(t);
    const first = await load(folder);
    const late = await load(folder, { now: NOW + 3640 * DAY });
    assert.notEqual(late.cert, first.cert);
    writeFileSync(join(folder, 'tls', 'ca.pem'), 'not a certificate');
    const repaired = await load(folder, { now: NOW + 3640 * DAY });
    const authority = new X509Certificate(readFileSync(repaired.authorityFile ?? ''));
    assert.ok(new X509Certificate(repaired.cert).checkIssued(authority));
  });

  test('gives way to own files', async (t) => {
    const folder = dataFolder(t);
    const made = await load(folder);
    const own = { cert: join(folder, 'own.pem'), key: join(folder, 'own-key.pem') };
    writeFileSync(own.cert, made.cert);
    writeFileSync(own.key, made.key);
    assert.deepEqual(await load(folder, { own }), { cert: made.cert, key: made.key, authorityFile: null });
  });

  test('says what is wrong with own files', async (t) => {
    const folder = dataFolder(t);
    const own = { cert: join(folder, 'own.pem'), key: join(folder, 'tls', 'ca-key.pem') };
    await assert.rejects(load(folder, { own }), /own\.pem is not there/);
    writeFileSync(own.cert, (await load(folder)).cert);
    await assert.rejects(load(folder, { own }), /are not a PEM certificate and its key/);
  });
});
