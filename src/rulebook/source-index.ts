import { mask, type Address, type Block } from '../kit/ip.ts';

/** The blocks of one family and prefix length, with the trunks that list each: one by its id alone, as nearly all are. */
interface Blocks {
  readonly bits: Block['bits'];
  readonly length: number;
  readonly trunks: Map<bigint, string | Set<string>>;
}

/** Finds the trunks whose lists hold an address: one map for each prefix length in use, so cost does not grow with trunks. */
export class SourceIndex {
  readonly #lengths = new Map<string, Blocks>();

  add(trunk: string, list: readonly Block[] = []): void {
    for (const { bits, length, value } of list) {
      const name = `${bits}/${length}`;
      const blocks = this.#lengths.get(name) ?? { bits, length, trunks: new Map() };
      this.#lengths.set(name, blocks);
      const others = blocks.trunks.get(value);
      if (others === undefined || others === trunk) blocks.trunks.set(value, trunk);
      else if (typeof others === 'string') blocks.trunks.set(value, new Set([others, trunk]));
      else others.add(trunk);
    }
  }

  remove(trunk: string, list: readonly Block[] = []): void {
    for (const { bits, length, value } of list) {
      const name = `${bits}/${length}`;
      const blocks = this.#lengths.get(name);
      const there = blocks?.trunks.get(value);
      if (there instanceof Set) there.delete(trunk);
      if (there === trunk || (there instanceof Set && there.size === 0)) blocks?.trunks.delete(value);
      if (blocks?.trunks.size === 0) this.#lengths.delete(name);
    }
  }

  /** Ids in their order. */
  find(address: Address): string[] {
    const found = new Set<string>();
    for (const { bits, length, trunks } of this.#lengths.values()) {
      if (bits !== address.bits) continue;
      const there = trunks.get(mask(address, length).value);
      if (typeof there === 'string') found.add(there);
      else for (const id of there ?? []) found.add(id);
    }
    return [...found].sort();
  }
}
