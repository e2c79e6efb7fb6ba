/**
 * The address spaces cut into atoms, such that no block of a network tells two addresses of one atom apart.
 *
 * Blocks lie in each other or apart, so the blocks that hold an address are all known by the smallest of them: an atom
 * is a block without the smaller ones in it. There are no more atoms than blocks, and one is found as a route is.
 */
import { type IpAddress, isIpv4 } from '../net/address.ts';
import { ANY_IPV4, ANY_IPV6, type Cidr, cidrOf, contains, covers, formatCidr, lastAddress } from '../net/cidr.ts';

/** A block, and what lies directly in it. */
interface Atom {
  readonly block: Cidr;
  readonly parent: number;
  readonly children: number[];
}

/** The atoms that some blocks make of both address spaces. */
export class AddressAtoms {
  readonly #atoms: Atom[] = [];
  /** Atom by first address, for each length; longest first. */
  readonly #ipv4: (readonly [number, Map<IpAddress, number>])[] = [];
  readonly #ipv6: (readonly [number, Map<IpAddress, number>])[] = [];

  constructor(blocks: Iterable<Cidr>) {
    const distinct = new Map<string, Cidr>();
    for (const block of [ANY_IPV4, ANY_IPV6, ...blocks]) {
      const canonical = cidrOf<IpAddress>(block.address, block.length);
      distinct.set(`${canonical.address}/${canonical.length}/${typeof canonical.address}`, canonical);
    }
    const open: number[] = [];
    for (const block of [...distinct.values()].sort(outerFirst)) this.#add(block, open);
    for (const lengths of [this.#ipv4, this.#ipv6]) lengths.sort(([one], [other]) => other - one);
  }

  /** Number of atoms; they are numbered from 0. */
  get count(): number {
    return this.#atoms.length;
  }

  /** The atom of an address. */
  atomOf(address: IpAddress): number {
    for (const [length, atoms] of isIpv4(address) ? this.#ipv4 : this.#ipv6) {
      const atom = atoms.get(prefixOf(address, length));
      if (atom !== undefined) return atom;
    }
    throw new Error('the address lies in no atom, not even in that of everything');
  }

  /** The block of an atom, smaller ones included. */
  blockOf(atom: number): Cidr {
    return this.#atom(atom).block;
  }

  /** The atom whose block is the smallest around this one's. -1: there is none. */
  parentOf(atom: number): number {
    return this.#atom(atom).parent;
  }

  /** The addresses of an atom, within a block, as blocks. */
  regionOf(atom: number, within: Cidr = this.blockOf(atom)): readonly Cidr[] {
    const { block, children } = this.#atom(atom);
    const outer = covers(block, within) ? within : block;
    const holes = children.map((child) => this.blockOf(child));
    return contains(block, outer.address) ? without(outer, holes) : [];
  }

  /** The atoms that have addresses in a block. */
  within(block: Cidr): readonly number[] {
    const smallest = this.atomOf(block.address);
    let around = smallest;
    while (!covers(this.blockOf(around), block)) around = this.parentOf(around);
    return [around, ...this.#inside(around, block)];
  }

  #inside(atom: number, block: Cidr): readonly number[] {
    const children = this.#atom(atom).children.filter((child) => covers(block, this.blockOf(child)));
    return children.flatMap((child) => [child, ...this.#inside(child, block)]);
  }

  #add(block: Cidr, open: number[]): void {
    const atom = this.#atoms.length;
    while (open.length > 0 && !covers(this.blockOf(open.at(-1) ?? 0), block)) open.pop();
    const parent = open.at(-1) ?? -1;
    this.#atoms.push({ block, parent, children: [] });
    this.#atoms[parent]?.children.push(atom);
    open.push(atom);
    const lengths = isIpv4(block.address) ? this.#ipv4 : this.#ipv6;
    const atoms = lengths.find(([length]) => length === block.length)?.[1] ?? new Map<IpAddress, number>();
    if (atoms.size === 0) lengths.push([block.length, atoms]);
    atoms.set(prefixOf(block.address, block.length), atom);
  }

  #atom(atom: number): Atom {
    const found = this.#atoms[atom];
    if (!found) throw new Error(`there is no atom ${atom}`);
    return found;
  }
}

/** IPv4 before IPv6, then by first address, and a block before what lies in it. */
function outerFirst(one: Cidr, other: Cidr): number {
  const families = Number(typeof one.address === 'bigint') - Number(typeof other.address === 'bigint');
  if (families !== 0) return families;
  if (one.address === other.address) return one.length - other.length;
  return one.address < other.address ? -1 : 1;
}

/** The bits that tell blocks of this length apart: small for IPv6 too, whose low half is often zero. */
function prefixOf(address: IpAddress, length: number): IpAddress {
  if (isIpv4(address)) return cidrOf(address, length).address;
  return (address >> BigInt(128 - length)) as IpAddress;
}

/** A block without others that lie in it, as blocks. */
function without(block: Cidr, holes: readonly Cidr[]): readonly Cidr[] {
  const inside = holes.filter((hole) => covers(block, hole) || covers(hole, block));
  if (inside.length === 0) return [block];
  if (inside.some((hole) => covers(hole, block))) return [];
  return halvesOf(block).flatMap((half) => without(half, inside));
}

function halvesOf({ address, length }: Cidr): readonly Cidr[] {
  const lower = cidrOf<IpAddress>(address, length + 1);
  const last = lastAddress(lower);
  const upper = (isIpv4(last) ? last + 1 : last + 1n) as IpAddress;
  return [lower, cidrOf<IpAddress>(upper, length + 1)];
}

/** Sorted text of a set of atoms: their outermost blocks, and what is left out of them. `among`: atoms that count. */
export function atomsText(atoms: AddressAtoms, chosen: ReadonlySet<number>, among: ReadonlySet<number>): string {
  const outer = [...chosen].filter((atom) => !chosen.has(nextAmong(atoms, atom, among)));
  const holes = [...among].filter((atom) => !chosen.has(atom) && chosen.has(nextAmong(atoms, atom, among)));
  const text = (list: readonly number[]): string => list.map((atom) => formatCidr(atoms.blockOf(atom))).join(', ');
  return holes.length === 0 ? text(outer) : `${text(outer)} except ${text(holes)}`;
}

function nextAmong(atoms: AddressAtoms, atom: number, among: ReadonlySet<number>): number {
  let parent = atoms.parentOf(atom);
  while (parent >= 0 && !among.has(parent)) parent = atoms.parentOf(parent);
  return parent;
}
