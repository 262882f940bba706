import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { createResponse, type SipRequest, type SipResponse } from '../../src/sip/message/message.ts';
import type { Endpoint } from '../../src/sip/transport/transport.ts';
import { VoicePhone, type PhoneCall, type Received } from '../support/voice-phone.ts';
import { OfficeGate, PASSWORD } from '../support/webex-phones.ts';

const LONDON = '+442079460000';
const ELSEWHERE = '+12065550155';
const CODE = '4711';

/** A telephone that transfers, or is: what it was sent, and what it said. */
class Telephone implements AsyncDisposable {
  readonly phone: VoicePhone;
  readonly referrals: SipRequest[] = [];
  readonly #changed = new EventTarget();

  constructor(phone: VoicePhone) {
    this.phone = phone;
    phone.onReferral = async (request) => {
      this.referrals.push(request);
      this.#changed.dispatchEvent(new Event('referral'));
      return createResponse(request, request.method === 'REFER' ? 202 : 200);
    };
  }

  /** The REFER or NOTIFY that comes as number `count`, from 1. */
  async gets(count: number): Promise<SipRequest> {
    for (;;) {
      const referral = this.referrals[count - 1];
      if (referral) return referral;
      await new Promise((resolve) => this.#changed.addEventListener('referral', resolve, { once: true }));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.phone[Symbol.asyncDispose]();
  }
}

type Ended = Pick<PhoneCall, 'session'>;

/** Asks the other end to call somebody else. */
function refer({ session }: Ended, to: string): { sequence: number; answered: Promise<SipResponse | undefined> } {
  assert.ok(session);
  return session.send('REFER', ({ headers }, contact) => {
    headers.append('Refer-To', to);
    headers.append('Referred-By', '<sip:dana@office.example>');
    headers.append('Contact', contact);
  });
}

/** Tells how the call came out that the other end asked for. */
async function report({ call }: Received, id: number, status: string, state: string): Promise<number | undefined> {
  const sent = call.session.send('NOTIFY', (request, contact) => {
    request.headers.append('Event', `refer;id=${id}`);
    request.headers.append('Subscription-State', state);
    request.headers.append('Contact', contact);
    request.headers.append('Content-Type', 'message/sipfrag;version=2.0');
    request.body = Buffer.from(status);
  });
  return (await sent.answered)?.status;
}

describe('transfers of calls that an access code has opened', () => {
  let exchange: Telephone;
  let net: OfficeGate;
  let gate: Endpoint;
  before(async () => {
    exchange = new Telephone(await VoicePhone.open());
    net = await OfficeGate.open({ exchange: exchange.phone.endpoint });
    gate = { address: '127.0.0.1', port: net.gate.sip.udp };
    await net.api(`POST ${net.place}/accessCodes`, { accessCodes: [{ code: CODE, description: 'Travel' }] });
  });
  beforeEach(() => {
    exchange.referrals.length = 0;
  });
  after(async () => {
    await net[Symbol.asyncDispose]();
    await exchange[Symbol.asyncDispose]();
  });

  /** Dials, keys the code, and resolves when the ends talk with each other. */
  async function callWithCode(
    dana: Telephone,
    to: string,
    callee = exchange.phone,
  ): Promise<{ call: PhoneCall; far: Received }> {
    const earlier = callee.received.length;
    const credentials = { username: 'dana', password: PASSWORD };
    const call = dana.phone.call(`sip:${to}@${net.host}`, gate, { from: `sip:dana@${net.host}`, credentials });
    assert.equal((await call.settled).kind, 'answered');
    await call.media.hearsSpeech();
    await call.media.press(`${CODE}#`);
    const far = await callee.getsCall(earlier + 1);
    far.media.say(700);
    call.media.say(900);
    await Promise.all([call.media.hears(700), far.media.hears(900)]);
    call.media.close();
    return { call, far };
  }

  test('the caller transfers the callee where the line may transfer to, and hears how it came out', async () => {
    await using dana = new Telephone(await VoicePhone.open());
    await net.allow({ INTERNATIONAL: 'AUTH_CODE' });
    await net.allow({ NATIONAL: 'ALLOW' }, true);
    const { call, far } = await callWithCode(dana, LONDON);
    // From now on requests have another number in each dialog.
    assert.equal(await call.session?.ask('OPTIONS'), 200);
    const { sequence, answered } = refer(call, `<sip:${ELSEWHERE}@${net.host}>`);
    assert.equal((await answered)?.status, 202);
    const referral = await exchange.gets(1);
    assert.equal(referral.headers.get('refer-to'), `<sip:${ELSEWHERE}@${net.host}>`);
    assert.equal(referral.headers.get('referred-by'), '<sip:dana@office.example>');
    assert.equal(referral.headers.has('x-tollgate-application'), false);
    const number = referral.cseq?.number ?? 0;
    assert.notEqual(number, sequence);
    assert.equal(await report(far, number, 'SIP/2.0 200 OK', 'terminated;reason=noresource'), 200);
    const told = await dana.gets(1);
    assert.deepEqual(
      ['event', 'subscription-state', 'content-type'].map((name) => told.headers.get(name)),
      [`refer;id=${sequence}`, 'terminated;reason=noresource', 'message/sipfrag;version=2.0'],
    );
    assert.equal(told.body.toString(), 'SIP/2.0 200 OK');
    call.end();
    await far.ended;
  });

  test('an attended transfer names the other call to the callee, and needs the same permission', async () => {
    await using dana = new Telephone(await VoicePhone.open());
    await net.allow({ INTERNATIONAL: 'AUTH_CODE' });
    await net.allow({ NATIONAL: 'ALLOW' }, true);
    const { call, far } = await callWithCode(dana, LONDON);
    const other = `<sip:${ELSEWHERE}@${net.host}?Replaces=other%40phone%3Bto-tag%3Da%3Bfrom-tag%3Db>`;
    assert.equal((await refer(call, other).answered)?.status, 202);
    assert.equal((await exchange.gets(1)).headers.get('refer-to'), other);
    await net.allow({ NATIONAL: 'ALLOW' }, false);
    assert.equal((await refer(call, other).answered)?.status, 403);
    call.end();
    await far.ended;
  });

  test('a transfer where the line may not transfer to is refused, and says why', async () => {
    await using dana = new Telephone(await VoicePhone.open());
    await net.allow({ INTERNATIONAL: 'AUTH_CODE' });
    await net.allow({ NATIONAL: 'ALLOW' }, false);
    const { call, far } = await callWithCode(dana, LONDON);
    assert.equal((await refer(call, `<sip:${ELSEWHERE}@${net.host}>`).answered)?.status, 403);
    assert.equal((await refer(call, `<sip:${LONDON}@${net.host}>`).answered)?.status, 403, 'nobody keys a code there');
    assert.deepEqual(exchange.referrals, []);
    call.end();
    await far.ended;
    const shown = (await net.gate.api('GET', `/calls/${encodeURIComponent(call.callId)}`)) as {
      decisions: { reason: string }[];
    };
    assert.deepEqual(
      shown.decisions.map(({ reason }) => reason).filter((reason) => reason !== 'credentials-required'),
      ['admitted', 'transfer-not-allowed', 'transfer-not-allowed'],
    );
  });

  test('a colleague who was reached with a code is transferred to another, and may transfer the caller', async () => {
    await using dana = new Telephone(await VoicePhone.open());
    await using desk = new Telephone(await VoicePhone.open());
    await using lobby = await VoicePhone.open();
    const login = (username: string) => ({ username, password: PASSWORD });
    assert.equal(await desk.phone.register(gate, net.host, login('desk')), 200);
    assert.equal(await lobby.register(gate, net.host, login('lobby')), 200);
    const extension = { name: 'desk', pattern: '1003', action: 'AUTH_CODE', transferEnabled: false };
    await net.api(`POST ${net.place}/digitPatterns`, extension);
    await net.allow({ INTERNAL_CALL: 'ALLOW' }, true);
    const { call, far } = await callWithCode(dana, '1003', desk.phone);

    await net.allow({ INTERNATIONAL: 'BLOCK' }, false);
    assert.equal((await refer(far.call, `<sip:${LONDON}@${net.host}>`).answered)?.status, 403, 'the desk may not');
    assert.equal((await refer(far.call, `<sip:1002@${net.host}>`).answered)?.status, 202);
    assert.equal((await dana.gets(1)).headers.get('refer-to'), `<sip:1002@${net.host}>`);

    assert.equal((await refer(call, `<sip:1002@${net.host}>`).answered)?.status, 202);
    const target = /<(.*)>/.exec((await desk.gets(1)).headers.get('refer-to') ?? '')?.[1] ?? '';
    const onward = desk.phone.call(target, gate, { from: `sip:desk@${net.host}`, credentials: login('desk') });
    const last = await lobby.getsCall();
    assert.equal((await onward.settled).kind, 'answered');
    call.end();
    await far.ended;
    onward.media.say(500);
    await last.media.hears(500);
    onward.media.close();
    onward.end();
    await last.ended;
    await net.api(`DELETE ${net.place}/digitPatterns`);
  });
});
