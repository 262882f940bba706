import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAmazonCompiler } from '../../src/dialects/amazon/compile.ts';
import type { Compiler } from '../../src/dialects/compiler.ts';
import { hashPassword } from '../../src/rulebook/credential.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createSealer } from '../../src/kit/seal.ts';
import type { JsonObject, Ledger, Write } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/ledger/sqlite.ts';
import type { User } from '../load/digest.ts';

const ACCOUNT = { id: '111122223333', accessKeyId: 'AKIABENCH', secretAccessKey: 'bench' };
const AUTHOR = { actor: 'bench', dialect: 'amazon', operation: 'Bench', requestId: 'bench' };

/** Documents committed at once. */
const BATCH = 5000;

const REALM = 'bench.example';

/** A ledger of its own in a temporary folder, filled without the API, and the compiler that reads it. */
export class World implements AsyncDisposable {
  readonly ledger: Ledger;
  readonly compiler: Compiler;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  readonly account = ACCOUNT;
  readonly domain = REALM;
  readonly sealingKey = Buffer.alloc(32, 7);
  readonly #sealer = createSealer(this.sealingKey);

  constructor() {
    this.ledger = openSqliteLedger({ file: join(this.#folder, 'ledger.db'), clock: systemClock });
    this.compiler = createAmazonCompiler({ account: ACCOUNT, sealer: this.#sealer, domain: REALM });
  }

  /** Writes trunks from `from` up to `to`, each with one entry of its own in its source list. */
  async addTrunks(from: number, to: number): Promise<void> {
    await this.#commit(from, to, (index) => {
      const id = connectorId(index);
      const time = new Date(0).toISOString();
      const connector = {
        VoiceConnectorId: id,
        AwsRegion: 'us-east-1',
        Name: id,
        OutboundHostName: `${id}.${REALM}`,
        RequireEncryption: false,
        CreatedTimestamp: time,
        UpdatedTimestamp: time,
        VoiceConnectorArn: id,
      };
      return [write('voice-connector', id, connector), terminationOf(index, 256)];
    });
  }

  /** Writes users of the first trunk from `from` up to `to`. */
  async addUsers(from: number, to: number): Promise<void> {
    const trunk = connectorId(0);
    const secrets = JSON.stringify(hashPassword('user', REALM, 'secret'));
    await this.#commit(from, to, (index) => {
      const Username = `user${index}`;
      const id = `${trunk}/${Username}`;
      const Sealed = this.#sealer.seal(secrets, `amazon/termination-credential/${id}`);
      return [write('termination-credential', id, { VoiceConnectorId: trunk, Username, Realm: REALM, Sealed })];
    });
  }

  /** Gives each of the first trunks so many users; all of them, those of one trunk far apart. */
  async addTelephones(trunks: number, usersOfTrunk: number): Promise<User[]> {
    const users = Array.from({ length: trunks * usersOfTrunk }, (_, index): User => {
      const trunk = index % trunks;
      return { username: `user${index}`, password: `secret${index}`, host: `${connectorId(trunk)}.${REALM}` };
    });
    await this.#commit(0, users.length, (index) => {
      const { username: Username, password, host } = users[index] ?? { username: '', password: '', host: '' };
      const trunk = connectorId(index % trunks);
      const id = `${trunk}/${Username}`;
      const secrets = JSON.stringify(hashPassword(Username, host, password));
      const Sealed = this.#sealer.seal(secrets, `amazon/termination-credential/${id}`);
      return [
        write('termination-authentication', trunk, { required: true }),
        write('termination-credential', id, { VoiceConnectorId: trunk, Username, Realm: host, Sealed }),
      ];
    });
    return users;
  }

  /** Gives one trunk another limit. */
  async changeTrunk(index: number, callsPerSecond: number): Promise<void> {
    await this.ledger.commit(AUTHOR, [terminationOf(index, callsPerSecond)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ledger.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #commit(from: number, to: number, documents: (index: number) => Write[]): Promise<void> {
    for (let at = from; at < to; at += BATCH) {
      const indexes = Array.from({ length: Math.min(BATCH, to - at) }, (_, offset) => at + offset);
      await this.ledger.commit(AUTHOR, indexes.flatMap(documents));
    }
  }
}

/** Ids sort as their numbers do. */
export function connectorId(index: number): string {
  return `trunk${String(index).padStart(8, '0')}`;
}

/** The one address that may call over a trunk. */
export function sourceOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

function terminationOf(index: number, CpsLimit: number): Write {
  return write('termination', connectorId(index), {
    CidrAllowedList: [`${sourceOf(index)}/32`],
    CallingRegions: ['US'],
    CpsLimit,
    Disabled: false,
  });
}

function write(kind: string, id: string, body: JsonObject): Write {
  return { key: { dialect: 'amazon', kind, id }, body };
}
