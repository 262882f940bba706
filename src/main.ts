import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { OPERATION_CONSTRAINT } from './dialects/amazon/fixed-query.ts';
import { AMAZON_PATHS } from './dialects/amazon/paths.ts';
import type { Documents } from './dialects/documents.ts';
import { compileDocuments } from './dialects/follow.ts';
import { NATIVE_PATH } from './dialects/native/path.ts';
import { diffCandidate, withCandidate } from './dialects/oracle/candidate.ts';
import { ORACLE_FACE, ORACLE_PATH } from './dialects/oracle/face.ts';
import { ConfigurationLock } from './dialects/oracle/lock.ts';
import { obstaclesOf } from './dialects/oracle/obstacles.ts';
import { openTwilioCalls } from './dialects/twilio/calls/open.ts';
import { certificateNames } from './dialects/twilio/host-names.ts';
import { TWILIO_PATHS } from './dialects/twilio/paths.ts';
import { openAttendant } from './dialects/webex/attendant/open.ts';
import { CodeBook } from './dialects/webex/codes/code-book.ts';
import { certificateNames as webexCertificateNames } from './dialects/webex/host-names.ts';
import { WEBEX_PATHS } from './dialects/webex/paths.ts';
import { createTestRoute } from './dialects/webex/route-tester.ts';
import { MOST_CALLS } from './edge/calls.ts';
import { carrierRoutes } from './edge/carriers.ts';
import { explainCall, explainLine } from './edge/explain.ts';
import { createExchange } from './exchange/exchange.ts';
import { loadCertificate } from './http/certificate.ts';
import { loadControlCredentials } from './http/control-credentials.ts';
import { createLogger } from './http/log.ts';
import { loadSecretKeys } from './http/secret-key.ts';
import { createHttp } from './http/server.ts';
import type { GateState } from './http/status.ts';
import { describeSilences } from './edge/abuse/silences.ts';
import { describeBans } from './journal/bans.ts';
import { findImpact } from './journal/impact.ts';
import { Metrics } from './journal/exposition.ts';
import { systemClock } from './kit/clock.ts';
import { allowOptimizing, keepHeapSmall } from './kit/heap.ts';
import { keepHelpersBehind } from './kit/priority.ts';
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
import type { Binding, WebSocketBinding } from './sip/transport/transport.ts';
import { createCompilers, VENDOR_DOMAIN } from './wiring/compilers.ts';
import { addApplicationGauges } from './wiring/gauges.ts';
import { openCallPool } from './wiring/call-pool.ts';
import { openCallPlane } from './wiring/open-call-plane.ts';
import { tellOfCall } from './wiring/tell-of-call.ts';
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

/** Wires the rooms and opens the listeners; resolves when the gate is ready. The only place that knows all rooms. */
export async function startGate(settings: Settings): Promise<Gate> {
  keepHeapSmall();
  const clock = systemClock;
  const startedAt = clock.now();
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

  const exchange = settings.carriers.some((carrier) => 'exchange' in carrier)
    ? await createExchange({ address: '127.0.0.1', port: 0, clock, onError })
    : null;
  // By the dialect whose trunks they answer for.
  const applications: Record<string, CallApplication> = {};
  const applicationKey = randomBytes(32);
  const mediaAddress = settings.mediaAddress ?? (isIP(settings.advertise ?? '') === 0 ? null : settings.advertise);
  const voice = await openVoice({
    clock,
    // A beat is heard by the edge alone.
    journal: { record: (event) => void calls.record(event).catch(onError), heartbeat: () => {} },
    key: applicationKey,
    applications,
    most: settings.applicationCalls,
    mediaBinding: mediaBinding(settings.sip.map(({ host }) => host)),
    mediaPorts: settings.mediaPorts,
    mediaAddress,
    onError,
  });
  const sealer = createSealer(keys.sealing);
  const accounts = {
    amazon: {
      id: control.awsAccountId,
      accessKeyId: control.awsAccessKeyId,
      secretAccessKey: control.awsSecretAccessKey,
    },
    twilio: { sid: control.twilioAccountSid, authToken: control.twilioAuthToken },
  };
  const twilioCalls = openTwilioCalls({
    file: join(settings.data, 'twilio-calls.db'),
    documents: ledger,
    clock,
    account: accounts.twilio,
    privateWebhooks: settings.privateWebhooks ?? onLoopback(settings),
    placer: voice,
  });
  applications['twilio'] = twilioCalls.application;
  const webexCodes = await CodeBook.open({ ledger, sealer, clock });
  const attendant = openAttendant({ documents: ledger, clock, codeBook: webexCodes });
  applications['webex'] = attendant;
  const calls = await (settings.workers > 0 ? openCallPool : openCallPlane)(
    {
      settings,
      accounts,
      keys,
      certificate,
      exchange: exchange?.endpoint ?? null,
      applications: { route: voice.route, key: applicationKey, mediaAddress },
    },
    {
      ledger,
      clock,
      onReplaced: (took) => log.warn({ took }, 'the thread that serves calls was replaced'),
      onCallEvent: (event) => tellOfCall(twilioCalls.trunkCalls, event),
      onAlarm: (alarm) => log.warn(alarm, alarm.state === 'stopped' ? 'calls are refused' : 'half of a limit is used'),
      onError,
    },
  );
  const carriers = carrierRoutes(settings.carriers, exchange?.endpoint ?? null);
  const rulesOf = async (documents: Documents): Promise<Rulebook> => {
    const rules = new Rulebook(carriers);
    rules.apply(
      await ledger.revision(),
      await compileDocuments(documents, createCompilers(accounts, sealer, settings)),
    );
    return rules;
  };
  const metrics = new Metrics();
  addApplicationGauges(metrics, { voice, attendant });

  const state: { status: GateState['status'] } = { status: 'starting' };
  let webSockets: ReturnType<typeof webSocketBinding>[] = [];
  const gateState = async (): Promise<GateState> => {
    const { listening, revision } = await calls.state();
    const sip = state.status === 'starting' ? [] : [...listening, ...webSockets].map(printBinding);
    return { ...state, sip, revision };
  };
  let gateAddress = { address: '127.0.0.1', port: 0 };
  const lock = new ConfigurationLock(clock);
  const load = new MachineLoad();
  const reboot = Promise.withResolvers<void>();
  const http = createHttp({
    http: settings.http,
    https: settings.https,
    certificate,
    logger: log,
    adminToken: control.adminToken,
    metrics: {
      contentType: metrics.contentType,
      metrics: async () => `${await calls.metrics()}\n${await metrics.metrics()}`,
    },
    state: gateState,
    webSockets: { path: '/sip', take: (...upgrade) => calls.upgrade(...upgrade) },
    constraints: [OPERATION_CONSTRAINT],
    faces: [ORACLE_FACE],
    apis: [
      {
        paths: AMAZON_PATHS,
        plugin: async () => {
          const { amazonPlugin } = await import('./dialects/amazon/plugin.ts');
          const { NUMBER_HOLDERS } = await import('./wiring/number-holders.ts');
          return amazonPlugin({
            ledger,
            clock,
            sealer,
            numberHolders: NUMBER_HOLDERS,
            account: accounts.amazon,
            domain,
            allowPrivateCidr: !settings.amazonPublicCidrOnly,
            terminationHealth: (trunk) => calls.lastHeartbeat(trunk),
          });
        },
      },
      {
        paths: TWILIO_PATHS,
        plugin: async () => {
          const { twilioPlugin } = await import('./dialects/twilio/plugin.ts');
          const { NUMBER_HOLDERS } = await import('./wiring/number-holders.ts');
          return twilioPlugin({
            ledger,
            clock,
            sealer,
            numberHolders: NUMBER_HOLDERS,
            account: accounts.twilio,
            domain: settings.domain,
            calls: twilioCalls.desk,
          });
        },
      },
      {
        paths: [ORACLE_PATH],
        plugin: async () => {
          const { oraclePlugin } = await import('./dialects/oracle/plugin.ts');
          return oraclePlugin({
            ledger,
            clock,
            sealer,
            lock,
            users: [
              { name: control.sbcUsername, password: control.sbcPassword, class: 'admin' },
              { name: control.sbcReadonlyUsername, password: control.sbcReadonlyPassword, class: 'user' },
            ],
            obstacles: (view) => obstaclesOf(view, (wanted) => calls.obstacles(wanted)),
            system: {
              version: readVersion(),
              serialNumber: createHmac('sha256', keys.sealing).update('serial number').digest('hex').slice(0, 12),
              startedAt,
              figures: async () => ({
                ...(await calls.figures()),
                callCapacity: MOST_CALLS,
                cpuPercent: load.cpuPercent(),
                memoryPercent: load.memoryPercent(),
              }),
              // Windows has no way to put another program in the place of this one.
              reboot: process.execve ? () => void clock.after(REBOOT_DELAY, reboot.resolve) : null,
            },
          });
        },
      },
      {
        paths: WEBEX_PATHS,
        plugin: async () => {
          const { webexPlugin } = await import('./dialects/webex/plugin.ts');
          const { NUMBER_HOLDERS } = await import('./wiring/number-holders.ts');
          return webexPlugin({
            ledger,
            clock,
            sealer,
            numberHolders: NUMBER_HOLDERS,
            accessToken: control.webexAccessToken,
            domain: settings.domain,
            registered: (trunk, user) => calls.isRegistered(trunk, user),
            testRoute: createTestRoute({
              documents: ledger,
              domain: settings.domain,
              ask: (query) => explainLine(calls, query),
            }),
          });
        },
      },
      {
        paths: [NATIVE_PATH],
        plugin: async () => {
          const { nativePlugin } = await import('./dialects/native/plugin.ts');
          const { webexAdditions } = await import('./dialects/webex/additions/plugin.ts');
          return nativePlugin({
            adminToken: control.adminToken,
            explain: (query) => explainCall(calls, query),
            placeCall: exchange && ((call) => exchange.placeCall({ ...call, target: gateAddress })),
            gateways: () => calls.gateways(),
            calls: (query) => calls.calls(query),
            call: (callId) => calls.call(callId),
            decision: (id) => calls.decision(id),
            abusers: async () => {
              const { bans, silences } = await calls.abusers();
              return { bans: describeBans(bans), silenced: describeSilences(silences) };
            },
            liftBan: (address) => calls.liftBan(address),
            drops: (limit) => calls.drops(limit),
            spending: (limit) => calls.spending(limit),
            lock: () => lock.report(),
            candidateDiff: (candidate) => diffCandidate(ledger, candidate),
            candidateImpact: async (candidate, hours) => {
              const before = await rulesOf(ledger);
              const after = await rulesOf(withCandidate(ledger, candidate));
              const since = clock.now() - hours * HOUR;
              return findImpact({ decided: (query) => calls.decided(query), before, after, since });
            },
            liftSpending: (trunk, user) => calls.liftSpending({ trunk, user }),
            additions: [webexAdditions({ ledger, clock, sealer, domain: settings.domain, codeBook: webexCodes })],
          });
        },
      },
    ],
  });

  await calls.journalOpened();
  const listening = await calls.listen(
    settings.sip.map(({ transport, host, port }) => ({ transport, address: host, port })),
  );
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
  await calls.serveWebSockets(webSockets);
  state.status = 'ok';
  const settle = async (): Promise<void> => {
    await loadRest();
    metrics.watchProcess();
    // What has been compiled by now is kept for the next start, however this one ends.
    flushCompileCache();
    allowOptimizing();
  };
  void settle().catch(onError);

  const stop = async (): Promise<void> => {
    state.status = 'draining';
    await Promise.race([calls.drain(), new Promise<void>((resolve) => clock.after(DRAIN_DEADLINE, resolve))]);
    await voice.stop();
    await calls.closeWebSockets();
    await http.close(DRAIN_DEADLINE);
    await exchange?.stop();
    await calls.close();
    twilioCalls.close();
    await ledger.close();
  };
  const { revision, sip } = await gateState();
  // Not before: the start has nobody to let go first.
  keepHelpersBehind();
  return { ...open, sip, revision, rebootAsked: reboot.promise, stop };
}

/** Whether nobody but this machine can reach the gate. */
function onLoopback({ http, https, sip }: Settings): boolean {
  return [http, https, ...sip].every(({ host }) => isLoopback(host));
}

function printBinding({ transport, address, port }: Binding | WebSocketBinding): string {
  return `${transport}:${hostPort(address, port)}`;
}

function webSocketBinding<Transport extends 'ws' | 'wss'>(
  transport: Transport,
  listener: string,
): { transport: Transport; address: string; port: number } {
  const { host, port } = readBinding(listener);
  return { transport, address: host, port };
}
