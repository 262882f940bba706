import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CALL_TYPES } from '../../src/dialects/webex/permissions.ts';
import { SipRequest } from '../../src/sip/message/message.ts';
import { inDialog } from '../support/edge.ts';
import { ask } from '../support/phone.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { ADDRESS, PLACE } from '../support/webex.ts';
import { answering, logIn, OfficeGate } from '../support/webex-phones.ts';

const LONDON = '+442079460000';
const DEFAULTS = { INTERNATIONAL: 'BLOCK', NATIONAL: 'ALLOW', INTERNAL_CALL: 'ALLOW', PREMIUM_SERVICES_I: 'BLOCK' };

describe('outgoing permissions of Webex, on calls', () => {
  let net: OfficeGate;
  before(async () => {
    net = await OfficeGate.open();
  });
  after(() => net[Symbol.asyncDispose]());
  afterEach(async () => {
    await net.allow(DEFAULTS);
    await net.api(`DELETE ${net.place}/digitPatterns`);
    await net.api(`DELETE ${net.person}/digitPatterns`);
  });

  const patternOf = (owner: string, pattern: string, action: string, transferEnabled = true) =>
    net.api(`POST ${owner}/digitPatterns`, { name: `${action} ${pattern}`, pattern, action, transferEnabled });

  test('before anything is set, calls abroad and premium numbers are blocked, and the others are not', async () => {
    assert.equal(await net.dial('+12065550100'), 200);
    assert.equal(await net.dial('2065550100'), 200);
    assert.equal((await net.carrier.method('INVITE')).uri.split('@')[0], 'sip:+12065550100');
    assert.equal(await net.dial('011442079460000'), 403);
    assert.equal(await net.dial('+19005551234'), 403);
    assert.equal(await net.dial('7777'), 404, 'nobody, and no number');
  });

  test('a blocked call names its rule: level, and type or pattern', async () => {
    const byType = await net.explain(LONDON);
    assert.deepEqual(
      [byType.reason, byType.trace.at(-1)?.rule],
      [
        'call-blocked',
        {
          resource: `Location ${uuidOf(net.office.locationId)}`,
          field: 'outgoingPermission.callingPermissions INTERNATIONAL',
        },
      ],
    );
    await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: true });
    await patternOf(net.person, '+1206!', 'BLOCK');
    const byPattern = await net.explain('2065550100');
    assert.deepEqual(byPattern.trace.at(-1)?.rule, {
      resource: `Person ${uuidOf(net.office.personId)}`,
      field: 'outgoingPermission.digitPatterns BLOCK +1206!',
    });
    assert.match(byPattern.trace.at(-1)?.detail ?? '', /pattern \+1206!/);
  });

  test("a person's pattern that allows counts before a location's that blocks, once it is switched on", async () => {
    await net.allow({ INTERNATIONAL: 'ALLOW' });
    await patternOf(net.place, '+44!', 'BLOCK');
    await patternOf(net.person, '+4420!', 'ALLOW');
    await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: false });
    assert.equal(await net.dial(LONDON), 403);
    await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: true });
    assert.equal(await net.dial(LONDON), 200);
    assert.equal(await net.dial('+441612345678'), 403, "the location's pattern still counts for the rest");
    assert.equal(await net.dial(LONDON, { user: 'lobby' }), 403, 'and for the others');
  });

  test('a pattern holds however the number is dialled', async () => {
    await patternOf(net.place, '2065550100', 'BLOCK');
    for (const to of ['+12065550100', '12065550100', '2065550100', '206-555-0100'])
      assert.equal(await net.dial(to), 403, to);
  });

  test("a person's table of types counts in place of the location's", async () => {
    const settings = `PUT people/${net.office.personId}/features/outgoingPermission`;
    const callingPermissions = [{ callType: 'NATIONAL', action: 'BLOCK', transferEnabled: false }];
    await net.api(settings, { useCustomEnabled: true, useCustomPermissions: true, callingPermissions });
    assert.equal(await net.dial('+12065550100'), 403);
    assert.equal(await net.dial('+12065550100', { user: 'desk' }), 200);
    await net.api(settings, { useCustomPermissions: false });
    assert.equal(await net.dial('+12065550100'), 200);
  });

  test('112, 911 and 999 pass from their countries whatever is configured', async () => {
    const nothing = CALL_TYPES.map((callType) => ({ callType, action: 'BLOCK', transferEnabled: false }));
    const london = { ...PLACE, name: 'London', address: { ...ADDRESS, country: 'GB' } };
    const { id } = (await net.api('POST locations', london)).json;
    await net.api('POST telephony/config/locations', { id, ...london });
    const line = { firstName: 'Help', lastName: 'Desk', locationId: id, extension: '112' };
    const made = (await net.api('POST telephony/config/virtualLines', line)).json;
    const host = await logIn(net.gate, 'help', String(made['id']));
    for (const owner of [net.place, `telephony/config/locations/${id}/outgoingPermission`]) {
      await net.api(`PUT ${owner}`, { callingPermissions: nothing });
      for (const pattern of ['9!', '1!']) await patternOf(owner, pattern, 'BLOCK');
    }
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, {
      outsideDialDigit: '9',
      enforceOutsideDialDigit: true,
    });
    for (const to of ['911', '112', '9911']) assert.equal(await net.dial(to), 200, to);
    for (const to of ['999', '112']) assert.equal(await net.dial(to, { user: 'help', host }), 200, to);
    const numbers = net.carrier.received.map((message) => ('uri' in message ? message.uri : ''));
    assert.ok(
      numbers.some((uri) => uri.startsWith('sip:999@')),
      'the carrier got the call',
    );
    assert.equal(await net.dial('+12065550100'), 403);
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, {
      outsideDialDigit: '',
      enforceOutsideDialDigit: false,
    });
  });

  test('lines call each other by extension, prefix and number, and see the extension', async () => {
    await using desk = await SipPeer.open();
    answering(desk);
    assert.equal(await net.register('desk', desk), 200);
    assert.equal(await net.dial('1003'), 200);
    const invite = await desk.method('INVITE');
    assert.match(invite.headers.get('p-asserted-identity') ?? '', /sip:1001@/);
    assert.equal(invite.uri, `sip:desk@${desk.address}:${desk.port}`);
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, { routingPrefix: '84' });
    assert.equal(await net.dial('841003'), 200);
    assert.equal(await net.dial('1001', { user: 'lobby' }), 480, 'dana has no telephone on');
    await net.allow({ INTERNAL_CALL: 'BLOCK' });
    for (const to of ['1003', '841003']) assert.equal(await net.dial(to), 403, to);
    await net.api(`PUT telephony/config/locations/${net.office.locationId}`, { routingPrefix: '' });
  });

  test('a call goes to the number that decides, and nowhere when that is not set', async () => {
    await net.allow({ INTERNATIONAL: 'TRANSFER_NUMBER_1' });
    assert.equal((await net.explain(LONDON)).reason, 'transfer-number-missing');
    assert.equal(await net.dial(LONDON), 403);
    await net.api(`PUT ${net.place}/autoTransferNumbers`, { autoTransferNumber1: '+12065550177' });
    assert.equal(await net.dial(LONDON), 200);
    const { targets, permission } = await net.explain(LONDON);
    assert.deepEqual([targets[0]?.user, permission?.action], ['+12065550177', 'transfer-1']);
    await net.api(`PUT ${net.place}/autoTransferNumbers`, { autoTransferNumber1: '' });
  });

  test('a code is asked for by the application, which alone may go on', async () => {
    await net.allow({ INTERNATIONAL: 'AUTH_CODE' });
    const { verdict, direction, targets, permission } = await net.explain(LONDON);
    assert.deepEqual(
      [verdict, direction, targets.map(({ application }) => application)],
      ['admit', 'termination', ['access-code']],
    );
    assert.equal(permission?.codeSets[0], uuidOf(net.office.locationId));
    assert.equal(permission?.number, LONDON);
  });

  test('a transfer or a forwarded call needs a permission that says so', async () => {
    const refer = async (to: string): Promise<number> => {
      const { invite, answer } = await net.invite('+12065550100');
      const number = invite.cseq?.number ?? 0;
      const port = net.gate.sip.udp;
      net.phone.send(inDialog('ACK', invite, answer, number), { address: '127.0.0.1', port });
      const request = inDialog('REFER', invite, answer, number + 1);
      request.headers.append('Refer-To', `<sip:${to}@${net.host}>`);
      const { status } = await ask(net.phone, net.gate, request);
      await ask(net.phone, net.gate, inDialog('BYE', invite, answer, number + 2));
      return status;
    };
    const diversion = { Diversion: '<sip:+14085550101@office>;reason=unconditional' };
    await net.allow({ INTERNATIONAL: 'ALLOW' }, false);
    assert.equal(await net.dial(LONDON), 200);
    assert.equal(await refer(LONDON), 403);
    assert.equal(await net.dial(LONDON, { headers: diversion }), 403);
    await net.allow({ INTERNATIONAL: 'ALLOW' }, true);
    assert.equal(await refer(LONDON), 200);
    assert.equal(await net.dial(LONDON, { headers: diversion }), 200);
    await net.allow({ INTERNATIONAL: 'AUTH_CODE' }, true);
    assert.equal(await refer(LONDON), 403, 'nobody could key the code');
  });

  test('the called line is asked for its own permission when it transfers', async () => {
    await using desk = await SipPeer.open();
    answering(desk);
    await net.register('desk', desk);
    await net.allow({ INTERNATIONAL: 'ALLOW' }, true);
    const settings = `PUT telephony/config/virtualLines/${net.office.virtualLineId}/outgoingPermission`;
    const callingPermissions = [{ callType: 'INTERNATIONAL', action: 'ALLOW', transferEnabled: false }];
    await net.api(settings, { useCustomEnabled: true, useCustomPermissions: true, callingPermissions });
    const { invite, answer } = await net.invite('1003');
    const refer = new SipRequest('REFER', `sip:caller@${net.phone.address}:${net.phone.port}`);
    const seen = await desk.method('INVITE');
    const via = `SIP/2.0/UDP ${desk.address}:${desk.port};branch=z9hG4bKcallee;rport`;
    const headers = {
      Via: via,
      From: answer.headers.get('to'),
      To: answer.headers.get('from'),
      'Call-ID': invite.callId,
    };
    for (const [name, value] of Object.entries(headers)) refer.headers.append(name, value ?? '');
    for (const route of seen.headers.values('record-route')) refer.headers.append('Route', route);
    refer.headers.append('CSeq', '1 REFER');
    refer.headers.append('Refer-To', `<sip:${LONDON}@${net.host}>`);
    assert.equal((await ask(desk, net.gate, refer)).status, 403);
    await net.hangUp(invite, answer);
    assert.equal(await net.dial(LONDON, { user: 'desk' }), 200, 'itself it may call there');
    await net.api(settings, { useCustomPermissions: false, callingPermissions });
  });

  test('a line that may not register can still call', async () => {
    const { virtualLineId } = net.office;
    await net.gate.api('PUT', `/webex/lines/${virtualLineId}/credentials`, { username: 'desk', registration: false });
    await using desk = await SipPeer.open();
    assert.equal(await net.register('desk', desk), 403);
    assert.equal(await net.dial('+12065550100', { user: 'desk' }), 200);
  });
});

function uuidOf(id: string): string {
  return Buffer.from(id, 'base64').toString().split('/').at(-1) ?? '';
}
