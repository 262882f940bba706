import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { ManualClock, systemClock } from '../../kit/clock.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ParseFault } from '../message/fault.ts';
import { createResponse, SipRequest } from '../message/message.ts';
import type { SipMessage } from '../message/message.ts';
import type { Limits } from './limits.ts';
import type { Endpoint, Flow, TransportEvent, TransportUser } from './transport.ts';
import { Transports } from './transports.ts';

const HOST = '127.0.0.1';

interface Heard {
  readonly message?: SipMessage;
  readonly fault?: ParseFault;
  readonly flow: Flow;
}

/** Transports with a user that keeps all it hears, closed when the test ends. */
class House implements TransportUser {
  readonly heard: Heard[] = [];
  readonly counted: TransportEvent[] = [];
  readonly transports: Transports;
  answer: ((heard: Heard) => void) | undefined;
  #waiters: (() => void)[] = [];

  constructor(t: TestContext, clock: Clock = systemClock, limits: Partial<Limits> = {}) {
    const counters = {
      count: (event: TransportEvent) => {
        this.counted.push(event);
        this.#wake();
      },
    };
    this.transports = new Transports({ user: this, clock, limits, counters });
    t.after(() => this.transports.close());
  }

  message(message: SipMessage, flow: Flow): void {
    this.#take({ message, flow });
  }

  fault(fault: ParseFault, flow: Flow): void {
    this.#take({ fault, flow });
  }

  listen(transport: 'udp' | 'tcp'): Promise<Endpoint> {
    return this.transports.listen({ transport, address: HOST, port: 0 });
  }

  /** Waits until `count` messages or faults were heard and returns the last of them. */
  async hears(count: number): Promise<Heard> {
    await this.until(() => this.heard.length >= count);
    const last = this.heard[count - 1];
    assert.ok(last);
    return last;
  }

  counts(event: TransportEvent, times = 1): Promise<void> {
    return this.until(() => this.counted.filter((other) => other === event).length >= times);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #take(heard: Heard): void {
    this.heard.push(heard);
    this.answer?.(heard);
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

function options(via: string, extra = ''): string {
  return [
    'OPTIONS sip:edge@127.0.0.1 SIP/2.0',
    `Via: ${via}`,
    'Max-Forwards: 70',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:edge@127.0.0.1>',
    'Call-ID: c1',
    'CSeq: 1 OPTIONS',
    ...(extra ? [extra] : []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function ok(heard: Heard): string {
  assert.ok(heard.message instanceof SipRequest);
  return createResponse(heard.message, 200, undefined, 'us').print();
}

async function datagramPeer(t: TestContext): Promise<DatagramSocket> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

async function streamPeer(t: TestContext, to: Endpoint): Promise<Socket> {
  const socket = connect(to.port, to.address);
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Reads from a socket until what came so far satisfies `enough`. */
async function read(socket: Socket, enough: (text: string) => boolean): Promise<string> {
  let text = '';
  while (!enough(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return text;
}

describe('UDP', () => {
  test('answers go to received and rport from the socket that got the request', async (t) => {
    const house = new House(t);
    const local = await house.listen('udp');
    const peer = await datagramPeer(t);
    peer.send(options('SIP/2.0/UDP phone.invalid:9;branch=z9hG4bKa;rport'), local.port, HOST);
    const heard = await house.hears(1);
    assert.equal(
      heard.message?.headers.get('via'),
      `SIP/2.0/UDP phone.invalid:9;branch=z9hG4bKa;rport=${peer.address().port};received=127.0.0.1`,
    );
    assert.deepEqual(heard.flow.remote, { address: HOST, port: peer.address().port });
    assert.deepEqual(heard.flow.local, local);
    assert.equal(heard.flow.reliable, false);
    heard.flow.send(ok(heard));
    const [bytes, source] = (await once(peer, 'message')) as [Buffer, AddressInfo];
    assert.match(bytes.toString('latin1'), /^SIP\/2.0 200 OK\r\n/);
    assert.equal(source.port, local.port);
  });

  test('without rport the answer goes to the source address at the port of the sent-by', async (t) => {
    const house = new House(t);
    const local = await house.listen('udp');
    const [sender, named] = [await datagramPeer(t), await datagramPeer(t)];
    sender.send(options(`SIP/2.0/UDP phone.invalid:${named.address().port};branch=z9hG4bKa`), local.port, HOST);
    const heard = await house.hears(1);
    assert.equal(heard.flow.remote.port, sender.address().port);
    heard.flow.send(ok(heard));
    await once(named, 'message');
  });

  test('garbage is a fault, keep-alives are silent, and both leave the socket well', async (t) => {
    const house = new House(t);
    const local = await house.listen('udp');
    const peer = await datagramPeer(t);
    for (const text of [
      '\r\n\r\n',
      '\0\xff\xfe nonsense',
      '',
      'SIP/2.0 4294967301 x\r\n\r\n',
      options('SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKa'),
    ])
      peer.send(Buffer.from(text, 'latin1'), local.port, HOST);
    await house.until(() => house.heard.some(({ message }) => message));
    await house.counts('keepalive', 2);
    assert.equal(house.heard.filter(({ fault }) => fault).length, 2);
  });

  test('what cannot be sent tells so later and throws nothing', async (t) => {
    const house = new House(t);
    const nowhere = house.transports.flowTo({ transport: 'udp', address: HOST, port: 5060 });
    const sent = [nowhere];
    await house.listen('udp');
    sent.push(house.transports.flowTo({ transport: 'udp', address: HOST, port: 0 }));
    sent.push(house.transports.flowTo({ transport: 'udp', address: HOST, port: 9 }));
    const errors = await Promise.all(
      sent.map((flow, index) => {
        let returned = false;
        const failure = new Promise<boolean>((resolve) => {
          flow.send('x'.repeat(index === 2 ? 70_000 : 1), () => resolve(returned));
        });
        returned = true;
        return failure;
      }),
    );
    assert.deepEqual(errors, [true, true, true]);
  });

  test('a source that is not admitted is not read', async (t) => {
    const house = new House(t);
    Object.assign(house, { admits: (remote: Endpoint) => remote.address === '127.0.0.2' });
    const local = await house.listen('udp');
    const peer = await datagramPeer(t);
    peer.send('nonsense', local.port, HOST);
    await house.counts('not-admitted');
    assert.equal(house.heard.length, 0);
  });

  test('a handler that throws is reported and stops nothing', async (t) => {
    const house = new House(t);
    const crashes: unknown[] = [];
    Object.assign(house, { crashed: (error: unknown) => void crashes.push(error) });
    house.answer = () => {
      if (house.heard.length === 1) throw new RangeError('ours');
    };
    const local = await house.listen('udp');
    const peer = await datagramPeer(t);
    for (const branch of ['a', 'b'])
      peer.send(options(`SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${branch}`), local.port, HOST);
    await house.hears(2);
    assert.match(String(crashes[0]), /ours/);
  });

  test('an address that is taken is an error of listen', async (t) => {
    const house = new House(t);
    const { port } = await house.listen('udp');
    await assert.rejects(house.transports.listen({ transport: 'udp', address: HOST, port }), { code: 'EADDRINUSE' });
    const tcp = await house.transports.listen({ transport: 'tcp', address: HOST, port });
    assert.equal(tcp.port, port);
    await assert.rejects(house.transports.listen({ transport: 'tcp', address: HOST, port }), { code: 'EADDRINUSE' });
    assert.deepEqual(house.transports.listening, [
      { transport: 'udp', address: HOST, port },
      { transport: 'tcp', address: HOST, port },
    ]);
  });
});

describe('TCP', () => {
  test('messages that dribble in byte by byte, and several in one piece', async (t) => {
    const house = new House(t);
    const peer = await streamPeer(t, await house.listen('tcp'));
    peer.setNoDelay(true);
    const text =
      options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa').replace('Content-Length: 0', 'Content-Length: 4') + 'body';
    for (const char of text) {
      peer.write(char);
      await new Promise(setImmediate);
    }
    const first = await house.hears(1);
    assert.equal(first.message?.body.toString(), 'body');
    assert.equal(first.flow.reliable, true);
    peer.write(text + text + text);
    await house.hears(4);
    first.flow.send(ok(first));
    assert.match(await read(peer, (got) => got.includes('\r\n\r\n')), /^SIP\/2.0 200 OK/);
  });

  test('1.7 a ping is answered with a pong', async (t) => {
    const house = new House(t);
    const peer = await streamPeer(t, await house.listen('tcp'));
    peer.write('\r\n\r\n');
    assert.equal(await read(peer, (got) => got.length >= 2), '\r\n');
  });

  test('1.6 lost framing is answered if possible, then the connection closes', async (t) => {
    const house = new House(t);
    house.answer = ({ fault, flow }) => {
      if (fault?.request) flow.send(createResponse(fault.request, fault.status, fault.reason, 'us').print());
    };
    const peer = await streamPeer(t, await house.listen('tcp'));
    peer.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa').replace('Content-Length: 0', 'Content-Length: -1'));
    const closed = once(peer, 'close');
    assert.match(await read(peer, (got) => got.includes('\r\n\r\n')), /^SIP\/2.0 400 /);
    await closed;
  });

  test('an endless line is refused and closed', async (t) => {
    const house = new House(t);
    const peer = await streamPeer(t, await house.listen('tcp'));
    const closed = once(peer, 'close');
    peer.resume().write('x'.repeat(200_000));
    await closed;
    assert.ok((await house.hears(1)).fault);
  });

  test('2.8 half a message that never ends is cut off, however often a byte of it comes', async (t) => {
    const clock = new ManualClock();
    const house = new House(t, clock, { messageMs: 20_000 });
    const local = await house.listen('tcp');
    const peer = await streamPeer(t, local);
    peer.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa') + 'OPTIONS sip:edge');
    await house.hears(1);
    clock.advance(19_000);
    peer.write('@127.0.0.1 SIP/2.0\r\n');
    // What another connection sends later is heard only after this was read.
    (await streamPeer(t, local)).write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKb'));
    await house.hears(2);
    await new Promise(setImmediate);
    const closed = once(peer, 'close');
    clock.advance(1000);
    await closed;
    assert.ok(house.counted.includes('message-incomplete'));
  });

  test('2.8 a silent connection is closed after its idle time, one that is heard from is not', async (t) => {
    const clock = new ManualClock();
    const house = new House(t, clock);
    const local = await house.listen('tcp');
    const [silent, busy] = [await streamPeer(t, local), await streamPeer(t, local)];
    await house.counts('connection-opened', 2);
    clock.advance(100_000);
    busy.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa'));
    await house.hears(1);
    const closed = once(silent.resume(), 'close');
    clock.advance(100_000);
    await closed;
    assert.equal(house.counted.filter((event) => event === 'connection-idle').length, 1);
    busy.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKb'));
    await house.hears(2);
  });

  test('a peer that never reads is closed and holds nobody up', async (t) => {
    const house = new House(t, systemClock, { queueBytes: 64 * 1024 });
    const local = await house.listen('tcp');
    const [stalled, well] = [await streamPeer(t, local), await streamPeer(t, local)];
    stalled.pause();
    stalled.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa'));
    const { flow } = await house.hears(1);
    const failed = new Promise<Error>((resolve) => {
      const flood = (): void => {
        for (let index = 0; index < 64; index += 1) flow.send('x'.repeat(16 * 1024), resolve);
        if (!house.counted.includes('peer-stalled')) setImmediate(flood);
      };
      flood();
    });
    assert.match((await failed).message, /peer does not read|closed|refused/);
    well.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKb'));
    const heard = await house.hears(2);
    heard.flow.send(ok(heard));
    await read(well, (got) => got.includes('200 OK'));
  });

  test('2.8 of the pongs for a peer that never reads one waits for all', async (t) => {
    const house = new House(t, systemClock, { queueBytes: 64 * 1024 * 1024 });
    const local = await house.listen('tcp');
    const stalled = await streamPeer(t, local);
    stalled.pause();
    stalled.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa'));
    const { flow } = await house.hears(1);
    // More than the system takes.
    flow.send('x'.repeat(32 * 1024 * 1024));
    stalled.write('\r\n\r\n'.repeat(1000));
    await house.counts('keepalive', 1000);
    stalled.destroy();
    await house.counts('connection-closed');
    await house.counts('send-failed');
    assert.ok(house.counted.filter((event) => event === 'send-failed').length <= 2, 'the message and one pong');
    const well = await streamPeer(t, local);
    well.write('\r\n\r\n'.repeat(2));
    assert.equal(await read(well, (got) => got.length >= 4), '\r\n\r\n');
  });

  test('2.8 caps on connections, in all and for each source; a place comes back when one closes', async (t) => {
    const house = new House(t, systemClock, { connections: 3, connectionsPerSource: 2 });
    const local = await house.listen('tcp');
    const from = (localAddress: string): Socket => {
      const socket = connect({ port: local.port, host: HOST, localAddress });
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      return socket.resume();
    };
    const first = from('127.0.0.1');
    from('127.0.0.1');
    await house.counts('connection-opened', 2);
    await once(from('127.0.0.1'), 'close');
    from('127.0.0.2');
    await house.counts('connection-opened', 3);
    await once(from('127.0.0.3'), 'close');
    first.destroy();
    await house.counts('connection-closed', 1);
    from('127.0.0.3');
    await house.counts('connection-opened', 4);
    assert.equal(house.counted.filter((event) => event === 'connection-refused').length, 2);
  });

  test('flows to one peer share a connection, and requests come back over it', async (t) => {
    const [house, other] = [new House(t), new House(t)];
    const local = await house.listen('tcp');
    const remote = await other.listen('tcp');
    const target = { transport: 'tcp', ...remote } as const;
    const flow = house.transports.flowTo(target);
    assert.deepEqual(flow.local, local);
    flow.send(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa'));
    house.transports.flowTo(target).send(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKb'));
    const heard = await other.hears(2);
    assert.equal(other.counted.filter((event) => event === 'connection-opened').length, 1);
    heard.flow.send(ok(heard));
    assert.equal((await house.hears(1)).message instanceof SipRequest, false);
    // The other side reuses the connection that it accepted.
    other.transports
      .flowTo({ transport: 'tcp', ...heard.flow.remote })
      .send(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKc'));
    assert.ok((await house.hears(2)).message instanceof SipRequest);
    assert.equal(house.counted.filter((event) => event === 'connection-opened').length, 1);
  });

  test('a response whose connection is gone takes a new one to the port of the sent-by', async (t) => {
    const house = new House(t);
    const local = await house.listen('tcp');
    const answered = createServer();
    t.after(() => answered.close());
    answered.listen(0, HOST);
    await once(answered, 'listening');
    const { port } = answered.address() as AddressInfo;
    const peer = await streamPeer(t, local);
    peer.write(options(`SIP/2.0/TCP phone.invalid:${port};branch=z9hG4bKa`));
    const heard = await house.hears(1);
    peer.destroy();
    await house.counts('connection-closed');
    heard.flow.send(ok(heard));
    const [socket] = (await once(answered, 'connection')) as [Socket];
    assert.match(await read(socket, (got) => got.includes('\r\n\r\n')), /^SIP\/2.0 200 OK[^]*received=127.0.0.1/);
    socket.destroy();
  });

  test('a refused connection tells each send that waited for it', async (t) => {
    const house = new House(t);
    const closed = createServer().listen(0, HOST);
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const flow = house.transports.flowTo({ transport: 'tcp', address: HOST, port });
    const errors = await Promise.all([1, 2].map(() => new Promise<Error>((resolve) => flow.send('x', resolve))));
    assert.deepEqual(
      errors.map((error) => (error as NodeJS.ErrnoException).code),
      ['ECONNREFUSED', 'ECONNREFUSED'],
    );
    assert.deepEqual(house.counted.filter((event) => event === 'send-failed').length, 2);
  });

  test('a connection that the peer drops without an answer tells so; one that answered does not', async (t) => {
    const house = new House(t);
    const dropping = createServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          if (house.heard.length > 0) return void socket.resetAndDestroy();
          socket.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKtheirs'), () => socket.destroySoon());
        });
    });
    t.after(() => dropping.close());
    dropping.listen(0, HOST);
    await once(dropping, 'listening');
    const flow = house.transports.flowTo({
      transport: 'tcp',
      address: HOST,
      port: (dropping.address() as AddressInfo).port,
    });
    const failures: string[] = [];
    flow.send('first', () => failures.push('first'));
    await house.hears(1);
    await house.counts('connection-closed');
    await new Promise<void>((resolve) => {
      flow.send('second', () => {
        failures.push('second');
        resolve();
      });
    });
    assert.deepEqual(failures, ['second']);
  });

  test('via chooses which of our addresses a flow leaves from', async (t) => {
    const [house, other] = [new House(t), new House(t)];
    for (const transport of ['udp', 'tcp'] as const) {
      const remote = await other.listen(transport);
      await house.listen(transport);
      const second = await house.transports.listen({ transport, address: '127.0.0.2', port: 0 });
      const flow = house.transports.flowTo({ transport, ...remote, via: second });
      assert.deepEqual(flow.local, second);
      flow.send(options('SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKa'));
      const heard = await other.hears(transport === 'udp' ? 1 : 2);
      assert.equal(heard.flow.remote.address, '127.0.0.2');
    }
    const unknown = house.transports.flowTo({
      transport: 'udp',
      address: HOST,
      port: 9,
      via: { address: HOST, port: 1 },
    });
    assert.match((await new Promise<Error>((resolve) => unknown.send('x', resolve))).message, /no UDP listener/);
  });

  test('close delivers what was written', async (t) => {
    const house = new House(t);
    const peer = await streamPeer(t, await house.listen('tcp'));
    peer.write(options('SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKa'));
    const heard = await house.hears(1);
    heard.flow.send('x'.repeat(500_000));
    const whole = read(peer, (got) => got.length === 500_000);
    await house.transports.close();
    await whole;
    const failed = new Promise<Error>((resolve) => heard.flow.send('x', resolve));
    assert.match((await failed).message, /closed/);
  });
});
