import type { IncomingMessage } from 'node:http';
import type { HypotheticalCall } from '../edge/admission.ts';
import type { AgentReport } from '../edge/agents/agent-board.ts';
import type { Silence } from '../edge/abuse/silences.ts';
import type { GatewayReport } from '../edge/health.ts';
import type { Obstacle } from '../edge/listeners.ts';
import type { Spender } from '../edge/spending/spending.ts';
import type { Ban } from '../journal/bans.ts';
import type { CallReport } from '../journal/call.ts';
import type { CallEvent } from '../journal/event.ts';
import type { Beat, CallPage, DecidedPage } from '../journal/store.ts';
import type { ConnectionStream } from '../kit/lent-socket.ts';
import type { Decision } from '../rulebook/decide/decision.ts';
import type { Route } from '../rulebook/route.ts';
import type { Settings } from '../settings/settings.ts';
import type { Binding, Endpoint, WebSocketBinding } from '../sip/transport/transport.ts';
import type { Accounts } from './compilers.ts';

/**
 * All that the rest of the gate asks of the part that serves calls: the edge with its rules, its counters and the
 * journal. Arguments and answers are plain data, so it may be in this thread or in another.
 */
export interface CallPlaneFace {
  /** Opens the SIP listeners; the ports they got. `joins`: another thread has these open, and shares them. */
  listen(bindings: readonly Binding[], joins?: boolean): Promise<readonly Binding[]>;
  /** Resolves when the journal's file is open; rejects when it cannot be. Calls do not wait for it. */
  journalOpened(): Promise<void>;
  /** Takes WebSockets by these listeners of the HTTP server; after `listen`. */
  serveWebSockets(bindings: readonly WebSocketBinding[]): Promise<void>;
  closeWebSockets(): Promise<void>;
  /** What is listened on now, and the revision of the ledger that calls are decided by. */
  state(): Promise<{ readonly listening: readonly Binding[]; readonly revision: number }>;
  /** The decision that such a call would get; nothing is sent or counted. */
  explain(call: HypotheticalCall): Promise<Decision>;
  /** Which of these listeners could not be opened, and why. Nothing is opened. */
  obstacles(listeners: readonly Binding[]): Promise<Obstacle[]>;
  gateways(): Promise<{ readonly gateways: GatewayReport[]; readonly agents: AgentReport[] }>;
  /** Sources that are banned, and strangers that are told no refusals. */
  abusers(): Promise<{ readonly bans: Ban[]; readonly silences: Silence[] }>;
  /** Ends the ban or the silence of an address; false when there is none. */
  liftBan(address: string): Promise<boolean>;
  /** Who has called today, those nearest to a limit first, `most` of them. */
  spending(most: number): Promise<object>;
  /** Counts a trunk or user from nothing again; false when it is not counted. */
  liftSpending(of: Spender): Promise<boolean>;
  /** Whether a user of a trunk is registered. */
  isRegistered(trunk: string, user: string): Promise<boolean>;
  figures(): Promise<CallFigures>;
  calls(query: { before?: number; limit: number }): Promise<CallPage>;
  call(callId: string): Promise<CallReport | undefined>;
  decision(id: string): Promise<Decision | undefined>;
  drops(limit: number): Promise<CallEvent[]>;
  decided(query: { since: number; before?: number }): Promise<DecidedPage>;
  /** The last heartbeat of a trunk; undefined when there was none. */
  lastHeartbeat(trunk: string): Promise<Beat | undefined>;
  /** Something that an application did on a call, for the journal. */
  record(event: CallEvent): Promise<void>;
  /** What is counted of calls, in the text format of Prometheus. */
  metrics(): Promise<string>;
  /** Takes no new calls; resolves when those in set-up are done. */
  drain(): Promise<void>;
  /** Writes down what is not yet, and closes. */
  close(): Promise<void>;
}

/** The part that serves calls. */
export interface CallPlane extends CallPlaneFace {
  /** A connection of the HTTP server that asks to become a WebSocket. Never throws. */
  upgrade(request: IncomingMessage, socket: ConnectionStream, head: Buffer, secure: boolean): void;
}

export interface CallFigures {
  /** Calls in set-up or answered. */
  readonly calls: number;
  /** Calls admitted in a second, of late. */
  readonly callsPerSecond: number;
  readonly registrations: number;
}

/** What it is made of: plain data. */
export interface CallPlaneOptions {
  readonly settings: Settings;
  readonly accounts: Accounts;
  /** The gate's secrets: what seals passwords, and what nonces and routes are keyed with. */
  readonly keys: { readonly sealing: Uint8Array; readonly nonce: Uint8Array };
  readonly certificate: { readonly cert: string; readonly key: string };
  /** Where the built-in telephone network listens; null without one. */
  readonly exchange: Endpoint | null;
  /** Where calls of applications go, what signs what is said to them, and the address that their media is sent to. */
  readonly applications: { readonly route: Route; readonly key: Uint8Array; readonly mediaAddress: string | null };
}
