// Connections that hold a place and send next to nothing, while calls go on. By hand, for the full measure:
//   node test/torture/slow-loris.ts --connections 500 --calls 1200 --rate 20
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { openTermination, CONNECTOR_USER } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { scenario, Sipp, type SippResult } from '../support/sipp.ts';
import { optionsTo, type Address } from './replay.ts';

/** Milliseconds between two bytes of one connection. */
const BYTE_EVERY = 100;

/** Addresses that the connections come from: one alone runs into the cap on connections of a source. */
const ATTACKERS = process.platform === 'linux' ? ['127.0.0.77', '127.0.0.78', '127.0.0.79'] : ['127.0.0.1'];

/** Connections that dribble: a request byte by byte and without end, each opened again when the gate closes it. */
export class SlowLoris {
  readonly #gate: Address;
  readonly #message: Buffer;
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #opened = 0;
  #stopped = false;
  /** How often the gate closed one. */
  closedByGate = 0;

  constructor(gate: Address, host: string, connections: number) {
    this.#gate = gate;
    // The header that never ends keeps the request from ever being complete.
    this.#message = Buffer.concat([optionsTo(host, 'loris', 'TCP').subarray(0, -4), Buffer.alloc(4000, '\r\nX: y')]);
    for (let left = connections; left > 0; left -= 1) this.#open();
    this.#timer = setInterval(() => this.#dribble(), BYTE_EVERY);
  }

  /** Connections that are open now. */
  get open(): number {
    return [...this.#sockets].filter((socket) => socket.readyState === 'open').length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.all(
      [...this.#sockets].map((socket) => {
        const closed = once(socket, 'close');
        socket.destroy();
        return closed;
      }),
    );
  }

  #open(): void {
    const localAddress = ATTACKERS[this.#opened % ATTACKERS.length];
    this.#opened += 1;
    const socket = connect({ host: this.#gate.address, port: this.#gate.port, localAddress });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#stopped) return;
      this.closedByGate += 1;
      // With the next byte of the others, not at once: a refused connection must not turn into a busy loop.
      setTimeout(() => !this.#stopped && this.#open(), BYTE_EVERY);
    });
  }

  #dribble(): void {
    for (const socket of this.#sockets)
      if (socket.readyState === 'open')
        socket.write(this.#message.subarray(socket.bytesWritten, socket.bytesWritten + 1), () => {});
  }
}

/** Calls over both transports while connections dribble. */
export async function callUnderSlowLoris(
  gate: TestGate,
  { connections, calls, rate }: { connections: number; calls: number; rate: number },
): Promise<{ results: SippResult[]; open: number; closedByGate: number }> {
  const { host } = await openTermination(gate.voiceClient());
  const loris = new SlowLoris({ address: '127.0.0.1', port: gate.sip.tcp }, host, connections);
  try {
    const { Username, Password } = CONNECTOR_USER;
    const load = ['-au', Username, '-ap', Password, '-m', String(calls / 2), '-r', String(rate / 2), '-d', '200'];
    const callee = ['-s', '+12065550100', '-key', 'trunk', host];
    const runs = [
      ['u1', gate.sip.udp],
      ['t1', gate.sip.tcp],
    ].map(
      ([mode, port]) =>
        new Sipp(scenario('uac-auth'), '127.0.0.1', [...load, ...callee, '-t', `${mode}`, `127.0.0.1:${port}`]),
    );
    const results = await Promise.all(runs.map((run) => run.result));
    const { open } = loris;
    await Promise.all(runs.map((run) => run[Symbol.asyncDispose]()));
    return { results, open, closedByGate: loris.closedByGate };
  } finally {
    await loris.stop();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '500' },
      calls: { type: 'string', default: '1200' },
      rate: { type: 'string', default: '20' },
    },
  });
  await using gate = await TestGate.start({ flags: ['--digest-algorithms', 'MD5'] });
  const { results, open, closedByGate } = await callUnderSlowLoris(gate, {
    connections: Number(values.connections),
    calls: Number(values.calls),
    rate: Number(values.rate),
  });
  console.log(`${open} connections open at the end; the gate closed ${closedByGate} meanwhile`);
  for (const { calls, successful, failed } of results)
    console.log(`${calls} calls, ${successful} good, ${failed} failed`);
}

if (import.meta.main) await main();
