import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Decision } from '../../src/rulebook/decide/decision.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, makeRequest } from '../support/edge.ts';
import { ask } from '../support/phone.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { answering, OfficeGate } from '../support/webex-phones.ts';

const MOBILE = '+12065550177';
const LONDON = '+442079460000';

/** What `tollgate call show` tells of a call. */
interface Report {
  readonly state: string;
  readonly status: number;
  readonly reason: string;
  readonly decisions: readonly Decision[];
}

/** Sends every call elsewhere, as a telephone does whose owner set call forwarding on it. */
function forwarding(peer: SipPeer, to: () => string): void {
  peer.onRequest = (request) => {
    if (request.method === 'INVITE') peer.respond(request, 302, ({ headers }) => headers.set('Contact', to()));
    else if (request.method !== 'ACK') peer.respond(request, 200);
  };
}

describe('a telephone that forwards by 302', () => {
  let net: OfficeGate;
  let desk: SipPeer;
  let lobby: SipPeer;
  let target = '';
  before(async () => {
    net = await OfficeGate.open();
    [desk, lobby] = [await SipPeer.open(), await SipPeer.open()];
    forwarding(desk, () => target);
    await net.register('desk', desk);
    await net.register('lobby', lobby);
  });
  beforeEach(() => {
    answering(lobby);
    for (const { received } of [net.carrier, lobby]) received.length = 0;
  });
  afterEach(async () => {
    await net.allow({ NATIONAL: 'ALLOW', INTERNAL_CALL: 'ALLOW' });
    await net.allow({ INTERNATIONAL: 'BLOCK' }, false);
    await net.api(`PUT ${ownOfDesk()}`, { useCustomPermissions: false, callingPermissions: [] });
  });
  after(async () => {
    await net[Symbol.asyncDispose]();
    await Promise.all([desk, lobby].map((peer) => peer[Symbol.asyncDispose]()));
  });

  const at = (user: string): string => `<sip:${user}@${net.host}>`;
  const ownOfDesk = () => `telephony/config/virtualLines/${net.office.virtualLineId}/outgoingPermission`;
  const onlyDesk = (callType: string, action: string, transferEnabled: boolean) =>
    net.api(`PUT ${ownOfDesk()}`, {
      useCustomEnabled: true,
      useCustomPermissions: true,
      callingPermissions: [{ callType, action, transferEnabled }],
    });
  const reportOf = async ({ callId = '' }: SipResponse): Promise<Report> =>
    (await net.gate.api('GET', `/calls/${encodeURIComponent(callId)}`)) as Report;

  test('out of the company: the call goes there as the call of the line, which the carrier is told', async () => {
    target = `<sip:1002@192.0.2.1>;q=0.1, ${at(MOBILE)};q=0.8`;
    const { invite, answer } = await net.invite('1003');
    assert.equal(answer.status, 200);
    const onward = await net.carrier.method('INVITE');
    assert.equal(onward.uri.split('@')[0], `sip:${MOBILE}`);
    // The desk has no number of its own, so it shows the main one.
    assert.match(onward.headers.get('p-asserted-identity') ?? '', /sip:\+14085550100@/);
    assert.match(onward.headers.get('diversion') ?? '', /sip:\+14085550100@.*;reason=unknown/);
    const { decisions } = await reportOf(answer);
    assert.deepEqual(
      decisions.slice(-2).map(({ direction, username, called }) => [direction, username, called]),
      [
        ['internal', 'dana', '1003'],
        ['termination', 'desk', MOBILE],
      ],
    );
    await net.hangUp(invite, answer);
    assert.ok(await net.carrier.method('BYE'));
  });

  test('to a colleague, whose telephone rings and shows the caller', async () => {
    target = at('1002');
    const { invite, answer } = await net.invite('1003');
    assert.equal(answer.status, 200);
    const onward = await lobby.method('INVITE');
    assert.match(onward.headers.get('p-asserted-identity') ?? '', /sip:1001@/);
    assert.equal(onward.headers.has('diversion'), false);
    await net.hangUp(invite, answer);
  });

  test('a call from the telephone network', async () => {
    const phoneNumbers = ['+14085550119'];
    const { locationId, virtualLineId } = net.office;
    await net.api(`POST telephony/config/locations/${locationId}/numbers`, { phoneNumbers });
    await net.api(`PUT telephony/config/virtualLines/${virtualLineId}`, { phoneNumber: phoneNumbers[0] });
    target = at(MOBILE);
    // The carrier that calls listens to the call that goes out, too.
    const from = '<sip:+15035550123@carrier.example>';
    const invite = makeRequest('INVITE', 'sip:+14085550119@127.0.0.1', net.carrier, { From: `${from};tag=caller` });
    const answer = await ask(net.carrier, net.gate, invite);
    assert.equal(answer.status, 200);
    const onward = await net.carrier.method('INVITE');
    assert.equal(onward.uri.split('@')[0], `sip:${MOBILE}`);
    assert.equal(onward.from?.uri, 'sip:+15035550123@carrier.example');
    assert.match(onward.headers.get('p-asserted-identity') ?? '', /sip:\+14085550119@/);
    await net.hangUp(invite, answer, net.carrier);
    await onlyDesk('NATIONAL', 'ALLOW', false);
    const again = makeRequest('INVITE', 'sip:+14085550119@127.0.0.1', net.carrier, { From: `${from};tag=again` });
    const refusal = await ask(net.carrier, net.gate, again);
    assert.equal(refusal.status, 403);
    assert.match(refusal.headers.get('reason') ?? '', /transfer-not-allowed/);
  });

  test("is refused, with the reason, where the line's own permission has no transfer", async () => {
    target = at(MOBILE);
    await onlyDesk('NATIONAL', 'ALLOW', false);
    const { answer } = await net.invite('1003');
    assert.equal(answer.status, 403);
    assert.match(answer.headers.get('reason') ?? '', /^SIP;cause=403;text="transfer-not-allowed/);
    assert.deepEqual(net.carrier.received, []);
    const { state, status, reason } = await reportOf(answer);
    assert.deepEqual([state, status, reason], ['refused', 403, 'transfer-not-allowed']);
    assert.equal(await net.dial(MOBILE), 200, 'the caller may call there');
  });

  test('is judged by the line that forwards and not by the caller', async () => {
    target = at(LONDON);
    await net.allow({ INTERNATIONAL: 'BLOCK' }, false);
    assert.equal(await net.dial('1003'), 403);
    await onlyDesk('INTERNATIONAL', 'ALLOW', true);
    const { invite, answer } = await net.invite('1003');
    assert.equal(answer.status, 200);
    // What the caller may not call, it may not transfer to either.
    const number = invite.cseq?.number ?? 0;
    net.phone.send(inDialog('ACK', invite, answer, number), { address: '127.0.0.1', port: net.gate.sip.udp });
    const refer = inDialog('REFER', invite, answer, number + 1);
    refer.headers.append('Refer-To', at(LONDON));
    assert.equal((await ask(net.phone, net.gate, refer)).status, 403);
    await ask(net.phone, net.gate, inDialog('BYE', invite, answer, number + 2));
    await onlyDesk('INTERNATIONAL', 'AUTH_CODE', true);
    assert.equal((await net.invite('1003')).answer.status, 403, 'nobody could key the code');
  });

  test('to what nobody can dial is refused', async () => {
    target = '<sip:mallory@192.0.2.66>';
    const { answer } = await net.invite('1003');
    assert.equal(answer.status, 404);
    assert.equal((await reportOf(answer)).reason, 'called-number-unknown');
  });

  test('to a colleague without a telephone is refused', async () => {
    target = at('1001');
    const { answer } = await net.invite('1003', { user: 'lobby' });
    assert.equal(answer.status, 480);
    assert.equal((await reportOf(answer)).reason, 'not-registered');
  });

  test('in a circle ends', async () => {
    target = at('1002');
    forwarding(lobby, () => at('1003'));
    const { answer } = await net.invite('1003');
    assert.equal(answer.status, 482);
    assert.equal((await reportOf(answer)).reason, 'forwarded-too-often');
    assert.equal(await net.dial(MOBILE), 200);
  });

  test('a call that was forwarded can be cancelled', async () => {
    target = at('1002');
    let rings: SipRequest | undefined;
    lobby.onRequest = (request) => {
      if (request.method === 'INVITE') lobby.respond((rings = request), 180);
      if (request.method !== 'CANCEL' || !rings) return;
      lobby.respond(request, 200);
      lobby.respond(rings, 487);
    };
    assert.equal(await net.begin('1003', 'dana'), 180);
    assert.ok(await lobby.method('CANCEL'));
  });
});
