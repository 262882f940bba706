import { cpuOf, residentOf } from '../measure/process.ts';
import { medianOf, type Benchmark, type Figures } from '../report/section.ts';
import { Tollgate } from '../servers/tollgate.ts';

/** Launches of which the median counts, whatever the effort. */
const LAUNCHES = 10;

/** From launch to ready, on data that is there. */
export const start: Benchmark = {
  name: 'start',
  async run({ say, provisioned: earlier }) {
    const provisioned = await earlier();
    const seen: Figures[] = [];
    for (let launch = 0; launch < LAUNCHES; launch += 1) {
      say(`launch ${launch + 1} of ${LAUNCHES}`);
      await using gate = await Tollgate.start({ earlier: provisioned });
      seen.push({ ready: gate.readyAfter, cpu: cpuOf(gate.pids) / 1e6, resident: residentOf(gate.pids) });
    }
    const slowest = Math.max(...seen.map(({ ready }) => ready ?? 0));
    return [
      {
        name: 'start',
        title: `From launch to ready, 10,000 credentials on 1,000 trunks, median of ${LAUNCHES}`,
        metrics: {
          ready: { title: 'ready after ms', digits: 0, better: 'less' },
          slowest: { title: 'slowest ms', digits: 0, better: 'less' },
          cpu: { title: 'CPU ms', digits: 0, better: 'less' },
          resident: { title: 'resident MB, idle', digits: 0, better: 'less' },
        },
        rows: [{ subject: 'Tollgate', figures: { ...medianOf(seen), slowest } }],
        ratio: null,
        notes: [
          'From the spawn of `node bin/tollgate start` to the last line of its banner, when every listener is open, on one core. Goals: 250 ms and 90 MB.',
        ],
      },
    ];
  },
};
