import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADMIN, configElement, READER, startSbc, valueOf } from '../../../test/support/sbc.ts';
import { OPERATIONS } from './operations.ts';

const GROUP = configElement('session-group', { 'group-name': 'all' });
const ELEMENTS = '/configuration/configElements';

describe('who asks', () => {
  test('without a token, or with a wrong one, every operation is 401 before anything is read', async (t) => {
    const { send, ledger } = await startSbc(t);
    for (const { method, path } of OPERATIONS)
      for (const token of ['', 'wrong', 'A'.repeat(4000)]) {
        const { status, message } = await send(`${method} ${path}`, { token });
        assert.deepEqual([status, message], [401, 'Client not authorized.'], `${method} ${path}`);
      }
    assert.equal((await send(`GET /system/status`, { headers: { authorization: 'Basic x' } })).status, 401);
    assert.equal((await send('GET /rest/api/supportedversions', { token: '' })).status, 401);
    assert.equal((await send('GET /rest/anything', { token: '' })).status, 401);
    assert.equal(await ledger.revision(), 0);
  });

  test('a token takes the right password of a user who is there', async (t) => {
    const { send, login } = await startSbc(t);
    for (const authorization of [
      '',
      'Basic',
      'Basic Og==',
      `Basic ${btoa('admin:wrong')}`,
      `Bearer ${btoa('admin')}`,
    ]) {
      const { status, message } = await send('POST /auth/token', { headers: { authorization } });
      assert.deepEqual([status, message], [401, 'Client not authorized.']);
    }
    const token = await login(ADMIN);
    assert.match(token, /^[\w-]+$/);
    assert.match(Buffer.from(token, 'base64url').toString(), /^admin,admin,2026-11-21 12:00:00/);
  });

  test('a user who is no administrator reads, and changes nothing', async (t) => {
    const { send, login, ledger } = await startSbc(t);
    const token = await login(READER);
    for (const { name, method, path, admin } of OPERATIONS) {
      const { status, message } = await send(`${method} ${path}`, { token });
      if (admin) assert.deepEqual([status, message], [403, 'Administrator privileges are required'], name);
      else assert.ok([200, 400].includes(status), `${name}: ${status}`);
    }
    assert.ok(OPERATIONS.every(({ method, admin }) => admin === (method !== 'GET')));
    assert.equal(await ledger.revision(), 0);
  });

  test('what changes the configuration needs the lock', async (t) => {
    const { send } = await startSbc(t);
    await send('POST /configuration/unlock');
    for (const { name, method, path, lock } of OPERATIONS.filter((operation) => operation.lock)) {
      const { status, message } = await send(`${method} ${path}`, { body: '<broken' });
      assert.deepEqual([status, message, lock], [423, 'User does not have the lock', true], name);
    }
  });
});

describe('what is asked', () => {
  test('each of the three versions is served alike, others are not', async (t) => {
    const { send } = await startSbc(t);
    const { text } = await send('GET /rest/api/supportedversions');
    assert.equal(valueOf(text, 'latestVersion'), 'v1.2');
    assert.match(text, /<otherVersions><version>v1.0<\/version><version>v1.1<\/version><\/otherVersions>/);
    for (const version of ['v1.0', 'v1.1', 'v1.2']) {
      assert.equal((await send(`GET /rest/${version}/system/status`)).status, 200);
      const authorization = `Basic ${btoa(`${ADMIN.name}:${ADMIN.password}`)}`;
      assert.equal((await send(`POST /rest/${version}/auth/token`, { headers: { authorization } })).status, 200);
    }
    for (const version of ['v1.3', 'v1', 'api'])
      assert.equal((await send(`GET /rest/${version}/system/status`)).status, 404, version);
  });

  test('another method is 405, another path 404, and both say so', async (t) => {
    const { send } = await startSbc(t);
    for (const line of [
      'PATCH /configuration/lock',
      'GET /configuration/lock',
      'PUT /auth/token',
      'DELETE /system/status',
    ])
      assert.match((await send(line)).message ?? '', /is not allowed here, only \w+/, line);
    assert.equal((await send('POST /rest/api/supportedversions')).status, 405);
    for (const line of ['GET /', 'GET /configuration', 'GET /rest', 'POST /configuration/lock/more', 'GET /licenses'])
      assert.deepEqual(
        [(await send(line)).status, (await send(line)).message],
        [404, 'There is no such resource'],
        line,
      );
  });

  test('XML is spoken only: 406 and 415, but not for what real clients leave out or curl adds', async (t) => {
    const { send } = await startSbc(t);
    const put = (headers: Record<string, string>) =>
      send(`PUT ${ELEMENTS}`, { headers, body: GROUP }).then(({ status }) => status);
    await send(`POST ${ELEMENTS}`, { body: GROUP });
    for (const type of [
      'application/xml',
      'application/xml; charset=utf-8',
      'text/xml',
      'application/x-www-form-urlencoded',
    ])
      assert.equal(await put({ 'content-type': type }), 200, type);
    assert.equal(await put({}), 200);
    for (const type of ['application/json', 'xml', 'multipart/form-data; boundary=x'])
      assert.equal(await put({ 'content-type': type }), 415, type);
    for (const accept of ['application/xml', '*/*', 'text/html, application/xml;q=0.9'])
      assert.equal(await put({ accept }), 200, accept);
    for (const accept of ['application/json', 'text/html']) assert.equal(await put({ accept }), 406, accept);
  });

  test('what is not UTF-8 is refused: a password in it would be another', async (t) => {
    const { send, ledger } = await startSbc(t);
    const text = configElement('session-group', { 'group-name': 'all', description: 'Köln' });
    const latin = await send(`POST ${ELEMENTS}`, { body: Buffer.from(text, 'latin1') });
    assert.deepEqual([latin.status, latin.message], [400, 'The request body is not UTF-8']);
    assert.equal(await ledger.revision(), 0);
    const marked = await send(`POST ${ELEMENTS}`, { body: Buffer.from(`\uFEFF${text}`) });
    assert.match(marked.text, /<value>Köln</);
  });

  test('every refusal is XML with an errorMessage, and repeats no body', async (t) => {
    const { send, ledger } = await startSbc(t);
    const huge = 'x'.repeat(1_048_577);
    for (const [line, body, status] of [
      [`POST ${ELEMENTS}`, huge, 413],
      ['PUT /configuration/bootparams', huge, 413],
      [`POST ${ELEMENTS}`, '', 400],
      [`POST ${ELEMENTS}`, '{"elementType":"realm-config"}', 400],
      [`POST ${ELEMENTS}`, '<configElement><elementType>realm-config</elementType>', 400],
      [`POST ${ELEMENTS}`, '<configElement/>', 400],
      [`POST ${ELEMENTS}`, configElement('no-such-type'), 404],
      [`POST ${ELEMENTS}`, configElement('constructor'), 404],
      [`PUT ${ELEMENTS}`, GROUP, 404],
      [`DELETE ${ELEMENTS}?elementType=session-group&group-name=all`, '', 404],
      [`GET ${ELEMENTS}?elementType=%zz`, '', 400],
      [`GET ${ELEMENTS}`, '', 400],
      [`GET ${ELEMENTS}?elementType=a&elementType=b`, '', 400],
    ] as const) {
      const reply = await send(line, { ...(body !== '' && { body }) });
      assert.equal(reply.status, status, `${line}: ${reply.text.slice(0, 300)}`);
      assert.ok(reply.message, line);
      assert.equal(reply.headers['content-type'], 'application/xml');
      assert.ok(reply.text.length < 1000, line);
    }
    assert.equal(await ledger.revision(), 0);
  });
});
