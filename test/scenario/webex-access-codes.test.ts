import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestGate } from '../support/gate.ts';
import { VoicePhone, type PhoneCall } from '../support/voice-phone.ts';
import { makeOffice, must, send, type Office, type Reply } from '../support/webex.ts';

const CODES = ['83920174650218', '57310926488407', '60482917355091'];
const PASSWORD = 'an office telephone';
const EARLY = [['P-Early-Media', 'supported']] as const;

describe('Webex access codes, on calls', () => {
  let gate: TestGate;
  let phone: VoicePhone;
  let carrier: VoicePhone;
  let office: Office;
  let host: string;
  let permissions: string;
  let last: PhoneCall;

  const api = (line: string, body?: unknown): Promise<Reply> =>
    send(`${gate.http}/v1/`, gate.credentials['TOLLGATE_WEBEX_ACCESS_TOKEN'] ?? '', line, body);

  /** What the gates before this one printed. */
  let printed = '';
  let data: string;
  const start = (): Promise<TestGate> => {
    const flags = ['--carriers', `sip:127.0.0.1:${carrier.endpoint.port}`, '--log-level', 'trace'];
    return TestGate.start({ data, flags, capture: true });
  };

  before(async () => {
    [phone, carrier] = await Promise.all([VoicePhone.open(), VoicePhone.open()]);
    data = mkdtempSync(join(tmpdir(), 'tollgate-codes-'));
    gate = await start();
    office = await makeOffice({ send: api });
    const login = { username: 'dana', password: PASSWORD };
    ({ host } = (await gate.api('PUT', `/webex/lines/${office.personId}/credentials`, login)) as { host: string });
    permissions = `telephony/config/locations/${office.locationId}/outgoingPermission`;
    const international = { callType: 'INTERNATIONAL', action: 'AUTH_CODE', transferEnabled: false };
    await must(api(`PUT ${permissions}`, { callingPermissions: [international] }), 204);
    const accessCodes = CODES.map((code, index) => ({ code, description: `Team ${index + 1}` }));
    await must(api(`POST ${permissions}/accessCodes`, { accessCodes }), 201);
  });
  after(async () => {
    await gate[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true });
    await Promise.all([phone, carrier].map((peer) => peer[Symbol.asyncDispose]()));
  });

  /** Calls London and keys something once the announcement is heard. */
  const call = async (keys: string, headers: readonly (readonly [string, string])[] = EARLY): Promise<PhoneCall> => {
    const placed = phone.call(
      `sip:011442079460000@${host}`,
      { address: '127.0.0.1', port: gate.sip.udp },
      { from: `sip:dana@${host}`, headers, credentials: { username: 'dana', password: PASSWORD } },
    );
    if (headers.length > 0) assert.equal(await placed.ringing, 183);
    else assert.equal((await placed.settled).kind, 'answered');
    while (placed.media.loudest() < 2000) await placed.media.changed();
    await placed.media.press(keys);
    return placed;
  };

  /** Calls with a right code, talks and hangs up. */
  const talk = async (placed: PhoneCall): Promise<void> => {
    const far = await carrier.getsCall(carrier.received.length + 1);
    assert.match(far.invite.uri, /^sip:\+442079460000@/);
    assert.equal((await placed.settled).kind, 'answered');
    far.media.say(700);
    placed.media.say(900);
    await Promise.all([placed.media.hears(700), far.media.hears(900)]);
    placed.end();
    await far.ended;
    placed.media.close();
    far.media.close();
  };

  test('a right one connects, before an answer or after it', async () => {
    await talk(await call(`${CODES[0]}#`));
    await talk(await call(`${CODES[1]}#`, []));
  });

  test('those that are deleted do not, lock the line until that is lifted, through a kill -9 too, and the others still connect', async () => {
    await must(api(`PUT ${permissions}/accessCodes`, { deleteCodes: CODES.slice(0, 2) }), 204);
    const refused = async (keys: string): Promise<PhoneCall> => {
      const placed = await call(keys);
      const outcome = await placed.settled;
      assert.equal(outcome.kind === 'refused' && outcome.response.status, 403);
      placed.media.close();
      return placed;
    };
    const wrong = `${CODES[0]}#${CODES[1]}#${CODES[0]}#`;
    await Promise.all([wrong, wrong, wrong].map((keys) => refused(keys)));
    const { lockouts } = (await gate.api('GET', '/webex/lockouts')) as { lockouts: { kind: string; id: string }[] };
    assert.deepEqual(
      lockouts.map(({ kind }) => kind),
      ['line'],
    );
    await gate.stop('SIGKILL');
    printed += gate.output;
    gate = await start();
    assert.deepEqual(await gate.api('GET', '/webex/lockouts'), { lockouts });
    const locked = await refused(`${CODES[2]}#`);
    assert.match(JSON.stringify(await gate.api('GET', `/calls/${locked.callId}`)), /too many wrong access codes/);
    const lifted = await fetch(`${gate.http}/tollgate/v1/webex/lockouts/${lockouts[0]?.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${gate.credentials['TOLLGATE_ADMIN_TOKEN']}` },
    });
    assert.equal(lifted.status, 204);
    last = await call(`${CODES[2]}#`);
    await talk(last);
  });

  test('leave no trace in journal, metrics, log or data; their descriptions do', async () => {
    const journal = JSON.stringify(await gate.api('GET', `/calls/${last.callId}`));
    assert.match(journal, /Team 3/);
    const metrics = await (await fetch(`${gate.http}/metrics`)).text();
    assert.match(metrics, /tollgate_attendant_callers 0/);
    assert.equal(await gate.stop(), 0);
    const files = globSync('**', { cwd: gate.data })
      .map((file) => join(gate.data, file))
      .filter((file) => statSync(file).isFile());
    assert.ok(files.some((file) => file.includes('journal')));
    const written = files.map((file) => readFileSync(file, 'latin1')).join('\n');
    for (const code of CODES)
      for (const text of [journal, metrics, printed + gate.output, written]) assert.equal(text.includes(code), false);
  });
});
