/**
 * The first 64 bits of each block of a list, so that of a thousand blocks those few are found that may hold an address.
 *
 * A list of rules is read from its beginning, and what a rule says is asked of the rule itself: this only leaves out what
 * cannot match, at two comparisons of 32-bit numbers a block. Of IPv4 the first 32 bits are all there is.
 */
import type { IpAddress } from '../net/address.ts';
import { type Cidr, isIpv4Cidr } from '../net/cidr.ts';

const WORDS_A_BLOCK = 5;
const ANY_FAMILY = 0;

const high = new BigUint64Array(1);
const highWords = new Int32Array(high.buffer);

/** The beginning of an address. */
export class AddressHead {
  family = ANY_FAMILY;
  first = 0;
  second = 0;

  /** Takes another address; allocates nothing but a shifted bigint. */
  set(address: IpAddress): this {
    if (typeof address === 'number') {
      this.family = 4;
      this.first = address | 0;
      this.second = 0;
      return this;
    }
    high[0] = address >> 64n;
    this.family = 6;
    // Little-endian, as every machine that this runs on.
    this.first = highWords[1] ?? 0;
    this.second = highWords[0] ?? 0;
    return this;
  }
}

const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));

/** See the file's first sentence. */
export class BlockHeads {
  private readonly words: Int32Array;

  /** Undefined for what is not about a block: it is never left out. */
  constructor(blocks: readonly (Cidr | undefined)[]) {
    this.words = new Int32Array(blocks.length * WORDS_A_BLOCK);
    const head = new AddressHead();
    for (const [index, block] of blocks.entries()) {
      if (!block) continue;
      const { family, first, second } = head.set(block.address);
      const masks = [maskOf(block.length), isIpv4Cidr(block) ? 0 : maskOf(block.length - 32)] as const;
      this.words.set([family, masks[0], first & masks[0], masks[1], second & masks[1]], index * WORDS_A_BLOCK);
    }
  }

  /** The first one from `from` on that may hold the address, -1 for none. */
  next(from: number, { family, first, second }: AddressHead): number {
    const { words } = this;
    for (let at = from * WORDS_A_BLOCK; at < words.length; at += WORDS_A_BLOCK) {
      const of = words[at];
      if (of === ANY_FAMILY) return at / WORDS_A_BLOCK;
      if (of !== family || (first & (words[at + 1] ?? 0)) !== words[at + 2]) continue;
      if ((second & (words[at + 3] ?? 0)) === words[at + 4]) return at / WORDS_A_BLOCK;
    }
    return -1;
  }
}
