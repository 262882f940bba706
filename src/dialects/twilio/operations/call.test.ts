import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ACCOUNT, refused, startTwilio } from '../../../../test/support/twilio.ts';
import { WebhookServer, type Page } from '../../../../test/support/webhook-server.ts';

const HANGUP = '<Response><Hangup/></Response>';
const SIP = 'sip:alice@acme.sip.twilio.com';

async function open(t: TestContext, pages: Record<string, Page> = {}) {
  const server = await WebhookServer.open(pages, ACCOUNT.authToken);
  const twilio = await startTwilio(t);
  t.after(() => server[Symbol.asyncDispose]());
  return { server, ...twilio };
}

test('a call is placed, answered, carried out and told of', async (t) => {
  const { client, server, placer, clock } = await open(t, { '/voice': HANGUP, '/status': '' });
  const created = await client.calls.create({
    to: SIP,
    from: 'desk',
    url: `${server.url}/voice`,
    method: 'GET',
    statusCallback: `${server.url}/status`,
    statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    timeout: 20,
    sipAuthUsername: 'u',
    sipAuthPassword: 'p',
  });
  assert.match(created.sid, /^CA[0-9a-f]{32}$/);
  assert.deepEqual(
    [created.status, created.direction, created.to, created.from, created.endTime, created.accountSid],
    ['queued', 'outbound-api', SIP, 'desk', null, ACCOUNT.sid],
  );
  assert.equal(created.uri, `/2010-04-01/Accounts/${ACCOUNT.sid}/Calls/${created.sid}.json`);
  const [placed] = placer.placed;
  assert.ok(placed);
  assert.deepEqual(
    [placed.wish.to, placed.wish.from, placed.wish.timeout, placed.wish.account],
    [
      { kind: 'sip', uri: SIP, username: 'u', password: 'p' },
      'sip:desk@sip.twilio.com',
      20_000,
      `twilio:${ACCOUNT.sid}`,
    ],
  );
  assert.deepEqual(placed.wish.headers, [['X-Twilio-CallSid', created.sid]]);
  placed.ring();
  assert.equal((await client.calls(created.sid).fetch()).status, 'ringing');
  clock.advance(3000);
  await placed.answer();
  const { parameters, method } = await server.next('/voice');
  assert.deepEqual(
    [method, parameters.get('CallStatus'), parameters.get('Direction'), parameters.get('CallSid')],
    ['GET', 'in-progress', 'outbound-api', created.sid],
  );
  for (const status of ['initiated', 'ringing', 'in-progress', 'completed'])
    assert.equal((await server.next('/status')).parameters.get('CallStatus'), status);
  const over = await client.calls(created.sid).fetch();
  assert.deepEqual([over.status, over.duration, over.priceUnit], ['completed', '1', 'USD']);
  assert.ok(over.startTime instanceof Date && over.endTime instanceof Date);
  assert.equal(await client.calls(created.sid).remove(), true);
  await assert.rejects(client.calls(created.sid).fetch(), refused(20404, 404));
});

test('a document in the request is carried out, keys are sent first', async (t) => {
  const { client, placer } = await open(t);
  await client.calls.create({
    to: SIP,
    from: 'desk',
    twiml: '<Response><Play digits="1"/></Response>',
    sendDigits: 'ww5',
  });
  const [placed] = placer.placed;
  await placed?.answer();
  assert.deepEqual(
    placed?.call.deeds.flatMap((deed) => (deed.kind === 'play' ? [deed.samples] : [])),
    [4000, 8000 + 1600, 1600],
  );
});

test('a number is called by a number of the account only', async (t) => {
  const { client, placer } = await open(t);
  const wish = { to: '+12065550123', from: '+12065550199', twiml: HANGUP };
  await assert.rejects(client.calls.create(wish), refused(21210, 400));
  await client.incomingPhoneNumbers.create({ phoneNumber: '+12065550199' });
  const call = await client.calls.create(wish);
  assert.deepEqual([call.toFormatted, call.fromFormatted], ['(206) 555-0123', '(206) 555-0199']);
  assert.deepEqual(placer.placed[0]?.wish.to, { kind: 'number', number: '+12065550123' });
});

test('hung up by the API: while it rings canceled, later completed; afterwards nothing can be done to it', async (t) => {
  const { client, placer } = await open(t);
  const first = await client.calls.create({ to: SIP, from: 'desk', twiml: HANGUP });
  assert.equal((await client.calls(first.sid).update({ status: 'canceled' })).status, 'canceled');
  await assert.rejects(client.calls(first.sid).update({ status: 'completed' }), refused(21220, 400));
  await assert.rejects(client.calls(first.sid).update({ twiml: HANGUP }), refused(21220, 400));

  const second = await client.calls.create({
    to: SIP,
    from: 'desk',
    twiml: '<Response><Gather timeout="60"/></Response>',
  });
  await assert.rejects(client.calls(second.sid).update({ twiml: HANGUP }), refused(21220, 400));
  const placed = placer.placed[1];
  const answered = placed?.answer();
  await placed?.call.until(() => placed.call.listens);
  await assert.rejects(client.calls(second.sid).remove(), refused(21220, 400));
  assert.equal((await client.calls(second.sid).update({ status: 'canceled' })).status, 'in-progress');
  assert.equal((await client.calls(second.sid).update({ status: 'completed' })).status, 'completed');
  await answered;
});

test('a call that lives goes on with another document', async (t) => {
  const { client, placer, server } = await open(t, { '/new': HANGUP });
  const { sid } = await client.calls.create({
    to: SIP,
    from: 'desk',
    twiml: '<Response><Gather timeout="60"/></Response>',
  });
  const [placed] = placer.placed;
  const answered = placed?.answer();
  await placed?.call.until(() => placed.call.listens);
  await client.calls(sid).update({ url: `${server.url}/new`, method: 'GET' });
  assert.equal((await server.next('/new')).parameters.get('CallSid'), sid);
  await answered;
  assert.equal((await client.calls(sid).fetch()).status, 'completed');
});

test('calls are listed newest first, by what is asked, over pages', async (t) => {
  const { client, placer, clock, send } = await open(t);
  const sids: string[] = [];
  for (let count = 0; count < 120; count += 1) {
    const to = count % 2 === 0 ? SIP : 'sip:bob@acme.sip.twilio.com';
    sids.push((await client.calls.create({ to, from: 'desk', twiml: HANGUP })).sid);
    clock.advance(1000);
  }
  const listed = (await client.calls.list({ pageSize: 50 })).map(({ sid }) => sid);
  assert.deepEqual(listed, sids.toReversed());
  assert.equal((await client.calls.list({ to: SIP })).length, 60);
  assert.equal((await client.calls.list({ from: 'nobody' })).length, 0);
  placer.placed[3]?.call.leave();
  await placer.placed[3]?.call.ended;
  assert.deepEqual(
    (await client.calls.list({ status: 'canceled' })).map(({ sid }) => sid),
    [sids[3]],
  );
  placer.placed[5]?.ring();
  const day = new Date(clock.now());
  assert.equal((await client.calls.list({ startTime: day })).length, 1);
  const before = new Date(clock.now() - 1000);
  assert.equal((await client.calls.list({ startTime: before })).length, 0, 'an instant, not a day');
  assert.equal((await client.calls.list({ startTimeAfter: new Date(clock.now() - 60_000) })).length, 1);
  assert.equal((await client.calls.list({ startTimeBefore: new Date(clock.now() - 60_000) })).length, 0);
  const { json } = await send(
    `GET /2010-04-01/Accounts/{AccountSid}/Calls.json?StartTime=${day.toISOString().slice(0, 10)}`,
  );
  assert.equal((json['calls'] as object[]).length, 1);
});

const REFUSED: Record<string, { form: Record<string, string>; code: number }> = {
  'no To': { form: { From: 'desk', Twiml: HANGUP }, code: 20001 },
  'no From': { form: { To: SIP, Twiml: HANGUP }, code: 20001 },
  'no script': { form: { To: SIP, From: 'desk' }, code: 21205 },
  'an application of nobody': { form: { To: SIP, From: 'desk', ApplicationSid: `AP${'0'.repeat(32)}` }, code: 21205 },
  'a URL that is none': { form: { To: SIP, From: 'desk', Url: 'ftp://example.com' }, code: 20001 },
  'a client': { form: { To: 'client:joe', From: 'desk', Twiml: HANGUP }, code: 21217 },
  'a To that is nobody': { form: { To: 'joe', From: 'desk', Twiml: HANGUP }, code: 21211 },
  'a To with a second header': { form: { To: 'sip:a@b\r\nVia: x', From: 'desk', Twiml: HANGUP }, code: 21211 },
  'a From that is no user': { form: { To: SIP, From: 'a b<c>', Twiml: HANGUP }, code: 21212 },
  'a name to a number': { form: { To: '+12065550123', From: 'desk', Twiml: HANGUP }, code: 21212 },
  'a document too long': { form: { To: SIP, From: 'desk', Twiml: 'x'.repeat(4001) }, code: 20001 },
  'ringing for ever': { form: { To: SIP, From: 'desk', Twiml: HANGUP, Timeout: '601' }, code: 20001 },
  'a user without password': { form: { To: SIP, From: 'desk', Twiml: HANGUP, SipAuthUsername: 'u' }, code: 21225 },
  'a user name without end': {
    form: { To: SIP, From: 'desk', Twiml: HANGUP, SipAuthUsername: 'u'.repeat(256), SipAuthPassword: 'p' },
    code: 21221,
  },
  'a password without end': {
    form: { To: SIP, From: 'desk', Twiml: HANGUP, SipAuthUsername: 'u', SipAuthPassword: 'p'.repeat(256) },
    code: 21223,
  },
};

test('bad calls are refused and nothing is placed', async (t) => {
  const { send, placer } = await open(t);
  for (const [what, { form, code }] of Object.entries(REFUSED)) {
    const { status, json } = await send('POST /2010-04-01/Accounts/{AccountSid}/Calls.json', form);
    assert.deepEqual([status, json['code']], [400, code], `${what}: ${JSON.stringify(json)}`);
  }
  assert.deepEqual(placer.placed, []);
  const unknown = `/2010-04-01/Accounts/{AccountSid}/Calls/CA${'0'.repeat(32)}.json`;
  for (const line of [`GET ${unknown}`, `DELETE ${unknown}`]) assert.equal((await send(line)).json['code'], 20404);
  assert.equal((await send(`POST ${unknown}`, { Status: 'completed' })).json['code'], 20404);
});
