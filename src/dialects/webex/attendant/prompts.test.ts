import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PromptLibrary } from './prompts.ts';

test('every language has every prompt, long and loud enough to be understood', () => {
  const library = new PromptLibrary();
  for (const language of ['en', 'de', 'fr', 'es']) assert.ok(library.languages.has(language), language);
  for (const language of library.languages)
    for (const [name, audio] of Object.entries(library.in(language))) {
      const seconds = audio.length / 8000;
      assert.ok(seconds > 1 && seconds < 8, `${language} ${name} lasts ${seconds} s`);
      const mean = audio.reduce((sum, sample) => sum + Math.abs(sample), 0) / audio.length;
      assert.ok(mean > 500, `${language} ${name} is as loud as ${mean}`);
    }
});

test('a language is found by its code in any case, by its language alone, and else is English', () => {
  const library = new PromptLibrary();
  const english = library.in('en');
  assert.equal(library.in('en_US'), english);
  assert.equal(library.in(null), english);
  assert.equal(library.in('xx_yy'), english);
  assert.equal(library.in('../../..'), english);
  assert.equal(library.in('DE_de'), library.in('de'));
  assert.equal(library.in('fr-CA'), library.in('fr_fr'));
  assert.notEqual(library.in('de'), english);
});
