import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACTIONS, CALL_TYPES } from '../../src/dialects/webex/permissions.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { seeded } from '../support/seeded.ts';
import { answering, OfficeGate } from '../support/webex-phones.ts';

const SEED = 20_261_122;
const CONFIGURATIONS = 30;
const CALLS = 10;

/** Numbers of every type, in several spellings; the last ones are nobody's. */
const NUMBERS = [
  '1001', '1002', '1003', '+14085550101', '8001234567', '+18005551212', '+12065550100', '2065550100', '912065550100', '+442079460000', '011442079460000', '+4930123456', '0', '00', '411', '12065551212', '211', '811', '+19005551234', '9765551234', '911', '112', '933', '7777', '123456', '+1999', '+5115551234', '84085550', 
] as const; // prettier-ignore
const PATTERNS = ['1XXX', '1003', '+1206!', '2065550100', '+44!', '+442079460000', '+1900!', '411', '9!', '0', 'XXX'];

describe('routes of Webex', () => {
  let net: OfficeGate;
  before(async () => {
    net = await OfficeGate.open();
  });
  after(() => net[Symbol.asyncDispose]());

  test(`the vendor's test of call routing and real calls agree on ${CONFIGURATIONS * CALLS} cases`, async () => {
    const random = seeded(SEED);
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
    const table = () =>
      CALL_TYPES.map((callType) => ({ callType, action: pick(ACTIONS), transferEnabled: random() < 0.5 }));
    const { personId, workspaceId } = net.office;
    await using desk = await SipPeer.open();
    answering(desk);
    await net.register('desk', desk);
    const seen = { rejected: 0, admitted: 0, asked: 0 };
    for (let round = 0; round < CONFIGURATIONS; round += 1) {
      const callingPermissions = table();
      await net.api(`PUT ${net.place}`, { callingPermissions });
      await net.api(`PUT people/${personId}/features/outgoingPermission`, {
        useCustomEnabled: true,
        useCustomPermissions: random() < 0.5,
        callingPermissions: table(),
      });
      await net.api(`PUT ${net.place}/autoTransferNumbers`, { autoTransferNumber1: '+12065550177', autoTransferNumber2: pick(['', '1003']) }); // prettier-ignore
      for (const owner of [net.place, net.person]) {
        await net.api(`DELETE ${owner}/digitPatterns`);
        for (const pattern of new Set([pick(PATTERNS), pick(PATTERNS)]))
          await net.api(`POST ${owner}/digitPatterns`, { name: pattern, pattern, action: pick(ACTIONS), transferEnabled: true }); // prettier-ignore
      }
      await net.api(`PUT ${net.person}/digitPatterns`, { useCustomDigitPatterns: random() < 0.5 });
      for (let turn = 0; turn < CALLS; turn += 1) {
        const to = pick(NUMBERS);
        const [user, id] = pick([['dana', personId], ['lobby', workspaceId]] as const); // prettier-ignore
        const told = await net.testRoute(to, id);
        const { reason, verdict } = await net.explain(to, user);
        const asks = told['appliedServices']?.some((service: object) => JSON.stringify(service).includes('AUTH_CODE'));
        const what = `round ${round}: ${user} to ${to}: ${reason}, ${JSON.stringify(told)}`;
        assert.equal(told['isRejected'], verdict !== 'admit', what);
        if (asks) {
          const status = await net.begin(to, user);
          assert.ok(status !== 403 && status !== 404, `${what}: ${status}`);
          seen.asked += 1;
        } else {
          const status = await net.dial(to, { user });
          const isRejected = status === 403 || status === 404;
          assert.equal(isRejected, told['isRejected'], `${what}: ${status}`);
          seen[isRejected ? 'rejected' : 'admitted'] += 1;
        }
      }
    }
    assert.ok(seen.rejected > 50 && seen.admitted > 50 && seen.asked > 10, JSON.stringify(seen));
  });
});
