// Places calls while one thread of a gate ends after another, and sees from outside how long each is missing: OPTIONS go
// to every thread all the time. Reads a CrashPlan as JSON from a file, prints a CrashResult as JSON.
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { threadOf } from '../../src/kit/peers.ts';
import { Calls } from './calls.ts';
import type { Crash, CrashPlan, CrashResult } from './crash-plan.ts';
import { connect, openSocket, readEndpoint } from './sockets.ts';
import { callIdOf, statusOf, textOf, valueOf } from './wire.ts';

/** Sockets for calls, and as many for OPTIONS: the system leads each to one thread, which hands over what is another's. */
const SOCKETS = 4;

/** Milliseconds from one OPTIONS to a thread to the next, which is as exact as this can be. */
const PACE = 2;

/** Milliseconds before the next crash in which no OPTIONS is looked at: that crash may be what it was lost in. */
const APART = 500;

/** Milliseconds for the last calls: one that never ends is given up before. */
const LAST_CALLS = 10_000;

/** One OPTIONS. Times are `performance.now()`. */
interface Probe {
  readonly sentAt: number;
  /** Infinity until it is answered. */
  answeredAt: number;
}

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as CrashPlan;
const own = Array.from({ length: SOCKETS }, () => '127.0.0.1:0');
const ends = { callers: await open(own), gateways: await open(plan.gateways) };
const calls = new Calls(ends, plan.users, (plan.rate * LAST_CALLS) / 1000);
const sockets = await open(own);
for (const socket of sockets) socket.on('message', (bytes) => hear(textOf(bytes)));
const host = plan.users[0]?.host ?? '';
/** Of each thread, in the order in which they left. */
const probes = Array.from({ length: plan.threads }, (): Probe[] => []);
const waiting = new Map<string, Probe>();
let sent = 0;

const placing = setInterval(() => calls.begin(), 1000 / plan.rate);
const asking = setInterval(() => probes.forEach((_, thread) => ask(thread)), PACE);
await delay(plan.warmUp * 1000);
calls.take();
const crashedAt: number[] = [];
for (let crash = 0; crash < plan.crashes; crash += 1) {
  crashedAt.push(performance.now());
  process.kill(plan.pid, 'SIGUSR2');
  await delay(plan.every * 1000);
}
clearInterval(asking);
clearInterval(placing);
const deadline = performance.now() + LAST_CALLS;
while (calls.running > 0 && performance.now() < deadline) await delay(50);
calls.close();
const result: CrashResult = { crashes: crashedAt.map(seen), calls: calls.take() };
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

/** Sockets that talk to the gate only. */
async function open(places: readonly string[]): Promise<Socket[]> {
  const opened = await Promise.all(places.map(readEndpoint).map(({ address, port }) => openSocket(address, port)));
  await Promise.all(opened.map((socket) => connect(socket, readEndpoint(plan.target))));
  return opened;
}

/** Sends an OPTIONS that this thread has to answer, since the Call-ID tells whose it is. */
function ask(thread: number): void {
  let callId = '';
  do {
    sent += 1;
    callId = callIdOf(thread, sent);
  } while (threadOf(callId, plan.threads) !== thread);
  const probe = { sentAt: performance.now(), answeredAt: Infinity };
  probes[thread]?.push(probe);
  waiting.set(callId, probe);
  const socket = sockets[sent % SOCKETS];
  socket?.send(
    `OPTIONS sip:${host} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${sent};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:+12065550199@${host}>;tag=p${sent}\r\nTo: <sip:${host}>\r\nCall-ID: ${callId}\r\n` +
      'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n',
  );
}

function hear(text: string): void {
  const callId = valueOf(text, '\r\nCall-ID: ');
  const probe = waiting.get(callId);
  if (statusOf(text) === 200 && probe) probe.answeredAt = performance.now();
  waiting.delete(callId);
}

/** The thread that was missing longest since then: what was on its way to another by its socket is lost with it. */
function seen(from: number): Crash {
  const each = probes.map((all, thread) => ({ thread, missing: missing(all, from) }));
  return each.reduce((longest, one) => (one.missing > longest.missing ? one : longest));
}

/**
 * Milliseconds from when the first OPTIONS left that nobody answered, of those since `from` and before the next crash,
 * until one that left after the last of them is answered; 0 when all are answered.
 */
function missing(all: readonly Probe[], from: number): number {
  const to = from + plan.every * 1000 - APART;
  const during = all.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  const isLost = ({ answeredAt }: Probe): boolean => answeredAt === Infinity;
  const first = during.find(isLost);
  if (!first) return 0;
  const back = during[during.findLastIndex(isLost) + 1];
  if (!back) throw new Error('a thread that ended was not replaced in time');
  return back.answeredAt - first.sentAt;
}
