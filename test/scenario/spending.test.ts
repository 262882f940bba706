import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CONNECTOR_USER, openTermination } from '../support/connector.ts';
import { TestGate, tollgate } from '../support/gate.ts';
import { call } from '../support/phone.ts';
import { SipPeer } from '../support/sip-peer.ts';

test('10.9 a running gate warns, stops, remembers it over kill -9, shows it and lets the operator lift it', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'tollgate-spending-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const flags = ['--user-limits', 'calls=2', '--log-level', 'warn'];
  await using phone = await SipPeer.open();
  let host: string;
  let trunk: string;
  const place = (gate: TestGate): Promise<number[]> =>
    call(phone, gate, {
      to: `sip:+12065550100@${host}`,
      from: `sip:+12065550199@${host}`,
      user: CONNECTOR_USER.Username,
      password: CONNECTOR_USER.Password,
    });
  {
    await using gate = await TestGate.start({ data, flags, capture: true });
    const connector = await openTermination(gate.voiceClient());
    ({ host } = connector);
    trunk = `amazon:${connector.id}`;
    assert.deepEqual(await place(gate), [407, 200]);
    assert.deepEqual(await place(gate), [407, 200]);
    assert.deepEqual(await place(gate), [407, 403]);
    assert.deepEqual(await place(gate), [407, 403]);
    const warnings = gate.output.split('\n').filter((line) => line.includes('"measure":"calls"'));
    assert.deepEqual(
      warnings.map((line) => (JSON.parse(line) as { state: string }).state),
      ['warning', 'stopped'],
    );
    const metrics = await (await fetch(`${gate.http}/metrics`)).text();
    assert.match(metrics, /^tollgate_spending_alarms_total\{measure="calls",state="stopped"\} 1$/m);
    assert.match(metrics, /^tollgate_spenders_stopped 1$/m);
    const { calls } = (await gate.api('GET', '/calls')) as { calls: { alarms: { state: string; used: number }[] }[] };
    assert.deepEqual(
      calls.flatMap(({ alarms }) => alarms.map(({ state, used }) => `${state} ${used}`)),
      ['stopped 2', 'warning 1'],
    );
    await untilWritten(join(data, 'spending.db'));
    await gate.stop('SIGKILL');
  }
  await using gate = await TestGate.start({ data, flags, capture: true });
  assert.deepEqual(await place(gate), [407, 403]);
  const common = ['--api', gate.http, '--data', data];
  const listed = await tollgate('spending', ...common);
  assert.match(listed.stdout, new RegExp(`^${trunk} jdoe: 0 up, .*calls 2/2 \\(stopped\\)`, 'm'));
  assert.equal((await tollgate('spending', '--lift', trunk, '--user', 'nobody', ...common)).code, 2);
  const lifted = await tollgate('spending', '--lift', trunk, '--user', CONNECTOR_USER.Username, ...common);
  assert.equal(lifted.stdout, `jdoe of ${trunk} is counted from nothing again\n`);
  assert.deepEqual(await place(gate), [407, 200]);
});

test('10.9 nobody is listed for one of two reasons, and the command says for which', async () => {
  for (const [flags, said] of [
    [['--user-limits', 'calls=2'], /^nobody has called today$/m],
    [[], /^nothing is counted, because nothing is limited: --trunk-limits and --user-limits set limits$/m],
  ] as const) {
    await using gate = await TestGate.start({ flags: [...flags] });
    const listed = await tollgate('spending', '--api', gate.http, '--data', gate.data);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, said);
  }
});

/** What was counted is written within a second. */
async function untilWritten(file: string): Promise<void> {
  using database = new DatabaseSync(file, { readOnly: true });
  for (;;) {
    const row = database.prepare("SELECT tally FROM spending WHERE user <> ''").get();
    if (row && (JSON.parse(String(row['tally'])) as { calls: number }).calls === 2) return;
    await delay(20);
  }
}
