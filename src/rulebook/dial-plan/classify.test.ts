import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classify, type DialContext } from './classify.ts';
import { TABLE } from './classify.table.ts';
import type { CallType } from './dial-plan.ts';
import { COUNTRIES_WITH_PLAN } from './plans.ts';

interface Row {
  readonly country: string;
  readonly type: CallType;
  readonly dialled: string;
}

const ROWS: readonly Row[] = Object.entries(TABLE).flatMap(([country, types]) =>
  Object.entries(types).flatMap(([type, numbers]) =>
    numbers.split(' ').map((dialled) => ({ country, type: type as CallType, dialled })),
  ),
);

function context(country: string, more: Partial<DialContext> = {}): DialContext {
  return { country, outsideDialDigit: null, enforceOutsideDialDigit: false, isInternal: () => false, ...more };
}

describe('what kind of call a dialled number makes', () => {
  it('has a table of at least 400 numbers, and a column for every country with a plan', () => {
    assert.ok(ROWS.length >= 400, `${ROWS.length} rows`);
    for (const country of COUNTRIES_WITH_PLAN) if (country !== 'PR') assert.ok(TABLE[country], country);
  });

  for (const country of Object.keys(TABLE)) {
    it(`tells the numbers dialled in ${country} apart`, () => {
      const wrong = ROWS.filter((row) => row.country === country).flatMap(({ type, dialled }) => {
        const found = classify(dialled, context(country));
        return found.type === type ? [] : [`${dialled}: ${found.type} (${found.because}), not ${type}`];
      });
      assert.deepEqual(wrong, []);
    });
  }

  it('gives national numbers as E.164', () => {
    assert.equal(classify('02079460000', context('GB')).number, '+442079460000');
    assert.equal(classify('2065550100', context('US')).number, '+12065550100');
    assert.equal(classify('0612345678', context('IT')).number, '+390612345678');
  });

  describe('the outside digit', () => {
    const nine = { outsideDialDigit: '9' };

    it('is no part of the number', () => {
      assert.deepEqual(classify('912065550100', context('US', nine)), {
        type: 'national',
        number: '+12065550100',
        country: 'US',
        because: 'a number of US',
      });
      assert.equal(classify('901144207946000', context('US', nine)).type, 'international');
      assert.equal(classify('9411', context('US', nine)).type, 'directory-assistance');
    });

    it('does not stand before emergency numbers, but may', () => {
      for (const dialled of ['911', '9911']) assert.equal(classify(dialled, context('US', nine)).type, 'emergency');
      for (const dialled of ['999', '9999', '112', '9112'])
        assert.equal(classify(dialled, context('GB', nine)).type, 'emergency');
    });

    it('may be left out, unless the place enforces it', () => {
      const enforced = { ...nine, enforceOutsideDialDigit: true };
      assert.equal(classify('2065550100', context('US', nine)).type, 'national');
      assert.equal(classify('2065550100', context('US', enforced)).type, 'unknown');
      assert.equal(classify('92065550100', context('US', enforced)).type, 'national');
      assert.equal(classify('+12065550100', context('US', enforced)).type, 'national');
    });
  });

  it("takes the company's own numbers for internal before anything else, but none for an emergency", () => {
    const own = { isInternal: (digits: string) => ['2001', '8002001', '+12065550100'].includes(digits) };
    for (const dialled of ['2001', '8002001', '+1 206 555 0100'])
      assert.equal(classify(dialled, context('US', own)).type, 'internal');
    assert.equal(classify('2002', context('US', own)).type, 'unknown');
  });

  it('never throws, and never takes an unknown number for a national one', () => {
    for (const dialled of ['', '+', '++1', '1'.repeat(40), '911;phone-context=+1', '\u0661\u0662', '+0012065550100'])
      assert.doesNotThrow(() => classify(dialled, context('US')));
    assert.equal(classify('1'.repeat(33), context('US')).type, 'unknown');
  });
});
