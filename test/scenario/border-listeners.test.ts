import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, test } from 'node:test';
import { compileBorder } from '../../src/dialects/oracle/compile-border.ts';
import type { Element } from '../../src/dialects/oracle/element.ts';
import { loadCertificate } from '../../src/http/certificate.ts';
import { createSealer } from '../../src/kit/seal.ts';
import { Rulebook } from '../../src/rulebook/rulebook.ts';
import { answerAll, callBy, SbcClient } from '../support/border.ts';
import { borderOf, element, policy, realm } from '../support/border-rules.ts';
import { openEdge } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { freePort, listens } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

describe('listeners of a border', () => {
  test('are there again after a restart', async () => {
    const data = mkdtempSync(join(tmpdir(), 'tollgate-border-'));
    const port = await freePort();
    {
      await using gate = await TestGate.start({ data });
      const sbc = await SbcClient.open(gate);
      await sbc.addRealm('core', port);
      await sbc.apply();
    }
    assert.equal(await listens('udp', '127.0.0.1', port), false);
    {
      await using gate = await TestGate.start({ data });
      assert.equal(await listens('udp', '127.0.0.1', port), true);
      assert.ok(gate);
    }
    rmSync(data, { recursive: true });
  });

  test('share a listener that the gate was started with, and leave it open when they go', async () => {
    await using caller = await SipPeer.open('127.0.0.2');
    await using agent = await SipPeer.open('127.0.0.20');
    answerAll(agent);
    const rulebook = new Rulebook([]);
    rulebook.apply(1, []);
    await using gate = await openEdge(rulebook);
    const border = borderOf(
      realm('core', {}, { address: '127.0.0.1', port: String(gate.port) }),
      element('session-agent', { hostname: agent.address, port: String(agent.port) }),
      policy({}, { 'next-hop': agent.address }),
    ).borders[0];
    assert.equal((await callBy(caller, gate.port)).status, 403);
    assert.deepEqual(await gate.edge.obstacles(border?.listeners ?? []), []);
    rulebook.apply(2, [{ kind: 'border', id: 'oracle', entry: border ?? null }]);
    await gate.edge.rulesChanged();
    assert.equal((await callBy(caller, gate.port)).status, 200);
    rulebook.apply(3, [{ kind: 'border', id: 'oracle', entry: null }]);
    await gate.edge.rulesChanged();
    assert.equal((await callBy(caller, gate.port)).status, 403);
  });

  test('that cannot be opened are reported and tried again', async () => {
    const squatter = await SipPeer.open();
    const rulebook = borderOf(realm('core', {}, { address: '127.0.0.1', port: String(squatter.port) }));
    await using gate = await openEdge(rulebook);
    assert.match(String(gate.errors[0]), /sip-interface core sip-port: cannot listen on udp:127.0.0.1/);
    assert.match((await gate.edge.obstacles(rulebook.borders[0]?.listeners ?? []))[0]?.cause ?? '', /EADDRINUSE/);
    await squatter[Symbol.asyncDispose]();
    gate.clock.advance(5000);
    await gate.edge.rulesChanged();
    assert.equal(await listens('udp', '127.0.0.1', squatter.port), true);
  });

  test('take connections of agents alone where only these may call', async () => {
    const port = await freePort();
    const rulebook = borderOf(
      realm(
        'core',
        {},
        { address: '127.0.0.1', port: String(port), 'transport-protocol': 'TCP', 'allow-anonymous': 'agents-only' },
      ),
      element('session-agent', { hostname: '127.0.0.20' }),
    );
    await using gate = await openEdge(rulebook);
    const reach = async (localAddress: string): Promise<boolean> => {
      const socket = connectTcp({ host: '127.0.0.1', port, localAddress }).on('error', () => {});
      await once(socket, 'connect');
      socket.write('\r\n\r\n');
      const [pong] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [null])]);
      socket.destroy();
      return Buffer.isBuffer(pong);
    };
    assert.equal(await reach('127.0.0.20'), true);
    assert.equal(await reach('127.0.0.3'), false);
    gate.clock.advance(2000);
    const drop = gate.events.find((event) => event.kind === 'drop');
    assert.equal(drop?.reason, 'access-anonymous');
  });

  test('serve TLS with the certificate of their profile, and with a new one once it is active', async (t) => {
    const sealer = createSealer(Buffer.alloc(32, 3));
    const port = await freePort();
    const running = async (name: string): Promise<Element[]> => {
      const folder = mkdtempSync(join(tmpdir(), 'tollgate-border-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const { cert, key } = await loadCertificate({ folder, names: [name], own: null, now: Date.now() });
      const record = element('certificate-record', { name: 'gate' });
      return [
        {
          ...record,
          certificate: { requestKey: null, key: sealer.seal(key, 'oracle/certificate-key'), chain: [cert] },
        },
        element('tls-profile', { name: 'tls', 'end-entity-certificate': 'gate' }),
        ...realm(
          'core',
          {},
          { address: '127.0.0.1', port: String(port), 'transport-protocol': 'TLS', 'tls-profile': 'tls' },
        ),
      ];
    };
    const names = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { subjectaltname = '' } = socket.getPeerCertificate();
      socket.destroy();
      return subjectaltname;
    };
    const rulebook = new Rulebook([]);
    rulebook.apply(1, [{ kind: 'border', id: 'oracle', entry: compileBorder(await running('one.example'), sealer) }]);
    await using gate = await openEdge(rulebook);
    assert.match(await names(), /one\.example/);
    rulebook.apply(2, [{ kind: 'border', id: 'oracle', entry: compileBorder(await running('two.example'), sealer) }]);
    await gate.edge.rulesChanged();
    assert.match(await names(), /two\.example/);
    assert.deepEqual(gate.errors, []);
  });
});
