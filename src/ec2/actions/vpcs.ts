/** VPCs: creation and deletion, their blocks of addresses, their attributes. */
import type * as sdk from '@aws-sdk/client-ec2';
import { blockModeOfVpc } from '../../model/block-public-access.ts';
import { createDefaultVpc } from '../../model/default-vpc.ts';
import { Fault } from '../../model/fault.ts';
import { Vpc, type VpcCidrBlock, type VpcIpv6CidrBlock } from '../../model/resources/vpc.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { modifyVpcAttribute } from '../../model/vpc-attributes.ts';
import { associateAmazonIpv6Cidr, associateIpv4Cidr, disassociateCidr } from '../../model/vpc-cidr-associations.ts';
import { checkVpcCidr, requestedIpv4Cidr } from '../../model/vpc-cidr-rules.ts';
import { takeIpv6Block } from '../../model/vpc-ipv6-blocks.ts';
import { AMAZON_POOL, createVpc, deleteVpc } from '../../model/vpc-lifecycle.ts';
import { formatCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** What CreateVpc and AssociateVpcCidrBlock have in common. */
interface BlockRequest {
  readonly CidrBlock?: string | undefined;
  readonly AmazonProvidedIpv6CidrBlock?: boolean | undefined;
  readonly Ipv6CidrBlockNetworkBorderGroup?: string | undefined;
  readonly Ipv4IpamPoolId?: string | undefined;
  readonly Ipv4NetmaskLength?: number | undefined;
  readonly Ipv6IpamPoolId?: string | undefined;
  readonly Ipv6NetmaskLength?: number | undefined;
  readonly Ipv6Pool?: string | undefined;
  readonly Ipv6CidrBlock?: string | undefined;
}

/** CreateVpc. */
export const CreateVpc = action('CreateVpc', (request, tx) => {
  refusePools(request);
  if (request.VpcEncryptionControl !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve VPC encryption controls.');
  }
  const instanceTenancy = choice(request.InstanceTenancy, ['default', 'dedicated'], 'instanceTenancy') ?? 'default';
  const tags = tagsOf(request.TagSpecifications, 'vpc');
  if (request.CidrBlock === undefined) {
    throw new Fault('MissingParameter', "Either 'CidrBlock' or 'Ipv4IpamPoolId' should be provided.");
  }
  const cidr = requestedIpv4Cidr(request.CidrBlock);
  checkVpcCidr(cidr);
  const ipv6Cidr = wantsIpv6(request, tx) ? takeIpv6Block(tx) : undefined;
  return { Vpc: describeNewVpc(createVpc(tx, { cidr, ipv6Cidr, instanceTenancy, tags }), tx) };
});

/** CreateDefaultVpc. */
export const CreateDefaultVpc = action('CreateDefaultVpc', (_request, tx) => ({
  Vpc: describeNewVpc(createDefaultVpc(tx), tx),
}));

/** DeleteVpc. */
export const DeleteVpc = action('DeleteVpc', (request, tx) => {
  deleteVpc(tx, tx.get(Vpc, request.VpcId));
});

/** ModifyVpcTenancy: a VPC of Dedicated Instances is one like others from now on; its instances stay what they are. */
export const ModifyVpcTenancy = action('ModifyVpcTenancy', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  choice(request.InstanceTenancy, ['default'], 'instanceTenancy');
  tx.update(Vpc, vpc.id, { instanceTenancy: 'default' });
  return { ReturnValue: true };
});

/** A VPC as the API shows it. */
export const describeVpc = (row: Vpc, tx: Transaction): sdk.Vpc => ({
  VpcId: row.id,
  OwnerId: tx.account,
  State: 'available',
  CidrBlock: row.cidrBlocks[0] && formatCidr(row.cidrBlocks[0].cidr),
  CidrBlockAssociationSet: row.cidrBlocks.map((block) => describeCidrBlock(block, 'associated')),
  Ipv6CidrBlockAssociationSet: row.ipv6CidrBlocks.map((block) => describeIpv6CidrBlock(block, 'associated')),
  DhcpOptionsId: row.dhcpOptionsId,
  InstanceTenancy: row.instanceTenancy,
  IsDefault: row.isDefault,
  BlockPublicAccessStates: { InternetGatewayBlockMode: blockModeOfVpc(tx, row.id) },
  Tags: describeTags(row.tags),
});

/** A VPC in the answer to its creation: pending, its IPv6 block on its way. */
const describeNewVpc = (row: Vpc, tx: Transaction): sdk.Vpc => ({
  ...describeVpc(row, tx),
  State: 'pending',
  Ipv6CidrBlockAssociationSet: row.ipv6CidrBlocks.map((block) => describeIpv6CidrBlock(block, 'associating')),
});

const describeCidrBlock = (
  { associationId, cidr }: VpcCidrBlock,
  state: sdk.VpcCidrBlockStateCode,
): sdk.VpcCidrBlockAssociation => ({
  AssociationId: associationId,
  CidrBlock: formatCidr(cidr),
  CidrBlockState: { State: state },
});

/** EC2 shows no block while it is associating. */
const describeIpv6CidrBlock = (
  { associationId, cidr, networkBorderGroup, pool }: VpcIpv6CidrBlock,
  state: sdk.VpcCidrBlockStateCode,
): sdk.VpcIpv6CidrBlockAssociation => ({
  AssociationId: associationId,
  Ipv6CidrBlock: state === 'associating' ? '' : formatCidr(cidr),
  Ipv6CidrBlockState: { State: state },
  NetworkBorderGroup: networkBorderGroup,
  Ipv6Pool: pool,
  Ipv6AddressAttribute: 'public',
  IpSource: pool === AMAZON_POOL ? 'amazon' : 'byoip',
});

const primaryCidr = (row: Vpc): string | undefined => row.cidrBlocks[0] && formatCidr(row.cidrBlocks[0].cidr);

/** DescribeVpcs. */
export const DescribeVpcs = describe('DescribeVpcs', 'Vpcs', {
  kind: Vpc,
  ids: 'VpcIds',
  filters: {
    cidr: primaryCidr,
    // In no document of AWS's; Ansible's ec2_vpc_net asks by it. `cidrBlock` by analogy with DescribeSubnets (unconfirmed).
    'cidr-block': primaryCidr,
    cidrBlock: primaryCidr,
    'cidr-block-association.cidr-block': (row) => row.cidrBlocks.map((block) => formatCidr(block.cidr)),
    'cidr-block-association.association-id': (row) => row.cidrBlocks.map((block) => block.associationId),
    'cidr-block-association.state': (row) => row.cidrBlocks.map(() => 'associated'),
    'dhcp-options-id': (row) => row.dhcpOptionsId,
    'ipv6-cidr-block-association.ipv6-cidr-block': (row) => row.ipv6CidrBlocks.map((block) => formatCidr(block.cidr)),
    'ipv6-cidr-block-association.ipv6-pool': (row) => row.ipv6CidrBlocks.map((block) => block.pool),
    'ipv6-cidr-block-association.association-id': (row) => row.ipv6CidrBlocks.map((block) => block.associationId),
    'ipv6-cidr-block-association.state': (row) => row.ipv6CidrBlocks.map(() => 'associated'),
    'is-default': (row) => row.isDefault,
    isDefault: (row) => row.isDefault,
    'owner-id': (_row, tx) => tx.account,
    state: () => 'available',
    'vpc-id': (row) => row.id,
  },
  render: describeVpc,
});

/** DescribeVpcAttribute. */
export const DescribeVpcAttribute = action('DescribeVpcAttribute', (request, tx) => {
  const attribute = choice(
    request.Attribute,
    ['enableDnsSupport', 'enableDnsHostnames', 'enableNetworkAddressUsageMetrics'],
    'attribute',
  );
  const vpc = tx.get(Vpc, request.VpcId);
  switch (attribute) {
    case 'enableDnsSupport':
      return { VpcId: vpc.id, EnableDnsSupport: { Value: vpc.enableDnsSupport } };
    case 'enableDnsHostnames':
      return { VpcId: vpc.id, EnableDnsHostnames: { Value: vpc.enableDnsHostnames } };
    case 'enableNetworkAddressUsageMetrics':
      return {
        VpcId: vpc.id,
        EnableNetworkAddressUsageMetrics: { Value: vpc.enableNetworkAddressUsageMetrics },
      };
    case undefined:
      throw new Fault('MissingParameter', { parameter: 'attribute' });
  }
});

/** ModifyVpcAttribute. */
export const ModifyVpcAttribute = action('ModifyVpcAttribute', (request, tx) => {
  modifyVpcAttribute(tx, tx.get(Vpc, request.VpcId), {
    enableDnsSupport: request.EnableDnsSupport?.Value,
    enableDnsHostnames: request.EnableDnsHostnames?.Value,
    enableNetworkAddressUsageMetrics: request.EnableNetworkAddressUsageMetrics?.Value,
  });
});

/** AssociateVpcCidrBlock: exactly one kind of block for each call. */
export const AssociateVpcCidrBlock = action('AssociateVpcCidrBlock', (request, tx) => {
  refusePools(request);
  const { CidrBlock: text } = request;
  const ipv6 = wantsIpv6(request, tx);
  if (text !== undefined && ipv6) {
    throw new Fault('InvalidParameterCombination', { parameter: 'cidrBlock', other: 'amazonProvidedIpv6CidrBlock' });
  }
  const vpc = tx.get(Vpc, request.VpcId);
  if (ipv6) {
    const block = associateAmazonIpv6Cidr(tx, vpc);
    return { VpcId: vpc.id, Ipv6CidrBlockAssociation: describeIpv6CidrBlock(block, 'associating') };
  }
  if (text === undefined) {
    throw new Fault('MissingParameter', "Either 'CidrBlock' or 'AmazonProvidedIpv6CidrBlock' should be provided.");
  }
  const block = associateIpv4Cidr(tx, vpc, requestedIpv4Cidr(text));
  return { VpcId: vpc.id, CidrBlockAssociation: describeCidrBlock(block, 'associating') };
});

/** DisassociateVpcCidrBlock. */
export const DisassociateVpcCidrBlock = action('DisassociateVpcCidrBlock', (request, tx) => {
  const lost = disassociateCidr(tx, request.AssociationId);
  return lost.kind === 'ipv4'
    ? { VpcId: lost.vpc.id, CidrBlockAssociation: describeCidrBlock(lost.block, 'disassociating') }
    : { VpcId: lost.vpc.id, Ipv6CidrBlockAssociation: describeIpv6CidrBlock(lost.block, 'disassociating') };
});

/** Whether an Amazon-provided block is asked for. @throws Fault InvalidParameterValue for a border group of another place */
function wantsIpv6(request: BlockRequest, tx: Transaction): boolean {
  const { AmazonProvidedIpv6CidrBlock: wanted = false, Ipv6CidrBlockNetworkBorderGroup: group } = request;
  if (group === undefined) return wanted;
  if (!wanted) {
    const parameter = 'ipv6CidrBlockNetworkBorderGroup';
    throw new Fault('InvalidParameterDependency', { parameter, other: 'amazonProvidedIpv6CidrBlock' });
  }
  if (group !== tx.region) {
    const reason = 'The network border group does not exist in this Region.';
    throw new Fault('InvalidParameterValue', { value: group, parameter: 'networkBorderGroup', reason });
  }
  return true;
}

/** Blocks from an address manager or of the customer's own: localvpc has neither yet, and says so. */
function refusePools(request: BlockRequest): void {
  const { Ipv4IpamPoolId, Ipv4NetmaskLength, Ipv6IpamPoolId, Ipv6NetmaskLength, Ipv6Pool, Ipv6CidrBlock } = request;
  if ([Ipv4IpamPoolId, Ipv4NetmaskLength, Ipv6IpamPoolId, Ipv6NetmaskLength].some((value) => value !== undefined)) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve IPAM pools.');
  }
  if (Ipv6Pool !== undefined || Ipv6CidrBlock !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve IPv6 pools of your own (BYOIP).');
  }
}

/** What this file serves. */
export const vpcActions = [
  CreateVpc,
  CreateDefaultVpc,
  DeleteVpc,
  DescribeVpcs,
  DescribeVpcAttribute,
  ModifyVpcAttribute,
  ModifyVpcTenancy,
  AssociateVpcCidrBlock,
  DisassociateVpcCidrBlock,
];
