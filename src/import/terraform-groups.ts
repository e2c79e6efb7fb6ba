/** Terraform's security groups and network ACLs, with rules written inside of them or beside. */
import type * as sdk from '@aws-sdk/client-ec2';
import { standIn } from './stand-ins.ts';
import { number, type TerraformBlock, type TerraformContext, tagsOf, text, texts } from './terraform-context.ts';
import type { TerraformResource } from './terraform-document.ts';

type Values = Readonly<Record<string, unknown>>;

/** Security groups. Terraform takes the egress rule away that a new group is born with. */
export function readSecurityGroups(context: TerraformContext): void {
  for (const one of context.all('aws_security_group')) {
    context.into.SecurityGroups.push({
      GroupId: context.id(one),
      VpcId: context.reference(one, 'vpc_id'),
      GroupName: text(one.values.name) ?? one.name,
      Description: text(one.values.description) ?? 'Managed by Terraform',
      IpPermissions: inlinePermissions(context, one, 'ingress'),
      IpPermissionsEgress: inlinePermissions(context, one, 'egress'),
      Tags: tagsOf(one),
    });
  }
  for (const one of context.all('aws_default_security_group')) {
    const vpcId = context.reference(one, 'vpc_id');
    const group = context.into.SecurityGroups.find((each) => each.VpcId === vpcId && each.GroupName === 'default');
    if (!group) continue;
    group.IpPermissions = inlinePermissions(context, one, 'ingress');
    group.IpPermissionsEgress = inlinePermissions(context, one, 'egress');
  }
  for (const one of context.all('aws_security_group_rule')) readRule(context, one);
  for (const one of context.all('aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule'))
    readSingleRule(context, one);
}

const inlinePermissions = (
  context: TerraformContext,
  one: TerraformResource,
  direction: 'ingress' | 'egress',
): sdk.IpPermission[] => context.blocks(one, direction).map((block) => inlinePermission(context.id(one), block));

function inlinePermission(own: string, { values, references }: TerraformBlock): sdk.IpPermission {
  const groups = [...references('security_groups'), ...(values.self === true ? [own] : [])];
  return permission(values, text(values.protocol), {
    ipv4: texts(values.cidr_blocks),
    ipv6: texts(values.ipv6_cidr_blocks),
    lists: references('prefix_list_ids'),
    groups,
  });
}

interface Peers {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  readonly lists: readonly string[];
  readonly groups: readonly string[];
}

function permission(values: Values, protocol: string | undefined, peers: Peers): sdk.IpPermission {
  const isAll = protocol === undefined || protocol === '-1' || protocol === 'all';
  const Description = text(values.description);
  return {
    IpProtocol: isAll ? '-1' : protocol,
    ...(isAll ? {} : { FromPort: number(values.from_port) ?? -1, ToPort: number(values.to_port) ?? -1 }),
    IpRanges: peers.ipv4.map((CidrIp) => ({ CidrIp, Description })),
    Ipv6Ranges: peers.ipv6.map((CidrIpv6) => ({ CidrIpv6, Description })),
    PrefixListIds: peers.lists.map((PrefixListId) => ({ PrefixListId, Description })),
    UserIdGroupPairs: peers.groups.map((GroupId) => ({ GroupId, Description })),
  };
}

function readRule(context: TerraformContext, one: TerraformResource): void {
  const own = context.reference(one, 'security_group_id');
  const source = context.reference(one, 'source_security_group_id');
  const groups = [source ?? [], one.values.self === true ? (own ?? []) : []].flat();
  const rule = permission(one.values, text(one.values.protocol), {
    ipv4: texts(one.values.cidr_blocks),
    ipv6: texts(one.values.ipv6_cidr_blocks),
    lists: context.referencesOf(one, 'prefix_list_ids'),
    groups,
  });
  addRule(context, one, own, text(one.values.type) === 'egress', rule);
}

function readSingleRule(context: TerraformContext, one: TerraformResource): void {
  const listed = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
  const rule = permission(one.values, text(one.values.ip_protocol), {
    ipv4: listed(text(one.values.cidr_ipv4)),
    ipv6: listed(text(one.values.cidr_ipv6)),
    lists: listed(context.reference(one, 'prefix_list_id')),
    groups: listed(context.reference(one, 'referenced_security_group_id')),
  });
  addRule(context, one, context.reference(one, 'security_group_id'), one.type.includes('egress'), rule);
}

function addRule(
  context: TerraformContext,
  one: TerraformResource,
  groupId: string | undefined,
  egress: boolean,
  rule: sdk.IpPermission,
): void {
  const group = context.into.SecurityGroups.find(({ GroupId: id }) => id === groupId);
  if (!group) context.leaveOut(one, 'its security group is not part of the plan');
  else if (egress) group.IpPermissionsEgress?.push(rule);
  else group.IpPermissions?.push(rule);
}

/** Network ACLs with their entries and subnets. */
export function readNetworkAcls(context: TerraformContext): void {
  for (const one of context.all('aws_network_acl')) {
    const NetworkAclId = context.id(one);
    context.into.NetworkAcls.push({
      NetworkAclId,
      VpcId: context.reference(one, 'vpc_id'),
      IsDefault: false,
      Entries: inlineEntries(context, one),
      Associations: associations(NetworkAclId, context.referencesOf(one, 'subnet_ids')),
      Tags: tagsOf(one),
    });
  }
  for (const one of context.all('aws_default_network_acl')) {
    const acl = aclOf(context, one, 'default_network_acl_id');
    if (acl) acl.Entries = inlineEntries(context, one);
  }
  for (const one of context.all('aws_network_acl_rule')) {
    const entry = entryOf(one.values, one.values.egress === true, 'rule_number', 'rule_action');
    aclOf(context, one, 'network_acl_id')?.Entries?.push(entry);
  }
  for (const one of context.all('aws_network_acl_association')) {
    const acl = aclOf(context, one, 'network_acl_id');
    const subnetId = context.reference(one, 'subnet_id');
    if (acl && subnetId) acl.Associations?.push(...associations(acl.NetworkAclId ?? '', [subnetId]));
  }
}

const associations = (NetworkAclId: string, subnets: readonly string[]): sdk.NetworkAclAssociation[] =>
  subnets.map((SubnetId) => ({
    NetworkAclAssociationId: standIn('aclassoc', `${NetworkAclId} ${SubnetId}`),
    NetworkAclId,
    SubnetId,
  }));

function aclOf(context: TerraformContext, one: TerraformResource, attribute: string): sdk.NetworkAcl | undefined {
  const id = context.reference(one, attribute);
  const acl = context.into.NetworkAcls.find(({ NetworkAclId: each }) => each === id);
  if (!acl) context.leaveOut(one, 'its network ACL is not part of the plan');
  return acl;
}

const inlineEntries = (context: TerraformContext, one: TerraformResource): sdk.NetworkAclEntry[] =>
  (['ingress', 'egress'] as const).flatMap((direction) =>
    context.blocks(one, direction).map(({ values }) => entryOf(values, direction === 'egress', 'rule_no', 'action')),
  );

/** ACLs have numbers for protocols; Terraform takes names as well. */
const PROTOCOLS: Readonly<Record<string, string>> = { all: '-1', icmp: '1', tcp: '6', udp: '17', icmpv6: '58' };

function entryOf(values: Values, Egress: boolean, numberName: string, actionName: string): sdk.NetworkAclEntry {
  const name = (text(values.protocol) ?? '-1').toLowerCase();
  return {
    RuleNumber: number(values[numberName]),
    Egress,
    RuleAction: text(values[actionName])?.toLowerCase() === 'allow' ? 'allow' : 'deny',
    Protocol: PROTOCOLS[name] ?? name,
    CidrBlock: text(values.cidr_block),
    Ipv6CidrBlock: text(values.ipv6_cidr_block),
    PortRange: { From: number(values.from_port) ?? 0, To: number(values.to_port) ?? 65535 },
    IcmpTypeCode: { Type: number(values.icmp_type) ?? -1, Code: number(values.icmp_code) ?? -1 },
  };
}
