import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../kit/clock.ts';
import { createResponse, SipRequest, SipResponse } from '../message/message.ts';
import type { SipMessage } from '../message/message.ts';
import { parseDatagram } from '../message/parse.ts';
import type { Flow } from '../transport/transport.ts';
import { newBranch, TransactionLayer } from './layer.ts';
import type { ClientUser, ServerTransaction, TransactionUser } from './layer.ts';

const PEER = { address: '192.0.2.9', port: 5060 };
const US = { address: '192.0.2.1', port: 5060 };

/** A flow that keeps what is sent on it, with the time. */
class FakeFlow implements Flow {
  readonly transport: 'udp' | 'tcp';
  readonly secure = false;
  readonly local = US;
  readonly remote = PEER;
  readonly sent: { at: number; text: string }[] = [];
  broken: Error | undefined;
  readonly #clock: ManualClock;
  readonly #start: number;
  #failures: (() => void)[] = [];

  constructor(transport: 'udp' | 'tcp', clock: ManualClock) {
    this.transport = transport;
    this.#clock = clock;
    this.#start = clock.now();
  }

  get reliable(): boolean {
    return this.transport === 'tcp';
  }

  send(text: string, onError?: (error: Error) => void): void {
    this.sent.push({ at: this.#clock.now() - this.#start, text });
    const { broken } = this;
    if (broken && onError) this.#failures.push(() => onError(broken));
  }

  /** Reports the sends that failed, as a transport does some time later. */
  reportFailures(): void {
    for (const report of this.#failures.splice(0)) report();
  }

  /** First words of what was sent, and forgets it. */
  take(): string[] {
    return this.sent.splice(0).map(({ text }) =>
      text
        .slice(0, text.indexOf('\r\n'))
        .replace(/ sip:.*| SIP\/2.0$/, '')
        .replace('SIP/2.0 ', ''),
    );
  }

  /** When each message was sent, and forgets them. */
  takeTimes(): number[] {
    return this.sent.splice(0).map(({ at }) => at);
  }

  last(): SipMessage {
    return parsed(this.sent.at(-1)?.text ?? '');
  }
}

/** A layer whose user writes down what it is told. */
class Desk implements TransactionUser {
  readonly clock = new ManualClock();
  readonly udp = new FakeFlow('udp', this.clock);
  readonly tcp = new FakeFlow('tcp', this.clock);
  readonly told: string[] = [];
  readonly served: ServerTransaction[] = [];
  readonly layer: TransactionLayer;

  constructor(capacity?: number, finished?: number) {
    const room = { ...(capacity && { capacity }), ...(finished && { finished }) };
    this.layer = new TransactionLayer({ clock: this.clock, user: this, ...room });
  }

  request(message: SipRequest, transaction: ServerTransaction): void {
    this.told.push(message.method);
    this.served.push(transaction);
    transaction.onTimeout = () => void this.told.push('timeout');
  }

  ack(): void {
    this.told.push('ACK');
  }

  cancel(_request: SipRequest, transaction: ServerTransaction): void {
    this.told.push('CANCEL');
    assert.equal(transaction, this.served[0]);
  }

  /** A client's ears. */
  readonly ears: ClientUser = {
    response: ({ status }) => void this.told.push(String(status)),
    failed: (cause, error) => void this.told.push(error ? `${cause}: ${error.message}` : cause),
  };

  /** Receives a request and returns its transaction. */
  serve(message: SipRequest, flow: Flow = this.udp): ServerTransaction {
    this.layer.receive(message, flow);
    const transaction = this.served.at(-1);
    assert.ok(transaction);
    return transaction;
  }

  take(): string[] {
    return this.told.splice(0);
  }
}

interface RequestParts {
  readonly via?: string;
  readonly branch?: string;
  readonly toTag?: string;
  readonly more?: string[];
  readonly cseq?: string;
}

function request(
  method: string,
  { branch = 'z9hG4bKone', via, toTag, more = [], cseq }: RequestParts = {},
): SipRequest {
  const message = parsed(
    [
      `${method} sip:bob@192.0.2.1 SIP/2.0`,
      `Via: ${via ?? `SIP/2.0/UDP 192.0.2.9:5060;branch=${branch}`}`,
      'Max-Forwards: 70',
      'From: <sip:alice@example.com>;tag=alice',
      `To: <sip:bob@example.com>${toTag ? `;tag=${toTag}` : ''}`,
      'Call-ID: call-1',
      `CSeq: ${cseq ?? `7 ${method}`}`,
      ...more,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
  );
  assert.ok(message instanceof SipRequest);
  return message;
}

function parsed(text: string): SipMessage {
  const { message } = parseDatagram(Buffer.from(text, 'latin1'));
  assert.ok(message, text);
  return message;
}

function answer(transaction: ServerTransaction, status: number): void {
  transaction.respond(createResponse(transaction.request, status, undefined, transaction.toTag));
}

describe('INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1)', () => {
  test('Proceeding: a repeat gets the last provisional response, or nothing before there is one', () => {
    const desk = new Desk();
    const invite = request('INVITE');
    const transaction = desk.serve(invite);
    desk.layer.receive(invite, desk.udp);
    assert.deepEqual(desk.udp.take(), []);
    answer(transaction, 100);
    answer(transaction, 180);
    desk.layer.receive(invite, desk.udp);
    assert.deepEqual(desk.udp.take(), ['100 Trying', '180 Ringing', '180 Ringing']);
    desk.layer.receive(request('ACK'), desk.udp);
    assert.deepEqual(desk.take(), ['INVITE']);
  });

  test('Completed over UDP: timer G repeats the final response up to T2, timer H ends it', () => {
    const desk = new Desk();
    answer(desk.serve(request('INVITE')), 486);
    desk.clock.advance(40_000);
    assert.deepEqual(desk.udp.takeTimes(), [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert.deepEqual(desk.take(), ['INVITE', 'timeout']);
    assert.equal(desk.layer.size, 0);
  });

  test('Completed over TCP: nothing is repeated, but timer H still waits for the ACK', () => {
    const desk = new Desk();
    answer(desk.serve(request('INVITE'), desk.tcp), 486);
    desk.clock.advance(31_999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.deepEqual(desk.tcp.take(), ['486 Busy Here']);
    assert.deepEqual(desk.take(), ['INVITE', 'timeout']);
  });

  test('Completed: a repeated INVITE gets the final response again', () => {
    const desk = new Desk();
    const invite = request('INVITE');
    answer(desk.serve(invite), 486);
    desk.layer.receive(invite, desk.udp);
    assert.deepEqual(desk.udp.take(), ['486 Busy Here', '486 Busy Here']);
    assert.deepEqual(desk.take(), ['INVITE']);
  });

  test('Confirmed: the ACK stops the repeats, more ACKs are absorbed until timer I', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('INVITE'));
    answer(transaction, 486);
    const ack = request('ACK', { toTag: transaction.toTag });
    desk.layer.receive(ack, desk.udp);
    desk.layer.receive(ack, desk.udp);
    desk.layer.receive(request('INVITE'), desk.udp);
    desk.clock.advance(4999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.equal(desk.layer.size, 0);
    assert.deepEqual(desk.udp.take(), ['486 Busy Here']);
    assert.deepEqual(desk.take(), ['INVITE']);
  });

  test('Confirmed over TCP ends at once', () => {
    const desk = new Desk();
    answer(desk.serve(request('INVITE'), desk.tcp), 486);
    desk.layer.receive(request('ACK'), desk.tcp);
    assert.equal(desk.layer.size, 0);
  });

  test('Accepted: repeats of the INVITE are absorbed, further 2xx and the ACK pass, timer L ends it', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('INVITE'));
    answer(transaction, 200);
    desk.layer.receive(request('INVITE'), desk.udp);
    answer(transaction, 200);
    answer(transaction, 486);
    answer(transaction, 180);
    desk.layer.receive(request('ACK', { branch: 'z9hG4bKother', toTag: transaction.toTag }), desk.udp);
    // Some senders repeat the branch of the INVITE.
    desk.layer.receive(request('ACK', { toTag: transaction.toTag }), desk.udp);
    assert.deepEqual(desk.udp.take(), ['200 OK', '200 OK']);
    assert.deepEqual(desk.take(), ['INVITE', 'ACK', 'ACK']);
    desk.clock.advance(31_999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.equal(desk.layer.size, 0);
    answer(transaction, 200);
    assert.deepEqual(desk.udp.take(), []);
    assert.deepEqual(desk.take(), []);
  });

  test('a final response is final', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('INVITE'));
    assert.equal(transaction.finalStatus, undefined);
    answer(transaction, 486);
    answer(transaction, 200);
    answer(transaction, 180);
    assert.equal(transaction.finalStatus, 486);
    assert.deepEqual(desk.udp.take(), ['486 Busy Here']);
  });

  test('a response that cannot be sent ends nothing (RFC 6026 §6)', () => {
    const desk = new Desk();
    desk.udp.broken = new Error('unreachable');
    answer(desk.serve(request('INVITE')), 486);
    desk.udp.reportFailures();
    assert.equal(desk.layer.size, 1);
  });

  test('3.12 a stateless answer leaves nothing; its ACK is absorbed and repeats get the same tag', () => {
    const desk = new Desk();
    const tags = [1, 2].map(() => {
      const transaction = desk.serve(request('INVITE'));
      const refusal = createResponse(transaction.request, 407, undefined, transaction.toTag);
      transaction.respondStatelessly(refusal);
      transaction.respondStatelessly(refusal);
      answer(transaction, 200);
      return transaction.toTag;
    });
    assert.equal(tags[0], tags[1]);
    assert.equal(desk.layer.size, 0);
    desk.layer.receive(request('ACK', { toTag: tags[0] ?? '' }), desk.udp);
    assert.deepEqual(desk.take(), ['INVITE', 'INVITE']);
    assert.deepEqual(desk.udp.take(), ['407 Proxy Authentication Required', '407 Proxy Authentication Required']);
    desk.clock.advance(60_000);
    assert.equal(desk.clock.waiting, 0);
  });
});

describe('non-INVITE server transaction (RFC 3261 §17.2.2, RFC 4320)', () => {
  test('Trying drops repeats; Completed answers them again until timer J', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('OPTIONS'));
    desk.layer.receive(request('OPTIONS'), desk.udp);
    assert.deepEqual(desk.udp.take(), []);
    answer(transaction, 200);
    answer(transaction, 500);
    desk.layer.receive(request('OPTIONS'), desk.udp);
    assert.deepEqual(desk.udp.take(), ['200 OK', '200 OK']);
    assert.deepEqual(desk.take(), ['OPTIONS']);
    desk.clock.advance(31_999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.equal(desk.layer.size, 0);
  });

  test('over TCP nothing needs absorbing', () => {
    const desk = new Desk();
    answer(desk.serve(request('OPTIONS'), desk.tcp), 200);
    assert.equal(desk.layer.size, 0);
  });

  test('over UDP no 100 before 3.5 s, and then one by itself; repeats get it', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('OPTIONS'));
    answer(transaction, 100);
    answer(transaction, 180);
    desk.clock.advance(3499);
    assert.deepEqual(desk.udp.take(), []);
    desk.clock.advance(1);
    assert.deepEqual(desk.udp.take(), ['100 Trying']);
    answer(transaction, 183);
    desk.layer.receive(request('OPTIONS'), desk.udp);
    answer(transaction, 100);
    answer(transaction, 404);
    assert.deepEqual(desk.udp.take(), ['100 Trying', '100 Trying', '404 Not Found']);
  });

  test('over TCP a 100 may go at any time', () => {
    const desk = new Desk();
    answer(desk.serve(request('OPTIONS'), desk.tcp), 100);
    desk.clock.advance(10_000);
    assert.deepEqual(desk.tcp.take(), ['100 Trying']);
  });

  test('a 100 from within the request does not keep it for ever, a final answer needs no timer', () => {
    const desk = new Desk();
    const statuses = [100, 200];
    desk.request = (message, transaction) => {
      transaction.respond(createResponse(message, statuses.shift() ?? 500));
    };
    desk.layer.receive(request('OPTIONS'), desk.tcp);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(32_100);
    assert.equal(desk.layer.size, 0);
    desk.layer.receive(request('OPTIONS'), desk.tcp);
    assert.deepEqual([desk.layer.size, desk.clock.waiting], [0, 0]);
  });

  test('no 408, and nothing after the client has given up', () => {
    const desk = new Desk();
    const first = desk.serve(request('OPTIONS'));
    answer(first, 408);
    desk.layer.receive(request('OPTIONS'), desk.udp);
    assert.deepEqual(desk.udp.take(), []);
    const second = desk.serve(request('OPTIONS', { branch: 'z9hG4bKtwo' }));
    desk.clock.advance(32_000);
    assert.deepEqual(desk.take(), ['OPTIONS', 'OPTIONS', 'timeout']);
    answer(second, 200);
    assert.deepEqual(desk.udp.take(), ['100 Trying']);
    assert.equal(desk.layer.size, 0);
  });
});

describe('CANCEL at the server (RFC 3261 §9.2)', () => {
  test('is answered 200 with the tag of the INVITE and told to the user once', () => {
    const desk = new Desk();
    const transaction = desk.serve(request('INVITE'));
    transaction.respond(createResponse(transaction.request, 180, undefined, 'from-below'));
    desk.udp.take();
    desk.layer.receive(request('CANCEL'), desk.udp);
    const ok = desk.udp.last();
    assert.equal(ok.to?.tag, 'from-below');
    assert.equal(ok.cseq?.method, 'CANCEL');
    desk.layer.receive(request('CANCEL'), desk.udp);
    answer(transaction, 487);
    assert.equal(desk.udp.last().to?.tag, 'from-below');
    assert.deepEqual(desk.udp.take(), ['200 OK', '200 OK', '487 Request Terminated']);
    assert.deepEqual(desk.take(), ['INVITE', 'CANCEL']);
  });

  test('after a final response it is answered and changes nothing', () => {
    const desk = new Desk();
    answer(desk.serve(request('INVITE')), 200);
    desk.layer.receive(request('CANCEL'), desk.udp);
    assert.deepEqual(desk.udp.take(), ['200 OK', '200 OK']);
    assert.deepEqual(desk.take(), ['INVITE']);
  });

  test('without its INVITE it is a new request', () => {
    const desk = new Desk();
    desk.serve(request('INVITE'));
    answer(desk.serve(request('CANCEL', { branch: 'z9hG4bKother' })), 481);
    desk.layer.receive(request('CANCEL', { branch: 'z9hG4bKother' }), desk.udp);
    assert.deepEqual(desk.udp.take(), ['481 Call/Transaction Does Not Exist', '481 Call/Transaction Does Not Exist']);
    assert.deepEqual(desk.take(), ['INVITE', 'CANCEL']);
  });
});

describe('matching (RFC 3261 §17.2.3, §17.1.3)', () => {
  test('branch, sent-by and method tell server transactions apart', () => {
    const desk = new Desk();
    for (const via of [
      'SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKone',
      'SIP/2.0/UDP 192.0.2.9:5062;branch=z9hG4bKone',
      'SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKone',
      'SIP/2.0/UDP pc.example.com;branch=z9hG4bKone',
      'SIP/2.0/UDP PC.example.com;branch=z9hG4bKone',
      'SIP/2.0/UDP [::ffff:192.0.2.9]:5060;branch=z9hG4bKone',
    ])
      desk.layer.receive(request('OPTIONS', { via }), desk.udp);
    desk.layer.receive(request('INFO'), desk.udp);
    assert.deepEqual(desk.take(), ['OPTIONS', 'OPTIONS', 'OPTIONS', 'OPTIONS', 'INFO']);
  });

  for (const [name, branch] of [
    ['no branch', ''],
    ['3.2 a branch without the cookie', ';branch=1'],
    ['3.3 nothing but the cookie', ';branch=z9hG4bK'],
  ])
    test(`${name}: the way of RFC 2543`, () => {
      const desk = new Desk();
      const via = `SIP/2.0/UDP 192.0.2.9:5060${branch}`;
      const transaction = desk.serve(request('INVITE', { via }));
      desk.layer.receive(request('INVITE', { via }), desk.udp);
      desk.layer.receive(request('INVITE', { via, cseq: '8 INVITE' }), desk.udp);
      desk.layer.receive(request('CANCEL', { via }), desk.udp);
      assert.deepEqual(desk.take(), ['INVITE', 'INVITE', 'CANCEL']);
      answer(transaction, 486);
      desk.udp.take();
      desk.layer.receive(request('ACK', { via, toTag: 'another' }), desk.udp);
      assert.deepEqual(desk.take(), ['ACK']);
      desk.layer.receive(request('ACK', { via, toTag: transaction.toTag }), desk.udp);
      assert.deepEqual(desk.take(), []);
      desk.clock.advance(5000);
      assert.deepEqual(desk.udp.take(), []);
    });

  test('a response needs our branch, our sent-by and the method', () => {
    const desk = new Desk();
    const via = `SIP/2.0/UDP 192.0.2.1:5060;branch=${newBranch()}`;
    const sent = request('OPTIONS', { via });
    desk.layer.send(sent, desk.udp, desk.ears);
    for (const other of [
      request('OPTIONS', { via: via.replace('192.0.2.1', '192.0.2.2') }),
      request('OPTIONS', { via: via.replace(':5060', ':5061') }),
      request('OPTIONS', { via: `${via}x` }),
      request('INFO', { via }),
    ])
      desk.layer.receive(createResponse(other, 200), desk.udp);
    assert.deepEqual(desk.take(), []);
    desk.layer.receive(
      createResponse(request('OPTIONS', { via: `${via};received=192.0.2.1;rport=5060` }), 200),
      desk.udp,
    );
    assert.deepEqual(desk.take(), ['200']);
  });
});

/** Sends a request of ours; `reply` plays the peer's answer to it. */
function sending(method: string, transport: 'udp' | 'tcp' = 'udp', more: string[] = []) {
  const desk = new Desk();
  const flow = desk[transport];
  const via = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours';
  const transaction = desk.layer.send(request(method, { via, more }), flow, desk.ears);
  const reply = (status: number, tag = 'bob'): void =>
    desk.layer.receive(createResponse(transaction.request, status, undefined, tag), flow);
  return { desk, flow, transaction, reply };
}

describe('INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2)', () => {
  test('Calling over UDP: timer A doubles without limit, timer B gives up', () => {
    const { desk, flow } = sending('INVITE');
    desk.clock.advance(60_000);
    assert.deepEqual(flow.takeTimes(), [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    assert.deepEqual(desk.take(), ['timeout']);
    assert.equal(desk.layer.size, 0);
    assert.equal(desk.clock.waiting, 0);
  });

  test('Calling over TCP: sent once, timer B gives up', () => {
    const { desk, flow } = sending('INVITE', 'tcp');
    desk.clock.advance(32_000);
    assert.deepEqual(flow.takeTimes(), [0]);
    assert.deepEqual(desk.take(), ['timeout']);
  });

  test('Proceeding: every provisional response goes up, nothing is repeated, no timer limits it', () => {
    const { desk, flow, reply } = sending('INVITE');
    for (const status of [100, 180, 180, 183]) reply(status);
    desk.clock.advance(600_000);
    assert.deepEqual(desk.take(), ['100', '180', '180', '183']);
    assert.deepEqual(flow.take(), ['INVITE']);
    assert.equal(desk.layer.size, 1);
  });

  test('Accepted: every 2xx goes up, none gets an ACK here, timer M ends it', () => {
    const { desk, flow, reply } = sending('INVITE');
    reply(200);
    reply(200);
    reply(200, 'fork');
    reply(180);
    reply(486);
    assert.deepEqual(desk.take(), ['200', '200', '200']);
    assert.deepEqual(flow.take(), ['INVITE']);
    desk.clock.advance(31_999);
    reply(200);
    assert.deepEqual(desk.take(), ['200']);
    desk.clock.advance(1);
    reply(200);
    assert.deepEqual(desk.take(), []);
    assert.equal(desk.layer.size, 0);
  });

  test('Completed: the final response goes up once, each copy gets an ACK until timer D', () => {
    const { desk, flow, reply } = sending('INVITE');
    reply(180);
    reply(486);
    reply(486);
    reply(200);
    reply(180);
    assert.deepEqual(desk.take(), ['180', '486']);
    assert.deepEqual(flow.take(), ['INVITE', 'ACK', 'ACK']);
    desk.clock.advance(31_999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.equal(desk.layer.size, 0);
  });

  test('Completed over TCP: the ACK goes out, and it ends', () => {
    const { desk, flow, reply } = sending('INVITE', 'tcp');
    reply(503);
    assert.deepEqual(flow.take(), ['INVITE', 'ACK']);
    assert.deepEqual(desk.take(), ['503']);
    assert.equal(desk.layer.size, 0);
  });

  test('the ACK is that of §17.1.1.3', () => {
    const { flow, reply } = sending('INVITE', 'udp', [
      'Route: <sip:a.example;lr>, <sip:b.example;lr>',
      'Route: <sip:c.example;lr>',
      'Require: 100rel',
    ]);
    reply(486, 'busy');
    const ack = flow.last();
    assert.ok(ack instanceof SipRequest);
    assert.deepEqual(
      [...ack.headers].map(({ name, value }) => `${name}: ${value}`),
      [
        'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours',
        'Max-Forwards: 70',
        'Route: <sip:a.example;lr>, <sip:b.example;lr>',
        'Route: <sip:c.example;lr>',
        'From: <sip:alice@example.com>;tag=alice',
        'To: <sip:bob@example.com>;tag=busy',
        'Call-ID: call-1',
        'CSeq: 7 ACK',
        'Content-Length: 0',
      ],
    );
    assert.equal(ack.uri, 'sip:bob@192.0.2.1');
  });

  test('a send that fails is told once; later responses find nothing', () => {
    const { desk, flow, reply } = sending('INVITE');
    flow.broken = new Error('refused');
    desk.clock.advance(1500);
    flow.reportFailures();
    reply(200);
    assert.deepEqual(desk.take(), ['transport: refused']);
    assert.equal(desk.layer.size, 0);
  });

  test('a failed ACK is not the user’s business', () => {
    const { desk, flow, reply } = sending('INVITE');
    flow.broken = new Error('refused');
    reply(486);
    flow.reportFailures();
    assert.deepEqual(desk.take(), ['486']);
    assert.equal(desk.layer.size, 0);
  });
});

describe('CANCEL at the client (RFC 3261 §9.1)', () => {
  test('waits for a provisional response; the INVITE is not repeated any more', () => {
    const { desk, flow, transaction, reply } = sending('INVITE');
    transaction.cancel('SIP;cause=200;text="Call completed elsewhere"');
    transaction.cancel();
    desk.clock.advance(5000);
    assert.deepEqual(flow.take(), ['INVITE']);
    reply(100);
    reply(180);
    assert.deepEqual(desk.take(), ['100', '180']);
    assert.equal(flow.last().headers.get('reason'), 'SIP;cause=200;text="Call completed elsewhere"');
    assert.deepEqual(flow.take(), ['CANCEL']);
  });

  test('after a provisional response it goes at once, with the branch of the INVITE and a transaction of its own', () => {
    const { desk, flow, transaction, reply } = sending('INVITE', 'udp', ['Route: <sip:a.example;lr>']);
    reply(180);
    transaction.cancel();
    transaction.cancel();
    const cancel = flow.last();
    assert.ok(cancel instanceof SipRequest);
    assert.deepEqual(
      [...cancel.headers].map(({ name, value }) => `${name}: ${value}`),
      [
        'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours',
        'Max-Forwards: 70',
        'Route: <sip:a.example;lr>',
        'From: <sip:alice@example.com>;tag=alice',
        'To: <sip:bob@example.com>',
        'Call-ID: call-1',
        'CSeq: 7 CANCEL',
        'Content-Length: 0',
      ],
    );
    assert.equal(cancel.uri, transaction.request.uri);
    desk.clock.advance(500);
    desk.layer.receive(createResponse(cancel, 200), flow);
    desk.clock.advance(500);
    assert.deepEqual(flow.take(), ['INVITE', 'CANCEL', 'CANCEL']);
    reply(487);
    assert.deepEqual(desk.take(), ['180', '487']);
    assert.deepEqual(flow.take(), ['ACK']);
  });

  test('a 2xx that crosses it wins', () => {
    const { desk, transaction, reply } = sending('INVITE');
    reply(180);
    transaction.cancel();
    reply(200);
    desk.clock.advance(60_000);
    assert.deepEqual(desk.take(), ['180', '200']);
  });

  test('a peer that is silent after it is given up after 64·T1', () => {
    const { desk, transaction, reply } = sending('INVITE');
    reply(180);
    desk.clock.advance(100_000);
    transaction.cancel();
    reply(180);
    desk.clock.advance(31_999);
    assert.deepEqual(desk.take(), ['180', '180']);
    desk.clock.advance(1);
    assert.deepEqual(desk.take(), ['timeout']);
    assert.equal(desk.layer.size, 0);
  });

  test('after the final response, or for another method, it does nothing', () => {
    const invite = sending('INVITE');
    invite.reply(486);
    invite.transaction.cancel();
    assert.deepEqual(invite.flow.take(), ['INVITE', 'ACK']);
    const options = sending('OPTIONS');
    options.reply(100);
    options.transaction.cancel();
    assert.deepEqual(options.flow.take(), ['OPTIONS']);
  });

  test('end silences a cancelled INVITE, which is still cancelled and acknowledged', () => {
    const { desk, flow, transaction, reply } = sending('INVITE');
    transaction.cancel();
    transaction.end();
    reply(180);
    reply(487);
    assert.deepEqual(flow.take(), ['INVITE', 'CANCEL', 'ACK']);
    assert.deepEqual(desk.take(), []);
  });
});

describe('non-INVITE client transaction (RFC 3261 §17.1.2)', () => {
  test('Trying over UDP: timer E doubles up to T2, timer F gives up', () => {
    const { desk, flow } = sending('OPTIONS');
    desk.clock.advance(60_000);
    assert.deepEqual(flow.takeTimes(), [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert.deepEqual(desk.take(), ['timeout']);
    assert.equal(desk.layer.size, 0);
  });

  test('Trying over TCP: sent once', () => {
    const { desk, flow } = sending('OPTIONS', 'tcp');
    desk.clock.advance(32_000);
    assert.deepEqual(flow.takeTimes(), [0]);
    assert.deepEqual(desk.take(), ['timeout']);
  });

  test('Proceeding: repeats every T2, timer F still gives up', () => {
    const { desk, flow, reply } = sending('OPTIONS');
    desk.clock.advance(100);
    reply(100);
    desk.clock.advance(60_000);
    assert.deepEqual(flow.takeTimes(), [0, 500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500]);
    assert.deepEqual(desk.take(), ['100', 'timeout']);
  });

  test('Completed: the final response goes up once, copies are absorbed until timer K', () => {
    const { desk, flow, reply } = sending('OPTIONS');
    reply(404);
    reply(404);
    reply(200);
    assert.deepEqual(desk.take(), ['404']);
    desk.clock.advance(4999);
    assert.equal(desk.layer.size, 1);
    desk.clock.advance(1);
    assert.equal(desk.layer.size, 0);
    assert.deepEqual(flow.take(), ['OPTIONS']);
  });

  test('Completed over TCP ends at once', () => {
    const { desk, reply } = sending('OPTIONS', 'tcp');
    reply(200);
    reply(200);
    assert.deepEqual(desk.take(), ['200']);
    assert.equal(desk.layer.size, 0);
  });

  test('a send that fails is told; after the final response it is not', () => {
    const failing = sending('OPTIONS');
    failing.flow.broken = new Error('refused');
    failing.desk.clock.advance(500);
    failing.flow.reportFailures();
    assert.deepEqual(failing.desk.take(), ['transport: refused']);
    const answered = sending('OPTIONS');
    answered.flow.broken = new Error('refused');
    answered.desk.clock.advance(500);
    answered.reply(200);
    answered.flow.reportFailures();
    assert.deepEqual(answered.desk.take(), ['200']);
  });
});

describe('the layer', () => {
  test('responses without a transaction are dropped (RFC 6026 §7.3)', () => {
    const desk = new Desk();
    desk.layer.receive(createResponse(request('INVITE'), 200), desk.udp);
    desk.layer.receive(new SipResponse(200), desk.udp);
    assert.deepEqual(desk.take(), []);
  });

  test('3.12 when it is full, those that only absorb go first, then the oldest, which is told', () => {
    const desk = new Desk(3);
    const branches = ['a', 'b', 'c', 'd', 'e'].map((letter) => `z9hG4bK${letter}`);
    const serve = (index: number): ServerTransaction =>
      desk.serve(request('INVITE', { branch: branches[index] ?? '' }));
    serve(0);
    answer(serve(1), 486);
    serve(2);
    serve(3);
    assert.deepEqual(desk.take(), ['INVITE', 'INVITE', 'INVITE', 'INVITE']);
    serve(4);
    assert.deepEqual(desk.take(), ['INVITE', 'timeout']);
    assert.equal(desk.layer.size, 3);
    const sent = ['1', '2', '3', '4'].map((digit) => {
      const via = `SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours${digit}`;
      return desk.layer.send(request('INVITE', { via }), desk.udp, desk.ears);
    });
    assert.deepEqual(desk.take(), ['transport: too many transactions']);
    for (const { request: invite } of sent.slice(1)) desk.layer.receive(createResponse(invite, 200), desk.udp);
    desk.take();
    desk.layer.send(request('OPTIONS', { via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours5' }), desk.udp, desk.ears);
    assert.deepEqual(desk.take(), []);
  });

  test('3.12 however long their keys and answers are, those that only absorb take so many bytes and no more', () => {
    const desk = new Desk();
    const branch = (index: number): string => `z9hG4bK${index}`.padEnd(8000, 'x');
    for (let index = 0; index < 4000; index += 1)
      answer(desk.serve(request('OPTIONS', { branch: branch(index) })), 200);
    assert.ok(desk.layer.size > 2000 && desk.layer.size < 3200, String(desk.layer.size));
    desk.udp.take();
    desk.take();
    desk.layer.receive(request('OPTIONS', { branch: branch(3999) }), desk.udp);
    desk.layer.receive(request('OPTIONS', { branch: branch(0) }), desk.udp);
    assert.deepEqual([desk.udp.take(), desk.take()], [['200 OK'], ['OPTIONS']]);
  });

  test('of those that are held whole after their final response, the oldest go in silence', () => {
    const desk = new Desk(undefined, 2);
    const branches = ['z9hG4bK1', 'z9hG4bK2', 'z9hG4bK3'];
    for (const branch of branches) answer(desk.serve(request('INVITE', { branch })), 486);
    assert.equal(desk.layer.size, 2);
    desk.udp.take();
    for (const branch of branches.slice(1)) desk.layer.receive(request('INVITE', { branch }), desk.udp);
    assert.deepEqual(desk.udp.take(), ['486 Busy Here', '486 Busy Here']);
  });

  test('of an INVITE that was sent and got a 2xx no more is held than who hears of further ones', () => {
    const desk = new Desk(undefined, 2);
    const copies = ['1', '2', '3'].map((digit) => {
      const via = `SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours${digit}`;
      const invite = request('INVITE', { via });
      desk.layer.send(invite, desk.udp, desk.ears);
      desk.layer.receive(createResponse(invite, 200), desk.udp);
      return createResponse(invite, 200);
    });
    assert.deepEqual([desk.take(), desk.layer.size], [['200', '200', '200'], 3]);
    for (const copy of copies) desk.layer.receive(copy, desk.udp);
    assert.deepEqual(desk.take(), ['200', '200', '200']);
  });

  test('idle resolves once every transaction has its final response', async () => {
    const { desk, reply } = sending('INVITE');
    const served = desk.serve(request('OPTIONS', { branch: 'z9hG4bKtheirs' }));
    let idle = false;
    const waiting = desk.layer.idle().then(() => (idle = true));
    reply(180);
    reply(200);
    await Promise.resolve();
    assert.equal(idle, false);
    answer(served, 200);
    await waiting;
    await desk.layer.idle();
    assert.equal(desk.layer.size, 2);
  });

  test('a user that throws on a request makes it a 500', () => {
    const desk = new Desk();
    desk.request = () => {
      throw new RangeError('ours');
    };
    assert.throws(() => desk.layer.receive(request('INVITE'), desk.udp), /ours/);
    assert.deepEqual(desk.udp.take(), ['500 Server Internal Error']);
  });

  test('a user that throws on a timer or on a failed send is reported', () => {
    const desk = new Desk();
    const crashes: unknown[] = [];
    Object.assign(desk, { crashed: (error: unknown) => void crashes.push(error) });
    const ears: ClientUser = {
      response: () => {},
      failed: (cause) => {
        throw new RangeError(cause);
      },
    };
    desk.layer.send(request('OPTIONS'), desk.tcp, ears);
    desk.clock.advance(32_000);
    desk.udp.broken = new Error('refused');
    desk.layer.send(request('OPTIONS'), desk.udp, ears);
    desk.udp.reportFailures();
    assert.deepEqual(crashes.map(String), ['RangeError: timeout', 'RangeError: transport']);
  });

  test('close ends all in silence', async () => {
    const { desk, flow, reply } = sending('INVITE');
    const served = desk.serve(request('INVITE', { branch: 'z9hG4bKtheirs' }));
    desk.take();
    desk.layer.close();
    await desk.layer.idle();
    flow.take();
    reply(200);
    answer(served, 200);
    desk.layer.receive(request('OPTIONS'), flow);
    desk.clock.advance(60_000);
    assert.deepEqual([desk.take(), flow.take(), desk.layer.size, desk.clock.waiting], [[], [], 0, 0]);
  });

  test('shorter timers shorten everything', () => {
    const clock = new ManualClock();
    const flow = new FakeFlow('udp', clock);
    const told: string[] = [];
    const user = new Desk();
    const layer = new TransactionLayer({ clock, user, timers: { t1: 50, t2: 200 } });
    layer.send(request('OPTIONS'), flow, { response: () => {}, failed: (cause) => void told.push(cause) });
    clock.advance(3200);
    assert.deepEqual(flow.takeTimes().slice(0, 5), [0, 50, 150, 350, 550]);
    assert.deepEqual(told, ['timeout']);
  });
});
