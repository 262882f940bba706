import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSbc, type SbcReply, type Send } from '../../../../test/support/sbc.ts';
import { ELEMENT_TYPES } from './element-types.ts';

const ELEMENTS = '/configuration/configElements';

/** What must be filled in of a template, by type; `sub/attribute` inside of it. The first ones are the keys. */
const FILLED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'access-control': { 'realm-id': 'core', 'source-address': '10.4.4.0/24', 'application-protocol': 'SIP' },
  'certificate-record': { name: 'gate' },
  'codec-policy': { name: 'narrow' },
  'host-route': { 'dest-network': '192.0.2.0', gateway: '198.51.100.1' },
  'local-policy': {
    'from-address': '*',
    'to-address': '+49',
    'source-realm': 'core',
    'policy-attribute/next-hop': 'SAG:all',
  },
  'media-manager': {},
  'media-profile': { name: 'PCMA' },
  'network-interface': { name: 'M00' },
  'phy-interface': { name: 'M00' },
  'realm-config': { identifier: 'core' },
  'session-agent': { hostname: 'pbx.example.com' },
  'session-constraints': { name: 'small' },
  'session-group': { 'group-name': 'all' },
  'sip-config': {},
  'sip-interface': { 'realm-id': 'core', 'sip-port/address': '127.0.0.1' },
  'steering-pool': { 'ip-address': '192.0.2.1', 'start-port': '20000', 'end-port': '30000' },
  'system-config': {},
  'tls-profile': { name: 'mutual' },
};

/** An attribute of each type that has a valid other value, to be changed. */
const CHANGED: Readonly<Record<string, readonly [name: string, value: string]>> = {
  'access-control': ['access', 'deny'],
  'certificate-record': ['key-size', '4096'],
  'codec-policy': ['force-ptime', 'enabled'],
  'host-route': ['description', 'home'],
  'local-policy': ['state', 'disabled'],
  'media-manager': ['tolerance-window', '60'],
  'media-profile': ['clock-rate', '8000'],
  'network-interface': ['dns-timeout', '5'],
  'phy-interface': ['speed', '1000'],
  'realm-config': ['deny-period', '60'],
  'session-agent': ['max-sessions', '10'],
  'session-constraints': ['max-sessions', '10'],
  'session-group': ['strategy', 'RoundRobin'],
  'sip-config': ['invite-expire', '60'],
  'sip-interface': ['trans-expire', '16'],
  'steering-pool': ['port-allocation-strategy', 'pair'],
  'system-config': ['location', 'Berlin'],
  'tls-profile': ['mutual-authenticate', 'enabled'],
};

function attribute(name: string, value: string): string {
  return `<attribute><name>${name}</name>${value === '' ? '<value/>' : `<value>${value}</value>`}</attribute>`;
}

function withValue(element: string, name: string, value: string): string {
  const pattern = new RegExp(`<attribute><name>${name}</name>.*?</attribute>`);
  assert.match(element, pattern, name);
  return element.replace(pattern, attribute(name, value));
}

function elementIn({ text }: SbcReply): string {
  return /<configElement>.*<\/configElement>/s.exec(text)?.[0] ?? text;
}

/** The golden file of a type, one attribute a line. */
function golden(type: string): string {
  const file = join(import.meta.dirname, 'golden', `${type}.xml`);
  return readFileSync(file, 'utf8').replaceAll('\n', '');
}

async function templateOf(send: Send, type: string): Promise<string> {
  const subs = ELEMENT_TYPES.find(({ name }) => name === type)?.subElements.map(({ name }) => name) ?? [];
  const query = subs.length > 0 ? `&subElement=${subs.join(',')}` : '';
  return elementIn(await send(`GET /configuration/elementTypes/template?elementType=${type}${query}`));
}

for (const { name: type, singleton, attributes } of ELEMENT_TYPES) {
  test(`${type}: its template is posted, read back identical, changed and deleted`, async (t) => {
    const { send } = await startSbc(t);
    const template = await templateOf(send, type);
    assert.equal(template, golden(type));

    const filled = FILLED[type];
    const [changedName, changedValue] = CHANGED[type] ?? [];
    assert.ok(filled && changedName !== undefined && changedValue !== undefined, `${type} is not in the tables`);
    let element = template;
    for (const [path, value] of Object.entries(filled)) element = withValue(element, path.replace(/.*\//, ''), value);
    const posted = await send(`POST ${ELEMENTS}`, { body: element });
    assert.equal(posted.status, 200, posted.text);
    assert.equal(elementIn(posted), element);

    const keys = attributes
      .filter(({ key }) => key)
      .flatMap(({ name }) => (filled[name] ? [`&${name}=${encodeURIComponent(filled[name])}`] : []));
    const line = `${ELEMENTS}?elementType=${type}${keys.toReversed().join('')}`;
    assert.equal(elementIn(await send(`GET ${line}`)), element);
    assert.equal((await send(`POST ${ELEMENTS}`, { body: element })).status, 409);

    const own = singleton
      ? ''
      : attributes
          .filter(({ key }) => key)
          .map(({ name }) => (filled[name] ? attribute(name, filled[name]) : ''))
          .join('');
    const change = `<configElement><elementType>${type}</elementType>${attribute(changedName, changedValue)}${own}</configElement>`;
    const changed = await send(`PUT ${ELEMENTS}`, { body: change });
    assert.equal(changed.status, 200, changed.text);
    assert.equal(elementIn(changed), withValue(element, changedName, changedValue));
    assert.equal(elementIn(await send(`GET ${line}`)), elementIn(changed));

    assert.equal((await send(`GET ${line}&running=true`)).status, 404);
    assert.equal((await send(`DELETE ${line}`)).status, 204);
    assert.equal((await send(`GET ${line}`)).status, 404);
    assert.equal((await send(`DELETE ${line}`)).status, 404);
  });
}
