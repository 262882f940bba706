import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseBlock } from '../../kit/ip.ts';
import { createSealer } from '../../kit/seal.ts';
import type { JsonObject } from '../../ledger/ledger.ts';
import type { EntryKey } from '../../rulebook/entry.ts';
import type { Trunk } from '../../rulebook/trunk.ts';
import { createAmazonCompiler } from './compile.ts';
import { DIALECT, keyOf, type Bodies, type Documents, type Kind } from './documents.ts';

const ID = 'abcdef1ghij2klmno3pqr4';
const compiler = createAmazonCompiler({
  account: { id: '111122223333' },
  sealer: createSealer(Buffer.alloc(32)),
  domain: 'voiceconnector.chime.aws',
});
const rule = (field: string) => ({ resource: `VoiceConnector ${ID}`, field });

type Stored = { [K in Kind]?: Record<string, Partial<Bodies[K]>> };

/** Documents by kind and id, as a ledger would hold them. */
function documents(stored: Stored): Documents {
  const found = (kind: string): [string, JsonObject][] =>
    Object.entries((stored as Record<string, Record<string, JsonObject>>)[kind] ?? {});
  return {
    get: async (key) => {
      const body = found(key.kind).find(([id]) => id === key.id)?.[1];
      return body ? { ...key, body, revision: 1 } : null;
    },
    list: async ({ kind, prefix = '' }) =>
      found(kind)
        .filter(([id]) => id.startsWith(prefix))
        .map(([id, body]) => ({ dialect: DIALECT, kind, id, body, revision: 1 })),
    any: async ({ kind, prefix }) => found(kind).some(([id]) => id.startsWith(prefix)),
  };
}

const connector = (RequireEncryption = false): Stored => ({
  'voice-connector': {
    [ID]: { VoiceConnectorId: ID, RequireEncryption, OutboundHostName: `${ID}.VoiceConnector.chime.aws` },
  },
});

async function trunkOf(stored: Stored, by = compiler): Promise<Trunk | null> {
  const compiled = await by.compile({ kind: 'trunk', id: `amazon:${ID}` }, documents(stored));
  return compiled.kind === 'trunk' ? compiled.entry : assert.fail(compiled.kind);
}

const entryOf = async (key: EntryKey, stored: Stored) => (await compiler.compile(key, documents(stored))).entry;

describe('a Voice Connector', () => {
  test('without settings', async () => {
    assert.deepEqual(await trunkOf(connector(true)), {
      id: `amazon:${ID}`,
      account: 'amazon:111122223333',
      hosts: [`${ID}.voiceconnector.chime.aws`],
      encryption: { required: true, media: true, rule: rule('RequireEncryption') },
      termination: null,
      registration: null,
      origination: null,
      missing: { termination: rule('Termination'), origination: rule('Origination') },
    });
    assert.equal(await trunkOf({}), null);
  });

  test('keeps its name and takes the one of the present domain', async () => {
    const moved = createAmazonCompiler({
      account: { id: '1' },
      sealer: createSealer(Buffer.alloc(32)),
      domain: 'Trunks.Example.net',
    });
    const hosts = [`${ID}.voiceconnector.chime.aws`, `${ID}.trunks.example.net`];
    assert.deepEqual((await trunkOf(connector(), moved))?.hosts, hosts);
  });

  test('with termination settings and nothing in them lets nobody call anywhere', async () => {
    assert.deepEqual((await trunkOf({ ...connector(), termination: { [ID]: {} } }))?.termination, {
      enabled: { value: true, rule: rule('Termination.Disabled') },
      sources: { blocks: [], rule: rule('Termination.CidrAllowedList') },
      boundSources: null,
      certificates: null,
      digest: null,
      plusSign: null,
      callerId: { fallback: null, rule: rule('Termination.DefaultPhoneNumber') },
      countries: { allowed: [], rule: rule('Termination.CallingRegions') },
      highRisk: null,
      callsPerSecond: { limit: 1, rule: rule('Termination.CpsLimit') },
      concurrentCalls: null,
      emergency: [],
      application: null,
      dialling: null,
      carriers: null,
      statuses: {},
    });
  });

  test('with everything', async () => {
    const trunk = await trunkOf({
      ...connector(),
      termination: {
        [ID]: {
          CpsLimit: 7,
          DefaultPhoneNumber: '12065550100',
          CallingRegions: ['US', 'CA'],
          CidrAllowedList: ['10.0.0.0/8'],
          Disabled: true,
        },
      },
      'termination-authentication': { [ID]: { required: true } },
      'termination-credential': { [`${ID}/a`]: {}, [`${ID}/b`]: {}, 'other/a': {} },
      'emergency-calling-configuration': {
        [ID]: {
          DNIS: [
            { EmergencyPhoneNumber: '+12065550911', CallingCountry: 'US' },
            { EmergencyPhoneNumber: '+16045550911', TestPhoneNumber: '16045550933', CallingCountry: 'CA' },
          ],
        },
      },
    });
    assert.deepEqual(trunk?.termination, {
      enabled: { value: false, rule: rule('Termination.Disabled') },
      sources: { blocks: [parseBlock('10.0.0.0/8')], rule: rule('Termination.CidrAllowedList') },
      boundSources: null,
      certificates: null,
      digest: {
        realm: `${ID}.VoiceConnector.chime.aws`,
        credentialSets: [ID],
        empty: false,
        rule: rule('Credentials'),
      },
      plusSign: null,
      callerId: { fallback: '+12065550100', rule: rule('Termination.DefaultPhoneNumber') },
      countries: { allowed: ['US', 'CA'], rule: rule('Termination.CallingRegions') },
      highRisk: null,
      callsPerSecond: { limit: 7, rule: rule('Termination.CpsLimit') },
      concurrentCalls: null,
      emergency: [
        {
          country: 'US',
          number: '+12065550911',
          testNumber: null,
          rule: rule('EmergencyCallingConfiguration.DNIS[0]'),
        },
        {
          country: 'CA',
          number: '+16045550911',
          testNumber: '+16045550933',
          rule: rule('EmergencyCallingConfiguration.DNIS[1]'),
        },
      ],
      application: null,
      dialling: null,
      carriers: null,
      statuses: {},
    });
  });

  test('routes its calls by UDP or TCP, by TLS when it is encrypted', async () => {
    const Routes = [
      { Host: 'pbx.example.com' },
      { Host: '[2001:db8::1]', Port: 5070, Protocol: 'TCP' as const, Priority: 2, Weight: 9 },
      { Priority: 1 },
      { Host: '203.0.113.7', Port: 0 },
    ];
    const stored = { origination: { [ID]: { Routes } } };
    const plain = (await trunkOf({ ...connector(), ...stored }))?.origination;
    assert.deepEqual(plain, {
      enabled: { value: true, rule: rule('Origination.Disabled') },
      rule: rule('Origination.Routes'),
      headers: [['X-VoiceConnector-ID', ID]],
      routes: [
        {
          host: 'pbx.example.com',
          port: 5060,
          transport: 'udp',
          priority: 1,
          weight: 1,
          rule: rule('Origination.Routes[0]'),
        },
        {
          host: '2001:db8::1',
          port: 5070,
          transport: 'tcp',
          priority: 2,
          weight: 9,
          rule: rule('Origination.Routes[1]'),
        },
        {
          host: '203.0.113.7',
          port: 5060,
          transport: 'udp',
          priority: 1,
          weight: 1,
          rule: rule('Origination.Routes[3]'),
        },
      ],
    });
    const encrypted = (await trunkOf({ ...connector(true), ...stored }))?.origination;
    assert.deepEqual(
      encrypted?.routes.map(({ transport, port }) => `${transport} ${port}`),
      ['tls 5061', 'tls 5070', 'tls 5061'],
    );
    const disabled = await trunkOf({ ...connector(), origination: { [ID]: { Disabled: true } } });
    assert.equal(disabled?.origination?.enabled.value, false);
    assert.deepEqual(disabled?.origination?.routes, []);
  });
});

test('a group', async () => {
  const VoiceConnectorItems = [{ VoiceConnectorId: 'a', Priority: 2 }, { VoiceConnectorId: 'b' }];
  const key: EntryKey = { kind: 'group', id: 'amazon:g' };
  assert.deepEqual(await entryOf(key, { 'voice-connector-group': { g: { VoiceConnectorItems } } }), {
    id: 'amazon:g',
    members: [
      { trunk: 'amazon:a', priority: 2 },
      { trunk: 'amazon:b', priority: 1 },
    ],
    rule: { resource: 'VoiceConnectorGroup g', field: 'VoiceConnectorItems' },
  });
  const balanced = { VoiceConnectorItems, CallDistributionType: 'LoadBalancedDistribution' as const };
  const entry = await entryOf(key, { 'voice-connector-group': { g: balanced } });
  assert.deepEqual(entry && 'members' in entry && entry.members.map(({ priority }) => priority), [1, 1]);
  assert.equal(await entryOf(key, {}), null);
});

test('a phone number', async () => {
  const key: EntryKey = { kind: 'number', id: 'amazon:+12065550100' };
  const number = (body: Partial<Bodies['phone-number']>): Stored => ({
    'phone-number': { '+12065550100': { Associations: [], ...body } },
  });
  const entry = {
    id: 'amazon:+12065550100',
    e164: '+12065550100',
    account: 'amazon:111122223333',
    assignment: null,
    rule: { resource: 'PhoneNumber +12065550100', field: 'Associations' },
  };
  const held = (Name: 'VoiceConnectorId' | 'VoiceConnectorGroupId'): Stored =>
    number({ Associations: [{ Name, Value: 'x', AssociatedTimestamp: '' }] });
  assert.deepEqual(await entryOf(key, number({})), entry);
  assert.deepEqual(await entryOf(key, held('VoiceConnectorId')), {
    ...entry,
    assignment: { kind: 'trunk', id: 'amazon:x' },
  });
  assert.deepEqual(await entryOf(key, held('VoiceConnectorGroupId')), {
    ...entry,
    assignment: { kind: 'group', id: 'amazon:x' },
  });
  assert.equal(await entryOf(key, number({ DeletionTimestamp: '2026-11-21T12:00:00.000Z' })), null);
  assert.equal(await entryOf(key, {}), null);
});

describe('a change affects', () => {
  const affects = (kind: Kind, id: string, before: JsonObject | null = {}, after: JsonObject | null = {}) =>
    compiler.affects({ key: keyOf(kind, id), before, after });

  test('only what is compiled from the document', () => {
    const trunk = [{ kind: 'trunk', id: `amazon:${ID}` }];
    const ofTrunk: Kind[] = [
      'voice-connector',
      'termination',
      'termination-authentication',
      'origination',
      'emergency-calling-configuration',
    ];
    for (const kind of ofTrunk) assert.deepEqual(affects(kind, ID), trunk, kind);
    assert.deepEqual(affects('voice-connector-group', 'g'), [{ kind: 'group', id: 'amazon:g' }]);
    assert.deepEqual(affects('phone-number', '+1'), [{ kind: 'number', id: 'amazon:+1' }]);
    const ofNothing: Kind[] = [
      'logging-configuration',
      'streaming-configuration',
      'external-systems-configuration',
      'phone-number-order',
      'phone-number-settings',
      'global-settings',
      'tags',
    ];
    for (const kind of ofNothing) assert.deepEqual(affects(kind, ID), [], kind);
  });

  test('a trunk when a credential comes or goes, not when its password changes', () => {
    const trunk = [{ kind: 'trunk', id: `amazon:${ID}` }];
    assert.deepEqual(affects('termination-credential', `${ID}/a/b`, null), trunk);
    assert.deepEqual(affects('termination-credential', `${ID}/a/b`, {}, null), trunk);
    assert.deepEqual(affects('termination-credential', `${ID}/a/b`), []);
  });

  test('every root is compiled by a first walk', () => {
    assert.deepEqual(compiler.roots, ['voice-connector', 'voice-connector-group', 'phone-number']);
    for (const kind of compiler.roots) assert.equal(affects(kind as Kind, 'x', null).length, 1);
  });
});
