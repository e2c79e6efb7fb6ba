/** Explanation codes about Gateway Load Balancers and their appliances, each where it is the answer. */
import { gatewayLoadBalancer, gatewayService } from './gateway-service.ts';
import { given } from './instance-parts.ts';
import { analyse, type ReachabilityCase, route } from './reachability.ts';
import { admit, type Tiers } from './tiers.ts';

/** The database's machine as the appliance of a load balancer in its subnet, which may be sent to at UDP 6081, with a service. */
export function applianceService(net: Tiers) {
  const balancer = gatewayLoadBalancer(net, 'appliances', net.db.subnetId, [net.db.id]);
  admit(net, net.db.groupId, 6081, 'udp');
  return { balancer, ...gatewayService(net, balancer) };
}

/** The service's endpoint in a subnet of its own, between the web server and another machine, which lets in TCP 5432. */
export function throughAppliance(net: Tiers) {
  const { account, vpcId } = net;
  const { ServiceName, ...made } = applianceService(net);
  const subnetId = net.subnet('10.0.6.0/24');
  const RouteTableId = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  account.call('AssociateRouteTable', { RouteTableId, SubnetId: subnetId });
  const { VpcEndpoint } = account.call('CreateVpcEndpoint', {
    VpcId: vpcId,
    ServiceName,
    VpcEndpointType: 'GatewayLoadBalancer',
    SubnetIds: [subnetId],
  });
  const endpointId = given(VpcEndpoint?.VpcEndpointId);
  const server = net.instance({ SubnetId: net.subnet('10.0.7.0/24'), SecurityGroupIds: [net.db.groupId] });
  admit(net, net.db.groupId, 5432);
  for (const block of ['10.0.1.0/24', '10.0.7.0/24']) route(net, block, { VpcEndpointId: endpointId });
  return { ...made, endpointId, server };
}

export const CASES_OF_GATEWAY_LOAD_BALANCERS: readonly ReachabilityCase[] = [
  {
    code: 'GWLB_PROTOCOL_RESTRICTION',
    ask: (net) => analyse(net, { Source: applianceService(net).ServiceId, DestinationPort: 6081 }),
  },
  {
    code: 'GWLB_DESTINATION_PORT_RESTRICTION',
    ask: (net) => analyse(net, { Source: applianceService(net).ServiceId, Protocol: 'udp', DestinationPort: 53 }),
  },
];
