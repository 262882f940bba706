import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** An operation that a dialect serves: its name, its line as the vendor's reference has it, and its status. */
export interface ServedOperation {
  readonly name: string;
  /** Method and path. */
  readonly line: string;
  readonly success: number;
}

/** What holds a dialect to its vendor's reference. */
export interface Compatibility {
  /** Of the page below docs/compatibility, without `.md`. */
  readonly page: string;
  /** Lines of the vendor's reference, each with its status. */
  readonly vendor: readonly string[];
  readonly served: readonly ServedOperation[];
  /** What the page may say of an operation. */
  readonly states: ReadonlySet<string>;
}

/** Tests that a dialect serves its vendor's operations, and that its page says so truly. */
export function testCompatibility({ page, vendor, served, states }: Compatibility): void {
  const text = readFileSync(join(import.meta.dirname, '../../docs/compatibility', `${page}.md`), 'utf8');
  const rows = [...text.matchAll(/^\| (\w+) \| `(.+)` \| (.+) \|$/gm)].map(([, name, line, state]) => ({
    name,
    line,
    state,
  }));

  test('every operation of the vendor is served, once, with its status', () => {
    assert.deepEqual(served.map(({ line, success }) => `${line} ${success}`).toSorted(), vendor.toSorted());
    assert.equal(new Set(served.map(({ name }) => name)).size, vendor.length);
  });

  test('the compatibility page has a true row for each operation', () => {
    assert.equal(rows.length, vendor.length);
    for (const { name, line } of served) {
      const row = rows.find((each) => each.name === name);
      assert.equal(row?.line, line, name);
      assert.ok(states.has(row?.state ?? ''), `${name}: ${row?.state}`);
    }
  });
}
