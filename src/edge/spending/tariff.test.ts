import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTariff, readTariff } from './tariff.ts';

test('10.9 a tariff: the longest prefix decides, and what is not in it costs as much as the dearest', () => {
  const tariff = readTariff('# our carrier, 2026\n+1 0.01\n+44, 0.02 # land\n+447\t0.05\r\n');
  assert.equal(tariff.priceOf('+12065550100'), 0.01);
  assert.equal(tariff.priceOf('+442079460000'), 0.02);
  assert.equal(tariff.priceOf('+447400123456'), 0.05);
  assert.equal(tariff.priceOf('+88212345678'), 0.05);
});

test('10.9 a tariff that cannot be read is refused, with the line at fault', () => {
  for (const [text, fault] of [
    ['', /no price/],
    ['# nothing\n', /no price/],
    ['+1 0.01\n44 0.02', /^line 2 must be/],
    ['+1', /^line 1 must be/],
    ['+1 -1', /^line 1 must be/],
    ['+1 0.01\n+1 0.02', /^line 2 prices \+1 a second time/],
  ] as const)
    assert.throws(() => readTariff(text), { message: fault });
  assert.throws(() => loadTariff('/nowhere/prices'), {
    message: /^the tariff \/nowhere\/prices cannot be used: ENOENT/,
  });
});
