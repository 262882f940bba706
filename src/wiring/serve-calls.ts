// The thread that serves calls: answers what call-thread.ts asks of it.
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { parentPort, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../kit/clock.ts';
import { loadRest } from '../kit/later.ts';
import { LentSocket } from '../kit/lent-socket.ts';
import { answerAsks } from '../kit/remote.ts';
import { openLedgerReader, type LedgerReader } from '../ledger/sqlite-reader.ts';
import type { Binding } from '../sip/transport/transport.ts';
import type { CallPlane } from './call-plane.ts';
import type { CallThreadFace, CallThreadWord } from './call-thread.ts';
import { openCallPlane } from './open-call-plane.ts';
import { ThreadPeers } from './thread-peers.ts';
import { callsToTell } from './tell-of-call.ts';

if (!parentPort) throw new Error('this is a thread of the gate, and nothing by itself');
const port: MessagePort = parentPort;
const say = (word: CallThreadWord): void => port.postMessage(word, []);
const onError = (error: unknown): void =>
  say({ kind: 'error', error: error instanceof Error ? error : new Error(String(error)) });

interface Opened {
  readonly calls: CallPlane;
  readonly ledger: LedgerReader;
  readonly peers: ThreadPeers;
}

let opened: Opened | null = null;
let listening: Promise<readonly Binding[]> | null = null;

function plane(): Opened {
  if (!opened) throw new Error('the thread that serves calls is not open yet');
  return opened;
}

const own: CallThreadFace = {
  async open(options, { self, count }) {
    const peers = new ThreadPeers(self, count, onError);
    const ledger = openLedgerReader(join(options.settings.data, 'ledger.db'), onError);
    const onAlarm = (alarm: (CallThreadWord & { kind: 'alarm' })['alarm']): void => say({ kind: 'alarm', alarm });
    const onCallEvent = callsToTell((event) => say({ kind: 'call', event }));
    const surroundings = { ledger, clock: systemClock, onCallEvent, onAlarm, onError };
    const calls = await openCallPlane(options, surroundings, peers);
    opened = { calls, ledger, peers };
  },
  async meet(thread, lent) {
    plane().peers.meet(thread, lent);
  },
  listen(bindings, joins) {
    const { calls, peers } = plane();
    listening ??= calls.listen(bindings, joins).finally(() => peers.ready());
    return listening;
  },
  announce: (revision) => plane().ledger.announce(revision),
  async takeWebSocket({ method, url, headers, ends, head, secure, port: lent }) {
    const socket = new LentSocket(lent, ends);
    const request = Object.assign(new IncomingMessage(socket as Duplex as Socket), { method, url, headers });
    plane().calls.upgrade(request, socket, Buffer.from(head), secure);
  },
  async loadRest() {
    void loadRest().catch(onError);
  },
  async close() {
    await plane().calls.close();
    plane().ledger.close();
    plane().peers.close();
    // The answer to this goes out first.
    setImmediate(() => port.close());
  },
};

type Method = (...args: readonly unknown[]) => Promise<unknown>;

answerAsks(port, async (method, args) => {
  const carrier = (method in own ? own : plane().calls) as unknown as Record<string, Method | undefined>;
  const found = carrier[method];
  if (!found) throw new Error(`nobody serves ${method}`);
  return found(...args);
});
