import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { without } from '../../../../test/support/programs.ts';
import { configElement, lastJob, startSbc, subElement, valueOf, type Send } from '../../../../test/support/sbc.ts';
import { loadX509 } from '../../../kit/x509.ts';
import { authoritiesOf, certificateOf } from '../certificates.ts';
import { toElement } from '../documents.ts';

const PROGRAM = 'openssl';
const skip = without(PROGRAM);
const ELEMENTS = '/configuration/configElements';
const IMPORT = 'PUT /configuration/certificates/import';

let folder = '';
const file = (name: string): string => join(folder, name);
const openssl = (...args: readonly string[]): string =>
  execFileSync(PROGRAM, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** An authority of the customer's, as OpenSSL makes one. */
before(() => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'sbc-ca-'));
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca.key'];
  openssl('req', '-x509', ...key, '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '3650', '-set_serial', '7');
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Has the authority sign a request. */
function sign(request: string): string {
  writeFileSync(file('request.pem'), request);
  const certificate = openssl(
    'x509',
    '-req',
    '-in',
    'request.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-copy_extensions',
    'copy',
    '-days',
    '3650',
  );
  writeFileSync(file('signed.pem'), certificate);
  return certificate;
}

/** A certificate for the key of a request that ended long ago. */
async function expiredFor(request: string): Promise<string> {
  const { Pkcs10CertificateRequest, X509CertificateGenerator } = await loadX509();
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['sign']);
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=sip.example.com',
    issuer: 'CN=Test CA',
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2021-01-01'),
    publicKey: new Pkcs10CertificateRequest(request).publicKey,
    signingKey: privateKey,
    signingAlgorithm: algorithm,
  });
  return certificate.toString('pem');
}

const record = (values: Record<string, string> = {}): string =>
  configElement('certificate-record', {
    name: 'gate',
    'common-name': 'sip.example.com',
    'key-algor': 'ecdsa',
    ...values,
  });

function importOf(certificate: string, { format = 'x509', name = 'gate', overwrite = '' } = {}): string {
  const last = overwrite === '' ? '' : `<overwrite>${overwrite}</overwrite>`;
  return `<ImportCertificate><recordName>${name}</recordName><format>${format}</format><certificateRequest>${certificate}</certificateRequest>${last}</ImportCertificate>`;
}

async function requestFor(send: Send, name = 'gate'): Promise<string> {
  const { status, text } = await send(`PUT /configuration/certificates/generateRequest?recordName=${name}`);
  assert.equal(status, 200, text);
  assert.match(
    text,
    new RegExp(
      `<data><CertificateRequest><recordName>${name}</recordName><certificateSignedRequest>-----BEGIN CERTIFICATE REQUEST`,
    ),
  );
  return valueOf(text, 'certificateSignedRequest');
}

describe('requests', { skip }, () => {
  test('say what the record says, and OpenSSL can read and check them', async (t) => {
    const { send, ledger } = await startSbc(t);
    const values = {
      country: 'DE',
      state: 'Berlin',
      organization: 'Acme',
      unit: 'Voice',
      'alternate-name': 'DNS:b.example.com,IP:192.0.2.1',
    };
    await send(`POST ${ELEMENTS}`, { body: record(values) });
    writeFileSync(file('csr.pem'), await requestFor(send));
    const text = openssl('req', '-in', 'csr.pem', '-noout', '-text', '-verify', '-nameopt', 'RFC2253');
    assert.match(text, /Subject: CN=sip\.example\.com,OU=Voice,O=Acme,L=Burlington,ST=Berlin,C=DE/);
    assert.match(text, /id-ecPublicKey/);
    assert.match(text, /DNS:b\.example\.com, IP Address:192\.0\.2\.1/);
    assert.match(text, /Digital Signature, Key Encipherment/);
    assert.match(text, /TLS Web Server Authentication/);
    const stored = JSON.stringify(await ledger.list({ dialect: 'oracle', kind: 'editing' }));
    assert.doesNotMatch(stored, /PRIVATE KEY/);
    assert.match(stored, /"requestKey":"[A-Za-z0-9+/=]+"/);
    assert.doesNotMatch((await send(`GET ${ELEMENTS}?elementType=certificate-record`)).text, /requestKey|PRIVATE/);
  });

  test('RSA keys have the length asked for, and 2048 bits at least', async (t) => {
    const { send } = await startSbc(t);
    await send(`POST ${ELEMENTS}`, { body: record({ 'key-algor': 'rsa', 'key-size': '1024' }) });
    const path = 'PUT /configuration/certificates/generateRequest';
    const short = await send(`${path}?recordName=gate`);
    assert.deepEqual([short.status, short.message], [400, 'key-size must be at least 2048']);
    await send(`PUT ${ELEMENTS}`, { body: record({ 'key-size': '2048', 'key-algor': 'rsa' }) });
    writeFileSync(file('csr.pem'), await requestFor(send));
    assert.match(openssl('req', '-in', 'csr.pem', '-noout', '-text'), /Public-Key: \(2048 bit\)/);
    assert.equal((await send(`${path}?recordName=none`)).status, 404);
    assert.equal((await send(path)).status, 400);
  });
});

describe('imports', { skip }, () => {
  test("a signed certificate comes back, opens TLS once it is active, and its key is nobody else's", async (t) => {
    const { send, ledger, sealer } = await startSbc(t);
    const inside = subElement('sip-port', { address: '127.0.0.1', 'transport-protocol': 'TLS', 'tls-profile': 'tls' });
    for (const body of [
      record({ 'alternate-name': 'sip.example.com' }),
      configElement('tls-profile', { name: 'tls', 'end-entity-certificate': 'gate' }),
      configElement('realm-config', { identifier: 'core' }),
      configElement('sip-interface', { 'realm-id': 'core' }, inside),
    ])
      await send(`POST ${ELEMENTS}`, { body });
    const signed = sign(await requestFor(send));
    await send('PUT /configuration/management?action=verify');
    assert.match(
      (await lastJob(send)).message,
      /tls-profile names tls-profile tls, for whose certificate-record gate none was imported/,
    );
    // As `curl -d@request.xml` sends it.
    const imported = await send(IMPORT, { body: importOf(signed.replaceAll('\n', '')) });
    assert.equal(imported.status, 200, imported.text);
    assert.equal(valueOf(imported.text, 'certificateRecord'), 'gate');
    await send('PUT /configuration/management?action=verify');
    assert.equal((await lastJob(send)).status, 'success');
    for (const line of ['PUT /configuration/management?action=save', 'POST /configuration/management?action=activate'])
      await send(line);

    const [document] = await ledger.list({ dialect: 'oracle', kind: 'running', prefix: 'certificate-record/' });
    assert.ok(document);
    const pair = certificateOf(toElement(document), sealer);
    assert.ok(pair);
    const server = createServer(pair).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const ca = readFileSync(file('ca.pem'), 'utf8');
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'sip.example.com' });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    assert.equal(socket.authorized, true);
    socket.destroy();
    server.close();

    const detail = await send('GET /configuration/certificates?recordName=gate&format=detail');
    assert.match(detail.text, /<certificateRecord>gate<.*<issuer>CN=Test CA<.*<notAfter>20\d\d-/s);
    const pem = await send('GET /configuration/certificates?format=pem&recordName=gate');
    assert.equal(valueOf(pem.text.replace(/<data>/, ''), 'data').trim(), signed.trim());
    for (const query of ['recordName=gate&format=der', 'recordName=none&format=pem'])
      assert.equal((await send(`GET /configuration/certificates?${query}`)).status, 404, query);
  });

  test('PKCS #7 brings the chain, the certificate of the key first', async (t) => {
    const { send, ledger } = await startSbc(t);
    await send(`POST ${ELEMENTS}`, { body: record() });
    sign(await requestFor(send));
    const bundle = openssl('crl2pkcs7', '-nocrl', '-certfile', 'ca.pem', '-certfile', 'signed.pem');
    assert.equal((await send(IMPORT, { body: importOf(bundle) })).status, 400);
    for (const [format, overwrite] of [
      ['pkcs7', ''],
      ['try-all', 'true'],
    ] as const) {
      const { status, text } = await send(IMPORT, { body: importOf(bundle, { format, overwrite }) });
      assert.equal(status, 200, text);
      const [document] = await ledger.list({ dialect: 'oracle', kind: 'editing' });
      const subjects = toElement(document ?? assert.fail()).certificate?.chain.map(
        (pem) => new X509Certificate(pem).subject,
      );
      assert.match(subjects?.[0] ?? '', /CN=sip\.example\.com/);
      assert.deepEqual(subjects?.slice(1), ['CN=Test CA']);
    }
  });

  test('a renewal serves the old certificate until the new one has come, and asks for overwrite', async (t) => {
    const { send, ledger, sealer } = await startSbc(t);
    const held = async () => {
      const [document] = await ledger.list({ dialect: 'oracle', kind: 'editing' });
      return certificateOf(toElement(document ?? assert.fail()), sealer);
    };
    await send(`POST ${ELEMENTS}`, { body: record() });
    await send(IMPORT, { body: importOf(sign(await requestFor(send))) });
    const first = await held();
    const renewed = sign(await requestFor(send));
    assert.deepEqual(await held(), first);
    const refused = await send(IMPORT, { body: importOf(renewed) });
    assert.deepEqual([refused.status, /overwrite must be true/.test(refused.message ?? '')], [400, true]);
    assert.equal((await send(IMPORT, { body: importOf(renewed, { overwrite: 'true' }) })).status, 200);
    const second = await held();
    assert.notEqual(second?.key, first?.key);
    // The authority may also sign the same key again.
    assert.equal((await send(IMPORT, { body: importOf(renewed, { overwrite: 'true' }) })).status, 200);
    assert.deepEqual(await held(), second);
    await send(`PUT ${ELEMENTS}`, { body: record({ 'key-size': '4096' }) });
    assert.deepEqual(await held(), second);
  });

  test("without a key it is an authority; another key's, an expired one and what is none are refused", async (t) => {
    const { send, ledger } = await startSbc(t);
    await send(`POST ${ELEMENTS}`, { body: record() });
    const csr = await requestFor(send);
    const authority = readFileSync(file('ca.pem'), 'utf8');
    const expired = await expiredFor(csr);
    const untouched = await ledger.revision();
    for (const [body, message] of [
      [importOf(authority), /does not belong to the key/],
      [importOf(expired), /ended at 2021-01-01/],
      [importOf('nonsense'), /holds no certificate/],
      [importOf('-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----'), /no X\.509 certificate/],
      [importOf('-----BEGIN PKCS7-----AAAA-----END PKCS7-----', { format: 'pkcs7' }), /no PKCS #7/],
      [importOf(authority.repeat(11)), /At most 10/],
      [importOf(authority, { format: 'pkcs12' }), /format must be/],
      [importOf(authority, { name: '' }), /recordName is missing/],
      ['', /request body not found/],
    ] as const) {
      const reply = await send(IMPORT, { body });
      assert.equal(reply.status, 400, reply.text);
      assert.match(reply.message ?? '', message);
    }
    assert.equal((await send(IMPORT, { body: importOf(authority, { name: 'none' }) })).status, 404);
    assert.equal(await ledger.revision(), untouched);
    await send(`POST ${ELEMENTS}`, { body: record({ name: 'ca' }) });
    assert.equal((await send(IMPORT, { body: importOf(authority, { name: 'ca' }) })).status, 200);
    const documents = await ledger.list({ dialect: 'oracle', kind: 'editing' });
    const found = documents.map(toElement).find(({ attributes }) => attributes['name']?.[0] === 'ca');
    assert.equal(found && authoritiesOf(found).trim(), authority.trim());
  });
});
