// One measurement of the gate's edge, for who works on it.
import { parseArgs } from 'node:util';
import { runLoad } from './load/run.ts';
import type { LoadPlan } from './load/plan.ts';
import { Tollgate } from './servers/tollgate.ts';

const HELP = `node bench/edge.ts [calls|options|challenge] [options]
  --rate N, --window N      calls a second; or, without it, calls at once (64)
  --warm-up N, --seconds N  how long (3 and 5)
  --algorithms LIST         digest algorithms (MD5)
  --runs N                  runs, one after another (1)
  --profile FOLDER          write a profile of the CPU there`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string' },
    window: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '3' },
    algorithms: { type: 'string', default: 'MD5' },
    profile: { type: 'string' },
    runs: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}
const kind = (positionals[0] ?? 'calls') as LoadPlan['kind'];
await using gate = await Tollgate.start({ algorithms: values.algorithms, profile: values.profile ?? null });
const { target, gateways, users, pids } = gate;
for (let run = 0; run < Number(values.runs); run += 1)
  console.log(
    await runLoad({
      target,
      gateways,
      users,
      pids,
      kind,
      rate: values.rate === undefined ? null : Number(values.rate),
      window: Number(values.window),
      warmUp: Number(values['warm-up']),
      seconds: Number(values.seconds),
    }),
  );
if (values.profile !== undefined) await gate.stop();
