/** Assigning addresses and prefixes to an interface that exists, and taking them away. All of a call, or nothing. */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';
import { type Cidr, contains, equalCidrs } from '../net/cidr.ts';
import { disassociate } from './elastic-ip-association.ts';
import { Fault } from './fault.ts';
import { holderOf } from './free-addresses.ts';
import { refreshGuest } from './guest-refresh.ts';
import { elasticIpsOn, setAssociation } from './interface-elastic-ips.ts';
import { type AddressAsk, type Chosen, chooseIpv4, chooseIpv6 } from './network-interface-choice.ts';
import { addressInUse, requesterManaged } from './network-interface-faults.ts';
import { checkAddressRoom, typeBehind, type Usage, usageOf } from './network-interface-limits.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/**
 * AssignPrivateIpAddresses: what was newly assigned. With `allowReassignment` secondary addresses of other interfaces of
 * the subnet move here, and their Elastic IPs with them.
 * @throws Fault PrivateIpAddressLimitExceeded, and those of addresses
 */
export function assignIpv4(
  tx: Transaction,
  networkInterface: NetworkInterface,
  ask: AddressAsk<Ipv4>,
  allowReassignment: boolean,
): Chosen<Ipv4> {
  refuseManaged(networkInterface);
  const subnet = tx.get(Subnet, networkInterface.subnetId);
  checkAddressRoom(typeBehind(tx, networkInterface), withIpv4(networkInterface, ask), 'AssignPrivateIpAddresses');
  const moved = allowReassignment ? takeOver(tx, networkInterface, subnet, ask.addresses) : [];
  // With reassignment allowed, an address that is here already is no error (unconfirmed).
  const settled = allowReassignment ? [...moved, ...networkInterface.ipv4Addresses.slice(1)] : [];
  const open = { ...ask, addresses: ask.addresses.filter((address) => !settled.includes(address)) };
  const chosen = chooseIpv4({ tx, subnet, askedBy: 'AssignPrivateIpAddresses' }, 'none', open);
  const addresses = [...moved, ...chosen.addresses];
  const updated = tx.update(NetworkInterface, networkInterface.id, {
    ipv4Addresses: [...networkInterface.ipv4Addresses, ...addresses],
    ipv4Prefixes: [...networkInterface.ipv4Prefixes, ...chosen.prefixes],
  });
  refreshGuest(tx, updated);
  return { addresses, prefixes: chosen.prefixes };
}

/** Takes secondary addresses away from the interfaces that have them; primary ones and prefixes stay where they are. */
function takeOver(tx: Transaction, to: NetworkInterface, subnet: Subnet, addresses: readonly Ipv4[]): readonly Ipv4[] {
  const moved = new Set<Ipv4>();
  for (const address of addresses) {
    const holder = holderOf(tx, subnet, address);
    if (!holder || holder.id === to.id) continue;
    if (holder.ipv4Addresses.indexOf(address) < 1 || holder.requesterManaged) {
      throw addressInUse('AssignPrivateIpAddresses', [address]);
    }
    moved.add(address);
    const left = holder.ipv4Addresses.filter((other) => other !== address);
    refreshGuest(tx, tx.update(NetworkInterface, holder.id, { ipv4Addresses: left }));
    moveElasticIp(tx, holder, to, address);
  }
  return [...moved];
}

/** The association goes with the private address and keeps its id, another account's as well (unconfirmed). */
function moveElasticIp(tx: Transaction, from: NetworkInterface, to: NetworkInterface, address: Ipv4): void {
  for (const { row, owner } of elasticIpsOn(tx, from.id)) {
    if (row.association?.privateIpAddress !== address) continue;
    setAssociation(owner, row, { ...row.association, networkInterfaceId: to.id });
  }
}

/**
 * UnassignPrivateIpAddresses; Elastic IPs on what goes are disassociated.
 * @throws Fault InvalidParameterValue for the primary address and for what the interface does not have
 */
export function unassignIpv4(
  tx: Transaction,
  networkInterface: NetworkInterface,
  addresses: readonly Ipv4[],
  prefixes: readonly Cidr<Ipv4>[],
): void {
  refuseManaged(networkInterface);
  const { id, ipv4Addresses, ipv4Prefixes } = networkInterface;
  const [primary] = ipv4Addresses;
  if (primary !== undefined && addresses.includes(primary)) {
    // That it is refused is documented, the sentence is unconfirmed.
    const message = 'The primary IP address of a network interface cannot be unassigned.';
    throw new Fault('InvalidParameterValue', message);
  }
  refuseMissing(networkInterface, addresses, prefixes, ipv4Addresses, ipv4Prefixes);
  const updated = tx.update(NetworkInterface, id, {
    ipv4Addresses: ipv4Addresses.filter((address) => !addresses.includes(address)),
    ipv4Prefixes: ipv4Prefixes.filter((prefix) => !prefixes.some((gone) => equalCidrs(gone, prefix))),
  });
  for (const { row, owner } of elasticIpsOn(tx, id)) {
    if (row.association && !has(updated, row.association.privateIpAddress)) disassociate(owner, row);
  }
  refreshGuest(tx, updated);
}

const has = ({ ipv4Addresses, ipv4Prefixes }: NetworkInterface, address: Ipv4): boolean =>
  ipv4Addresses.includes(address) || ipv4Prefixes.some((prefix) => contains(prefix, address));

/** AssignIpv6Addresses: what was newly assigned. @throws Fault PrivateIpAddressLimitExceeded, and those of addresses */
export function assignIpv6(tx: Transaction, networkInterface: NetworkInterface, ask: AddressAsk<Ipv6>): Chosen<Ipv6> {
  refuseManaged(networkInterface);
  const subnet = tx.get(Subnet, networkInterface.subnetId);
  checkAddressRoom(typeBehind(tx, networkInterface), withIpv6(networkInterface, ask), 'AssignIpv6Addresses');
  const chosen = chooseIpv6({ tx, subnet, askedBy: 'AssignIpv6Addresses' }, ask);
  const updated = tx.update(NetworkInterface, networkInterface.id, {
    ipv6Addresses: [...networkInterface.ipv6Addresses, ...chosen.addresses],
    ipv6Prefixes: [...networkInterface.ipv6Prefixes, ...chosen.prefixes],
  });
  refreshGuest(tx, updated);
  return chosen;
}

/** UnassignIpv6Addresses. @throws Fault InvalidParameterValue for a primary address and for what is not there */
export function unassignIpv6(
  tx: Transaction,
  networkInterface: NetworkInterface,
  addresses: readonly Ipv6[],
  prefixes: readonly Cidr<Ipv6>[],
): void {
  refuseManaged(networkInterface);
  const { id, ipv6Addresses, ipv6Prefixes, primaryIpv6 } = networkInterface;
  const [primary] = ipv6Addresses;
  if (primaryIpv6 && primary !== undefined && addresses.includes(primary)) {
    // That it is refused is documented, the sentence is unconfirmed.
    throw new Fault('InvalidParameterValue', 'The primary IPv6 address of a network interface cannot be unassigned.');
  }
  refuseMissing(networkInterface, addresses, prefixes, ipv6Addresses, ipv6Prefixes);
  const updated = tx.update(NetworkInterface, id, {
    ipv6Addresses: ipv6Addresses.filter((address) => !addresses.includes(address)),
    ipv6Prefixes: ipv6Prefixes.filter((prefix) => !prefixes.some((gone) => equalCidrs(gone, prefix))),
  });
  refreshGuest(tx, updated);
}

/** The sentence is second-hand; several projects match on it. */
function refuseMissing<A extends IpAddress>(
  { id }: NetworkInterface,
  addresses: readonly A[],
  prefixes: readonly Cidr<A>[],
  heldAddresses: readonly A[],
  heldPrefixes: readonly Cidr<A>[],
): void {
  const missing =
    addresses.some((address) => !heldAddresses.includes(address)) ||
    prefixes.some((prefix) => !heldPrefixes.some((held) => equalCidrs(held, prefix)));
  if (!missing) return;
  const message = `Some of the specified addresses are not assigned to interface ${id}`;
  throw new Fault('InvalidParameterValue', message);
}

function refuseManaged(networkInterface: NetworkInterface): void {
  if (networkInterface.requesterManaged) throw requesterManaged();
}

const withIpv4 = (networkInterface: NetworkInterface, ask: AddressAsk<Ipv4>): Usage => {
  const usage = usageOf(networkInterface);
  const { addresses, count = 0, prefixes, prefixCount } = ask;
  const ipv4 = usage.ipv4 + addresses.length + count;
  return { ...usage, ipv4, ipv4Prefixes: usage.ipv4Prefixes + prefixes.length + prefixCount };
};

const withIpv6 = (networkInterface: NetworkInterface, ask: AddressAsk<Ipv6>): Usage => {
  const usage = usageOf(networkInterface);
  const { addresses, count = 0, prefixes, prefixCount } = ask;
  const ipv6 = usage.ipv6 + addresses.length + count;
  return { ...usage, ipv6, ipv6Prefixes: usage.ipv6Prefixes + prefixes.length + prefixCount };
};
