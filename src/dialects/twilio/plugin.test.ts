import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCOUNT, clientOf, refused, startTwilio, type TwilioServer } from '../../../test/support/twilio.ts';
import { OPERATIONS } from './operations.ts';

const LISTS = 'POST /2010-04-01/Accounts/{AccountSid}/SIP/CredentialLists.json';

/** Makes access lists, which have no limit in sight. */
async function makeLists({ send }: TwilioServer, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await send('POST /2010-04-01/Accounts/{AccountSid}/SIP/IpAccessControlLists.json', { FriendlyName: `${index}` });
}

describe('who asks', () => {
  test("no credentials, a wrong SID, a wrong token: 401 with the vendor's words", async (t) => {
    const { url, ledger } = await startTwilio(t);
    const path = `${url}/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/Domains.json`;
    const bare = await fetch(path, { method: 'POST' });
    assert.equal(bare.status, 401);
    assert.match(bare.headers.get('www-authenticate') ?? '', /^Basic realm=/);
    assert.deepEqual(await bare.json(), {
      code: 20003,
      detail: 'Your AccountSid or AuthToken was incorrect.',
      message: 'Authentication Error - No credentials provided',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 401,
    });
    const domains = (user: string, password: string) => clientOf(url, user, password).sip.domains;
    const create = { domainName: 'acme.sip.twilio.com' };
    await assert.rejects(domains(ACCOUNT.sid, 'wrong').create(create), refused(20003, 401, /^Authenticate$/));
    await assert.rejects(
      domains(`AC${'0'.repeat(32)}`, ACCOUNT.authToken).create(create),
      refused(20003, 401, /invalid username/),
    );
    for (const authorization of ['Basic', 'Basic ====', 'Bearer x', 'Basic Og==', `Basic ${'A'.repeat(5000)}`])
      assert.equal((await fetch(path, { headers: { authorization } })).status, 401);
    assert.equal(await ledger.revision(), 0);
  });

  test("another account's path and an unknown SID are not found", async (t) => {
    const { client, send } = await startTwilio(t);
    const { status, json } = await send(`GET /2010-04-01/Accounts/AC${'0'.repeat(32)}/SIP/Domains.json`);
    assert.deepEqual([status, json['code']], [404, 20404]);
    await assert.rejects(
      client.sip.domains(`SD${'0'.repeat(32)}`).fetch(),
      refused(
        20404,
        404,
        /^The requested resource \/2010-04-01\/Accounts\/\w+\/SIP\/Domains\/SD0+\.json was not found$/,
      ),
    );
  });
});

describe('every operation', () => {
  test('asks for credentials, and knows no resource that is not there', async (t) => {
    const { url, send } = await startTwilio(t);
    for (const { name, method, path } of OPERATIONS) {
      const target = path.replace('{AccountSid}', ACCOUNT.sid).replace(/\{\w+\}/g, 'XX00');
      assert.equal((await fetch(url + target, { method })).status, 401, name);
      if (!/\{(?!AccountSid)/.test(path)) continue;
      const { status, json } = await send(`${method} ${target}`);
      assert.equal(json['status'], status, name);
      assert.ok([400, 404].includes(status), `${name}: ${status}`);
      assert.match(String(json['more_info']), new RegExp(`/${Number(json['code'])}$`), name);
    }
  });

  test('answers what cannot be read with an error that changes nothing', async (t) => {
    const { send, ledger } = await startTwilio(t);
    for (const { name, method, path, form } of OPERATIONS.filter((one) => one.method === 'POST')) {
      // What demands nothing can be made of nothing.
      const demanded: readonly string[] = form.required ?? [];
      if (!/\{(?!AccountSid)/.test(path) && demanded.length === 0) continue;
      const target = path.replace(/\{(?!AccountSid)\w+\}/g, 'XX00');
      for (const body of ['%', '%FF%FE=%00', '=', '&&&', `x=${'y'.repeat(1000)}`, '{"FriendlyName":1}']) {
        if (/\/Keys|Accounts(\/\{AccountSid\})?\.json$/.test(path)) continue;
        const { status, json } = await send(`${method} ${target}`, body);
        assert.ok(status >= 400 && status < 500, `${name} ${body}: ${status}`);
        assert.equal(json['status'], status);
      }
    }
    assert.equal(await ledger.revision(), 0);
  });
});

describe('bodies and paths', () => {
  test('a form of another type, or one that is too large, is refused', async (t) => {
    const { send } = await startTwilio(t);
    const json = await send(LISTS, '{"FriendlyName":"x"}', { 'content-type': 'application/json' });
    assert.deepEqual([json.status, json.json['code']], [400, 20001]);
    const large = await send(LISTS, `FriendlyName=${'x'.repeat(300_000)}`);
    assert.deepEqual([large.status, large.json['status']], [413, 413]);
    const charset = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const made = await send(LISTS, 'FriendlyName=B%C3%BCro+1', charset);
    assert.deepEqual([made.status, made.json['friendly_name']], [201, 'Büro 1']);
  });

  test('an unknown path and an unknown method are answered in the envelope', async (t) => {
    const { send } = await startTwilio(t);
    const unknown = await send('GET /2010-04-01/Accounts/{AccountSid}/Nothing.json?x=1');
    assert.deepEqual([unknown.status, unknown.json['code']], [404, 20404]);
    assert.match(String(unknown.json['message']), /Nothing\.json was not found$/);
    const put = await send('PUT /2010-04-01/Accounts/{AccountSid}/SIP/Domains.json', 'x=1');
    assert.deepEqual([put.status, put.json['code']], [405, 20004]);
    const remove = await send('DELETE /2010-04-01/Accounts/{AccountSid}.json');
    assert.deepEqual([remove.status, remove.json['code']], [405, 20004]);
  });
});

describe('pages', () => {
  test('a list of 120 is walked by the client, the newest first, while others write', async (t) => {
    const server = await startTwilio(t);
    const { client, clock } = server;
    for (let index = 0; index < 120; index += 1) {
      clock.advance(1000);
      await client.sip.ipAccessControlLists.create({ friendlyName: `${index}` });
    }
    const names = (await client.sip.ipAccessControlLists.list()).map(({ friendlyName }) => Number(friendlyName));
    assert.deepEqual(
      names,
      Array.from({ length: 120 }, (_, index) => 119 - index),
    );
    // Each is deleted as it comes: nothing is passed over.
    const lists = client.sip.ipAccessControlLists;
    const removed: string[] = [];
    for (let page = await lists.page({ pageSize: 7 }); ; page = await lists.getPage(page.nextPageUrl)) {
      for (const { sid } of page.instances) if (await lists(sid).remove()) removed.push(sid);
      if (!page.nextPageUrl) break;
    }
    assert.equal(new Set(removed).size, 120);
    assert.deepEqual(await client.sip.ipAccessControlLists.list(), []);
  });

  test('the envelope of 2010: relative URIs, indexes, null at the ends', async (t) => {
    const server = await startTwilio(t);
    await makeLists(server, 5);
    const path = `/2010-04-01/Accounts/${ACCOUNT.sid}/SIP/IpAccessControlLists.json`;
    const first = (await server.send(`GET ${path}?PageSize=2`)).json;
    const { ip_access_control_lists: items, ...envelope } = first;
    assert.equal((items as object[]).length, 2);
    assert.match(
      String(envelope['next_page_uri']),
      new RegExp(`^${path}\\?PageSize=2&Page=1&PageToken=PAAL[0-9a-f]{32}$`),
    );
    assert.deepEqual(
      { ...envelope, next_page_uri: '' },
      {
        page: 0,
        page_size: 2,
        start: 0,
        end: 1,
        uri: `${path}?PageSize=2&Page=0`,
        first_page_uri: `${path}?PageSize=2&Page=0`,
        next_page_uri: '',
        previous_page_uri: null,
      },
    );
    const second = (await server.send(`GET ${String(envelope['next_page_uri'])}`)).json;
    assert.deepEqual([second['page'], second['start'], second['end']], [1, 2, 3]);
    assert.equal(second['previous_page_uri'], `${path}?PageSize=2&Page=0`);
    assert.equal(second['uri'], envelope['next_page_uri']);
    const third = (await server.send(`GET ${path}?PageSize=2&Page=2`)).json;
    assert.deepEqual([third['start'], third['end'], third['next_page_uri']], [4, 4, null]);
    const beyond = (await server.send(`GET ${path}?PageSize=2&Page=9`)).json;
    assert.deepEqual([beyond['start'], beyond['end'], beyond['next_page_uri']], [0, 0, null]);
  });

  test('sizes: 1 to 1000, the wish for more is cut, anything else is refused', async (t) => {
    const { send } = await startTwilio(t);
    const path = '/2010-04-01/Accounts/{AccountSid}/SIP/Domains.json';
    const { json } = await send(`GET ${path}?PageSize=5000`);
    assert.equal(json['page_size'], 1000);
    for (const query of ['PageSize=0', 'PageSize=-1', 'PageSize=x', 'Page=-1', 'Page=1e3']) {
      const { status, json: body } = await send(`GET ${path}?${query}`);
      assert.deepEqual([status, body['code']], [400, 20001], query);
    }
    const { status, json: body } = await send(`GET ${path}?PageToken=nonsense`);
    assert.deepEqual([status, body['code']], [400, 21481]);
  });
});
