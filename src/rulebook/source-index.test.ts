import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contains, parseAddress, parseBlock, type Block } from '../kit/ip.ts';
import { SourceIndex } from './source-index.ts';

const BLOCKS = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '192.0.2.0/24', '0.0.0.0/0', '2001:db8::/32', '::/0'];
const ADDRESSES = ['10.1.2.3', '10.1.9.9', '10.9.9.9', '192.0.2.7', '203.0.113.1', '2001:db8::1', '2001:db9::1'];

test('finds the trunks of all blocks that hold an address, whoever came and went before', () => {
  const list = fc.uniqueArray(fc.constantFrom(...BLOCKS));
  const step = fc.record({ trunk: fc.constantFrom('a', 'b', 'c'), list });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const index = new SourceIndex();
      const lists = new Map<string, Block[]>();
      for (const { trunk, list: texts } of steps) {
        const blocks = texts.flatMap((text) => parseBlock(text) ?? []);
        index.remove(trunk, lists.get(trunk));
        index.add(trunk, blocks);
        lists.set(trunk, blocks);
      }
      for (const text of ADDRESSES) {
        const address = parseAddress(text);
        assert.ok(address);
        const holding = [...lists].filter(([, blocks]) => blocks.some((block) => contains(block, address)));
        assert.deepEqual(index.find(address), holding.map(([trunk]) => trunk).sort());
      }
    }),
  );
});
