import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { ask, call } from '../support/phone.ts';
import { makeRequest, withCredentials } from '../support/edge.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { makeOffice, must, type Office } from '../support/webex.ts';
import { apiOf, LINE_PASSWORD, linesOf, logIn } from '../support/webex-gate.ts';

describe('permissions of Webex lines, on calls', () => {
  let gate: TestGate;
  let phone: SipPeer;
  let office: Office;
  let host: string;

  before(async () => {
    gate = await TestGate.start();
    phone = await SipPeer.open();
    office = await makeOffice({ send: apiOf(gate) });
    ({ host } = await logIn(gate, linesOf(office)));
  });
  after(async () => {
    await phone[Symbol.asyncDispose]();
    await gate[Symbol.asyncDispose]();
  });

  const dial = async (to: string, user = 'dana'): Promise<number | undefined> =>
    (await call(phone, gate, { to: `sip:${to}@${host}`, from: `sip:${user}@${host}`, user, password: LINE_PASSWORD })).at(-1);

  test('calls go out', async () => {
    assert.equal(await dial('+12065550100'), 200);
  });
});
