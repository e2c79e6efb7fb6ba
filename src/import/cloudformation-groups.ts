/** CloudFormation's security groups, network ACLs and route tables, with rules and routes written inside or beside. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  type CloudFormationContext,
  type CloudFormationResource,
  numberOf,
  textOf,
  type Values,
} from './cloudformation-context.ts';
import { Unresolved } from './cloudformation-functions.ts';
import { anywhereAtAll, hasIpv6Block, localRoutes } from './vpc-birthright.ts';

/** Groups with their rules. */
export function readSecurityGroups(context: CloudFormationContext): void {
  const egressBeside = new Set<string | undefined>();
  context.each(['SecurityGroupEgress'], (one) => void egressBeside.add(one.text('GroupId')));
  context.each(['SecurityGroup'], (one) => {
    const VpcId = one.text('VpcId');
    if (VpcId === undefined) throw new Unresolved('it belongs to the default VPC, which is not part of the template');
    const egress = one.records('SecurityGroupEgress').map((rule) => permission(rule));
    // The rule that a group is born with goes when it is given others. That CloudFormation takes it away for a resource
    // of its own too is what users report; its reference does not say so (unconfirmed).
    const isBorn = egress.length === 0 && !egressBeside.has(one.id);
    const vpc = context.into.Vpcs.find((each) => each.VpcId === VpcId);
    context.into.SecurityGroups.push({
      GroupId: one.id,
      VpcId,
      GroupName: one.text('GroupName') ?? one.logicalId,
      Description: one.text('GroupDescription') ?? '',
      IpPermissions: one.records('SecurityGroupIngress').map((rule) => permission(rule)),
      IpPermissionsEgress: isBorn ? [anywhereAtAll(hasIpv6Block(vpc))] : egress,
      Tags: one.tags(),
    });
  });
  readRules(context, 'SecurityGroupIngress', 'IpPermissions');
  readRules(context, 'SecurityGroupEgress', 'IpPermissionsEgress');
}

const RULE_PROPERTIES = [
  'IpProtocol',
  'FromPort',
  'ToPort',
  'CidrIp',
  'CidrIpv6',
  'Description',
  'SourceSecurityGroupId',
  'SourceSecurityGroupOwnerId',
  'SourcePrefixListId',
  'DestinationSecurityGroupId',
  'DestinationPrefixListId',
];

function readRules(
  context: CloudFormationContext,
  type: string,
  member: 'IpPermissions' | 'IpPermissionsEgress',
): void {
  context.each([type], (one) => {
    const id = one.text('GroupId');
    const group = context.into.SecurityGroups.find(({ GroupId: each }) => each === id);
    if (!group) throw new Unresolved('its security group is not part of the template');
    const values = Object.fromEntries(RULE_PROPERTIES.map((name) => [name, one.property(name)]));
    group[member] = [...(group[member] ?? []), permission(values)];
  });
}

function permission(rule: Values): sdk.IpPermission {
  const text = (name: string): string | undefined => textOf(rule[name], name);
  const protocol = text('IpProtocol')?.toLowerCase() ?? '-1';
  const described = { Description: text('Description') };
  const ipv4 = text('CidrIp');
  const ipv6 = text('CidrIpv6');
  const list = text('SourcePrefixListId') ?? text('DestinationPrefixListId');
  const group = text('SourceSecurityGroupId') ?? text('DestinationSecurityGroupId');
  if (ipv4 === undefined && ipv6 === undefined && list === undefined && group === undefined)
    throw new Unresolved('a rule of it names neither a block, nor a prefix list, nor the id of a group');
  const owner = text('SourceSecurityGroupOwnerId');
  return {
    IpProtocol: protocol,
    ...(protocol === '-1'
      ? {}
      : { FromPort: numberOf(rule.FromPort, 'FromPort') ?? -1, ToPort: numberOf(rule.ToPort, 'ToPort') ?? -1 }),
    IpRanges: ipv4 === undefined ? [] : [{ CidrIp: ipv4, ...described }],
    Ipv6Ranges: ipv6 === undefined ? [] : [{ CidrIpv6: ipv6, ...described }],
    PrefixListIds: list === undefined ? [] : [{ PrefixListId: list, ...described }],
    UserIdGroupPairs: group === undefined ? [] : [{ GroupId: group, ...(owner && { UserId: owner }), ...described }],
  };
}

/** ACLs with their entries and subnets. */
export function readNetworkAcls(context: CloudFormationContext): void {
  context.each(['NetworkAcl'], (one) => {
    context.into.NetworkAcls.push({
      NetworkAclId: one.id,
      VpcId: one.text('VpcId'),
      IsDefault: false,
      Entries: [],
      Associations: [],
      Tags: one.tags(),
    });
  });
  context.each(['NetworkAclEntry'], (one) => void aclOf(context, one).Entries?.push(entryOf(one)));
  context.each(['SubnetNetworkAclAssociation'], (one) => {
    const acl = aclOf(context, one);
    acl.Associations?.push({
      NetworkAclAssociationId: one.part('aclassoc', 'association'),
      NetworkAclId: acl.NetworkAclId,
      SubnetId: one.text('SubnetId'),
    });
  });
}

function aclOf({ into }: CloudFormationContext, one: CloudFormationResource): sdk.NetworkAcl {
  const id = one.text('NetworkAclId');
  const acl = into.NetworkAcls.find(({ NetworkAclId: each }) => each === id);
  if (!acl) throw new Unresolved('its network ACL is not part of the template');
  return acl;
}

function entryOf(one: CloudFormationResource): sdk.NetworkAclEntry {
  const ports = recordAt(one, 'PortRange');
  const icmp = recordAt(one, 'Icmp');
  return {
    RuleNumber: one.number('RuleNumber'),
    Egress: one.flag('Egress'),
    RuleAction: one.text('RuleAction')?.toLowerCase() === 'allow' ? 'allow' : 'deny',
    Protocol: one.text('Protocol'),
    CidrBlock: one.text('CidrBlock'),
    Ipv6CidrBlock: one.text('Ipv6CidrBlock'),
    ...(ports && { PortRange: { From: numberOf(ports.From, 'From'), To: numberOf(ports.To, 'To') } }),
    ...(icmp && { IcmpTypeCode: { Type: numberOf(icmp.Type, 'Type'), Code: numberOf(icmp.Code, 'Code') } }),
  };
}

function recordAt(one: CloudFormationResource, name: string): Values | undefined {
  const value = one.property(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unresolved(`${name} should be an object`);
  return Object.fromEntries(Object.entries(value));
}

/** The properties that name a route's target, and the members that describe it. */
const TARGETS = [
  'GatewayId',
  'NatGatewayId',
  'NetworkInterfaceId',
  'InstanceId',
  'EgressOnlyInternetGatewayId',
  'VpcPeeringConnectionId',
  'TransitGatewayId',
] as const;

/** Route tables with their routes, and the subnets and gateways that have them. */
export function readRouteTables(context: CloudFormationContext): void {
  context.each(['RouteTable'], (one) => {
    const VpcId = one.text('VpcId');
    const vpc = context.into.Vpcs.find((each) => each.VpcId === VpcId);
    context.into.RouteTables.push({
      RouteTableId: one.id,
      VpcId,
      Routes: localRoutes(vpc),
      Associations: [],
      Tags: one.tags(),
    });
  });
  context.each(['Route'], (one) => void tableOf(context, one).Routes?.push(routeOf(one)));
  context.each(['SubnetRouteTableAssociation', 'GatewayRouteTableAssociation'], (one) => {
    const SubnetId = one.text('SubnetId');
    tableOf(context, one).Associations?.push({
      RouteTableAssociationId: one.part('rtbassoc', 'association'),
      Main: false,
      ...(SubnetId === undefined ? { GatewayId: one.text('GatewayId') } : { SubnetId }),
    });
  });
}

function tableOf({ into }: CloudFormationContext, one: CloudFormationResource): sdk.RouteTable {
  const id = one.text('RouteTableId');
  const table = into.RouteTables.find(({ RouteTableId: each }) => each === id);
  if (!table) throw new Unresolved('its route table is not part of the template');
  return table;
}

function routeOf(one: CloudFormationResource): sdk.Route {
  const endpoint = one.text('VpcEndpointId');
  const target = TARGETS.find((name) => one.property(name) !== undefined);
  if (endpoint === undefined && target === undefined)
    throw new Unresolved('its target is of a kind that localvpc does not have');
  return {
    DestinationCidrBlock: one.text('DestinationCidrBlock'),
    DestinationIpv6CidrBlock: one.text('DestinationIpv6CidrBlock'),
    DestinationPrefixListId: one.text('DestinationPrefixListId'),
    Origin: 'CreateRoute',
    ...(target ? { [target]: one.text(target) } : { GatewayId: endpoint }),
  };
}
