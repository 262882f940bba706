import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { strengthOf } from '../../../../../test/support/wav.ts';
import { isRingTone, ringingTone } from './ring-tones.ts';

/** `ms` milliseconds of a ring tone, from `from` on. */
async function part(name: string | null, [from, ms]: readonly [number, number]): Promise<Int16Array> {
  const { value } = (await ringingTone(1, name).next()) as { value?: Int16Array };
  return (value ?? new Int16Array()).subarray(from * 8, (from + ms) * 8);
}

test('every ring tone that the vendor’s library knows is there', () => {
  const types = createRequire(import.meta.url).resolve('twilio/lib/twiml/VoiceResponse.d.ts');
  const line = /type DialRingTone = ([^;]+);/.exec(readFileSync(types, 'utf8'))?.[1] ?? '';
  const names = [...line.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
  assert.equal(names.length, 40);
  for (const name of names) assert.ok(isRingTone(name), name);
  for (const name of ['xx', 'toString', '']) assert.ok(!isRingTone(name), name);
});

test('tones sound as long as in their country, at their pitch, and never louder than speech', async () => {
  for (const [name, pitch, sounds, silent] of [
    [null, 440, [0, 2000], [2000, 4000]],
    ['us', 480, [0, 2000], [2000, 4000]],
    ['uk', 450, [600, 400], [1000, 2000]],
    ['fr', 440, [0, 1500], [1500, 3500]],
    ['jp', 400, [0, 1000], [1000, 2000]],
  ] as const) {
    assert.ok(strengthOf(pitch, await part(name, sounds)) > 2000, `${name} sounds`);
    assert.ok(
      (await part(name, silent)).every((sample) => sample === 0),
      `${name} is silent`,
    );
    assert.ok((await part(name, sounds)).every((sample) => Math.abs(sample) <= 6000));
  }
});

test('it rings on for as long as it is wished for', async () => {
  let length = 0;
  for await (const piece of ringingTone(20, 'uk')) length += piece.length;
  assert.equal(length, 7 * 3 * 8000);
});
