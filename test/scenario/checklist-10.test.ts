import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipResponse } from '../../src/sip/message/message.ts';
import { makeRequest, openEdge, PASSWORD, USER, withCredentials } from '../support/edge.ts';
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
