import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { attempt, rulebookOf, trunk } from '../../test/support/rules.ts';
import { decide } from '../rulebook/decide/decide.ts';
import { JournalStore } from './store.ts';

test('what an older journal holds is taken over, in its order', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'journal.db');
  const old = new DatabaseSync(file);
  const decision = (digest: 'none' | 'valid', id: string): string =>
    JSON.stringify({
      kind: 'decision',
      callId: 'c1',
      at: 1,
      source: {},
      requestUri: '',
      from: '',
      decision: {
        ...decide(
          rulebookOf([trunk()]),
          attempt({ digest: digest === 'none' ? { outcome: digest } : { outcome: digest, username: 'u' } }),
          0,
        ),
        id,
      },
    });
  for (const table of ['calls_3', 'refusals_1'])
    old.exec(`CREATE TABLE ${table} (sequence INTEGER PRIMARY KEY, call_id TEXT, decision_id TEXT, data TEXT)`);
  old.prepare(`INSERT INTO refusals_1 VALUES (7, 'c1', 'd1', ?)`).run(decision('none', 'd1'));
  const answer = JSON.stringify({ kind: 'answer', callId: 'c1', at: 2, status: 200 });
  old.prepare(`INSERT INTO calls_3 VALUES (8, 'c1', 'd2', ?)`).run(`${decision('valid', 'd2')}\n${answer}`);
  old.close();
  for (let start = 1; start <= 2; start += 1) {
    const store = new JournalStore(file);
    const call = store.call('c1');
    assert.deepEqual(
      [call?.state, call?.decisions.map(({ id, verdict }) => [id, verdict])],
      [
        'answered',
        [
          ['d1', 'challenge'],
          ['d2', 'admit'],
        ],
      ],
    );
    assert.equal(store.decision('d1')?.callId, 'c1');
    store.close();
  }
});
