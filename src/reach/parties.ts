/**
 * Who sends and who is sent to: addresses of interfaces, of the outside world and of the customer's site behind VPN
 * connections, put together to parties as far as nothing in the network tells them apart.
 */
import { type IpAddress, ipv4, isIpv4 } from '../net/address.ts';
import { type Cidr, cidrOf } from '../net/cidr.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Network } from '../pipeline/network.ts';
import type { OutsideEdge } from '../pipeline/passage.ts';
import type { SecurityGroup } from '../pipeline/security-group.ts';
import type { AddressAtoms } from './address-atoms.ts';
import type { IpVersion } from './traffic-cells.ts';

/** Groups that apply together; one object for each combination. */
export interface GroupList {
  readonly groups: readonly SecurityGroup[];
}

/** Addresses of one interface, of the outside world or of the customer's site, that are alike. */
export interface Member {
  /** Undefined outside of the VPCs. */
  readonly holder: Interface | undefined;
  /** Undefined of an interface. */
  readonly edge: OutsideEdge | undefined;
  /** Outside, the block of an atom; smaller ones in it are members of their own. */
  readonly block: Cidr;
}

/** Members that nothing tells apart. `address`, of the first member, stands for all of theirs. */
export interface Party {
  readonly version: IpVersion;
  readonly holder: Interface | undefined;
  readonly edge: OutsideEdge | undefined;
  readonly address: IpAddress;
  /** The atom of all blocks in which it lies. */
  readonly atom: number;
  /** The public address that stands for a private one outside, and its atom. */
  readonly publicAddress: IpAddress | undefined;
  readonly publicAtom: number;
  /** A number for what ways depend on; equal for parties that take the same ones. */
  readonly place: number;
  /** A number for what ways depend on but for the subnet: whether two parties are in the same one decides besides. */
  readonly zone: number;
  readonly groups: GroupList | undefined;
  readonly members: Member[];
}

/** What parties are made from. */
export interface PartySource {
  readonly network: Network;
  readonly interfaces: readonly Interface[];
  /** By all blocks, and by those alone on which ways depend. */
  readonly atoms: AddressAtoms;
  readonly wayAtoms: AddressAtoms;
  /** Interfaces that routes lead to, and subnets that have one of those or a gateway's: ways go by them. */
  readonly named: ReadonlySet<string>;
  /** Atoms of the outside world, and of the customer's site. */
  readonly outside: Readonly<Record<OutsideEdge, ReadonlySet<number>>>;
  readonly groupLists: Map<string, GroupList>;
  /** Numbers of places, by what ways depend on. */
  readonly places: Map<string, number>;
  readonly zones: Map<string, number>;
  /** Which of those who send, and of those who are sent to, are asked about. */
  readonly isSender: (member: Member) => boolean;
  readonly isReceiver: (member: Member) => boolean;
}

/** Those who send: guests by their own addresses, the outside world, and the site. */
export function sendersOf(source: PartySource): readonly Party[] {
  const parties = new Map<string, Party>();
  for (const holder of source.interfaces)
    if (holder.row.owner.kind === 'instance')
      for (const block of ownBlocks(holder)) addBlock(parties, source, holder, block);
  addOutside(parties, source);
  return only(parties, source.isSender);
}

/** Those who are sent to: interfaces by their own and their public addresses, the outside world, and the site. */
export function receiversOf(source: PartySource): readonly Party[] {
  const parties = new Map<string, Party>();
  for (const holder of source.interfaces) {
    for (const block of ownBlocks(holder)) addBlock(parties, source, holder, block);
    for (const mapping of holder.row.publicAddresses) addPublic(parties, source, holder, mapping);
  }
  addOutside(parties, source);
  return only(parties, source.isReceiver);
}

/** The parties as far as their members are asked about. */
function only(parties: ReadonlyMap<string, Party>, isWanted: (member: Member) => boolean): readonly Party[] {
  return [...parties.values()].flatMap((party) => {
    const members = party.members.filter(isWanted);
    const [first] = members;
    if (!first) return [];
    return [{ ...asMember(party, first), members }];
  });
}

/** The interface that all members are of; undefined where they are of several, or outside. */
export function soleHolder({ holder, members }: Party): Interface | undefined {
  return members.every((member) => member.holder === holder) ? holder : undefined;
}

/** A party of one of the members, for questions in which two interfaces have to be different ones. */
export function asMember(party: Party, member: Member): Party {
  const { holder, block } = member;
  if (!holder || holder === party.holder) return party;
  const publicAddress = party.publicAddress === undefined ? undefined : holder.publicAddressOf(block.address);
  return { ...party, holder, address: block.address, publicAddress };
}

/** Whether two parties are one interface, or both the outside world or the site: a question needs two. */
export const isSameEnd = (one: Pick<Party, 'holder' | 'edge'>, other: Pick<Party, 'holder' | 'edge'>): boolean =>
  one.holder === other.holder && one.edge === other.edge;

function ownBlocks({ row }: Interface): readonly Cidr[] {
  return [
    ...row.ipv4Addresses.map((address) => cidrOf(address, 32)),
    ...row.ipv6Addresses.map((address) => cidrOf(address, 128)),
    ...row.ipv4Prefixes,
    ...row.ipv6Prefixes,
  ];
}

function addBlock(parties: Map<string, Party>, source: PartySource, holder: Interface, block: Cidr): void {
  const { atoms, wayAtoms } = source;
  for (const atom of atoms.within(block))
    for (const region of atoms.regionOf(atom, block)) {
      const publicAddress = holder.publicAddressOf(region.address);
      const wayAtom = publicAddress === undefined ? '' : wayAtoms.atomOf(publicAddress);
      const zone = `${zoneOf(source, holder, region.address)} ${wayAtom}`;
      addMember(
        parties,
        source,
        { holder, edge: undefined, block: region },
        { address: region.address, atom, publicAddress, zone },
      );
    }
}

function addPublic(
  parties: Map<string, Party>,
  source: PartySource,
  holder: Interface,
  { publicAddress, privateAddress }: Interface['row']['publicAddresses'][number],
): void {
  const atom = source.atoms.atomOf(publicAddress);
  const zone = `${zoneOf(source, holder, privateAddress)} by ${source.wayAtoms.atomOf(publicAddress)}`;
  const member = { holder, edge: undefined, block: cidrOf(publicAddress, 32) };
  addMember(parties, source, member, { address: publicAddress, atom, publicAddress: undefined, zone });
}

/** What of an interface, and of an address of it, decides which way packets take. */
function zoneOf({ named, wayAtoms }: PartySource, holder: Interface, address: IpAddress): string {
  const { id, owner, vpcId, subnetId, sourceDestCheck, isPassthrough } = holder.row;
  const { networkAclId, routeTableId, zoneId, internetGatewayBlockMode } = holder.subnet.row ?? {};
  const alike = `${networkAclId} ${routeTableId} ${zoneId} ${internetGatewayBlockMode}`;
  // No packet comes there or leaves from there by the network.
  if (isPassthrough) return `passthrough ${id}`;
  const subnet = named.has(subnetId) ? subnetId : alike;
  return [vpcId, subnet, owner.kind, sourceDestCheck, named.has(id) ? id : '', wayAtoms.atomOf(address)].join(' ');
}

function addOutside(parties: Map<string, Party>, source: PartySource): void {
  const { atoms, wayAtoms, outside, network, interfaces } = source;
  const add = (edge: OutsideEdge, atom: number, address: IpAddress | undefined): void => {
    if (address === undefined) return;
    const member = { holder: undefined, edge, block: atoms.blockOf(atom) };
    const zone = `${edge} ${wayAtoms.atomOf(address)}`;
    addMember(parties, source, member, { address, atom, publicAddress: undefined, zone });
  };
  const isPublic = (address: IpAddress): boolean =>
    (isIpv4(address) ? network.publicMapping(address) : network.publicIpv6Holder(address)) !== undefined;
  for (const atom of outside.internet) add('internet', atom, freeAddress(isPublic, atoms.regionOf(atom)));
  if (outside.site.size === 0) return;
  // Where an interface and the site have the same addresses, those of the site count that no interface has.
  const own = new Set(interfaces.flatMap(ownBlocks).flatMap(addressesIn));
  const isHeld = (address: IpAddress): boolean => own.has(address) || isPublic(address);
  for (const atom of outside.site) add('site', atom, freeAddress(isHeld, atoms.regionOf(atom)));
}

/** The addresses of a block of IPv4, which is an interface's: one, or sixteen. */
const addressesIn = ({ address, length }: Cidr): readonly IpAddress[] =>
  isIpv4(address) ? Array.from({ length: 2 ** (32 - length) }, (_, index) => ipv4(address + index)) : [];

/** An address that nobody here has; undefined where all are taken. */
function freeAddress(isTaken: (address: IpAddress) => boolean, regions: readonly Cidr[]): IpAddress | undefined {
  for (const { address, length } of regions) {
    if (isIpv4(address)) {
      const end = address + 2 ** (32 - length);
      for (let one = address; one < end; one++) if (!isTaken(one)) return one;
    } else {
      const end = address + (1n << BigInt(128 - length));
      for (let one = address; one < end; one++) if (!isTaken(one)) return one;
    }
  }
  return undefined;
}

function addMember(
  parties: Map<string, Party>,
  { atoms, groupLists, places, zones }: PartySource,
  member: Member,
  { zone: text, ...of }: Pick<Party, 'address' | 'atom' | 'publicAddress'> & { readonly zone: string },
): void {
  const { holder, edge } = member;
  const zone = numberOf(zones, text);
  const place = numberOf(places, `${text} in ${holder?.row.subnetId}`);
  const publicAtom = of.publicAddress === undefined ? -1 : atoms.atomOf(of.publicAddress);
  const groupIds = holder ? [...holder.row.securityGroupIds].sort().join() : '';
  const key = `${place} ${of.atom} ${publicAtom} ${groupIds}`;
  const known = parties.get(key);
  if (known) {
    known.members.push(member);
    return;
  }
  const groups = holder && (groupLists.get(groupIds) ?? { groups: holder.groups });
  if (groups) groupLists.set(groupIds, groups);
  const version = isIpv4(of.address) ? 4 : 6;
  parties.set(key, { ...of, place, zone, publicAtom, holder, edge, groups, version, members: [member] });
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text) ?? numbers.size;
  numbers.set(text, known);
  return known;
}
