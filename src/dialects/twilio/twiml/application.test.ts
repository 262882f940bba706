import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FakeCall } from '../../../../test/support/fake-call.ts';
import { ACCOUNT } from '../../../../test/support/twilio.ts';
import { WebhookServer, type Page } from '../../../../test/support/webhook-server.ts';
import { ManualClock } from '../../../kit/clock.ts';
import { openSqliteLedger } from '../../../ledger/sqlite.ts';
import { CallBook } from '../calls/book.ts';
import { put, type SipDomain } from '../documents.ts';
import { TwilioApplication } from './application.ts';
import { Studio } from './audio/studio.ts';
import { Webhooks } from './webhook/webhooks.ts';

const SID = `SD${'0'.repeat(32)}`;

async function open(t: TestContext, pages: Record<string, Page>, changes: (url: string) => Partial<SipDomain>) {
  const folder = mkdtempSync(join(tmpdir(), 'twilio-application-'));
  const clock = new ManualClock();
  const ledger = openSqliteLedger({ file: join(folder, 'ledger.db'), clock });
  const server = await WebhookServer.open(pages, ACCOUNT.authToken);
  const book = new CallBook(join(folder, 'calls.db'), clock);
  t.after(async () => {
    await server[Symbol.asyncDispose]();
    book.close();
    await ledger.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const domain: SipDomain = {
    sid: SID,
    date_created: '2026-11-21T12:00:00Z',
    date_updated: '2026-11-21T12:00:00Z',
    domain_name: 'acme.sip.twilio.com',
    friendly_name: null,
    voice_url: null,
    voice_method: 'POST',
    voice_fallback_url: null,
    voice_fallback_method: 'POST',
    voice_status_callback_url: null,
    voice_status_callback_method: 'POST',
    sip_registration: false,
    emergency_calling_enabled: false,
    secure: false,
    byoc_trunk_sid: null,
    emergency_caller_sid: null,
    ...changes(server.url),
  };
  const author = { actor: 'test', dialect: 'twilio', operation: 'test', requestId: 'test' };
  await ledger.commit(author, [put('sip-domain', SID, domain)]);
  const webhooks = new Webhooks({ clock, allowPrivate: true });
  const callbacks = { webhooks, clock, accountSid: ACCOUNT.sid, authToken: ACCOUNT.authToken };
  const application = new TwilioApplication({ documents: ledger, book, callbacks, studio: new Studio(clock) });
  return { application, server, book };
}

test('a call to a SIP domain: VoiceUrl with all that the vendor tells, then the status callback', async (t) => {
  const pages = { '/voice': '<Response><Reject reason="busy"/></Response>', '/status': '' };
  const { application, server, book } = await open(t, pages, (url) => ({
    voice_url: `${url}/voice`,
    voice_status_callback_url: `${url}/status`,
    voice_status_callback_method: 'GET',
  }));
  const call = new FakeCall({
    trunk: `twilio:${SID}`,
    callId: 'abc@phone',
    from: '+12065550199',
    to: 'sip:+12065550100@acme.sip.twilio.com',
    username: 'alice',
    source: '198.51.100.7',
    headers: new Map([
      ['x-account-id', '77'],
      ['user-to-user', 'hello'],
    ]),
  });
  await application.handle(call, SID);
  assert.deepEqual(
    call.deeds.filter(({ kind }) => kind !== 'note').map(({ kind }) => kind),
    ['ring', 'reject'],
  );
  const { parameters, signed } = await server.next('/voice');
  assert.ok(signed);
  const sid = parameters.get('CallSid') ?? '';
  assert.match(sid, /^CA[0-9a-f]{32}$/);
  assert.deepEqual(Object.fromEntries(parameters), {
    AccountSid: ACCOUNT.sid,
    ApiVersion: '2010-04-01',
    CallSid: sid,
    CallStatus: 'ringing',
    Called: 'sip:+12065550100@acme.sip.twilio.com',
    Caller: 'sip:+12065550199@acme.sip.twilio.com',
    Direction: 'inbound',
    From: 'sip:+12065550199@acme.sip.twilio.com',
    To: 'sip:+12065550100@acme.sip.twilio.com',
    SipDomain: 'acme.sip.twilio.com',
    SipDomainSid: SID,
    SipCallId: 'abc@phone',
    SipSourceIp: '198.51.100.7',
    SipUsername: 'alice',
    'SipHeader_X-Account-Id': '77',
    'SipHeader_User-to-User': 'hello',
  });
  const status = await server.next('/status');
  assert.deepEqual(
    ['CallStatus', 'CallSid', 'CallDuration', 'SipResponseCode'].map((name) => status.parameters.get(name)),
    ['busy', sid, '0', '486'],
  );
  assert.ok(status.signed);
  assert.equal(book.get(sid)?.status, 'busy');
});

test('a domain without a VoiceUrl, or one that is gone, refuses', async (t) => {
  const { application, book } = await open(t, {}, () => ({}));
  for (const sid of [SID, `SD${'1'.repeat(32)}`]) {
    const call = new FakeCall({ trunk: `twilio:${sid}` });
    await application.handle(call, sid);
    assert.deepEqual(
      call.deeds.map((deed) => deed.kind === 'reject' && deed.status),
      [480],
    );
  }
  assert.equal(book.list({}, { skip: 0, limit: 10 }).length, 1);
});
