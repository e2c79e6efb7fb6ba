/** Addresses of network interfaces: assign and unassign, of both families. */
import { Fault } from '../../model/fault.ts';
import { assignIpv4, assignIpv6, unassignIpv4, unassignIpv6 } from '../../model/network-interface-addresses.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { formatIpv4, formatIpv6 } from '../../net/address.ts';
import { formatCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import {
  ipv4Ask,
  ipv6Ask,
  requestedIpv4,
  requestedIpv4Prefix,
  requestedIpv6,
  requestedIpv6Prefix,
} from './address-parameters.ts';

/** The sentence is unconfirmed. */
function refuseEmpty(given: readonly unknown[], parameters: string): void {
  if (given.some((value) => value !== undefined)) return;
  throw new Fault('MissingParameter', `Either ${parameters} must be specified.`);
}

/** AssignPrivateIpAddresses. */
export const AssignPrivateIpAddresses = action('AssignPrivateIpAddresses', (request, tx) => {
  const { PrivateIpAddresses, SecondaryPrivateIpAddressCount, Ipv4Prefixes, Ipv4PrefixCount } = request;
  refuseEmpty(
    [PrivateIpAddresses, SecondaryPrivateIpAddressCount, Ipv4Prefixes, Ipv4PrefixCount],
    'privateIpAddresses, secondaryPrivateIpAddressCount, ipv4Prefixes or ipv4PrefixCount',
  );
  const ask = ipv4Ask({
    addresses: PrivateIpAddresses,
    count: SecondaryPrivateIpAddressCount,
    prefixes: Ipv4Prefixes,
    prefixCount: Ipv4PrefixCount,
  });
  const networkInterface = tx.get(NetworkInterface, request.NetworkInterfaceId);
  const { addresses, prefixes } = assignIpv4(tx, networkInterface, ask, request.AllowReassignment ?? false);
  return {
    NetworkInterfaceId: networkInterface.id,
    AssignedPrivateIpAddresses: addresses.map((address) => ({ PrivateIpAddress: formatIpv4(address) })),
    AssignedIpv4Prefixes: prefixes.map((prefix) => ({ Ipv4Prefix: formatCidr(prefix) })),
  };
});

/** UnassignPrivateIpAddresses. */
export const UnassignPrivateIpAddresses = action('UnassignPrivateIpAddresses', (request, tx) => {
  refuseEmpty([request.PrivateIpAddresses, request.Ipv4Prefixes], 'privateIpAddresses or ipv4Prefixes');
  const addresses = (request.PrivateIpAddresses ?? []).map(requestedIpv4);
  const prefixes = (request.Ipv4Prefixes ?? []).map(requestedIpv4Prefix);
  unassignIpv4(tx, tx.get(NetworkInterface, request.NetworkInterfaceId), addresses, prefixes);
});

/** AssignIpv6Addresses. */
export const AssignIpv6Addresses = action('AssignIpv6Addresses', (request, tx) => {
  const { Ipv6Addresses, Ipv6AddressCount, Ipv6Prefixes, Ipv6PrefixCount } = request;
  refuseEmpty(
    [Ipv6Addresses, Ipv6AddressCount, Ipv6Prefixes, Ipv6PrefixCount],
    'ipv6Addresses, ipv6AddressCount, ipv6Prefixes or ipv6PrefixCount',
  );
  const ask = ipv6Ask({
    addresses: Ipv6Addresses,
    count: Ipv6AddressCount,
    prefixes: Ipv6Prefixes,
    prefixCount: Ipv6PrefixCount,
  });
  const networkInterface = tx.get(NetworkInterface, request.NetworkInterfaceId);
  const { addresses, prefixes } = assignIpv6(tx, networkInterface, ask);
  return {
    NetworkInterfaceId: networkInterface.id,
    AssignedIpv6Addresses: addresses.map(formatIpv6),
    AssignedIpv6Prefixes: prefixes.map(formatCidr),
  };
});

/** UnassignIpv6Addresses. */
export const UnassignIpv6Addresses = action('UnassignIpv6Addresses', (request, tx) => {
  refuseEmpty([request.Ipv6Addresses, request.Ipv6Prefixes], 'ipv6Addresses or ipv6Prefixes');
  const addresses = (request.Ipv6Addresses ?? []).map(requestedIpv6);
  const prefixes = (request.Ipv6Prefixes ?? []).map(requestedIpv6Prefix);
  const networkInterface = tx.get(NetworkInterface, request.NetworkInterfaceId);
  unassignIpv6(tx, networkInterface, addresses, prefixes);
  return {
    NetworkInterfaceId: networkInterface.id,
    UnassignedIpv6Addresses: addresses.map(formatIpv6),
    UnassignedIpv6Prefixes: prefixes.map(formatCidr),
  };
});

export const networkInterfaceAddressActions = [
  AssignPrivateIpAddresses,
  UnassignPrivateIpAddresses,
  AssignIpv6Addresses,
  UnassignIpv6Addresses,
] as const;
