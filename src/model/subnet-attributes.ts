/** Attributes of a subnet that can be changed (ModifySubnetAttribute). */
import { Fault } from './fault.ts';
import { type PrivateDnsNameOptions, Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** The attribute that a request changes, and its value. */
export interface RequestedSubnetAttributes {
  readonly mapPublicIpOnLaunch: boolean | undefined;
  readonly assignIpv6AddressOnCreation: boolean | undefined;
  readonly enableDns64: boolean | undefined;
  readonly hostnameType: PrivateDnsNameOptions['hostnameType'] | undefined;
  readonly enableResourceNameDnsARecord: boolean | undefined;
  readonly enableResourceNameDnsAAAARecord: boolean | undefined;
}

/**
 * Changes one attribute; a request can name only one.
 * @throws Fault InvalidParameterCombination for none or several, InvalidParameterValue for what the subnet's addresses
 *   do not allow (sentences unconfirmed)
 */
export function modifySubnetAttribute(tx: Transaction, subnet: Subnet, requested: RequestedSubnetAttributes): Subnet {
  const given = Object.values(requested).filter((value) => value !== undefined);
  if (given.length === 0) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  if (given.length > 1) {
    throw new Fault('InvalidParameterCombination', 'Fields for multiple attribute types specified');
  }
  checkFamilies(subnet, requested);
  const { mapPublicIpOnLaunch, assignIpv6AddressOnCreation, enableDns64 } = requested;
  return tx.update(Subnet, subnet.id, {
    ...(mapPublicIpOnLaunch !== undefined && { mapPublicIpOnLaunch }),
    ...(assignIpv6AddressOnCreation !== undefined && { assignIpv6AddressOnCreation }),
    ...(enableDns64 !== undefined && { enableDns64 }),
    privateDnsNameOptions: changedNameOptions(subnet.privateDnsNameOptions, requested),
  });
}

const changedNameOptions = (
  before: PrivateDnsNameOptions,
  requested: RequestedSubnetAttributes,
): PrivateDnsNameOptions => ({
  hostnameType: requested.hostnameType ?? before.hostnameType,
  enableResourceNameDnsARecord: requested.enableResourceNameDnsARecord ?? before.enableResourceNameDnsARecord,
  enableResourceNameDnsAAAARecord: requested.enableResourceNameDnsAAAARecord ?? before.enableResourceNameDnsAAAARecord,
});

function checkFamilies(subnet: Subnet, requested: RequestedSubnetAttributes): void {
  const refuse = (attribute: string, reason: string): never => {
    throw new Fault('InvalidParameterValue', `Invalid value for ${attribute}. ${reason}`);
  };
  const { ipv6Native } = subnet;
  if (requested.mapPublicIpOnLaunch && ipv6Native) {
    refuse('mapPublicIpOnLaunch', `The subnet '${subnet.id}' is IPv6-only.`);
  }
  if (requested.assignIpv6AddressOnCreation && subnet.ipv6CidrBlocks.length === 0) {
    refuse('assignIpv6AddressOnCreation', `The subnet '${subnet.id}' has no IPv6 CIDR block.`);
  }
  if (requested.assignIpv6AddressOnCreation === false && ipv6Native) {
    refuse('assignIpv6AddressOnCreation', `The subnet '${subnet.id}' is IPv6-only.`);
  }
  if (requested.hostnameType === 'ip-name' && ipv6Native) {
    refuse('privateDnsHostnameTypeOnLaunch', `The subnet '${subnet.id}' is IPv6-only.`);
  }
  if (requested.enableResourceNameDnsARecord && ipv6Native) {
    refuse('enableResourceNameDnsARecordOnLaunch', `The subnet '${subnet.id}' is IPv6-only.`);
  }
}
