import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TrustTerms } from '../../rulebook/access.ts';
import { TrustLevels } from './trust-levels.ts';

const TERMS: TrustTerms = {
  level: 'low',
  bytesPerSecond: 0,
  invalidMessages: 2,
  trustedMessages: 5,
  untrustedMessages: 3,
  trustedFailures: 0,
  untrustedFailures: 0,
  denySeconds: 30,
  windowSeconds: 10,
  rule: { resource: 'realm one', field: 'trust' },
};

/** One sender under changed terms, at times in seconds. */
function sender(changes: Partial<TrustTerms> = {}) {
  const levels = new TrustLevels();
  const terms = { ...TERMS, ...changes };
  return {
    send: (seconds = 0, times = 1, bytes = 100) => {
      let last = '';
      for (let count = 0; count < times; count += 1) last = levels.takes('a', terms, bytes, seconds * 1000);
      return last;
    },
    fault: (fault: 'invalid' | 'refused', seconds = 0) => levels.fault('a', terms, fault, seconds * 1000),
    prove: (seconds = 0) => levels.proved('a', terms, seconds * 1000),
    trusted: () => levels.isTrusted('a', terms),
    cause: (seconds = 0) => levels.denial('a', terms, seconds * 1000)?.cause,
    levels,
    terms,
  };
}

describe('TrustLevels', () => {
  test('none neither gains nor loses anything', () => {
    const { send, prove, trusted, fault } = sender({ level: 'none' });
    assert.equal(send(0, 1000), 'yes');
    for (let count = 0; count < 10; count += 1) fault('invalid');
    prove();
    assert.equal(trusted(), false);
    assert.equal(send(), 'yes');
  });

  test('low goes from untrusted to denied, and is heard again, untrusted, after the deny-period', () => {
    const { send, cause, trusted } = sender();
    assert.equal(send(0, 3), 'yes');
    assert.equal(send(), 'denied');
    assert.equal(cause(), 'too many messages');
    assert.equal(send(29.9), 'denied');
    assert.equal(send(30), 'yes');
    assert.equal(trusted(), false);
  });

  test('low goes from trusted to untrusted first, with a window of its own', () => {
    const { send, prove, trusted } = sender();
    prove();
    assert.equal(trusted(), true);
    assert.equal(send(0, 5), 'yes');
    assert.equal(trusted(), true);
    assert.equal(send(), 'yes');
    assert.equal(trusted(), false);
    assert.equal(send(0, 3), 'yes');
    assert.equal(send(), 'denied');
  });

  test('medium is never denied', () => {
    const { send, prove, trusted } = sender({ level: 'medium' });
    prove();
    assert.equal(send(0, 100), 'yes');
    assert.equal(trusted(), false);
  });

  test('high is trusted whatever it sends', () => {
    const { send, trusted, fault } = sender({ level: 'high' });
    assert.equal(send(0, 100), 'yes');
    for (let count = 0; count < 10; count += 1) fault('invalid');
    assert.equal(trusted(), true);
  });

  test('counts anew in each window', () => {
    const { send } = sender();
    assert.equal(send(0, 3), 'yes');
    assert.equal(send(10, 3), 'yes');
    assert.equal(send(20, 3), 'yes');
  });

  test('a threshold of 0 is off', () => {
    const { send, fault } = sender({ untrustedMessages: 0, invalidMessages: 0 });
    assert.equal(send(0, 1000), 'yes');
    for (let count = 0; count < 10; count += 1) assert.equal(fault('invalid'), false);
  });

  test('invalid messages cost a rank each time there are too many', () => {
    const { fault, prove, trusted, cause } = sender();
    prove();
    assert.deepEqual([fault('invalid'), fault('invalid'), fault('invalid')], [false, false, false]);
    assert.equal(trusted(), false);
    assert.deepEqual([fault('invalid'), fault('invalid'), fault('invalid')], [false, false, true]);
    assert.equal(cause(), 'too many invalid messages');
  });

  test('calls above a limit count as invalid, unless they have thresholds of their own', () => {
    const plain = sender();
    assert.deepEqual(
      [1, 2, 3].map(() => plain.fault('refused')),
      [false, false, true],
    );
    const own = sender({ untrustedFailures: 1 });
    assert.deepEqual(
      [1, 2].map(() => own.fault('refused')),
      [false, true],
    );
    assert.equal(own.cause(), 'too many calls above a limit');
  });

  test('holds trusted senders to their rate over time', () => {
    const { send } = sender({ level: 'high', bytesPerSecond: 5000 });
    assert.equal(send(0, 50), 'yes');
    assert.equal(send(), 'too-fast');
    assert.equal(send(0.5, 25), 'yes');
    assert.equal(send(0.5), 'too-fast');
    assert.equal(send(1.02), 'yes');
  });

  test('a denial ends with the rule that asked for it', () => {
    const { send, levels, terms } = sender();
    send(0, 4);
    assert.equal(levels.takes('a', { ...terms, level: 'medium' }, 1, 0), 'yes');
  });
});
