/** CloudFormation's VPCs, subnets, gateways, option sets, prefix lists and peering connections, as EC2 would describe them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { zonesOf } from '../model/regions.ts';
import {
  type CloudFormationContext,
  type CloudFormationResource,
  textOf,
  type Values,
} from './cloudformation-context.ts';
import { Unresolved } from './cloudformation-functions.ts';
import { standInIpv6Block } from './stand-ins.ts';
import { addBirthright } from './vpc-birthright.ts';

const FROM_A_POOL = 'its block comes from a pool, and is known only when it has been created';

/** VPCs with all their blocks, each with what it is born with. */
export function readVpcs(context: CloudFormationContext): void {
  context.each(['VPCCidrBlock'], (one) => {
    if (furtherBlock(one) === undefined) throw new Unresolved(FROM_A_POOL);
  });
  context.each(['VPC'], (one) => {
    const blocks = blocksOfVpc(context, one);
    const [CidrBlock] = blocks;
    if (CidrBlock === undefined) throw new Unresolved(FROM_A_POOL);
    const association = (block: string) => one.part('vpc-cidr-assoc', block);
    context.into.Vpcs.push({
      VpcId: one.id,
      CidrBlock,
      OwnerId: context.scope.account,
      IsDefault: false,
      InstanceTenancy: one.text('InstanceTenancy') === 'dedicated' ? 'dedicated' : 'default',
      DhcpOptionsId: dhcpOptionsOf(context, one.id),
      CidrBlockAssociationSet: blocks
        .filter((block) => !block.includes(':'))
        .map((block) => ({ CidrBlock: block, AssociationId: association(block) })),
      Ipv6CidrBlockAssociationSet: blocks
        .filter((block) => block.includes(':'))
        .map((block) => ({ Ipv6CidrBlock: block, AssociationId: association(block) })),
      Tags: one.tags(),
    });
    const ids = {
      networkAclId: one.part('acl', 'DefaultNetworkAcl'),
      securityGroupId: one.part('sg', 'DefaultSecurityGroup'),
      routeTableId: one.part('rtb', 'main'),
      associationId: one.part('rtbassoc', 'main'),
    };
    addBirthright(context.into, one.id, ids);
  });
}

/** A VPC's blocks, the primary one first. An IPv6 block of Amazon's is stood in for. @throws Unresolved */
export function blocksOfVpc(context: CloudFormationContext, vpc: CloudFormationResource): readonly string[] {
  const further = context
    .all(['VPCCidrBlock'])
    .filter((each) => each.text('VpcId') === vpc.id)
    .flatMap((each) => furtherBlock(each) ?? []);
  return [vpc.text('CidrBlock') ?? [], further].flat();
}

const furtherBlock = (one: CloudFormationResource): string | undefined =>
  one.flag('AmazonProvidedIpv6CidrBlock')
    ? standInIpv6Block(one.logicalId)
    : (one.text('CidrBlock') ?? one.text('Ipv6CidrBlock'));

/** DescribeVpcs does not hold them: what templates say of names. */
export function readVpcAttributes(context: CloudFormationContext): ReadonlyMap<string, Record<string, boolean>> {
  const attributes = new Map<string, Record<string, boolean>>();
  context.each(['VPC'], (one) => {
    const EnableDnsSupport = one.property('EnableDnsSupport') === undefined || one.flag('EnableDnsSupport');
    attributes.set(one.id, { EnableDnsSupport, EnableDnsHostnames: one.flag('EnableDnsHostnames') });
  });
  return attributes;
}

function dhcpOptionsOf(context: CloudFormationContext, vpcId: string): string | undefined {
  const [association] = context.all(['VPCDHCPOptionsAssociation']).filter((each) => each.text('VpcId') === vpcId);
  return association?.text('DhcpOptionsId');
}

/** The zone that a subnet is in; the Region's first, where the template leaves the choice to EC2. */
export function zoneOfSubnet(context: CloudFormationContext, one: CloudFormationResource): string | undefined {
  const zones = zonesOf(context.scope.region);
  const id = one.text('AvailabilityZoneId');
  const byId = id === undefined ? zones[0] : zones.find((zone) => zone.id === id);
  return one.text('AvailabilityZone') ?? byId?.name;
}

/** Subnets with the IPv6 blocks that they have from the start or get afterwards. */
export function readSubnets(context: CloudFormationContext): void {
  context.each(['Subnet'], (one) => {
    const further = context
      .all(['SubnetCidrBlock'])
      .filter((each) => each.text('SubnetId') === one.id)
      .flatMap((each) => each.text('Ipv6CidrBlock') ?? []);
    const ipv6 = [one.text('Ipv6CidrBlock') ?? [], further].flat();
    context.into.Subnets.push({
      SubnetId: one.id,
      VpcId: one.text('VpcId'),
      CidrBlock: one.text('CidrBlock'),
      AvailabilityZone: zoneOfSubnet(context, one),
      MapPublicIpOnLaunch: one.flag('MapPublicIpOnLaunch'),
      AssignIpv6AddressOnCreation: one.flag('AssignIpv6AddressOnCreation'),
      Ipv6Native: one.flag('Ipv6Native'),
      EnableDns64: one.flag('EnableDns64'),
      Ipv6CidrBlockAssociationSet: ipv6.map((block) => ({
        Ipv6CidrBlock: block,
        AssociationId: one.part('subnet-cidr-assoc', block),
      })),
      Tags: one.tags(),
    });
  });
}

/** Internet gateways with what they are attached to, and those that only let IPv6 out. */
export function readGateways(context: CloudFormationContext): void {
  context.each(['InternetGateway'], (one) => {
    context.into.InternetGateways.push({ InternetGatewayId: one.id, Attachments: [], Tags: one.tags() });
  });
  context.each(['VPCGatewayAttachment'], (one) => {
    const id = one.text('InternetGatewayId');
    if (id === undefined) {
      const problem = context.gateways.attachVpnGateway(one.text('VpnGatewayId'), one.text('VpcId'));
      if (problem !== undefined) throw new Unresolved(problem);
      return;
    }
    const gateway = context.into.InternetGateways.find(({ InternetGatewayId: each }) => each === id);
    if (!gateway) throw new Unresolved('its internet gateway is not part of the template');
    gateway.Attachments?.push({ VpcId: one.text('VpcId'), State: 'attached' });
  });
  context.each(['EgressOnlyInternetGateway'], (one) => {
    context.into.EgressOnlyInternetGateways.push({
      EgressOnlyInternetGatewayId: one.id,
      Attachments: [{ VpcId: one.text('VpcId'), State: 'attached' }],
    });
  });
}

/** The properties of option sets, and the options' names. */
const DHCP_OPTIONS = [
  ['DomainName', 'domain-name'],
  ['DomainNameServers', 'domain-name-servers'],
  ['NtpServers', 'ntp-servers'],
  ['NetbiosNameServers', 'netbios-name-servers'],
  ['NetbiosNodeType', 'netbios-node-type'],
] as const;

/** Option sets. */
export function readDhcpOptions(context: CloudFormationContext): void {
  context.each(['DHCPOptions'], (one) => {
    const configurations = DHCP_OPTIONS.flatMap(([property, Key]) => {
      const value = one.property(property);
      const Values = (Array.isArray(value) ? value : [value]).flatMap((each) => textOf(each, property) ?? []);
      return Values.length === 0 ? [] : [{ Key, Values: Values.map((Value) => ({ Value })) }];
    });
    context.into.DhcpOptions.push({
      DhcpOptionsId: one.id,
      DhcpConfigurations: configurations,
      Tags: one.tags(),
    });
  });
}

/** Prefix lists; their entries go where a description has them. */
export function readPrefixLists(context: CloudFormationContext): ReadonlyMap<string, readonly sdk.PrefixListEntry[]> {
  const entries = new Map<string, readonly sdk.PrefixListEntry[]>();
  context.each(['PrefixList'], (one) => {
    const all = one.records('Entries').map(entryOf);
    entries.set(one.id, all);
    context.into.PrefixLists.push({
      PrefixListId: one.id,
      PrefixListName: one.text('PrefixListName'),
      AddressFamily: one.text('AddressFamily'),
      MaxEntries: one.number('MaxEntries') ?? all.length,
      OwnerId: context.scope.account,
      Version: 1,
      Tags: one.tags(),
    });
  });
  return entries;
}

const entryOf = ({ Cidr, Description }: Values): sdk.PrefixListEntry => ({
  Cidr: textOf(Cidr, 'Cidr'),
  Description: textOf(Description, 'Description'),
});

/** Peering connections: within an account CloudFormation accepts them by itself, and between accounts with a role. */
export function readPeerings(context: CloudFormationContext): void {
  context.each(['VPCPeeringConnection'], (one) => {
    const { account, region } = context.scope;
    const peerOwner = one.text('PeerOwnerId') ?? account;
    const isActive = peerOwner === account || one.property('PeerRoleArn') !== undefined;
    context.into.VpcPeeringConnections.push({
      VpcPeeringConnectionId: one.id,
      Status: isActive ? { Code: 'active', Message: 'Active' } : { Code: 'pending-acceptance', Message: '' },
      RequesterVpcInfo: sideOf(context, one.text('VpcId'), account, region),
      AccepterVpcInfo: sideOf(context, one.text('PeerVpcId'), peerOwner, one.text('PeerRegion') ?? region),
      Tags: one.tags(),
    });
  });
}

function sideOf(
  { into }: CloudFormationContext,
  VpcId: string | undefined,
  OwnerId: string,
  Region: string,
): sdk.VpcPeeringConnectionVpcInfo {
  const vpc = into.Vpcs.find(({ VpcId: each }) => each === VpcId);
  const CidrBlockSet = vpc?.CidrBlockAssociationSet?.map(({ CidrBlock }) => ({ CidrBlock })) ?? [];
  return { VpcId, OwnerId, Region, CidrBlockSet };
}
