import { join } from 'node:path';
import { Program } from '../measure/program.ts';
import type { MicroEffort, MicroRow } from '../micro/row.ts';
import { medianOf, type Benchmark, type Effort, type Figures, type Section } from '../report/section.ts';

/** Milliseconds after which a run is given up: a million credentials have to be written first. */
const PATIENCE = 600_000;

const MICROS = { title: 'µs', digits: 2, better: 'less' } as const;

/** Reading a message and hashing an answer, beside the SIP stacks on npm. */
export const parsers: Benchmark = {
  name: 'parsers',
  async run(effort) {
    return [
      {
        name: 'parsers',
        title: 'Reading an INVITE of 1,100 bytes with credentials and SDP',
        metrics: { micros: MICROS },
        rows: await rowsOf('parsers', effort),
        ratio: { metric: 'micros', subject: 'Tollgate' },
        notes: [
          'Each gets what it takes: the gate bytes, the others text. The gate, which reads lazily, reads Via, From, To, CSeq, Call-ID and Contact.',
        ],
      },
      {
        name: 'digests',
        title: 'Hashing the answer to a challenge (RFC 7616), HA1 at hand',
        metrics: { micros: MICROS },
        rows: await rowsOf('digests', effort),
        ratio: { metric: 'micros', subject: 'Tollgate, MD5' },
        notes: ['JsSIP answers challenges and checks none, which is the same hashing.'],
      },
    ];
  },
};

/** What grows with what was provisioned, and what does not. */
export const growth: Benchmark = {
  name: 'growth',
  async run(effort) {
    const trunks: Section = {
      name: 'trunks',
      title: 'A decision, and a change of one trunk, as trunks grow',
      metrics: {
        micros: { ...MICROS, title: 'decide(), µs' },
        recompiled: { title: 'one trunk recompiled, ms', digits: 3, better: 'less' },
        inForce: { title: 'a change committed and in force, ms', digits: 2, better: 'less' },
        heap: { title: 'heap of the rulebook, MB', digits: 1, better: 'less' },
      },
      rows: await rowsOf('trunks', effort),
      ratio: null,
      notes: ['Every trunk has one entry in its source list. "In force" includes the sync to disk.'],
    };
    const credentials: Section = {
      name: 'credentials',
      title: 'Finding a credential, as credentials grow',
      metrics: {
        read: { ...MICROS, title: 'read from the ledger and unsealed, µs' },
        cached: { ...MICROS, title: 'kept ready, µs' },
        heap: { title: 'heap of 2,000 of them kept ready, MB', digits: 1, better: 'less' },
      },
      rows: await rowsOf('credentials', effort),
      ratio: null,
      notes: [
        'Credentials stay on disk and are read on demand; at most 20,000 are kept ready, so memory does not grow with them.',
      ],
    };
    return [trunks, credentials];
  },
};

async function rowsOf(name: string, { runs, quick, say }: Effort): Promise<Section['rows']> {
  const effort: MicroEffort = { milliseconds: quick ? 300 : 1000, quick };
  const seen = new Map<string, Figures[]>();
  for (let run = 0; run < runs; run += 1) {
    say(`${name}, run ${run + 1} of ${runs}`);
    const file = join(import.meta.dirname, '../micro/main.ts');
    const program = new Program(process.execPath, ['--expose-gc', file, name, JSON.stringify(effort)], { core: 0 });
    for (const { subject, figures } of JSON.parse(await program.finish(PATIENCE)) as MicroRow[])
      seen.set(subject, [...(seen.get(subject) ?? []), figures]);
  }
  return [...seen].map(([subject, figures]) => ({ subject, figures: medianOf(figures) }));
}
