import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { amazonPlugin, createAmazonCompiler, OPERATION_CONSTRAINT } from './dialects/amazon/plugin.ts';
import { Credentials } from './dialects/credentials.ts';
import { compileDocuments, followLedger } from './dialects/follow.ts';
import { nativePlugin } from './dialects/native/plugin.ts';
import { diffCandidate, withCandidate } from './dialects/oracle/candidate.ts';
import { createOracleCompiler } from './dialects/oracle/compile.ts';
import { ConfigurationLock } from './dialects/oracle/lock.ts';
import { obstaclesOf } from './dialects/oracle/obstacles.ts';
import { oraclePlugin, sendError } from './dialects/oracle/plugin.ts';
import { createTwilioCompiler } from './dialects/twilio/compile.ts';
import { openTwilioCalls } from './dialects/twilio/calls/open.ts';
import { certificateNames, twilioPlugin } from './dialects/twilio/plugin.ts';
import { MOST_CALLS } from './edge/calls.ts';
import { createWebexCompiler } from './dialects/webex/compile.ts';
import {
  certificateNames as webexCertificateNames,
  CodeBook,
  openAttendant,
  webexAdditions,
  webexPlugin,
} from './dialects/webex/plugin.ts';
import { createTestRoute } from './dialects/webex/route-tester.ts';
import { carrierRoutes } from './edge/carriers.ts';
import { Edge } from './edge/edge.ts';
import { eventLoopDelay } from './edge/overload.ts';
import { explainCall, explainLine } from './edge/explain.ts';
import { SqliteBindings } from './edge/registrar/sqlite-bindings.ts';
import { loadTariff } from './edge/spending/tariff.ts';
import { StateThread } from './edge/state-thread.ts';
import { createExchange } from './exchange/exchange.ts';
import { loadCertificate } from './http/certificate.ts';
import { loadControlCredentials } from './http/control-credentials.ts';
import { createLogger } from './http/log.ts';
import { loadSecretKeys } from './http/secret-key.ts';
import { createHttp } from './http/server.ts';
import type { GateState } from './http/status.ts';
import { describeSilences } from './edge/abuse/silences.ts';
import { BanFile, describeBans } from './journal/bans.ts';
import { findImpact } from './journal/impact.ts';
import { Metrics } from './journal/exposition.ts';
import { JournalMetrics } from './journal/metrics.ts';
import { Journal } from './journal/journal.ts';
import { systemClock } from './kit/clock.ts';
import { keepHeapSmall } from './kit/heap.ts';
import { hostPort, isLoopback } from './kit/ip.ts';
import { loadRest } from './kit/later.ts';
import { readBinding } from './kit/read-text.ts';
import { MachineLoad } from './kit/machine-load.ts';
import { createSealer } from './kit/seal.ts';
import { readVersion } from './kit/version.ts';
import { openSqliteLedger } from './ledger/sqlite.ts';
import { Rulebook } from './rulebook/rulebook.ts';
import type { CallApplication } from './rulebook/call-control.ts';
import type { Settings } from './settings/settings.ts';
import { addGauges } from './wiring/gauges.ts';
import { mediaBinding } from './voice/addresses.ts';
import { openVoice } from './voice/voice.ts';

/** A running gate. */
export interface Gate {
  readonly http: string;
  readonly https: string;
  readonly sip: readonly string[];
  readonly revision: number;
  /** Resolves when somebody asked the gate to stop and start anew. */
  readonly rebootAsked: Promise<void>;
  /** Takes no new calls, lets what runs finish, closes everything. */
  stop(): Promise<void>;
}

/** Milliseconds that calls in set-up and requests get to finish when the gate stops. */
const DRAIN_DEADLINE = 30_000;

/** Milliseconds until a reboot that was asked for begins: its answer goes out first. */
const REBOOT_DELAY = 1000;

const HOUR = 3_600_000;

const VENDOR_DOMAIN = 'voiceconnector.chime.aws';

/** Wires the rooms and opens the listeners; resolves when the gate is ready. The only place that knows all rooms. */
export async function startGate(settings: Settings): Promise<Gate> {
  keepHeapSmall();
  const clock = systemClock;
  const tariff = settings.tariff === null ? null : loadTariff(settings.tariff);
  const log = createLogger(settings.logLevel, { maskNumbers: settings.journalNumbers === 'masked' });
  const onError = (error: unknown): void => log.error({ err: error }, 'a fault inside');

  const domain = settings.domain ?? VENDOR_DOMAIN;
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const ledgerFile = join(settings.data, 'ledger.db');
  const keys = loadSecretKeys(settings.data, existsSync(ledgerFile));
  const control = loadControlCredentials(settings.data, settings.credentials);
  const ledger = openSqliteLedger({ file: ledgerFile, clock, onError });
  const certificate = await loadCertificate({
    folder: settings.data,
    // Phones that use TLS call a trunk by its own host name.
    names: [
      `*.${domain}`,
      ...certificateNames(settings.domain),
      ...webexCertificateNames(settings.domain),
      ...(settings.advertise === null ? [] : [settings.advertise]),
    ],
    own:
      settings.tlsCert !== null && settings.tlsKey !== null ? { cert: settings.tlsCert, key: settings.tlsKey } : null,
    now: clock.now(),
  });

  const metrics = new Metrics();
  const journal = new Journal({
    file: join(settings.data, 'journal.db'),
    clock,
    metrics: new JournalMetrics(metrics),
    numbers: settings.journalNumbers,
    onError,
  });

  const exchange = settings.carriers.some((carrier) => 'exchange' in carrier)
    ? await createExchange({ address: '127.0.0.1', port: 0, clock, onError })
    : null;
  // By the dialect whose trunks they answer for.
  const applications: Record<string, CallApplication> = {};
  const applicationKey = randomBytes(32);
  const mediaAddress = settings.mediaAddress ?? (isIP(settings.advertise ?? '') === 0 ? null : settings.advertise);
  const voice = await openVoice({
    clock,
    journal,
    key: applicationKey,
    applications,
    most: settings.applicationCalls,
    mediaBinding: mediaBinding(settings.sip.map(({ host }) => host)),
    mediaPorts: settings.mediaPorts,
    mediaAddress,
    onError,
  });
  const rulebook = new Rulebook(carrierRoutes(settings.carriers, exchange?.endpoint ?? null), voice.route);
  rulebook.mostBehind = settings.maxRulesAge * 1000;

  // What the vendor's documents mean reaches the edge through the change feed only.
  const sealer = createSealer(keys.sealing);
  const account = {
    id: control.awsAccountId,
    accessKeyId: control.awsAccessKeyId,
    secretAccessKey: control.awsSecretAccessKey,
  };
  const twilioAccount = { sid: control.twilioAccountSid, authToken: control.twilioAuthToken };
  const twilioCalls = openTwilioCalls({
    file: join(settings.data, 'twilio-calls.db'),
    documents: ledger,
    clock,
    account: twilioAccount,
    privateWebhooks: settings.privateWebhooks ?? onLoopback(settings),
    placer: voice,
  });
  applications['twilio'] = twilioCalls.application;
  const compilers = [
    createAmazonCompiler({ account, sealer, domain }),
    createTwilioCompiler({
      account: twilioAccount,
      sealer,
      domain: settings.domain,
      trunkLimits: { callsPerSecond: settings.twilioTrunkCps, concurrentCalls: settings.twilioTrunkCalls },
    }),
    createOracleCompiler({ sealer }),
    createWebexCompiler({ sealer, domain: settings.domain }),
  ];
  const credentials = new Credentials(ledger, compilers);
  const webexCodes = new CodeBook({ ledger, sealer, clock });
  const attendant = openAttendant({ documents: ledger, clock, codeBook: webexCodes });
  applications['webex'] = attendant;
  const stopFollowing = await followLedger(ledger, compilers, rulebook, onError, clock, () => edge.rulesChanged());

  const bans = new BanFile({ file: join(settings.data, 'bans.db'), clock, onError });
  const kept = new StateThread({
    calls: join(settings.data, 'calls.db'),
    spending: join(settings.data, 'spending.db'),
    clock,
    onError,
  });
  const edge = new Edge({
    rulebook,
    credentials,
    journal,
    clock,
    key: keys.nonce,
    algorithms: settings.digestAlgorithms,
    nonceLifetime: settings.nonceLifetime * 1000,
    tls: {
      ...certificate,
      clientCa: settings.tlsClientCa === null ? undefined : readFileSync(settings.tlsClientCa),
    },
    origins: settings.sipOrigins,
    advertise: settings.advertise,
    dice: Math.random,
    registrations: new SqliteBindings(join(settings.data, 'registrations.db')),
    probeInterval: settings.probeInterval * 1000,
    bans,
    strangers: settings.strangers,
    applicationKey,
    mediaAddress,
    longestCall: settings.maxCallSeconds * 1000,
    standingCalls: kept.calls,
    spending: { trunk: settings.trunkLimits, user: settings.userLimits, ...(tariff && { tariff }) },
    spendingStore: kept.spending,
    onAlarm: (alarm) => log.warn(alarm, alarm.state === 'stopped' ? 'calls are refused' : 'half of a limit is used'),
    loopDelay: eventLoopDelay(),
    onError,
  });
  addGauges(metrics, { edge, voice, attendant, rulebook, clock });

  const state: { status: GateState['status'] } = { status: 'starting' };
  let webSockets: ReturnType<typeof webSocketBinding>[] = [];
  const sip = (): string[] =>
    [...edge.listening, ...webSockets].map(({ transport, address, port }) => `${transport}:${hostPort(address, port)}`);
  let gateAddress = { address: '127.0.0.1', port: 0 };
  const lock = new ConfigurationLock(clock);
  const load = new MachineLoad();
  const reboot = Promise.withResolvers<void>();
  const http = await createHttp({
    http: settings.http,
    https: settings.https,
    certificate,
    logger: log,
    adminToken: control.adminToken,
    metrics,
    state: () => ({ ...state, sip: state.status === 'starting' ? [] : sip(), revision: rulebook.revision }),
    webSockets: { path: '/sip', take: (...upgrade) => edge.upgrade(...upgrade) },
    constraints: [OPERATION_CONSTRAINT],
    unreadable: [{ below: '/rest/', sendError }],
    plugins: [
      amazonPlugin({
        ledger,
        clock,
        sealer,
        account,
        domain,
        allowPrivateCidr: !settings.amazonPublicCidrOnly,
        terminationHealth: (trunk) => journal.lastHeartbeat(trunk),
      }),
      twilioPlugin({
        ledger,
        clock,
        sealer,
        account: twilioAccount,
        domain: settings.domain,
        calls: twilioCalls.desk,
      }),
      oraclePlugin({
        ledger,
        clock,
        sealer,
        lock,
        users: [
          { name: control.sbcUsername, password: control.sbcPassword, class: 'admin' },
          { name: control.sbcReadonlyUsername, password: control.sbcReadonlyPassword, class: 'user' },
        ],
        obstacles: (view) => obstaclesOf(view, (wanted) => edge.obstacles(wanted)),
        system: {
          version: readVersion(),
          serialNumber: createHmac('sha256', keys.sealing).update('serial number').digest('hex').slice(0, 12),
          startedAt: clock.now(),
          figures: () => ({
            calls: edge.calls,
            callCapacity: MOST_CALLS,
            callsPerSecond: journal.callsPerSecond(),
            registrations: edge.registeredUsers,
            cpuPercent: load.cpuPercent(),
            memoryPercent: load.memoryPercent(),
          }),
          // Windows has no way to put another program in the place of this one.
          reboot: process.execve ? () => void clock.after(REBOOT_DELAY, reboot.resolve) : null,
        },
      }),
      webexPlugin({
        ledger,
        clock,
        sealer,
        accessToken: control.webexAccessToken,
        domain: settings.domain,
        registered: (trunk, user) => edge.isRegistered(trunk, user),
        testRoute: createTestRoute({
          documents: ledger,
          domain: settings.domain,
          ask: (query) => explainLine(edge, query),
        }),
      }),
      nativePlugin({
        adminToken: control.adminToken,
        explain: (query) => explainCall(edge, query),
        placeCall: exchange && ((call) => exchange.placeCall({ ...call, target: gateAddress })),
        gateways: () => ({ gateways: edge.gateways(), agents: edge.agents.report() }),
        calls: (query) => journal.calls(query),
        call: (callId) => journal.call(callId),
        decision: (id) => journal.decision(id),
        bans: () => describeBans(edge.guard.list()),
        silenced: () => describeSilences(edge.guard.listSilenced()),
        liftBan: (address) => edge.guard.lift(address),
        drops: (limit) => journal.drops(limit),
        spending: (limit) => edge.spending.report(limit),
        lock: () => lock.report(),
        candidateDiff: (candidate) => diffCandidate(ledger, candidate),
        candidateImpact: async (candidate, hours) => {
          const after = new Rulebook(rulebook.carriers);
          after.apply(rulebook.revision, await compileDocuments(withCandidate(ledger, candidate), compilers));
          const since = clock.now() - hours * HOUR;
          return findImpact({ decided: (query) => journal.decided(query), before: rulebook, after, since });
        },
        liftSpending: (trunk, user) => edge.spending.lift({ trunk, user }),
        additions: [webexAdditions({ ledger, clock, sealer, domain: settings.domain, codeBook: webexCodes })],
      }),
    ],
  });

  await journal.opened;
  const listening = await edge.listen(
    settings.sip.map(({ transport, host, port }) => ({ transport, address: host, port })),
  );
  await edge.trust(rulebook.carriers);
  const udp = listening.find((binding) => binding.transport === 'udp');
  if (udp)
    gateAddress = {
      address: udp.address === '0.0.0.0' || udp.address === '::' ? '127.0.0.1' : udp.address,
      port: udp.port,
    };
  const [first] = listening;
  const near = udp ?? first;
  if (near) voice.connect({ ...near, address: udp ? gateAddress.address : near.address });
  const open = await http.open();
  webSockets = [webSocketBinding('ws', open.http), webSocketBinding('wss', open.https)];
  edge.serveWebSockets(webSockets);
  state.status = 'ok';
  // What has been compiled by now is kept for the next start, however this one ends.
  void loadRest().then(() => (metrics.watchProcess(), flushCompileCache()), onError);

  const stop = async (): Promise<void> => {
    state.status = 'draining';
    await Promise.race([edge.drain(), new Promise<void>((resolve) => clock.after(DRAIN_DEADLINE, resolve))]);
    await voice.stop();
    await edge.closeWebSockets();
    await http.close(DRAIN_DEADLINE);
    await exchange?.stop();
    await edge.close();
    await kept.close();
    stopFollowing();
    bans.close();
    twilioCalls.close();
    await journal.close();
    await ledger.close();
  };
  return { ...open, sip: sip(), revision: rulebook.revision, rebootAsked: reboot.promise, stop };
}

/** Whether nobody but this machine can reach the gate. */
function onLoopback({ http, https, sip }: Settings): boolean {
  return [http, https, ...sip].every(({ host }) => isLoopback(host));
}

function webSocketBinding<Transport extends 'ws' | 'wss'>(
  transport: Transport,
  listener: string,
): { transport: Transport; address: string; port: number } {
  const { host, port } = readBinding(listener);
  return { transport, address: host, port };
}
