/** Terraform's VPCs, subnets, gateways, routes and peering connections, as EC2 would describe them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { zonesOf } from '../model/regions.ts';
import { standIn } from './stand-ins.ts';
import { number, type TerraformBlock, type TerraformContext, tagsOf, text } from './terraform-context.ts';
import type { TerraformResource } from './terraform-document.ts';
import { addBirthright } from './vpc-birthright.ts';

/** VPCs, each with the main table, the ACL and the group that it is born with. */
export function readVpcs(context: TerraformContext): void {
  for (const one of context.all('aws_vpc', 'aws_default_vpc')) {
    const VpcId = context.id(one);
    const cidr = text(one.values.cidr_block);
    if (cidr === undefined) {
      context.leaveOut(one, 'its block is known only when it has been created');
      continue;
    }
    const further = context
      .all('aws_vpc_ipv4_cidr_block_association')
      .filter((block) => context.reference(block, 'vpc_id') === VpcId)
      .flatMap(({ values }) => text(values.cidr_block) ?? []);
    context.into.Vpcs.push({
      VpcId,
      CidrBlock: cidr,
      OwnerId: context.scope.account,
      IsDefault: one.type === 'aws_default_vpc',
      CidrBlockAssociationSet: [cidr, ...further].map((CidrBlock) => ({
        CidrBlock,
        AssociationId: standIn('vpc-cidr-assoc', `${one.address} ${CidrBlock}`),
      })),
      Ipv6CidrBlockAssociationSet: ipv6Of(context, one),
      DhcpOptionsId: dhcpOf(context, VpcId, one),
      Tags: tagsOf(one),
    });
    readBirthright(context, one, VpcId);
  }
}

function ipv6Of(context: TerraformContext, one: TerraformResource): sdk.VpcIpv6CidrBlockAssociation[] {
  const block = text(one.values.ipv6_cidr_block);
  if (block === undefined) {
    if (one.values.assign_generated_ipv6_cidr_block === true)
      context.leaveOut(one, 'its IPv6 block is known only when it has been created');
    return [];
  }
  return [{ Ipv6CidrBlock: block, AssociationId: standIn('vpc-cidr-assoc', `${one.address} ${block}`) }];
}

function dhcpOf(context: TerraformContext, vpcId: string, one: TerraformResource): string | undefined {
  const [association] = context
    .all('aws_vpc_dhcp_options_association')
    .filter((each) => context.reference(each, 'vpc_id') === vpcId);
  return association ? context.reference(association, 'dhcp_options_id') : text(one.values.dhcp_options_id);
}

function readBirthright(context: TerraformContext, vpc: TerraformResource, VpcId: string): void {
  const ids = {
    networkAclId: context.partOfVpc(vpc, 'acl', 'default_network_acl_id'),
    securityGroupId: context.partOfVpc(vpc, 'sg', 'default_security_group_id'),
    routeTableId: context.partOfVpc(vpc, 'rtb', 'main_route_table_id'),
    associationId: standIn('rtbassoc', `${vpc.address} main`),
  };
  addBirthright(context.into, VpcId, ids);
}

/** Subnets; a zone that is not known yet is the Region's first. */
export function readSubnets(context: TerraformContext): void {
  for (const one of context.all('aws_subnet', 'aws_default_subnet')) {
    const { values } = one;
    const ipv6 = text(values.ipv6_cidr_block);
    const zone = text(values.availability_zone) ?? zonesOf(context.scope.region)[0]?.name;
    context.into.Subnets.push({
      SubnetId: context.id(one),
      VpcId: context.reference(one, 'vpc_id'),
      CidrBlock: text(values.cidr_block),
      AvailabilityZone: zone,
      MapPublicIpOnLaunch: values.map_public_ip_on_launch === true,
      AssignIpv6AddressOnCreation: values.assign_ipv6_address_on_creation === true,
      Ipv6Native: values.ipv6_native === true,
      EnableDns64: values.enable_dns64 === true,
      Ipv6CidrBlockAssociationSet:
        ipv6 === undefined
          ? []
          : [{ Ipv6CidrBlock: ipv6, AssociationId: standIn('subnet-cidr-assoc', `${one.address} ${ipv6}`) }],
      Tags: tagsOf(one),
    });
  }
}

/** Internet gateways, and those that only let IPv6 out. */
export function readGateways(context: TerraformContext): void {
  for (const one of context.all('aws_internet_gateway')) {
    const InternetGatewayId = context.id(one);
    const [attachment] = context
      .all('aws_internet_gateway_attachment')
      .filter((each) => context.reference(each, 'internet_gateway_id') === InternetGatewayId);
    const VpcId = context.reference(attachment ?? one, 'vpc_id');
    const Attachments = VpcId === undefined ? [] : [{ VpcId, State: 'attached' as const }];
    context.into.InternetGateways.push({ InternetGatewayId, Attachments, Tags: tagsOf(one) });
  }
  for (const one of context.all('aws_egress_only_internet_gateway')) {
    const VpcId = context.reference(one, 'vpc_id');
    context.into.EgressOnlyInternetGateways.push({
      EgressOnlyInternetGatewayId: context.id(one),
      Attachments: [{ VpcId, State: 'attached' }],
      Tags: tagsOf(one),
    });
  }
}

/** Option sets. */
export function readDhcpOptions(context: TerraformContext): void {
  for (const one of context.all('aws_vpc_dhcp_options')) {
    const option = (Key: string, value: unknown) => {
      const all = Array.isArray(value) ? value : [value];
      const Values = all.flatMap((each) => (text(each) === undefined ? [] : [{ Value: text(each) }]));
      return Values.length === 0 ? [] : [{ Key, Values }];
    };
    const { values } = one;
    context.into.DhcpOptions.push({
      DhcpOptionsId: context.id(one),
      DhcpConfigurations: [
        ...option('domain-name', values.domain_name),
        ...option('domain-name-servers', values.domain_name_servers),
        ...option('ntp-servers', values.ntp_servers),
        ...option('netbios-name-servers', values.netbios_name_servers),
        ...option('netbios-node-type', values.netbios_node_type),
      ],
      Tags: tagsOf(one),
    });
  }
}

/** The attributes of a route that name its target, and the members that describe it. */
const TARGETS = [
  ['gateway_id', 'GatewayId'],
  ['nat_gateway_id', 'NatGatewayId'],
  ['network_interface_id', 'NetworkInterfaceId'],
  ['instance_id', 'InstanceId'],
  ['egress_only_gateway_id', 'EgressOnlyInternetGatewayId'],
  ['vpc_peering_connection_id', 'VpcPeeringConnectionId'],
  ['transit_gateway_id', 'TransitGatewayId'],
] as const;

/** Route tables with their inline routes, routes of their own, and what they are associated with. */
export function readRouteTables(context: TerraformContext): void {
  for (const one of context.all('aws_route_table')) {
    const VpcId = context.reference(one, 'vpc_id');
    const main = context.into.RouteTables.find((table) => table.VpcId === VpcId);
    const local = (main?.Routes ?? []).filter(({ GatewayId: id }) => id === 'local');
    context.into.RouteTables.push({
      RouteTableId: context.id(one),
      VpcId,
      Routes: [...local, ...inlineRoutes(context, one)],
      Associations: [],
      Tags: tagsOf(one),
    });
  }
  for (const one of context.all('aws_default_route_table'))
    tableOf(context, one, context.reference(one, 'default_route_table_id'))?.Routes?.push(
      ...inlineRoutes(context, one),
    );
  for (const one of context.all('aws_route')) {
    const target = TARGETS.map(([attribute]) => [attribute, context.reference(one, attribute)] as const);
    const route = { ...destinationOf(one.values), ...targetOf(new Map(target)) };
    tableOf(context, one, context.reference(one, 'route_table_id'))?.Routes?.push(route);
  }
  readAssociations(context);
}

function tableOf(
  context: TerraformContext,
  one: TerraformResource,
  id: string | undefined,
): sdk.RouteTable | undefined {
  const table = context.into.RouteTables.find(({ RouteTableId: each }) => each === id);
  if (!table) context.leaveOut(one, 'its route table is not part of the plan');
  return table;
}

const inlineRoutes = (context: TerraformContext, one: TerraformResource): readonly sdk.Route[] =>
  context.blocks(one, 'route').map((block: TerraformBlock) => {
    const target = TARGETS.map(([attribute]) => [attribute, block.references(attribute)[0]] as const);
    return { ...destinationOf(block.values), ...targetOf(new Map(target)) };
  });

const destinationOf = (values: Readonly<Record<string, unknown>>): sdk.Route => ({
  DestinationCidrBlock: text(values.cidr_block) ?? text(values.destination_cidr_block),
  DestinationIpv6CidrBlock: text(values.ipv6_cidr_block) ?? text(values.destination_ipv6_cidr_block),
  DestinationPrefixListId: text(values.destination_prefix_list_id),
});

function targetOf(target: ReadonlyMap<string, string | undefined>): sdk.Route {
  const [attribute, member] = TARGETS.find(([name]) => target.get(name) !== undefined) ?? [];
  return attribute && member ? { [member]: target.get(attribute) } : {};
}

function readAssociations(context: TerraformContext): void {
  for (const one of context.all('aws_route_table_association')) {
    const SubnetId = context.reference(one, 'subnet_id');
    const GatewayId = context.reference(one, 'gateway_id');
    const RouteTableAssociationId = text(one.values.id) ?? standIn('rtbassoc', one.address);
    tableOf(context, one, context.reference(one, 'route_table_id'))?.Associations?.push({
      RouteTableAssociationId,
      Main: false,
      ...(SubnetId === undefined ? { GatewayId } : { SubnetId }),
    });
  }
  for (const one of context.all('aws_main_route_table_association')) {
    const vpcId = context.reference(one, 'vpc_id');
    for (const table of context.into.RouteTables)
      if (table.VpcId === vpcId) table.Associations = table.Associations?.filter(({ Main: isMain }) => !isMain);
    const RouteTableAssociationId = standIn('rtbassoc', one.address);
    const table = tableOf(context, one, context.reference(one, 'route_table_id'));
    table?.Associations?.push({ RouteTableAssociationId, Main: true });
  }
}

/** Peering connections of this plan's VPCs: active once somebody accepts them. */
export function readPeerings(context: TerraformContext): void {
  for (const one of context.all('aws_vpc_peering_connection')) {
    const id = context.id(one);
    const isAccepted =
      one.values.auto_accept === true ||
      context
        .all('aws_vpc_peering_connection_accepter')
        .some((each) => context.reference(each, 'vpc_peering_connection_id') === id);
    const side = (vpcId: string | undefined, region: string | undefined): sdk.VpcPeeringConnectionVpcInfo => {
      const vpc = context.into.Vpcs.find(({ VpcId: each }) => each === vpcId);
      const CidrBlockSet = vpc?.CidrBlockAssociationSet?.map(({ CidrBlock }) => ({ CidrBlock })) ?? [];
      const OwnerId = text(one.values.peer_owner_id) ?? context.scope.account;
      return { VpcId: vpcId, OwnerId, Region: region ?? context.scope.region, CidrBlockSet };
    };
    context.into.VpcPeeringConnections.push({
      VpcPeeringConnectionId: id,
      Status: { Code: isAccepted ? 'active' : 'pending-acceptance', Message: isAccepted ? 'Active' : '' },
      RequesterVpcInfo: { ...side(context.reference(one, 'vpc_id'), undefined), OwnerId: context.scope.account },
      AccepterVpcInfo: side(context.reference(one, 'peer_vpc_id'), text(one.values.peer_region)),
      Tags: tagsOf(one),
    });
  }
}

/** Prefix lists; their entries go where a description has them. */
export function readPrefixLists(context: TerraformContext): ReadonlyMap<string, readonly sdk.PrefixListEntry[]> {
  const entries = new Map<string, sdk.PrefixListEntry[]>();
  for (const one of context.all('aws_ec2_managed_prefix_list')) {
    const id = context.id(one);
    const inline = context.blocks(one, 'entry').map(({ values }) => entryOf(values));
    entries.set(id, inline);
    context.into.PrefixLists.push({
      PrefixListId: id,
      PrefixListName: text(one.values.name),
      AddressFamily: text(one.values.address_family),
      MaxEntries: number(one.values.max_entries),
      OwnerId: context.scope.account,
      Version: 1,
      Tags: tagsOf(one),
    });
  }
  for (const one of context.all('aws_ec2_managed_prefix_list_entry'))
    entries.get(context.reference(one, 'prefix_list_id') ?? '')?.push(entryOf(one.values));
  return entries;
}

const entryOf = (values: Readonly<Record<string, unknown>>): sdk.PrefixListEntry => ({
  Cidr: text(values.cidr),
  Description: text(values.description),
});
