import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SipRequest, type SipMessage } from '../../src/sip/message/message.ts';
import { parseNameAddr } from '../../src/sip/message/nameaddr.ts';
import { parseDatagram, StreamParser } from '../../src/sip/message/parse.ts';
import { viaReceived } from '../../src/sip/message/via.ts';
import { DEFAULT_LIMITS } from '../../src/sip/transport/limits.ts';
import type { Binding } from '../../src/sip/transport/transport.ts';
import { parseUri, unescapeUser } from '../../src/sip/uri.ts';
import { openTermination } from '../support/connector.ts';
import { openEdge, type TestEdge } from '../support/edge.ts';
import { TestGate } from '../support/gate.ts';
import { rulebookOf, sources, termination, trunk } from '../support/rules.ts';
import { RFC_4475, RFC_5118, type Expectation, type StreamOutcome } from './expectations.ts';
import { askingForPort, messageBytes, optionsTo, sendOverTcp, UdpReplay } from './replay.ts';

const ALL = [...RFC_4475, ...RFC_5118];
const HOST = 'one.example';

const rules = rulebookOf([trunk({ termination: termination({ sources: sources('127.0.0.0/8') }) })]);
const nameOf = ({ file, section }: Expectation): string => `${file} (§${section})`;

/** A stream holds an unfinished message when the gate neither answers nor closes and the datagram is a fault. */
const leavesUnfinished = ({ udp, tcp }: Expectation): boolean =>
  udp !== null && tcp?.answers.length === 0 && !tcp.closes;

function overTcp({ udp, tcp }: Expectation): Required<StreamOutcome> {
  return { closes: false, ...(tcp ?? { answers: udp === null ? [] : [udp] }) };
}

function request(file: string): SipRequest {
  const { message } = parseDatagram(messageBytes(file));
  assert.ok(message instanceof SipRequest);
  return message;
}

test('every message of the two RFCs is there and has an expectation', () => {
  assert.equal(RFC_4475.length, 49);
  assert.equal(RFC_5118.length, 12);
  const files = ['rfc4475', 'rfc5118'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, 'messages', folder)).map((file) => `${folder}/${file}`),
  );
  assert.deepEqual(files.sort(), ALL.map(({ file }) => `${file}.dat`).sort());
});

describe('as a datagram is parsed', () => {
  for (const expectation of ALL)
    test(nameOf(expectation), () => {
      const { message, fault } = parseDatagram(messageBytes(expectation.file));
      const kind = message instanceof SipRequest ? 'request' : 'response';
      assert.deepEqual(message ? kind : { fault: fault?.reason }, expectation.parsed);
      if (fault) assert.equal(fault.request !== undefined, expectation.udp !== null, 'can be answered');
      if (message) assertStable(message);
    });
});

describe('byte by byte from a stream is parsed as whole', () => {
  for (const expectation of ALL)
    test(nameOf(expectation), () => {
      const bytes = messageBytes(expectation.file);
      const whole = readStream([bytes]);
      assert.deepEqual(readStream([...bytes].map((byte) => Buffer.from([byte]))), whole);
      assert.equal(whole.at(-1)?.endsWith('fatal') ?? false, overTcp(expectation).closes);
    });
});

/** What is printed reads as the same, and printing that changes nothing more. */
function assertStable(message: SipMessage): void {
  const printed = message.toBuffer();
  const again = parseDatagram(Buffer.from(printed)).message;
  assert.ok(again);
  assert.deepEqual(again.toBuffer(), printed);
  assert.deepEqual(again.via, message.via);
  assert.deepEqual(again.to, message.to);
  assert.deepEqual(again.from, message.from);
  assert.deepEqual(again.body, message.body);
}

function readStream(chunks: readonly Buffer[]): string[] {
  const parser = new StreamParser();
  const found: string[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let result = parser.next(); result; result = parser.next()) {
      if (result === 'ping') found.push(result);
      else if (result.message) found.push(result.message.toBuffer().toString('latin1'));
      else found.push(`${result.fault?.reason}${result.fault?.fatal ? ' fatal' : ''}`);
    }
  }
  return found;
}

const TCP: Binding = { transport: 'tcp', address: '127.0.0.1', port: 0 };

function tcpOf({ listening }: TestEdge): Binding {
  return listening.find(({ transport }) => transport === 'tcp') ?? TCP;
}

describe('a gate in this process says what is expected, and lives', () => {
  for (const expectation of ALL) {
    test(`over UDP: ${nameOf(expectation)}`, async () => {
      await using gate = await openEdge(rules);
      await using sender = await UdpReplay.open(gate, HOST);
      const { answers } = await sender.send(askingForPort(messageBytes(expectation.file)));
      assert.deepEqual(answers, expectation.udp === null ? [] : [expectation.udp]);
      assert.deepEqual(gate.errors, []);
    });

    test(`over TCP: ${nameOf(expectation)}`, async () => {
      await using gate = await openEdge(rules, { also: [TCP] });
      const tcp = tcpOf(gate);
      const bytes = messageBytes(expectation.file);
      const { answers, closed } = await sendOverTcp(bytes, tcp, HOST, leavesUnfinished(expectation));
      assert.deepEqual({ answers, closes: closed }, overTcp(expectation));
      assert.deepEqual(gate.errors, []);
    });
  }

  test('2.8 over TCP, rfc4475/clerr: the rest is awaited until the deadline of a message, then the connection is closed', async () => {
    await using gate = await openEdge(rules, { also: [TCP] });
    const { address, port } = tcpOf(gate);
    const socket = connect(port, address);
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    // The answer to the first message tells that the unfinished second one has been read.
    socket.write(Buffer.concat([optionsTo(HOST, 'first', 'TCP'), messageBytes('rfc4475/clerr')]));
    await once(socket, 'data');
    gate.clock.advance(DEFAULT_LIMITS.messageMs + 1000);
    await closed;
  });
});

test('a gate process says what is expected to each message over UDP and TCP, and takes honest calls after all of them', async () => {
  await using gate = await TestGate.start();
  const { host } = await openTermination(gate.voiceClient());
  const [udp, tcp] = [gate.sip.udp, gate.sip.tcp].map((port) => ({ address: '127.0.0.1', port }));
  assert.ok(udp && tcp);
  await using sender = await UdpReplay.open(udp, host);
  for (const expectation of ALL) {
    const bytes = messageBytes(expectation.file);
    const heard = await sender.send(askingForPort(bytes));
    assert.deepEqual(heard.answers, expectation.udp === null ? [] : [expectation.udp], `UDP ${expectation.file}`);
    const { answers, closed } = await sendOverTcp(bytes, tcp, host, leavesUnfinished(expectation));
    assert.deepEqual({ answers, closes: closed }, overTcp(expectation), `TCP ${expectation.file}`);
  }
  const invite = `INVITE sip:+12065550100@${host} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKhonest;rport\r\nFrom: <sip:a@${host}>;tag=1\r\nTo: <sip:+12065550100@${host}>\r\nCall-ID: honest\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\r\n`;
  assert.deepEqual((await sender.send(Buffer.from(invite))).answers, [407]);
});

describe('what is read in them', () => {
  test('1.1 1.2 1.3 wsinv: folds, blanks, compact names and lists', () => {
    const message = request('rfc4475/wsinv');
    assert.deepEqual(message.cseq, { number: 9, method: 'INVITE' });
    assert.equal(message.maxForwards, 68);
    assert.equal(message.from?.displayName, 'J Rosenberg \\"');
    assert.equal(message.from?.tag, '98asjd8');
    assert.equal(message.to?.tag, '1918181833n');
    assert.equal(message.headers.values('via').length, 3);
    assert.equal(message.headers.get('subject'), '');
    assert.equal(message.headers.get('unknownheaderwithunusualvalue'), ';;,,;;,;');
    const contact = parseNameAddr(message.headers.get('contact') ?? '');
    assert.equal(contact?.displayName, 'Quoted string ""');
    assert.deepEqual([...(contact?.params ?? [])], [['newparam', 'newvalue'], ['secondparam', null], ['q', '0.33']]); // prettier-ignore
    assert.equal(message.body.length, 150);
  });

  test('1.8 1.10 intmeth: a NUL in a quoted string, and a user part that looks like everything else', () => {
    const message = request('rfc4475/intmeth');
    assert.equal(message.to?.displayName, 'BEL:\x07 NUL:\0 DEL:\x7f');
    const uri = parseUri(message.uri);
    assert.equal(uri?.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    assert.equal(uri?.host, 'example.com');
    assert.equal(message.via?.params.get('branch'), "z9hG4bK-.!%66*_+`'~");
  });

  test('1.9 esc01, esc02, escnull: escapes are read once, in URIs only', () => {
    const uri = parseUri(request('rfc4475/esc01').uri);
    assert.equal(uri?.host, 'example.net');
    assert.equal(unescapeUser(uri?.user ?? ''), 'sips:user@example.com');
    assert.equal(request('rfc4475/esc02').method, 'RE%47IST%45R');
    assert.equal(request('rfc4475/esc02').headers.count('contact'), 2);
    const user = parseUri(request('rfc4475/escnull').to?.uri ?? '')?.user ?? '';
    assert.equal(unescapeUser(user), 'null-\0-null');
  });

  test('1.5 dblreq: what follows the body of a datagram is dropped', () => {
    assert.equal(request('rfc4475/dblreq').body.length, 0);
    assert.equal(request('rfc4475/dblreq').toBuffer().includes('INVITE'), false);
  });

  test('1.10 semiuri: the host starts behind the only @', () => {
    const uri = parseUri(request('rfc4475/semiuri').uri);
    assert.equal(unescapeUser(uri?.user ?? ''), 'user;par=u@example.net');
    assert.equal(uri?.host, 'example.com');
  });

  test('1.11 7.3 cparam01, cparam02, regescrt: parameters of the header and of the URI are kept apart', () => {
    const contact = (file: string) => parseNameAddr(request(file).headers.get('contact') ?? '');
    assert.equal(contact('rfc4475/cparam01')?.uri, 'sip:+19725552222@gw1.example.net');
    assert.equal(contact('rfc4475/cparam01')?.params.has('unknownparam'), true);
    assert.equal(contact('rfc4475/cparam02')?.uri, 'sip:+19725552222@gw1.example.net;unknownparam');
    assert.equal(contact('rfc4475/cparam02')?.params.size, 0);
    assert.equal(parseUri(contact('rfc4475/regescrt')?.uri ?? '')?.headers, 'Route=%3Csip:sip.example.com%3E');
    assert.equal(contact('rfc4475/regbadct'), undefined);
  });

  test('1.8 mpart01, unreason: bytes are kept as they are', () => {
    const bytes = messageBytes('rfc4475/mpart01');
    assert.equal(request('rfc4475/mpart01').body.length, 553);
    assert.deepEqual(request('rfc4475/mpart01').body, bytes.subarray(-553));
    const response = parseDatagram(messageBytes('rfc4475/unreason')).message;
    assert.deepEqual(response?.toBuffer(), messageBytes('rfc4475/unreason'));
  });

  test('1.17 1.18 IPv6 with and without brackets, and IPv4 within it', () => {
    assert.deepEqual(request('rfc5118/ipv6-good').via?.host, '2001:db8::9:1');
    assert.equal(parseUri(request('rfc5118/port-ambiguous').uri)?.host, '2001:db8::10:5070');
    assert.equal(parseUri(request('rfc5118/port-ambiguous').uri)?.port, undefined);
    assert.equal(parseUri(request('rfc5118/port-unambiguous').uri)?.port, 5070);
    for (const file of ['rfc5118/via-received-param-with-delim', 'rfc5118/via-received-param-no-delim']) {
      const { via } = request(file);
      assert.ok(via);
      assert.equal(viaReceived(via), '2001:db8::9:255');
    }
    assert.equal(request('rfc5118/ipv4-mapped-ipv6').via?.host, '192.0.2.10');
    const hosts = ['rfc5118/ipv6-bug-abnf-3-colons', 'rfc5118/ipv6-correct-abnf-2-colons'].map(
      (file) => parseUri(request(file).uri)?.host,
    );
    assert.deepEqual(hosts, ['2001:db8::c000:201', '2001:db8::c000:201']);
  });
});
