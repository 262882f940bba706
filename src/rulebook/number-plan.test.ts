import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attempt, dialling, line, rulebookOf, termination, trunk, withLines } from '../../test/support/rules.ts';
import type { CallAttempt } from './attempt.ts';
import { decide } from './decide/decide.ts';
import { readCalledNumber, readContext } from './number-plan.ts';

describe('a local number with a phone-context (RFC 3966 §5.1.5)', () => {
  test('of leading digits is the number behind them, and a global number has none', () => {
    for (const [written, read] of [
      ['2079460000;phone-context=+44', '+442079460000'],
      ['(207)946-0000;ext=1;Phone-Context=+44', '+442079460000'],
      ['+12065550100;phone-context=+44', '+12065550100'],
      ['2065550100', '+2065550100'],
    ] as const) {
      const called = readCalledNumber(written, []);
      assert.equal(called?.number, read);
    }
    assert.equal(readContext('alice;phone-context=+44'), 'alice;phone-context=+44');
  });

  test('of a domain, of several or of none that can be read, is no number but in that domain', () => {
    for (const context of ['office.example', '+44;phone-context=+1', '+', '44', ''])
      assert.equal(readCalledNumber(`2065550100;phone-context=${context}`, []), undefined, context);
    assert.equal(readContext('7042;phone-context=Office.Example', ['office.example']), '7042');
    assert.equal(
      readContext('7042;phone-context=office.example', ['one.example']),
      '7042;phone-context=office.example',
    );
  });

  test('leaves emergency numbers what they are: +1911 is no number', () => {
    for (const context of ['+1', 'office.example', '+44;phone-context=+1'])
      assert.equal(readCalledNumber(`911;phone-context=${context}`, ['US'])?.kind, 'emergency');
  });
});

describe('calls to a local number', () => {
  const dialled = (user: string, changes: Partial<CallAttempt> = {}) => {
    const office = trunk({ termination: termination({ dialling: dialling() }) });
    const rulebook = withLines(rulebookOf([office]), [line()]);
    const { reason, called } = decide(
      rulebook,
      attempt({
        ...changes,
        requestUri: { user, host: 'one.example' },
        digest: { outcome: 'valid', username: 'jdoe' },
      }),
      0,
    );
    return [reason, called];
  };

  test('are judged where people dial by the number that it is, and refused where it is of another domain', () => {
    assert.deepEqual(dialled('2079460000;phone-context=+44'), ['call-blocked', '+442079460000']);
    assert.deepEqual(dialled('2001;phone-context=one.example').at(1), '2001');
    for (const user of ['2001;phone-context=two.example', '12065550100;phone-context=two.example'])
      assert.deepEqual(dialled(user), ['called-number-unknown', user]);
  });

  test('of a trunk or a carrier likewise', () => {
    const rulebook = rulebookOf([trunk()]);
    const reasonOf = (user: string, changes: Partial<CallAttempt> = {}) =>
      decide(rulebook, attempt({ ...changes, requestUri: { user, host: 'one.example' } }), 0).reason;
    assert.equal(reasonOf('2079460000;phone-context=+44'), 'country-not-allowed');
    assert.equal(reasonOf('2065550100;phone-context=+1'), 'admitted');
    assert.equal(reasonOf('12065550100;phone-context=one.example'), 'admitted');
    assert.equal(reasonOf('12065550100;phone-context=two.example'), 'called-number-invalid');
    assert.equal(reasonOf('12065550100;phone-context=two.example', { fromCarrier: true }), 'called-number-invalid');
  });
});
