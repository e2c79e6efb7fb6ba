/**
 * Which addresses stand for all that lie beyond a gateway: those of interfaces, and those that nobody has.
 *
 * Rules, entries and routes tell addresses apart by the blocks that they name, and rules besides by the groups that they
 * name. So of all addresses in the same blocks whose interfaces are in the same of these groups one is asked for all.
 */
import type { NetworkInterface } from '../../model/resources/network-interface.ts';
import { type Ipv4, ipv4 } from '../../net/address.ts';
import { type Cidr, cidrOf, type Ipv4Cidr, isIpv4Cidr } from '../../net/cidr.ts';
import { AddressAtoms } from '../../reach/address-atoms.ts';
import { cutsOf } from '../../reach/network-cuts.ts';
import type { TableRow } from '../../tables/tables.ts';

/** What lies beyond a gateway. */
export interface Beyond {
  /** Interfaces there; their addresses are asked before all others. */
  readonly interfaces: readonly Pick<NetworkInterface, 'id' | 'ipv4Addresses' | 'ipv4Prefixes' | 'securityGroupIds'>[];
  /** Addresses that are all asked, each for itself. */
  readonly addresses: readonly Ipv4[];
  /** Everything that lies there; the rest of it is asked at last. */
  readonly blocks: readonly Ipv4Cidr[];
}

export const NOTHING_BEYOND: Beyond = { interfaces: [], addresses: [], blocks: [] };

/** Several as one. */
export const allBeyond = (parts: readonly Beyond[]): Beyond => ({
  interfaces: parts.flatMap(({ interfaces }) => interfaces),
  addresses: parts.flatMap(({ addresses }) => addresses),
  blocks: parts.flatMap(({ blocks }) => blocks),
});

/** Blocks of which the first host is asked before the others. */
export const blocksBeyond = (blocks: readonly Cidr[]): Beyond => {
  const ofIpv4 = blocks.filter(isIpv4Cidr);
  return { interfaces: [], addresses: ofIpv4.map(hostIn), blocks: ofIpv4 };
};

/** The first four addresses of a subnet are AWS's. */
const FIRST_HOST = 4;
const hostIn = ({ address, length }: Ipv4Cidr): Ipv4 => (length > 29 ? address : ipv4(address + FIRST_HOST));

/** One address for a question that takes one alone. */
export const firstBeyond = ({ interfaces, addresses }: Beyond): Ipv4 | undefined =>
  addresses[0] ?? interfaces.flatMap(({ ipv4Addresses }) => ipv4Addresses)[0];

/** Tells addresses apart as some tables do. */
export class AddressClasses {
  readonly #rows: () => readonly TableRow[];
  #cuts: Cuts | undefined;

  /** `rows`: of the tables; they are read when they are first needed. */
  constructor(rows: () => readonly TableRow[]) {
    this.#rows = rows;
  }

  /** One address of each class, in the order in which they are to be asked. */
  representatives({ interfaces, addresses, blocks }: Beyond): readonly Ipv4[] {
    const { atoms, namedGroups, present } = this.#known();
    const found = new Map<string, Ipv4>();
    const add = (address: Ipv4, groups: string): void => {
      const key = `${atoms.atomOf(address)} ${groups}`;
      if (!found.has(key)) found.set(key, address);
    };
    for (const { id, ipv4Addresses, ipv4Prefixes, securityGroupIds } of interfaces) {
      // Of one that belongs to nobody yet packets know nothing: its addresses are nobody's.
      if (!present.has(id)) continue;
      const groups = securityGroupIds
        .filter((id) => namedGroups.has(id))
        .sort()
        .join();
      for (const block of [...ipv4Addresses.map((address) => cidrOf(address, 32)), ...ipv4Prefixes])
        for (const { address } of this.#regionsOf(block)) add(address, groups);
    }
    for (const address of addresses) add(address, '');
    for (const block of blocks) for (const region of this.#regionsOf(block)) add(hostIn(region), '');
    return [...new Set([...found.values(), ...addresses])];
  }

  /** For each atom of a block a part of the block that is of it alone. */
  #regionsOf(block: Ipv4Cidr): readonly Ipv4Cidr[] {
    const { atoms } = this.#known();
    return atoms.within(block).flatMap((atom) => atoms.regionOf(atom, block).filter(isIpv4Cidr).slice(0, 1));
  }

  #known(): Cuts {
    this.#cuts ??= cutsIn(this.#rows());
    return this.#cuts;
  }
}

interface Cuts {
  readonly atoms: AddressAtoms;
  /** Groups that rules name. */
  readonly namedGroups: ReadonlySet<string>;
  /** Interfaces that packets can meet. */
  readonly present: ReadonlySet<string>;
}

function cutsIn(rows: readonly TableRow[]): Cuts {
  // Of subnets only the addresses are told apart that are AWS's own, from which nobody sends.
  const { ways, rules } = cutsOf(rows.filter(({ kind }) => kind !== 'subnet'));
  const namedGroups = new Set<string>();
  const present = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'interface') present.add(row.id);
    if (row.kind !== 'security-group') continue;
    for (const { peer } of [...row.ingress, ...row.egress])
      if (peer.kind === 'security-group') namedGroups.add(peer.id);
  }
  return { atoms: new AddressAtoms([...ways, ...rules]), namedGroups, present };
}
