import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearest } from './nearest.ts';

describe('nearest', () => {
  const names = ['http', 'https', 'sip', 'carriers', 'log-level'];

  test('finds the name that was meant', () => {
    assert.equal(nearest('htpp', names), 'http');
    assert.equal(nearest('carrier', names), 'carriers');
    assert.equal(nearest('loglevel', names), 'log-level');
  });

  test('keeps quiet when nothing is close', () => {
    assert.equal(nearest('bananas', names), undefined);
    assert.equal(nearest('', names), undefined);
    assert.equal(nearest('x'.repeat(10_000), names), undefined);
  });
});
