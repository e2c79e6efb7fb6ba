/** Chooses the addresses and prefixes of an interface: the ones asked for by name, then as many free ones as asked for. */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';
import { type Cidr, covers, formatCidr, type Ipv4Cidr, type Ipv6Cidr, lastAddress, overlaps } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import {
  type Avoid,
  freeIpv4,
  freeIpv4Prefix,
  freeIpv6,
  freeIpv6Prefix,
  holderOf,
  isOfSubnet,
  isPrefixFree,
  isReserved,
} from './free-addresses.ts';
import {
  type AskedBy,
  addressInUse,
  countUnsatisfied,
  outsideSubnet,
  reservedAddress,
  subnetFull,
} from './network-interface-faults.ts';
import type { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** Addresses and prefixes of one family that a call asks for, besides the primary address. */
export interface AddressAsk<A extends IpAddress> {
  readonly addresses: readonly A[];
  /** Undefined where the call does not say: the subnet decides (IPv6), or none. */
  readonly count: number | undefined;
  readonly prefixes: readonly Cidr<A>[];
  readonly prefixCount: number;
}

/** Nothing asked for. */
export const NO_ADDRESSES = { addresses: [], count: undefined, prefixes: [], prefixCount: 0 } as const;

/** What was chosen; in order of the request, chosen ones last. */
export interface Chosen<A extends IpAddress> {
  readonly addresses: readonly A[];
  readonly prefixes: readonly Cidr<A>[];
}

/** Where addresses are chosen, and for which call, which decides the sentences of faults. */
export interface Place {
  readonly tx: Transaction;
  readonly subnet: Subnet;
  readonly askedBy: AskedBy;
}

/**
 * Addresses and prefixes that nobody has.
 * @param primary 'none' where the interface has its primary address or gets none; undefined to choose one.
 * @throws Fault as the call words it: outside the subnet, reserved, in use, none left
 */
export function chooseIpv4(place: Place, primary: Ipv4 | 'none' | undefined, ask: AddressAsk<Ipv4>): Chosen<Ipv4> {
  const { tx, subnet } = place;
  const named = [...(typeof primary === 'number' ? [primary] : []), ...ask.addresses];
  checkAddresses(place, named);
  const prefixes = choosePrefixes<Ipv4>(place, named, ask, (avoid) => freeIpv4Prefix(tx, subnet, avoid));
  const addresses: Ipv4[] = [...named];
  const free = (): Ipv4 | undefined => freeIpv4(tx, subnet, avoiding(addresses, prefixes));
  if (primary === undefined) addresses.unshift(orThrow(free(), () => subnetFull(place.askedBy, subnet)));
  for (let i = 0; i < (ask.count ?? 0); i++) {
    addresses.push(orThrow(free(), () => countUnsatisfied(place.askedBy, 'addresses', subnet)));
  }
  return { addresses, prefixes };
}

/**
 * The same for IPv6, which has no primary address that must be.
 * @throws Fault also InvalidParameterValue where the subnet has no IPv6 block (the sentence is unconfirmed)
 */
export function chooseIpv6(place: Place, ask: AddressAsk<Ipv6>): Chosen<Ipv6> {
  const { tx, subnet } = place;
  const asksAny = ask.addresses.length + ask.prefixes.length + ask.prefixCount + (ask.count ?? 0) > 0;
  if (asksAny && subnet.ipv6CidrBlocks.length === 0) {
    throw new Fault('InvalidParameterValue', `The subnet '${subnet.id}' does not have an associated IPv6 CIDR block.`);
  }
  checkAddresses(place, ask.addresses);
  const prefixes = choosePrefixes<Ipv6>(place, ask.addresses, ask, (avoid) => freeIpv6Prefix(tx, subnet, avoid));
  const addresses: Ipv6[] = [...ask.addresses];
  for (let i = 0; i < (ask.count ?? 0); i++) {
    const free = freeIpv6(tx, subnet, avoiding(addresses, prefixes));
    addresses.push(orThrow(free, () => countUnsatisfied(place.askedBy, 'addresses', subnet)));
  }
  return { addresses, prefixes };
}

function checkAddresses({ tx, subnet, askedBy }: Place, addresses: readonly IpAddress[]): void {
  for (const [index, address] of addresses.entries()) {
    if (!isOfSubnet(subnet, address)) throw outsideSubnet(askedBy, address);
    if (isReserved(subnet, address)) throw reservedAddress();
    if (addresses.indexOf(address) !== index) throw addressInUse(askedBy, [address]);
  }
  const taken = addresses.filter((address) => holderOf(tx, subnet, address));
  if (taken.length > 0) throw addressInUse(askedBy, taken);
}

/** That a prefix in use answers like an address in use is unconfirmed. */
function choosePrefixes<A extends IpAddress>(
  { tx, subnet, askedBy }: Place,
  named: readonly A[],
  ask: AddressAsk<A>,
  free: (avoid: Avoid) => Cidr<A> | undefined,
): readonly Cidr<A>[] {
  const prefixes: Cidr<A>[] = [];
  for (const prefix of ask.prefixes) {
    checkPrefix(subnet, prefix);
    if (avoiding(named, prefixes)(prefix) || !isPrefixFree(tx, subnet, prefix)) {
      throw addressInUse(askedBy, [prefix.address]);
    }
    prefixes.push(prefix);
  }
  for (let i = 0; i < ask.prefixCount; i++) {
    prefixes.push(orThrow(free(avoiding(named, prefixes)), () => countUnsatisfied(askedBy, 'prefixes', subnet)));
  }
  return prefixes;
}

function checkPrefix(subnet: Subnet, prefix: Ipv4Cidr | Ipv6Cidr | Cidr): void {
  const blocks = [...(subnet.cidr ? [subnet.cidr] : []), ...subnet.ipv6CidrBlocks.map(({ cidr }) => cidr)];
  if (!blocks.some((block) => covers(block, prefix))) {
    throw new Fault(
      'InvalidParameterValue',
      `Prefix ${formatCidr(prefix)} does not fall within the subnet's address range`,
    );
  }
  if (isReserved(subnet, prefix.address) || isReserved(subnet, lastAddress(prefix))) {
    throw new Fault('InvalidParameterValue', `Prefix ${formatCidr(prefix)} is in subnet's reserved address range`);
  }
}

/** What the same call has chosen already. */
const avoiding =
  (addresses: readonly IpAddress[], prefixes: readonly Cidr[]): Avoid =>
  (candidate) =>
    prefixes.some((prefix) => overlaps(prefix, candidate)) ||
    addresses.some((address) => covers(candidate, { address, length: typeof address === 'number' ? 32 : 128 }));

function orThrow<T>(value: T | undefined, fault: () => Fault): T {
  if (value === undefined) throw fault();
  return value;
}
