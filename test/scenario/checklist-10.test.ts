import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipResponse } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { call } from '../support/phone.ts';
import { inDialog, makeRequest, openEdge, PASSWORD, USER, withCredentials } from '../support/edge.ts';
import { CARRIER, number, rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { SipPeer } from '../support/sip-peer.ts';

const NUMBER = 'sip:+12065550100@one.example';

const local = (changes: Parameters<typeof termination>[0] = {}) =>
  trunk({ termination: termination({ sources: sources('127.0.0.0/8'), ...changes }) });

test('10.13 who is not known gets one answer, hardly larger than what it sent, and no repeats', async () => {
  await using stranger = await SipPeer.open();
  await using gate = await openEdge(rulebookOf([local({ sources: sources('198.51.100.0/24') })]));
  await using asked = await openEdge(rulebookOf([local({ sources: null })]));
  for (const [to, status] of [
    [gate, 403],
    [asked, 407],
  ] as const) {
    const invite = makeRequest('INVITE', NUMBER, stranger, { 'Content-Type': 'application/sdp' });
    invite.body = Buffer.from('v=0\r\n'.padEnd(200, 'a=x\r\n'));
    stranger.send(invite, to);
    const answer = await stranger.status(status);
    assert.ok(answer.toBuffer().length <= invite.toBuffer().length * 1.25, `${answer.toBuffer().length} bytes`);
    to.clock.advance(60_000);
    // Whatever else it was told would be there before the answer to this.
    stranger.send(makeRequest('INVITE', NUMBER, stranger), to);
    await stranger.status(status);
    assert.deepEqual(
      stranger.received.filter((message) => message instanceof SipResponse),
      [],
    );
  }
});

test('10.10 what may be called goes by the number itself, and nobody learns of it before the password', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open();
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const calls = local({ callsPerSecond: null, callerId: null });
  await using gate = await openEdge(rulebookOf([calls], [], [route]));
  for (const dialled of ['+442079460000', '+44-(20)-7946.0000', '442079460000', '+442079460000;npdi;rn=+12065550100']) {
    // A history that leads here is none of the caller's rights.
    const headers = { Diversion: '<sip:+12065550100@one.example>', 'History-Info': '<sip:+12065550100@one.example>' };
    const invite = makeRequest('INVITE', `sip:${dialled}@one.example`, phone, headers);
    phone.send(invite, gate);
    phone.send(withCredentials(invite, await phone.status(407)), gate);
    assert.match((await phone.status(403)).headers.get('reason') ?? '', /country-not-allowed/, dialled);
  }
  const invite = makeRequest('INVITE', NUMBER, phone);
  phone.send(invite, gate);
  const again = withCredentials(invite, await phone.status(407));
  phone.send(again, gate);
  carrier.respond(await carrier.method('INVITE'), 200);
  const answer = await phone.status(200);
  phone.send(inDialog('ACK', again, answer, 2), gate);
  await carrier.method('ACK');
  // A re-INVITE goes where the call is, whatever number it names.
  const other = inDialog('INVITE', again, answer, 3);
  other.uri = other.uri.replace(/sip:[^@]*@/, 'sip:+442079460000@');
  phone.send(other, gate);
  const seen = await carrier.method('INVITE');
  assert.equal(seen.callId, invite.callId);
  assert.equal(seen.to?.tag, answer.to?.tag);
  carrier.respond(seen, 488);
  await phone.status(488);
  assert.equal(gate.edge.calls, 1);
});

test('10.14 who shows a number that is not the account’s is refused; one that shows none shows the default', async () => {
  await using phone = await SipPeer.open();
  await using carrier = await SipPeer.open();
  const route = { ...CARRIER, host: carrier.address, port: carrier.port };
  const callerId = { fallback: '+12065550199', rule: CARRIER.rule };
  const rules = rulebookOf(
    [local({ digest: null, callsPerSecond: null, callerId })],
    [number('+12065550199')],
    [route],
  );
  await using gate = await openEdge(rules);
  const foreign = '<sip:+12065550111@one.example>;tag=caller';
  for (const [name, value] of [
    ['From', foreign],
    ['P-Asserted-Identity', '<sip:+12065550111@one.example>'],
    ['P-Preferred-Identity', '<tel:+12065550111>'],
  ] as const) {
    phone.send(makeRequest('INVITE', NUMBER, phone, { [name]: value }), gate);
    assert.match((await phone.status(403)).headers.get('reason') ?? '', /caller-id-not-owned/, name);
  }
  for (const From of ['<sip:+12065550199@one.example>;tag=a', '<sip:alice@one.example>;tag=b']) {
    phone.send(makeRequest('INVITE', NUMBER, phone, { From }), gate);
    const seen = await carrier.method('INVITE');
    assert.match(seen.headers.get('p-asserted-identity') ?? '', /\+12065550199@/, From);
    carrier.respond(seen, 486);
    await phone.status(486);
  }
});

test('10.15 telephone numbers are told without their last digits by a gate that is asked to', async () => {
  await using phone = await SipPeer.open();
  const flags = ['--journal-numbers', 'masked', '--log-level', 'debug'];
  await using gate = await TestGate.start({ flags, capture: true });
  const { host } = await openTermination(gate.voiceClient());
  const statuses = await call(phone, gate, {
    to: `sip:+442079460123@${host}`,
    from: `sip:+12065550199@${host}`,
    user: CONNECTOR_USER.Username,
    password: CONNECTOR_USER.Password,
  });
  assert.deepEqual(statuses, [407, 403]);
  const told = JSON.stringify(await gate.api('GET', '/calls'));
  assert.match(told, /\+44207946\*{4}/);
  assert.doesNotMatch(`${told}${gate.output}`, /2079460123|2065550199/);
});

test('10.15 every refusal is in the journal with reason, source, user, number and rule; the password is nowhere', async () => {
  await using phone = await SipPeer.open();
  await using gate = await openEdge(rulebookOf([local({ callsPerSecond: null })], [number('+12065550199')]));
  const ask = async (uri: string, headers: Readonly<Record<string, string>>, status: number): Promise<void> => {
    const invite = makeRequest('INVITE', uri, phone, headers);
    phone.send(invite, gate);
    phone.send(withCredentials(invite, await phone.status(407)), gate);
    await phone.status(status);
  };
  const foreign = { From: '<sip:+12065550111@one.example>;tag=caller' };
  await ask(NUMBER, foreign, 403);
  await ask('sip:+442079460000@one.example', {}, 403);
  phone.send(makeRequest('BYE', NUMBER, phone, { To: '<sip:x@one.example>;tag=gone' }), gate);
  await phone.status(481);

  const source = { transport: 'udp', address: phone.address, port: phone.port };
  const decided = gate.events.flatMap((event) =>
    event.kind === 'decision' && event.decision.verdict === 'refuse' ? [event] : [],
  );
  assert.deepEqual(
    decided.map(({ decision }) => [decision.reason, decision.username, decision.called, decision.trunk]),
    [
      ['caller-id-not-owned', USER, '+12065550100', 'test:one'],
      ['country-not-allowed', USER, '+442079460000', 'test:one'],
    ],
  );
  for (const event of decided) {
    assert.deepEqual(event.source, source);
    assert.deepEqual(event.decision.trace.at(-1)?.rule, CARRIER.rule);
    assert.match(event.decision.id, /^[0-9a-f]{32}$/);
  }
  assert.partialDeepStrictEqual(gate.events.at(-1), {
    kind: 'refusal',
    reason: 'dialog-unknown',
    method: 'BYE',
    source,
  });
  assert.equal(JSON.stringify(gate.events).includes(PASSWORD), false);
});
