import { Kamailio, type KamailioOptions } from '../servers/kamailio/kamailio.ts';
import { Postgres } from '../servers/kamailio/postgres.ts';
import { authDbSql } from '../servers/kamailio/schema.ts';
import type { SipServer } from '../servers/sip-server.ts';
import { Tollgate } from '../servers/tollgate.ts';
import type { Effort } from '../report/section.ts';

/** A server that can be started again and again. */
export interface Contestant {
  readonly name: string;
  start(): Promise<SipServer>;
}

/** Processes of Kamailio on its one core: one is the cheapest, and two hide the waits for a database. */
const KAMAILIO_WORKERS = { memory: 1, database: 2 } as const;

/** Gates on the same data, each with its digest algorithms. */
export async function tollgates(effort: Effort, algorithms: readonly string[]): Promise<Contestant[]> {
  const earlier = await effort.provisioned();
  return algorithms.map((offered) => ({
    name: `Tollgate, ${offered}`,
    start: () => Tollgate.start({ algorithms: offered, earlier }),
  }));
}

/** Kamailios with credentials in memory (null) or in a database, one for each allocator. */
export function kamailios(store: 'database' | null, allocators: readonly KamailioOptions['allocator'][]): Contestant[] {
  return allocators.map((allocator) => ({
    name: `Kamailio, ${allocator === 'fm' ? '-x fm -X fm' : 'default allocator'}, ${store ? 'auth_db on PostgreSQL' : 'in memory'}`,
    start: () =>
      store
        ? startWithDatabase(allocator)
        : Kamailio.start({ allocator, database: null, workers: KAMAILIO_WORKERS.memory }),
  }));
}

async function startWithDatabase(allocator: KamailioOptions['allocator']): Promise<SipServer> {
  const database = await Postgres.start(authDbSql());
  try {
    return await Kamailio.start({ allocator, database, workers: KAMAILIO_WORKERS.database });
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}
