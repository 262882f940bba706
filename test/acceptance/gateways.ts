// What a caller sees of gateways that fail in every way, and how long it takes. By hand, the table of docs/failover.md:
//   node test/acceptance/gateways.ts
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { StreamParser } from '../../src/sip/message/parse.ts';
import { createResponse, SipRequest } from '../../src/sip/message/message.ts';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { freePort } from '../support/ports.ts';
import { SipPeer } from '../support/sip-peer.ts';
import { Callee } from './callee.ts';
import { Telephone } from './telephone.ts';

/** A gateway on UDP: what it answers to an INVITE, in order, with a header. */
interface Script {
  readonly name: string;
  readonly statuses: readonly number[];
  readonly retryAfter?: string;
}

const UDP: readonly Script[] = [
  { name: 'silent', statuses: [] },
  { name: '100, then nothing', statuses: [100] },
  { name: '180, then 503', statuses: [180, 503] },
  { name: '183, then 503', statuses: [183, 503] },
  ...[302, 404, 407, 486, 488, 500, 502].map((status) => ({ name: String(status), statuses: [status] })),
  { name: '503', statuses: [503] },
  { name: '503 with Retry-After: 60', statuses: [503], retryAfter: '60' },
  ...[504, 603].map((status) => ({ name: String(status), statuses: [status] })),
];

/** A gateway on TCP: what it does with a connection. */
const TCP: readonly { name: string; serve: ((socket: Socket) => void) | null }[] = [
  { name: 'TCP refused', serve: null },
  { name: 'TCP accepts, then silent', serve: () => {} },
  { name: 'TCP accepts, then closes', serve: (socket) => socket.end() },
  { name: 'TCP accepts, then resets', serve: (socket) => socket.resetAndDestroy() },
  { name: 'TCP closes at the INVITE', serve: (socket) => onRequest(socket, () => socket.end()) },
  { name: 'TCP resets at the INVITE', serve: (socket) => onRequest(socket, () => socket.resetAndDestroy()) },
  {
    name: '503 over TCP',
    serve: (socket) =>
      onRequest(socket, (request) => {
        if (request.method === 'INVITE') socket.write(createResponse(request, 503, undefined, 'gateway').toBuffer());
      }),
  },
];

function onRequest(socket: Socket, act: (request: SipRequest) => void): void {
  const parser = new StreamParser();
  socket.on('data', (chunk: Buffer) => {
    parser.push(chunk);
    for (let result = parser.next(); result !== undefined; result = parser.next())
      if (result !== 'ping' && result.message instanceof SipRequest) act(result.message);
  });
}

/** A row of the table. Times are milliseconds from the caller's INVITE to its final answer. */
export interface Row {
  readonly gateway: string;
  /** The status that the caller saw with a good gateway behind this one, and without. */
  readonly withOther: number | 'timeout';
  readonly took: number;
  /** Whether the other gateway answered. */
  readonly failedOver: boolean;
  readonly alone: number | 'timeout' | 'not measured';
  readonly tookAlone: number;
}

/** How long a caller may wait that has nobody else to try: beyond, its own timer ends the call. */
const PATIENCE = 40_000;

/** Calls through a gate with this gateway first. */
async function callWith(carrier: string, other: Callee | null) {
  const carriers = other ? `${carrier},${other.uri}` : carrier;
  await using gate = await TestGate.start({ flags: ['--carriers', carriers] });
  const { host } = await openTermination(gate.voiceClient());
  const { Username: user, Password: password } = CONNECTOR_USER;
  const line = { gate: { address: '127.0.0.1', port: gate.sip.udp }, host, user, password, patience: PATIENCE };
  await using phone = await Telephone.open('127.0.0.2', line);
  // The first call of a gate compiles what the next ones use.
  await phone.call(0, '+999');
  const { status, begunAt, answeredAt, callId } = await phone.call(0);
  return { status, took: answeredAt - begunAt, failedOver: other?.calls.has(callId) ?? false };
}

async function measure(name: string, carrier: string, alone: boolean): Promise<Row> {
  await using other = await Callee.open('127.0.0.13', { rings: 0 });
  const first = await callWith(carrier, other);
  const second = alone ? await callWith(carrier, null) : null;
  return {
    gateway: name,
    withOther: first.status,
    took: first.took,
    failedOver: first.failedOver,
    alone: second?.status ?? 'not measured',
    tookAlone: second?.took ?? 0,
  };
}

async function measureScript({ name, statuses, retryAfter }: Script, alone: boolean): Promise<Row> {
  await using peer = await SipPeer.open('127.0.0.12');
  peer.onRequest = (request) => {
    if (request.method !== 'INVITE') return void (request.method === 'CANCEL' && peer.respond(request, 200));
    for (const status of statuses)
      peer.respond(request, status, ({ headers }) => {
        if (retryAfter !== undefined && status === 503) headers.append('Retry-After', retryAfter);
      });
  };
  return await measure(name, `sip:${peer.address}:${peer.port}`, alone);
}

async function measureTcp(name: string, serve: ((socket: Socket) => void) | null, alone: boolean): Promise<Row> {
  const port = await freePort('127.0.0.12');
  let server: Server | null = null;
  const sockets = new Set<Socket>();
  if (serve) {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.resume();
      serve(socket);
    }).listen(port, '127.0.0.12');
    await once(server, 'listening');
  }
  try {
    return await measure(name, `sip:127.0.0.12:${port};transport=tcp`, alone);
  } finally {
    for (const socket of sockets) socket.destroy();
    server?.close();
  }
}

/** All rows; `fast`: only gateways that nothing is waited for, and only with another one behind them. */
export async function* measureGateways(fast: boolean): AsyncGenerator<Row> {
  const waits = (name: string): boolean => /silent|nothing/.test(name);
  for (const script of UDP) if (!fast || !waits(script.name)) yield await measureScript(script, !fast);
  yield await measure('closed UDP port', `sip:127.0.0.12:${await freePort('127.0.0.12')}`, !fast);
  for (const { name, serve } of TCP) if (!fast || !waits(name)) yield await measureTcp(name, serve, !fast);
}

async function main(): Promise<void> {
  console.log('| the first gateway | with another one | after | alone | after |');
  console.log('|---|---|---|---|---|');
  for await (const { gateway, withOther, took, failedOver, alone, tookAlone } of measureGateways(false))
    console.log(
      `| ${gateway} | ${withOther}${failedOver ? ' of the other' : ''} | ${took} ms | ${alone} | ${tookAlone} ms |`,
    );
}

if (import.meta.main) await main();
