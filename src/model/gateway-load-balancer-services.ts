/**
 * Endpoint services of Gateway Load Balancers, and the endpoints of type GatewayLoadBalancer that accounts connect to them.
 *
 * Sources: AWS PrivateLink guide, create-gateway-load-balancer-endpoint-service and gateway-load-balancer-endpoints;
 * API_CreateVpcEndpointServiceConfiguration, API_CreateVpcEndpoint. Sentences are unconfirmed where a comment does not say
 * otherwise.
 */
import type { LoadBalancerArn } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { openInspectionPlace } from './inspection-endpoints.ts';
import { Listener } from './resources/listener.ts';
import { LoadBalancer } from './resources/load-balancer.ts';
import { Subnet } from './resources/subnet.ts';
import { type EndpointServiceReference, VpcEndpoint } from './resources/vpc-endpoint.ts';
import { VpcEndpointService } from './resources/vpc-endpoint-service.ts';
import type { Transaction } from './transaction.ts';
import type { VpcEndpointChange, VpcEndpointSpec } from './vpc-endpoints.ts';

/** Whether a service is one of Gateway Load Balancers; it is of these alone, or of none. */
export const isOfGatewayLoadBalancers = ({ gatewayLoadBalancerArns = [] }: VpcEndpointService): boolean =>
  gatewayLoadBalancerArns.length > 0;

/**
 * The Gateway Load Balancers of a service that is made or changed.
 * @throws Fault InvalidParameter where the account has no such Gateway Load Balancer in the Region
 */
export const checkedGatewayLoadBalancers = (tx: Transaction, arns: readonly string[]): readonly LoadBalancerArn[] =>
  [...new Set(arns)].map((arn) => {
    const balancer = tx.find(LoadBalancer, arn);
    if (balancer?.type === 'gateway') return balancer.id;
    throw new Fault(
      'InvalidParameter',
      `The load balancer '${arn}' is no Gateway Load Balancer of this account and Region.`,
    );
  });

/** The load balancers of a service; `owner` is in the scope of its account. */
const balancersOf = (
  owner: Transaction,
  { gatewayLoadBalancerArns = [] }: VpcEndpointService,
): readonly LoadBalancer[] => gatewayLoadBalancerArns.flatMap((arn) => owner.find(LoadBalancer, arn) ?? []);

/** Zones in which a service has a node. */
export const zonesOfGatewayService = (owner: Transaction, service: VpcEndpointService): readonly string[] =>
  [...new Set(balancersOf(owner, service).flatMap(({ nodes }) => nodes.map(({ zone }) => zone)))].sort();

/**
 * Whether a service's endpoints may have IPv6 addresses.
 * @throws Fault InvalidParameter where they shall, and a load balancer does not carry it
 */
export function checkedIpv6(tx: Transaction, arns: readonly LoadBalancerArn[], asked: boolean): boolean {
  if (asked && arns.some((arn) => tx.find(LoadBalancer, arn)?.ipAddressType !== 'dualstack')) {
    throw new Fault(
      'InvalidParameter',
      'The IP address type ipv6 is not supported by every load balancer of the service.',
    );
  }
  return asked;
}

/**
 * The load balancer that an endpoint's packets go to: of several in its zone the first, as an endpoint connects to one in
 * each zone (which one is unconfirmed).
 */
export function gatewayLoadBalancerOf(
  tx: Transaction,
  { id, account }: EndpointServiceReference,
  zone: string,
): LoadBalancerArn | undefined {
  if (account === undefined) return undefined;
  const owner = tx.in({ account, region: tx.region });
  const service = owner.find(VpcEndpointService, id);
  return service && balancersOf(owner, service).find(({ nodes }) => nodes.some((node) => node.zone === zone))?.id;
}

/** The target group that the one listener of a Gateway Load Balancer forwards to. */
export const forwardedGroupOf = (tx: Transaction, { id }: LoadBalancer): string | undefined =>
  tx.by(Listener, 'loadBalancerArn', id)[0]?.forwardsTo[0]?.targetGroupArn;

/**
 * Gives an endpoint its one interface. AWS's guide speaks of one endpoint for each zone of a service, and its own examples
 * have several in one VPC: so have these.
 * @throws Fault InvalidParameter for subnets and addresses that do not fit, and for what endpoints of this type do not have
 */
export function openInspection(
  tx: Transaction,
  endpoint: VpcEndpoint,
  service: VpcEndpointService,
  spec: VpcEndpointSpec,
): VpcEndpoint {
  refuseOfOthers({
    routeTableIds: spec.routeTableIds.length > 0,
    securityGroupIds: spec.securityGroupIds.length > 0,
    policyDocument: spec.policyDocument !== undefined,
    privateDnsEnabled: spec.privateDnsEnabled === true,
  });
  const { addressType } = spec;
  const subnet = theSubnet(tx, endpoint, spec.subnetIds);
  const owner = tx.in({ account: endpoint.service?.account ?? tx.account, region: tx.region });
  if (!zonesOfGatewayService(owner, service).includes(subnet.zone)) {
    const sentence = `The VPC endpoint service ${endpoint.serviceName} does not support the availability zone of the subnet: ${subnet.id}.`;
    throw new Fault('InvalidParameter', sentence);
  }
  if (addressType !== 'ipv4' && !service.supportsIpv6) {
    const sentence = `The VPC endpoint service ${endpoint.serviceName} does not support the IP address type ${addressType}.`;
    throw new Fault('InvalidParameter', sentence);
  }
  return tx.update(VpcEndpoint, endpoint.id, { places: [openInspectionPlace(tx, endpoint, subnet, addressType)] });
}

function theSubnet(tx: Transaction, { vpcId }: VpcEndpoint, ids: readonly string[]): Subnet {
  const [id, ...others] = new Set(ids);
  if (id === undefined || others.length > 0) {
    throw new Fault('InvalidParameter', 'An endpoint of type GatewayLoadBalancer must have exactly one subnet.');
  }
  const subnet = tx.get(Subnet, id);
  if (subnet.vpcId === vpcId) return subnet;
  throw new Fault('InvalidParameter', `The subnet ID '${id}' does not belong to the VPC ${vpcId}.`);
}

/** The subnet of such an endpoint cannot be changed (PrivateLink guide), and there is nothing else. @throws Fault InvalidParameter */
export const refuseInspectionChange = (change: VpcEndpointChange): void =>
  refuseOfOthers({
    subnetIds: change.addSubnetIds.length + change.removeSubnetIds.length > 0,
    routeTableIds: change.addRouteTableIds.length + change.removeRouteTableIds.length > 0,
    securityGroupIds: change.addSecurityGroupIds.length + change.removeSecurityGroupIds.length > 0,
    policyDocument: change.resetPolicy || change.policyDocument !== undefined,
    privateDnsEnabled: change.privateDnsEnabled === true,
  });

function refuseOfOthers(asked: Readonly<Record<string, boolean>>): void {
  for (const [parameter, isAsked] of Object.entries(asked)) {
    if (!isAsked) continue;
    const sentence = `The parameter ${parameter} is not supported for endpoints of type GatewayLoadBalancer.`;
    throw new Fault('InvalidParameter', sentence);
  }
}
