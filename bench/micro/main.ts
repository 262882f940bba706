// One run of a small benchmark in a process of its own: `node --expose-gc micro/main.ts NAME EFFORT`. Prints rows as JSON.
import { digests } from './digests.ts';
import { credentialGrowth, trunkGrowth } from './growth.ts';
import { parsers } from './parsers.ts';
import type { MicroEffort, MicroRow } from './row.ts';

const BENCHMARKS: Readonly<Record<string, (effort: MicroEffort) => MicroRow[] | Promise<MicroRow[]>>> = {
  parsers,
  digests,
  trunks: trunkGrowth,
  credentials: credentialGrowth,
};

const [name = '', effort = '{}'] = process.argv.slice(2);
const rows = await BENCHMARKS[name]?.(JSON.parse(effort) as MicroEffort);
process.stdout.write(`${JSON.stringify(rows)}\n`);
