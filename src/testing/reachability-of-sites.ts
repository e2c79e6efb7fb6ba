/** Explanation codes about the customer's site, endpoints and the routes of transit gateways, each where it is the answer. */
import { given } from './instance-parts.ts';
import { loadBalancerArn, targetOf } from './private-service.ts';
import { analyse, overTransit, privateAddress, type ReachabilityCase } from './reachability.ts';
import { admit, interfaceOf, type Tiers } from './tiers.ts';
import { defaultTable, gatewayWith } from './transit-parts.ts';

const IPSEC = { Type: 'ipsec.1' } as const;
/** A block of the site. */
const SITE = '192.168.0.0/16';

/** A VPN connection from the gateway to the site, with static routes to the blocks. */
export function connection({ account }: Tiers, gateway: object, ...blocks: readonly string[]): string {
  const { CustomerGateway: customer } = account.call('CreateCustomerGateway', { ...IPSEC, IpAddress: '203.0.113.5' });
  const { VpnConnection: made } = account.call('CreateVpnConnection', {
    ...IPSEC,
    ...gateway,
    CustomerGatewayId: given(customer?.CustomerGatewayId),
    Options: { StaticRoutesOnly: true },
  });
  const VpnConnectionId = given(made?.VpnConnectionId);
  for (const DestinationCidrBlock of blocks)
    account.call('CreateVpnConnectionRoute', { VpnConnectionId, DestinationCidrBlock });
  return VpnConnectionId;
}

/** A virtual private gateway of the VPC, propagated, that leads to these blocks of the site. */
export function vpnGateway(net: Tiers, ...blocks: readonly string[]): string {
  const { account, vpcId, routeTableId } = net;
  const GatewayId = given(account.call('CreateVpnGateway', IPSEC).VpnGateway?.VpnGatewayId);
  account.call('AttachVpnGateway', { VpcId: vpcId, VpnGatewayId: GatewayId });
  account.call('EnableVgwRoutePropagation', { GatewayId, RouteTableId: routeTableId });
  connection(net, { VpnGatewayId: GatewayId }, ...blocks);
  return GatewayId;
}

/** An endpoint in the web server's subnet to a service of the database; the service's load balancer `first`. */
export function endpoint(net: Tiers): { readonly endpointId: string; readonly serviceId: string } {
  const { account, vpcId, web, db } = net;
  targetOf(net, 'first', db.subnetId);
  const { ServiceConfiguration: service } = account.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [loadBalancerArn(account, 'first')],
    AcceptanceRequired: false,
  });
  const { VpcEndpoint: made } = account.call('CreateVpcEndpoint', {
    VpcId: vpcId,
    ServiceName: given(service?.ServiceName),
    VpcEndpointType: 'Interface',
    SubnetIds: [web.subnetId],
    SecurityGroupIds: [web.groupId],
  });
  admit(net, web.groupId, 443);
  return { endpointId: given(made?.VpcEndpointId), serviceId: given(service?.ServiceId) };
}

/** A static route of the transit gateway's table that leads to the first attachment. */
const staticRoute = ({ account }: Tiers, DestinationCidrBlock: string, TransitGatewayAttachmentId: string): void =>
  void account.call('CreateTransitGatewayRoute', {
    DestinationCidrBlock,
    TransitGatewayAttachmentId,
    TransitGatewayRouteTableId: defaultTable(account),
  });

export const CASES_OF_SITES: readonly ReachabilityCase[] = [
  {
    code: 'BAD_STATE_VPN',
    ask: (net) => analyse(net, { Source: vpnGateway(net), Destination: net.db.id }),
  },
  {
    code: 'TGW_BAD_STATE_VPN',
    ask: (net) => {
      connection(net, { TransitGatewayId: gatewayWith(net.account) });
      const { TransitGatewayAttachments: [one] = [] } = net.account.call('DescribeTransitGatewayAttachments');
      return analyse(net, { Source: given(one?.TransitGatewayAttachmentId), Destination: net.db.id });
    },
  },
  {
    code: 'VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS',
    ask: (net) => {
      const Destination = vpnGateway(net, SITE);
      const NetworkInterfaceId = interfaceOf(net, net.web.id);
      net.account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, SourceDestCheck: { Value: false } });
      return analyse(net, { Destination, SourceIp: '172.16.0.9' });
    },
  },
  {
    code: 'VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
    ask: (net) => analyse(net, { Source: vpnGateway(net, SITE), DestinationIp: '10.0.1.250' }),
  },
  {
    code: 'VPCE_INTRA_VPC_TRAFFIC',
    ask: (net) => analyse(net, { Source: endpoint(net).endpointId, Destination: net.db.id }),
  },
  {
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
    ask: (net) => {
      const { endpointId, serviceId } = endpoint(net);
      targetOf(net, 'second', net.subnet('10.0.7.0/24', `${net.account.scope.region}b`));
      net.account.call('ModifyVpcEndpointServiceConfiguration', {
        ServiceId: serviceId,
        AddNetworkLoadBalancerArns: [loadBalancerArn(net.account, 'second')],
        RemoveNetworkLoadBalancerArns: [loadBalancerArn(net.account, 'first')],
      });
      return analyse(net, { Destination: endpointId, DestinationPort: 443 });
    },
  },
  {
    code: 'TGW_RTB_CANNOT_ROUTE',
    ask: (net) => {
      const { one } = overTransit(net);
      return analyse(net, { Source: one.instance, DestinationIp: '10.55.0.1' });
    },
  },
  {
    code: 'TGW_RTB_MORE_SPECIFIC_ROUTE',
    ask: (net) => {
      const { one, two, path } = overTransit(net);
      staticRoute(net, `${privateAddress(net, two.instance)}/32`, one.id);
      return analyse(net, path);
    },
  },
  {
    code: 'TGW_RTB_HIGHER_PRIORITY_ROUTE',
    ask: (net) => {
      const { one, path } = overTransit(net);
      staticRoute(net, '10.21.0.0/16', one.id);
      return analyse(net, path);
    },
  },
];
