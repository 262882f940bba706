import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ELEMENT_TYPES } from '../../src/dialects/oracle/element-types/element-types.ts';
import { OPERATIONS } from '../../src/dialects/oracle/operations.ts';

const STATES = new Set(['enforced on calls', 'enforced on requests', 'stored', 'answered', 'refused']);

/** The vendor's operations below `/rest/{version}` (releases 8.4 to 10.0) that take a token. */
const VENDOR = [
  'GET /admin/asyncstatus',
  'POST /admin/reboot',
  'POST /admin/switchover',
  'POST /configuration/lock',
  'POST /configuration/unlock',
  'GET /configuration/configElements',
  'POST /configuration/configElements',
  'PUT /configuration/configElements',
  'DELETE /configuration/configElements',
  'DELETE /configuration/configReferences',
  'GET /configuration/elementTypes',
  'GET /configuration/elementTypes/metadata',
  'GET /configuration/elementTypes/template',
  'GET /configuration/bootparams',
  'PUT /configuration/bootparams',
  'GET /configuration/certificates',
  'PUT /configuration/certificates/generateRequest',
  'PUT /configuration/certificates/import',
  'PUT /configuration/management',
  'POST /configuration/management',
  'GET /statistics/kpiTypes',
  'GET /statistics/kpis',
  'GET /system/status',
  'GET /system/information',
  'GET /system/version',
];

/** Those that take none, or no version. */
const OTHERS = ['GET /rest/api/supportedversions', 'POST /auth/token'];

/** The types that the gate knows of, and where they are singletons. */
const TYPES = `
  access-control
  certificate-record
  codec-policy
  host-route
  local-policy
  media-manager single
  media-profile
  network-interface
  phy-interface
  realm-config
  session-agent
  session-constraints
  session-group
  sip-config single
  sip-interface
  steering-pool
  system-config single
  tls-profile
`
  .trim()
  .split(/\n\s*/);

const page = readFileSync(join(import.meta.dirname, '../../docs/compatibility/oracle.md'), 'utf8');

function rowsOf(pattern: RegExp): readonly (readonly string[])[] {
  return [...page.matchAll(pattern)].map(([, ...cells]) => cells);
}

test('every operation of the vendor is served, once', () => {
  assert.deepEqual(OPERATIONS.map(({ method, path }) => `${method} ${path}`).toSorted(), VENDOR.toSorted());
  assert.equal(new Set(OPERATIONS.map(({ name }) => name)).size, VENDOR.length);
});

test('the compatibility page has a true row for each operation', () => {
  const rows = rowsOf(/^\| (\w+) \| `(.+)` \| (.+) \|$/gm);
  assert.equal(rows.length, VENDOR.length + OTHERS.length);
  for (const [name = '', line = '', state = ''] of rows) {
    const operation = OPERATIONS.find((each) => each.name === name);
    assert.ok(operation ? line === `${operation.method} ${operation.path}` : OTHERS.includes(line), `${name}: ${line}`);
    assert.ok(STATES.has(state), `${name}: ${state}`);
  }
});

test('the compatibility page has a true row for each element type', () => {
  const names = ELEMENT_TYPES.map(({ name, singleton }) => `${name}${singleton ? ' single' : ''}`);
  assert.deepEqual(names, TYPES);
  const rows = rowsOf(/^\| `([\w-]+)` \| (none|`.+`) \| (.+) \|$/gm).filter(([, , state = '']) => STATES.has(state));
  assert.deepEqual(
    rows.map(([name]) => name),
    ELEMENT_TYPES.map(({ name }) => name),
  );
  for (const { name, attributes } of ELEMENT_TYPES) {
    const keys = attributes.filter(({ key }) => key).map((attribute) => attribute.name);
    const cell = rows.find(([row]) => row === name)?.[1] ?? '';
    const told = [...cell.matchAll(/`([\w-]+)`/g)].map(([, key = '']) => key);
    assert.deepEqual(told.toSorted(), keys.toSorted(), name);
  }
});

test('what goes inside of elements is told', () => {
  for (const { name, subElements } of ELEMENT_TYPES)
    for (const sub of subElements)
      assert.match(page, new RegExp(`\`${sub.name}\`[^\n]* in \`${name}\``), `${sub.name} in ${name}`);
});
