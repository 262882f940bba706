import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ListVoiceConnectorTerminationCredentialsCommand,
  PutVoiceConnectorTerminationCredentialsCommand,
  type ChimeSDKVoiceClient,
} from '@aws-sdk/client-chime-sdk-voice';
import { openTermination, type TestConnector } from '../support/connector.ts';
import { TestGate } from '../support/gate.ts';
import { call } from '../support/phone.ts';
import { seeded } from '../support/seeded.ts';
import { SipPeer } from '../support/sip-peer.ts';

const KILLS = 20;
const SEED = 20_261_121;
/** Who writes at once; each has users of its own, so the order of a user's passwords is certain. */
const WRITERS = 3;
/** A connector takes ten. */
const USERS_EACH = 3;
/** A gate dies after at most this many acknowledged writes, and up to so many milliseconds later. */
const MOST_WRITES = 30;
const MOST_DELAY = 10;

/** What is known of a user's password. */
interface User {
  readonly name: string;
  /** Acknowledged, or proved by a call. */
  certain?: string | undefined;
  /** Sent after it, but not acknowledged: one of the two is in force. */
  attempted?: string | undefined;
}

/** Has writers put one new password after the other, and kills the gate in the middle of it. How many were acknowledged. */
async function writeUntilKilled(
  gate: TestGate,
  connector: TestConnector,
  users: readonly User[],
  random: () => number,
) {
  const client = gate.voiceClient();
  const enough = 1 + Math.floor(random() * MOST_WRITES);
  const delay = random() * MOST_DELAY;
  let acknowledged = 0;
  let killing = false;

  const kill = async (): Promise<void> => {
    killing = true;
    await pause(delay);
    await gate.stop('SIGKILL');
  };
  const write = async (own: readonly User[]): Promise<void> => {
    for (let turn = 0; ; turn += 1) {
      const user = own[turn % own.length];
      assert.ok(user);
      user.attempted = randomUUID();
      try {
        await putPassword(client, connector, user.name, user.attempted);
      } catch (error) {
        assert.ok(killing, error as Error);
        return;
      }
      user.certain = user.attempted;
      user.attempted = undefined;
      acknowledged += 1;
      if (acknowledged === enough) await kill();
    }
  };
  await Promise.all(
    Array.from({ length: WRITERS }, (_, writer) => write(users.slice(writer * USERS_EACH, (writer + 1) * USERS_EACH))),
  );
  client.destroy();
  return acknowledged;
}

async function putPassword(client: ChimeSDKVoiceClient, { id }: TestConnector, Username: string, Password: string) {
  const { $metadata } = await client.send(
    new PutVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId: id, Credentials: [{ Username, Password }] }),
  );
  assert.equal($metadata.httpStatusCode, 204);
}

async function listUsers(gate: TestGate, { id }: TestConnector): Promise<string[]> {
  const client = gate.voiceClient();
  const { Usernames = [] } = await client.send(
    new ListVoiceConnectorTerminationCredentialsCommand({ VoiceConnectorId: id }),
  );
  client.destroy();
  return Usernames;
}

/** Places calls to find out which of the passwords that may be in force is: one, and no other. */
async function settle(user: User, phone: SipPeer, gate: TestGate, { host }: TestConnector): Promise<void> {
  const candidates = [user.certain, user.attempted].filter((password) => password !== undefined);
  const right: string[] = [];
  for (const password of candidates) {
    const statuses = await call(phone, gate, {
      to: `sip:+12065550100@${host}`,
      from: `sip:+12065550199@${host}`,
      user: user.name,
      password,
    });
    assert.equal(statuses.length, 2);
    if (statuses[1] === 200) right.push(password);
    else assert.deepEqual(statuses, [407, 407]);
  }
  assert.equal(
    right.length,
    1,
    `${right.length} of ${candidates.length} possible passwords of ${user.name} admit a call`,
  );
  [user.certain] = right;
  user.attempted = undefined;
}

async function revisionOf(gate: TestGate): Promise<number> {
  const health = await fetch(`${gate.http}/healthz`);
  assert.equal(health.status, 200);
  return ((await health.json()) as { revision: number }).revision;
}

test('no acknowledged credential is lost when the gate is killed, and the last one decides calls', async () => {
  const random = seeded(SEED);
  const data = mkdtempSync(join(tmpdir(), 'tollgate-kill-'));
  const users: User[] = Array.from({ length: WRITERS * USERS_EACH }, (_, index) => ({ name: `user${index}` }));
  await using phone = await SipPeer.open();
  let gate = await TestGate.start({ data });
  try {
    const client = gate.voiceClient();
    const connector = await openTermination(client);
    client.destroy();
    let revision = await revisionOf(gate);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const acknowledged = await writeUntilKilled(gate, connector, users, random);
      gate = await TestGate.start({ data });
      const now = await revisionOf(gate);
      assert.ok(now >= revision + acknowledged && now <= revision + acknowledged + WRITERS, 'one revision a write');
      revision = now;

      const listed = new Set(await listUsers(gate, connector));
      for (const user of users) {
        if (user.certain !== undefined) assert.ok(listed.has(user.name), `${user.name} was acknowledged`);
        if (listed.has(user.name)) await settle(user, phone, gate, connector);
        else user.attempted = undefined;
      }
    }
  } finally {
    await gate.stop('SIGKILL');
    rmSync(data, { recursive: true });
  }
});
