import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSbc, configElement, subElement } from '../../../test/support/sbc.ts';
import { element, realm } from '../../../test/support/border-rules.ts';
import { listenerKey } from '../../rulebook/border.ts';
import { Rulebook } from '../../rulebook/rulebook.ts';
import { followLedger } from '../follow.ts';
import { readDays } from './compile-policy.ts';
import { compileBorder } from './compile-border.ts';
import { createOracleCompiler } from './compile.ts';
import { obstaclesOf } from './obstacles.ts';

describe('compileBorder', () => {
  test('makes a trunk of each realm with an enabled interface, and a listener of each sip-port', () => {
    const tcp = element('sip-port', { address: '192.0.2.2', port: '5070', 'transport-protocol': 'TCP' });
    const border = compileBorder([
      ...realm('core', {}, { 'allow-anonymous': 'realm-prefix' }),
      ...realm('off', {}, {}, { state: 'disabled' }),
      element('realm-config', { identifier: 'peer' }),
      element('sip-interface', { 'realm-id': 'peer' }, [tcp, element('sip-port', { 'transport-protocol': 'SCTP' })]),
      element('sip-interface', { 'realm-id': 'nowhere' }),
    ]);
    assert.deepEqual(
      border.trunks.map(({ id }) => id),
      ['oracle:core', 'oracle:peer'],
    );
    assert.deepEqual(
      border.listeners.map((each) => `${listenerKey(each)} ${each.trunk} ${each.callers}`),
      ['udp:192.0.2.1:5060 oracle:core prefix', 'tcp:192.0.2.2:5070 oracle:peer anybody'],
    );
  });

  test('opens nothing while sip-config is disabled', () => {
    assert.deepEqual(compileBorder([...realm('core'), element('sip-config', { state: 'disabled' })]).listeners, []);
  });

  test('gives realms their prefixes, trust, window and constraints', () => {
    const { trunks } = compileBorder([
      ...realm(
        'core',
        {
          'addr-prefix': '10.0.0.0/8',
          'access-control-trust-level': 'medium',
          'deny-period': '60',
          'constraint-name': 'few',
        },
        {},
        { 'constraint-name': 'few', 'stop-recurse': ['401', '500-503'] },
      ),
      element('media-manager', { 'tolerance-window': '7' }),
      element('session-constraints', { name: 'few', 'max-sessions': '9', 'time-to-resume': '5' }, [
        element('rate-constraints', { method: 'INVITE', 'max-inbound-burst-rate': '3' }),
      ]),
    ]);
    const [core] = trunks;
    assert.deepEqual(
      core?.realm?.prefixes.map(({ length }) => length),
      [8],
    );
    const { level, denySeconds, windowSeconds } = core?.realm?.trust ?? {};
    assert.deepEqual([level, denySeconds, windowSeconds], ['medium', 60, 7]);
    assert.deepEqual(
      core?.realm?.limits.map(({ counter, sessions, burst }) => [counter, sessions.all, burst.inbound]),
      [
        ['oracle:realm/core', 9, 3],
        ['oracle:interface/core', 9, 3],
      ],
    );
    assert.deepEqual(core?.realm?.recursion.slice(0, 2), [
      { from: 401, to: 401, meaning: 'final' },
      { from: 500, to: 503, meaning: 'final' },
    ]);
  });

  test('reads agents by their precedence, with transports and limits only when they count', () => {
    const { agents } = compileBorder([
      element('session-agent', {
        hostname: 'B.example',
        'ip-address': '192.0.2.7',
        precedence: '2',
        'max-sessions': '5',
      }),
      element('session-agent', { hostname: 'a.example', 'transport-method': 'UDP+TCP', precedence: '1' }),
      element('session-agent', { hostname: 'old.example', 'app-protocol': 'H323' }),
    ]);
    assert.deepEqual(
      agents.map(({ id, host, transports, addresses, limits }) => ({ id, host, transports, addresses, limits })),
      [
        { id: 'oracle:agent/a.example', host: 'a.example', transports: ['udp', 'tcp'], addresses: [], limits: null },
        {
          id: 'oracle:agent/b.example',
          host: '192.0.2.7',
          transports: ['udp'],
          addresses: ['192.0.2.7'],
          limits: null,
        },
      ],
    );
  });

  test('asks agents with what begins no session, and as many hops as are said', () => {
    const pingOf = (method: string) =>
      compileBorder([element('session-agent', { hostname: 'a', 'ping-method': method, 'ping-interval': '30' })])
        .agents[0]?.ping ?? null;
    const asked = ['OPTIONS', 'INFO', 'options;hops=0', 'OPTIONS;hops=70'].map((method) => pingOf(method));
    assert.deepEqual(
      asked.map((ping) => [ping?.method, ping?.hops]),
      [
        ['OPTIONS', 70],
        ['INFO', 70],
        ['OPTIONS', 0],
        ['OPTIONS', 70],
      ],
    );
    // As an older version may have stored it.
    assert.deepEqual(['INVITE', 'FOO BAR', ''].map(pingOf), [null, null, null]);
  });

  test('calls members of groups that have no agent, and knows nobody by them', () => {
    const { agents, groups } = compileBorder([
      element('session-group', { 'group-name': 'one', dest: ['192.0.2.9', 'two'] }),
      element('session-group', { 'group-name': 'two', dest: ['gw.example'] }),
    ]);
    assert.deepEqual(
      agents.map(({ host, addresses }) => [host, addresses]),
      [
        ['192.0.2.9', []],
        ['gw.example', []],
      ],
    );
    assert.deepEqual(groups[0]?.members, ['oracle:agent/192.0.2.9', 'oracle:group/two']);
  });
});

test('days are letters, ranges that may go round the week, and lists', () => {
  assert.deepEqual(readDays('U-S'), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(readDays('M-F,U'), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(readDays('F-M'), [0, 1, 5, 6]);
  assert.deepEqual(readDays('TR'), [2, 4]);
  assert.deepEqual(readDays('H'), []);
});

describe('the running configuration', () => {
  test('is all that counts, and is compiled when it is activated', async (t) => {
    const sbc = await startSbc(t);
    const rulebook = new Rulebook([]);
    let applied = 0;
    const stop = await followLedger(
      sbc.ledger,
      [createOracleCompiler(sbc)],
      rulebook,
      (error) => assert.fail(String(error)),
      sbc.clock,
      async () => void (applied += 1),
    );
    t.after(stop);
    const port = subElement('sip-port', { address: '192.0.2.1' });
    for (const body of [
      configElement('realm-config', { identifier: 'core' }),
      configElement('sip-interface', { 'realm-id': 'core' }, port),
    ])
      assert.equal((await sbc.send('POST /configuration/configElements', { body })).status, 200);
    await sbc.send('PUT /configuration/management?action=save');
    assert.deepEqual(rulebook.borders, []);
    await sbc.send('POST /configuration/management?action=activate');
    assert.equal(rulebook.listener('udp:192.0.2.1:5060')?.trunk, 'oracle:core');
    assert.ok(applied > 0);
    await sbc.send('DELETE /configuration/configElements?elementType=sip-interface&realm-id=core');
    await sbc.send('DELETE /configuration/configElements?elementType=realm-config&identifier=core');
    await sbc.send('PUT /configuration/management?action=save');
    assert.ok(rulebook.listener('udp:192.0.2.1:5060'));
    await sbc.send('POST /configuration/management?action=activate');
    assert.deepEqual(rulebook.borders, []);
  });

  test('names what cannot be listened on', async (t) => {
    const sbc = await startSbc(t);
    const port = subElement('sip-port', { address: '192.0.2.1' });
    await sbc.send('POST /configuration/configElements', {
      body: configElement('realm-config', { identifier: 'core' }),
    });
    await sbc.send('POST /configuration/configElements', {
      body: configElement('sip-interface', { 'realm-id': 'core' }, port),
    });
    await sbc.send('PUT /configuration/management?action=save');
    const found = await obstaclesOf(sbc.ledger, async (wanted) =>
      wanted.map((listener) => ({ listener, cause: 'EADDRINUSE' })),
    );
    assert.deepEqual(found, ['sip-interface core sip-port: cannot listen on udp:192.0.2.1:5060: EADDRINUSE']);
  });
});
