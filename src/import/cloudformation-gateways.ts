/** CloudFormation's transit gateways and VPN, as EC2 would describe them. */
import {
  type CloudFormationContext,
  type CloudFormationResource,
  textOf,
  textsOf,
  type Values,
} from './cloudformation-context.ts';
import { Unresolved } from './cloudformation-functions.ts';

/** Refuses the resource where there is a reason to. @throws Unresolved */
function unless(problem: string | undefined): void {
  if (problem !== undefined) throw new Unresolved(problem);
}

/** Virtual private and customer gateways, and transit gateways with their tables. */
export function readOtherGateways(context: CloudFormationContext): void {
  const { gateways } = context;
  context.each(['VPNGateway'], (one) => gateways.vpnGateway(one.id, one.number('AmazonSideAsn'), one.tags()));
  context.each(['CustomerGateway'], (one) =>
    gateways.customerGateway(
      one.id,
      one.text('IpAddress'),
      one.number('BgpAsnExtended') ?? one.number('BgpAsn'),
      one.tags(),
    ),
  );
  context.each(['TransitGateway'], (one) =>
    gateways.transitGateway({
      id: one.id,
      description: one.text('Description'),
      asn: one.number('AmazonSideAsn'),
      options: {
        AutoAcceptSharedAttachments: one.text('AutoAcceptSharedAttachments'),
        DefaultRouteTableAssociation: one.text('DefaultRouteTableAssociation'),
        DefaultRouteTablePropagation: one.text('DefaultRouteTablePropagation'),
        DnsSupport: one.text('DnsSupport'),
        SecurityGroupReferencingSupport: one.text('SecurityGroupReferencingSupport'),
        VpnEcmpSupport: one.text('VpnEcmpSupport'),
      },
      tags: one.tags(),
    }),
  );
  context.each(['TransitGatewayRouteTable'], (one) =>
    gateways.transitRouteTable(one.id, one.text('TransitGatewayId'), one.tags()),
  );
}

/** What is attached to them, and their routes. To be read once subnets and route tables are. */
export function readAttachments(context: CloudFormationContext): void {
  const { gateways } = context;
  context.each(['TransitGatewayAttachment', 'TransitGatewayVpcAttachment'], (one) => {
    const options = recordOf(one);
    unless(
      gateways.transitAttachment({
        id: one.id,
        transitGatewayId: one.text('TransitGatewayId'),
        vpcId: one.text('VpcId'),
        subnetIds: [...one.texts('SubnetIds'), ...textsOf(one.property('AddSubnetIds'), 'AddSubnetIds')],
        options: Object.fromEntries(
          ATTACHMENT_OPTIONS.map((name) => [name, textOf(options[name], name)?.toLowerCase()]),
        ),
        usesDefaults: { association: true, propagation: true },
        tags: one.tags(),
      }),
    );
  });
  context.each(['VPNConnection'], (one) =>
    unless(
      gateways.connection({
        id: one.id,
        customerGatewayId: one.text('CustomerGatewayId'),
        vpnGatewayId: one.text('VpnGatewayId'),
        transitGatewayId: one.text('TransitGatewayId'),
        staticRoutesOnly: one.flag('StaticRoutesOnly'),
        tags: one.tags(),
      }),
    ),
  );
  context.each(['VPNConnectionRoute'], (one) =>
    unless(gateways.connectionRoute(one.text('VpnConnectionId'), one.text('DestinationCidrBlock'))),
  );
  context.each(['VPNGatewayRoutePropagation'], (one) => {
    for (const tableId of one.texts('RouteTableIds')) unless(gateways.learn(tableId, one.text('VpnGatewayId')));
  });
  const [table, attachment] = ['TransitGatewayRouteTableId', 'TransitGatewayAttachmentId'];
  context.each(['TransitGatewayRouteTableAssociation'], (one) =>
    unless(gateways.associate(one.text(table), one.text(attachment))),
  );
  context.each(['TransitGatewayRouteTablePropagation'], (one) =>
    unless(gateways.propagate(one.text(table), one.text(attachment))),
  );
  context.each(['TransitGatewayRoute'], (one) =>
    unless(
      gateways.transitRoute({
        tableId: one.text(table),
        cidr: one.text('DestinationCidrBlock'),
        attachmentId: one.text(attachment),
        isBlackhole: one.flag('Blackhole'),
      }),
    ),
  );
}

const ATTACHMENT_OPTIONS = ['ApplianceModeSupport', 'DnsSupport', 'Ipv6Support', 'SecurityGroupReferencingSupport'];

function recordOf(one: CloudFormationResource): Values {
  const options = one.property('Options');
  return typeof options === 'object' && options !== null ? Object.fromEntries(Object.entries(options)) : {};
}
