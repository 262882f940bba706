import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Element } from '../../src/dialects/oracle/element.ts';
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { answerAll, callBy, finalOf, hangUp } from '../support/border.ts';
import { borderOf, element, policy, realm } from '../support/border-rules.ts';
import { inDialog, makeRequest, openEdge, type TestEdge } from '../support/edge.ts';
import { freePort } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';

type Values = Record<string, string>;

/** A gate between telephones, in realm access, and their registrar, in realm core. */
interface Scene extends AsyncDisposable {
  readonly gate: TestEdge;
  readonly telephone: SipPeer;
  readonly registrar: SipPeer;
  /** Ports of the gate. */
  readonly access: number;
  readonly core: number;
}

async function open(
  { portValues = {}, interfaceValues = {} }: { portValues?: Values; interfaceValues?: Values },
  more: (registrar: SipPeer) => readonly Element[] = ({ address }) => [
    policy({ 'source-realm': 'access' }, { 'next-hop': address }),
  ],
): Promise<Scene> {
  const telephone = await SipPeer.open('127.0.0.2');
  const registrar = await SipPeer.open('127.0.0.20');
  const [access, core] = [await freePort(), await freePort()];
  const agent = { hostname: registrar.address, port: String(registrar.port), 'realm-id': 'core' };
  const gate = await openEdge(
    borderOf(
      realm('access', {}, { address: '127.0.0.1', port: String(access), ...portValues }, interfaceValues),
      realm('core', {}, { address: '127.0.0.1', port: String(core), 'allow-anonymous': 'agents-only' }),
      element('session-agent', agent),
      more(registrar),
    ),
  );
  return {
    gate,
    telephone,
    registrar,
    access,
    core,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([gate, telephone, registrar].map((part) => part[Symbol.asyncDispose]()));
    },
  };
}

/** A registrar that takes what comes, for as long as it is asked, or for this many seconds. */
function takeAll(registrar: SipPeer, seconds?: number): void {
  registrar.onRequest = (request) => {
    if (request.method === 'ACK') return;
    registrar.respond(request, 200, ({ headers }) => {
      if (request.method !== 'REGISTER') return;
      headers.remove('contact');
      for (const contact of request.headers.values('contact'))
        headers.append(
          'Contact',
          seconds === undefined ? contact : contact.replace(/expires=\d+/, `expires=${seconds}`),
        );
    });
  };
}

let cseq = 1;

function register(
  from: SipPeer,
  port: number,
  { contact = `sip:jdoe@${from.address}:${from.port}`, expires = 600 }: { contact?: string; expires?: number } = {},
): SipRequest {
  cseq += 1;
  const request = makeRequest('REGISTER', 'sip:pbx.example', from, {
    From: '<sip:jdoe@pbx.example>;tag=phone',
    To: '<sip:jdoe@pbx.example>',
    CSeq: `${cseq} REGISTER`,
    Contact: `<${contact}>;expires=${expires}`,
  });
  from.send(request, { address: '127.0.0.1', port });
  return request;
}

async function answerTo(from: SipPeer, request: SipRequest): Promise<SipResponse> {
  return await finalOf(from, request);
}

/** The registrar calls a contact that was registered with it. */
async function callContact({ registrar, core }: Scene, contact: string): Promise<SipResponse> {
  const uri = /<([^>]+)>/.exec(contact)?.[1] ?? '';
  const request = makeRequest('INVITE', uri, registrar);
  registrar.send(request, { address: '127.0.0.1', port: core });
  const answer = await finalOf(registrar, request);
  if (answer.status < 300) {
    registrar.send(inDialog('ACK', request, answer, 1), { address: '127.0.0.1', port: core });
    await hangUp(registrar, core, { request, answer });
  }
  return answer;
}

describe('registrations through a border', () => {
  test('go to the registrar with a contact that leads back, and calls for it reach the telephone', async () => {
    await using scene = await open({});
    const { telephone, registrar, access, core, gate } = scene;
    takeAll(registrar);
    const answer = await answerTo(telephone, register(telephone, access));
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers.values('contact'), [
      `<sip:jdoe@${telephone.address}:${telephone.port}>;expires=600`,
    ]);
    const seen = await registrar.method('REGISTER');
    const [contact = ''] = seen.headers.values('contact');
    assert.match(contact, new RegExp(`^<sip:[0-9a-f]{24}@127.0.0.1:${core}>;expires=600$`));
    assert.equal(seen.uri, 'sip:pbx.example');
    assert.equal(seen.via?.port, core);

    answerAll(telephone);
    assert.equal((await callContact(scene, contact)).status, 200);
    const call = await telephone.method('INVITE');
    assert.equal(call.uri, `sip:jdoe@${telephone.address}:${telephone.port}`);
    assert.equal(call.via?.port, access, 'it leaves by the listener of its own realm');

    const gone = await answerTo(telephone, register(telephone, access, { expires: 0 }));
    assert.deepEqual([gone.status, gone.headers.values('contact')], [200, []]);
    assert.equal((await callContact(scene, contact)).status, 480, 'no policy leads from there');
    const written = gate.events.flatMap((event) => (event.kind === 'registration' ? [event.status] : []));
    assert.deepEqual(written, [200, 200]);
  });

  test('show the telephone what its registrar says: challenge, refusal, and an end', async () => {
    await using scene = await open({});
    const { telephone, registrar, access } = scene;
    registrar.onRequest = (request) =>
      registrar.respond(request, 401, ({ headers }) =>
        headers.append('WWW-Authenticate', 'Digest realm="pbx.example", nonce="n1"'),
      );
    const challenged = await answerTo(telephone, register(telephone, access));
    assert.equal(challenged.headers.get('www-authenticate'), 'Digest realm="pbx.example", nonce="n1"');
    const request = makeRequest('REGISTER', 'sip:pbx.example', telephone, {
      Authorization: 'Digest realm="pbx.example"',
    });
    registrar.onRequest = (asked) => registrar.respond(asked, 403);
    telephone.send(request, { address: '127.0.0.1', port: access });
    assert.equal((await answerTo(telephone, request)).status, 403);
    await registrar.method('REGISTER');
    assert.equal((await registrar.method('REGISTER')).headers.get('authorization'), 'Digest realm="pbx.example"');
  });

  test('of a telephone behind a NAT: it is called where it came from, and comes back more often than its registrar asks', async () => {
    const interfaceValues = { 'registration-caching': 'enabled', 'nat-traversal': 'always', 'nat-interval': '30' };
    await using scene = await open({ interfaceValues });
    const { telephone, registrar, access, gate } = scene;
    takeAll(registrar);
    const contact = 'sip:jdoe@10.0.0.5:5060';
    const again = async (): Promise<string[]> =>
      (await answerTo(telephone, register(telephone, access, { contact }))).headers.values('contact');
    assert.deepEqual(await again(), [`<${contact}>;expires=30`]);
    const seen = await registrar.method('REGISTER');
    const [registered = ''] = seen.headers.values('contact');
    assert.match(registered, /;expires=3600$/);

    for (let count = 0; count < 50; count += 1) {
      gate.clock.advance(25_000);
      assert.deepEqual(await again(), [`<${contact}>;expires=30`]);
    }
    assert.equal(registrar.received.length, 0, 'half of its hour is not over');
    answerAll(telephone);
    assert.equal((await callContact(scene, registered)).status, 200);
    assert.equal((await telephone.method('INVITE')).uri, contact);

    for (let count = 0; count < 25; count += 1) {
      gate.clock.advance(25_000);
      await again();
    }
    assert.equal((await registrar.method('REGISTER')).headers.values('contact')[0], registered, 'under the same name');
    gate.clock.advance(31_000);
    assert.equal((await callContact(scene, registered)).status, 480, 'it came back no more');
  });

  test('let their telephones call where only those may', async () => {
    await using scene = await open({ portValues: { 'allow-anonymous': 'registered' } });
    const { telephone, registrar, access, gate } = scene;
    takeAll(registrar);
    await using stranger = await SipPeer.open('127.0.0.3');
    assert.equal((await callBy(telephone, access)).status, 403);
    assert.equal((await answerTo(telephone, register(telephone, access))).status, 200);
    assert.equal((await callBy(telephone, access)).status, 200);
    assert.equal((await callBy(stranger, access)).status, 403);
    gate.clock.advance(601_000);
    assert.equal((await callBy(telephone, access)).status, 403, 'its registration is over');
  });

  test('are taken from within the realm alone where that is said', async () => {
    await using scene = await open({ portValues: { 'allow-anonymous': 'agents-only' } });
    const { telephone, access, gate } = scene;
    assert.equal((await answerTo(telephone, register(telephone, access))).status, 403);
    const [reason] = gate.events.flatMap((event) => (event.kind === 'registration' ? [event.reason] : []));
    assert.equal(reason, 'registration-not-allowed');
  });

  test('go to the registrar of sip-config where there is one', async () => {
    await using scene = await open({}, ({ address, port }) => [
      element('sip-config', {
        'registrar-domain': 'pbx.example',
        'registrar-host': address,
        'registrar-port': String(port),
      }),
    ]);
    const { telephone, registrar, access } = scene;
    takeAll(registrar, 120);
    const answer = await answerTo(telephone, register(telephone, access));
    assert.deepEqual([answer.status, answer.headers.firstValue('contact')?.split(';')[1]], [200, 'expires=120']);
  });

  test('find another registrar when the first is silent, and 504 when none answers', async () => {
    await using silent = await SipPeer.open('127.0.0.21');
    await using scene = await open({}, ({ address }) => [
      element('session-agent', { hostname: silent.address, port: String(silent.port), 'realm-id': 'core' }),
      policy({ 'source-realm': 'access' }, { 'next-hop': silent.address }, { 'next-hop': address, cost: '1' }),
    ]);
    const { telephone, registrar, access, gate } = scene;
    takeAll(registrar);
    const request = register(telephone, access);
    const seenBy = (peer: SipPeer, { callId }: SipRequest) => peer.next((message) => message.callId === callId);
    await seenBy(silent, request);
    gate.clock.advance(4000);
    assert.equal((await answerTo(telephone, request)).status, 200);

    registrar.onRequest = undefined;
    const lost = register(telephone, access);
    await seenBy(silent, lost);
    gate.clock.advance(4000);
    await seenBy(registrar, lost);
    gate.clock.advance(16_000);
    assert.equal((await answerTo(telephone, lost)).status, 504);
  });
});
