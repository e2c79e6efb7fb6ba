/** Subnets: creation and deletion, their IPv6 block, their attributes. */
import type * as sdk from '@aws-sdk/client-ec2';
import { blockModeOfSubnet } from '../../model/block-public-access.ts';
import { createDefaultSubnet } from '../../model/default-vpc.ts';
import { Fault } from '../../model/fault.ts';
import { freeIpv4Count } from '../../model/free-addresses.ts';
import { arnOf, zoneNamed } from '../../model/regions.ts';
import { Subnet, type SubnetIpv6CidrBlock } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { modifySubnetAttribute } from '../../model/subnet-attributes.ts';
import { requestedIpv6Cidr } from '../../model/subnet-cidr-rules.ts';
import {
  associateSubnetIpv6Cidr,
  createSubnet,
  deleteSubnet,
  disassociateSubnetIpv6Cidr,
} from '../../model/subnet-lifecycle.ts';
import { requestedZone } from '../../model/subnet-zones.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { requestedIpv4Cidr } from '../../model/vpc-cidr-rules.ts';
import { formatCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateSubnet. That the form of a block is looked at before the VPC is unconfirmed. */
export const CreateSubnet = action('CreateSubnet', (request, tx) => {
  const { Ipv4IpamPoolId, Ipv4NetmaskLength, Ipv6IpamPoolId, Ipv6NetmaskLength, OutpostArn } = request;
  if ([Ipv4IpamPoolId, Ipv4NetmaskLength, Ipv6IpamPoolId, Ipv6NetmaskLength].some((value) => value !== undefined)) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve IPAM pools.');
  }
  if (OutpostArn !== undefined) throw new Fault('UnsupportedOperation', 'localvpc does not serve Outposts.');
  checkFamilies(request.Ipv6Native ?? false, request.CidrBlock, request.Ipv6CidrBlock);
  const cidr = request.CidrBlock === undefined ? undefined : requestedIpv4Cidr(request.CidrBlock);
  const ipv6Cidr = request.Ipv6CidrBlock === undefined ? undefined : requestedIpv6Cidr(request.Ipv6CidrBlock);
  const tags = tagsOf(request.TagSpecifications, 'subnet');
  // Subnet calls never answer InvalidVpcID.Malformed (observed).
  const vpc = tx.find(Vpc, request.VpcId);
  if (!vpc) throw new Fault('InvalidVpcID.NotFound', { id: request.VpcId });
  const zone = requestedZone(tx, request.AvailabilityZone, request.AvailabilityZoneId);
  return { Subnet: describeNewSubnet(createSubnet(tx, { vpc, cidr, ipv6Cidr, zone, tags }), tx) };
});

/** The sentences are unconfirmed. */
function checkFamilies(ipv6Native: boolean, cidr: string | undefined, ipv6Cidr: string | undefined): void {
  if (!ipv6Native && cidr === undefined) {
    throw new Fault('MissingParameter', "Either 'CidrBlock' or 'Ipv4IpamPoolId' should be provided.");
  }
  if (ipv6Native && cidr !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'ipv6Native', other: 'cidrBlock' });
  }
  if (ipv6Native && ipv6Cidr === undefined) {
    throw new Fault('MissingParameter', "Either 'Ipv6CidrBlock' or 'Ipv6IpamPoolId' should be provided.");
  }
}

/** CreateDefaultSubnet. */
export const CreateDefaultSubnet = action('CreateDefaultSubnet', (request, tx) => {
  const zone = requestedZone(tx, request.AvailabilityZone, request.AvailabilityZoneId);
  if (!zone) throw new Fault('MissingParameter', { parameter: 'AvailabilityZone' });
  return { Subnet: describeNewSubnet(createDefaultSubnet(tx, zone, request.Ipv6Native ?? false), tx) };
});

/** DeleteSubnet. */
export const DeleteSubnet = action('DeleteSubnet', (request, tx) => {
  deleteSubnet(tx, tx.get(Subnet, request.SubnetId));
});

/** A subnet as the API shows it. */
export const describeSubnet = (row: Subnet, tx: Transaction): sdk.Subnet => ({
  SubnetId: row.id,
  SubnetArn: arnOf(tx.scope, 'subnet', row.id),
  VpcId: row.vpcId,
  OwnerId: tx.account,
  State: 'available',
  AvailabilityZone: row.zone,
  AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
  CidrBlock: row.cidr && formatCidr(row.cidr),
  AvailableIpAddressCount: freeIpv4Count(tx, row),
  Ipv6CidrBlockAssociationSet: row.ipv6CidrBlocks.map((block) => describeIpv6CidrBlock(block, 'associated')),
  Ipv6Native: row.ipv6Native,
  DefaultForAz: row.defaultForAz,
  MapPublicIpOnLaunch: row.mapPublicIpOnLaunch,
  MapCustomerOwnedIpOnLaunch: false,
  AssignIpv6AddressOnCreation: row.assignIpv6AddressOnCreation,
  EnableDns64: row.enableDns64,
  PrivateDnsNameOptionsOnLaunch: {
    HostnameType: row.privateDnsNameOptions.hostnameType,
    EnableResourceNameDnsARecord: row.privateDnsNameOptions.enableResourceNameDnsARecord,
    EnableResourceNameDnsAAAARecord: row.privateDnsNameOptions.enableResourceNameDnsAAAARecord,
  },
  BlockPublicAccessStates: { InternetGatewayBlockMode: blockModeOfSubnet(tx, row) },
  Tags: describeTags(row.tags),
});

/** A subnet in the answer to its creation: available, its IPv6 block on its way. */
const describeNewSubnet = (row: Subnet, tx: Transaction): sdk.Subnet => ({
  ...describeSubnet(row, tx),
  Ipv6CidrBlockAssociationSet: row.ipv6CidrBlocks.map((block) => describeIpv6CidrBlock(block, 'associating')),
});

const describeIpv6CidrBlock = (
  { associationId, cidr }: SubnetIpv6CidrBlock,
  state: sdk.SubnetCidrBlockStateCode,
): sdk.SubnetIpv6CidrBlockAssociation => ({
  AssociationId: associationId,
  Ipv6CidrBlock: formatCidr(cidr),
  Ipv6CidrBlockState: { State: state },
  Ipv6AddressAttribute: 'public',
  IpSource: 'amazon',
});

const zoneName = (row: Subnet): string => row.zone;
const zoneId = (row: Subnet, tx: Transaction): string => zoneNamed(tx.region, row.zone).id;
const cidrText = (row: Subnet): string | undefined => row.cidr && formatCidr(row.cidr);
const isDefaultForZone = (row: Subnet): boolean => row.defaultForAz;

/** DescribeSubnets. */
export const DescribeSubnets = describe('DescribeSubnets', 'Subnets', {
  kind: Subnet,
  ids: 'SubnetIds',
  filters: {
    'availability-zone': zoneName,
    availabilityZone: zoneName,
    'availability-zone-id': zoneId,
    availabilityZoneId: zoneId,
    'available-ip-address-count': (row, tx) => freeIpv4Count(tx, row),
    'cidr-block': cidrText,
    cidr: cidrText,
    cidrBlock: cidrText,
    'customer-owned-ipv4-pool': () => undefined,
    'default-for-az': isDefaultForZone,
    defaultForAz: isDefaultForZone,
    'enable-dns64': (row) => row.enableDns64,
    'enable-lni-at-device-index': () => undefined,
    'ipv6-cidr-block-association.ipv6-cidr-block': (row) => row.ipv6CidrBlocks.map((block) => formatCidr(block.cidr)),
    'ipv6-cidr-block-association.association-id': (row) => row.ipv6CidrBlocks.map((block) => block.associationId),
    'ipv6-cidr-block-association.state': (row) => row.ipv6CidrBlocks.map(() => 'associated'),
    'ipv6-native': (row) => row.ipv6Native,
    'map-customer-owned-ip-on-launch': () => false,
    'map-public-ip-on-launch': (row) => row.mapPublicIpOnLaunch,
    'outpost-arn': () => undefined,
    'owner-id': (_row, tx) => tx.account,
    'private-dns-name-options-on-launch.hostname-type': (row) => row.privateDnsNameOptions.hostnameType,
    'private-dns-name-options-on-launch.enable-resource-name-dns-a-record': (row) =>
      row.privateDnsNameOptions.enableResourceNameDnsARecord,
    'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record': (row) =>
      row.privateDnsNameOptions.enableResourceNameDnsAAAARecord,
    state: () => 'available',
    'subnet-arn': (row, tx) => arnOf(tx.scope, 'subnet', row.id),
    'subnet-id': (row) => row.id,
    'vpc-id': (row) => row.vpcId,
  },
  render: describeSubnet,
});

/** ModifySubnetAttribute. What only Outposts have is refused, unless it asks for the state that there is. */
export const ModifySubnetAttribute = action('ModifySubnetAttribute', (request, tx) => {
  const { MapCustomerOwnedIpOnLaunch, CustomerOwnedIpv4Pool, EnableLniAtDeviceIndex, DisableLniAtDeviceIndex } =
    request;
  if (
    MapCustomerOwnedIpOnLaunch?.Value ||
    CustomerOwnedIpv4Pool !== undefined ||
    EnableLniAtDeviceIndex !== undefined
  ) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve Outposts.');
  }
  const words = ['ip-name', 'resource-name'] as const;
  const hostnameType = choice(request.PrivateDnsHostnameTypeOnLaunch, words, 'privateDnsHostnameTypeOnLaunch');
  const subnet = tx.get(Subnet, request.SubnetId);
  const requested = {
    mapPublicIpOnLaunch: request.MapPublicIpOnLaunch?.Value,
    assignIpv6AddressOnCreation: request.AssignIpv6AddressOnCreation?.Value,
    enableDns64: request.EnableDns64?.Value,
    hostnameType,
    enableResourceNameDnsARecord: request.EnableResourceNameDnsARecordOnLaunch?.Value,
    enableResourceNameDnsAAAARecord: request.EnableResourceNameDnsAAAARecordOnLaunch?.Value,
  };
  const asksForNothingNew = MapCustomerOwnedIpOnLaunch?.Value === false || DisableLniAtDeviceIndex?.Value === true;
  if (asksForNothingNew && Object.values(requested).every((value) => value === undefined)) return;
  modifySubnetAttribute(tx, subnet, requested);
});

/** AssociateSubnetCidrBlock. */
export const AssociateSubnetCidrBlock = action('AssociateSubnetCidrBlock', (request, tx) => {
  if (request.Ipv6IpamPoolId !== undefined || request.Ipv6NetmaskLength !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve IPAM pools.');
  }
  if (request.Ipv6CidrBlock === undefined) {
    throw new Fault('MissingParameter', "Either 'Ipv6CidrBlock' or 'Ipv6IpamPoolId' should be provided.");
  }
  const cidr = requestedIpv6Cidr(request.Ipv6CidrBlock);
  const subnet = tx.get(Subnet, request.SubnetId);
  const block = associateSubnetIpv6Cidr(tx, subnet, cidr);
  return { SubnetId: subnet.id, Ipv6CidrBlockAssociation: describeIpv6CidrBlock(block, 'associating') };
});

/** DisassociateSubnetCidrBlock. */
export const DisassociateSubnetCidrBlock = action('DisassociateSubnetCidrBlock', (request, tx) => {
  const { subnet, block } = disassociateSubnetIpv6Cidr(tx, request.AssociationId);
  return { SubnetId: subnet.id, Ipv6CidrBlockAssociation: describeIpv6CidrBlock(block, 'disassociating') };
});

/** What this file serves. */
export const subnetActions = [
  CreateSubnet,
  CreateDefaultSubnet,
  DeleteSubnet,
  DescribeSubnets,
  ModifySubnetAttribute,
  AssociateSubnetCidrBlock,
  DisassociateSubnetCidrBlock,
];
