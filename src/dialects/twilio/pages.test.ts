import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, startTwilio } from '../../../test/support/twilio.ts';
import type { Call } from './operation.ts';
import { pageAnswer, readPageQuery } from './pages.ts';

/** As much of a call as a page depends on. */
function callOf(path: string, query = ''): Call {
  return { origin: 'https://gate.example:8443', path, query: new URLSearchParams(query) } as Partial<Call> as Call;
}

test('the envelope of v1: absolute URLs on the host of the client, and the key', () => {
  const call = callOf('/v1/IpRecords', 'PageSize=2&Page=1&PageToken=PAILaa');
  const url = 'https://gate.example:8443/v1/IpRecords';
  assert.deepEqual(pageAnswer(call, 'ip_records', readPageQuery(call), [{ sid: 'ILbb' }], 'ILbb'), {
    ip_records: [{ sid: 'ILbb' }],
    meta: {
      page: 1,
      page_size: 2,
      first_page_url: `${url}?PageSize=2&Page=0`,
      previous_page_url: `${url}?PageSize=2&Page=0`,
      url: `${url}?PageSize=2&Page=1&PageToken=PAILaa`,
      next_page_url: `${url}?PageSize=2&Page=2&PageToken=PAILbb`,
      key: 'ip_records',
    },
  });
});

test('a page that is none is refused by the rule that holds; wishes for more than 1000 get as many', () => {
  const size = { name: 'VendorError', message: 'PageSize must be an integer from 1 to 1000' };
  for (const query of ['PageSize=-1', 'PageSize=0', 'PageSize=x'])
    assert.throws(() => readPageQuery(callOf('/v1/IpRecords', query)), size, query);
  const number = { name: 'VendorError', message: 'Page must be an integer from 0 to 999999' };
  assert.throws(() => readPageQuery(callOf('/v1/IpRecords', 'Page=-1')), number);
  assert.equal(readPageQuery(callOf('/v1/IpRecords', 'PageSize=5000')).size, 1000);
});

test('filters stay in the links of a page', async (t) => {
  const { send } = await startTwilio(t);
  const path = `/2010-04-01/Accounts/${ACCOUNT.sid}/AvailablePhoneNumbers/US/Local.json`;
  const { json } = await send(`GET ${path}?AreaCode=206&PageSize=3`);
  assert.equal(json['next_page_uri'], `${path}?AreaCode=206&PageSize=3&Page=1&PageToken=PA%2B12065550102`);
  const { json: next } = await send(`GET ${json['next_page_uri']}`);
  assert.equal((next['available_phone_numbers'] as { phone_number: string }[])[0]?.phone_number, '+12065550103');
});
