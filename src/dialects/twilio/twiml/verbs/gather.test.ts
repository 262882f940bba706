import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScript, type TestScript } from '../../../../../test/support/twiml.ts';
import { content } from '../../../../../test/support/webhook-server.ts';
import { sine, wavOf } from '../../../../../test/support/wav.ts';

const response = (inside: string): string => `<Response>${inside}</Response>`;
const AFTER = '<Redirect>/after</Redirect>';
const PAGES = { '/after': response('<Hangup/>'), '/action': response('<Hangup/>') };

/** What a Gather told its action: Digits and the key that finished it. */
async function told({ server }: TestScript): Promise<(string | null)[]> {
  const { parameters } = await server.next('/action');
  return [parameters.get('Digits'), parameters.get('FinishedOnKey')];
}

for (const [what, attributes, pressed, expected] of [
  ['the finishing key', '', '1234#', ['1234', '#']],
  ['the number of keys', 'numDigits="4"', '1234', ['1234', '']],
  ['a finishing key of its own', 'finishOnKey="*"', '12#3*', ['12#3', '*']],
  ['no finishing key', 'finishOnKey="" numDigits="3"', '1#*', ['1#*', '']],
  ['a finishing key alone, if empty results count', 'actionOnEmptyResult="true"', '#', ['', '#']],
] as const)
  test(`Gather ends by ${what}`, async (t) => {
    const gather = `<Gather action="/action" ${attributes}/>${AFTER}`;
    const scene = await openScript(t, { ...PAGES, '/': response(gather) });
    const running = scene.run();
    await scene.call.press(pressed);
    assert.deepEqual(await told(scene), expected);
    await running;
    assert.ok(!scene.server.paths.includes('/after'));
    assert.doesNotMatch(scene.call.notes.join(), /\d/, 'keys are nobody’s business');
  });

test('without a key the script goes on after the Gather, once the time is over', async (t) => {
  const scene = await openScript(t, { ...PAGES, '/': response(`<Gather action="/action" timeout="7"/>${AFTER}`) });
  const running = scene.run();
  await scene.call.until(() => scene.call.listens);
  while (scene.clock.waiting !== 2) await new Promise((resolve) => setImmediate(resolve));
  scene.clock.advance(6999);
  assert.ok(scene.call.listens);
  scene.clock.advance(1);
  await running;
  assert.deepEqual(scene.server.paths, ['/', '/after']);
});

test('each key starts the time anew; then what was gathered counts', async (t) => {
  const scene = await openScript(t, { ...PAGES, '/': response(`<Gather action="/action" timeout="3"/>${AFTER}`) });
  const running = scene.run();
  for (const key of '12') {
    await scene.call.press(key);
    scene.clock.advance(2999);
  }
  scene.clock.advance(1);
  assert.deepEqual(await told(scene), ['12', '']);
  await running;
});

test('prompts are heard until a key is pressed; the time begins when they have ended', async (t) => {
  const pages = {
    ...PAGES,
    '/': response(`<Gather action="/action" numDigits="1"><Play loop="2">/tone.wav</Play><Pause length="9"/></Gather>`),
    '/tone.wav': content('audio/wav', wavOf(sine(440))),
  };
  const scene = await openScript(t, pages, { call: { slowAudio: true } });
  const running = scene.run();
  await scene.call.until(() => scene.call.plays);
  scene.clock.advance(60_000);
  scene.call.endAudio();
  await scene.call.until(() => scene.call.plays);
  await scene.call.press('5');
  assert.deepEqual(await told(scene), ['5', '']);
  await running;
  assert.deepEqual(
    scene.call.deeds.flatMap((deed) => (deed.kind === 'play' ? [deed.complete] : [])),
    [true, false],
  );
});

test('speech is refused clearly; with keys beside it only keys count', async (t) => {
  const only = await openScript(t, { '/': response('<Gather input="speech"><Play digits="1"/></Gather>') });
  await only.run();
  assert.match(only.call.notes.join('\n'), /error 13326.*speech is not recognised here/);

  const both = await openScript(t, {
    ...PAGES,
    '/': response('<Gather input="dtmf speech" action="/action" hints="a"/>'),
  });
  const running = both.run();
  await both.call.press('7#');
  assert.deepEqual(await told(both), ['7', '#']);
  await running;
  assert.match(both.call.notes.join('\n'), /warning 13326[^\n]*\n.*12200.*hints|12200.*hints[^\n]*\n.*13326/);
});

test('what cannot stand in a Gather is passed over, and odd values are', async (t) => {
  const gather =
    '<Gather action="/action" numDigits="0" finishOnKey="x" timeout="-1" method="PUT"><Dial>1</Dial></Gather>';
  const scene = await openScript(t, { ...PAGES, '/': response(gather) });
  const running = scene.run();
  await scene.call.press('8#');
  assert.deepEqual(await told(scene), ['8', '#']);
  await running;
  for (const code of [13310, 13312, 13313, 13314, 13320])
    assert.match(scene.call.notes.join('\n'), new RegExp(`${code}`));
});
