import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallMeter } from './call-meter.ts';

test('the rate is the mean of the last whole seconds', () => {
  const meter = new CallMeter();
  const start = Date.UTC(2026, 10, 22);
  assert.equal(meter.perSecond(start), 0);
  for (let call = 0; call < 200; call += 1) meter.add(start + call * 25);
  assert.equal(meter.perSecond(start + 5000), 40);
  assert.equal(meter.perSecond(start + 7000), 24);
  assert.equal(meter.perSecond(start + 60_000), 0);
});
