// Calls to a SIP domain of Twilio's, from the webhook to the sound: a real gate, a real web server, real telephones.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { PASSWORD } from '../support/twilio-gate.ts';
import { HOST, openTwimlScene, OWN_NUMBER, type TwimlScene } from '../support/twiml-scene.ts';
import type { PhoneCall } from '../support/voice-phone.ts';
import { content, redirect, type Page } from '../support/webhook-server.ts';
import { sine, wavOf } from '../support/wav.ts';

let scene: TwimlScene;
before(async () => {
  scene = await openTwimlScene();
});
after(() => scene[Symbol.asyncDispose]());

const response = (inside: string): string => `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;

/** The final status of the INVITE. */
async function statusOf(call: PhoneCall): Promise<number> {
  const outcome = await call.settled;
  return 'response' in outcome ? (outcome.response?.status ?? 0) : 0;
}

/** The status callback of the domain for this call, and what the API says of it. */
async function ended({ server, client }: TwimlScene, call: PhoneCall) {
  const { parameters } = await server.next('/status', (request) => request.parameters.get('SipCallId') === call.callId);
  const sid = parameters.get('CallSid') ?? '';
  return { sid, callback: parameters, record: await client.calls(sid).fetch() };
}

test('Dial Number: the webhook says whom to call, the exchange answers, and the caller hears it', async () => {
  const twiml = response(`<Dial callerId="${OWN_NUMBER}" action="/after"><Number statusCallback="/leg"
    statusCallbackEvent="initiated ringing answered completed">+12065550123</Number></Dial>`);
  scene.serve({ '/': twiml, '/after': response('<Hangup/>'), '/leg': '' });
  const call = scene.call([['X-Case', '77']]);
  assert.equal(await statusOf(call), 200);
  const asked = await scene.server.next('/');
  assert.ok(asked.signed);
  assert.deepEqual(
    ['To', 'From', 'SipDomain', 'SipCallId', 'SipSourceIp', 'SipHeader_X-Case', 'Direction', 'CallStatus'].map((name) =>
      asked.parameters.get(name),
    ),
    [
      `sip:+12065550100@${HOST}`,
      `sip:${OWN_NUMBER}@${HOST}`,
      HOST,
      call.callId,
      '127.0.0.1',
      '77',
      'inbound',
      'ringing',
    ],
  );
  while (call.media.heard.length < 20) await call.media.changed();
  const legSid =
    (
      await scene.server.next('/leg', ({ parameters }) => parameters.get('CallStatus') === 'in-progress')
    ).parameters.get('CallSid') ?? '';
  const leg = await scene.client.calls(legSid).fetch();
  assert.deepEqual(
    [leg.status, leg.direction, leg.to, leg.from],
    ['in-progress', 'outbound-dial', '+12065550123', OWN_NUMBER],
  );
  // The API ends the leg; the caller goes on with the action.
  await scene.client.calls(legSid).update({ status: 'completed' });
  const action = await scene.server.next('/after');
  assert.deepEqual(
    ['DialCallStatus', 'DialCallSid', 'DialBridged', 'CallStatus'].map((name) => action.parameters.get(name)),
    ['completed', legSid, 'true', 'in-progress'],
  );
  assert.equal(await call.ended, 'remote');
  const { record, callback } = await ended(scene, call);
  assert.deepEqual([record.status, record.direction], ['completed', 'inbound']);
  assert.equal(callback.get('CallStatus'), 'completed');
  assert.deepEqual(
    (await scene.client.calls.list({ parentCallSid: record.sid })).map(({ sid, status }) => [sid, status]),
    [[legSid, 'completed']],
  );
});

test('Dial Sip: a registered telephone rings, and both hear each other', async () => {
  const sip = `<Sip>sip:alice@${HOST}?X-Reason=test</Sip>`;
  scene.serve({ '/': response(`<Dial answerOnBridge="true">${sip}</Dial>`) });
  await using alice = await scene.register('alice');
  const answer = Promise.withResolvers<void>();
  alice.onCall = ({ call }) => {
    call.ring();
    void answer.promise.then(() => call.answer());
  };
  const call = scene.call();
  assert.equal(await call.ringing, 180);
  const { invite, media } = await alice.getsCall();
  assert.equal(invite.headers.get('x-reason'), 'test');
  assert.match(invite.headers.get('x-twilio-callsid') ?? '', /^CA[0-9a-f]{32}$/);
  assert.ok(!invite.headers.get('x-tollgate-application'));
  answer.resolve();
  assert.equal(await statusOf(call), 200);
  call.media.say(500);
  media.say(900);
  await Promise.all([call.media.hears(900), media.hears(500)]);
  call.end();
  await (
    await alice.getsCall()
  ).ended;
  assert.equal((await ended(scene, call)).record.status, 'completed');
});

test('several targets at once and one after the other; nobody there refuses a caller who waits for the bridge', async () => {
  const busy = '<Number>+12065550486</Number>';
  const pages = {
    '/': response(
      `<Dial answerOnBridge="true" sequential="true" callerId="${OWN_NUMBER}">${busy}<Sip>sip:bob@${HOST}</Sip></Dial>`,
    ),
    '/busy': response(`<Dial answerOnBridge="true" callerId="${OWN_NUMBER}">${busy}</Dial>`),
  };
  scene.serve(pages);
  await using bob = await scene.register('bob');
  const first = scene.call();
  assert.equal(await statusOf(first), 200);
  assert.equal((await bob.getsCall()).media.described.length, 1);
  first.end();
  const legs = await scene.client.calls.list({ parentCallSid: (await ended(scene, first)).sid });
  assert.deepEqual(legs.map(({ to, status }) => `${to} ${status}`).sort(), [
    '+12065550486 busy',
    `sip:bob@${HOST} completed`,
  ]);

  scene.serve({ '/': pages['/busy'] });
  const second = scene.call();
  assert.equal(await statusOf(second), 486);
  assert.equal((await ended(scene, second)).record.status, 'busy');
});

test('Say is heard, and so is Play', async () => {
  const pages = {
    '/': response('<Play>/tone.wav</Play><Say>Welcome to the test of the synthesizer.</Say>'),
    '/tone.wav': content('audio/x-wav', wavOf(sine(700, { rate: 16_000 }), 16_000)),
  };
  scene.serve(pages);
  const call = scene.call();
  await call.media.hears(700, 20);
  assert.equal(await statusOf(call), 200);
  assert.equal(await call.ended, 'remote');
  // µ-law silence is 0xff and 0x7f; speech is neither.
  const spoken = call.media.heard.slice(60).filter(({ payload }) => payload.some((octet) => (octet & 0x7f) < 0x50));
  assert.ok(spoken.length > 40, `${spoken.length} packets with speech`);
});

test('Gather: keys reach the action, and the script goes on', async () => {
  const pages = {
    '/': response('<Gather action="/keys" numDigits="4"><Say>Please enter your code.</Say></Gather>'),
    '/keys': response('<Hangup/>'),
  };
  scene.serve(pages);
  const call = scene.call();
  assert.equal(await statusOf(call), 200);
  while (call.media.heard.length < 10) await call.media.changed();
  await call.media.press('4711');
  const { parameters } = await scene.server.next('/keys');
  assert.equal(parameters.get('Digits'), '4711');
  assert.equal(await call.ended, 'remote');
  assert.doesNotMatch(await scene.journal(call), /4711/);
});

test('Reject, and what happens to a call when the web server does wrong', async () => {
  const flood: Page = (_request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/xml' });
    const chunk = Buffer.alloc(65_536, 'a');
    let left = 800;
    const more = (): void => {
      while (left > 0 && !answer.destroyed) {
        left -= 1;
        if (!answer.write(chunk)) return void answer.once('drain', more);
      }
      answer.end();
    };
    more();
  };
  const pages: Record<string, Page> = {
    '/reject': response('<Reject/>'),
    '/busy': response('<Reject reason="busy"/>'),
    '/slow': () => {},
    '/closes': (_request, answer) => void answer.destroy(),
    '/500': (_request, answer) => answer.writeHead(500).end(),
    '/flood': flood,
    '/circle': redirect(302, '/circle'),
    '/loop': response('<Redirect/>'),
    '/garbage': 'Hello',
    '/record': response('<Record/>'),
  };
  scene.serve(pages);
  const voiceUrl = `${scene.server.url}/`;
  const { client, domainSid, server } = scene;
  const memory = async (): Promise<number> => {
    const metrics = await (await fetch(`${scene.gate.http}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
  };
  for (const [path, status, word] of [
    ['/reject', 603, 'no-answer'],
    ['/busy', 486, 'busy'],
  ] as const) {
    await client.sip.domains(domainSid).update({ voiceUrl: server.url + path });
    const call = scene.call();
    assert.equal(await statusOf(call), status);
    assert.equal((await ended(scene, call)).record.status, word);
  }
  let first = 0;
  for (const [path, code] of [
    ['/500', 11200],
    ['/slow#tt=400', 11203],
    ['/closes', 11205],
    ['/circle', 11215],
    ['/loop', 14106],
    ['/garbage', 12100],
    ['/record', 13750],
    ['/flood', 11750],
    ['/flood', 11750],
    ['/flood', 11750],
  ] as const) {
    await client.sip.domains(domainSid).update({ voiceUrl: server.url + path });
    const call = scene.call();
    assert.equal(await statusOf(call), 200, path);
    // The caller hears that it went wrong; nobody has to listen to the end.
    while (call.media.heard.length < 3) await call.media.changed();
    if (path === '/500') assert.equal(await call.ended, 'remote');
    else call.end();
    const { sid } = await ended(scene, call);
    const journal = await scene.journal(call);
    assert.match(journal, new RegExp(`error ${code} `), path);
    assert.match(journal, new RegExp(`TwiML call ${sid}`));
    first ||= await memory();
  }
  const grown = (await memory()) - first;
  assert.ok(grown < 40 * 1024 * 1024, `150 MB were sent, and the gate grew by ${grown} bytes`);
  await client.sip.domains(domainSid).update({ voiceUrl });
});

test('a call that the API places: rings, is answered, hears the document, and is redirected', async () => {
  scene.serve({
    '/new': response('<Play loop="0">/tone.wav</Play>'),
    '/tone.wav': content('audio/wav', wavOf(sine(900))),
  });
  const { client, server } = scene;
  await using carol = await scene.register('carol');
  const { sid } = await client.calls.create({
    to: `sip:carol@${HOST}`,
    from: 'desk',
    twiml: response('<Gather timeout="60"/>'),
    statusCallback: `${server.url}/status`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
  });
  const { invite, media, ended: over } = await carol.getsCall();
  assert.equal(invite.headers.get('x-twilio-callsid'), sid);
  assert.match(invite.headers.get('from') ?? '', /sip:desk@sip\.twilio\.com/);
  await server.next('/status', ({ parameters }) => parameters.get('CallStatus') === 'in-progress');
  await client.calls(sid).update({ url: `${server.url}/new`, method: 'GET' });
  await media.hears(900);
  assert.equal((await client.calls(sid).update({ status: 'completed' })).status, 'completed');
  await over;
  const { parameters } = await server.next(
    '/status',
    (request) => request.parameters.get('CallStatus') === 'completed',
  );
  assert.equal(parameters.get('Direction'), 'outbound-api');
  assert.deepEqual(
    server.requests.filter(({ path }) => path === '/status').map((request) => request.parameters.get('SequenceNumber')),
    ['0', '1', '2', '3'],
  );
});

test(
  'linphonec registers on the domain, is called by a script, and calls a number by one',
  { skip: without('linphonec') },
  async () => {
    const script = response(`<Dial answerOnBridge="true"><Sip>sip:dave@${HOST}</Sip></Dial>`);
    scene.serve({ '/': script });
    await using dave = new Linphone({
      proxy: `localhost:${scene.gate.sip.udp};transport=udp`,
      domain: HOST,
      realm: 'sip.twilio.com',
      user: 'dave',
      password: PASSWORD,
      authority: join(scene.gate.data, 'tls/ca.pem'),
      registers: true,
    });
    await dave.logs(/ to \[LinphoneRegistrationOk\]/);
    const call = scene.call();
    assert.equal(await call.ringing, 180);
    // The gate rings at once; the telephone needs a moment.
    await dave.logs(/ to LinphoneCallIncomingReceived$/);
    dave.say('answer');
    assert.equal(await statusOf(call), 200);
    call.media.say(500);
    await dave.logs(/ to LinphoneCallStreamsRunning$/);
    dave.say('terminate');
    assert.equal(await call.ended, 'remote');
    assert.equal((await ended(scene, call)).record.status, 'completed');

    scene.serve({ '/': response(`<Dial callerId="${OWN_NUMBER}">+12065550123</Dial>`) });
    dave.say(`call sip:+12065550123@${HOST}`);
    await dave.logs(/CallSession .* moving from state \w+ to LinphoneCallStreamsRunning$/);
    const { parameters } = await scene.server.next('/');
    assert.equal(parameters.get('From'), `sip:dave@${HOST}`);
    dave.say('terminate');
    const status = await scene.server.next('/status');
    assert.equal(status.parameters.get('CallStatus'), 'completed');
    const legs = await scene.client.calls.list({ parentCallSid: status.parameters.get('CallSid') ?? '' });
    assert.deepEqual(
      legs.map(({ to }) => to),
      ['+12065550123'],
    );
  },
);
