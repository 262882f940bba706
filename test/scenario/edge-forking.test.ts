import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SipRequest, SipResponse } from '../../src/sip/message/message.ts';
import { inDialog, type TestEdge } from '../support/edge.ts';
import { exchange, invite, register, registerOf } from '../support/registrar.ts';
import { SipPeer } from '../support/sip-peer.ts';

/** A telephone of jdoe besides the one of the exchange. */
async function second(gate: TestEdge, contact = '<sip:jdoe@10.9.9.2>'): Promise<SipPeer> {
  const phone = await SipPeer.open();
  await register(phone, gate, registerOf(phone, { Contact: contact }));
  return phone;
}

/** An exchange where jdoe has two telephones, and both have been called. */
async function ringing() {
  const net = await exchange();
  await register(net.phone, net.gate);
  const other = await second(net.gate);
  const call = invite(net.carrier);
  net.carrier.send(call, net.gate);
  const [first, last] = await Promise.all([net.phone.method('INVITE'), other.method('INVITE')]);
  net.phone.respond(first, 180);
  other.respond(last, 180);
  await net.carrier.status(180);
  await net.carrier.status(180);
  const dispose = async (): Promise<void> => {
    await Promise.all([net[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  };
  return { ...net, other, call, first, last, [Symbol.asyncDispose]: dispose };
}

/** Answers the CANCEL that a telephone gets, and its INVITE with 487; resolves to the CANCEL. */
async function cancelled(phone: SipPeer, call: SipRequest): Promise<SipRequest> {
  const cancel = await phone.method('CANCEL');
  phone.respond(cancel, 200);
  phone.respond(call, 487);
  await phone.method('ACK');
  return cancel;
}

const attempts = (gate: TestEdge) => gate.events.flatMap((event) => (event.kind === 'attempt' ? [event.status] : []));
const finals = ({ received }: SipPeer) =>
  received.filter((message) => message instanceof SipResponse && message.status >= 200);

describe('all telephones of a user ring at once', () => {
  test('4.11 the first that answers has the call, the others are told that it was taken elsewhere', async () => {
    await using net = await ringing();
    net.other.respond(net.last, 200);
    const answer = await net.carrier.status(200);
    const cancel = await cancelled(net.phone, net.first);
    assert.equal(cancel.headers.get('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    net.carrier.send(inDialog('ACK', net.call, answer, 1), net.gate);
    await net.other.method('ACK');
    net.carrier.send(inDialog('BYE', net.call, answer, 2), net.gate);
    net.other.respond(await net.other.method('BYE'), 200);
    await net.carrier.status(200);
    assert.deepEqual(attempts(net.gate), [200, 'cancelled']);
    assert.deepEqual(finals(net.carrier), [], 'nothing of the other one');
    assert.equal(net.gate.edge.calls, 0);
    assert.deepEqual(net.gate.errors, []);
  });

  test('each that rings makes an early dialog of its own, with our route to it', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    await using other = await second(net.gate);
    net.carrier.send(invite(net.carrier), net.gate);
    net.phone.respond(await net.phone.method('INVITE'), 180);
    other.respond(await other.method('INVITE'), 183);
    const heard = [await net.carrier.status(180), await net.carrier.status(183)];
    assert.equal(new Set(heard.map(({ to }) => to?.tag)).size, 2);
    assert.equal(new Set(heard.map(({ headers }) => headers.get('record-route'))).size, 2);
  });

  test('an answer that crosses the CANCEL is acknowledged and ended, and the caller hears nothing of it', async () => {
    await using net = await ringing();
    net.other.respond(net.last, 200);
    await net.carrier.status(200);
    net.phone.respond(await net.phone.method('CANCEL'), 200);
    net.phone.respond(net.first, 200);
    await net.phone.method('ACK');
    net.phone.respond(await net.phone.method('BYE'), 200);
    assert.deepEqual(finals(net.carrier), []);
  });

  test('4.12 one that is busy does not end the call; when all said no the caller hears the best of it', async () => {
    await using net = await ringing();
    net.phone.respond(net.first, 486);
    await net.phone.method('ACK');
    net.gate.clock.advance(60_000);
    assert.deepEqual(finals(net.carrier), []);
    net.other.respond(net.last, 503);
    await net.carrier.status(486);
  });

  test('a telephone that says no leaves the call to the one that answers', async () => {
    await using net = await ringing();
    net.phone.respond(net.first, 480);
    await net.phone.method('ACK');
    net.other.respond(net.last, 200);
    await net.carrier.status(200);
  });

  test('4.14 6xx of one ends it for all, when the others have stopped', async () => {
    await using net = await ringing();
    net.phone.respond(net.first, 603);
    await net.phone.method('ACK');
    const cancel = await net.other.method('CANCEL');
    assert.deepEqual(finals(net.carrier), []);
    net.other.respond(cancel, 200);
    net.other.respond(net.last, 487);
    await net.carrier.status(603);
    assert.deepEqual(attempts(net.gate), [603, 487]);
  });

  test('but one that had answered by then has the call', async () => {
    await using net = await ringing();
    net.phone.respond(net.first, 603);
    net.other.respond(await net.other.method('CANCEL'), 200);
    net.other.respond(net.last, 200);
    await net.carrier.status(200);
  });

  test('6xx while another one has said nothing needs no more patience', async () => {
    await using net = await exchange();
    await register(net.phone, net.gate);
    await using other = await second(net.gate);
    net.carrier.send(invite(net.carrier), net.gate);
    await other.method('INVITE');
    net.phone.respond(await net.phone.method('INVITE'), 603);
    await net.carrier.status(603);
  });

  test('the caller who hangs up has all of them stop', async () => {
    await using net = await ringing();
    const cancel = new SipRequest('CANCEL', net.call.uri, net.call.headers.clone());
    cancel.headers.set('CSeq', '1 CANCEL');
    cancel.headers.remove('contact');
    net.carrier.send(cancel, net.gate);
    await Promise.all([cancelled(net.phone, net.first), cancelled(net.other, net.last)]);
    await net.carrier.status(487);
    assert.equal(net.gate.edge.calls, 0);
  });

  test('one that is silent holds up nobody, and ends the call with 408 only when nobody said more', async () => {
    for (const [status, shown] of [[486, 486], [503, 408]] as const) {
      await using net = await exchange();
      await register(net.phone, net.gate);
      await using other = await second(net.gate);
      net.carrier.send(invite(net.carrier), net.gate);
      await other.method('INVITE');
      net.phone.respond(await net.phone.method('INVITE'), status);
      await net.phone.method('ACK');
      net.gate.clock.advance(190_000);
      await net.carrier.status(shown);
    } // prettier-ignore
  });

  test('4.12 challenges of several all reach the caller', async () => {
    await using net = await ringing();
    for (const [phone, call, realm] of [[net.phone, net.first, 'one'], [net.other, net.last, 'other']] as const)
      phone.respond(call, 407, ({ headers }) =>
        headers.append('Proxy-Authenticate', `Digest realm="${realm}", nonce="x"`),
      ); // prettier-ignore
    const answer = await net.carrier.status(407);
    const realms = answer.headers.lines('proxy-authenticate').map((line) => /realm="(\w+)"/.exec(line)?.[1]);
    assert.deepEqual(new Set(realms), new Set(['one', 'other']));
  });

  test('those of a lower q ring when those of a higher one came to nothing, unless the user is busy', async () => {
    for (const [status, goesOn] of [[503, true], [486, false]] as const) {
      await using net = await exchange();
      await register(net.phone, net.gate);
      await using other = await second(net.gate);
      await using last = await second(net.gate, '<sip:jdoe@10.9.9.3>;q=0.5');
      net.carrier.send(invite(net.carrier), net.gate);
      for (const phone of [net.phone, other]) phone.respond(await phone.method('INVITE'), status);
      if (goesOn) last.respond(await last.method('INVITE'), 200);
      await net.carrier.status(goesOn ? 200 : 486);
      assert.equal(attempts(net.gate).length, goesOn ? 3 : 2);
    } // prettier-ignore
  });
});
