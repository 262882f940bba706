import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configElement, startSbc, subElement, type Send } from '../../../test/support/sbc.ts';
import { diffCandidate, withCandidate } from './candidate.ts';
import { readConfiguration } from './documents.ts';

const ELEMENTS = '/configuration/configElements';

async function put(send: Send, line: string): Promise<void> {
  assert.equal((await send(line)).status, 202);
}

test('the difference tells added, changed and removed elements, attribute by attribute, and no secret', async (t) => {
  const { send, ledger } = await startSbc(t);
  const auth = (password: string) => subElement('auth-attribute', { 'auth-realm': 'a', password });
  const agent = (password: string, changes = {}) =>
    configElement('session-agent', { hostname: 'pbx', ...changes }, auth(password));
  for (const body of [configElement('realm-config', { identifier: 'old' }), agent('Holunder.12')])
    await send(`POST ${ELEMENTS}`, { body });
  assert.equal((await diffCandidate(ledger, 'editing')).unsaved, 2);
  await put(send, 'PUT /configuration/management?action=save');
  await put(send, 'POST /configuration/management?action=activate');
  assert.deepEqual(await diffCandidate(ledger, 'editing'), { candidate: 'editing', unsaved: 0, changes: [] });

  await send(`DELETE ${ELEMENTS}?elementType=realm-config&identifier=old`);
  await send(`PUT ${ELEMENTS}`, { body: agent('Quitte.9', { port: '5070', 'ping-method': '' }) });
  await send(`POST ${ELEMENTS}`, {
    body: configElement('session-group', { 'group-name': 'all', dest: ['pbx', 'other'] }),
  });
  const { unsaved, changes } = await diffCandidate(ledger, 'editing');
  assert.equal(unsaved, 3);
  assert.deepEqual(
    changes.map(({ element, change }) => [element, change]),
    [
      ['realm-config old', 'removed'],
      ['session-agent pbx', 'changed'],
      ['session-group all', 'added'],
    ],
  );
  assert.deepEqual(changes[1]?.attributes, [{ name: 'port', before: ['5060'], after: ['5070'] }]);
  assert.deepEqual(changes[1]?.subElements, [
    {
      element: 'auth-attribute a',
      change: 'changed',
      attributes: [{ name: 'password', before: ['(secret)'], after: ['(secret)'] }],
      subElements: [],
    },
  ]);
  assert.deepEqual(
    changes[2]?.attributes.find(({ name }) => name === 'dest'),
    { name: 'dest', before: null, after: ['pbx', 'other'] },
  );
  assert.deepEqual((await diffCandidate(ledger, 'saved')).changes, []);
});

test('a certificate that came tells that it did', async (t) => {
  const { send, ledger } = await startSbc(t);
  await send(`POST ${ELEMENTS}`, { body: configElement('certificate-record', { name: 'c', 'key-algor': 'ecdsa' }) });
  await put(send, 'PUT /configuration/management?action=save');
  await put(send, 'POST /configuration/management?action=activate');
  await send('PUT /configuration/certificates/generateRequest?recordName=c');
  const { changes } = await diffCandidate(ledger, 'editing');
  assert.deepEqual(changes, [
    { element: 'certificate-record c', change: 'changed', attributes: [], subElements: [], certificate: true },
  ]);
});

test('what compiles the candidate sees it as the running configuration, and everything else as it is', async (t) => {
  const { send, ledger } = await startSbc(t);
  await send(`POST ${ELEMENTS}`, { body: configElement('realm-config', { identifier: 'core' }) });
  const documents = withCandidate(ledger, 'editing');
  const [realm] = await readConfiguration(documents, 'running', 'realm-config');
  assert.deepEqual(realm?.attributes['identifier'], ['core']);
  const [listed] = await documents.list({ dialect: 'oracle', kind: 'running' });
  assert.equal(listed?.kind, 'running');
  const key = { dialect: 'oracle', kind: 'running', id: listed?.id ?? '' };
  assert.equal((await documents.get(key))?.kind, 'running');
  assert.equal(await ledger.get(key), null);
  assert.deepEqual(await withCandidate(ledger, 'saved').list({ dialect: 'oracle', kind: 'running' }), []);
  assert.deepEqual(await documents.list({ dialect: 'amazon', kind: 'running' }), []);
});
