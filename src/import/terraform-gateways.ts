/** Terraform's transit gateways and VPN, as EC2 would describe them. */
import { number, type TerraformContext, tagsOf, text } from './terraform-context.ts';
import type { TerraformResource } from './terraform-document.ts';
import { attachmentOfConnection } from './written-gateways.ts';

/** Virtual private and customer gateways, and transit gateways with their tables. */
export function readOtherGateways(context: TerraformContext): void {
  const { gateways } = context;
  const unless = reporter(context);
  for (const one of context.all('aws_vpn_gateway')) {
    gateways.vpnGateway(context.id(one), number(one.values.amazon_side_asn), tagsOf(one));
    const vpcId = context.reference(one, 'vpc_id');
    if (vpcId !== undefined) unless(one, gateways.attachVpnGateway(context.id(one), vpcId));
  }
  for (const one of context.all('aws_vpn_gateway_attachment'))
    unless(one, gateways.attachVpnGateway(context.reference(one, 'vpn_gateway_id'), context.reference(one, 'vpc_id')));
  for (const one of context.all('aws_customer_gateway')) {
    const { ip_address: address, bgp_asn: asn } = one.values;
    gateways.customerGateway(context.id(one), text(address), number(asn), tagsOf(one));
  }
  for (const one of context.all('aws_ec2_transit_gateway')) {
    const { values } = one;
    gateways.transitGateway({
      id: context.id(one),
      description: text(values.description),
      asn: number(values.amazon_side_asn),
      options: {
        AutoAcceptSharedAttachments: text(values.auto_accept_shared_attachments),
        DefaultRouteTableAssociation: text(values.default_route_table_association),
        DefaultRouteTablePropagation: text(values.default_route_table_propagation),
        DnsSupport: text(values.dns_support),
        SecurityGroupReferencingSupport: text(values.security_group_referencing_support),
        VpnEcmpSupport: text(values.vpn_ecmp_support),
      },
      tags: tagsOf(one),
    });
  }
  for (const one of context.all('aws_ec2_transit_gateway_route_table'))
    gateways.transitRouteTable(context.id(one), context.reference(one, 'transit_gateway_id'), tagsOf(one));
}

/** What is attached to them, and their routes. To be read once subnets and route tables are. */
export function readAttachments(context: TerraformContext): void {
  const { gateways } = context;
  const unless = reporter(context);
  for (const one of context.all('aws_ec2_transit_gateway_vpc_attachment')) {
    const { values } = one;
    unless(
      one,
      gateways.transitAttachment({
        id: context.id(one),
        transitGatewayId: context.reference(one, 'transit_gateway_id'),
        vpcId: context.reference(one, 'vpc_id'),
        subnetIds: context.referencesOf(one, 'subnet_ids'),
        options: {
          ApplianceModeSupport: text(values.appliance_mode_support),
          DnsSupport: text(values.dns_support),
          Ipv6Support: text(values.ipv6_support),
          SecurityGroupReferencingSupport: text(values.security_group_referencing_support),
        },
        usesDefaults: {
          association: values.transit_gateway_default_route_table_association !== false,
          propagation: values.transit_gateway_default_route_table_propagation !== false,
        },
        tags: tagsOf(one),
      }),
    );
  }
  for (const one of context.all('aws_vpn_connection'))
    unless(
      one,
      gateways.connection({
        id: context.id(one),
        customerGatewayId: context.reference(one, 'customer_gateway_id'),
        vpnGatewayId: context.reference(one, 'vpn_gateway_id'),
        transitGatewayId: context.reference(one, 'transit_gateway_id'),
        staticRoutesOnly: one.values.static_routes_only === true,
        tags: tagsOf(one),
      }),
    );
  for (const one of context.all('aws_vpn_connection_route'))
    unless(
      one,
      gateways.connectionRoute(context.reference(one, 'vpn_connection_id'), text(one.values.destination_cidr_block)),
    );
  for (const one of context.all('aws_vpn_gateway_route_propagation'))
    unless(one, gateways.learn(context.reference(one, 'route_table_id'), context.reference(one, 'vpn_gateway_id')));
  const table = (one: TerraformResource) => context.reference(one, 'transit_gateway_route_table_id');
  for (const one of context.all('aws_ec2_transit_gateway_route_table_association'))
    unless(one, gateways.associate(table(one), attachmentOf(context, one)));
  for (const one of context.all('aws_ec2_transit_gateway_route_table_propagation'))
    unless(one, gateways.propagate(table(one), attachmentOf(context, one)));
  for (const one of context.all('aws_ec2_transit_gateway_route'))
    unless(
      one,
      gateways.transitRoute({
        tableId: table(one),
        cidr: text(one.values.destination_cidr_block),
        attachmentId: attachmentOf(context, one),
        isBlackhole: one.values.blackhole === true,
      }),
    );
}

/** An attachment, or a VPN connection's attribute that names its attachment. */
function attachmentOf(context: TerraformContext, one: TerraformResource): string | undefined {
  const id = context.reference(one, 'transit_gateway_attachment_id');
  return id?.startsWith('vpn-') ? attachmentOfConnection(id) : id;
}

const reporter =
  (context: TerraformContext) =>
  (one: TerraformResource, problem: string | undefined): void => {
    if (problem !== undefined) context.leaveOut(one, problem);
  };
