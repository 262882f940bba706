import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Credentials } from '../dialects/credentials.ts';
import { followLedger } from '../dialects/follow.ts';
import { carrierRoutes } from '../edge/carriers.ts';
import { Edge } from '../edge/edge.ts';
import { eventLoopDelay } from '../edge/overload.ts';
import type { SpendingAlarm } from '../edge/spending/spending.ts';
import { loadTariff } from '../edge/spending/tariff.ts';
import type { CallEvent } from '../journal/event.ts';
import { Metrics } from '../journal/exposition.ts';
import { Journal } from '../journal/journal.ts';
import { JournalMetrics } from '../journal/metrics.ts';
import type { Clock } from '../kit/clock.ts';
import { ALONE, type Peers } from '../kit/peers.ts';
import { createSealer } from '../kit/seal.ts';
import type { FollowedLedger } from '../ledger/ledger.ts';
import { Rulebook } from '../rulebook/rulebook.ts';
import type { CallPlane, CallPlaneOptions } from './call-plane.ts';
import { createCompilers } from './compilers.ts';
import { addCallGauges } from './gauges.ts';
import { openState } from './open-state.ts';

/** What surrounds it, wherever it runs. */
export interface Surroundings {
  readonly ledger: FollowedLedger;
  readonly clock: Clock;
  /** A trunk or user came to half of a limit of spending, or to all of it. */
  readonly onAlarm: (alarm: SpendingAlarm) => void;
  /** Hears of everything that happens to a call; what it is told it must not change. */
  readonly onCallEvent: (event: CallEvent) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Opens the part that serves calls, in this thread. It follows the ledger before this function first waits, so no
 * revision is missed. `peers`: other threads that serve calls with this one.
 */
export async function openCallPlane(
  { settings, accounts, keys, certificate, exchange, applications }: CallPlaneOptions,
  { ledger, clock, onAlarm, onCallEvent, onError }: Surroundings,
  peers: Peers = ALONE,
): Promise<CallPlane> {
  const tariff = settings.tariff === null ? null : loadTariff(settings.tariff);
  const metrics = new Metrics();
  const journal = new Journal({
    file: join(settings.data, 'journal.db'),
    clock,
    metrics: new JournalMetrics(metrics),
    numbers: settings.journalNumbers,
    peers,
    onError,
  });
  const rulebook = new Rulebook(carrierRoutes(settings.carriers, exchange), applications.route);
  rulebook.mostBehind = settings.maxRulesAge * 1000;
  const compilers = createCompilers(accounts, createSealer(Buffer.from(keys.sealing)), settings);
  const state = openState({ folder: settings.data, clock, peers, onError });
  const edge = new Edge({
    rulebook,
    credentials: new Credentials(ledger, compilers),
    journal: {
      record: (event) => {
        journal.record(event);
        onCallEvent(event);
      },
      heartbeat: (...beat) => journal.heartbeat(...beat),
    },
    clock,
    key: Buffer.from(keys.nonce),
    algorithms: settings.digestAlgorithms,
    nonceLifetime: settings.nonceLifetime * 1000,
    tls: {
      ...certificate,
      clientCa: settings.tlsClientCa === null ? undefined : readFileSync(settings.tlsClientCa),
    },
    origins: settings.sipOrigins,
    advertise: settings.advertise,
    dice: Math.random,
    probeInterval: settings.probeInterval * 1000,
    strangers: settings.strangers,
    applicationKey: Buffer.from(applications.key),
    mediaAddress: applications.mediaAddress,
    longestCall: settings.maxCallSeconds * 1000,
    spending: { trunk: settings.trunkLimits, user: settings.userLimits, ...(tariff && { tariff }) },
    onAlarm,
    loopDelay: eventLoopDelay(),
    ...state.stores,
    onError,
    peers,
  });
  addCallGauges(metrics, { edge, rulebook, clock, peers });
  // What the vendors' documents mean reaches the edge through the change feed only.
  const stopFollowing = await followLedger(ledger, compilers, rulebook, onError, clock, () => edge.rulesChanged());

  return {
    async listen(bindings, joins) {
      const listening = await edge.listen(bindings, joins);
      await edge.trust(rulebook.carriers);
      return listening;
    },
    journalOpened: () => journal.opened,
    serveWebSockets: async (bindings) => edge.serveWebSockets(bindings),
    closeWebSockets: () => edge.closeWebSockets(),
    upgrade: (...upgrade) => edge.upgrade(...upgrade),
    state: async () => ({ listening: edge.listening, revision: rulebook.revision }),
    explain: (call) => edge.explain(call),
    obstacles: (listeners) => edge.obstacles(listeners),
    gateways: async () => ({ gateways: edge.gateways(), agents: edge.agents.report() }),
    abusers: async () => ({ bans: edge.guard.list(), silences: edge.guard.listSilenced() }),
    liftBan: async (address) => edge.guard.lift(address),
    spending: async (most) => edge.spending.report(most),
    liftSpending: async (of) => edge.spending.lift(of),
    isRegistered: async (trunk, user) => edge.isRegistered(trunk, user),
    figures: async () => ({
      calls: edge.calls,
      callsPerSecond: journal.callsPerSecond(),
      registrations: edge.registeredUsers,
    }),
    calls: (query) => journal.calls(query),
    call: (callId) => journal.call(callId),
    decision: (id) => journal.decision(id),
    drops: (limit) => journal.drops(limit),
    decided: (query) => journal.decided(query),
    lastHeartbeat: (trunk) => journal.lastHeartbeat(trunk),
    record: async (event) => journal.record(event),
    metrics: async () => metrics.ownMetrics(),
    drain: () => edge.drain(),
    async close() {
      stopFollowing();
      await edge.close();
      await state.close();
      await journal.close();
    },
  };
}
