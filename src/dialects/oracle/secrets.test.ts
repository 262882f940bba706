import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSealer } from '../../kit/seal.ts';
import type { Element } from './element.ts';
import { sessionAgent } from './element-types/session-agent.ts';
import { keepSecrets, openSecret } from './secrets.ts';

const sealer = createSealer(Buffer.alloc(32, 7));

function agent(...realms: [realm: string, password?: string][]): Element {
  const subElements = realms.map(([realm, password]) => ({
    type: 'auth-attribute',
    attributes: { 'auth-realm': [realm], ...(password !== undefined && { password: [password] }) },
    subElements: [],
  }));
  return { type: 'session-agent', attributes: { hostname: ['pbx'] }, subElements };
}

function passwords(element: Element): string[] {
  return element.subElements.map((child) => openSecret(child, 'password', sealer));
}

test('a password is sealed, and what is shown empty and written back does not erase it', () => {
  const first = keepSecrets(agent(['a', 'Kirschkern'], ['b', 'Pflaume']), sessionAgent, null, sealer);
  assert.doesNotMatch(JSON.stringify(first), /Kirschkern|Pflaume/);
  assert.deepEqual(passwords(first), ['Kirschkern', 'Pflaume']);
  const again = keepSecrets(agent(['b', ''], ['a']), sessionAgent, first, sealer);
  assert.deepEqual(passwords(again), ['Pflaume', 'Kirschkern']);
});

test('another value replaces it; one of another realm begins without', () => {
  const first = keepSecrets(agent(['a', 'Kirschkern']), sessionAgent, null, sealer);
  assert.deepEqual(passwords(keepSecrets(agent(['a', 'Quitte'], ['c', '']), sessionAgent, first, sealer)), [
    'Quitte',
    '',
  ]);
});

test('an element that was not touched stays as it was, to the byte', () => {
  const first = keepSecrets(agent(['a', 'Kirschkern']), sessionAgent, null, sealer);
  assert.deepEqual(keepSecrets(first, sessionAgent, first, sealer), first);
});
