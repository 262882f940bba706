// A telephone that others made: linphonec (Debian) registers, is called, hangs up and signs off.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Edge } from '../../src/edge/edge.ts';
import { loadCertificate } from '../../src/http/certificate.ts';
import type { CallEvent } from '../../src/journal/event.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { hashPassword } from '../../src/rulebook/credential.ts';
import { SipResponse } from '../../src/sip/message/message.ts';
import type { TransportName } from '../../src/sip/transport/transport.ts';
import { inDialog, makeRequest, PASSWORD, REALM, USER } from '../support/edge.ts';
import { Linphone } from '../support/linphone.ts';
import { without } from '../support/programs.ts';
import { CARRIER, number, registration, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const CALLED = '+12065550199';
const OFFER = [
  'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', '',
].join('\r\n'); // prettier-ignore

/** An edge on the machine's clock that listens on all transports; `registered` tells of each REGISTER that changed something. */
async function openEdge(folder: string, carrier: SipPeer) {
  const events = new EventEmitter<{ registration: [CallEvent & { kind: 'registration' }] }>();
  const terms = termination({ sources: sources('127.0.0.0/8'), digest: null });
  const user = number(CALLED, { assignment: { kind: 'user', id: 'test:one', user: USER } });
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const rules = rulebookOf([trunk({ termination: terms, registration: registration() })], [user], [route]);
  const record = { username: USER, realm: REALM, secrets: hashPassword(USER, REALM, PASSWORD), resource: 'Credential' };
  const errors: unknown[] = [];
  const edge = new Edge({
    rulebook: rules,
    credentials: { find: (_trunk, _set, username) => (username === USER ? [record] : []) },
    journal: {
      record: (event) => event.kind === 'registration' && !event.routine && events.emit('registration', event),
      heartbeat: () => {},
    },
    clock: systemClock,
    key: Buffer.alloc(32, 1),
    algorithms: ['SHA-256', 'MD5'],
    nonceLifetime: 60_000,
    tls: await loadCertificate({ folder, names: ['localhost'], own: null, now: Date.now() }),
    advertise: null,
    dice: () => 0,
    bans: { load: () => [], save: () => {}, remove: () => {} },
    strangers: 'refuse',
    longestCall: 14_400_000,
    onError: (error) => errors.push(error),
  });
  const transports = ['udp', 'tcp', 'tls'] as const;
  const bindings = await edge.listen(transports.map((transport) => ({ transport, address: '127.0.0.1', port: 0 })));
  await edge.trust(rules.carriers);
  const portOf = (transport: TransportName): number =>
    bindings.find((binding) => binding.transport === transport)?.port ?? 0;
  return { edge, events, errors, portOf };
}

for (const transport of ['udp', 'tcp', 'tls'] as const)
  test(`linphonec registers over ${transport}, is called, and signs off`, { skip: without('linphonec') }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'linphone-registers-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await using carrier = await SipPeer.open();
    const { edge, events, errors, portOf } = await openEdge(folder, carrier);
    t.after(() => edge.close());
    const came = once(events, 'registration');
    await using phone = new Linphone({
      proxy: `localhost:${portOf(transport)};transport=${transport}`,
      domain: REALM,
      user: USER,
      password: PASSWORD,
      authority: join(folder, 'tls/ca.pem'),
      registers: true,
    });
    const [registered] = (await came) as [CallEvent & { kind: 'registration' }];
    assert.equal(registered.reason, 'admitted');
    assert.equal(registered.source.transport, transport);
    assert.equal(edge.registeredUsers, 1);

    const invite = makeRequest('INVITE', `sip:${CALLED}@127.0.0.1`, carrier, { 'Content-Type': 'application/sdp' });
    invite.body = Buffer.from(OFFER);
    const gate = { address: '127.0.0.1', port: portOf('udp') };
    carrier.send(invite, gate);
    await carrier.status(180);
    phone.say('answer');
    const answer = await carrier.status(200);
    assert.match(answer.body.toString(), /m=audio [1-9]/);
    carrier.send(inDialog('ACK', invite, answer, 1), gate);
    await phone.logs(/^ACK /);
    carrier.send(inDialog('BYE', invite, answer, 2), gate);
    const bye = await carrier.next<SipResponse>(
      (message) => message instanceof SipResponse && message.cseq?.method === 'BYE',
    );
    assert.equal(bye.status, 200);

    const left = once(events, 'registration');
    const quit = phone.quit();
    await left;
    assert.equal(edge.registeredUsers, 0);
    await quit;
    assert.deepEqual(errors, []);
  });
