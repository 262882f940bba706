// The HTTP load: connections that each ask again as soon as they are answered. Reads an HttpPlan as JSON from a file,
// prints an HttpResult as JSON.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf, treeOf } from '../measure/process.ts';
import type { HttpPlan, HttpResult } from './http-plan.ts';
import { Latency } from './latency.ts';
import { signedRequest } from './sign.ts';
import { readEndpoint } from './sockets.ts';

/** Requests that are signed before the run and then sent in turn, so that signing is no part of the load. */
const PREPARED = 2000;

/** Milliseconds that a connection may be behind its pace and still make up for it. */
const LATE = 1000;

const HEAD_END = '\r\n\r\n';

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as HttpPlan;
const { address, port } = readEndpoint(plan.target);
const requests = Array.from({ length: PREPARED }, (_, index) => prepare(index));
const expected = plan.kind === 'get' ? '200' : '204';
/** Milliseconds from one request of a connection to its next, at the least. */
const pause = plan.rate === undefined ? 0 : (1000 * plan.connections) / plan.rate;
const latency = new Latency();
let next = 0;
let answered = 0;
let wrong = 0;

for (let index = 0; index < plan.connections; index += 1) {
  serve(connect({ host: address, port, noDelay: true }));
  // Those that keep a pace take turns: if all asked at once, each would wait for the others.
  if (plan.rate !== undefined) await delay(1000 / plan.rate);
}
await delay(plan.warmUp * 1000);
const pids = plan.pids.flatMap(treeOf);
[answered, wrong] = [0, 0];
latency.clear();
const from = { at: performance.now(), server: cpuOf(pids), own: cpuOf([process.pid]) };
await delay(plan.seconds * 1000);
const seconds = (performance.now() - from.at) / 1000;
const cpu = cpuOf(pids) - from.server;
const { p50, p99 } = latency.summary();
const result: HttpResult = {
  perSecond: answered / seconds,
  wrong,
  cpuMicros: cpu / 1000 / Math.max(answered, 1),
  serverShare: cpu / 1e9 / seconds,
  loadShare: (cpuOf([process.pid]) - from.own) / 1e9 / seconds,
  p50,
  p99,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

function prepare(index: number): Buffer {
  const id = plan.connectors[index % plan.connectors.length] ?? '';
  if (plan.kind === 'get') return signedRequest(`GET /voice-connectors/${id}`, plan.target, '', plan.keys);
  const trunk = index % plan.connectors.length;
  const body = JSON.stringify({ Credentials: [{ Username: `user${trunk}x0`, Password: `new secret ${index}` }] });
  return signedRequest(
    `POST /voice-connectors/${id}/termination/credentials?operation=put`,
    plan.target,
    body,
    plan.keys,
  );
}

function serve(socket: Socket): void {
  let text = '';
  let askedAt = 0;
  let dueAt = performance.now();
  const ask = (): void => {
    const request = requests[next];
    next = (next + 1) % PREPARED;
    askedAt = performance.now();
    if (request) socket.write(request);
  };
  const askInTime = (): void => {
    dueAt = Math.max(dueAt + pause, performance.now() - LATE);
    const wait = dueAt - performance.now();
    if (wait > 0) setTimeout(ask, wait);
    else ask();
  };
  socket.on('connect', ask);
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const end = lengthOf(text);
    if (end < 0 || text.length < end) return;
    latency.add(performance.now() - askedAt);
    if (text.slice(9, 12) === expected) answered += 1;
    else wrong += 1;
    const closes = /\r\nconnection: close\r\n/i.test(text);
    text = text.slice(end);
    // Its end brings the next connection.
    if (closes) socket.destroy();
    else askInTime();
  });
  socket.on('close', () => serve(connect({ host: address, port, noDelay: true })));
}

/** Characters of a whole response; -1 while its head is not there. */
function lengthOf(text: string): number {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return -1;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2))?.[1];
  return end + HEAD_END.length + Number(length ?? 0);
}
