// Throws damaged messages at a gate process and watches that it goes on. By hand, for the full measure:
//   node test/torture/fuzz.ts --datagrams 2000000 --streams 10000 [--seed 1]
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { seeded } from '../support/seeded.ts';
import { RFC_4475, RFC_5118 } from './expectations.ts';
import { mutator } from './mutate.ts';
import { askingForPort, messageBytes, optionsTo, proveAliveOverTcp, UdpReplay, type Address } from './replay.ts';

/** Datagrams, or streams, between two honest requests: few enough that they fit into any socket's receive buffer. */
const BATCH = 50;

/** Sockets that datagrams come from. */
const SOURCES = 8;

/** Answers to what asks for no port go to port 5060 of the sender, where on this address nobody listens. */
const ATTACKER = process.platform === 'linux' ? '127.0.0.77' : '127.0.0.1';

export interface FuzzTarget {
  readonly udp: Address;
  readonly tcp: Address;
  /** A trunk that takes OPTIONS from this machine. */
  readonly host: string;
}

export interface FuzzReport {
  readonly sent: number;
  readonly bytes: number;
  /** Answers that came back to where the damage came from. */
  readonly answers: number;
  /** Milliseconds that honest OPTIONS took to be answered, slowest first. */
  readonly honest: readonly number[];
}

/** Sends damaged datagrams from several sources, and after each batch an honest OPTIONS that has to be answered. */
export async function fuzzDatagrams(target: FuzzTarget, count: number, random: () => number): Promise<FuzzReport> {
  const next = mutator(seedsFor(target.host), random);
  await using honest = await UdpReplay.open(target.udp, target.host);
  const sockets = await Promise.all(Array.from({ length: SOURCES }, openSource));
  const waits: number[] = [];
  let bytes = 0;
  let answers = 0;
  for (const socket of sockets) socket.on('message', () => (answers += 1));
  try {
    for (let sent = 0; sent < count; sent += 1) {
      const datagram = next();
      bytes += datagram.length;
      sockets[sent % SOURCES]?.send(datagram, target.udp.port, target.udp.address);
      if (sent % BATCH === BATCH - 1 || sent === count - 1) waits.push(await timed(() => honest.proveAlive()));
    }
  } finally {
    for (const socket of sockets) socket.close();
  }
  return { sent: count, bytes, answers, honest: waits.sort((a, b) => b - a) };
}

/** Writes damaged messages in pieces to connections that end in every way, and after each batch two honest OPTIONS. */
export async function fuzzStreams(target: FuzzTarget, count: number, random: () => number): Promise<FuzzReport> {
  const next = mutator(seedsFor(target.host), random);
  await using honest = await UdpReplay.open(target.udp, target.host);
  const waits: number[] = [];
  let bytes = 0;
  let answers = 0;
  for (let sent = 0; sent < count; sent += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - sent) }, async () => {
      const stream = Buffer.concat(Array.from({ length: 1 + Math.floor(random() * 4) }, next));
      bytes += stream.length;
      return writeStream(stream, target.tcp, random);
    });
    for (const heard of await Promise.all(batch)) answers += heard;
    waits.push(await timed(() => honest.proveAlive()), await timed(() => proveAliveOverTcp(target.tcp, target.host)));
  }
  return { sent: count, bytes, answers, honest: waits.sort((a, b) => b - a) };
}

/** One connection: some pieces, then an end, a reset, or what the gate makes of it. Resolves to how often it spoke. */
async function writeStream(stream: Buffer, { address, port }: Address, random: () => number): Promise<number> {
  const socket = connect({ port, host: address, localAddress: ATTACKER });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let heard = 0;
  socket.on('error', () => {});
  socket.on('data', () => (heard += 1));
  for (let at = 0; at < stream.length && !socket.destroyed;) {
    const end = at + 1 + Math.floor(random() * stream.length);
    socket.write(stream.subarray(at, end), () => {});
    at = end;
    await nextTurn();
  }
  if (random() < 0.3) socket.resetAndDestroy();
  else socket.end();
  await closed;
  return heard;
}

async function openSource(): Promise<DatagramSocket> {
  const socket = createSocket('udp4').bind(0, ATTACKER);
  await once(socket, 'listening');
  return socket;
}

async function timed(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** What damage is done to: the messages of the RFCs, and calls to the trunk as its phones make them. */
function seedsFor(host: string): Buffer[] {
  const rfc = [...RFC_4475, ...RFC_5118].map(({ file }) => askingForPort(messageBytes(file)));
  const digest = `Digest username="jdoe", realm="${host}", nonce="${'0'.repeat(64)}", uri="sip:${host}", response="${'0'.repeat(64)}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c"`;
  const methods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'REGISTER', 'PRACK', 'UPDATE', 'REFER', 'MESSAGE', 'SUBSCRIBE'];
  const options = optionsTo(host, 'seed').toString().replace('127.0.0.1:5060', 'phone.example');
  const requests = methods.flatMap((method) => {
    const bare = options.replaceAll('OPTIONS', method).replace(`sip:${host} `, `sip:+12065550100@${host} `);
    const tagged = bare.replace(`To: <sip:${host}>`, `To: <sip:+12065550100@${host}>;tag=there`);
    return [bare, tagged, bare.replace('CSeq', `Proxy-Authorization: ${digest}\r\nCSeq`)];
  });
  const responses = ['100 Trying', '183 Session Progress', '200 OK', '302 Moved Temporarily', '407 No'].map((line) =>
    options.replace(/^[^\r]+/, `SIP/2.0 ${line}`),
  );
  return [...rfc, ...[options, ...requests, ...responses].map((text) => Buffer.from(text))];
}

/** Opens a trunk on a gate process and says where to aim. */
export async function targetOf(gate: TestGate): Promise<FuzzTarget> {
  const { host } = await openTermination(gate.voiceClient());
  const at = (port: number): Address => ({ address: '127.0.0.1', port });
  return { host, udp: at(gate.sip.udp), tcp: at(gate.sip.tcp) };
}

/** The value of a metric of a gate; `name` with its labels, if it has any. */
export async function metricOf(gate: TestGate, name: string): Promise<number> {
  const text = await (await fetch(`${gate.http}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length));
}

/** Milliseconds after which the first of what is remembered of transactions is forgotten (RFC 3261 §17, timers H and J). */
const LINGERING = 33_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      datagrams: { type: 'string', default: '100000' },
      streams: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
    },
  });
  const random = seeded(Number(values.seed));
  await using gate = await TestGate.start({ capture: true });
  const target = await targetOf(gate);
  const memory = async (): Promise<number> => Math.round((await metricOf(gate, 'process_resident_memory_bytes')) / 1e6);
  console.log(`memory ${await memory()} MB at the start`);
  // The measure is what a gate takes up at work, when as many transactions linger as there will ever be.
  const begun = performance.now();
  while (performance.now() - begun < LINGERING) await fuzzDatagrams(target, 50_000, random);
  console.log(`memory ${await memory()} MB at work`);
  show('datagrams', await fuzzDatagrams(target, Number(values.datagrams), random));
  console.log(`memory ${await memory()} MB`);
  show('streams', await fuzzStreams(target, Number(values.streams), random));
  console.log(`memory ${await memory()} MB`);
  console.log(`faults printed by the gate: ${gate.output.match(/a fault inside/g)?.length ?? 0}`);
}

function show(what: string, { sent, bytes, answers, honest }: FuzzReport): void {
  const slowest = honest.slice(0, 5).map((wait) => wait.toFixed(1));
  const late = honest.filter((wait) => wait > 100).length;
  console.log(
    `${sent} ${what}, ${Math.round(bytes / 1e6)} MB, ${answers} answers; ${honest.length} honest OPTIONS: slowest ${slowest.join(', ')} ms, ${late} above 100 ms`,
  );
}

if (import.meta.main) await main();
