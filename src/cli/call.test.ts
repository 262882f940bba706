import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { createExchange, type Exchange } from '../exchange/exchange.ts';
import type { CallReport } from '../exchange/place-call.ts';
import { loadCertificate } from '../http/certificate.ts';
import { systemClock } from '../kit/clock.ts';
import { createResponse, SipRequest } from '../sip/message/message.ts';
import { Transports } from '../sip/transport/transports.ts';

const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'tollgate');
const PASSWORD = 'open-sesame-42';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command, with no TOLLGATE_ variables but the given ones. */
function call(args: string[], variables: Record<string, string> = {}): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TOLLGATE_'));
  const env = { ...Object.fromEntries(inherited), ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, 'call', ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate call '));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('tollgate call', () => {
  let exchange: Exchange;
  let via: string[];
  before(async () => {
    exchange = await createExchange({ address: '127.0.0.1', port: 0, clock: systemClock });
    via = ['--via', `udp:127.0.0.1:${exchange.endpoint.port}`];
  });
  after(() => exchange.stop());

  test('ends with 0 when answered, and prints the ladder', async () => {
    const { code, out } = await call([...via, '--to', 'sip:+12065550100@pstn.example', '--hold', '0.2']);
    assert.equal(code, 0, out);
    assert.match(out, /^ +0 ms {2}→ INVITE sip:\+12065550100@pstn\.example\n/);
    assert.match(out, /← 180 Ringing\n[^]*← 200 OK\n[^]*→ ACK sip:[^]*→ BYE sip:[^]*← 200 OK \(BYE\)\n/);
    assert.match(out, /\nanswered: 200 OK after \d+ ms; lasted \d+ ms, then we hung up\n {2}RTP: \d+ packets received/);
  });

  test('prints one object with --json, over TCP, and never the password', async () => {
    const tcp = ['--via', `tcp:127.0.0.1:${exchange.endpoint.port}`];
    const login = ['--user', 'jdoe', '--algorithm', 'sha-256'];
    const args = [...tcp, ...login, '--to', 'sip:+12065550100@pstn.example', '--hold', '0', '--json'];
    const { code, out, err } = await call(args, { TOLLGATE_CALL_PASSWORD: PASSWORD });
    assert.equal(code, 0, err);
    const report = JSON.parse(out) as CallReport;
    assert.equal(report.outcome, 'answered');
    assert.equal(report.from, 'sip:+12065550199@pstn.example');
    assert.ok(!out.includes(PASSWORD));
  });

  test('with --srtp the audio is encrypted, both ways', async () => {
    const args = [...via, '--to', 'sip:+12065550100@pstn.example', '--hold', '0.5', '--json', '--srtp'];
    const { code, out, err } = await call(args);
    assert.equal(code, 0, err);
    // Nothing but what the keys open is counted.
    const { rtp } = JSON.parse(out) as CallReport;
    assert.ok(rtp.packetsReceived > 0 && rtp.packetsSent > 0, out);
    assert.ok(!out.includes('inline:'));
  });

  test('ends with 1 when refused', async () => {
    const { code, out } = await call([...via, '--to', 'sip:+12065550486@pstn.example', '--bind', '127.0.0.2']);
    assert.equal(code, 1, out);
    assert.match(out, /\nrefused: 486 Busy Here\n$/);
  });

  test('ends with 3 when it rings in vain, or nobody is there', async () => {
    const rings = await call([...via, '--to', 'sip:+12065550180@pstn.example', '--timeout', '0.1']);
    assert.equal(rings.code, 3, rings.out);
    assert.match(rings.out, /→ CANCEL [^]*\nunanswered: it rang, then we gave up \(487 Request Terminated\)\n$/);
    const closed = await call(['--via', 'tcp:127.0.0.1:1', '--to', 'sip:+12065550100@pstn.example']);
    assert.equal(closed.code, 3);
    assert.match(closed.out, /failed: could not be sent: connect ECONNREFUSED/);
    const foreign = await call([...via, '--to', 'sip:+12065550100@pstn.example', '--bind', '192.0.2.1']);
    assert.equal(foreign.code, 3);
    assert.match(foreign.err, /^tollgate call: .*EADDRNOTAVAIL/);
  });

  for (const [args, expected] of [
    [[], /required option '--to/],
    [['--to', 'bob'], /must be a SIP URI/],
    [['--to', 'sip:bob@h?Route=x'], /must be a SIP URI/],
    [['--to', 'tel:+12065550100'], /--as-carrier/],
    [['--to', 'sip:1@h', '--via', 'sctp:h:1'], /must be udp:, tcp: or tls:/],
    [['--to', 'sip:1@h', '--via', 'udp:h:70000'], /whole number from 1 to 65535/],
    [['--to', 'sip:1@h', '--hold', '-1'], /must be seconds/],
    [['--to', 'sip:1@h', '--bind', 'localhost'], /must be an IP address/],
    [['--to', 'sip:1@h', '--algorithm', 'sha-1'], /md5, sha-256 or sha-512-256/],
    [['--to', 'sip:1@h', '--user', 'jdoe'], /TOLLGATE_CALL_PASSWORD/],
    [['--to', 'sip:1@h', '--password', PASSWORD], /--password needs --user/],
    [['--to', 'sip:1@h', '--via', 'tls:127.0.0.1:1', '--ca', '/nowhere'], /--ca \/nowhere cannot be read/],
    [['--to', 'tel:+1', '--as-carrier', '--via', 'udp:127.0.0.1:1'], /cannot be used with/],
  ] as const)
    test(`ends with 2 on ${args.join(' ') || 'nothing'}`, async () => {
      const { code, err } = await call([...args]);
      assert.equal(code, 2, err);
      assert.match(err, expected);
      assert.ok(!err.includes(PASSWORD));
    });

  test('explains itself', async () => {
    const { code, out } = await call(['--help']);
    assert.equal(code, 0);
    assert.match(out, /--as-carrier[^]*Exit code: 0 answered[^]*Amazon and Twilio trunks check it: [^]*of the account/);
  });
});

describe('tollgate call over TLS', () => {
  test('trusts the authority in the data folder, another only when told to', async (t) => {
    const folder = dataFolder(t);
    const tls = await loadCertificate({ folder, names: [], own: null, now: Date.now() });
    const transports = new Transports({
      clock: systemClock,
      tls,
      user: {
        message: (message, flow) => {
          if (message instanceof SipRequest && message.method === 'INVITE')
            flow.send(createResponse(message, 486, undefined, 'tag').print());
        },
        fault: () => assert.fail('a broken message'),
      },
    });
    t.after(() => transports.close());
    const { port } = await transports.listen({ transport: 'tls', address: '127.0.0.1', port: 0 });
    const args = ['--via', `tls:127.0.0.1:${port}`, '--to', 'sip:+12065550486@trunk.example'];
    const trusted = await call([...args, '--data', folder]);
    assert.deepEqual([trusted.code, trusted.err], [1, ''], trusted.out);
    assert.equal((await call([...args, '--ca', join(folder, 'tls', 'ca.pem')])).code, 1);
    assert.equal((await call([...args, '--insecure', '--data', dataFolder(t)])).code, 1);
    const stranger = await call([...args, '--data', dataFolder(t)]);
    assert.equal(stranger.code, 3);
    assert.match(stranger.out, /failed: could not be sent: .*certificate/);
  });
});

describe('tollgate call --as-carrier', () => {
  const REPORT = {
    outcome: 'answered',
    answered: true,
    status: 200,
    reason: 'OK',
    headers: [{ name: 'X-Tollgate-Decision', value: 'abc' }],
    ladder: [{ at: 0, direction: 'sent', method: 'INVITE', text: 'INVITE sip:+12065550100@127.0.0.1:5060' }],
    rtp: { packetsSent: 1, bytesSent: 160, packetsReceived: 2, bytesReceived: 320, packetsLost: 0 },
    durations: { ringing: 1, answer: 2, call: 3 },
    endedBy: 'local',
    error: null,
  };

  test('has the gate place the call, and prints what it reports', async (t) => {
    const asked: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
    const gate = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { authorization } = request.headers;
      asked.push({ url: request.url, authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const answer = authorization === 'Bearer s3cret' ? REPORT : { error: { message: 'not with this token' } };
      response.writeHead(answer === REPORT ? 200 : 401).end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    t.after(() => gate.close());
    await once(gate, 'listening');
    const api = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
    const args = ['--as-carrier', '--to', 'tel:+12065550100', '--hold', '2'];

    const folder = dataFolder(t);
    writeFileSync(join(folder, 'credentials.env'), 'TOLLGATE_ADMIN_TOKEN=s3cret\n');
    const { code, out } = await call([...args, '--api', api, '--data', folder]);
    assert.equal(code, 0);
    assert.match(
      out,
      /^ +0 ms {2}→ INVITE [^]*\nanswered: 200 OK[^]*\n {2}X-Tollgate-Decision: abc\n {2}RTP: 2 packets/,
    );
    const body = { to: 'tel:+12065550100', holdSeconds: 2 };
    assert.deepEqual(asked, [{ url: '/tollgate/v1/exchange/calls', authorization: 'Bearer s3cret', body }]);

    const refused = await call(args, { TOLLGATE_API: api, TOLLGATE_ADMIN_TOKEN: 'other' });
    assert.deepEqual([refused.code, refused.err], [3, 'tollgate call: not with this token\n']);
  });
});
