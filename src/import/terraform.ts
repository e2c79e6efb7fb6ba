/** Terraform's plans and states, read as the network that EC2 would describe once they are applied. */
import { findRegion } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import { type Description, type LeftOut, NO_PARTS, noResources } from './description.ts';
import { isRecord, type JsonFile } from './json-shape.ts';
import { TerraformContext, text } from './terraform-context.ts';
import { TerraformDocument, type TerraformResource } from './terraform-document.ts';
import { readVpcEndpoints } from './terraform-endpoints.ts';
import { readAttachments, readOtherGateways } from './terraform-gateways.ts';
import { readNetworkAcls, readSecurityGroups } from './terraform-groups.ts';
import { readAddresses, readInterfaces } from './terraform-interfaces.ts';
import {
  readDhcpOptions,
  readGateways,
  readPeerings,
  readPrefixLists,
  readRouteTables,
  readSubnets,
  readVpcs,
} from './terraform-vpcs.ts';

/** Types that are read, by themselves or with others. */
const READ = new Set([
  'aws_customer_gateway',
  'aws_default_network_acl',
  'aws_default_route_table',
  'aws_default_security_group',
  'aws_default_subnet',
  'aws_default_vpc',
  'aws_ec2_managed_prefix_list',
  'aws_ec2_managed_prefix_list_entry',
  'aws_ec2_transit_gateway',
  'aws_ec2_transit_gateway_route',
  'aws_ec2_transit_gateway_route_table',
  'aws_ec2_transit_gateway_route_table_association',
  'aws_ec2_transit_gateway_route_table_propagation',
  'aws_ec2_transit_gateway_vpc_attachment',
  'aws_egress_only_internet_gateway',
  'aws_eip',
  'aws_eip_association',
  'aws_instance',
  'aws_internet_gateway',
  'aws_internet_gateway_attachment',
  'aws_main_route_table_association',
  'aws_nat_gateway',
  'aws_network_acl',
  'aws_network_acl_association',
  'aws_network_acl_rule',
  'aws_network_interface',
  'aws_network_interface_attachment',
  'aws_network_interface_sg_attachment',
  'aws_route',
  'aws_route_table',
  'aws_route_table_association',
  'aws_security_group',
  'aws_security_group_rule',
  'aws_subnet',
  'aws_vpc',
  'aws_vpc_dhcp_options',
  'aws_vpc_dhcp_options_association',
  'aws_vpc_ipv4_cidr_block_association',
  'aws_vpc_endpoint',
  'aws_vpc_endpoint_connection_accepter',
  'aws_vpc_endpoint_route_table_association',
  'aws_vpc_endpoint_security_group_association',
  'aws_vpc_endpoint_service',
  'aws_vpc_endpoint_service_allowed_principal',
  'aws_vpc_endpoint_subnet_association',
  'aws_vpc_peering_connection',
  'aws_vpc_peering_connection_accepter',
  'aws_vpc_security_group_egress_rule',
  'aws_vpc_security_group_ingress_rule',
  'aws_vpn_connection',
  'aws_vpn_connection_route',
  'aws_vpn_gateway',
  'aws_vpn_gateway_attachment',
  'aws_vpn_gateway_route_propagation',
]);

/** Other types whose resources decide over packets, or send and receive them. */
const MATTERS =
  /^aws_(?:vpc|vpn|ec2_transit|ec2_client_vpn|customer_gateway|subnet|route|network|networkmanager|lb|alb|elb|autoscaling_group|launch_template|ecs_service|eks_|db_instance|rds_|elasticache|lambda_function|dx_|nat|eip|spot_)/;

/** The network of a plan or state; undefined for a file of another form. */
export function readTerraform({ path, document: json }: JsonFile, otherwise: Scope): Description | undefined {
  const document = TerraformDocument.read(json);
  if (!document) return undefined;
  const scope = { account: otherwise.account, region: regionOf(json, document) ?? otherwise.region };
  const resources = noResources();
  const context = new TerraformContext(document, scope, resources);
  readDhcpOptions(context);
  const prefixListEntries = readPrefixLists(context);
  readVpcs(context);
  readSubnets(context);
  readOtherGateways(context);
  readGateways(context);
  readSecurityGroups(context);
  readNetworkAcls(context);
  readRouteTables(context);
  readPeerings(context);
  readInterfaces(context);
  readAddresses(context);
  readVpcEndpoints(context);
  readAttachments(context);
  const vpcAttributes = attributesOf(context);
  const others = document.resources.filter((one) => !READ.has(one.type) && !context.readBeside.has(one));
  const matter = others.filter(({ type }) => MATTERS.test(type));
  return {
    scopes: [{ ...NO_PARTS, ...context.parts, scope, resources, prefixListEntries, vpcAttributes }],
    leftOut: named(path, [...context.leftOut, ...matter.map(notRead)]),
    ignored: named(path, [...context.ignored, ...others.filter((one) => !matter.includes(one)).map(noEffect)]),
  };
}

const named = (path: string, all: readonly LeftOut[]): LeftOut[] =>
  all.map(({ what, why }) => ({ what: `${path}: ${what}`, why }));

const notRead = ({ address, type }: TerraformResource): LeftOut => ({
  what: address,
  why: `localvpc does not read ${type}`,
});

const noEffect = ({ address }: TerraformResource): LeftOut => ({ what: address, why: 'no packet notices it here' });

const attributesOf = (context: TerraformContext): ReadonlyMap<string, Record<string, boolean>> =>
  new Map(
    context.all('aws_vpc', 'aws_default_vpc').map((one) => [
      context.id(one),
      {
        EnableDnsSupport: one.values.enable_dns_support !== false,
        EnableDnsHostnames: one.values.enable_dns_hostnames === true,
      },
    ]),
  );

/** That of the provider where it is written out, else that of a zone. */
function regionOf(json: unknown, { resources }: TerraformDocument): string | undefined {
  const configuration = isRecord(json) && isRecord(json.configuration) ? json.configuration : {};
  const providers = isRecord(configuration.provider_config) ? configuration.provider_config : {};
  const aws = isRecord(providers.aws) && isRecord(providers.aws.expressions) ? providers.aws.expressions : {};
  const written = isRecord(aws.region) ? text(aws.region.constant_value) : undefined;
  const zones = resources.flatMap(({ values }) => text(values.availability_zone) ?? []);
  return [written, ...zones.map((zone) => zone.replace(/[a-z]$/, ''))].find((one) => findRegion(one ?? ''));
}
