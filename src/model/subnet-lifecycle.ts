/** How subnets come and go, and how they get and lose their IPv6 block. */
import { contains, type Ipv4Cidr, type Ipv6Cidr } from '../net/cidr.ts';
import { forgetExclusionOf } from './block-public-access.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { defaultNetworkAcl, newNetworkAclAssociation } from './network-acl-lifecycle.ts';
import { quota } from './quotas.ts';
import { type Zone, zonesOf } from './regions.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { Subnet, type SubnetIpv6CidrBlock } from './resources/subnet.ts';
import { SubnetCidrReservation } from './resources/subnet-cidr-reservation.ts';
import { Vpc } from './resources/vpc.ts';
import { forgetSubnet } from './route-table-associations.ts';
import { checkSubnetCidr } from './subnet-cidr-rules.ts';
import type { Transaction } from './transaction.ts';

/** What CreateSubnet says of a subnet: a block of at least one family. */
export interface NewSubnet {
  readonly vpc: Vpc;
  /** Absent for an IPv6-only subnet. */
  readonly cidr: Ipv4Cidr | undefined;
  readonly ipv6Cidr: Ipv6Cidr | undefined;
  /** Without one it is the Region's first zone (EC2 promises none in particular). */
  readonly zone: Zone | undefined;
  readonly tags: Tags;
}

/** Creates a subnet. @throws Fault InvalidSubnet.Range, InvalidSubnet.Conflict, SubnetLimitExceeded */
export function createSubnet(tx: Transaction, requested: NewSubnet): Subnet {
  const { vpc, cidr, ipv6Cidr } = requested;
  if (cidr) checkSubnetCidr(tx, vpc, cidr);
  if (ipv6Cidr) checkSubnetCidr(tx, vpc, ipv6Cidr);
  if (tx.count(Subnet, 'vpcId', vpc.id) >= quota(tx, 'subnetsPerVpc')) throw new Fault('SubnetLimitExceeded');
  return insertSubnet(tx, requested);
}

/** Adds a subnet whose blocks were checked or chosen. An IPv6-only one gives each interface an IPv6 address. */
export function insertSubnet(tx: Transaction, { vpc, cidr, ipv6Cidr, zone, tags }: NewSubnet): Subnet {
  const ipv6Native = cidr === undefined;
  return tx.insert(Subnet, {
    vpcId: vpc.id,
    zone: (zone ?? firstZone(tx)).name,
    cidr,
    ipv6CidrBlocks: ipv6Cidr ? [newIpv6Association(tx, ipv6Cidr)] : [],
    ipv6Native,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: ipv6Native,
    enableDns64: false,
    privateDnsNameOptions: {
      hostnameType: ipv6Native ? 'resource-name' : 'ip-name',
      enableResourceNameDnsARecord: false,
      enableResourceNameDnsAAAARecord: false,
    },
    networkAclAssociation: newNetworkAclAssociation(tx, defaultNetworkAcl(tx, vpc.id).id),
    tags,
  });
}

function firstZone(tx: Transaction): Zone {
  const [zone] = zonesOf(tx.region);
  if (!zone) throw new Error(`${tx.region} has no zones`);
  return zone;
}

const newIpv6Association = (tx: Transaction, cidr: Ipv6Cidr): SubnetIpv6CidrBlock => ({
  associationId: tx.newId('subnet-cidr-assoc'),
  cidr,
});

/** Deletes a subnet without interfaces, and its associations and reservations (unconfirmed for these). @throws Fault DependencyViolation */
export function deleteSubnet(tx: Transaction, subnet: Subnet): void {
  const natGateways = tx.by(NatGateway, 'subnetId', subnet.id);
  const isUsed =
    tx.count(NetworkInterface, 'subnetId', subnet.id) > 0 ||
    natGateways.some(({ state }) => state !== 'deleted' && state !== 'failed');
  if (isUsed) throw new Fault('DependencyViolation', { resource: 'subnet', id: subnet.id });
  forgetSubnet(tx, subnet);
  forgetExclusionOf(tx, subnet.id);
  for (const { id } of tx.by(SubnetCidrReservation, 'subnetId', subnet.id)) tx.remove(SubnetCidrReservation, id);
  tx.remove(Subnet, subnet.id);
}

/**
 * Gives a subnet its IPv6 block; it can have one.
 * @throws Fault InvalidSubnet.Range, InvalidSubnet.Conflict, InvalidParameterValue for a second one (unconfirmed)
 */
export function associateSubnetIpv6Cidr(tx: Transaction, subnet: Subnet, cidr: Ipv6Cidr): SubnetIpv6CidrBlock {
  if (subnet.ipv6CidrBlocks.length > 0) {
    throw new Fault('InvalidParameterValue', `The subnet '${subnet.id}' already has an IPv6 CIDR block.`);
  }
  checkSubnetCidr(tx, tx.get(Vpc, subnet.vpcId), cidr);
  const block = newIpv6Association(tx, cidr);
  tx.update(Subnet, subnet.id, { ipv6CidrBlocks: [block] });
  return block;
}

/** What DisassociateSubnetCidrBlock took away. */
export interface LostSubnetBlock {
  readonly subnet: Subnet;
  readonly block: SubnetIpv6CidrBlock;
}

/**
 * Takes a subnet's IPv6 block away once no interface has an address of it. New interfaces get no IPv6 address then.
 * @throws Fault InvalidSubnetCidrBlockAssociationID.NotFound, InvalidCidr.InUse (code and sentence unconfirmed),
 *   OperationNotPermitted in an IPv6-only subnet (unconfirmed)
 */
export function disassociateSubnetIpv6Cidr(tx: Transaction, associationId: string): LostSubnetBlock {
  const [subnet] = tx.by(Subnet, 'ipv6AssociationId', associationId);
  const block = subnet?.ipv6CidrBlocks.find((one) => one.associationId === associationId);
  if (!subnet || !block) throw new Fault('InvalidSubnetCidrBlockAssociationID.NotFound', { id: associationId });
  if (subnet.ipv6Native) {
    throw new Fault('OperationNotPermitted', `The subnet '${subnet.id}' is IPv6-only and keeps its IPv6 CIDR block.`);
  }
  if (tx.by(NetworkInterface, 'subnetId', subnet.id).some((one) => hasAddressIn(one, block.cidr))) {
    throw new Fault('InvalidCidr.InUse', `The IPv6 CIDR block of the subnet '${subnet.id}' has addresses in use.`);
  }
  tx.update(Subnet, subnet.id, {
    ipv6CidrBlocks: subnet.ipv6CidrBlocks.filter((one) => one !== block),
    assignIpv6AddressOnCreation: false,
  });
  return { subnet, block };
}

const hasAddressIn = ({ ipv6Addresses, ipv6Prefixes }: NetworkInterface, cidr: Ipv6Cidr): boolean =>
  [...ipv6Addresses, ...ipv6Prefixes.map((prefix) => prefix.address)].some((address) => contains(cidr, address));
