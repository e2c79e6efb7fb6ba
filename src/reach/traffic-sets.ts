/**
 * Sets of traffic: of cells, such that no rule tells two packets of one cell apart. Equal sets have the same number, so
 * that they are compared, united and cut at the price of a look into a table.
 */

declare const setBrand: unique symbol;
/** The number of a set, in the table that made it. */
export type SetId = number & { readonly [setBrand]: true };

/** Bits of a word. */
const WORD = 32;

/** All sets over some cells that somebody has asked for. */
export class TrafficSets {
  readonly #words: number;
  readonly #sets: Uint32Array[] = [];
  readonly #ids = new Map<string, SetId>();
  readonly #unions: (SetId | undefined)[][] = [];
  readonly #cuts: (SetId | undefined)[][] = [];
  readonly #differences: (SetId | undefined)[][] = [];
  /** The empty set. */
  readonly none: SetId;
  /** The set of all cells. */
  readonly all: SetId;

  /** `cells`: how many there are. */
  constructor(readonly cells: number) {
    this.#words = Math.ceil(cells / WORD);
    this.none = this.where(() => false);
    this.all = this.where(() => true);
  }

  /** The set of the cells for which this is true. */
  where(test: (cell: number) => boolean): SetId {
    const bits = new Uint32Array(this.#words);
    for (let cell = 0; cell < this.cells; cell++)
      if (test(cell)) bits[cell >>> 5] = (bits[cell >>> 5] ?? 0) | (1 << (cell & 31));
    return this.#intern(bits);
  }

  has(set: SetId, cell: number): boolean {
    return (((this.#sets[set]?.[cell >>> 5] ?? 0) >>> (cell & 31)) & 1) === 1;
  }

  /** The cells of a set, in order. */
  *cellsOf(set: SetId): Iterable<number> {
    const words = this.#sets[set] ?? [];
    for (let word = 0; word < words.length; word++) {
      // Sets are mostly empty.
      let bits = words[word] ?? 0;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        yield word * WORD + bit;
        bits &= bits - 1;
      }
    }
  }

  /** True when this holds for a cell of the set. */
  some(set: SetId, test: (cell: number) => boolean): boolean {
    for (const cell of this.cellsOf(set)) if (test(cell)) return true;
    return false;
  }

  /** What is in one of them. */
  or(one: SetId, other: SetId): SetId {
    if (one === other || other === this.none) return one;
    if (one === this.none) return other;
    return this.#combine(this.#unions, one, other, (a, b) => a | b);
  }

  /** What is in both. */
  and(one: SetId, other: SetId): SetId {
    if (one === other || other === this.all) return one;
    if (one === this.all) return other;
    if (one === this.none || other === this.none) return this.none;
    return this.#combine(this.#cuts, one, other, (a, b) => a & b);
  }

  /** What is in the first alone. */
  minus(one: SetId, other: SetId): SetId {
    if (other === this.none) return one;
    return one === other ? this.none : this.#combine(this.#differences, one, other, (a, b) => a & ~b);
  }

  /** True when every cell of the first is in the second. */
  isWithin(one: SetId, other: SetId): boolean {
    return this.minus(one, other) === this.none;
  }

  #combine(
    table: (SetId | undefined)[][],
    one: SetId,
    other: SetId,
    operation: (a: number, b: number) => number,
  ): SetId {
    const row = table[one] ?? [];
    table[one] = row;
    const known = row[other];
    if (known !== undefined) return known;
    const [first, second] = [this.#sets[one], this.#sets[other]];
    const bits = new Uint32Array(this.#words);
    for (let word = 0; word < this.#words; word++) bits[word] = operation(first?.[word] ?? 0, second?.[word] ?? 0);
    const made = this.#intern(bits);
    row[other] = made;
    return made;
  }

  #intern(bits: Uint32Array): SetId {
    const key = bits.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#sets.length as SetId;
    this.#sets.push(bits);
    this.#ids.set(key, id);
    return id;
  }
}
