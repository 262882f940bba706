import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWERED, BUSY, NO_ANSWER } from '../../../../test/support/fake-call.ts';
import { openScript } from '../../../../test/support/twiml.ts';
import { content, type Page } from '../../../../test/support/webhook-server.ts';
import { sine, wavOf } from '../../../../test/support/wav.ts';

const response = (inside: string): string => `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;
const WAV: Page = content('audio/wav', wavOf(sine(440)));

/** Documents and what is done to the call for them. */
const GOLDEN: Record<string, { twiml: string; deeds: string[]; notes?: RegExp[] }> = {
  'nothing: answered and ended': { twiml: response(''), deeds: ['answer', 'hangUp'] },
  Hangup: { twiml: response('<Hangup/><Say>never</Say>'), deeds: ['answer', 'hangUp'] },
  Reject: { twiml: response('<Reject/>'), deeds: ['reject 603'] },
  'Reject busy': { twiml: response('<Reject reason="busy"/>'), deeds: ['reject 486'] },
  'Reject for a reason of its own': {
    twiml: response('<Reject reason="rude"/>'),
    deeds: ['reject 603'],
    notes: [/13810/],
  },
  Play: { twiml: response('<Play>/tone.wav</Play>'), deeds: ['answer', 'play 8000', 'hangUp'] },
  'Play three times': {
    twiml: response('<Play loop="3">tone.wav</Play>'),
    deeds: ['answer', 'play 8000', 'play 8000', 'play 8000', 'hangUp'],
  },
  'Play keys': { twiml: response('<Play digits="1w2"/>'), deeds: ['answer', 'play 7200', 'hangUp'] },
  'Play what is no recording': {
    twiml: response('<Play>/tone.mp3</Play><Play>/tone.wav</Play>'),
    deeds: ['answer', 'play 8000', 'hangUp'],
    notes: [/13420.*audio\/mpeg/],
  },
  'Play what is not there': {
    twiml: response('<Play>/no.wav</Play>'),
    deeds: ['answer', 'hangUp'],
    notes: [/11200.*404/],
  },
  'Pause after an answer': {
    twiml: response('<Play>/tone.wav</Play><Pause length="2"/>'),
    deeds: ['answer', 'play 8000', 'play 16000', 'hangUp'],
  },
  'Say nothing': { twiml: response('<Say> </Say>'), deeds: ['answer', 'hangUp'], notes: [/13520/] },
  'attributes of nobody': {
    twiml: response('<Play/><Pause lenght="2"/><Pause length="x"/><Reject/>'),
    deeds: ['answer', 'play 8000', 'play 8000', 'reject 603'],
    notes: [/12200.*lenght/, /13910/],
  },
  'Dial without anybody': { twiml: response('<Dial>hello</Dial>'), deeds: ['reject 480'], notes: [/13223/] },
};

for (const [what, { twiml, deeds, notes = [] }] of Object.entries(GOLDEN))
  test(`TwiML: ${what}`, async (t) => {
    const pages = { '/': twiml, '/tone.wav': WAV, '/tone.mp3': content('audio/mpeg', 'ID3') };
    const scene = await openScript(t, pages);
    await scene.run();
    assert.deepEqual(scene.deeds(), deeds);
    assert.deepEqual(
      notes.filter((pattern) => !scene.call.notes.some((note) => pattern.test(note))),
      [],
      scene.call.notes.join('\n'),
    );
    if (notes.length === 0) assert.deepEqual(scene.call.notes, []);
  });

test('Say speaks, in the voice that was asked for', async (t) => {
  const { call, deeds, run } = await openScript(t, {});
  await run(response('<Say voice="man" language="de-DE" loop="2">Guten Tag</Say>'));
  const [answer, first, second, end] = deeds();
  assert.deepEqual([answer, end, first], ['answer', 'hangUp', second]);
  assert.ok(Number(String(first).replace('play ', '')) > 4000, String(first));
  assert.deepEqual(call.notes, []);
});

test('a document as text works but for relative URLs', async (t) => {
  const { call, deeds, run } = await openScript(t, {});
  await run(response('<Play digits="1"/><Redirect>next</Redirect>'));
  assert.deepEqual(deeds().slice(0, 2), ['answer', 'play 1600']);
  assert.match(call.notes.join('\n'), /11100/);
});

test('the web server is told of the call, signed', async (t) => {
  const extra = [['SipDomain', 'acme.sip.twilio.com']] as const;
  const { server, live, run } = await openScript(t, { '/': response('<Reject/>') }, { extra });
  await run();
  const { parameters, signed, method } = await server.next('/');
  assert.deepEqual([method, signed], ['POST', true]);
  assert.deepEqual(Object.fromEntries(parameters), {
    AccountSid: 'AC0123456789abcdef0123456789abcdef',
    ApiVersion: '2010-04-01',
    CallSid: live.sid,
    CallStatus: 'ringing',
    Called: 'sip:app@one.example',
    Caller: 'sip:alice@acme.sip.twilio.com',
    Direction: 'inbound',
    From: 'sip:alice@acme.sip.twilio.com',
    To: 'sip:app@one.example',
    SipDomain: 'acme.sip.twilio.com',
  });
});

test('Redirect goes on with another document, relative to the first, and is not the end of patience', async (t) => {
  const pages = {
    '/a/': response('<Redirect method="GET">b?x=1&amp;y=2</Redirect><Reject/>'),
    '/a/b': response('<Hangup/>'),
  };
  const { server, deeds, run } = await openScript(t, pages);
  await run('/a/');
  assert.deepEqual(deeds(), ['answer', 'hangUp']);
  const { method, target, signed } = await server.next('/a/b');
  assert.equal(method, 'GET');
  assert.match(target, /^\/a\/b\?x=1&y=2&AccountSid=/);
  assert.ok(signed);
});

test('a script that only redirects ends with an error', async (t) => {
  const { call, server, deeds, run } = await openScript(t, { '/': response('<Redirect/>') });
  await run();
  assert.ok(server.requests.length <= 30, `${server.requests.length} requests`);
  assert.match(call.notes.join('\n'), /14106 Document retrieval limit reached/);
  assert.equal(deeds().at(-1), 'hangUp');
});

test('the fallback URL is asked with the error, and its document counts', async (t) => {
  for (const [page, code] of [
    [(_request, answer) => answer.writeHead(500).end(), '11200'],
    [content('application/json', '{}'), '12300'],
    [content('text/xml', ''), '11770'],
    ['<Response><Say>', '12100'],
    ['<Answer/>', '12102'],
    [response('<Record/>'), '13750'],
    [response('<Foo/>'), '12200'],
  ] satisfies [Page, string][]) {
    const scene = await openScript(t, { '/': page, '/fallback': response('<Reject reason="busy"/>') });
    const fallback = { url: `${scene.server.url}/fallback`, method: 'GET' } as const;
    const second = await openScript(t, { '/': page, '/fallback': response('<Reject reason="busy"/>') }, { fallback });
    await second.run();
    assert.deepEqual(second.deeds(), ['reject 486'], code);
    const { parameters } = await scene.server.next('/fallback');
    assert.equal(parameters.get('ErrorCode'), code);
    assert.equal(parameters.get('ErrorUrl'), `${second.server.url}/`);
  }
});

test('without a fallback, and when it fails too, the caller hears that it went wrong', async (t) => {
  const broken: Page = (_request, answer) => answer.writeHead(503).end();
  const first = await openScript(t, { '/': broken });
  const scene = await openScript(t, { '/': broken }, { fallback: { url: `${first.server.url}/`, method: 'POST' } });
  await scene.run();
  const [answer, played, end] = scene.deeds();
  assert.deepEqual([answer, end], ['answer', 'hangUp']);
  assert.ok(Number(String(played).replace('play ', '')) > 8000, String(played));
  assert.equal(first.server.requests.length, 1);
  assert.equal(scene.call.notes.filter((note) => note.includes('11200')).length, 2);
});

test('verbs before the one that is not there are carried out', async (t) => {
  const pages = { '/': response('<Play>/tone.wav</Play><Record/>'), '/tone.wav': WAV };
  const { call, deeds, run } = await openScript(t, pages);
  await run();
  assert.deepEqual(deeds().slice(0, 2), ['answer', 'play 8000']);
  assert.match(call.notes.join('\n'), /13750.*Record/);
});

test('plain text is read out', async (t) => {
  const { deeds, run } = await openScript(t, { '/': content('text/plain', 'Tom & Jerry < friends') });
  await run();
  assert.match(deeds().join(), /^answer,play \d{4,},hangUp$/);
});

test('a pause before anything else puts off the answer', async (t) => {
  const { call, clock, deeds, server, run } = await openScript(t, { '/': response('<Pause length="5"/><Hangup/>') });
  const running = run();
  await server.next('/');
  while (clock.waiting !== 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(call.state, 'ringing');
  clock.advance(5000);
  await running;
  assert.deepEqual(deeds(), ['answer', 'hangUp']);
});

test('a caller who hangs up ends everything, in whatever verb', async (t) => {
  for (const verb of [
    '<Pause length="60"/>',
    '<Gather timeout="60"/>',
    '<Play>/tone.wav</Play>',
    '<Redirect>/slow</Redirect>',
  ]) {
    const pages: Record<string, Page> = {
      '/': response(`<Play>/tone.wav</Play>${verb}<Redirect>/never</Redirect>`),
      '/tone.wav': WAV,
      '/slow': () => {},
    };
    const scene = await openScript(t, pages, { call: { slowAudio: true } });
    const running = scene.run();
    await scene.call.until(() => scene.call.plays);
    scene.call.endAudio();
    await scene.call.until(
      () => scene.call.plays || scene.call.listens || scene.server.paths.includes('/slow') || verb.includes('slow'),
    );
    if (verb.includes('slow')) await scene.server.next('/slow');
    scene.call.leave();
    await running;
    assert.ok(!scene.server.paths.includes('/never'), verb);
    assert.equal(scene.live.record.status, 'completed');
  }
});

test('the API has the call go on with another document, whatever it was doing', async (t) => {
  const pages = { '/': response('<Play loop="0">/tone.wav</Play>'), '/tone.wav': WAV, '/new': response('<Hangup/>') };
  const { call, script, server, run } = await openScript(t, pages, { call: { slowAudio: true } });
  const running = run();
  await call.until(() => call.plays);
  script.redirect({ url: `${server.url}/new`, method: 'GET', parameters: [] });
  await running;
  assert.equal((await server.next('/new')).parameters.get('CallStatus'), 'in-progress');
  assert.equal(call.deeds.at(-1)?.kind, 'hangUp');
});

test('how a Dial with answerOnBridge failed is how the caller is refused', async (t) => {
  for (const [outcome, deed, status] of [
    [BUSY, 'reject 486', 'busy'],
    [NO_ANSWER, 'reject 480', 'failed'],
  ] as const) {
    const twiml = response('<Dial answerOnBridge="true"><Number>+12065550123</Number></Dial>');
    const { deeds, live, run, call } = await openScript(t, { '/': twiml }, { call: { dialled: [outcome] } });
    await run();
    await call.ended;
    assert.deepEqual(deeds(), ['dial', deed]);
    assert.equal(live.record.status, status);
  }
  const twiml = response('<Dial answerOnBridge="true">+12065550123</Dial>');
  const { deeds, run } = await openScript(t, { '/': twiml }, { call: { dialled: [ANSWERED] } });
  await run();
  assert.deepEqual(deeds(), ['dial', 'hangUp']);
});
