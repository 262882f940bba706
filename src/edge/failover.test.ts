import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { better, isOfServer, meaningOf, statusForCaller } from './failover.ts';

describe('6.2, 6.3 what an answer of a target means', () => {
  test('6.2 503 tries the next address, and like 408 and every 5xx the next target', () => {
    for (const status of [408, 500, 501, 502, 503, 504, 513, 580, 599])
      assert.equal(meaningOf(status), 'next', `${status}`);
    assert.deepEqual([503, 500, 408].map(isOfServer), [true, false, false]);
  });

  test('6.3 what the callee or the request is to blame for is final, and so are redirections', () => {
    for (const status of [
      300, 302, 399, 400, 401, 403, 404, 407, 410, 480, 484, 486, 487, 488, 499, 600, 603, 608, 699,
    ])
      assert.equal(meaningOf(status), 'final', `${status}`);
  });

  test("6.3 a route's own rows come first", () => {
    const own = [
      { from: 480, to: 480, meaning: 'next' },
      { from: 500, to: 500, meaning: 'final' },
    ] as const;
    assert.deepEqual(
      [480, 486, 500, 502].map((status) => meaningOf(status, own)),
      ['next', 'final', 'final', 'next'],
    );
  });

  test('4.14 but nothing makes a 6xx go on', () => {
    assert.equal(meaningOf(603, [{ from: 300, to: 699, meaning: 'next' }]), 'final');
  });

  test('4.13, 4.22 a 503 is shown as 500, a redirection as 480, all else as it is', () => {
    const shown = [302, 404, 408, 486, 500, 503, 504, 603].map(statusForCaller);
    assert.deepEqual(shown, [480, 404, 408, 486, 500, 500, 504, 603]);
  });

  test('4.12 the best answer: 6xx, then the lowest class, then what the caller can mend', () => {
    assert.equal(better(503, 600), 600);
    assert.equal(better(500, 486), 486);
    assert.equal(better(486, 407), 407);
    assert.equal(better(408, 500), 408);
    assert.equal(better(500, 502), 500, 'the first of equals');
  });
});
