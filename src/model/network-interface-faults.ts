/** Sentences about addresses that EC2 words differently in each call, in one place. */
import { formatAddress, type IpAddress } from '../net/address.ts';
import { Fault } from './fault.ts';
import type { Subnet } from './resources/subnet.ts';

/** The call that asks for addresses. */
export type AskedBy = 'CreateNetworkInterface' | 'RunInstances' | 'AssignPrivateIpAddresses' | 'AssignIpv6Addresses';

/** The address lies outside of the subnet's blocks. */
export function outsideSubnet(askedBy: AskedBy, address: IpAddress): Fault {
  const subject = askedBy === 'RunInstances' ? `Address ${formatAddress(address)}` : 'Address';
  return new Fault('InvalidParameterValue', `${subject} does not fall within the subnet's address range`);
}

/** One of the first four addresses of a block, or its last. */
export const reservedAddress = (): Fault =>
  new Fault('InvalidParameterValue', "Address is in subnet's reserved address range");

/** Somebody has the address. Of AssignIpv6Addresses code and sentence are unconfirmed. */
export function addressInUse(askedBy: AskedBy, addresses: readonly IpAddress[]): Fault {
  const texts = addresses.map(formatAddress);
  switch (askedBy) {
    case 'CreateNetworkInterface':
      return new Fault('InvalidIPAddress.InUse', 'The specified address is already in use.');
    case 'AssignPrivateIpAddresses':
      return new Fault('InvalidParameterValue', `[${texts.join(', ')}] assigned, but move is not allowed.`);
    default:
      return new Fault('InvalidIPAddress.InUse', { address: texts.join(', ') });
  }
}

/** No address is left that EC2 could choose. */
export function subnetFull(askedBy: AskedBy, subnet: Subnet): Fault {
  if (askedBy !== 'RunInstances') return new Fault('InsufficientFreeAddressesInSubnet');
  return new Fault(
    'InsufficientFreeAddressesInSubnet',
    `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
  );
}

/** Too few addresses or prefixes for a count. */
export function countUnsatisfied(askedBy: AskedBy, what: 'addresses' | 'prefixes', subnet: Subnet): Fault {
  if (askedBy === 'CreateNetworkInterface') {
    return new Fault('InvalidParameterValue', "There aren't sufficient free Ipv4 addresses or prefixes");
  }
  return what === 'prefixes' ? new Fault('InsufficientCidrBlocks') : subnetFull(askedBy, subnet);
}

/** A group of another VPC. */
export const groupOfOtherVpc = (groupId: string, subnetId: string): Fault =>
  new Fault('InvalidParameter', `Security group ${groupId} and subnet ${subnetId} belong to different networks.`);

/** More addresses of a family than the instance type has room for on one interface. */
export const tooManyAddresses = (askedBy: AskedBy): Fault =>
  askedBy === 'RunInstances'
    ? new Fault('InvalidInterface.IpAddressLimitExceeded')
    : new Fault('PrivateIpAddressLimitExceeded');

/** The interface belongs to a service (a NAT gateway's): its owner may not change it. Code and text are unconfirmed. */
export const requesterManaged = (): Fault =>
  new Fault('AuthFailure', 'You do not have permission to access the specified resource.');
