import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWERED, BUSY, FakeCall, NO_ANSWER } from '../../../../../test/support/fake-call.ts';
import { openScript } from '../../../../../test/support/twiml.ts';
import type { DialWish } from '../../../../rulebook/call-control.ts';

const response = (inside: string): string => `<Response>${inside}</Response>`;
const PAGES = { '/after': response('<Hangup/>'), '/action': response('<Hangup/>') };

function wishOf(call: FakeCall): DialWish {
  const dial = call.deeds.find((deed) => deed.kind === 'dial');
  assert.ok(dial, 'somebody was called');
  return dial.wish;
}

/** The parties without the header that names the leg. */
function parties(wish: DialWish): object[] {
  return wish.parties.map(({ headers = [], ...party }) => {
    const own = headers.filter(([name]) => name !== 'X-Twilio-CallSid');
    assert.equal(headers.length, own.length + 1);
    return own.length > 0 ? { ...party, headers: own } : party;
  });
}

test('a number in the Dial itself, as people write it', async (t) => {
  for (const [text, number] of [
    ['+12065550123', '+12065550123'],
    ['(206) 555-0123', '+12065550123'],
    ['1-206-555-0123', '+12065550123'],
    ['+49 30 901820', '+4930901820'],
  ]) {
    const scene = await openScript(t, { ...PAGES, '/': response(`<Dial>${text}</Dial><Redirect>/after</Redirect>`) });
    await scene.run();
    const wish = wishOf(scene.call);
    assert.deepEqual(parties(wish), [{ kind: 'number', number }]);
    assert.deepEqual(
      [wish.sequential, wish.callerId, wish.timeout, wish.longest, wish.answerOnBridge],
      [false, null, 30_000, 14_400_000, false],
    );
    assert.deepEqual(scene.deeds(), ['answer', 'dial', 'hangUp']);
    assert.deepEqual(scene.server.paths, ['/', '/after']);
  }
});

test('all that a Dial can say reaches the call', async (t) => {
  const twiml = `<Dial callerId="+12065550199" timeout="20" timeLimit="60" answerOnBridge="true" sequential="true">
    <Number>+12065550123</Number>
    <Sip username="u" password="p">sip:bob@acme.sip.twilio.com;transport=tls?X-Case=a%20b&amp;User-to-User=1&amp;Evil=2&amp;X-Crlf=%0d%0aVia:</Sip>
  </Dial>`;
  const { call, run } = await openScript(t, { '/': response(twiml) });
  await run();
  const wish = wishOf(call);
  assert.deepEqual(parties(wish), [
    { kind: 'number', number: '+12065550123' },
    {
      kind: 'sip',
      uri: 'sip:bob@acme.sip.twilio.com;transport=tls',
      username: 'u',
      password: 'p',
      headers: [
        ['X-Case', 'a b'],
        ['User-to-User', '1'],
      ],
    },
  ]);
  assert.deepEqual(
    [wish.sequential, wish.callerId, wish.timeout, wish.longest, wish.answerOnBridge],
    [true, '+12065550199', 20_000, 60_000, true],
  );
  assert.equal(call.notes.filter((note) => note.includes('13252')).length, 2);
  assert.equal(wish.earlyMedia, true);
  assert.doesNotMatch(JSON.stringify(call.notes), /"p"|Via:/);
});

test('a ringTone silences the called side until it answers; one that is not known is passed over', async (t) => {
  for (const [ringTone, earlyMedia, warned] of [
    ['de', false, false],
    ['automatic', true, false],
    ['xx', true, true],
  ] as const) {
    const { call, run } = await openScript(t, { '/': response(`<Dial ringTone="${ringTone}">+12065550123</Dial>`) });
    await run();
    assert.equal(wishOf(call).earlyMedia, earlyMedia);
    assert.equal(
      call.notes.some((note) => note.includes('ring tone')),
      warned,
      ringTone,
    );
  }
});

test('the action is told how it ended, and its document counts instead of the rest', async (t) => {
  for (const [outcome, status, duration, bridged] of [
    [ANSWERED, 'completed', '1', 'true'],
    [BUSY, 'busy', null, 'false'],
    [NO_ANSWER, 'no-answer', null, 'false'],
  ] as const) {
    const dial = '<Dial action="/action">+12065550123</Dial><Redirect>/after</Redirect>';
    const options = { call: { dialled: [outcome] } };
    const scene = await openScript(t, { ...PAGES, '/': response(dial) }, options);
    await scene.run();
    assert.deepEqual(scene.server.paths, ['/', '/action']);
    const { parameters } = await scene.server.next('/action');
    assert.deepEqual(
      ['DialCallStatus', 'DialCallDuration', 'DialBridged', 'CallStatus'].map((name) => parameters.get(name)),
      [status, duration, bridged, 'in-progress'],
    );
  }
});

test('each leg is a call of its own, with a SID, a parent and status callbacks in order', async (t) => {
  const dialled = async (wish: DialWish) => {
    const [first, second] = wish.parties;
    assert.ok(first && second && wish.onProgress);
    for (const [party, leg] of [
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      wish.onProgress({ party, leg, state: 'initiated' });
      wish.onProgress({ party, leg, state: 'ringing' });
    }
    wish.onProgress({ party: second, leg: 'b', state: 'answered' });
    wish.onProgress({
      party: first,
      leg: 'a',
      state: 'completed',
      outcome: { kind: 'canceled', status: 487, talked: 0 },
    });
    wish.onProgress({
      party: second,
      leg: 'b',
      state: 'completed',
      outcome: { kind: 'answered', status: 200, talked: 65_000 },
    });
    return { kind: 'answered', status: 200, talked: 65_000 } as const;
  };
  const all = 'statusCallbackEvent="initiated ringing answered completed"';
  const twiml = `<Dial action="/action"><Number statusCallback="/one">+12065550123</Number>
    <Sip statusCallback="/two" ${all}>sip:bob@acme.sip.twilio.com</Sip></Dial>`;
  const scene = await openScript(t, { ...PAGES, '/': response(twiml), '/one': '', '/two': '' }, { call: { dialled } });
  await scene.run();
  const action = await scene.server.next('/action');
  const [bob, number] = scene.book
    .list({ parent: scene.live.sid }, { skip: 0, limit: 10 })
    .sort((a, b) => (a.to > b.to ? -1 : 1));
  assert.deepEqual([number?.to, number?.status, number?.direction], ['+12065550123', 'canceled', 'outbound-dial']);
  assert.deepEqual([bob?.to, bob?.status, bob?.duration], ['sip:bob@acme.sip.twilio.com', 'completed', 65]);
  assert.equal(action.parameters.get('DialCallSid'), bob?.sid);
  assert.ok(
    wishOf(scene.call).parties[1]?.headers?.some(([name, value]) => name === 'X-Twilio-CallSid' && value === bob?.sid),
  );
  const [lost] = [await scene.server.next('/one')];
  assert.deepEqual(
    ['CallStatus', 'CallSid', 'ParentCallSid', 'SequenceNumber', 'SipResponseCode'].map((name) =>
      lost.parameters.get(name),
    ),
    ['canceled', number?.sid, scene.live.sid, '0', '487'],
  );
  for (const [sequence, status] of ['initiated', 'ringing', 'in-progress', 'completed'].entries()) {
    const { parameters, signed } = await scene.server.next('/two');
    assert.deepEqual(
      [parameters.get('SequenceNumber'), parameters.get('CallStatus'), parameters.get('CallbackSource'), signed],
      [String(sequence), status, 'call-progress-events', true],
    );
    if (status === 'completed')
      assert.deepEqual([parameters.get('CallDuration'), parameters.get('Duration')], ['65', '2']);
  }
});

test('hangupOnStar ends the Dial by the star, and nothing else does', async (t) => {
  const dialled = (_wish: DialWish, stop: AbortSignal) =>
    new Promise<typeof ANSWERED>((resolve) => stop.addEventListener('abort', () => resolve(ANSWERED), { once: true }));
  const twiml = '<Dial hangupOnStar="true" action="/action">+12065550123</Dial>';
  const scene = await openScript(t, { ...PAGES, '/': response(twiml) }, { call: { dialled } });
  const running = scene.run();
  await scene.call.press('1#');
  assert.ok(scene.call.listens);
  await scene.call.press('*');
  await running;
  assert.equal((await scene.server.next('/action')).parameters.get('DialCallStatus'), 'completed');
});

test('a caller who hangs up ends the Dial; the action hears of it and its answer is passed over', async (t) => {
  const dialled = (wish: DialWish, stop: AbortSignal) =>
    new Promise<typeof ANSWERED>((resolve) => {
      const [party] = wish.parties;
      assert.ok(party);
      wish.onProgress?.({ party, leg: 'a', state: 'initiated' });
      wish.onProgress?.({ party, leg: 'a', state: 'answered' });
      stop.addEventListener('abort', () => resolve(ANSWERED), { once: true });
    });
  const scene = await openScript(
    t,
    { '/action': response('<Redirect>/never</Redirect>'), '/': response('<Dial action="/action">+12065550123</Dial>') },
    { call: { dialled } },
  );
  const running = scene.run();
  const legs = () => scene.book.list({ status: 'in-progress' }, { skip: 0, limit: 9 }).length;
  while (legs() < 2) await new Promise((resolve) => setImmediate(resolve));
  scene.call.leave();
  await running;
  const { parameters } = await scene.server.next('/action');
  assert.deepEqual([parameters.get('DialCallStatus'), parameters.get('CallStatus')], ['completed', 'completed']);
  assert.deepEqual(scene.server.paths, ['/', '/action']);
});

const REFUSED: Record<string, { dial: string; code: number; called?: boolean }> = {
  'a client': { dial: '<Dial><Client>joe</Client></Dial>', code: 13215 },
  'a conference': { dial: '<Dial><Conference>room</Conference></Dial>', code: 13215 },
  'no number': { dial: '<Dial>112</Dial>', code: 13223 },
  'no SIP URI': { dial: '<Dial><Sip>bob</Sip></Dial>', code: 13243 },
  'a password without end': {
    dial: `<Dial><Sip username="u" password="${'p'.repeat(256)}">sip:bob@example.com</Sip></Dial>`,
    code: 13249,
  },
  'a caller id that is no number': { dial: '<Dial callerId="joe">+12065550123</Dial>', code: 13214 },
  'a client beside a number, which is called': {
    dial: '<Dial><Client>joe</Client><Number>+12065550123</Number></Dial>',
    code: 13215,
    called: true,
  },
  'an eleventh number': {
    dial: `<Dial>${'<Number>+12065550123</Number>'.repeat(11)}</Dial>`,
    code: 13250,
    called: true,
  },
  'headers without end': {
    dial: `<Dial><Sip>sip:bob@example.com?X-A=${'a'.repeat(2000)}</Sip></Dial>`,
    code: 13253,
    called: true,
  },
};

for (const [what, { dial, code, called = false }] of Object.entries(REFUSED))
  test(`Dial: ${what}`, async (t) => {
    const scene = await openScript(t, { '/': response(dial) });
    await scene.run();
    assert.match(scene.call.notes.join('\n'), new RegExp(`${code}`));
    assert.equal(scene.deeds().includes('dial'), called);
  });

test('a Dial that cannot be placed has failed, and its action says so', async (t) => {
  const dial = '<Dial action="/action" callerId="joe">+12065550123</Dial>';
  const scene = await openScript(t, { ...PAGES, '/': response(dial) });
  await scene.run();
  assert.equal((await scene.server.next('/action')).parameters.get('DialCallStatus'), 'failed');
});

test('keys and a script for the one who is called, before it is connected; it cannot call others', async (t) => {
  const called = new FakeCall({ direction: 'outbound', callId: 'a', answered: true });
  const wanted: (boolean | undefined)[] = [];
  const dialled = async (wish: DialWish) => {
    const [party] = wish.parties;
    assert.ok(party && wish.onProgress);
    wish.onProgress({ party, leg: 'a', state: 'initiated' });
    wish.onProgress({ party, leg: 'a', state: 'answered' });
    wanted.push(await wish.prepare?.(party, called));
    return ANSWERED;
  };
  const twiml = '<Dial action="/action"><Number url="/before" sendDigits="1w2">+12065550123</Number></Dial>';
  for (const [before, bridged] of [
    ['<Play digits="5"/>', true],
    ['<Hangup/>', false],
    ['<Dial>+12065550199</Dial>', false],
  ] as const) {
    const pages = { ...PAGES, '/': response(twiml), '/before': response(before) };
    const scene = await openScript(t, pages, { call: { dialled } });
    await scene.run();
    const { parameters } = await scene.server.next('/before');
    assert.equal(parameters.get('ParentCallSid'), scene.live.sid);
    assert.equal(wanted.at(-1), bridged, before);
    const action = await scene.server.next('/action');
    assert.equal(action.parameters.get('DialBridged'), String(bridged), before);
    if (before.startsWith('<Dial')) assert.ok(called.notes.some((note) => note.includes('13201')));
  }
  assert.deepEqual(
    called.deeds
      .filter(({ kind }) => kind === 'play')
      .map((deed) => deed.kind === 'play' && deed.samples)
      .slice(0, 2),
    [4000, 7200],
  );
});
