import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configElement, startSbc, subElement, type SbcReply } from '../../../../test/support/sbc.ts';
import { documentKey } from '../documents.ts';

const PATH = '/configuration/configElements';
const SEED = {
  'realm-id': 'core',
  'source-address': '10.4.4.0/24',
  'application-protocol': 'SIP',
  'transport-protocol': 'TCP',
};

/** The values of an attribute in an answer. */
function values({ text }: SbcReply, name: string): string[] {
  const found = new RegExp(`<name>${name}</name>(.*?)</attribute>`).exec(text)?.[1] ?? '';
  return [...found.matchAll(/<value>(.*?)<\/value>|<value\/>/g)].map(([, value = '']) => value);
}

describe('finding elements', () => {
  test("by key attributes in any order, as in the vendor's own sample", async (t) => {
    const { send } = await startSbc(t);
    const query = Object.entries(SEED).map(([name, value]) => `${name}=${value}`);
    await send(`POST ${PATH}`, { body: configElement('access-control', SEED) });
    for (const keys of [query, query.toReversed()]) {
      const found = await send(`GET ${PATH}?elementType=access-control&${keys.join('&')}`);
      assert.deepEqual(values(found, 'destination-address'), ['0.0.0.0']);
    }
    const wrong = [
      query.with(1, 'source-address=10.4.5.0/24'),
      query.with(3, 'transport-protocol=UDP'),
      [...query, 'destination-address=10.0.0.1'],
      query.slice(1),
    ];
    for (const keys of wrong)
      assert.equal(
        (await send(`DELETE ${PATH}?elementType=access-control&${keys.join('&')}`)).status,
        404,
        keys.join(),
      );
    const none = await send(`DELETE ${PATH}?elementType=access-control&access=permit`);
    assert.deepEqual([none.status, none.message], [400, 'access is no key attribute of access-control']);
    assert.equal((await send(`DELETE ${PATH}?elementType=access-control&${query.join('&')}`)).status, 204);
  });

  test('by lists in any order and either way of writing, plus signs included', async (t) => {
    const { send } = await startSbc(t);
    const from = { 'from-address': ['+4930', '7152'], 'to-address': '*', 'source-realm': '*' };
    assert.equal((await send(`POST ${PATH}`, { body: configElement('local-policy', from) })).status, 200);
    const again = { ...from, 'from-address': '7152 +4930' };
    assert.equal((await send(`POST ${PATH}`, { body: configElement('local-policy', again) })).status, 409);
    for (const keys of [
      'from-address=+4930&from-address=7152',
      'from-address=7152,+4930',
      'from-address=7152%20%2B4930',
    ])
      assert.equal((await send(`GET ${PATH}?elementType=local-policy&${keys}`)).status, 200, keys);
    const blank = { 'from-address': ['12', '34'] };
    await send(`POST ${PATH}`, { body: configElement('local-policy', blank) });
    assert.equal((await send(`GET ${PATH}?elementType=local-policy&from-address=12+34`)).status, 200);
  });

  test('a key that has no default must be named', async (t) => {
    const { send } = await startSbc(t);
    for (const line of [
      `DELETE ${PATH}?elementType=session-agent`,
      `DELETE ${PATH}?elementType=media-profile&subname=x`,
    ])
      assert.match((await send(line)).message ?? '', /^Key attribute (hostname|name) of .* is missing$/);
    const { status } = await send(`PUT ${PATH}`, { body: configElement('session-agent', { port: '5070' }) });
    assert.equal(status, 400);
  });

  test('nothing is deleted without a key, not even what has all keys at their defaults', async (t) => {
    const { send } = await startSbc(t);
    for (const type of ['local-policy', 'access-control']) {
      await send(`POST ${PATH}`, { body: configElement(type) });
      const { status, message } = await send(`DELETE ${PATH}?elementType=${type}`);
      assert.deepEqual([status, message], [400, `Key attributes of ${type} are missing`]);
      assert.match((await send(`GET ${PATH}?elementType=${type}`)).text, /<configElement>/);
    }
    assert.equal((await send(`DELETE ${PATH}?elementType=local-policy&to-address=*`)).status, 204);
  });

  test('lists come in pages of a hundred in the order of their keys, each with the way to the next', async (t) => {
    const { send } = await startSbc(t);
    assert.match((await send(`GET ${PATH}?elementType=session-agent`)).text, /<data\/><messages\/><links\/>/);
    for (let index = 0; index < 120; index += 1) {
      const hostname = `pbx${String((index * 7) % 120).padStart(3, '0')}.example.com`;
      await send(`POST ${PATH}`, { body: configElement('session-agent', { hostname }) });
    }
    const names = ({ text }: SbcReply): string[] => [...text.matchAll(/<value>(pbx\d+)/g)].map(([, name = '']) => name);
    const first = await send(`GET ${PATH}?elementType=session-agent`);
    const all = Array.from({ length: 120 }, (_, index) => `pbx${String(index).padStart(3, '0')}`);
    assert.deepEqual(names(first), all.slice(0, 100));
    const next =
      /<link>https:\/\/sbc\.example(?::443)?(.*)<\/link>/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await send(`GET ${next}`);
    assert.deepEqual(names(second), all.slice(100));
    assert.match(second.text, /<links\/>/);
    const middle = await send(`GET ${PATH}?elementType=session-agent&offset=30&maxElements=5`);
    assert.deepEqual(names(middle), all.slice(30, 35));
    for (const wrong of ['offset=-1', 'maxElements=x', 'running=yes'])
      assert.equal((await send(`GET ${PATH}?elementType=session-agent&${wrong}`)).status, 400, wrong);
    for (const none of ['offset=120', 'maxElements=0'])
      assert.deepEqual(names(await send(`GET ${PATH}?elementType=session-agent&${none}`)), []);
  });
});

describe('changing elements', () => {
  test('PUT merges: what is not named stays, what is empty goes back to its default', async (t) => {
    const { send } = await startSbc(t);
    await send(`POST ${PATH}`, {
      body: configElement('session-agent', { hostname: 'pbx', port: '5070', 'max-sessions': '9' }),
    });
    const put = (changes: Record<string, string>) =>
      send(`PUT ${PATH}`, { body: configElement('session-agent', { hostname: 'pbx', ...changes }) });
    const merged = await put({ 'max-sessions': '010', 'stop-recurse': '401, 407 480-486' });
    assert.deepEqual(values(merged, 'port'), ['5070']);
    assert.deepEqual(values(merged, 'max-sessions'), ['10']);
    assert.deepEqual(values(merged, 'stop-recurse'), ['401', '407', '480-486']);
    assert.deepEqual(values(await put({ port: '', 'stop-recurse': '' }), 'port'), ['5060']);
    assert.deepEqual(values(await put({}), 'stop-recurse'), ['']);
  });

  test('elements inside are replaced type by type', async (t) => {
    const { send } = await startSbc(t);
    const port = (number: string) => subElement('sip-port', { address: '127.0.0.1', port: number });
    const element = (inside = '') => configElement('sip-interface', { 'realm-id': 'core' }, inside);
    await send(`POST ${PATH}`, { body: element(port('5060') + port('5062')) });
    const ports = ({ text }: SbcReply): string[] =>
      [...text.matchAll(/<name>port<\/name><value>(\d+)/g)].map(([, number = '']) => number);
    assert.deepEqual(ports(await send(`PUT ${PATH}`, { body: element() })), ['5060', '5062']);
    assert.deepEqual(ports(await send(`PUT ${PATH}`, { body: element(port('5064')) })), ['5064']);
    const twice = await send(`PUT ${PATH}`, { body: element(port('5060') + port('5060')) });
    assert.deepEqual([twice.status, twice.message], [400, 'sip-interface has the same sip-port twice']);
  });

  test('a password is shown to nobody, kept sealed, and outlives being written back', async (t) => {
    const { send, ledger } = await startSbc(t);
    const auth = (password: string) =>
      subElement('auth-attribute', { 'auth-realm': 'carrier', username: 'u', password });
    const element = (password: string) => configElement('session-agent', { hostname: 'pbx' }, auth(password));
    const posted = await send(`POST ${PATH}`, { body: element('Holunder.12') });
    assert.deepEqual(values(posted, 'password'), ['']);
    const body = /<configElement>.*<\/configElement>/s.exec(posted.text)?.[0] ?? '';
    await send(`PUT ${PATH}`, { body });
    const [document] = await ledger.list({ dialect: 'oracle', kind: 'editing', prefix: 'session-agent/' });
    const stored = JSON.stringify(document);
    assert.doesNotMatch(stored, /Holunder/);
    assert.match(stored, /"password":\["[A-Za-z0-9+/=]{20,}"\]/);
    const refused = await send(`PUT ${PATH}`, { body: element('Holunder\u0007') });
    assert.deepEqual(
      [refused.status, refused.message],
      [400, 'password of auth-attribute: the value is not valid, it takes text without control characters'],
    );
  });

  test('what is not valid is refused by element and attribute, and changes nothing', async (t) => {
    const { send, ledger } = await startSbc(t);
    const body = (type: string, attributes: Record<string, string | string[]>, inside = '') =>
      configElement(type, attributes, inside);
    // Passed over, it would permit what is to be denied.
    const misspelt = (attribute: string) => body('access-control', { 'source-address': '10.0.0.1' }, attribute);
    for (const [element, expected] of [
      [body('realm-config', {}), 'realm-config needs identifier'],
      [body('realm-config', { identifier: '' }), 'identifier of realm-config needs a value'],
      [body('realm-config', { identifier: 'a b' }), /^identifier of realm-config: "a b" is not valid, it takes a name/],
      [body('realm-config', { identifier: 'x'.repeat(129) }), /^identifier of realm-config: "x{40}" is not valid/],
      [body('realm-config', { identifier: 'a', 'deny-period': '4294967296' }), /takes a number from 0 to 4294967295$/],
      [body('realm-config', { identifier: 'a', 'deny-period': '1.5' }), /deny-period of realm-config: "1.5"/],
      [
        body('realm-config', { identifier: 'a', 'deny-period': ['1', '2'] }),
        'deny-period of realm-config takes one value',
      ],
      [body('realm-config', { identifier: 'a', 'addr-prefix': '10.0.0.0/33' }), /takes an address such as/],
      [body('realm-config', { identifier: 'a', 'qos-enable': 'on' }), /takes one of enabled, disabled$/],
      [body('realm-config', { identifier: 'a', color: 'red' }), 'realm-config has no attribute color'],
      [body('session-agent', { hostname: 'a', 'ip-address': '10.0.0.0/8' }), /takes an IP address$/],
      [
        body('session-agent', { hostname: 'pbx*' }),
        /^hostname of session-agent: "pbx\*" is not valid, it takes a host name/,
      ],
      [body('session-agent', { hostname: 'a b' }), /takes a host name or an IP address$/],
      [body('session-agent', { hostname: 'a', 'stop-recurse': '299' }), /takes response codes from 300 to 599$/],
      [body('session-agent', { hostname: 'a', 'stop-recurse': '500-400' }), /"500-400" is not valid/],
      ...['INVITE', 'SUBSCRIBE', 'FOO', 'FOO BAR', 'OPTIONS;hops=71', 'OPTIONS;hops=', 'OPTIONS;ttl=1', ';hops=1'].map(
        (method) =>
          [
            body('session-agent', { hostname: 'a', 'ping-method': method }),
            `ping-method of session-agent: &quot;${method}&quot; is not valid, it takes OPTIONS or INFO, as may be with ;hops=0 to 70`,
          ] as const,
      ),
      [body('local-policy', { 'activate-time': '2026-02-28 25:00:00' }), /takes a time such as/],
      [body('local-policy', { 'activate-time': '2026-02-30 08:00:00' }), /takes a time such as/],
      [
        body('local-policy', {}, subElement('policy-attribute', { 'next-hop': 'a', 'start-time': '2460' })),
        /a time from 0000/,
      ],
      [body('local-policy', {}, subElement('policy-attribute', {})), 'policy-attribute needs next-hop'],
      ...['192.0.2.9:99999', '[2001:db8::9]:65536', 'pbx.example.com:0', 'pbx:123456'].map(
        (hop) =>
          [
            body('local-policy', {}, subElement('policy-attribute', { 'next-hop': hop })),
            `next-hop of policy-attribute: &quot;${hop}&quot; is not valid, it takes a next hop whose port is from 1 to 65535`,
          ] as const,
      ),
      // As keys count in any order, it would be another policy than that of 77 alone, for the same calls.
      [body('local-policy', { 'to-address': '77 88 77' }), 'to-address of local-policy holds &quot;77&quot; twice'],
      [body('local-policy', {}, subElement('sip-port', {})), 'local-policy has no element sip-port inside'],
      [body('access-control', { 'source-address': '10.0.0.1:99999' }), /source-address of access-control/],
      [body('sip-config', { state: 'enabled' }) + body('sip-config', {}), /Malformed XML|must hold one configElement/],
      [
        '<configElement><elementType>sip-config</elementType><attribute><value>1</value></attribute></configElement>',
        'An attribute of sip-config has no name',
      ],
      ['<configElement><attribute><name>a</name></attribute></configElement>', 'elementType is missing'],
      [
        misspelt('<atribute><name>access</name><value>deny</value></atribute>'),
        'access-control holds atribute, unknown',
      ],
      [misspelt('<attribute><name>access</name><Value>deny</Value></attribute>'), 'access holds Value, unknown'],
      [
        body(
          'sip-interface',
          { 'realm-id': 'a' },
          '<subelement><subElementType>sip-port</subElementType></subelement>',
        ),
        'sip-interface holds subelement, unknown',
      ],
      [
        `<configElement>${'<subElement>'.repeat(12)}${'</subElement>'.repeat(12)}</configElement>`,
        /nested deeper than 12/,
      ],
    ] as const) {
      const { status, message = '' } = await send(`POST ${PATH}`, { body: element });
      assert.equal(status, 400, `${element}: ${message}`);
      if (typeof expected === 'string') assert.equal(message, expected);
      else assert.match(message.replaceAll('&quot;', '"'), expected);
    }
    assert.equal(await ledger.revision(), 0);
  });

  test('next hops are taken with a port, and what only looks like one', async (t) => {
    const { send } = await startSbc(t);
    for (const [index, hop] of ['192.0.2.9:65535', '2001:db8::9', 'lrt:99999', 'SAG:99999', 'pbx'].entries()) {
      const inside = subElement('policy-attribute', { 'next-hop': hop });
      const body = configElement('local-policy', { 'to-address': String(index) }, inside);
      assert.equal((await send(`POST ${PATH}`, { body })).status, 200, hop);
    }
  });

  test('singletons are posted bare or filled, once', async (t) => {
    const { send } = await startSbc(t);
    assert.equal((await send(`PUT ${PATH}`, { body: configElement('sip-config') })).status, 404);
    assert.equal((await send(`POST ${PATH}`, { body: configElement('sip-config') })).status, 200);
    assert.equal((await send(`POST ${PATH}`, { body: configElement('sip-config') })).status, 409);
    const full = configElement('media-manager', { 'tolerance-window': '60' });
    assert.deepEqual(values(await send(`POST ${PATH}`, { body: full }), 'tolerance-window'), ['60']);
    assert.equal((await send(`DELETE ${PATH}?elementType=sip-config`)).status, 204);
  });
});

test('a realm is deleted with all that mentions it: what is named by it goes, the rest loses the mention', async (t) => {
  const { send, ledger } = await startSbc(t);
  const hops = ['core', 'peer']
    .map((realm) => subElement('policy-attribute', { 'next-hop': '192.0.2.1', realm }))
    .join('');
  for (const element of [
    configElement('realm-config', { identifier: 'core' }),
    configElement('realm-config', { identifier: 'peer', 'parent-realm': 'core' }),
    configElement('sip-interface', { 'realm-id': 'core' }),
    configElement('access-control', SEED),
    configElement('session-agent', { hostname: 'pbx', 'realm-id': 'core' }),
    configElement('local-policy', { 'to-address': '1', 'source-realm': ['core', 'peer'] }, hops),
    configElement('local-policy', { 'to-address': '2', 'source-realm': 'core' }, hops),
    configElement('local-policy', { 'to-address': '3', 'source-realm': '*' }, hops),
  ])
    assert.equal((await send(`POST ${PATH}`, { body: element })).status, 200, element);
  const path = '/configuration/configReferences';
  assert.equal((await send(`DELETE ${path}?elementType=session-agent&hostname=pbx`)).status, 400);
  assert.equal((await send(`DELETE ${path}?elementType=realm-config&identifier=nobody`)).status, 404);
  const before = await ledger.revision();
  assert.equal((await send(`DELETE ${path}?elementType=realm-config&identifier=core`)).status, 204);
  assert.equal(await ledger.revision(), before + 1);
  const count = async (type: string): Promise<number> =>
    (await send(`GET ${PATH}?elementType=${type}`)).text.split('<configElement>').length - 1;
  assert.deepEqual(
    await Promise.all(['realm-config', 'sip-interface', 'access-control', 'session-agent', 'local-policy'].map(count)),
    [1, 0, 0, 1, 2],
  );
  assert.deepEqual(values(await send(`GET ${PATH}?elementType=session-agent&hostname=pbx`), 'realm-id'), ['']);
  assert.deepEqual(values(await send(`GET ${PATH}?elementType=realm-config&identifier=peer`), 'parent-realm'), ['']);
  const policy = await send(`GET ${PATH}?elementType=local-policy&to-address=1&source-realm=peer`);
  assert.deepEqual(values(policy, 'realm'), ['peer']);
  assert.equal(await ledger.get(documentKey('running', 'realm-config/')), null);
});
